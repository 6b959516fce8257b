"""How a primitive is made: ``unary``, ``binary`` and ``primitive``, and what may be said of one that is made.

What runs on plain tensors is in :mod:`agrad.engine.hot`, :mod:`agrad.engine.plain` and :mod:`agrad.engine.viewing`; what runs on
anything else in :mod:`agrad.engine.general`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, update_wrapper
from typing import Any, Concatenate, ParamSpec, Protocol, cast, overload

from agrad.backend import op_index
from agrad.engine import general
from agrad.engine.hot import binary_path, matrices_path, unary_path
from agrad.engine.node import Binary, General, Unary
from agrad.engine.op import LINEAR, META, Op, Rule
from agrad.engine.plain import plain_path
from agrad.engine.viewing import view_path

__all__ = ["LINEAR", "Primitive", "binary", "composite", "composites", "primitive", "registry", "renamed", "unary"]

P = ParamSpec("P")


class Primitive(Protocol[P]):
    """A function on Tensors: the forward without its namespace, and the record of its rules."""

    op: Op

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any: ...


class BinaryPrimitive(Protocol):
    """A primitive of two arrays, and the same as an operator's method."""

    op: Op
    operator: Callable[[Any, Any], Any]

    def __call__(self, x: Any, y: Any, /) -> Any: ...


registry: dict[str, Op] = {}
composites: dict[str, Callable[..., Any]] = {}


def _register(op: Op, call: Callable[..., Any]) -> Callable[..., Any]:
    if op.name in registry:
        raise ValueError(f"a primitive named {op.name!r} exists already; give the new one another name")
    registry[op.name] = op
    for record in (op, op.number_right, op.number_left):
        record.call = record.complex.call = record.freed.call = call
    call.op = op  # type: ignore[attr-defined]
    return call


def _by_name(name: str) -> Callable[..., Any]:
    """Return the forward that calls the namespace's function of this (dotted) name."""
    path = name.split(".")
    if len(path) == 1:

        def forward(xp: Any, *arrays: Any, **params: Any) -> Any:
            return getattr(xp, name)(*arrays, **params)
    else:
        extension, function = path

        def forward(xp: Any, *arrays: Any, **params: Any) -> Any:
            return getattr(getattr(xp, extension), function)(*arrays, **params)

    return forward


def _keeps(op: Op) -> bool:
    """Whether any rule wants only an array's shape: such nodes are not the hot path's."""
    return any(META in wants for wants, _ in op.wants)


def unary(
    name: str,
    *,
    vjp: Rule | None,
    jvp: Any = None,
    dtypes: str = "all",
    holomorphic: bool = True,
    result: str | None = None,
    forward: Callable[..., Any] | None = None,
    complex_forward: Callable[..., Any] | None = None,
    torch_name: str | None = None,
    check: Callable[[list[Any]], None] | None = None,
    copies: bool = False,
) -> Callable[[Any], Any]:
    """Make an elementwise primitive of one array.

    Parameters
    ----------
    name : str
        The name of the function in the namespace, dotted in an extension ('special.erf').
    vjp : rule or None
        ``(xp, g, out, x)``; None where the derivative is zero or there is none.
    jvp : rule, optional
        ``(xp, t, out, x)``; the rule itself by default, the Jacobian being diagonal.
    dtypes : {"all", "numeric", "float", "integral"}
        "float": integers and bools become the default floating dtype first. "integral": for no others, as `check` says.
    holomorphic : bool
        Whether the engine conjugates around the rule for complex dtypes.
    result : {None, "bool", "real"}
        The result's dtype, where it is not the input's.
    forward : callable, optional
        ``(xp, x)``, where the namespace has no such function or its values need mending.
    complex_forward : callable, optional
        The same where only complex values need it; real ones keep the hot path.
    torch_name : str, optional
        The stem of PyTorch's node name.
    check : callable, optional
        Told the operands on the careful path (all but floating tensors of one kind), it raises for what is not taken.
    copies : bool
        Whether nodes keep copies of what the rule asks for (:class:`~agrad.engine.op.Op`).

    Returns
    -------
    callable
        The function on Tensors; its record is its attribute ``op``.
    """
    op = Op(
        name,
        forward or complex_forward or _by_name(name),
        vjps=(vjp,),
        jvps=(jvp if jvp is not None else vjp,),
        dtypes=dtypes,
        holomorphic=holomorphic,
        result=result,
        elementwise=True,
        torch_name=torch_name,
        check=check,
        copies=copies,
    )
    index = op_index(name, forward)
    apply = general.apply
    if result is not None or dtypes == "integral" or copies or _keeps(op):

        def carefully(x: Any, /) -> Any:
            return apply(op, (x,), {})

        return _register(op, carefully)

    return _register(op, unary_path(op, apply, index))


