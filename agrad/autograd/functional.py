"""torch.autograd.functional: jacobian, hessian, vjp, jvp, hvp, vhp.

Each runs the function once on leaves of its own (or, with ``create_graph``, on aliases of the inputs, so that the answer can be
differentiated further). ``strict`` takes a result that does not depend on an input for a mistake; without it the answer is zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from agrad.autograd.batched import batched_gradients
from agrad.engine import jvp_level
from agrad.engine.apart import apart
from agrad.engine.core import TensorCore, classes, make_leaf, wrap
from agrad.engine.gradient import gradients
from agrad.engine.modes import enable_grad
from agrad.errors import GradError

Tensors = tuple[Any, ...]
LINEAR = (
    "While computing the hessian, found that the jacobian of the user-provided function with respect to input {index} is "
    "independent of the input. This is not allowed in strict mode. You should ensure that your function is twice differentiable "
    "and that the jacobian depends on the inputs (this would be violated by a linear function for example)."
)


def _tuple(value: Any, what: str, name: str) -> Tensors:
    """Return one Tensor or a tuple of them as a tuple.

    Raises
    ------
    TypeError
        For anything else.
    """
    if isinstance(value, TensorCore):
        return (value,)
    if not isinstance(value, tuple):
        raise TypeError(
            f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but the given {what} has type {type(value)}."
        )
    for index, one in enumerate(value):
        if not isinstance(one, TensorCore):
            raise TypeError(
                f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but the value at index {index} of the "
                f"given {what} has type {type(one)}."
            )
    return value


def _like(value: Any, parts: Tensors) -> Any:
    """Return parts as `value` came: one Tensor or a tuple."""
    return parts if isinstance(value, tuple) else parts[0]


def _leaves(inputs: Tensors, create_graph: bool) -> Tensors:
    """Return what the function runs on: new leaves, or aliases with nodes of their own where a graph goes on behind them."""
    xp = classes.tensor_xp
    with enable_grad():
        return tuple(
            xp.reshape(one, one._shape)
            if create_graph and one._node is not None
            else make_leaf(wrap(one._data, one._options))
            for one in inputs
        )


def _finished(values: Any, create_graph: bool, given: Sequence[Any] = ()) -> Any:
    """Return results; without their history, and with memory of their own, unless the graph was asked for."""
    if isinstance(values, (tuple, list)):
        return tuple(_finished(value, create_graph, given) for value in values)
    if create_graph or values is None:
        return values
    return apart((wrap(values._data, values._options),), given)[0]


def _outputs(func: Callable[..., Any], leaves: Tensors, name: str, strict: bool) -> tuple[Any, Tensors]:
    """Return what the function gives, as it is and as a tuple.

    Raises
    ------
    GradError
        In strict mode, for an output that does not depend on the inputs.
    """
    answer = func(*leaves)
    outputs = _tuple(answer, "outputs of the user-provided function", name)
    if strict:
        for index, output in enumerate(outputs):
            if output._node is None:
                raise GradError(
                    f"Output {index} of the user-provided function does not require gradients. The outputs must be computed in a "
                    "differentiable manner from the input when running in strict mode."
                )
    return answer, outputs


def _one_element(func: Callable[..., Any], leaves: Tensors, name: str, strict: bool) -> Any:
    answer, outputs = _outputs(func, leaves, name, strict)
    if isinstance(answer, tuple):
        raise GradError(f"The function given to {name} should return a single Tensor")
    if _size(outputs[0]) != 1:
        raise GradError(
            f"The Tensor returned by the function given to {name} should contain a single element; received shape "
            f"{outputs[0]._shape}."
        )
    return outputs[0]


def _size(tensor: Any) -> int:
    size = 1
    for length in tensor._shape:
        size *= length
    return size


def _vector(v: Any, like: Tensors, name: str, several: bool, whose: str) -> Tensors:
    """Return the vector of a product, checked.

    Raises
    ------
    GradError
        When its length or a shape is wrong, or it may not be left out.
    """
    if v is None:
        if several or len(like) != 1 or _size(like[0]) != 1:
            raise GradError(f"The vector v can only be None if {whose} a single Tensor with a single element.")
        return (classes.tensor_xp.ones_like(like[0]),)
    vectors = _tuple(v, "v", name)
    if len(vectors) != len(like):
        raise GradError(f"v is a tuple of invalid length: should be {len(like)} but got {len(vectors)}.")
    for index, (one, other) in enumerate(zip(vectors, like, strict=True)):
        if one._shape != other._shape:
            prefix = f"Entry {index} in " if len(like) > 1 else ""
            raise GradError(f"{prefix}v has invalid size: should be {other._shape} but got {one._shape}.")
    return vectors


def _pull(outputs: Sequence[Any], inputs: Tensors, seeds: Sequence[Any], create_graph: bool) -> list[Any]:
    """Return gradients wrt the inputs, None where an output does not depend on one."""
    pairs = [(output, seed) for output, seed in zip(outputs, seeds, strict=True) if output._node is not None]
    if not pairs:
        return [None] * len(inputs)
    return list(
        gradients(
            [output for output, _ in pairs],
            inputs,
            [seed for _, seed in pairs],
            retain_graph=True,
            create_graph=create_graph,
            allow_unused=True,
        )
    )


def _filled(values: Sequence[Any], inputs: Tensors) -> Tensors:
    """Return gradients with zeros for those that are missing."""
    xp = classes.tensor_xp
    return tuple(
        xp.zeros_like(wrap(one._data, one._options)) if value is None else value
        for value, one in zip(values, inputs, strict=True)
    )


# ---------------------------------------------------------------- Jacobians


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """Return the Jacobian of a function.

    Parameters
    ----------
    func : callable
        From Tensors to a Tensor or a tuple of Tensors.
    inputs : Tensor or tuple of Tensor
    create_graph : bool
        Record the Jacobian's own computation.
    strict : bool
        Raise where an output does not depend on an input; else the block is zeros.
    vectorize : bool
        Compute all rows (or columns) at once, by vmap.
    strategy : {'reverse-mode', 'forward-mode'}
        By rows, or by columns; the latter with `vectorize` only.

    Returns
    -------
    Tensor, tuple of Tensor, or tuple of tuples
        For an output of shape S and an input of shape T a Tensor of shape S + T; nested by outputs and inputs where those are
        tuples.

    Examples
    --------
    >>> import agrad
    >>> agrad.autograd.functional.jacobian(lambda x: x * x, agrad.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs than inputs, '
            '"forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
        )
    if vectorize and strict:
        raise GradError(
            "agrad.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. Please either set "
            "`strict=False` or `vectorize=False`."
        )
    given = _tuple(inputs, "inputs", "jacobian")
    if strategy == "forward-mode":
        return _forward_jacobian(func, inputs, given, create_graph, vectorize)
    with enable_grad():
        leaves = _leaves(given, create_graph)
        answer, outputs = _outputs(func, leaves, "jacobian", strict)
        rows = _rows_at_once if vectorize else _rows_in_turn
        blocks = tuple(
            _like(inputs, rows(output, index, leaves, create_graph, strict)) for index, output in enumerate(outputs)
        )
    return _finished(_like(answer, blocks), create_graph)


