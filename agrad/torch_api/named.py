"""Named tensors: giving, changing and aligning the names of axes.

PyTorch had named tensors from 1.3 and has dropped them; their behaviour here is that of its documentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agrad.primitives import manipulation
from agrad.torch_api.naming import NamesError, axis_of, checked, names_of, set_names, told

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def same_view(input: Any) -> Any:
    """Return the same elements and history as a tensor of its own."""
    return manipulation.permute_dims(input, axes=tuple(range(len(input._shape))))


def _spread(names: Sequence[Any], own: Sequence[str | None], function: str) -> list[Any]:
    """Return names with an ellipsis replaced by the tensor's own names at those places."""
    given = list(names)
    count = sum(1 for name in given if name is Ellipsis or name == "...")
    if count > 1:
        raise NamesError(
            f"{function}: More than one Ellipsis ('...') found in names ({given}). This function supports up to one."
        )
    if not count:
        return given
    place = next(i for i, name in enumerate(given) if name is Ellipsis or name == "...")
    after = len(given) - place - 1
    return [*given[:place], *own[place : len(own) - after], *given[place + 1 :]]


def _renamed(input: Any, names: tuple[Any, ...], rename_map: dict[str, Any]) -> Any:
    own = names_of(input)
    if names and rename_map:
        raise NamesError(
            "rename: Can only use one of positional args or keyword args to rename tensor dims, but received both. "
            "Use rename('N', 'C') or rename(H='height')."
        )
    if rename_map:
        for name in rename_map:
            if name not in own:
                raise NamesError(
                    f"rename: Tried to rename dim '{name}' to dim {rename_map[name]} in {told(own)} but dim '{name}' does not exist"
                )
        return checked([rename_map.get(name, name) if name is not None else None for name in own], len(own))
    if len(names) == 1 and names[0] is None:
        return None
    if not names:
        raise NamesError("rename: received no names. Use rename(None) to drop them.")
    return checked(_spread(names, own, "rename"), len(own))


def rename(input: Tensor, *names: Any, **rename_map: str) -> Tensor:
    """Return the tensor under other names; a view.

    Parameters
    ----------
    *names : str or None
        One for each axis, "..." for those that keep theirs; None alone drops all.
    **rename_map : str
        New names by old ones.
    """
    found = _renamed(input, names, rename_map)
    return set_names(same_view(_without(input)), found)


def _without(input: Any) -> Any:
    """Return the tensor, or a view without its names."""
    if input._extra is None or input._extra.names is None:
        return input
    return set_names(same_view(input), None)


def rename_(input: Tensor, *names: Any, **rename_map: str) -> Tensor:
    """Rename the axes of the tensor itself, and return it."""
    return set_names(input, _renamed(input, names, rename_map))


def refine_names(input: Tensor, *names: Any) -> Tensor:
    """Return the tensor with names for axes that have none; those that have keep theirs.

    Parameters
    ----------
    *names : str or None
        One for each axis, "..." for those that stay as they are.
    """
    given = list(names[0]) if len(names) == 1 and isinstance(names[0], (list, tuple)) else list(names)
    own = names_of(input)
    wanted = _spread(given, own, "refine_names")
    if len(wanted) != len(own):
        raise NamesError(
            f"refine_names: cannot coerce {told(own)} to {told(wanted)} because they have a different number of dims "
            f"({len(own)} and {len(wanted)} respectively)."
        )
    for index, (one, other) in enumerate(zip(own, wanted, strict=True)):
        if one is not None and one != other:
            if other is None:
                raise NamesError(
                    f"refine_names: cannot coerce {told(own)} to {told(wanted)} because '{one}' is more specific than None "
                    f"at index {index}"
                )
            raise NamesError(
                f"refine_names: cannot coerce {told(own)} to {told(wanted)} because '{one}' is different from '{other}' "
                f"at index {index}"
            )
    return set_names(same_view(_without(input)), checked(wanted, len(own)))


def align_to(input: Tensor, *names: Any) -> Tensor:
    """Return the tensor with its axes in the order of the names; a name it has not becomes an axis of length 1; a view.

    Parameters
    ----------
    *names : str
        Every name of the tensor must be among them; "..." stands for those that are not mentioned, in their order.
    """
    own = names_of(input)
    wanted = list(names)
    ellipses = [i for i, name in enumerate(wanted) if name is Ellipsis or name == "..."]
    if len(ellipses) > 1:
        raise NamesError(
            f"align_to: More than one Ellipsis ('...') found in names ({wanted}). This function supports up to one."
        )
    if ellipses:
        place = ellipses[0]
        mentioned = {name for i, name in enumerate(wanted) if i != place}
        wanted[place : place + 1] = [name for name in own if name not in mentioned]
    for index, name in enumerate(own):
        if name is None and name not in wanted:
            raise NamesError(
                f"align_to: All input dims must be named. Found unnamed dim at index {index} of {told(own)}"
            )
    for name in own:
        if name not in wanted:
            raise NamesError(
                f"align_to: Cannot find dim '{name}' of {told(own)} in the names to align to, {wanted}; align_to cannot drop it."
            )
    if any(name is None for name in wanted if name not in own):
        raise NamesError(f"align_to: desired order cannot contain None but got: {wanted}")
    names_out = checked(wanted, len(wanted))
    plain = _without(input)
    order = [axis_of(own, name) if name is not None else own.index(None) for name in wanted if name in own]
    out = manipulation.permute_dims(plain, axes=tuple(order))
    new = tuple(position for position, name in enumerate(wanted) if name not in own)
    if new:
        out = manipulation.expand_dims(out, axis=new)
    return set_names(out, names_out)


def align_as(input: Tensor, other: Tensor) -> Tensor:
    """Return the tensor with its axes in the order of another's names."""
    return align_to(input, *names_of(other))


def align_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Return tensors aligned to the one that has most axes."""
    widest = max(tensors, key=lambda tensor: len(tensor._shape))
    return tuple(align_as(tensor, widest) for tensor in tensors)


def flatten_names(input: Any, dims: Any, end: Any, out_dim: str | None) -> tuple[int, int, Any]:
    """Return the first and last axis that a flatten by name works on, and the names of its result.

    Raises
    ------
    NamesError
        A RuntimeError, where the axes do not follow one another.
    """
    own = names_of(input)
    if isinstance(dims, (list, tuple)):
        if not dims:
            raise NamesError("flatten(tensor, dims, out_dim): dims cannot be empty")
        places = [axis_of(own, name) if isinstance(name, str) else name for name in dims]
        if places != list(range(places[0], places[0] + len(places))):
            raise NamesError(f"flatten(tensor, dims, out_dim): dims {list(dims)} must be consecutive in {told(own)}")
        first, last = places[0], places[-1]
    else:
        first = axis_of(own, dims) if isinstance(dims, str) else dims % max(len(own), 1)
        last = axis_of(own, end) if isinstance(end, str) else end % max(len(own), 1)
    return first, last, checked([*own[:first], out_dim, *own[last + 1 :]], len(own) - (last - first))


__all__ = [
    "align_as",
    "align_tensors",
    "align_to",
    "flatten_names",
    "refine_names",
    "rename",
    "rename_",
    "same_view",
]
