"""What happens at one node of backward besides its rule: hooks in their order, captures, the check of versions, accumulation.

The order is PyTorch's. At a node: tensor hooks as they were registered, then the retained gradient, then pre-hooks, the rule,
post-hooks. A gradient that was asked for by ``inputs`` is noted before the hooks where the node's rule runs too, and after the tensor
hooks where backward ends there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import nullcontext
from sys import getrefcount
from typing import Any

from agrad.engine.core import TensorCore, classes, wrap, wrap_like
from agrad.engine.levels import arrays_in
from agrad.engine.modes import enable_grad, no_grad
from agrad.engine.node import DeadEnd, Leaf, Node, Part
from agrad.engine.versions import log
from agrad.errors import GradError

Captures = dict[int, Any]
Hooks = dict[int, Callable[..., Any]]
_adding = threading.RLock()


def before(node: Node, g: Any, captures: Captures | None, needed: set[int] | None, recorded: bool) -> Any:
    """Run what waits for a node's cotangent: tensor hooks, retained gradients, pre-hooks; note it where it was asked for."""
    extra = node.extra
    runs = needed is None or id(node) in needed
    captured = captures is not None and id(node) in captures
    if not runs and not captured:
        return g  # a root from which nothing wanted can be reached
    if captured and runs:
        captures[id(node)] = g  # type: ignore[index]
    if extra is not None:
        if extra.tensor_hooks:
            g = _tensor_hooks(node, extra.tensor_hooks, g, recorded)
        if extra.retain is not None:
            _retain(extra.retain(), node, g, recorded)
        if runs and extra.prehooks:
            g = _prehooks(node, extra.prehooks, g, recorded)
    if captured and not runs:
        captures[id(node)] = g  # type: ignore[index]
    return g


def _mode(node: Node, recorded: bool) -> Any:
    """The grad mode of hooks: a plain backward records nothing, except what an outer transform does with its own."""
    if recorded:
        return enable_grad()
    return nullcontext() if node.options.backend.level else no_grad()


def _lift(node: Node, g: Any, recorded: bool) -> Any:
    """Show a cotangent to a hook: as Tensor(s)."""
    if isinstance(g, list):
        return tuple(None if part is None else _lift(node, part, recorded) for part in g)
    return g if recorded else wrap_like(g, node.options)


def call_node(node: Node, cotangents: tuple[Any, ...]) -> Any:
    """Run one node's rule on Tensors; see :meth:`agrad.engine.node.Node.__call__`.

    Raises
    ------
    GradError
        For another number of cotangents than the node has outputs, and where backward itself would raise.
    """
    if isinstance(node, Leaf):
        (g,) = cotangents
        settle(node, (g, False), True)
        return ()
    metas = getattr(node, "metas", None)
    count = 1 if metas is None else len(metas)
    if len(cotangents) != count:
        raise GradError(
            f"{node.name()} has {count} outputs; received {len(cotangents)} cotangents. Pass one for each, or None."
        )
    if log.last > node.seq:
        check_versions(node)
    g = cotangents[0] if metas is None else list(cotangents)
    given = iter(node.pull(classes.tensor_xp, g, True))
    found = [None if parent is None else next(given)[1] for parent in node.parents()]
    shown = len(node.shown_parents())
    if shown < len(found):  # inputs that never have a gradient are not among next_functions
        rules = node.op.vjps
        kept = [g for g, rule in zip(found, rules, strict=False) if rule is not None]
        found = kept if len(kept) == shown else [g for g in found if g is not None]
    return found[0] if len(found) == 1 else tuple(found)


def _named(hook: Callable[..., Any]) -> str:
    return getattr(hook, "__name__", type(hook).__name__)


def _lower(node: Node, hook: Callable[..., Any], given: Any, g: Any, recorded: bool) -> Any:
    """Take back what a hook returned in place of `g`."""
    if given is None:
        return g
    if not isinstance(given, TensorCore):
        raise TypeError(
            f"expected Variable, but hook returned {type(given).__name__!r} ({_named(hook)} on {node.name()}). "
            "Return the new gradient as a Tensor, or None to keep it."
        )
    told = f"hook {_named(hook)!r} has changed the"
    shape = tuple(g.shape)
    if given._shape != shape:
        raise GradError(
            f"{told} size of value: a gradient of shape {shape} was replaced by one of shape {given._shape}. "
            "Return a gradient of the same shape."
        )
    dtype = g._options.dtype if recorded else node.options.backend.dtype_of(g)
    if given._options.dtype is not dtype:
        raise GradError(
            f"{told} type of value (was {dtype!r} got {given._options.dtype!r}). Return a gradient of the same dtype."
        )
    backend = given._options.backend
    if backend is not node.options.backend and not recorded:
        raise GradError(
            f"{told} backend of value (was {node.options.backend.name} got {backend.name}). Return a gradient of the same backend."
        )
    return given if recorded else given._data


