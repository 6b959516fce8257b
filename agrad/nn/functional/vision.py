"""Images: resizing, sub-pixel shuffles, patches as columns, and sampling along a grid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import agrad
from agrad.errors import ShapeError, UnsupportedOperation
from agrad.nn.functional.convolution import Size, _own, _tuple
from agrad.nn.functional.layers import pad
from agrad.nn.functional.pooling import _adaptive_mean

if TYPE_CHECKING:
    from agrad.tensor import Tensor

#: which number of spatial axes each way of resizing takes
_AXES = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}


def _sources(length: int, count: int, scale: float | None, align_corners: bool, cubic: bool) -> list[float]:
    """Return where in an axis of `length` each of `count` new elements lies."""
    if align_corners:
        step = (length - 1) / (count - 1) if count > 1 else 0.0
        return [i * step for i in range(count)]
    step = 1.0 / scale if scale else length / count
    found = [step * (i + 0.5) - 0.5 for i in range(count)]
    return found if cubic else [max(one, 0.0) for one in found]


def _mixed(input: Any, axis: int, places: Sequence[Sequence[int]], weights: Sequence[Sequence[float]]) -> Any:
    """Return along `axis` the sums of elements at places, weighted: one list of each for each term."""
    total: Any = 0
    shape = [-1 if one == axis else 1 for one in range(input.ndim)]
    for where, factor in zip(places, weights, strict=True):
        index = agrad.tensor(list(where), dtype=agrad.int64, device=input.device)
        column = agrad.tensor(list(factor), dtype=input.dtype, device=input.device).reshape(shape)
        total = total + input.index_select(axis, index) * column
    return total


def _nearest(input: Any, axis: int, count: int, scale: float | None, exact: bool) -> Any:
    length = input.shape[axis]
    step = 1.0 / scale if scale else length / count
    index = [min(math.floor((i + 0.5 if exact else i) * step), length - 1) for i in range(count)]
    return input.index_select(axis, agrad.tensor(index, dtype=agrad.int64, device=input.device))


def _linear(input: Any, axis: int, count: int, scale: float | None, align_corners: bool) -> Any:
    length = input.shape[axis]
    if count == length and (align_corners or not scale or scale == 1):
        return input
    sources = _sources(length, count, scale, align_corners, False)
    low = [min(math.floor(one), length - 1) for one in sources]
    high = [min(one + 1, length - 1) for one in low]
    part = [one - floor for one, floor in zip(sources, low, strict=True)]
    return _mixed(input, axis, (low, high), ([1 - one for one in part], part))


def _cubic_weights(part: float, a: float = -0.75) -> list[float]:
    """Return the four weights of Keys' cubic convolution for a place `part` of the way between two elements."""

    def near(x: float) -> float:
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x: float) -> float:
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    return [far(part + 1), near(part), near(1 - part), far(2 - part)]


def _cubic(input: Any, axis: int, count: int, scale: float | None, align_corners: bool) -> Any:
    length = input.shape[axis]
    sources = _sources(length, count, scale, align_corners, True)
    floors = [math.floor(one) for one in sources]
    weights = [_cubic_weights(one - floor) for one, floor in zip(sources, floors, strict=True)]
    places = [[min(max(floor + move, 0), length - 1) for floor in floors] for move in (-1, 0, 1, 2)]
    return _mixed(input, axis, places, [[one[term] for one in weights] for term in range(4)])


