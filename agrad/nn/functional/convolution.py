"""Convolutions and pooling over 1 to 3 axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import agrad
from agrad.errors import ShapeError
from agrad.primitives import convolution as _convolution

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Size = int | Sequence[int]


def _tuple(value: Size, count: int) -> tuple[int, ...]:
    if isinstance(value, int):
        return (value,) * count
    values = tuple(value)
    return values * count if len(values) == 1 else values


def _check(name: str, input: Any, weight: Any, channels: int) -> bool:
    """Check the input's axes and channels; return whether it has no batch axis."""
    spatial = weight.ndim - 2
    if input.ndim not in (spatial + 1, spatial + 2):
        raise ShapeError(
            f"Expected {spatial + 1}D (unbatched) or {spatial + 2}D (batched) input to {name}, but got input of size: "
            f"{list(input.shape)}"
        )
    have = input.shape[-spatial - 1]
    if have != channels:
        raise ShapeError(
            f"expected input{list(input.shape)} to have {channels} channels, but got {have} channels instead; weight is of "
            f"size {list(weight.shape)}"
        )
    return bool(input.ndim == spatial + 1)


def _pairs(padding: Any, weight: Any, stride: tuple[int, ...], dilation: tuple[int, ...]) -> Any:
    spatial = weight.ndim - 2
    if padding == "valid":
        return ((0, 0),) * spatial
    if padding == "same":
        if any(one != 1 for one in stride):
            raise RuntimeError("padding='same' is not supported for strided convolutions")
        totals = [d * (k - 1) for d, k in zip(dilation, weight.shape[2:], strict=True)]
        return tuple((total // 2, total - total // 2) for total in totals)
    if isinstance(padding, str):
        raise RuntimeError(f"Invalid padding string: {padding!r}. Use 'valid' or 'same', or numbers.")
    return tuple((one, one) for one in _tuple(padding, spatial))


def _convolve(
    name: str, input: Any, weight: Any, bias: Any, stride: Size, padding: Any, dilation: Size, groups: int
) -> Any:
    spatial = weight.ndim - 2
    single = _check(name, input, weight, weight.shape[1] * groups)
    x = input.unsqueeze(0) if single else input
    strides, dilations = _tuple(stride, spatial), _tuple(dilation, spatial)
    pads = _pairs(padding, weight, strides, dilations)
    for n, k, d, (low, high) in zip(x.shape[2:], weight.shape[2:], dilations, pads, strict=True):
        if n + low + high < d * (k - 1) + 1:
            padded = [length + a + b for length, (a, b) in zip(x.shape[2:], pads, strict=True)]
            reach = [e * (m - 1) + 1 for m, e in zip(weight.shape[2:], dilations, strict=True)]
            raise ShapeError(
                f"Calculated padded input size per channel: ({' x '.join(map(str, padded))}). Kernel size: "
                f"({' x '.join(map(str, reach))}). Kernel size can't be greater than actual input size"
            )
    out = _convolution.convolve(x, weight, stride=strides, padding=pads, dilation=dilations, groups=groups)
    if bias is not None:
        out = out + bias.reshape(-1, *(1,) * spatial)
    return out.squeeze(0) if single else out


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Tensor:
    """Return the convolution of input, shape (N, C, L), with kernels of shape (O, C / groups, K)."""
    return _convolve("conv1d", input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Tensor:
    """Return the convolution of input, shape (N, C, H, W), with kernels of shape (O, C / groups, KH, KW)."""
    return _convolve("conv2d", input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Tensor:
    """Return the convolution of input, shape (N, C, D, H, W), with kernels of shape (O, C / groups, KD, KH, KW)."""
    return _convolve("conv3d", input, weight, bias, stride, padding, dilation, groups)


def _transposed(
    name: str,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Size,
    padding: Size,
    output_padding: Size,
    groups: int,
    dilation: Size,
) -> Any:
    spatial = weight.ndim - 2
    single = _check(name, input, weight, weight.shape[0])
    x = input.unsqueeze(0) if single else input
    strides, dilations = _tuple(stride, spatial), _tuple(dilation, spatial)
    pads = []
    for k, d, p, extra, s in zip(
        weight.shape[2:], dilations, _tuple(padding, spatial), _tuple(output_padding, spatial), strides, strict=True
    ):
        if extra >= max(s, d):
            raise RuntimeError(
                f"output padding must be smaller than either stride or dilation, but got output_padding {extra}, stride "
                f"{s} and dilation {d}"
            )
        pads.append((d * (k - 1) - p, d * (k - 1) - p + extra))
    out = _convolution.convolve(
        x, weight, stride=strides, padding=tuple(pads), dilation=dilations, groups=groups, transposed=True
    )
    if bias is not None:
        out = out + bias.reshape(-1, *(1,) * spatial)
    return out.squeeze(0) if single else out


def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Tensor:
    """Return the transpose of conv1d's linear map, for kernels of shape (C, O / groups, K)."""
    return _transposed("conv_transpose1d", input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Tensor:
    """Return the transpose of conv2d's linear map, for kernels of shape (C, O / groups, KH, KW)."""
    return _transposed("conv_transpose2d", input, weight, bias, stride, padding, output_padding, groups, dilation)


def _windows(
    name: str,
    input: Any,
    spatial: int,
    kernel: Size,
    stride: Size | None,
    padding: Size,
    dilation: Size,
    ceil: bool,
    fill: Any,
) -> tuple[Any, Any, tuple[int, ...]]:
    """Return the pooling windows (..., *P, K1, K2 ...), their places in the padded input, and the padding."""
    if input.ndim not in (spatial + 1, spatial + 2):
        raise ShapeError(
            f"Expected {spatial + 1}D or {spatial + 2}D (batch mode) tensor for {name}, but got input of size: {list(input.shape)}"
        )
    kernels = _tuple(kernel, spatial)
    strides = _tuple(kernel if stride is None or stride == () else stride, spatial)
    pads, dilations = _tuple(padding, spatial), _tuple(dilation, spatial)
    for k, p in zip(kernels, pads, strict=True):
        if 2 * p > k:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and dilation=1"
            )
    pairs: list[int] = []
    counts = []
    for n, k, s, p, d in zip(input.shape[-spatial:], kernels, strides, pads, dilations, strict=True):
        reach = d * (k - 1) + 1
        count = (n + 2 * p - reach) // s + 1
        if ceil and (n + 2 * p - reach) % s and count * s < n + p:
            count += 1
        if count < 1:
            raise ShapeError(
                f"Given input size: {list(input.shape)}. Calculated output size is too small for kernel size {k}, stride {s} "
                f"and padding {p}"
            )
        counts.append(count)
        pairs = [p, max((count - 1) * s + reach - n - p, 0), *pairs]
    from agrad.nn.functional.layers import pad

    x: Any = pad(input, pairs, value=fill) if any(pairs) else input
    for position, (k, s, d, count) in enumerate(zip(kernels, strides, dilations, counts, strict=True)):
        axis = input.ndim - spatial + position
        x = x.unfold(axis, d * (k - 1) + 1, s).narrow(axis, 0, count)
        if d > 1:
            x = x[..., ::d]
    return x, (kernels, strides, dilations, counts), pads


def _max_pool(
    name: str,
    input: Any,
    spatial: int,
    kernel: Size,
    stride: Any,
    padding: Size,
    dilation: Size,
    ceil: bool,
    indices: bool,
) -> Any:
    low = float("-inf") if input.is_floating_point() else agrad.iinfo(input.dtype).min
    x, (kernels, strides, dilations, counts), pads = _windows(
        name, input, spatial, kernel, stride, padding, dilation, ceil, low
    )
    flat = x.flatten(-spatial)
    found = flat.max(-1)
    if not indices:
        return found.values
    # where in the unpadded input, flattened over its spatial axes, each largest element is
    place = found.indices
    total: Any = 0
    for position in range(spatial):
        inner = 1
        for k in kernels[position + 1 :]:
            inner *= k
        along = (place // inner) % kernels[position] * dilations[position] - pads[position]
        starts = agrad.arange(counts[position], device=input.device) * strides[position]
        shape = [counts[position] if i == position else 1 for i in range(spatial)]
        total = total * input.shape[input.ndim - spatial + position] + along + starts.reshape(shape)
    return found.values, total


def max_pool1d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Return the largest element of each window of input, shape (N, C, L); of equal ones the first has the gradient."""
    return _max_pool("max_pool1d", input, 1, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Return the largest element of each window of input, shape (N, C, H, W)."""
    return _max_pool("max_pool2d", input, 2, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Return the largest element of each window of input, shape (N, C, D, H, W)."""
    return _max_pool("max_pool3d", input, 3, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def _avg_pool(
    name: str,
    input: Any,
    spatial: int,
    kernel: Size,
    stride: Any,
    padding: Size,
    ceil: bool,
    count_include_pad: bool,
    divisor: int | None,
) -> Any:
    x, (kernels, strides, _, counts), pads = _windows(name, input, spatial, kernel, stride, padding, 1, ceil, 0.0)
    total = x.sum(tuple(range(-spatial, 0)))
    if divisor is not None:
        return total / divisor
    sizes: Any = 1.0
    for position, (n, k, s, p, count) in enumerate(
        zip(input.shape[-spatial:], kernels, strides, pads, counts, strict=True)
    ):
        # a window that ceil_mode lets hang over the padding counts only what is inside of it
        ends = [min(i * s - p + k, n + p) for i in range(count)]
        if count_include_pad:
            lengths = [end - (i * s - p) for i, end in enumerate(ends)]
        else:
            lengths = [min(end, n) - max(i * s - p, 0) for i, end in enumerate(ends)]
        column = agrad.tensor(lengths, dtype=input.dtype, device=input.device)
        sizes = sizes * column.reshape([count if i == position else 1 for i in range(spatial)])
    return total / sizes


def avg_pool1d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """Return the mean of each window of input, shape (N, C, L)."""
    return _avg_pool("avg_pool1d", input, 1, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """Return the mean of each window of input, shape (N, C, H, W)."""
    return _avg_pool(
        "avg_pool2d", input, 2, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def _adaptive(input: Any, output_size: Any, spatial: int, reduce: Any) -> Any:
    sizes = _tuple(output_size, spatial) if output_size is not None else (None,) * spatial
    x = input
    for position, wanted in enumerate(sizes):
        axis = input.ndim - spatial + position
        length = input.shape[axis]
        if wanted is None:
            continue
        parts = []
        for i in range(wanted):
            start, stop = i * length // wanted, -((-(i + 1) * length) // wanted)
            parts.append(reduce(x.narrow(axis, start, stop - start), axis))
        x = agrad.cat(parts, axis)
    return x


def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """Return means of windows chosen so that there are `output_size` of them."""
    return _adaptive(input, output_size, 1, lambda x, axis: x.mean(axis, keepdim=True))


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """Return means of windows chosen so that there are `output_size` of them along each axis."""
    return _adaptive(input, output_size, 2, lambda x, axis: x.mean(axis, keepdim=True))


def adaptive_max_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """Return the largest elements of windows chosen so that there are `output_size` of them."""
    return _adaptive(input, output_size, 1, lambda x, axis: x.max(axis, keepdim=True).values)


def adaptive_max_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """Return the largest elements of windows chosen so that there are `output_size` of them along each axis."""
    return _adaptive(input, output_size, 2, lambda x, axis: x.max(axis, keepdim=True).values)


__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "avg_pool1d",
    "avg_pool2d",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
]
