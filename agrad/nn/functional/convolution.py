"""Convolutions over 1 to 3 axes, and their transposes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agrad.engine.level_writes import share_memory
from agrad.engine.primitive import label
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


def _own(result: Any, input: Any) -> Any:
    """Return a result with memory of its own: a copy where it shows the input's, as a pooling to the same size does."""
    return result.clone() if share_memory(result, input) else result


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
    label(out, "Convolution")
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
    label(out, "Convolution")
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


def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Tensor:
    """Return the transpose of conv3d's linear map, for kernels of shape (C, O / groups, KD, KH, KW)."""
    return _transposed("conv_transpose3d", input, weight, bias, stride, padding, output_padding, groups, dilation)


__all__ = ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]
