"""backward() and grad(): from tensors to nodes, with PyTorch's checks and words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from agrad.engine.apart import apart
from agrad.engine.backward import execute
from agrad.engine.core import TensorCore, wrap
from agrad.engine.levels import Dual
from agrad.engine.node import DeadEnd, Leaf, Node, Output, show
from agrad.errors import GradError

NO_GRAD = "element {index} of tensors does not require grad and does not have a grad_fn"
UNUSED = (
    "The differentiated Tensor at index {index} appears to not have been used in the graph. Set allow_unused=True if this is the "
    "desired behavior."
)


class GradientEdge(NamedTuple):
    """A place in the graph where a gradient arrives: output `output_nr` of `node`.

    It stands for a tensor in :func:`agrad.autograd.grad` and :func:`agrad.autograd.backward`, and keeps the graph behind it
    alive and not the tensor. :func:`agrad.autograd.graph.get_gradient_edge` makes one of a tensor.
    """

    node: Node
    output_nr: int
    ownership_token: Any = None


def node_of_edge(edge: GradientEdge) -> Node:
    """Return the engine's node of an edge: that of one output where the operation has several."""
    node = edge.node
    return Output.of(node, edge.output_nr) if getattr(node, "metas", None) is not None else node


class _Form:
    """What a seed has to be like: a tensor without its array."""

    __slots__ = ("_node", "_options", "_shape")

    def __init__(self, shape: tuple[int, ...], options: Any, node: Node | None) -> None:
        self._shape = shape
        self._options = options
        self._node = node


def edge_of(tensor: Any) -> GradientEdge:
    """Return the place where a tensor's gradient arrives.

    Raises
    ------
    GradError
        When the tensor does not require grad.
    """
    node = tensor._node
    if node is None:
        raise GradError(
            "It is not possible to get the gradient edge for a Tensor that does not require gradients. Call requires_grad_()."
        )
    form = _Form(tensor._shape, tensor._options, node)
    if type(node) is Output:
        return GradientEdge(show(node.source), node.index, form)
    return GradientEdge(show(node), 0, form)


def primal_of(tensor: Any) -> Any:
    """Return what a dual tensor carries a tangent for; any other tensor is itself."""
    while tensor._node is None and type(tensor._data) is Dual:
        tensor = tensor._data.primal
    return tensor


def _form_of(output: Any, gradient: Any, index: int) -> Any:
    """Return what tells an output's shape, options and node: the tensor itself, or an edge's form."""
    if isinstance(output, TensorCore):
        return primal_of(output)
    if not isinstance(output, GradientEdge):
        raise TypeError(
            f"backward needs Tensors or GradientEdges; received {type(output).__name__} as output {index}. Pass a Tensor."
        )
    if isinstance(output.ownership_token, _Form):
        return output.ownership_token
    if gradient is None:
        raise GradError(
            "a GradientEdge made by hand does not tell its shape, so its gradient cannot be made implicitly. Pass one, or use "
            "agrad.autograd.graph.get_gradient_edge."
        )
    return _Form(gradient._shape, gradient._options, node_of_edge(output))