def _tensor_hooks(node: Node, hooks: Hooks, g: Any, recorded: bool) -> Any:
    with _mode(node, recorded):
        for hook in list(hooks.values()):
            answer = hook(_lift(node, g, recorded))
            if answer is not None:
                g = _lower(node, hook, answer, g, recorded)
    return g


def _retain(tensor: Any, node: Node, g: Any, recorded: bool) -> None:
    """Add a cotangent to the ``grad`` of a non-leaf tensor that keeps it."""
    if tensor is None or isinstance(g, list):
        return
    if not recorded:
        backend = node.options.backend
        g = wrap_like(backend.copy(g) if backend.mutable and backend.is_view(g) else g, node.options)
    with _mode(node, recorded), _adding:
        kept = getattr(tensor, "_grad", None)
        tensor._grad = g if kept is None else kept + g


def _prehooks(node: Node, hooks: Hooks, g: Any, recorded: bool) -> Any:
    with _mode(node, recorded):
        for hook in list(hooks.values()):
            shown = _lift(node, g, recorded)
            answer = hook(shown if isinstance(shown, tuple) else (shown,))
            if answer is None:
                continue
            parts = _checked(hook, answer, len(g) if isinstance(g, list) else 1)
            if isinstance(g, list):
                g = [_lower(node, hook, new, part, recorded) for new, part in zip(parts, g, strict=True)]
            else:
                g = _lower(node, hook, parts[0], g, recorded)
    return g


def _checked(hook: Callable[..., Any], answer: Any, count: int) -> tuple[Any, ...]:
    """Return what a node's hook gave, which has to be a tuple of as many."""
    if not isinstance(answer, tuple):
        raise TypeError(
            f"expected tuple, but hook returned {type(answer).__name__!r}. Return a tuple of {count}, or None."
        )
    if len(answer) != count:
        raise GradError(
            f"hook {_named(hook)!r} has returned an incorrect number of values (got {len(answer)}, but expected {count})"
        )
    return answer


def after(node: Node, edges: list[Any], g: Any, recorded: bool) -> list[Any]:
    """Run a node's hooks on its (grad_inputs, grad_outputs); what they return replaces the grad_inputs."""
    extra = node.extra
    assert extra is not None and extra.hooks is not None
    outputs = _lift(node, g, recorded)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    parents = node.parents()
    values: list[Any] = [None] * len(parents)
    waiting = list(edges)
    for position, parent in enumerate(parents):
        if parent is not None and waiting and waiting[0][0] is parent:
            values[position] = waiting.pop(0)[1]
    with _mode(node, recorded):
        for hook in list(extra.hooks.values()):
            shown = tuple(
                None if value is None else _shown_input(node, parent, value, recorded)
                for parent, value in zip(parents, values, strict=True)
            )
            answer = hook(shown, outputs)
            if answer is None:
                continue
            parts = _checked(hook, answer, len(shown))
            for position, part in enumerate(parts):
                if part is None or parents[position] is None:
                    continue
                if values[position] is None:
                    values[position] = part if recorded else part._data
                else:
                    values[position] = _lower_input(node, hook, part, values[position], recorded)
    return [(parent, value) for parent, value in zip(parents, values, strict=True) if parent is not None]


def _shown_input(node: Node, parent: Node | None, value: Any, recorded: bool) -> Any:
    """Show a cotangent on its way to a parent, which may be one output of several."""
    value = value.value if type(value) is Part else value
    return value if recorded else wrap_like(value, node.options if parent is None else parent.options)


def _lower_input(node: Node, hook: Callable[..., Any], part: Any, value: Any, recorded: bool) -> Any:
    if type(value) is Part:
        return Part(value.index, _lower(node, hook, part, value.value, recorded))
    return _lower(node, hook, part, value, recorded)