def _rows_in_turn(output: Any, index: int, leaves: Tensors, create_graph: bool, strict: bool) -> Tensors:
    """Return the Jacobian of an output wrt each input, by one backward for each of its elements."""
    xp = classes.tensor_xp
    count = _size(output)
    rows: list[Tensors] = []
    for place in range(count):
        found: list[Any] = [None] * len(leaves)
        if output._node is not None:
            flat = xp.reshape(output, (-1,))
            found = _pull([flat[place]], leaves, [xp.ones_like(flat[place])], create_graph)
        if strict:
            _depends(found, index, create_graph)
        rows.append(_filled(found, leaves))
    blocks = []
    for at, leaf in enumerate(leaves):
        shape = output._shape + leaf._shape
        if rows:
            blocks.append(xp.reshape(xp.stack([row[at] for row in rows], axis=0), shape))
        else:
            blocks.append(xp.zeros(shape, dtype=leaf._options.dtype, device=leaf._options.device))
    return tuple(blocks)


def _depends(found: list[Any], index: int, create_graph: bool) -> None:
    """Raise, for strict mode, where an output does not depend on an input."""
    for at, value in enumerate(found):
        if value is None:
            raise GradError(
                f"Output {index} of the user-provided function is independent of input {at}. This is not allowed in strict mode."
            )
        if create_graph and value._node is None:
            raise GradError(
                f"The jacobian of the user-provided function is independent of input {at}. This is not allowed in strict mode when "
                "create_graph=True."
            )


