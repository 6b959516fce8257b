"""What nodes keep, in the open: ``_saved_self`` and its like, and values that hooks have packed.

A node whose kept values are packed changes its class to one that unpacks them first: nodes that keep plain arrays pay nothing.
PyTorch's names are given: ``_saved_self``, ``_saved_other``, ``_saved_result``, and parameters by their names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agrad.engine.backward_steps import check_version
from agrad.engine.core import TensorCore, wrap_like
from agrad.engine.modes import no_grad
from agrad.engine.node import Binary, Edge, General, Leaf, Node, Output, Unary, Wanted
from agrad.engine.op import FREED, KEEP, Meta
from agrad.engine.shown import kind_of, shown_class
from agrad.errors import GradError

Pack = Callable[[Any], Any]

#: what PyTorch calls the inputs of operations, where it is not (self, other)
_INPUTS = {
    "pow": ("self", "exponent"),
    "matmul": ("self", "mat2"),
    "where": ("condition", "self", "other"),
    "take_along_axis": ("self", "index"),
    "clip": ("self", "min", "max"),
}
_PARAMETERS = {"axis": "dim", "keepdims": "keepdim", "axes": "dims"}


class Packed:
    """A kept value in the form that a pack hook gave it."""

    __slots__ = ("unpack", "value")

    def __init__(self, value: Any, unpack: Pack) -> None:
        self.value = value
        self.unpack = unpack

    def raw(self) -> Any:
        """Return the raw array, by the unpack hook.

        Raises
        ------
        TypeError
            When the hook gives no Tensor.
        """
        with no_grad():
            tensor = self.unpack(self.value)
        if not isinstance(tensor, TensorCore):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                f"{type(tensor).__name__}. Return the tensor that the pack hook was given, or an equal one."
            )
        return tensor._data


def _raw(value: Any) -> Any:
    return value.raw() if type(value) is Packed else value


def _plain(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(value for value in values if type(value) is not Packed)


class PackedUnary(Unary):
    """A node of one input whose kept values are packed."""

    __slots__ = ()

    def saved(self) -> tuple[Any, ...]:
        return _plain(super().saved())

    def pull(self, xp: Any, g: Any, recorded: bool, wanted: Wanted = None) -> list[Edge]:
        return self.pull_with(_raw(self.x), _raw(self.out), xp, g, recorded)


class PackedBinary(Binary):
    """A node of two inputs whose kept values are packed."""

    __slots__ = ()

    def saved(self) -> tuple[Any, ...]:
        return _plain(super().saved())

    def pull(self, xp: Any, g: Any, recorded: bool, wanted: Wanted = None) -> list[Edge]:
        return self.pull_with((_raw(self.x), _raw(self.y)), _raw(self.out), xp, g, recorded, wanted)


class PackedGeneral(General):
    """A node of any number of inputs whose kept values are packed."""

    __slots__ = ()

    def saved(self) -> tuple[Any, ...]:
        return _plain(super().saved())

    def pull(self, xp: Any, g: Any, recorded: bool, wanted: Wanted = None) -> list[Edge]:
        out = tuple(map(_raw, self.out)) if isinstance(self.out, tuple) else _raw(self.out)
        return self.pull_with(tuple(map(_raw, self.inputs)), out, xp, g, recorded, wanted)


_PACKED: dict[type, type] = {Unary: PackedUnary, Binary: PackedBinary, General: PackedGeneral}


def pack_values(node: Node, change: Callable[[Any, int], Any]) -> None:
    """Put ``change(raw, position)`` in the place of what a node keeps; position -1 - i is output i.

    Parameters
    ----------
    change : callable
        Gives a :class:`Packed`, or the raw array to leave it as it is.
    """
    if isinstance(node, Unary):
        node.x, node.out = (_changed(change, value, at) for value, at in ((node.x, 0), (node.out, -1)))
    elif isinstance(node, Binary):
        node.x, node.y, node.out = (
            _changed(change, value, at) for value, at in ((node.x, 0), (node.y, 1), (node.out, -1))
        )
    elif isinstance(node, General):
        node.inputs = tuple(_changed(change, value, at) for at, value in enumerate(node.inputs))
        if isinstance(node.out, tuple):
            node.out = tuple(_changed(change, value, -1 - at) for at, value in enumerate(node.out))
        else:
            node.out = _changed(change, node.out, -1)
    packed = _PACKED.get(kind_of(node))
    if packed is not None:
        node.__class__ = packed if kind_of(node) is type(node) else shown_class(packed, node.name())


def _changed(change: Callable[[Any, int], Any], value: Any, position: int) -> Any:
    return value if value is None or type(value) is Meta else change(value, position)


# ---------------------------------------------------------------- names


def _values(node: Node) -> dict[str, tuple[Any, int]]:
    """Return what an operation's nodes may keep: by PyTorch's name, the value (None where it was not needed) and its position."""
    found: dict[str, tuple[Any, int]] = {}
    op = node.op
    inputs: tuple[Any, ...]
    if isinstance(node, Unary):
        inputs, out = (node.x,), node.out
    elif isinstance(node, Binary):
        inputs, out = (node.x, node.y), node.out
    elif isinstance(node, General):
        inputs, out = node.inputs, node.out
    else:
        return found
    names = _INPUTS.get(op.name, ("self", "other"))
    rules = [0] if op.vjp_all is not None else [i for i, rule in enumerate(op.vjps) if rule is not None]
    for position, value in enumerate(inputs):
        name = names[position] if position < len(names) else f"input{position}"
        if type(value) is Meta:
            found[f"{name}_sym_sizes"] = (value.shape, position)
        elif any(op.want(rule, 1 + position) == KEEP for rule in rules):
            found[name] = (value, position)
    if any(op.want(rule, 0) == KEEP for rule in rules):
        if isinstance(out, tuple):
            for index, value in enumerate(out):
                found[f"result{index}"] = (value, -1 - index)
        elif type(out) is not Meta:
            found["result"] = (out, -1)
    return found


def _parameters(node: Node) -> dict[str, Any]:
    params = node.params if isinstance(node, General) else {}
    return {_PARAMETERS.get(name, name): value for name, value in params.items()}


def saved_names(node: Node) -> list[str]:
    """Return the names of what a node keeps, as attributes."""
    values = _values(node)
    tensors = [name for name in values if not name.endswith("_sym_sizes")]
    return [
        *(f"_saved_{name}" for name in (*values, *_parameters(node))),
        *(f"_raw_saved_{name}" for name in tensors),
    ]


def saved_value(node: Node, attribute: str) -> Any:
    """Return the value of ``node._saved_NAME`` as a Tensor, or the :class:`SavedTensor` of ``node._raw_saved_NAME``.

    Raises
    ------
    GradError
        When the graph was freed, or the value was changed in place.
    AttributeError
        When the node keeps nothing of that name.
    """
    name = attribute.partition("_saved_")[2]
    raw_form = attribute.startswith("_raw")
    values = _values(node)
    if name not in values:
        parameters = _parameters(node)
        if name in parameters and not raw_form:
            return parameters[name]
        known = ", ".join(saved_names(node)) or "nothing"
        raise AttributeError(f"{node.name()} has no attribute {attribute!r}; it shows {known}.")
    value, position = values[name]
    if node.op is node.op.freed and node.op.saves_anything:
        if raw_form:
            return SavedTensor(node, position)
        raise GradError(FREED)
    if raw_form:
        return SavedTensor(node, position)
    if value is None or isinstance(value, tuple):
        return value
    if type(value) is not Packed:
        check_version(node, value, node.options)
    if position >= 0 and node.op.name == "pow" and node.parents()[position] is None and not _raw(value).shape:
        number = node.options.backend.item(_raw(value))  # PyTorch's node keeps a Python number here
        return int(number) if isinstance(number, float) and number.is_integer() else number
    return handle_of(node, _raw(value), position)


def handle_of(node: Node, raw: Any, position: int) -> Any:
    """Return the Tensor of a kept array, linked into the graph as it was: for a leaf the very tensor."""
    if position < 0:
        several = isinstance(node, General) and node.metas is not None
        return wrap_like(raw, node.options, Output.of(node, -1 - position) if several else node)
    parent = node.parents()[position]
    if isinstance(parent, Leaf):
        leaf = parent.variable
        if leaf is not None and leaf._data is raw:
            return leaf
    return wrap_like(raw, node.options, parent)


class SavedTensor:
    """One value that a node keeps, for hooks of its own."""

    def __init__(self, node: Node, position: int) -> None:
        self._node = node
        self._position = position

    def register_hooks(self, pack_hook: Pack, unpack_hook: Pack) -> None:
        """Have this value packed now, and unpacked each time backward needs it.

        Raises
        ------
        GradError
            When the value was freed, or has hooks already.
        """
        value = next((v for v, at in _values(self._node).values() if at == self._position), None)
        if value is None:
            raise GradError(
                "Calling register_hooks on a saved tensor after it has been freed, or with value None, is forbidden. "
                "Register before backward, or pass retain_graph=True to it."
            )
        if type(value) is Packed:
            raise GradError(
                "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of hooks is "
                "allowed at a time."
            )
        check_version(self._node, value, self._node.options)
        packed = pack_tensor(pack_hook, unpack_hook, handle_of(self._node, value, self._position))

        def change(raw: Any, position: int) -> Any:
            return packed if position == self._position else raw

        pack_values(self._node, change)


def pack_tensor(pack: Pack, unpack: Pack, tensor: Any) -> Packed:
    """Return what a pack hook makes of a tensor.

    Raises
    ------
    GradError
        When the hook changes the tensor in place.
    """
    raw, extra = tensor._data, tensor._extra
    version = 0 if extra is None else extra.version[0]
    with no_grad():
        packed = Packed(pack(tensor), unpack)
    extra = tensor._extra
    if tensor._data is not raw or (0 if extra is None else extra.version[0]) != version:
        raise GradError(
            "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook can not be modified "
            "by in-place operations in order to avoid unexpected side-effects. Return a changed copy."
        )
    return packed


__all__ = ["Packed", "SavedTensor", "handle_of", "pack_tensor", "pack_values", "saved_names", "saved_value"]