def interpolate(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """Resize input, shape (N, C, ...), over its 1 to 3 last axes.

    Parameters
    ----------
    size : int or tuple, optional
        The new lengths; or `scale_factor`, what the lengths are multiplied by.
    mode : {"nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area"}
    align_corners : bool, optional
        The first and last elements keep their places, where otherwise the edges of the first and last do.
    """
    spatial = input.ndim - 2
    if spatial not in (1, 2, 3):
        raise UnsupportedOperation(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {input.ndim}D) for the modes: nearest | linear | "
            f"bilinear | bicubic | trilinear | area | nearest-exact (got {mode})"
        )
    if antialias:
        raise UnsupportedOperation(
            "antialias=True is not supported. Blur the input first, or use mode='area' to shrink it."
        )
    if align_corners is not None and mode in ("nearest", "area", "nearest-exact"):
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    scales: Sequence[float | None] = (None,) * spatial
    if size is not None:
        sizes = (size,) * spatial if isinstance(size, int) else tuple(size)
        if len(sizes) != spatial:
            raise ValueError(
                "Input and output must have the same number of spatial dimensions, but got input with spatial dimensions of "
                f"{list(input.shape[2:])} and output size of {size}."
            )
    else:
        factors = (scale_factor,) * spatial if isinstance(scale_factor, (int, float)) else tuple(scale_factor)
        if len(factors) != spatial:
            raise ValueError(
                "Input and scale_factor must have the same number of spatial dimensions, but got input with spatial dimensions "
                f"of {list(input.shape[2:])} and scale_factor of shape {scale_factor}."
            )
        sizes = tuple(math.floor(n * factor) for n, factor in zip(input.shape[2:], factors, strict=True))
        scales = (None,) * spatial if recompute_scale_factor else [float(one) for one in factors]
    if mode == "area":
        return _adaptive_mean(input, sizes, spatial)
    x: Any = input
    corners = bool(align_corners)
    if mode not in ("nearest", "nearest-exact") and _AXES.get(mode) != spatial:
        raise UnsupportedOperation(f"Got {input.ndim}D input, but {mode} mode needs {_AXES.get(mode, 0) + 2}D input")
    for axis, (count, scale) in enumerate(zip(sizes, scales, strict=True), start=2):
        if mode in ("nearest", "nearest-exact"):
            x = _nearest(x, axis, count, scale, mode == "nearest-exact")
        elif mode == "bicubic":
            x = _cubic(x, axis, count, scale, corners)
        else:
            x = _linear(x, axis, count, scale, corners)
    return _own(x, input)


