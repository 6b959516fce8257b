"""Reading and writing parts of an array, functionally: a write returns a new array.

The confusing case: indices that repeat. The way back of a read adds (`index_add`), while that of a slice or a mask,
which cannot repeat, sets. Of the values that one write sends to one place the last stays, in the row-major order of the
index arrays, on every backend; it alone gets the place's cotangent (`read_last`).

Static keys are parameters, and index arrays are inputs without a derivative, so jit and vmap see the arrays.

`index_get`, `index_set` and `index_add` take any Python key and are what the namespace of Tensors offers under these
names; rules call them, and on raw arrays the backend's namesakes.
"""

from collections.abc import Sequence
from typing import Any

from agrad.engine.primitive import LINEAR, composite, primitive, renamed
from agrad.errors import IndexOutOfRange, ShapeError
from agrad.primitives import _geometry
from agrad.primitives._axes import along, positions, zeros_of
from agrad.primitives._helpers import device, normalize_axis
from agrad.primitives._indexing import (
    Template,
    array_key,
    as_items,
    common_shape,
    fits,
    is_array_like,
    is_basic,
    is_bool_array,
    is_whole,
    normalize_items,
    parse_basic,
    place_of,
    result_shape,
    split_key,
)
from agrad.primitives.manipulation import expanded_shape


def _zero(xp: Any, g: Any, meta: Any) -> Any:
    return xp.zeros((), dtype=g.dtype, device=meta.device)


def _slice_name(*_shapes: tuple[int, ...], key: Template = ()) -> str:
    """Return PyTorch's name of the last of the steps that it makes of a basic key."""
    if key == (slice(None),):
        return "Slice"
    for item in reversed(key):
        if item is None:
            return "Unsqueeze"
        if isinstance(item, int):
            return "Select"
        if isinstance(item, slice) and item != slice(None):
            return "Slice"
    return "Alias"


@primitive(
    vjp=lambda xp, g, _out, x_meta, *, key: xp.index_set(zeros_of(xp, g, x_meta), key, g),
    jvp=LINEAR,
    view=_geometry.index_geometry,
    torch_name=_slice_name,
)
def slice_get(xp: Any, x: Any, /, *, key: Template) -> Any:
    """Return ``x[key]`` for a tuple of ints, slices (steps above 0), None and Ellipsis."""
    return xp.index_get(x, parse_basic(x.shape, key))


@primitive(
    vjp=(
        lambda xp, g, _out, x_meta, _v, *, key: xp.index_set(g, key, _zero(xp, g, x_meta)),
        lambda xp, g, _out, _x, _v, *, key: xp.index_get(g, key),
    ),
    jvp=(
        lambda xp, t, _out, _x, v, *, key: xp.index_set(t, key, xp.zeros_like(v)),
        lambda xp, t, _out, x, _v, *, key: xp.index_set(xp.zeros_like(x), key, t),
    ),
    torch_name="CopySlices",
)
def slice_set(xp: Any, x: Any, value: Any, /, *, key: Template) -> Any:
    """Return x with `value`, of x's dtype, broadcast into ``x[key]``.

    Raises
    ------
    RuntimeError
        Where the value does not broadcast, in PyTorch's words.
    """
    key = parse_basic(x.shape, key)
    place = _place_shape(tuple(x.shape), key)
    if tuple(value.shape) != place and not fits(value.shape, place):
        expanded_shape(tuple(value.shape), place)  # raises, saying which axis does not fit
    return xp.index_set(x, key, value)


@primitive(
    vjp=lambda xp, g, _out, x_meta, *indices, axes: xp.index_add(zeros_of(xp, g, x_meta), array_key(axes, indices), g),
    jvp=LINEAR,
    torch_name="Index",
)
def array_get(xp: Any, x: Any, /, *indices: Any, axes: tuple[int, ...]) -> Any:
    """Return ``x[:, i, j]`` and its like: integer arrays, broadcast to one shape, index the given axes.

    Where the axes are neighbours the arrays' shape stands in their place, else in front (NumPy's rule and PyTorch's).
    """
    check_indices(xp, x.shape, axes, indices)
    if len(indices) > 1:
        result_shape(x.shape, axes, [index.shape for index in indices])
    return _translated(xp.index_get, x, array_key(axes, indices))


