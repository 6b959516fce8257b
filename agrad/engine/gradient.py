"""backward() and grad(): from tensors to nodes, with PyTorch's checks and words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agrad.engine.backward import execute
from agrad.engine.core import TensorCore, wrap
from agrad.engine.node import Node
from agrad.errors import GradError

NO_GRAD = "element {index} of tensors does not require grad and does not have a grad_fn"
UNUSED = (
    "One of the differentiated Tensors appears to not have been used in the graph. Set allow_unused=True if this is the "
    "desired behavior."
)


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
            return wrap(options.xp.ones_like(tensor._data), options)
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
        if gradient._options.is_complex and not options.is_complex:
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
    for index, (tensor, gradient) in enumerate(zip(tensors, given, strict=True)):
        if not isinstance(tensor, TensorCore):
            raise TypeError(f"backward needs Tensors; received {type(tensor).__name__} as output {index}.")
        node = tensor._node
        if node is None:
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
    outputs = (tensors,) if isinstance(tensors, TensorCore) else tuple(tensors)
    seeds = _listed(grad_tensors, len(outputs))
    roots, cotangents = _starts(outputs, seeds, "gradient")
    targets = None
    if inputs is not None:
        wanted = (inputs,) if isinstance(inputs, TensorCore) else tuple(inputs)
        if not wanted:
            raise GradError("`inputs` argument to `backward` cannot be empty. Leave it out to reach every leaf.")
        targets = []
        for index, tensor in enumerate(wanted):
            node = tensor._node
            if node is None:
                raise GradError(
                    f"One of the differentiated Tensors does not require grad: inputs[{index}]. Call requires_grad_()."
                )
            targets.append(node)
    execute(
        roots,
        cotangents,
        retain_graph=create_graph if retain_graph is None else retain_graph,
        create_graph=create_graph,
        targets=targets,
    )


def _listed(value: Any, length: int) -> Sequence[Any] | None:
    if value is None:
        return None
    if isinstance(value, TensorCore):
        return [value]
    return list(value)


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
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: False.")
    targets = []
    for tensor in inputs:
        if not isinstance(tensor, TensorCore):
            raise TypeError(f"grad needs Tensors to differentiate wrt; received {type(tensor).__name__}.")
        node = tensor._node
        if node is None:
            raise GradError(
                "One of the differentiated Tensors does not require grad: call requires_grad_() on it before it is used."
            )
        targets.append(node)
    roots, cotangents = _starts(outputs, grad_outputs, "grad_outputs")
    answers = execute(
        roots,
        cotangents,
        retain_graph=create_graph if retain_graph is None else retain_graph,
        create_graph=create_graph,
        targets=targets,
        accumulate=False,
    )
    results = []
    for tensor, answer in zip(inputs, answers, strict=True):
        if answer is None:
            if materialize_grads:
                options = tensor._options
                answer = wrap(
                    options.xp.zeros(tensor._shape, dtype=options.raw_dtype, device=options.raw_device), options
                )
            elif not allow_unused:
                raise GradError(UNUSED)
        results.append(answer)
    return tuple(results)