def upsample(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """Return :func:`interpolate`'s result; the older name."""
    return interpolate(input, size, scale_factor, mode, align_corners)


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Return channels as finer pixels: (..., C r^2, H, W) becomes (..., C, H r, W r).

    Source: W. Shi and others, "Real-time single image and video super-resolution" (2016).
    """
    *lead, channels, height, width = input.shape
    r = upscale_factor
    if channels % (r * r):
        raise ShapeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but "
            f"input.size(-3)={channels} is not divisible by {r * r}"
        )
    n = len(lead)
    x = input.reshape(*lead, channels // (r * r), r, r, height, width)
    x = x.permute(*range(n), n, n + 3, n + 1, n + 4, n + 2)
    return _own(x.reshape(*lead, channels // (r * r), height * r, width * r), input)


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """Return the inverse of :func:`pixel_shuffle`."""
    *lead, channels, height, width = input.shape
    r = downscale_factor
    for name, index, length in (("height", -2, height), ("width", -1, width)):
        if length % r:
            raise ShapeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but input.size({index})={length} is not "
                f"divisible by {r}"
            )
    n = len(lead)
    x = input.reshape(*lead, channels, height // r, r, width // r, r)
    x = x.permute(*range(n), n, n + 2, n + 4, n + 1, n + 3)
    return _own(x.reshape(*lead, channels * r * r, height // r, width // r), input)


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Return input, shape (N, C, ...), with the channels of its groups interleaved.

    Source: X. Zhang and others, "ShuffleNet: an extremely efficient convolutional neural network for mobile devices" (2017).
    """
    examples, channels, *rest = input.shape
    if channels % groups:
        raise ShapeError(
            f"Number of channels must be divisible by groups. Got {channels} channels and {groups} groups."
        )
    x = input.reshape(examples, groups, channels // groups, *rest).transpose(1, 2).reshape(input.shape)
    return _own(x, input)


def _counts(
    lengths: Sequence[int],
    kernel: Sequence[int],
    dilation: Sequence[int],
    padding: Sequence[int],
    stride: Sequence[int],
) -> list[int]:
    return [
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, d, p, s in zip(lengths, kernel, dilation, padding, stride, strict=True)
    ]


def unfold(input: Tensor, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1) -> Tensor:
    """Return the patches of input, shape (N, C, H, W), as columns: shape (N, C KH KW, number of patches)."""
    if input.ndim not in (3, 4):
        raise ShapeError(
            f"Expected 3D or 4D (batch mode) tensor for input with possibly 0 batch size and other non-zero dimensions for "
            f"input, but got: {list(input.shape)}"
        )
    x: Any = input if input.ndim == 4 else input.unsqueeze(0)
    kernels, dilations = _tuple(kernel_size, 2), _tuple(dilation, 2)
    pads, strides = _tuple(padding, 2), _tuple(stride, 2)
    rows, columns = _counts(x.shape[2:], kernels, dilations, pads, strides)
    if rows < 1 or columns < 1:
        raise ShapeError(
            f"Given input with spatial size {tuple(x.shape[2:])}, kernel_size={kernels}, dilation={dilations}, padding={pads}, "
            f"calculated shape of the array of sliding blocks as ({rows}, {columns}), but its components must be at least one."
        )
    if any(pads):
        x = pad(x, (pads[1], pads[1], pads[0], pads[0]))
    for axis, (k, d, s) in enumerate(zip(kernels, dilations, strides, strict=True), start=2):
        x = x.unfold(axis, d * (k - 1) + 1, s)[..., ::d]
    # (N, C, rows, columns, KH, KW)
    x = x.permute(0, 1, 4, 5, 2, 3).reshape(x.shape[0], x.shape[1] * kernels[0] * kernels[1], rows * columns)
    x = _own(x, input)
    return x if input.ndim == 4 else x.squeeze(0)


def fold(
    input: Tensor, output_size: Size, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1
) -> Tensor:
    """Return the sum of patches, shape (N, C KH KW, number of patches), put back where :func:`unfold` takes them."""
    x: Any = input if input.ndim == 3 else input.unsqueeze(0)
    sizes, kernels, dilations = _tuple(output_size, 2), _tuple(kernel_size, 2), _tuple(dilation, 2)
    pads, strides = _tuple(padding, 2), _tuple(stride, 2)
    if x.shape[1] % (kernels[0] * kernels[1]):
        raise ShapeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)="
            f"{x.shape[1]} and kernel_size={kernels}."
        )
    rows, columns = _counts(sizes, kernels, dilations, pads, strides)
    if rows * columns != x.shape[2]:
        raise ShapeError(
            f"Given output_size={sizes}, kernel_size={kernels}, dilation={dilations}, padding={pads}, stride={strides}, expected "
            f"size of input's dimension 2 to match the calculated number of sliding blocks {rows} * {columns} = "
            f"{rows * columns}, but got input.size(2)={x.shape[2]}."
        )
    channels = x.shape[1] // (kernels[0] * kernels[1])
    height, width = sizes[0] + 2 * pads[0], sizes[1] + 2 * pads[1]

    def places(count: int, k: int, d: int, s: int) -> Any:
        starts = agrad.arange(count, device=input.device) * s
        return starts + (agrad.arange(k, device=input.device) * d).unsqueeze(1)

    down = places(rows, kernels[0], dilations[0], strides[0])
    across = places(columns, kernels[1], dilations[1], strides[1])
    index = (down[:, None, :, None] * width + across[None, :, None, :]).reshape(-1)
    flat = agrad.zeros((x.shape[0], channels, height * width), dtype=input.dtype, device=input.device)
    flat = flat.index_add(2, index, x.reshape(x.shape[0], channels, -1))
    out = flat.reshape(x.shape[0], channels, height, width)
    out = out[:, :, pads[0] : pads[0] + sizes[0], pads[1] : pads[1] + sizes[1]]
    return out if input.ndim == 3 else out.squeeze(0)