def last_writes(xp: Any, g: Any, key: tuple[Any, ...], axes: Sequence[int]) -> Any:
    """Return which elements of a write at index arrays stay: those whose place no later element names.

    A negative index and the positive one that names the same place count as one.

    Parameters
    ----------
    g : array that the key indexes; its values do not matter
    key : tuple
        Integer arrays at `axes`, whole slices elsewhere.
    axes : sequence of int

    Returns
    -------
    bool array, of the shape that the index arrays broadcast to; None where no two elements can meet
    """
    indices = tuple(key[axis] for axis in axes)
    shape = common_shape([index.shape for index in indices])
    count = _geometry.size_of(shape)
    if count < 2:
        return None
    numbers = xp.reshape(positions(xp, g, count), shape)
    last = xp.zeros(tuple(g.shape[axis] for axis in axes), dtype=numbers.dtype, device=device(g))
    return xp.index_get(xp.index_set(last, indices, numbers), indices) == numbers


def read_last(xp: Any, g: Any, key: tuple[Any, ...], axes: Sequence[int]) -> Any:
    """Return what a write at index arrays hands back to its values: ``g[key]``, and 0 for values that were overwritten."""
    read = xp.index_get(g, key)
    stays = last_writes(xp, g, key, axes)
    if stays is None:
        return read
    place = place_of(axes)
    rest = g.ndim - len(axes) - place
    stays = xp.reshape(stays, (*(1,) * place, *stays.shape, *(1,) * rest))
    return xp.where(stays, read, xp.zeros_like(read))


@primitive(
    vjp=(
        lambda xp, g, _out, x_meta, _v, *indices, axes: xp.index_set(g, array_key(axes, indices), _zero(xp, g, x_meta)),
        lambda xp, g, _out, _x, _v, *indices, axes: read_last(xp, g, array_key(axes, indices), axes),
    ),
    jvp=(
        lambda xp, t, _out, _x, v, *indices, axes: xp.index_set(t, array_key(axes, indices), xp.zeros_like(v)),
        lambda xp, t, _out, x, _v, *indices, axes: xp.index_set(xp.zeros_like(x), array_key(axes, indices), t),
    ),
    torch_name="IndexPut",
)
def array_set(xp: Any, x: Any, value: Any, /, *indices: Any, axes: tuple[int, ...]) -> Any:
    """Return x with `value` broadcast into ``x[:, i, j]``.

    Where indices repeat the last value stays, in the row-major order of the index arrays' common shape; the cotangent of
    a value that was overwritten is 0.
    """
    check_indices(xp, x.shape, axes, indices)
    value = _fitted(xp, x, value, axes, indices)
    return _translated(xp.index_set, x, array_key(axes, indices), value)


@primitive(
    vjp=(
        lambda _xp, g, _out, _x, _v, *_indices, axes: g,
        lambda xp, g, _out, _x, _v, *indices, axes: xp.index_get(g, array_key(axes, indices)),
    ),
    jvp=(
        lambda _xp, t, _out, _x, _v, *_indices, axes: t,
        lambda xp, t, _out, x, _v, *indices, axes: xp.index_add(xp.zeros_like(x), array_key(axes, indices), t),
    ),
    torch_name="IndexPut",
)
def array_add(xp: Any, x: Any, value: Any, /, *indices: Any, axes: tuple[int, ...]) -> Any:
    """Return x with `value` broadcast and added into ``x[:, i, j]``, once for each time that an index occurs."""
    check_indices(xp, x.shape, axes, indices)
    value = _fitted(xp, x, value, axes, indices)
    return _translated(xp.index_add, x, array_key(axes, indices), value)


@primitive(
    vjp=lambda xp, g, _out, x_meta, mask: xp.index_set(zeros_of(xp, g, x_meta), (mask,), g),
    jvp=LINEAR,
    torch_name="Index",
)
def mask_get(xp: Any, x: Any, mask: Any, /) -> Any:
    """Return the elements (or slices) of x where a mask of its first axes is true: as many as the values say."""
    return xp.index_get(x, (mask,))


@primitive(
    vjp=(
        lambda xp, g, _out, x_meta, _v, mask: xp.index_set(g, (mask,), _zero(xp, g, x_meta)),
        lambda xp, g, _out, _x, _v, mask: xp.index_get(g, (mask,)),
    ),
    jvp=(
        lambda xp, t, _out, _x, v, mask: xp.index_set(t, (mask,), xp.zeros_like(v)),
        lambda xp, t, _out, x, _v, mask: xp.index_set(xp.zeros_like(x), (mask,), t),
    ),
    torch_name="IndexPut",
)
def mask_set(xp: Any, x: Any, value: Any, mask: Any, /) -> Any:
    """Return x with `value` broadcast into ``x[mask]``."""
    ndim = 1 + x.ndim - mask.ndim
    if value.ndim > ndim and all(length == 1 for length in value.shape[: value.ndim - ndim]):
        value = _without_surplus(xp, value, ndim)
    return xp.index_set(x, (mask,), value)


