"""Convolution, as one primitive whose derivatives are convolutions.

What machine learning calls convolution is a correlation: the kernel is not flipped. The general form here also spreads the input
(zeros between its elements) and the kernel, and pads by any number, negative ones cutting off; so the cotangent of the input is the
convolution of the cotangent, spread by the stride, with the flipped kernel, and the cotangent of the kernel that of the input with
the cotangent, spread, for a kernel. Groups are a leading axis of both.

Source: V. Dumoulin, F. Visin, "A guide to convolution arithmetic for deep learning" (2016).
"""

from collections.abc import Sequence
from typing import Any

from agrad.engine.primitive import LINEAR, composite, primitive
from agrad.errors import ShapeError

Ints = tuple[int, ...]
Pads = tuple[tuple[int, int], ...]


def _spread(length: int, step: int) -> int:
    """Return the length with zeros put between elements."""
    return (length - 1) * step + 1 if length else 0


def output_lengths(
    lengths: Sequence[int], kernel: Sequence[int], stride: Ints, padding: Pads, input_step: Ints, kernel_step: Ints
) -> Ints:
    """Return how many positions of the kernel fit along each axis."""
    return tuple(
        max((_spread(n, b) + low + high - _spread(k, d)) // s + 1, 0)
        for n, k, s, (low, high), b, d in zip(lengths, kernel, stride, padding, input_step, kernel_step, strict=True)
    )


def _turned(xp: Any, w: Any, axes: Ints) -> Any:
    """Return kernels flipped, with input and output channels exchanged."""
    order = (0, 2, 1, *range(3, w.ndim))
    return xp.permute_dims(xp.flip(w, axis=axes), order)


def _input_rule(
    xp: Any, g: Any, _out: Any, x_meta: Any, w: Any, *, stride: Ints, padding: Pads, input_step: Ints, kernel_step: Ints
) -> Any:
    lengths, kernel = x_meta.shape[3:], w.shape[3:]
    places = output_lengths(lengths, kernel, stride, padding, input_step, kernel_step)
    pads = []
    for n, k, o, s, (low, _), b, d in zip(
        lengths, kernel, places, stride, padding, input_step, kernel_step, strict=True
    ):
        before = _spread(k, d) - 1 - low
        # as many places as there are elements of x, spread
        after = _spread(n, b) + _spread(k, d) - 1 - _spread(o, s) - before
        pads.append((before, after))
    axes = tuple(range(3, w.ndim))
    return _call(
        xp,
        g,
        _turned(xp, w, axes),
        stride=input_step,
        padding=tuple(pads),
        input_step=stride,
        kernel_step=kernel_step,
    )


def _kernel_rule(
    xp: Any, g: Any, _out: Any, x: Any, w_meta: Any, *, stride: Ints, padding: Pads, input_step: Ints, kernel_step: Ints
) -> Any:
    lengths, kernel = x.shape[3:], w_meta.shape[3:]
    places = output_lengths(lengths, kernel, stride, padding, input_step, kernel_step)
    pads = []
    for n, k, o, s, (low, _), b, d in zip(
        lengths, kernel, places, stride, padding, input_step, kernel_step, strict=True
    ):
        # the cotangent, spread by the stride, is the kernel: as many places as there are elements of w, spread
        pads.append((low, _spread(o, s) + _spread(k, d) - 1 - _spread(n, b) - low))
    swapped = (0, 2, 1, *range(3, x.ndim))
    found = _call(
        xp,
        xp.permute_dims(x, swapped),
        xp.permute_dims(g, swapped),
        stride=kernel_step,
        padding=tuple(pads),
        input_step=input_step,
        kernel_step=stride,
    )
    return xp.permute_dims(found, swapped)


def _call(xp: Any, x: Any, w: Any, *, stride: Ints, padding: Pads, input_step: Ints, kernel_step: Ints) -> Any:
    return xp.convolution(x, w, stride, padding, input_step, kernel_step)


def _batch(
    xp: Any, op: Any, values: list[Any], batched: list[bool], _ndims: list[int], size: int, params: dict[str, Any]
) -> Any:
    """One kernel for all examples: they are more of the batch. A kernel each: they are more groups."""
    x, w = values
    if not batched[1]:
        groups, examples = x.shape[1:3]
        x = xp.permute_dims(x, (1, 0, *range(2, x.ndim)))
        out = op.call(xp.reshape(x, (groups, size * examples, *x.shape[3:])), w, **params)
        out = xp.reshape(out, (groups, size, examples, *out.shape[2:]))
        return xp.permute_dims(out, (1, 0, *range(2, out.ndim)))
    if not batched[0]:
        x = xp.broadcast_to(x, (size, *x.shape))
    groups = x.shape[1]
    out = op.call(xp.reshape(x, (size * groups, *x.shape[2:])), xp.reshape(w, (size * groups, *w.shape[2:])), **params)
    return xp.reshape(out, (size, groups, *out.shape[1:]))


@primitive(
    vjp=(_input_rule, _kernel_rule),
    jvp=(LINEAR, LINEAR),
    promote=True,
    batch=_batch,
    torch_name="Convolution",
    half="product",
)
def convolution(xp: Any, x: Any, w: Any, /, *, stride: Ints, padding: Pads, input_step: Ints, kernel_step: Ints) -> Any:
    """Return the correlation of x with kernels.

    Parameters
    ----------
    x : Tensor, shape (G, N, C, *L)
        G groups, N examples, C input channels.
    w : Tensor, shape (G, O, C, *K)
    stride, input_step, kernel_step : tuple of int
        Distances between places of the kernel, of the input's elements and of the kernel's.
    padding : tuple of (int, int)
        Zeros before and after each spatial axis of the spread input; negative numbers cut off.

    Returns
    -------
    Tensor, shape (G, N, O, *P)
    """
    return xp.convolution(x, w, stride, padding, input_step, kernel_step)


@composite
def convolve(
    xp: Any, x: Any, w: Any, /, *, stride: Ints, padding: Pads, dilation: Ints, groups: int, transposed: bool = False
) -> Any:
    """Return the convolution of x, shape (N, C, *L), with kernels of shape (O, C / groups, *K), as PyTorch's conv1d to 3d.

    Parameters
    ----------
    transposed : bool
        The gradient of such a convolution wrt its input: kernels of shape (C, O / groups, *K).

    Raises
    ------
    RuntimeError
        For channels that the groups do not divide, and kernels longer than the input.
    """
    spatial = len(stride)
    examples, channels = x.shape[:2]
    if groups < 1 or channels % groups or w.shape[0] % groups:
        raise ShapeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of size "
            f"{list(w.shape)} and {channels} channels"
        )
    x = xp.reshape(x, (examples, groups, channels // groups, *x.shape[2:]))
    x = xp.permute_dims(x, (1, 0, 2, *range(3, x.ndim)))
    w = xp.reshape(w, (groups, w.shape[0] // groups, *w.shape[1:]))
    one = (1,) * spatial
    if transposed:
        w = _turned(xp, w, tuple(range(3, w.ndim)))
        out = _call(xp, x, w, stride=one, padding=padding, input_step=stride, kernel_step=dilation)
    else:
        out = _call(xp, x, w, stride=stride, padding=padding, input_step=one, kernel_step=dilation)
    out = xp.permute_dims(out, (1, 0, 2, *range(3, out.ndim)))
    return xp.reshape(out, (examples, groups * out.shape[2], *out.shape[3:]))


__all__ = ["convolution", "convolve", "output_lengths"]
