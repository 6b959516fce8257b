"""Names of axes: what an operation's result is called, from what its operands are called.

The confusing case: a name never decides which axis an operation works on by chance. Elementwise operations align axes from the right as
always, and then the names must agree (an axis without a name agrees with every one). An operation of which nothing is known here gives
a result without names, never with a name that might be wrong.

Names cost nothing until the first tensor is named: :func:`install` then has the engine's careful path carry them on, and named tensors
are of a hidden class, which keeps them out of the hot path.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from agrad.engine.core import TensorCore, announce_class
from agrad.engine.general import hooks
from agrad.engine.storage import Alias
from agrad.errors import AgradError

Names = tuple[str | None, ...]


class NamesError(AgradError, RuntimeError):
    """Names of axes that do not agree, or are not there."""


def told(names: Sequence[str | None]) -> str:
    """Return names as PyTorch's messages show them: Tensor['N', None]."""
    return f"Tensor[{', '.join(repr(name) if name else 'None' for name in names)}]"


def names_of(tensor: Any) -> Names:
    """Return the names of a tensor's axes, None for those without."""
    extra = tensor._extra
    found = None if extra is None else extra.names
    return found if found is not None else (None,) * len(tensor._shape)


def checked(names: Sequence[Any], ndim: int) -> Names:
    """Return names for a tensor of `ndim` axes.

    Raises
    ------
    NamesError
        A RuntimeError, for a wrong number of names, names given twice, and what is no identifier.
    """
    for name in names:
        if name is None:
            continue
        if not isinstance(name, str):
            raise TypeError(f"names must be strings or None; received {type(name).__name__}")
        if not name.isidentifier():
            raise NamesError(
                "Invalid name: a valid identifier contains only digits, alphabetical characters, and/or underscore and "
                f"starts with a non-digit. got: '{name}'."
            )
    if len(names) != ndim:
        raise NamesError(
            f"Number of names ({len(names)}) and number of dimensions in tensor ({ndim}) do not match. "
            f"Attempted to create a tensor with names {list(names)}"
        )
    real = [name for name in names if name is not None]
    if len(set(real)) != len(real):
        raise NamesError(f"Cannot construct a tensor with duplicate names. Got names: {list(names)}.")
    return tuple(names)


def with_names_of(source: Any, tensor: Any) -> Any:
    """Return a tensor that shows the same axes as `source`, under its names."""
    extra = source._extra
    return tensor if extra is None or extra.names is None else set_names(tensor, extra.names)


_named: dict[type, type] = {}
_plain: dict[type, type] = {}


def set_names(tensor: Any, names: Names | None) -> Any:
    """Give a tensor names (None: take them away), in place, and return it. The names have been checked."""
    if names is not None and all(name is None for name in names):
        names = None
    extra = tensor._extra
    if extra is None:
        if names is None:
            return tensor
        extra = tensor._extra = Alias()
    extra.names = names
    kind = type(tensor)
    if names is None:
        plain = _plain.get(kind)
        if plain is not None:
            tensor.__class__ = plain
    elif kind not in _plain:
        tensor.__class__ = _named_class(kind)
        install()
    return tensor


def _named_class(plain: type) -> type:
    """Return the hidden subclass of tensors with names: their type keeps them out of the hot path."""
    found = _named.get(plain)
    if found is None:
        space = {"__slots__": (), "__module__": plain.__module__, "__qualname__": plain.__qualname__}
        found = type(plain.__name__, (plain,), space)
        _named[plain] = found
        _plain[found] = plain
        announce_class(found)
    return found


def without_names_class(kind: type) -> type:
    """Return the class of the same tensors without names."""
    return _plain.get(kind, kind)


def axis_of(names: Sequence[str | None], name: str) -> int:
    """Return which axis has a name.

    Raises
    ------
    NamesError
        A RuntimeError, when none has.
    """
    if name not in names:
        raise NamesError(f"Name '{name}' not found in {told(names)}.")
    return list(names).index(name)


def number(tensor: Any, dim: Any) -> Any:
    """Return a dim, or a sequence of them, with names turned into numbers; anything else as it is."""
    if isinstance(dim, str):
        return axis_of(names_of(tensor), dim)
    if isinstance(dim, (tuple, list)) and any(isinstance(one, str) for one in dim):
        return tuple(number(tensor, one) for one in dim)
    return dim


def unify(first: Sequence[str | None], second: Sequence[str | None], what: str = "broadcast") -> Names:
    """Return the names of two tensors' broadcast axes.

    Raises
    ------
    NamesError
        A RuntimeError, in PyTorch's words, where they do not agree.
    """
    ndim = max(len(first), len(second))
    a = (None,) * (ndim - len(first)) + tuple(first)
    b = (None,) * (ndim - len(second)) + tuple(second)
    out: list[str | None] = []
    for one, other in zip(a, b, strict=True):
        if one is not None and other is not None and one != other:
            raise NamesError(
                f"Error when attempting to {what} dims {list(first)} and dims {list(second)}: dim '{one}' and dim "
                f"'{other}' are at the same position from the right but do not match."
            )
        out.append(one if one is not None else other)
    real = [name for name in out if name is not None]
    if len(set(real)) != len(real):
        twice = next(name for name in real if real.count(name) > 1)
        raise NamesError(
            f"Misaligned dims when attempting to {what} dims {list(first)} and dims {list(second)}: dim '{twice}' appears in "
            "a different position from the right across both lists."
        )
    return tuple(out)