def check_indices(xp: Any, shape: Sequence[int], axes: Sequence[int], indices: Sequence[Any]) -> None:
    """Check index arrays where the backend's library does not: some clamp or wrap without a word.

    Such a backend says so by ``xp.checks_bounds = False``. Values that JAX is tracing are not known and are not
    checked.

    Raises
    ------
    IndexError
        In PyTorch's words.
    """
    if any(0 in index.shape for index in indices):
        return  # nothing is named, whatever the others say
    silent = not getattr(xp, "checks_bounds", True)
    for axis, index in zip(axes, indices, strict=True):
        size = shape[axis]
        if size == 0:
            raise IndexOutOfRange(f"index is out of bounds for dimension {axis} with size 0")
        if silent:
            try:
                low, high = int(xp.min(index)), int(xp.max(index))
            except TypeError:
                continue
            if low < -size or high >= size:
                flat = xp.reshape(index, (_geometry.size_of(index.shape),))
                beyond = xp.logical_or(flat < -size, flat >= size)
                first = int(flat[int(xp.argmax(xp.astype(beyond, index.dtype)))])
                raise IndexOutOfRange(f"index {first} is out of bounds for dimension {axis} with size {size}")


def _fitted(xp: Any, x: Any, value: Any, axes: Sequence[int], indices: Sequence[Any]) -> Any:
    """Return a value that broadcasts to the place that index arrays name, without axes of length 1 too many in front.

    Raises
    ------
    RuntimeError
        In PyTorch's words.
    """
    place = result_shape(x.shape, axes, [index.shape for index in indices])
    if not fits(value.shape, place):
        raise ShapeError(
            f"shape mismatch: value tensor of shape {list(value.shape)} cannot be broadcast "
            "to indexing result of shape "
            f"{list(place)}"
        )
    return _without_surplus(xp, value, len(place))


def _without_surplus(xp: Any, value: Any, ndim: int) -> Any:
    """Return a value with `ndim` axes at most: those in front, of length 1, are dropped."""
    surplus = len(value.shape) - ndim
    return xp.reshape(value, tuple(value.shape[surplus:])) if surplus > 0 else value


def _place_shape(shape: tuple[int, ...], key: Template) -> tuple[int, ...]:
    return _geometry.index_geometry(shape, (0,) * len(shape), 0, key)[0]


def _translated(function: Any, *args: Any) -> Any:
    """Call a namespace's function; where it says that an index is out of bounds, say so in PyTorch's words."""
    try:
        return function(*args)
    except IndexError as error:
        text = str(error).replace("for axis", "for dimension")
        raise IndexOutOfRange(text) from error


def _normalized(xp: Any, x: Any, key: Any) -> list[Any]:
    here = x.device

    def asarray(value: Any) -> Any:
        if is_array_like(value):
            return value if hasattr(value, "requires_grad") else xp.asarray(value, device=here)
        if not value:
            return xp.arange(0, device=here)
        return xp.asarray(value, device=here)

    def item_of(array: Any) -> Any:
        try:
            return bool(array) if is_bool_array(array) else int(array)
        except TypeError:  # JAX is tracing: the value is not known and the array stays an index
            return array

    return normalize_items(as_items(key), asarray, item_of)


def _split(xp: Any, x: Any, items: Sequence[Any]) -> tuple[Template, tuple[int, ...], list[Any]]:
    return split_key(x.shape, items, xp.nonzero, lambda length: xp.arange(length, device=x.device))


def _sole_mask(x: Any, items: Sequence[Any]) -> Any:
    """Return the mask of a key that holds nothing else, checked, or None."""
    if len(items) == 1 and is_array_like(items[0]) and is_bool_array(items[0]) and len(items[0].shape) > 0:
        mask = items[0]
        if len(mask.shape) > x.ndim:
            raise IndexOutOfRange(f"too many indices for tensor of dimension {x.ndim}")
        for axis, length in enumerate(mask.shape):
            if length != x.shape[axis]:
                raise IndexOutOfRange(
                    f"The shape of the mask {list(mask.shape)} at index {axis} does not match the shape of the indexed "
                    f"tensor {list(x.shape)} at index {axis}"
                )
        return mask
    return None


