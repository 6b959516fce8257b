"""From any Python key to a static key and integer arrays, with PyTorch's rules and words on every backend.

The confusing case: a list in a key is an index array (``x[[0, 2]]``), a tuple is several keys (``x[0, 2]``), a bool
is a mask of no dimensions (``x[True]`` is ``x[None]``), and a mask of several dimensions stands for as many integer
arrays. `split_key` makes of any key a static basic key (ints, slices, None, Ellipsis), applied first, and integer
arrays at given axes; so all that depends on values is in the arrays, and jit and vmap can trace them.
"""

from collections.abc import Callable, Sequence
from types import EllipsisType
from typing import Any

from agrad.errors import IndexOutOfRange
from agrad.primitives._axes import ArgumentError

Item = int | slice | EllipsisType | None
Template = tuple[Item, ...]


def is_array_like(item: Any) -> bool:
    """Return whether `item` is a Tensor or a backend's array: something with a shape and a dtype."""
    return hasattr(item, "shape") and hasattr(item, "dtype")


def _check_int(index: int, size: int, axis: int) -> int:
    if not -size <= index < size:
        raise IndexOutOfRange(f"index {index} is out of bounds for dimension {axis} with size {size}")
    return index


def _check_slice(item: slice) -> slice:
    step = item.step
    bounds = []
    for bound in (item.start, item.stop, step):
        if bound is not None and not isinstance(bound, int):
            if not hasattr(bound, "__index__"):
                raise TypeError(
                    "slice indices must be integers or None or have an __index__ method; "
                    f"received {type(bound).__name__}"
                )
            bound = bound.__index__()
        bounds.append(bound)
    if bounds[2] == 0:
        raise ArgumentError("slice step cannot be zero")
    if bounds[2] is not None and bounds[2] < 0:
        raise ArgumentError("step must be greater than zero")
    return slice(*bounds)


def _length_of(item: Any) -> int:
    """Return how many of the tensor's axes an item uses."""
    if item is None or item is Ellipsis or isinstance(item, bool):
        return 0
    if is_array_like(item) and is_bool_array(item):
        return len(item.shape)
    return 1


def is_bool_array(item: Any) -> bool:
    """Return whether an array's dtype is bool, whoever's dtype object it is."""
    return str(item.dtype).rpartition(".")[2] == "bool"


def _is_integer_array(item: Any) -> bool:
    return str(item.dtype).rpartition(".")[2].startswith(("int", "uint"))


def as_items(key: Any) -> tuple[Any, ...]:
    """Return the key's items: a tuple holds several, anything else is one."""
    return key if isinstance(key, tuple) else (key,)


def is_basic(items: Sequence[Any]) -> bool:
    """Return whether every item is an int, a slice, None or Ellipsis, so that the result is a view."""
    for item in items:
        kind = type(item)
        if kind is int or kind is slice or item is None or item is Ellipsis:
            continue
        return False
    return True


def parse_basic(shape: Sequence[int], items: Sequence[Any]) -> Template:
    """Check a basic key against a shape and return it.

    Raises
    ------
    IndexError
        "too many indices for tensor of dimension 2", "index 5 is out of bounds for dimension 0 with size 3",
        "an index can only have a single ellipsis ('...')", "slice() cannot be applied to a 0-dim tensor."
    ValueError
        "step must be greater than zero".
    """
    return tuple(_walk(tuple(shape), items))


def _walk(shape: tuple[int, ...], items: Sequence[Any]) -> list[Any]:
    """Check every item against the axes it uses; ints become ints, other items stay."""
    ndim = len(shape)
    used = sum(_length_of(item) for item in items)
    if used > ndim:
        if ndim == 0 and len(items) == 1 and isinstance(items[0], int):
            raise IndexOutOfRange(
                "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or "
                "`tensor.item<T>()` in C++ to convert a "
                "0-dim tensor to a number"
            )
        if ndim == 0 and any(isinstance(item, slice) for item in items):
            raise IndexOutOfRange("slice() cannot be applied to a 0-dim tensor.")
        raise IndexOutOfRange(f"too many indices for tensor of dimension {ndim}")
    checked: list[Any] = []
    axis = 0
    seen_ellipsis = False
    for item in items:
        if item is None or isinstance(item, bool):
            checked.append(item)
        elif item is Ellipsis:
            if seen_ellipsis:
                raise IndexOutOfRange("an index can only have a single ellipsis ('...')")
            seen_ellipsis = True
            axis += ndim - used
            checked.append(item)
        elif isinstance(item, slice):
            checked.append(_check_slice(item))
            axis += 1
        elif is_array_like(item):
            if is_bool_array(item):
                for offset, length in enumerate(item.shape):
                    if length != shape[axis + offset]:
                        raise IndexOutOfRange(
                            f"The shape of the mask {list(item.shape)} at index {offset} does not match the "
                            "shape of the "
                            f"indexed tensor {list(shape)} at index {axis + offset}"
                        )
            axis += _length_of(item)
            checked.append(item)
        else:
            checked.append(_check_int(item, shape[axis], axis))
            axis += 1
    return checked