def _rows_at_once(output: Any, index: int, leaves: Tensors, create_graph: bool, strict: bool) -> Tensors:
    """Return the Jacobian of an output wrt each input, by one backward of a batch of unit cotangents."""
    xp = classes.tensor_xp
    count = _size(output)
    if output._node is None or not count:
        return _rows_in_turn(output, index, leaves, create_graph, strict)
    options = output._options
    unit = xp.eye(count, dtype=options.dtype, device=options.device)
    seeds = xp.reshape(unit, (count, *output._shape))
    found = batched_gradients([output], leaves, [seeds], True, create_graph, True, True)
    return tuple(xp.reshape(one, output._shape + leaf._shape) for one, leaf in zip(found, leaves, strict=True))


def _forward_jacobian(
    func: Callable[..., Any], inputs: Any, given: Tensors, create_graph: bool, vectorize: bool
) -> Any:
    if create_graph:
        raise NotImplementedError(
            'agrad.autograd.functional.jacobian: `create_graph=True` and `strategy="forward-mode"` are not supported together. '
            'Please either set `create_graph=False` or `strategy="reverse-mode"`, or use agrad.func.jacfwd.'
        )
    if not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian is only implemented for `vectorize=True`."
        )
    from agrad.func import jacfwd

    plain = tuple(wrap(one._data, one._options) for one in given)
    argnums: Any = tuple(range(len(given))) if isinstance(inputs, tuple) else 0
    return _finished(jacfwd(func, argnums)(*plain), False)


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """Return the Hessian of a function of one element.

    Parameters
    ----------
    func : callable
        From Tensors to a Tensor of one element.
    inputs : Tensor or tuple of Tensor
    create_graph, strict, vectorize
        As for :func:`jacobian`.
    outer_jacobian_strategy : {'reverse-mode', 'forward-mode'}
        How the gradient is differentiated.

    Returns
    -------
    Tensor, or tuple of tuples of Tensor

    Examples
    --------
    >>> import agrad
    >>> agrad.autograd.functional.hessian(lambda x: (x * x * x).sum(), agrad.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    given = _tuple(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')
    if outer_jacobian_strategy == "forward-mode":
        from agrad.func import grad

        argnums: Any = tuple(range(len(given))) if isinstance(inputs, tuple) else 0

        def scalar(*inner: Any) -> Any:
            return classes.tensor_xp.reshape(_one_element(func, inner, "hessian", False), ())

        return jacobian(grad(scalar, argnums), inputs, create_graph, False, vectorize, "forward-mode")

    def gradient(*inner: Any) -> Any:
        leaves = _leaves(inner, True)
        output = _one_element(func, leaves, "hessian", strict)
        found = _pull([output], leaves, [classes.tensor_xp.ones_like(output)], True)
        if strict:
            _linear(found)
        return _like(inputs, _filled(found, leaves))

    return jacobian(gradient, inputs, create_graph, strict, vectorize)


def _linear(found: list[Any]) -> None:
    """Raise, for strict mode, where the gradient is missing or does not depend on the inputs."""
    for index, value in enumerate(found):
        if value is None:
            raise GradError(
                f"The output of the user-provided function is independent of input {index}. This is not allowed in strict mode."
            )
        if value._node is None:
            raise GradError(LINEAR.format(index=index))


# ---------------------------------------------------------------- products


def vjp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """Return ``func(*inputs)`` and the product of `v` with its Jacobian.

    Parameters
    ----------
    func : callable
        From Tensors to a Tensor or a tuple of Tensors.
    inputs : Tensor or tuple of Tensor
    v : Tensor or tuple of Tensor, optional
        Of the outputs' shapes; may be left out for one element.
    create_graph, strict
        As for :func:`jacobian`.

    Returns
    -------
    (outputs, product)

    Examples
    --------
    >>> import agrad
    >>> agrad.autograd.functional.vjp(lambda x: x * x, agrad.tensor([1.0, 2.0]), agrad.ones(2))
    (tensor([1., 4.]), tensor([2., 4.]))
    """
    given = _tuple(inputs, "inputs", "vjp")
    with enable_grad():
        leaves = _leaves(given, create_graph)
        answer, outputs = _outputs(func, leaves, "vjp", strict)
        seeds = _vector(v, outputs, "vjp", isinstance(answer, tuple), "the user-provided function returns")
        found = _pull(outputs, leaves, seeds, create_graph)
        if strict:
            for index, value in enumerate(found):
                if value is None:
                    raise GradError(
                        f"The output of the user-provided function is independent of input {index}. This is not allowed in strict "
                        "mode."
                    )
        product = _like(inputs, _filled(found, leaves))
    return _finished(answer, create_graph, given), _finished(product, create_graph, seeds)


def jvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """Return ``func(*inputs)`` and the product of its Jacobian with `v`, by forward mode.

    Parameters
    ----------
    func : callable
        From Tensors to a Tensor or a tuple of Tensors.
    inputs : Tensor or tuple of Tensor
    v : Tensor or tuple of Tensor, optional
        Of the inputs' shapes; may be left out for one element.
    create_graph, strict
        As for :func:`jacobian`.

    Returns
    -------
    (outputs, product)

    Examples
    --------
    >>> import agrad
    >>> agrad.autograd.functional.jvp(lambda x: x * x, agrad.tensor([1.0, 2.0]), agrad.ones(2))
    (tensor([1., 4.]), tensor([2., 4.]))
    """
    given = _tuple(inputs, "inputs", "jvp")
    tangents = _vector(v, given, "jvp", isinstance(inputs, tuple), "the input to the user-provided function is")
    with enable_grad():
        leaves = _leaves(given, create_graph)
        if strict:
            _, outputs = _outputs(func, leaves, "jvp", True)
            found = _pull(outputs, leaves, [classes.tensor_xp.ones_like(one) for one in outputs], False)
            _depends(found, 0, False)
        kept: list[Any] = []

        def call(*inner: Any) -> tuple[Any, ...]:
            answer = func(*inner)
            kept[:] = [isinstance(answer, tuple)]
            return _tuple(answer, "outputs of the user-provided function", "jvp")

        outs, pushed = jvp_level.jvp(call, leaves, tangents)
    made = (tuple(outs), tuple(pushed)) if kept[0] else (outs[0], pushed[0])
    return _finished(made[0], create_graph, given), _finished(made[1], create_graph, tangents)


def vhp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """Return the value of a function of one element and the product of `v` with its Hessian.

    Parameters
    ----------
    func : callable
        From Tensors to a Tensor of one element.
    inputs : Tensor or tuple of Tensor
    v : Tensor or tuple of Tensor, optional
        Of the inputs' shapes; may be left out for one element.
    create_graph, strict
        As for :func:`jacobian`.

    Returns
    -------
    (value, product)

    Examples
    --------
    >>> import agrad
    >>> agrad.autograd.functional.vhp(lambda x: (x * x * x).sum(), agrad.tensor([1.0, 2.0]), agrad.ones(2))
    (tensor(9.), tensor([ 6., 12.]))
    """
    return _hessian_product(func, inputs, v, create_graph, strict, "vhp")


def hvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """Return the value of a function of one element and the product of its Hessian with `v`.

    The Hessian is symmetric, so this is :func:`vhp`; the parameters are the same.

    Examples
    --------
    >>> import agrad
    >>> agrad.autograd.functional.hvp(lambda x: (x * x * x).sum(), agrad.tensor([1.0, 2.0]), agrad.ones(2))
    (tensor(9.), tensor([ 6., 12.]))
    """
    return _hessian_product(func, inputs, v, create_graph, strict, "hvp")


def _hessian_product(
    func: Callable[..., Any], inputs: Any, v: Any, create_graph: bool, strict: bool, name: str
) -> tuple[Any, Any]:
    given = _tuple(inputs, "inputs", name)
    vectors = _vector(v, given, name, isinstance(inputs, tuple), "the input to the user-provided function is")
    with enable_grad():
        leaves = _leaves(given, create_graph)
        output = _one_element(func, leaves, name, strict)
        first = _pull([output], leaves, [classes.tensor_xp.ones_like(output)], True)
        if strict:
            _linear(first)
        second = _pull(_filled(first, leaves), leaves, vectors, create_graph)
        if strict:
            for index, value in enumerate(second):
                if value is None:
                    raise GradError(LINEAR.format(index=index))
        product = _like(inputs, _filled(second, leaves))
    return _finished(output, create_graph, given), _finished(product, create_graph, vectors)


__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]
