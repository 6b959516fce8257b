"""Shapes: the same elements seen in another shape, and repeated.

The confusing case is view against reshape. A view shares the tensor's memory, so it exists only where the elements'
order in memory allows; reshape gives the view where there is one and a copy where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agrad.dtypes import DType
from agrad.engine.core import classes
from agrad.engine.doors import check_leaving
from agrad.engine.general import broadcast_complaint
from agrad.engine.primitive import renamed
from agrad.errors import ShapeError
from agrad.primitives import _geometry, manipulation
from agrad.primitives._axes import ArgumentError
from agrad.torch_api import named, naming
from agrad.torch_api.indexing_bounds import check_positions
from agrad.torch_api.shape_arguments import ArgumentTypeError, axis_of, choose, ints_of, several, tensor_of
from agrad.torch_api.shape_bits import view_as_dtype
from agrad.torch_api.size import Size

if TYPE_CHECKING:
    from agrad.tensor import Tensor

NOT_A_VIEW = (
    "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous "
    "subspaces). Use .reshape(...) instead."
)

_squeeze_all = renamed(manipulation.squeeze, "SqueezeBackward0")
_squeeze_several = renamed(manipulation.squeeze, "SqueezeBackward2")
_unsafe_view = renamed(manipulation.reshape, "UnsafeView")
_reshape_alias = renamed(manipulation.reshape, "ReshapeAlias")
#: PyTorch expands, copies and views
_repeat_each = renamed(manipulation.repeat_each, "View")


def viewable(x: Any, shape: tuple[int, ...]) -> bool:
    """Whether a shape (one size may be -1) is a view of a tensor: always, where its elements are in row-major order."""
    extra = x._extra
    if extra is None or not extra.strides:
        return True
    new = _geometry.infer_shape(shape, _geometry.size_of(x._shape))
    return _geometry.reshape_geometry(x._shape, extra.strides, extra.offset, new) is not None


def view(input: Tensor, *shape: Any, size: Any = None, dtype: DType | None = None) -> Tensor:
    """Return the tensor's memory in another shape, or read as another dtype, which has no derivative (as its own dtype it has).

    Parameters
    ----------
    *shape : int, one sequence of ints, or a DType
        One size may be -1: it is worked out from the others.

    Raises
    ------
    RuntimeError
        Where the elements' order in memory does not allow it: "view size is not compatible with input tensor's size and
        stride".
    """
    if dtype is not None or (len(shape) == 1 and isinstance(shape[0], DType)):
        wanted = shape[0] if dtype is None else dtype
        if wanted is input._options.dtype:
            return manipulation.reshape(input, shape=input._shape)  # PyTorch drops the derivative of an identity here
        check_leaving(input, "view(dtype)", "Use view_as_complex or view_as_real, which have derivatives.")
        return view_as_dtype(input, wanted)
    if not shape and size is None:
        raise ArgumentTypeError(
            "view() received an invalid combination of arguments - got (), but expected a dtype or sizes; view(()) makes a "
            "tensor of no dimensions"
        )
    sizes = ints_of("view", shape, size)
    if not viewable(input, sizes):
        raise ShapeError(NOT_A_VIEW)
    return manipulation.reshape(input, shape=sizes)


def view_as(input: Tensor, other: Tensor) -> Tensor:
    """Return ``input.view(other.size())``."""
    return view(input, other._shape)


def reshape(input: Tensor, shape: Sequence[int]) -> Tensor:
    """Return the elements in row-major order in another shape: a view where the memory allows it, else a copy.

    Parameters
    ----------
    shape : sequence of int
        One size may be -1: it is worked out from the others.
    """
    input = tensor_of("reshape", input)
    if not isinstance(shape, (tuple, list)):
        raise ArgumentTypeError(
            f"reshape(): argument 'shape' (position 2) must be tuple of ints, not {type(shape).__name__}"
        )
    return reshaped(input, ints_of("reshape", (shape,)))


def reshaped(input: Any, shape: tuple[int, ...]) -> Any:
    """Do what :func:`reshape` says, with sizes that are a tuple of ints."""
    extra = input._extra
    plain = type(input) is classes.tensor  # its strides are row-major: others are of a hidden subclass
    if plain or extra is None or not extra.strides or _geometry.is_contiguous(input._shape, extra.strides):
        return manipulation.reshape(input, shape=shape)
    if viewable(input, shape):
        return _reshape_alias(input, shape=shape)
    return _unsafe_view(input, shape=shape, copy=True)


def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """Return ``input.reshape(other.size())``."""
    return reshaped(input, other._shape)


def flatten(
    input: Tensor, start_dim: Any = 0, end_dim: Any = -1, out_dim: str | None = None, *, dims: Any = None
) -> Tensor:
    """Return the tensor with the axes from `start_dim` to `end_dim` made one; a tensor of no dimensions gets one.

    With names: ``flatten(['H', 'W'], 'features')`` and ``flatten('H', 'W', 'features')`` name the new axis.

    Raises
    ------
    RuntimeError
        "flatten() has invalid args: start_dim cannot come after end_dim".
    """
    input = tensor_of("flatten", input)
    if dims is not None:
        start_dim, end_dim = dims, out_dim
    if out_dim is not None or not isinstance(start_dim, int):
        return _flatten_named(input, start_dim, end_dim, out_dim)
    sizes = input._shape
    start, end = axis_of(start_dim, len(sizes), input), axis_of(end_dim, len(sizes), input)
    if start > end:
        raise ShapeError(
            "flatten() has invalid args: start_dim cannot come after end_dim; "
            f"received start_dim={start_dim}, end_dim={end_dim} for shape {tuple(sizes)}"
        )
    if not sizes:
        return reshaped(input, (1,))
    if start == end:
        return input
    return reshaped(input, (*sizes[:start], _geometry.size_of(sizes[start : end + 1]), *sizes[end + 1 :]))


def _flatten_named(input: Any, dims: Any, end: Any, out_dim: str | None) -> Any:
    """Flatten axes given by name, into one of a name."""
    if isinstance(dims, (list, tuple)) and isinstance(end, str):
        end, out_dim = None, end
    first, last, names = named.flatten_names(input, dims, end, out_dim)
    plain = naming.set_names(named.same_view(input), None)
    return naming.set_names(flatten(plain, first, last), names)


def unflatten(input: Tensor, dim: Any, sizes: Any) -> Tensor:
    """Return the tensor with one axis made several, of these sizes; one of them may be -1.

    With names: ``unflatten('features', (('H', 2), ('W', 3)))``, or a dictionary of them.

    Raises
    ------
    RuntimeError
        Where the sizes do not multiply to the axis' length.
    """
    input = tensor_of("unflatten", input)
    own = input._shape
    one = axis_of(dim, len(own), input)
    pairs = list(sizes.items()) if isinstance(sizes, dict) else list(sizes)
    if pairs and all(isinstance(pair, (tuple, list)) for pair in pairs):
        names = naming.names_of(input)
        plain = naming.set_names(named.same_view(input), None)
        made = unflatten(plain, one, [length for _, length in pairs])
        return naming.set_names(
            made, naming.checked([*names[:one], *(name for name, _ in pairs), *names[one + 1 :]], len(made._shape))
        )
    parts = ints_of("unflatten", (sizes,))
    if not parts:
        raise ShapeError("unflatten: sizes must be non-empty")
    length = own[one] if own else 1
    known = _geometry.size_of([part for part in parts if part != -1])
    if parts.count(-1) == 1 and known and length % known == 0:
        parts = tuple(length // known if part == -1 else part for part in parts)
    elif known != length or -1 in parts:
        raise ShapeError(
            f"unflatten: Provided sizes {list(parts)} don't multiply up to the size of dim {one} ({length}) in the input tensor"
        )
    return view(input, (*own[:one], *parts, *own[one + 1 :]))


def ravel(input: Tensor) -> Tensor:
    """Return the elements in row-major order along one axis: a view where the memory allows it, else a copy."""
    return reshaped(tensor_of("ravel", input), (-1,) if 0 not in input._shape else (0,))


def squeeze(input: Tensor, dim: int | Sequence[int] | None = None, *, axis: Any = None) -> Tensor:
    """Return the tensor without its axes of length 1, or without those of them that `dim` names; a view."""
    input = tensor_of("squeeze", input)
    if dim is None:
        dim = axis
    sizes = input._shape
    if dim is None:
        return _squeeze_all(input, axis=tuple(one for one, length in enumerate(sizes) if length == 1))
    if isinstance(dim, (tuple, list)):
        return _squeeze_several(input, axis=squeezed_axes(sizes, naming.number(input, dim)))
    one = axis_of(dim, len(sizes), input)
    return manipulation.squeeze(input, axis=one if sizes and sizes[one] == 1 else ())


def squeezed_axes(sizes: tuple[int, ...], dims: Sequence[int]) -> tuple[int, ...]:
    """Return those of the named axes whose length is 1.

    Raises
    ------
    RuntimeError
        "dim 0 appears multiple times in the list of dims".
    """
    axes = [axis_of(dim, len(sizes)) for dim in dims]
    for one in axes:
        if axes.count(one) > 1:
            raise ShapeError(f"dim {one} appears multiple times in the list of dims")
    return tuple(one for one in axes if sizes and sizes[one] == 1)


def unsqueeze(input: Tensor, dim: int | None = None, *, axis: int | None = None) -> Tensor:
    """Return the tensor with an axis of length 1 at position `dim` of the result; a view."""
    return manipulation.expand_dims(tensor_of("unsqueeze", input), axis=choose("unsqueeze", dim, axis))


# ---------------------------------------------------------------- repeating


def expand(input: Tensor, *sizes: Any, size: Any = None) -> Tensor:
    """Return the tensor seen again and again along axes of length 1, and along new axes in front: a view, no copy.

    Parameters
    ----------
    *sizes : int, or one sequence of ints
        -1 keeps a length.
    """
    return manipulation.broadcast_to(input, shape=ints_of("expand", sizes, size))


def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """Return ``input.expand(other.size())``."""
    return manipulation.broadcast_to(input, shape=other._shape)


def broadcast_to(input: Tensor, size: Sequence[int]) -> Tensor:
    """Return the tensor seen in a wider shape, without a copy; see :func:`expand`."""
    return manipulation.broadcast_to(tensor_of("broadcast_to", input), shape=ints_of("broadcast_to", (size,)))


def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """Return the tensors seen in their common shape, without copies.

    Raises
    ------
    RuntimeError
        "The size of tensor a (4) must match the size of tensor b (3) at non-singleton dimension 2".
    """
    given = several("broadcast_tensors", tensors)
    shapes = [tensor._shape for tensor in given]
    complaint = broadcast_complaint(shapes)
    if complaint is not None:
        raise ShapeError(complaint)
    shape = manipulation.broadcast_shapes(*shapes)
    return tuple(
        tensor if tensor._shape == shape else manipulation.broadcast_to(tensor, shape=shape) for tensor in given
    )


def broadcast_shapes(*shapes: Any) -> Size:
    """Return the shape that tensors of these shapes (ints or sequences of ints) broadcast to.

    Raises
    ------
    RuntimeError
        Where they do not broadcast.
    ValueError
        For a negative length.
    """
    result: list[int] = []
    for index, shape in enumerate(shapes):
        sizes = (shape,) if isinstance(shape, int) else tuple(shape)
        if any(length < 0 for length in sizes):
            raise ArgumentError(f"Attempting to broadcast a dimension with negative length! Received {sizes}")
        result[:0] = [1] * (len(sizes) - len(result))
        for axis in range(-1, -1 - len(sizes), -1):
            if sizes[axis] in (1, result[axis]):
                continue
            if result[axis] != 1:
                raise ShapeError(
                    f"Attempting to broadcast a dimension of length {sizes[axis]} at {axis}! Mismatching argument at index "
                    f"{index} had {sizes}; but expected shape should be broadcastable to {result}"
                )
            result[axis] = sizes[axis]
    return Size(result)


def repeat(input: Tensor, *sizes: Any, repeats: Any = None) -> Tensor:
    """Return copies of the tensor side by side: so many along each axis, the last axes being the tensor's own.

    Raises
    ------
    RuntimeError
        For fewer numbers than the tensor has axes, and for negative ones.
    """
    counts = ints_of("repeat", sizes, repeats, "repeats")
    if len(counts) < len(input._shape):
        raise ShapeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor; "
            f"received {len(counts)} for shape {tuple(input._shape)}"
        )
    return _repeated(input, counts)


def tile(input: Tensor, dims: Sequence[int]) -> Tensor:
    """Return copies of the tensor side by side; where `dims` names fewer axes than there are, it names the last ones."""
    if not isinstance(dims, (tuple, list)):
        raise ArgumentTypeError(
            f"tile(): argument 'dims' (position 2) must be tuple of ints, not {type(dims).__name__}"
        )
    input = tensor_of("tile", input)
    counts = ints_of("tile", (dims,))
    return _repeated(input, (1,) * (len(input._shape) - len(counts)) + counts)


def _repeated(input: Any, counts: tuple[int, ...]) -> Any:
    if any(count < 0 for count in counts):
        own = (1,) * (len(counts) - len(input._shape)) + tuple(input._shape)
        sizes = [count * length for count, length in zip(counts, own, strict=True)]
        raise ShapeError(f"Trying to create tensor with negative dimension {min(sizes)}: {sizes}")
    return manipulation.tile(input, repetitions=counts)


def repeat_interleave(
    input: Tensor,
    repeats: Tensor | int | None = None,
    dim: int | None = None,
    *,
    output_size: int | None = None,
    axis: int | None = None,
) -> Tensor:
    """Return the tensor with each element (or slice along `dim`) written several times, one after the other.

    Parameters
    ----------
    repeats : int, or integer Tensor of shape (), (1,) or (input.shape[dim],)
        How often. Left out, `input` says so, and position i is written ``input[i]`` times.
    dim : int, optional
        None: the tensor is flattened first.
    output_size : int, optional
        The result's length along `dim`, where it is known.
    """
    input = tensor_of("repeat_interleave", input)
    dim = axis if dim is None else dim
    if repeats is None:
        repeats = input
        _check_repeats(repeats)
        return _of_length(manipulation.repeat_positions(repeats), 0, output_size)
    if dim is not None:
        dim = axis_of(dim, len(input._shape), input)
    if isinstance(repeats, int):
        if repeats < 0:
            raise ShapeError(f"Repeats must be non-negative; received {repeats}")
        if dim is not None and not input._shape:
            dim = None
        length = repeats * (_geometry.size_of(input._shape) if dim is None else input._shape[dim])
        if output_size is not None and output_size != length:
            raise ShapeError(f"repeat_interleave: Invalid output_size, expected {length} but got {output_size}")
        return _repeat_each(input, repeats=repeats, axis=dim)
    if not hasattr(repeats, "_options"):
        raise ArgumentTypeError(
            "repeat_interleave() received an invalid combination of arguments - repeats must be an int or an integer Tensor; "
            f"received {type(repeats).__name__}"
        )
    _check_repeats(repeats)
    if dim is None:
        input, dim = reshaped(input, (-1,) if 0 not in input._shape else (0,)), 0
    return _of_length(manipulation.repeat(input, repeats, axis=dim), dim, output_size)


def _check_repeats(repeats: Any) -> None:
    options = repeats._options
    if options.dtype.name not in ("int32", "int64"):
        raise RepeatsError(
            f"\"repeat_interleave_cpu\" not implemented for '{options.dtype.scalar_name}'; repeats are int32 or int64"
        )
    if len(repeats._shape) > 1:
        raise ShapeError(f"repeats must be 0-dim or 1-dim tensor; received shape {tuple(repeats._shape)}")
    check_positions(repeats, None, "repeats can not be negative; received {0}", ShapeError)


class RepeatsError(ShapeError, NotImplementedError):
    """Numbers of repetitions that are no integers."""


def _of_length(result: Any, dim: int, output_size: int | None) -> Any:
    if output_size is not None and result._shape[dim] != output_size:
        raise ShapeError(
            f"allocated size does not match required size: output_size={output_size}, needed {result._shape[dim]}"
        )
    return result


# ---------------------------------------------------------------- at least so many axes


def atleast_1d(*tensors: Any) -> Any:
    """Return each tensor with at least one axis: itself where it has one."""
    return _each("atleast_1d", tensors, lambda x: x if x._shape else reshaped(x, (1,)))


def atleast_2d(*tensors: Any) -> Any:
    """Return each tensor with at least two axes, new ones in front."""

    def widen(x: Any) -> Any:
        if len(x._shape) > 1:
            return x
        return manipulation.expand_dims(x, axis=0) if x._shape else reshaped(x, (1, 1))

    return _each("atleast_2d", tensors, widen)


def atleast_3d(*tensors: Any) -> Any:
    """Return each tensor with at least three axes: a vector becomes a row, a matrix gets a last axis."""

    def widen(x: Any) -> Any:
        ndim = len(x._shape)
        if ndim > 2:
            return x
        if ndim == 0:
            return reshaped(x, (1, 1, 1))
        return manipulation.expand_dims(x if ndim == 2 else manipulation.expand_dims(x, axis=0), axis=-1)

    return _each("atleast_3d", tensors, widen)


def _each(name: str, tensors: tuple[Any, ...], widen: Any) -> Any:
    if len(tensors) == 1 and not isinstance(tensors[0], (list, tuple)):
        return widen(tensor_of(name, tensors[0]))
    return tuple(widen(tensor) for tensor in several(name, tensors))


__all__ = [
    "NOT_A_VIEW",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "broadcast_shapes",
    "broadcast_tensors",
    "broadcast_to",
    "expand",
    "expand_as",
    "flatten",
    "ravel",
    "repeat",
    "repeat_interleave",
    "reshape",
    "reshape_as",
    "reshaped",
    "squeeze",
    "squeezed_axes",
    "tile",
    "unflatten",
    "unsqueeze",
    "view",
    "view_as",
    "viewable",
]