def _seed(tensor: Any, gradient: Any, index: int, what: str) -> Any:
    """Return the cotangent to start from: what was given, checked, or ones for a scalar."""
    options = tensor._options
    if gradient is None:
        size = 1
        for length in tensor._shape:
            size *= length
        if size != 1:
            raise GradError(
                "grad can be implicitly created only for scalar outputs; "
                f"got shape {tensor._shape} {options.dtype.name} on {options.backend.name}. "
                f"Pass {what}=..., or reduce with .sum()."
            )
        if options.is_complex:
            raise GradError(
                f"grad can be implicitly created only for real scalar outputs but got {options.dtype!r}. "
                f"Pass {what}=..., or take a real function of the result first."
            )
        if options.backend.level:
            # The ones of a transform's level are Tensors of the level below.
            return wrap(options.xp.ones(tensor._shape, dtype=options.dtype, device=options.device), options)
        if not tensor._shape:
            return wrap(options.scalars[1.0] if 1.0 in options.scalars else options.scalar(1.0), options)
        return wrap(options.xp.ones(tensor._shape, dtype=options.raw_dtype, device=options.raw_device), options)
    if not isinstance(gradient, TensorCore):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(gradient).__name__}")
    if gradient._shape != tensor._shape:
        raise GradError(
            f"Mismatch in shape: grad_output[{index}] has a shape of {list(gradient._shape)} and output[{index}] has a shape of "
            f"{list(tensor._shape)}. Pass a gradient of the output's shape."
        )
    if gradient._options is not options:
        backend = options.backend
        if gradient._options.backend is not backend:
            if backend.level > gradient._options.backend.level:
                return backend.lift(gradient)
            raise GradError(
                f"grad_output[{index}] is on backend {gradient._options.backend.name} and output[{index}] on {backend.name}. "
                f"Move it: gradient.to({backend.name!r})."
            )
        if gradient._options.is_complex is not options.is_complex:
            raise GradError(
                f"For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in dtype: "
                f"grad_output[{index}] has a dtype of {gradient._options.dtype!r} and output[{index}] has a dtype of {options.dtype!r}."
            )
        if gradient._options.dtype is not options.dtype:
            raw = options.xp.astype(gradient._data, options.raw_dtype)
            return wrap(raw, options, None) if gradient._node is None else _cast(gradient, options)
    return gradient


def _cast(gradient: Any, options: Any) -> Any:
    from agrad.engine.core import classes

    return classes.tensor_xp.astype(gradient, options.dtype)


def _starts(tensors: Sequence[Any], gradients_: Sequence[Any] | None, what: str) -> tuple[list[Node], list[Any]]:
    """Return the nodes to start from with their cotangents."""
    given: Sequence[Any] = [None] * len(tensors) if gradients_ is None else gradients_
    if len(given) != len(tensors):
        raise GradError(
            f"got {len(tensors)} tensors and {len(given)} gradients. Pass one gradient (or None) per tensor."
        )
    roots: list[Node] = []
    cotangents: list[Any] = []
    for index, (output, gradient) in enumerate(zip(tensors, given, strict=True)):
        tensor = _form_of(output, gradient, index)
        node = tensor._node
        if node is None or type(node) is DeadEnd:
            raise GradError(
                NO_GRAD.format(index=index) + f"; it has shape {tensor._shape} {tensor._options.dtype.name}. "
                "Make an input require grad (requires_grad_()) before computing it, outside no_grad."
            )
        seed = _seed(tensor, gradient, index, what)
        roots.append(node)
        cotangents.append(seed)
    return roots, cotangents


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Add the gradients of `tensors` to the ``grad`` of the leaves they came from.

    Parameters
    ----------
    tensors : Tensor or sequence of Tensor
    grad_tensors : Tensor, None, or a sequence of them
        The cotangents, of the tensors' shapes; None means 1 for a tensor of one element.
    retain_graph : bool, optional
        Keep what the graph saved, for another backward; by default `create_graph`.
    create_graph : bool
        Record the backward, so that gradients can be differentiated.
    inputs : Tensor or sequence of Tensor, optional
        The only leaves whose gradient is wanted.

    Raises
    ------
    GradError
        A RuntimeError, in PyTorch's words: no graph, a freed graph, a missing or misshapen gradient.
    """
    outputs = listed(tensors)
    roots, cotangents = _starts(outputs, None if grad_tensors is None else listed(grad_tensors), "gradient")
    targets = None
    if inputs is not None:
        wanted = listed(inputs)
        if not wanted:
            raise GradError("`inputs` argument to `backward()` cannot be empty. Leave it out to reach every leaf.")
        targets = [_wanted_node(tensor) for tensor in wanted]
    execute(
        roots,
        cotangents,
        retain_graph=create_graph if retain_graph is None else retain_graph,
        create_graph=create_graph,
        targets=targets,
    )


def _wanted_node(tensor: Any) -> Node:
    """Return the node of one of backward's ``inputs``; a tensor that is no leaf starts to retain its gradient."""
    if isinstance(tensor, GradientEdge):
        return node_of_edge(tensor)
    if not isinstance(tensor, TensorCore):
        raise GradError(f"all inputs have to be Tensors or GradientEdges, but got {type(tensor).__name__}")
    node = tensor._node
    if not isinstance(node, Leaf):
        tensor.retain_grad()  # type: ignore[attr-defined]
    assert node is not None
    return node