def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool = False) -> Tensor:
    """Return where an affine map sends the pixels of an image: shape (N, H, W, 2), coordinates between -1 and 1.

    Parameters
    ----------
    theta : Tensor, shape (N, 2, 3) or (N, 3, 4)
    size : the image's shape, (N, C, H, W) or (N, C, D, H, W)
    """
    lengths = tuple(size)[2:]
    axes = []
    for n in lengths:
        line = agrad.linspace(-1, 1, n, dtype=theta.dtype, device=theta.device)
        axes.append(line * (0.0 if n < 2 else 1.0 if align_corners else (n - 1) / n))
    mesh = agrad.meshgrid(*axes, indexing="ij")
    points = agrad.stack([*reversed(mesh), agrad.ones_like(mesh[0])], -1).reshape(1, -1, len(lengths) + 1)
    return agrad.matmul(points, theta.transpose(1, 2)).reshape(theta.shape[0], *lengths, len(lengths))


def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """Return the values of images, shape (N, C, H, W), at the places of a grid, shape (N, H', W', 2): (x, y) in -1 to 1.

    Parameters
    ----------
    mode : {"bilinear", "nearest"}
    padding_mode : {"zeros", "border"}
        What is outside: 0, or the nearest edge.
    """
    if mode not in ("bilinear", "nearest"):
        raise UnsupportedOperation(f"grid_sample takes mode 'bilinear' or 'nearest'; received {mode!r}")
    if padding_mode not in ("zeros", "border"):
        raise UnsupportedOperation(f"grid_sample takes padding_mode 'zeros' or 'border'; received {padding_mode!r}")
    if input.ndim != 4 or grid.ndim != 4 or grid.shape[-1] != 2 or grid.shape[0] != input.shape[0]:
        raise ShapeError(
            "grid_sampler(): expected 4D input and grid with same batch size and a last dimension of 2, but got input with "
            f"sizes {list(input.shape)} and grid with sizes {list(grid.shape)}"
        )
    height, width = input.shape[2:]
    x, y = (
        (coordinate + 1) * ((n - 1) / 2) if align_corners else ((coordinate + 1) * n - 1) / 2
        for coordinate, n in ((grid[..., 0], width), (grid[..., 1], height))
    )
    if padding_mode == "border":
        x, y = agrad.clamp(x, 0, width - 1), agrad.clamp(y, 0, height - 1)
    if mode == "nearest":
        return _at(input, agrad.round(x.detach()), agrad.round(y.detach()))
    left, top = agrad.floor(x.detach()), agrad.floor(y.detach())
    right, low = x - left, y - top
    out: Any = 0
    for move, across in ((0, 1 - right), (1, right)):
        for drop, down in ((0, 1 - low), (1, low)):
            out = out + _at(input, left + move, top + drop) * (across * down).unsqueeze(1)
    return out


def _at(input: Any, x: Any, y: Any) -> Any:
    """Return the pixels at whole coordinates of shape (N, H', W'); 0 outside."""
    height, width = input.shape[2:]
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    index = agrad.clamp(y, 0, height - 1).to(agrad.int64) * width + agrad.clamp(x, 0, width - 1).to(agrad.int64)
    flat = index.reshape(index.shape[0], 1, -1).expand(-1, input.shape[1], -1)
    found = input.flatten(2).gather(2, flat).reshape(*input.shape[:2], *index.shape[1:])
    return found * inside.unsqueeze(1).to(input.dtype)


__all__ = [
    "affine_grid",
    "channel_shuffle",
    "fold",
    "grid_sample",
    "interpolate",
    "pixel_shuffle",
    "pixel_unshuffle",
    "unfold",
    "upsample",
]