@composite
def index_get(xp: Any, x: Any, key: Any, /) -> Any:
    """Return ``x[key]`` for any key that Python, NumPy or PyTorch users write.

    Raises
    ------
    IndexError
        In PyTorch's words, for static parts of the key on every backend.
    """
    items = as_items(key)
    if is_basic(items):
        return slice_get(x, key=items)
    items = tuple(_normalized(xp, x, key))
    mask = _sole_mask(x, items)
    if mask is not None:
        return mask_get(x, mask)
    basic, axes, arrays = _split(xp, x, items)
    if not is_whole(basic):
        x = slice_get(x, key=basic)
    return array_get(x, *arrays, axes=axes) if arrays else x


def _as_value(xp: Any, x: Any, value: Any) -> Any:
    """Return what is to be written as an array of x's dtype: a write never changes the dtype of what it writes to."""
    if not is_array_like(value):
        return xp.asarray(value, dtype=x.dtype, device=x.device)
    return value if value.dtype == x.dtype else xp.astype(value, x.dtype)


@composite
def index_set(xp: Any, x: Any, key: Any, value: Any, /) -> Any:
    """Return x with `value`, cast to x's dtype and broadcast, written to ``x[key]``."""
    value = _as_value(xp, x, value)
    items = as_items(key)
    if is_basic(items):
        return slice_set(x, _without_leading_ones(xp, value, x, items), key=items)
    items = tuple(_normalized(xp, x, key))
    mask = _sole_mask(x, items)
    if mask is not None:
        if value.ndim == 0:  # as a choice, so that no shape depends on values
            return xp.where(xp.reshape(mask, (*mask.shape, *(1,) * (x.ndim - mask.ndim))), value, x)
        return mask_set(x, value, mask)
    basic, axes, arrays = _split(xp, x, items)
    inner = x if is_whole(basic) else slice_get(x, key=basic)
    inner = array_set(inner, value, *arrays, axes=axes) if arrays else xp.broadcast_to(value, inner.shape)
    return inner if is_whole(basic) else slice_set(x, inner, key=basic)


def _without_leading_ones(xp: Any, value: Any, x: Any, items: Template) -> Any:
    """Drop leading axes of size 1 that the place written to does not have, as PyTorch and NumPy allow."""
    if value.ndim == 0:
        return value
    ndim = len(_place_shape(tuple(x.shape), parse_basic(x.shape, items)))
    surplus = value.ndim - ndim
    if surplus > 0 and all(length == 1 for length in value.shape[:surplus]):
        return xp.reshape(value, tuple(value.shape[surplus:]))
    return value


@composite
def index_add(xp: Any, x: Any, key: Any, value: Any, /) -> Any:
    """Return x with `value` added to ``x[key]``, once for each time that an index occurs."""
    value = _as_value(xp, x, value)
    items = as_items(key)
    if is_basic(items):
        return slice_set(x, slice_get(x, key=items) + value, key=items)
    items = tuple(_normalized(xp, x, key))
    mask = _sole_mask(x, items)
    if mask is not None:
        return mask_set(x, mask_get(x, mask) + value, mask)
    basic, axes, arrays = _split(xp, x, items)
    inner = x if is_whole(basic) else slice_get(x, key=basic)
    inner = array_add(inner, value, *arrays, axes=axes) if arrays else inner + value
    return inner if is_whole(basic) else slice_set(x, inner, key=basic)


@primitive(
    vjp=lambda xp, g, _out, x_meta, indices, *, axis: xp.index_add(
        zeros_of(xp, g, x_meta), along(normalize_axis(axis, x_meta.ndim), indices), g
    ),
    jvp=LINEAR,
    torch_name="IndexSelect",
)
def take(xp: Any, x: Any, indices: Any, /, *, axis: int) -> Any:
    """Return the slices of x at the positions `indices` along `axis`; negative positions count from the end."""
    one = normalize_axis(axis, x.ndim)
    check_indices(xp, x.shape, (one,), (indices,))
    if len(indices.shape) != 1:
        return _translated(xp.index_get, x, along(one, indices))
    return _translated(lambda *args: xp.take(*args, axis=one), x, indices)


def _take_along_axis_vjp(xp: Any, g: Any, _out: Any, x_meta: Any, indices: Any, *, axis: int = -1) -> Any:
    one = normalize_axis(axis, x_meta.ndim)
    if tuple(indices.shape) != tuple(g.shape):
        indices = xp.broadcast_to(indices, tuple(g.shape))
    # Of the broadcast shape; the engine sums it to x's.
    shape = (*g.shape[:one], x_meta.shape[one], *g.shape[one + 1 :])
    return xp.scatter_add(xp.zeros(shape, dtype=g.dtype, device=x_meta.device), indices, g, axis=one)