def listed(value: Any) -> tuple[Any, ...]:
    """Return one tensor, edge or None, a sequence of them, or the values of a dictionary, as a tuple."""
    if isinstance(value, (TensorCore, GradientEdge)):
        return (value,)
    if isinstance(value, dict):
        return tuple(value.values())
    return tuple(value)


def gradients(
    outputs: Sequence[Any],
    inputs: Sequence[Any],
    grad_outputs: Sequence[Any] | None = None,
    *,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """Return the gradients of `outputs` wrt `inputs`, touching no ``grad``.

    Parameters are :func:`agrad.autograd.grad`'s, with sequences for outputs and inputs.
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    targets = targets_of(inputs)
    roots, cotangents = _starts(outputs, grad_outputs, "grad_outputs")
    answers = execute(
        roots,
        cotangents,
        retain_graph=create_graph if retain_graph is None else retain_graph,
        create_graph=create_graph,
        targets=targets,
        accumulate=False,
    )
    answers = _own(answers, cotangents, create_graph)
    return tuple(
        unused(tensor, index, allow_unused, materialize_grads) if answer is None else answer
        for index, (tensor, answer) in enumerate(zip(inputs, answers, strict=True))
    )


def _own(answers: list[Any], cotangents: Sequence[Any], create_graph: bool) -> list[Any]:
    """Return gradients with memory of their own: a rule may have handed on a cotangent, or one array for several inputs."""
    kept = [answer for answer in answers if answer is not None]
    if not kept:
        return answers
    backend = kept[0]._options.backend
    if create_graph or backend.level:
        rest = iter(apart(kept, cotangents))
        return [None if answer is None else next(rest) for answer in answers]
    if backend.mutable:
        seen = {id(cotangent._data) for cotangent in cotangents}
        for answer in kept:
            raw = answer._data
            if id(raw) in seen or backend.is_view(raw):
                answer._data = raw = backend.copy(raw)
            seen.add(id(raw))
    return answers


def targets_of(inputs: Sequence[Any]) -> list[Node]:
    """Return the nodes of the tensors or edges to differentiate wrt.

    Raises
    ------
    GradError
        When there are none, or one does not require grad.
    """
    if not inputs:
        raise GradError("`inputs` argument to `grad()` cannot be empty. Pass what to differentiate with respect to.")
    targets = []
    for tensor in inputs:
        if isinstance(tensor, GradientEdge):
            targets.append(node_of_edge(tensor))
            continue
        if not isinstance(tensor, TensorCore):
            raise TypeError(f"all inputs have to be Tensors or GradientEdges, but got {type(tensor).__name__}")
        node = primal_of(tensor)._node
        if node is None:
            raise GradError(
                "One of the differentiated Tensors does not require grad: call requires_grad_() on it before it is used."
            )
        targets.append(DeadEnd.of(tensor) if type(node) is DeadEnd else node)  # nothing is ever found at a dead end
    return targets


def unused(tensor: Any, index: int, allow_unused: bool | None, materialize: bool) -> Any:
    """Return what stands for the gradient of an input that no path leads to: None or zeros.

    Raises
    ------
    GradError
        Where neither was asked for.
    """
    if not materialize:
        if not allow_unused:
            raise GradError(UNUSED.format(index=index))
        return None
    form = tensor if isinstance(tensor, TensorCore) else tensor.ownership_token
    options = form._options
    return wrap(options.xp.zeros(form._shape, dtype=options.raw_dtype, device=options.raw_device), options)