def binary(
    name: str,
    *,
    vjp: tuple[Rule | None, Rule | None],
    jvp: tuple[Any, Any] | None = None,
    dtypes: str = "all",
    holomorphic: bool = True,
    result: str | None = None,
    forward: Callable[..., Any] | None = None,
    careful_forward: Callable[..., Any] | None = None,
    torch_name: str | None = None,
    number_names: tuple[str | None, str | None] = (None, None),
    check: Callable[[list[Any]], None] | None = None,
    augmented: Callable[[Any, Any], Any] | None = None,
) -> BinaryPrimitive:
    """Make an elementwise primitive of two arrays, or of an array and a Python number.

    The parameters are :func:`unary`'s, with a rule for each input. Operands are promoted to one dtype first.
    `careful_forward` is a forward where only values of other than floating dtypes need mending; `number_names` are the stems
    of PyTorch's node names where the second, or the first, operand is a Python number. `augmented` is the operator that does the
    same in an array's own memory, where it has one (``operator.iadd``).

    The function's attribute ``operator`` is the same function as Tensor's operators call it: what is no operand is answered with
    NotImplemented, for Python to ask the other side. It is a closure of its own because one more call costs a twentieth of a small
    operation.
    """
    op = Op(
        name,
        forward or careful_forward or _by_name(name),
        vjps=vjp,
        jvps=jvp if jvp is not None else vjp,
        dtypes=dtypes,
        holomorphic=holomorphic,
        result=result,
        promote=True,
        elementwise=True,
        torch_name=torch_name,
        number_names=number_names,
        check=check,
    )
    if result is not None or dtypes == "integral" or _keeps(op) or (vjp[0] is None) != (vjp[1] is None):
        way: Callable[..., Any] = _careful_way
    else:
        way = partial(binary_path, index=op_index(name, forward), augmented=augmented)
    call: Any = way(op, general.apply)
    call.operator = way(op, general.apply_operator)
    _register(op, call)
    return cast("BinaryPrimitive", call)


def _careful_way(op: Op, apply: Callable[..., Any]) -> Callable[..., Any]:
    """Return a binary primitive that does everything with care."""

    def carefully(x: Any, y: Any, /) -> Any:
        return apply(op, (x, y), {})

    return carefully