@primitive(vjp=_take_along_axis_vjp, jvp=LINEAR, torch_name="Gather")
def take_along_axis(xp: Any, x: Any, indices: Any, /, *, axis: int = -1) -> Any:
    """Return for each position in `indices` the element of x there along `axis`; other axes broadcast."""
    one = normalize_axis(axis, x.ndim)
    check_indices(xp, x.shape, (one,), (indices,))
    return _translated(lambda *args: xp.take_along_axis(*args, axis=one), x, indices)


def _clipped(x: Any, shape: Sequence[int], axis: int) -> Any:
    """Return the part of x that an index array of this shape reaches on the other axes."""
    key = tuple(slice(None) if one == axis else slice(0, length) for one, length in enumerate(shape))
    whole = all(one == axis or length == x.shape[one] for one, length in enumerate(shape))
    return x if whole else x[key]


def _scatter_add_value_vjp(xp: Any, g: Any, _out: Any, _x: Any, indices: Any, _v: Any, *, axis: int) -> Any:
    one = normalize_axis(axis, g.ndim)
    return xp.take_along_axis(_clipped(g, tuple(indices.shape), one), indices, axis=one)


@primitive(
    vjp=(lambda _xp, g, _out, _x, _indices, _v, *, axis: g, None, _scatter_add_value_vjp),
    jvp=(
        lambda _xp, t, _out, _x, _indices, _v, *, axis: t,
        None,
        lambda xp, t, _out, x, indices, _v, *, axis: xp.scatter_add(xp.zeros_like(x), indices, t, axis=axis),
    ),
    torch_name="ScatterAdd",
)
def scatter_add(xp: Any, x: Any, indices: Any, value: Any, /, *, axis: int) -> Any:
    """Return x with each element of `value` added where `indices`, of value's shape, points along `axis`.

    On the other axes `indices` may be shorter than x, as PyTorch allows.
    """
    one = normalize_axis(axis, x.ndim)
    if tuple(indices.shape) != tuple(value.shape):
        raise ShapeError(
            f"scatter_add needs indices and values of one shape; received "
            f"{tuple(indices.shape)} and {tuple(value.shape)}"
        )
    check_indices(xp, x.shape, (one,), (indices,))
    reached = _clipped(x, tuple(indices.shape), one)
    added = _translated(lambda *args: xp.scatter_add(*args, axis=one), reached, indices, value)
    if reached is x:
        return added
    return xp.index_set(x, tuple(slice(0, length) for length in reached.shape), added)


@composite
def gather(xp: Any, x: Any, indices: Any, /, *, axis: int) -> Any:
    """Return ``out[i][j] = x[indices[i][j]][j]`` (axis 0): PyTorch's gather, where `indices` may be shorter than x."""
    one = normalize_axis(axis, x.ndim)
    if indices.ndim != x.ndim:
        raise ShapeError("Index tensor must have the same number of dimensions as input tensor")
    for other in range(x.ndim):
        if other != one and indices.shape[other] > x.shape[other]:
            raise ShapeError(
                f"Size does not match at dimension {other} expected index {list(indices.shape)} "
                "to be no larger than self "
                f"{list(x.shape)} apart from dimension {one}"
            )
    return xp.take_along_axis(_clipped(x, tuple(indices.shape), one), indices, axis=one)


def _scatter_name(_x: tuple[int, ...], value: tuple[int, ...], *indices: tuple[int, ...], **_params: Any) -> str:
    """Return PyTorch's name: writing one number is a function of its own there."""
    return "ScatterBackward0" if value or not any(indices) else "ScatterBackward1"


_scattered = renamed(array_set, _scatter_name)


@composite
def scatter_set(xp: Any, x: Any, indices: Any, value: Any, /, *, axis: int) -> Any:
    """Return x with each element of `value` written where `indices` points along `axis` (PyTorch's scatter)."""
    one = normalize_axis(axis, x.ndim)
    arrays = []
    for other in range(x.ndim):
        if other == one:
            arrays.append(indices)
        else:
            shape = tuple(indices.shape[other] if axis_ == other else 1 for axis_ in range(x.ndim))
            arrays.append(xp.reshape(positions(xp, x, indices.shape[other]), shape))
    return _scattered(x, _as_value(xp, x, value), *arrays, axes=tuple(range(x.ndim)))