def normalize_items(items: Sequence[Any], asarray: Callable[[Any], Any], item_of: Callable[[Any], Any]) -> list[Any]:
    """Turn the items of any key into ints, bools, slices, None, Ellipsis and arrays.

    Parameters
    ----------
    asarray : callable
        Makes an index array on the tensor's backend and device of nested lists or of another library's array.
    item_of : callable
        Reads the Python number of a 0-d integer array; raises where the value is not at hand (a traced array), and
        then the array stays an array.

    Raises
    ------
    IndexError
        For what can be no index, in PyTorch's words.
    """
    result: list[Any] = []
    for item in items:
        kind = type(item)
        if kind is int or kind is slice or kind is bool or item is None or item is Ellipsis:
            result.append(item)
        elif isinstance(item, list | tuple | range):
            result.append(_checked_array(asarray(list(item))))
        elif is_array_like(item):
            array = _checked_array(asarray(item))
            if not array.shape:
                array = item_of(array)
            result.append(array)
        elif hasattr(item, "__index__"):
            result.append(item.__index__())
        elif isinstance(item, slice):
            result.append(item)
        else:
            raise IndexOutOfRange(
                "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
                f"(got {kind.__name__})"
            )
    return result


def _checked_array(array: Any) -> Any:
    if is_bool_array(array) or _is_integer_array(array):
        return array
    if 0 in array.shape:  # x[[]]: an empty list has no dtype of its own
        return array
    raise IndexOutOfRange("tensors used as indices must be long, int, byte or bool tensors")


def split_key(
    shape: Sequence[int], items: Sequence[Any], nonzero: Callable[[Any], Sequence[Any]], arange: Callable[[int], Any]
) -> tuple[Template, tuple[int, ...], list[Any]]:
    """Split normalised items into a basic key and integer arrays, as PyTorch does: the basic key is applied first.

    So an int beside arrays is a selection (in NumPy it is an array of no dimensions, and may move the arrays' axes to
    the front).

    Parameters
    ----------
    nonzero : callable
        Gives the index arrays of a mask's true elements.
    arange : callable
        Makes the index array 0 .. n - 1.

    Returns
    -------
    basic : tuple
        Ints, slices, None and Ellipsis; full slices where the arrays will stand.
    axes : tuple of int
        The axes of ``x[basic]`` that the arrays index, in order.
    arrays : list of array
    """
    checked = _walk(tuple(shape), items)
    used = sum(_length_of(item) for item in checked)
    basic: list[Any] = []
    axes: list[int] = []
    arrays: list[Any] = []
    axis = 0
    for item in checked:
        if isinstance(item, bool):
            basic.append(None)
            arrays.append(arange(int(item)))
            axes.append(axis)
            axis += 1
        elif is_array_like(item):
            found = list(nonzero(item)) if is_bool_array(item) else [item]
            for array in found:
                basic.append(slice(None))
                arrays.append(array)
                axes.append(axis)
                axis += 1
        else:
            basic.append(item)
            if item is Ellipsis:
                axis += len(shape) - used
            elif item is None or isinstance(item, slice):
                axis += 1
    return tuple(basic), tuple(axes), arrays


def is_whole(basic: Sequence[Any]) -> bool:
    """Return whether a basic key leaves everything as it is."""
    return all(item is Ellipsis or item == slice(None) for item in basic)


def common_shape(index_shapes: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Return the shape that index arrays of these shapes broadcast to.

    Raises
    ------
    IndexError
        "shape mismatch: indexing tensors could not be broadcast together with shapes [2], [3]".
    """
    ndim = max(len(one) for one in index_shapes)
    common = [1] * ndim
    for one in index_shapes:
        for axis, length in enumerate(one, start=ndim - len(one)):
            if length != 1 and length != common[axis]:
                if common[axis] != 1:
                    told = ", ".join(str(list(shape)) for shape in index_shapes)
                    raise IndexOutOfRange(
                        f"shape mismatch: indexing tensors could not be broadcast together with shapes {told}"
                    )
                common[axis] = length
    return tuple(common)


def place_of(axes: Sequence[int]) -> int:
    """Return where the index arrays' common shape stands in what they read: in the place of neighbours, else in front."""
    return axes[0] if axes[-1] - axes[0] == len(axes) - 1 else 0


def result_shape(shape: Sequence[int], axes: Sequence[int], index_shapes: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Return the shape of what integer arrays of these shapes read at these axes; raise as :func:`common_shape` does."""
    common = common_shape(index_shapes)
    rest = [length for axis, length in enumerate(shape) if axis not in axes]
    place = place_of(axes)
    return (*rest[:place], *common, *rest[place:])


def fits(value_shape: Sequence[int], shape: Sequence[int]) -> bool:
    """Return whether an array broadcasts to `shape`; it may have more axes of size "
    "1 in front, as a written value may."""
    surplus = len(value_shape) - len(shape)
    if surplus > 0 and any(length != 1 for length in value_shape[:surplus]):
        return False
    pairs = zip(reversed(value_shape), reversed(shape), strict=False)
    return all(length in (1, wanted) for length, wanted in pairs)


def array_key(axes: Sequence[int], arrays: Sequence[Any]) -> tuple[Any, ...]:
    """Return the key with the arrays at their axes and whole slices between."""
    key: list[Any] = [slice(None)] * (axes[-1] + 1)
    for axis, array in zip(axes, arrays, strict=True):
        key[axis] = array
    return tuple(key)
