"""Pooling over 1 to 3 axes: the largest element, the mean or a norm of each window, and largest elements put back."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import agrad
from agrad.engine.primitive import label
from agrad.errors import ShapeError
from agrad.nn.functional.convolution import Size, _own, _tuple
from agrad.nn.functional.layers import pad

if TYPE_CHECKING:
    from agrad.tensor import Tensor


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
    if spatial > 1:
        label(found.values, f"MaxPool{spatial}DWithIndices")
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
        return label(total / divisor, f"AvgPool{spatial}D")
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
    return label(total / sizes, f"AvgPool{spatial}D")


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


def avg_pool3d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """Return the mean of each window of input, shape (N, C, D, H, W)."""
    return _avg_pool(
        "avg_pool3d", input, 3, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def _lp_pool(
    name: str, input: Any, spatial: int, norm_type: float, kernel: Size, stride: Size | None, ceil: bool
) -> Any:
    """Return the norm of each window; no padding, and windows cut off at the end count what is inside."""
    x, _, _ = _windows(name, input, spatial, kernel, stride, 0, 1, ceil, 0.0)
    axes = tuple(range(-spatial, 0))
    if math.isinf(norm_type):
        return x.amax(axes)
    return (x**norm_type).sum(axes) ** (1.0 / norm_type)


def lp_pool1d(
    input: Tensor, norm_type: float, kernel_size: Size, stride: Size | None = None, ceil_mode: bool = False
) -> Tensor:
    """Return the norm of each window of input, shape (N, C, L)."""
    return _lp_pool("lp_pool1d", input, 1, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Tensor, norm_type: float, kernel_size: Size, stride: Size | None = None, ceil_mode: bool = False
) -> Tensor:
    """Return the norm of each window of input, shape (N, C, H, W)."""
    return _lp_pool("lp_pool2d", input, 2, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Tensor, norm_type: float, kernel_size: Size, stride: Size | None = None, ceil_mode: bool = False
) -> Tensor:
    """Return the norm of each window of input, shape (N, C, D, H, W)."""
    return _lp_pool("lp_pool3d", input, 3, norm_type, kernel_size, stride, ceil_mode)


def _spans(input: Any, output_size: Any, spatial: int) -> list[list[tuple[int, int]]]:
    """Return, for each axis, where the windows start and stop."""
    sizes = _tuple(output_size, spatial) if output_size is not None else (None,) * spatial
    lengths = input.shape[-spatial:]
    return [
        [(i * n // count, -((-(i + 1) * n) // count)) for i in range(count)]
        for n, count in zip(
            lengths, (n if one is None else one for n, one in zip(lengths, sizes, strict=True)), strict=True
        )
    ]


def _adaptive(input: Any, output_size: Any, spatial: int, reduce: Any) -> Any:
    x = input
    for position, spans in enumerate(_spans(input, output_size, spatial)):
        axis = input.ndim - spatial + position
        if len(spans) != input.shape[axis]:
            x = agrad.cat([reduce(x.narrow(axis, start, stop - start), axis) for start, stop in spans], axis)
    return _own(x, input)


def _adaptive_mean(input: Any, output_size: Any, spatial: int) -> Any:
    if spatial > 1 and _tuple(output_size or 0, spatial) == (1,) * spatial:
        return input.mean(tuple(range(-spatial, 0)), keepdim=True)
    out = _adaptive(input, output_size, spatial, lambda x, axis: x.mean(axis, keepdim=True))
    return label(out, f"AdaptiveAvgPool{spatial}D") if spatial > 1 else out


def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """Return means of windows chosen so that there are `output_size` of them."""
    return _adaptive_mean(input, output_size, 1)


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """Return means of windows chosen so that there are `output_size` of them along each axis."""
    return _adaptive_mean(input, output_size, 2)


def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """Return means of windows chosen so that there are `output_size` of them along each axis."""
    return _adaptive_mean(input, output_size, 3)


def _adaptive_max(input: Any, output_size: Any, spatial: int, indices: bool) -> Any:
    if not indices:
        out = _adaptive(input, output_size, spatial, lambda x, axis: x.max(axis, keepdim=True).values)
        return label(out, f"AdaptiveMaxPool{spatial}D") if spatial > 1 else out
    spans = _spans(input, output_size, spatial)
    lengths = tuple(input.shape[-spatial:])
    numbers = agrad.arange(math.prod(lengths), device=input.device).reshape(lengths)
    values, places = [], []
    for window in itertools.product(*spans):
        inside = (..., *(slice(start, stop) for start, stop in window))
        found = input[inside].flatten(-spatial).max(-1)
        values.append(found.values)
        places.append(numbers[inside[1:]].reshape(-1)[found.indices])
    shape = (*input.shape[:-spatial], *(len(one) for one in spans))
    return agrad.stack(values, -1).reshape(shape), agrad.stack(places, -1).reshape(shape)


def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Return the largest elements of windows chosen so that there are `output_size` of them."""
    return _adaptive_max(input, output_size, 1, return_indices)


def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Return the largest elements of windows chosen so that there are `output_size` of them along each axis."""
    return _adaptive_max(input, output_size, 2, return_indices)


def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Return the largest elements of windows chosen so that there are `output_size` of them along each axis."""
    return _adaptive_max(input, output_size, 3, return_indices)


def _unpool(
    input: Any, indices: Any, spatial: int, kernel: Size, stride: Size | None, padding: Size, output_size: Any
) -> Any:
    if input.shape != indices.shape:
        raise ShapeError(
            f"Expected shape of indices to be same as that of the input tensor ({list(input.shape)}) but got indices tensor "
            f"with shape: {list(indices.shape)}"
        )
    kernels, pads = _tuple(kernel, spatial), _tuple(padding, spatial)
    strides = _tuple(kernel if stride is None else stride, spatial)
    if output_size is None:
        sizes: Sequence[int] = [
            (n - 1) * s + k - 2 * p for n, s, k, p in zip(input.shape[-spatial:], strides, kernels, pads, strict=True)
        ]
    else:
        sizes = tuple(output_size)[-spatial:]
    lead = tuple(input.shape[:-spatial])
    flat = agrad.zeros((*lead, math.prod(sizes)), dtype=input.dtype, device=input.device)
    return flat.scatter(-1, indices.flatten(-spatial), input.flatten(-spatial)).reshape((*lead, *sizes))


def max_unpool1d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    output_size: Any = None,
) -> Tensor:
    """Put largest elements back where max_pool1d found them, among zeros."""
    return _unpool(input, indices, 1, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    output_size: Any = None,
) -> Tensor:
    """Put largest elements back where max_pool2d found them, among zeros."""
    return _unpool(input, indices, 2, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    output_size: Any = None,
) -> Tensor:
    """Put largest elements back where max_pool3d found them, among zeros."""
    return _unpool(input, indices, 3, kernel_size, stride, padding, output_size)


__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
]
