"""gradcheck's forward mode, and gradgradcheck: the same of a function's gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from agrad.engine.core import TensorCore, classes, make_leaf, wrap
from agrad.engine.grad_level import flat_vjp
from agrad.engine.gradient import gradients
from agrad.engine.jvp_level import jvp
from agrad.engine.modes import enable_grad, no_grad
from agrad.testing.close import from_values, values_of
from agrad.testing.gradcheck import (
    GradcheckError,
    Settings,
    directions,
    gradcheck,
    judge,
    outputs_of,
    paired,
    random_values,
)


def _plain(args: list[Any]) -> list[Any]:
    return [wrap(one._data, one._options) if isinstance(one, TensorCore) else one for one in args]


def _pushed(func: Callable[..., Any], args: list[Any], place: int, tangent: Any) -> tuple[list[Any], list[Any]]:
    """Return outputs and their tangents along a tangent of one argument."""
    given = _plain(args)

    def call(moved: Any) -> tuple[Any, ...]:
        return tuple(outputs_of(func(*given[:place], moved, *given[place + 1 :])))

    outs, tangents = jvp(call, [given[place]], [tangent])
    return list(outs), list(tangents)


def check_forward(
    func: Callable[..., Any], args: list[Any], places: list[int], numerical: Any, settings: Settings
) -> None:
    """Compare tangents with difference quotients."""
    for place in places:
        moves = directions(args[place], settings.fast, place)
        rows = [_pushed(func, args, place, from_values(move, args[place])) for move in moves]
        if not rows:
            continue
        for index, output in enumerate(rows[0][0]):
            seeds = directions(output, settings.fast, 97 + index)
            found = [
                [sum(paired(a, b) for a, b in zip(values_of(tangents[index]), seed, strict=True)) for seed in seeds]
                for _, tangents in rows
            ]
            wanted = numerical.jacobian(place, index, seeds)
            slack = sum(map(abs, seeds[0])) * sum(map(abs, moves[0])) if settings.fast and seeds else 1.0
            what = f"Jacobian computed with forward mode mismatch for output {index} with respect to input {place}"
            judge(wanted, found, settings, what, max(slack, 1.0))


def check_batched_forward(func: Callable[..., Any], args: list[Any], places: list[int]) -> None:
    """Compare tangents under vmap with those of a loop."""
    from agrad.func import vmap

    xp = classes.tensor_xp
    for place in places:
        count, is_complex = len(values_of(args[place])), args[place]._options.is_complex
        rows = [from_values(random_values(count, is_complex, salt), args[place]) for salt in (3, 4)]
        with no_grad():
            batch = xp.stack(rows, axis=0)

        def push(tangent: Any, place: int = place) -> tuple[Any, ...]:
            return tuple(_pushed(func, args, place, tangent)[1])

        try:
            found = vmap(push)(batch)
        except Exception as error:
            raise GradcheckError(
                f"While computing batched gradients in forward mode, got: {error}. Check without check_batched_forward_grad."
            ) from error
        for at, row in enumerate(rows):
            for index, (many, one) in enumerate(zip(found, push(row), strict=True)):
                pairs = zip(values_of(many[at]), values_of(one), strict=True)
                if any(not abs(x - y) <= 1e-9 + 1e-6 * abs(y) for x, y in pairs):
                    raise GradcheckError(
                        f"For output {index} and input {place}: the tangent of a batch is not what each of it gives.\n"
                        f"Got:\n{many[at]!r}\n\nExpected:\n{one!r}"
                    )


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Check second derivatives: :func:`gradcheck` of the gradients of `func`, wrt its inputs and the cotangents.

    Parameters
    ----------
    func, inputs
        As for :func:`gradcheck`.
    grad_outputs : Tensor or sequence of Tensor, optional
        The cotangents of the outputs; numbers between -1 and 1 by default.
    gen_non_contig_grad_outputs : bool
        Give the cotangents strides that are not row-major.
    check_fwd_over_rev, check_rev_over_rev : bool
        Which mode differentiates the gradients.
    eps, atol, rtol, raise_exception, nondet_tol, check_undefined_grad, check_grad_dtypes, check_batched_grad, fast_mode, masked
        As for :func:`gradcheck`.

    Returns
    -------
    bool

    Examples
    --------
    >>> import agrad
    >>> x = agrad.tensor([0.5, -1.0], dtype=agrad.float64, requires_grad=True)
    >>> agrad.autograd.gradgradcheck(lambda x: x * x * x, x)
    True
    """
    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    args = [inputs] if isinstance(inputs, TensorCore) else list(inputs)
    places = [i for i, one in enumerate(args) if isinstance(one, TensorCore) and one._node is not None]
    outputs = outputs_of(func(*args))
    chosen = [index for index, output in enumerate(outputs) if output._node is not None]
    if grad_outputs is None:
        seeds = [_cotangent(outputs[index], index, gen_non_contig_grad_outputs) for index in chosen]
    else:
        given: Sequence[Any] = (grad_outputs,) if isinstance(grad_outputs, TensorCore) else tuple(grad_outputs)
        seeds = list(given)

    def first(*inner: Any) -> tuple[Any, ...]:
        values, cotangents = list(inner[: len(args)]), list(inner[len(args) :])

        def call(*moved: Any) -> list[Any]:
            for place, value in zip(places, moved, strict=True):
                values[place] = value
            made = outputs_of(func(*values))
            # a product with one: an input that is itself returned has a node of its own
            return [made[index] * classes.tensor_xp.ones_like(made[index]) for index in chosen]

        wrt = [values[place] for place in places]
        if any(one._options.backend.level for one in (*wrt, *cotangents)):
            _, pull = flat_vjp(call, *wrt)
            return tuple(pull(cotangents))
        with enable_grad():
            return gradients(call(*wrt), wrt, cotangents, create_graph=True, allow_unused=True, materialize_grads=True)

    return gradcheck(
        first,
        (*args, *seeds),
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
        check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad,
        check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
        fast_mode=fast_mode,
        masked=masked,
    )


def _cotangent(output: Any, salt: int, strided: bool) -> Any:
    """Return a leaf of an output's shape, which requires grad."""
    xp = classes.tensor_xp
    count = len(values_of(output))
    made = from_values(random_values(count, output._options.is_complex, 11 + salt), output)
    if strided and output._shape:
        with no_grad():
            made = xp.stack([made, made], axis=-1)[..., 0]
    return make_leaf(made)


__all__ = ["check_batched_forward", "check_forward", "gradgradcheck"]