# ---------------------------------------------------------------- what operations do to names

#: (names of the tensor operands, the operands, parameters, results) -> names of each result
Rule = Callable[[list[Names], list[Any], dict[str, Any], list[Any]], list[Names]]


def _same(names: list[Names], _tensors: list[Any], _params: dict[str, Any], results: list[Any]) -> list[Names]:
    """The first operand's names, for results of its number of axes."""
    return [names[0] if len(result._shape) == len(names[0]) else () for result in results]


def _numbers(axis: Any, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    return tuple(one % ndim if ndim else 0 for one in axes)


def _reduced(names: list[Names], _tensors: list[Any], params: dict[str, Any], results: list[Any]) -> list[Names]:
    if params.get("keepdims"):
        return [names[0]] * len(results)
    gone = _numbers(params.get("axis"), len(names[0]))
    kept = tuple(name for axis, name in enumerate(names[0]) if axis not in gone)
    return [kept] * len(results)


def _permuted(names: list[Names], _tensors: list[Any], params: dict[str, Any], _results: list[Any]) -> list[Names]:
    return [tuple(names[0][axis] for axis in params["axes"])]


def _transposed(names: list[Names], _tensors: list[Any], _params: dict[str, Any], _results: list[Any]) -> list[Names]:
    return [(*names[0][:-2], names[0][-1], names[0][-2])]


def _expanded(names: list[Names], _tensors: list[Any], params: dict[str, Any], results: list[Any]) -> list[Names]:
    new = _numbers(params["axis"], len(results[0]._shape))
    old = iter(names[0])
    return [tuple(None if axis in new else next(old) for axis in range(len(results[0]._shape)))]


def _squeezed(names: list[Names], tensors: list[Any], params: dict[str, Any], results: list[Any]) -> list[Names]:
    gone = _numbers(params["axis"], len(names[0]))
    if len(results[0]._shape) != len(names[0]) - len(gone):  # an axis of another length stays
        gone = tuple(axis for axis in gone if tensors[0]._shape[axis] == 1)
    return [tuple(name for axis, name in enumerate(names[0]) if axis not in gone)]


def _broadcast(names: list[Names], _tensors: list[Any], _params: dict[str, Any], results: list[Any]) -> list[Names]:
    return [(None,) * (len(results[0]._shape) - len(names[0])) + names[0]]


def _unstacked(names: list[Names], _tensors: list[Any], params: dict[str, Any], results: list[Any]) -> list[Names]:
    gone = _numbers(params.get("axis", 0), len(names[0]))
    kept = tuple(name for axis, name in enumerate(names[0]) if axis not in gone)
    return [kept] * len(results)


def _joined(names: list[Names], _tensors: list[Any], params: dict[str, Any], results: list[Any]) -> list[Names]:
    if params.get("axis", 0) is None:
        return [()]
    found = names[0]
    for one in names[1:]:
        found = unify(found, one, "concatenate") if len(one) == len(found) else found
    return [found if len(found) == len(results[0]._shape) else ()]


def _stacked(names: list[Names], _tensors: list[Any], params: dict[str, Any], results: list[Any]) -> list[Names]:
    found = names[0]
    for one in names[1:]:
        found = unify(found, one, "stack")
    place = params.get("axis", 0) % len(results[0]._shape)
    return [(*found[:place], None, *found[place:])]


def _multiplied(names: list[Names], _tensors: list[Any], _params: dict[str, Any], _results: list[Any]) -> list[Names]:
    left, right = names
    if len(left) == 1 and len(right) == 1:
        unify(left, right, "multiply")
        return [()]
    rows = left[-2:-1] if len(left) > 1 else ()
    columns = right[-1:] if len(right) > 1 else ()
    out = (*unify(left[:-2], right[:-2]), *rows, *columns)
    real = [name for name in out if name is not None]
    if len(set(real)) != len(real):
        raise NamesError(
            f"Matrix multiplying {told(left)} with {told(right)} would produce output tensor with duplicate names "
            f"{list(out)}. Please rename the input tensors with `Tensor.rename` to prevent this."
        )
    return [out]


def _sliced(names: list[Names], _tensors: list[Any], params: dict[str, Any], _results: list[Any]) -> list[Names]:
    out: list[str | None] = []
    left = list(names[0])
    key = params["key"]
    ints_and_slices = sum(1 for item in key if item is not None and item is not Ellipsis)
    for item in key:
        if item is None:
            out.append(None)
        elif item is Ellipsis:
            count = len(left) - ints_and_slices
            out += left[:count]
            del left[:count]
        else:
            ints_and_slices -= 1
            name = left.pop(0)
            if isinstance(item, slice):
                out.append(name)
    return [(*out, *left)]


def _taken(names: list[Names], tensors: list[Any], params: dict[str, Any], results: list[Any]) -> list[Names]:
    return [names[0] if len(results[0]._shape) == len(names[0]) else ()]


def _with_diagonal(
    names: list[Names], _tensors: list[Any], _params: dict[str, Any], _results: list[Any]
) -> list[Names]:
    return [(*names[0][:-2], None)]


def _without_matrices(
    names: list[Names], _tensors: list[Any], _params: dict[str, Any], results: list[Any]
) -> list[Names]:
    return [names[0][: len(result._shape)] for result in results]


def _reshaped(names: list[Names], tensors: list[Any], _params: dict[str, Any], results: list[Any]) -> list[Names]:
    return [names[0] if results[0]._shape == tensors[0]._shape else ()]


_RULES: dict[str, Rule] = {
    **dict.fromkeys(
        (
            "all", "any", "argmax", "argmin", "count_nonzero", "linalg.vector_norm", "max", "mean", "min", "nansum",
            "prod", "special.logsumexp", "std", "sum", "var",
        ),
        _reduced,
    ),
    **dict.fromkeys(
        (
            "argsort", "array_add", "array_set", "astype", "clip", "copy", "cumulative_argmax", "cumulative_argmin",
            "cumulative_prod", "cumulative_sum", "fft.fft", "fft.fftn", "fft.fftshift", "fft.ifft", "fft.ifftn",
            "fft.ifftshift", "flip", "linalg.cholesky", "linalg.inv", "linalg.matrix_exp", "logcumsumexp", "mask_set",
            "masked_scatter", "pad_with", "reorder", "repeat_each", "roll", "scatter_add", "scatter_reduce", "slice_set",
            "special.log_softmax", "special.softmax", "split", "take_along_axis", "tile", "tril", "triu",
        ),
        _same,
    ),
    "broadcast_to": _broadcast,
    "concat": _joined,
    "expand_dims": _expanded,
    "linalg.det": _without_matrices,
    "linalg.diagonal": _with_diagonal,
    "linalg.trace": _without_matrices,
    "matmul": _multiplied,
    "matrix_transpose": _transposed,
    "permute_dims": _permuted,
    "pick": _reduced,
    "reshape": _reshaped,
    "slice_get": _sliced,
    "squeeze": _squeezed,
    "stack": _stacked,
    "take": _taken,
    "unstack": _unstacked,
}  # fmt: skip


def _carried(op: Any, tensors: list[Any], result: Any, params: dict[str, Any]) -> Any:
    """Give an operation's results their names."""
    operands = [one for one in tensors if one is not None]
    if not any(one._extra is not None and one._extra.names is not None for one in operands):
        return result
    names = [names_of(one) for one in operands]
    results = list(result) if isinstance(result, tuple) else [result]
    if op.elementwise:
        found = names[0]
        for one in names[1:]:
            found = unify(found, one)
        given: list[Names] = [found] * len(results)
    else:
        rule = _RULES.get(op.name)
        if rule is None:
            return result
        given = rule(names, operands, params, results)
    for value, one in zip(results, given, strict=True):
        if len(one) == len(value._shape) and not any(value is operand for operand in operands):
            set_names(value, one)
    return result


def _numbered(tensors: Sequence[Any], params: dict[str, Any], elementwise: bool) -> dict[str, Any]:
    """Return parameters with names of axes turned into numbers; names that do not agree are told before shapes are."""
    if elementwise:
        found: Names = ()
        for one in tensors:
            if isinstance(one, TensorCore) and one._extra is not None and one._extra.names is not None:
                found = unify(found, one._extra.names)
    axis = params.get("axis")
    if isinstance(axis, str) or (isinstance(axis, (tuple, list)) and any(isinstance(one, str) for one in axis)):
        source = next((one for one in tensors if isinstance(one, TensorCore)), None)
        if source is not None:
            return {**params, "axis": number(source, axis)}
    return params


def _written(target: Any, result: Any) -> None:
    """Note in-place writes: the target's names and the result's must agree."""
    ours, theirs = names_of(target), names_of(result)
    if any(theirs) and len(theirs) <= len(ours):
        set_names(target, unify(ours, theirs))


def install() -> None:
    """Have the engine's careful path carry names on; done when the first tensor is named."""
    if hooks.named is None:
        hooks.named = _carried
        hooks.axes = _numbered
        hooks.written = _written


__all__ = [
    "Names",
    "NamesError",
    "axis_of",
    "checked",
    "names_of",
    "number",
    "set_names",
    "told",
    "unify",
    "with_names_of",
]