def settle(leaf: Leaf, arrived: tuple[Any, bool], recorded: bool) -> None:
    """Add what arrived at a leaf to its tensor's gradient, and run the hooks that wait for that."""
    g, owned = arrived
    tensor = leaf.tensor()
    if tensor is None:
        return
    now = tensor._node
    if now is not None and not isinstance(now, Leaf):
        raise GradError("leaf variable has been moved into the graph interior. Clone it before changing it in place.")
    if now is None:
        return  # nobody holds the leaf, so nobody can ask for its gradient; or it requires grad no more
    options = leaf.options
    shown: Any = None
    if not recorded:
        backend = options.backend
        if not owned and backend.mutable and (getrefcount(g) > 3 or backend.is_view(g)):
            # Others may hold the same array or memory: a gradient belongs to its leaf alone. The three references are
            # `arrived`, `g` and the count's own argument.
            g = backend.copy(g)
        g = wrap(g, options) if g.dtype is options.raw_dtype else wrap_like(g, options)
    if leaf.extra is not None and leaf.extra.hooks:
        shown = wrap_like(g._data, options, g._node)
    with _adding:
        kept = getattr(tensor, "_grad", None)
        if kept is None:
            tensor._grad = g
        elif recorded:
            tensor._grad = kept + g
        else:
            with no_grad():
                if kept._node is None:
                    kept += g
                    tensor._grad = kept
                else:
                    tensor._grad = kept + g
    if leaf.post_hooks:
        with _mode(leaf, recorded):
            for hook in list(leaf.post_hooks.values()):
                answer = hook(tensor)
                if answer is not None:
                    raise TypeError(
                        f"expected None, but hook {_named(hook)!r} returned {type(answer).__name__!r}: a post accumulate grad hook "
                        "changes tensor.grad in place. Return nothing."
                    )
    if shown is not None and leaf.extra is not None and leaf.extra.hooks:
        with _mode(leaf, recorded):
            for hook in list(leaf.extra.hooks.values()):
                hook((), (shown,))


def check_versions(node: Node) -> None:
    """Raise PyTorch's error when an array this node saved was changed in place afterwards, and is needed."""
    if all(parent is None or type(parent) is DeadEnd for parent in node.parents()):
        return
    for raw in node.saved():
        check_version(node, raw, node.options)


def check_version(node: Node, raw: Any, options: Any) -> None:
    """Raise PyTorch's error when an array that a node saved was changed in place afterwards.

    What a transform's tape saved are Tensors that nobody writes to, so any change of the program's tensors leaves them as they were.
    Only elements written over in memory that such a Tensor shares count there.
    """
    backend = options.backend
    if not backend.level:
        for one in (raw, backend.root(raw)):
            if log.changed_since(one, node.seq):
                raise changed_error(node, raw, one, options)
        return
    for array, real in arrays_in(raw):
        for one in (array, real.root(array)):
            if log.overwritten_since(one, node.seq):
                raise changed_error(node, raw, one, options)


def changed_error(node: Node, raw: Any, logged: Any, options: Any) -> GradError:
    """Return PyTorch's error for an array that `node` saved and that was changed in place."""
    now, then = log.versions(logged, node.seq)
    maker = node.made_by(raw)
    origin = "" if maker is None or maker[0] is None else f"which is output {maker[1]} of {maker[0].name()}, "
    kind = type_name(options.backend.dtype_of(raw))
    return GradError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[{kind} {list(raw.shape)}], {origin}is at version {now}; expected version {then} instead. {node.name()} saved it on "
        f"backend {options.backend.name}. Use the out-of-place operation, or clone() the tensor before changing it. Hint: enable "
        "anomaly detection to find the operation that failed to compute its gradient, with "
        "agrad.autograd.set_detect_anomaly(True)."
    )


def type_name(dtype: Any) -> str:
    """Return the name of a dtype's tensor type, such as agrad.FloatTensor."""
    return f"agrad.{_TYPES.get(dtype.name, dtype.name.capitalize())}Tensor"


_TYPES = {"float32": "Float", "float64": "Double", "float16": "Half", "bfloat16": "BFloat16", "complex64": "ComplexFloat",
          "complex128": "ComplexDouble", "int64": "Long", "int32": "Int", "int16": "Short", "int8": "Char", "uint8": "Byte",
          "bool": "Bool"}  # fmt: skip

__all__ = ["Captures", "after", "before", "check_version", "check_versions", "settle"]