@overload
def primitive(forward: Callable[Concatenate[Any, P], Any], /) -> Primitive[P]: ...
@overload
def primitive(
    forward: None = None,
    *,
    name: str | None = None,
    vjp: Rule | Sequence[Rule | None] | None = None,
    vjp_all: Rule | None = None,
    jvp: Any = None,
    jvp_all: Rule | None = None,
    nout: int | None = 1,
    differentiable_outputs: Sequence[bool] | None = None,
    holomorphic: bool = True,
    promote: bool | tuple[int, ...] = False,
    dtypes: str = "all",
    view: Callable[..., Any] | None = None,
    batch: Callable[..., Any] | None = None,
    torch_name: str | Callable[..., str] | None = None,
    check: Callable[[list[Any]], None] | None = None,
    elementwise: bool = False,
    copies: bool = False,
) -> Callable[[Callable[Concatenate[Any, P], Any]], Primitive[P]]: ...
def primitive(
    forward: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    vjp: Rule | Sequence[Rule | None] | None = None,
    vjp_all: Rule | None = None,
    jvp: Any = None,
    jvp_all: Rule | None = None,
    nout: int | None = 1,
    differentiable_outputs: Sequence[bool] | None = None,
    holomorphic: bool = True,
    promote: bool | tuple[int, ...] = False,
    dtypes: str = "all",
    view: Callable[..., Any] | None = None,
    batch: Callable[..., Any] | None = None,
    torch_name: str | Callable[..., str] | None = None,
    check: Callable[[list[Any]], None] | None = None,
    elementwise: bool = False,
    copies: bool = False,
) -> Any:
    """Make a primitive of a function ``(xp, *arrays, **params)``; a decorator.

    Parameters
    ----------
    vjp : rule, or one rule (or None) per positional input
    vjp_all : rule
        One rule that returns a tuple of cotangents for all inputs: for variadic inputs and shared work.
    jvp : LINEAR, rule, or one of them per positional input
    jvp_all : rule
        ``(xp, tangents, out, *inputs, **params)``. With neither, the tangent is found by transposing the vjp.
    nout : int or None
        How many outputs; None: a tuple whose length only the call tells.
    differentiable_outputs : sequence of bool, optional
        Which outputs have a derivative (all floating ones by default).
    promote : bool or tuple of int
        Whether the positional inputs (or those at these positions) are brought to one dtype first.
    view : callable, optional
        The geometry function of an operation whose result shares storage.
    batch : callable, optional
        The batching rule for vmap.
    elementwise : bool
        Whether the inputs broadcast and the result has their common shape.
    copies : bool
        Whether nodes keep copies of what the rules ask for (:class:`~agrad.engine.op.Op`).

    Returns
    -------
    callable
        The function on Tensors; its record is its attribute ``op``.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        rules: Sequence[Rule | None] = () if vjp is None else (vjp,) if callable(vjp) else tuple(vjp)
        tangents = None if jvp is None else tuple(jvp) if isinstance(jvp, (tuple, list)) else (jvp,)
        op = Op(
            name or function.__name__,
            function,
            vjps=rules,
            vjp_all=vjp_all,
            jvps=tangents,
            jvp_all=jvp_all,
            outputs=nout,
            differentiable_outputs=differentiable_outputs,
            holomorphic=holomorphic,
            promote=promote,
            dtypes=dtypes,
            view=view,
            batch=batch,
            torch_name=torch_name,
            check=check,
            elementwise=elementwise,
            copies=copies,
        )
        call = _plain_path(op)
        call.__name__ = function.__name__
        call.__qualname__ = function.__qualname__
        call.__doc__ = function.__doc__
        call.__module__ = function.__module__
        call.__wrapped__ = function  # type: ignore[attr-defined]
        return _register(op, call)

    return decorate if forward is None else decorate(forward)


def _plain_path(op: Op) -> Callable[..., Any]:
    """Return what is called on Tensors: the short way for plain Tensors where there is one, else the careful path."""
    apply = general.apply
    if op.outputs == 1 and op.view is not None:
        return view_path(op)
    if op.outputs != 1 or op.copies:

        def careful(*arrays: Any, **params: Any) -> Any:
            return apply(op, arrays, params)

        return careful
    return plain_path(op)


def matrix_product(known: Primitive[P]) -> Primitive[P]:
    """Give a primitive, the namespace's product of its name, the hot path for two matrices; a decorator."""
    op = known.op
    call: Any = update_wrapper(matrices_path(op, known, op_index(op.name)), known)
    call.__wrapped__ = known.__wrapped__  # type: ignore[attr-defined]
    for record in (op, op.complex, op.freed):
        record.call = call
    return cast("Primitive[P]", call)


def renamed(known: Primitive[P], torch_name: str | Callable[..., str]) -> Primitive[P]:
    """Return a primitive under another of PyTorch's node names: the same rules and values, the same name in the registry.

    PyTorch has several functions where the standard has one: transpose, permute and movedim are all ``permute_dims``.
    """
    op = known.op._renamed(torch_name)
    call = _plain_path(op)
    for record in (op, op.complex, op.freed):
        record.call = call
    call.__doc__ = known.__doc__
    call.__wrapped__ = op.forward  # type: ignore[attr-defined]
    call.op = op  # type: ignore[attr-defined]
    return call  # type: ignore[return-value]


def label(tensor: Any, torch_name: str) -> Any:
    """Give the node that ends a function of several primitives the name of PyTorch's node for the whole; return the tensor."""
    node = tensor._node
    if isinstance(node, (Unary, Binary, General)):
        node.op = node.op.labelled(torch_name)
    return tensor


def composite(function: Callable[Concatenate[Any, P], Any]) -> Callable[P, Any]:
    """Make a function ``(xp, *arrays, **params)`` of plain Array API code callable on Tensors; a decorator.

    Its derivatives are those of the primitives it calls.
    """
    from agrad.engine.core import classes

    hooks = general.hooks

    def call(*args: Any, **params: Any) -> Any:
        if hooks.named is not None:
            params = hooks.axes(args, params, False)
        return function(classes.tensor_xp, *args, **params)

    call.__name__ = function.__name__
    call.__qualname__ = function.__qualname__
    call.__doc__ = function.__doc__
    call.__module__ = function.__module__
    call.function = function  # type: ignore[attr-defined]
    call.__wrapped__ = function  # type: ignore[attr-defined]
    composites[function.__name__] = call
    return call
