"""Derivatives against central differences, and closeness with PyTorch's tolerances."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from agrad.engine.core import TensorCore, classes, make_leaf, wrap
from agrad.engine.gradient import gradients
from agrad.engine.modes import no_grad
from agrad.errors import AgradError

TOLERANCES = {"float16": (1e-3, 1e-5), "bfloat16": (1.6e-2, 1e-5), "float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7),
              "complex64": (1.3e-6, 1e-5), "complex128": (1e-7, 1e-7)}  # fmt: skip


class GradcheckError(AgradError, RuntimeError):
    """A derivative differs from the difference quotient."""


def assert_close(actual: Any, expected: Any, *, rtol: float | None = None, atol: float | None = None,
                 equal_nan: bool = False, check_dtype: bool = True, msg: str | None = None) -> None:  # fmt: skip
    """Raise AssertionError unless two Tensors (or sequences of them) are close, by PyTorch's tolerances for their dtype.

    Parameters
    ----------
    actual, expected : Tensor, number, or sequence of them
    rtol, atol : float, optional
        Both or neither: ``|actual - expected| <= atol + rtol * |expected|``.
    equal_nan : bool
    check_dtype : bool
    msg : str, optional
    """
    if (rtol is None) != (atol is None):
        raise ValueError("rtol and atol must both be given or both be left out")
    if isinstance(actual, (list, tuple)) and isinstance(expected, (list, tuple)):
        if len(actual) != len(expected):
            raise AssertionError(msg or f"The length of the sequences mismatch: {len(actual)} != {len(expected)}")
        for one, other in zip(actual, expected, strict=True):
            assert_close(one, other, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=check_dtype, msg=msg)
        return
    from agrad.torch_api.creation import as_tensor

    a, e = as_tensor(actual), as_tensor(expected)
    if a._shape != e._shape:
        raise AssertionError(msg or f"The values for attribute 'shape' do not match: {a._shape} != {e._shape}.")
    if check_dtype and a._options.dtype is not e._options.dtype:
        raise AssertionError(
            msg or f"The values for attribute 'dtype' do not match: {a._options.dtype!r} != {e._options.dtype!r}."
        )
    default_r, default_a = TOLERANCES.get(a._options.dtype.name, (0.0, 0.0))
    r, t = (default_r, default_a) if rtol is None or atol is None else (rtol, atol)
    bad = [
        (index, x, y)
        for index, (x, y) in enumerate(zip(_values(a), _values(e), strict=True))
        if not (x == y or abs(x - y) <= t + r * abs(y) or (equal_nan and x != x and y != y))
    ]
    if bad:
        index, x, y = max(bad, key=lambda one: abs(one[1] - one[2]))
        raise AssertionError(
            msg
            or f"Tensor-likes are not close! Mismatched elements: {len(bad)}; greatest difference {abs(x - y)} at flat "
            f"index {index}: {x} and {y} (up to rtol={r}, atol={t} allowed)"
        )


def _values(tensor: Any) -> list[Any]:
    flat = tensor._options.backend.tolist(tensor._data)
    while isinstance(flat, list) and flat and isinstance(flat[0], list):
        flat = [value for part in flat for value in part]
    return flat if isinstance(flat, list) else [flat]


def _from_values(values: list[Any], like: Any) -> Any:
    options = like._options
    raw = options.backend.asarray(values, options.dtype, options.device)
    return wrap(options.xp.reshape(raw, like._shape), options)


def _outputs(answer: Any) -> list[Any]:
    listed = list(answer) if isinstance(answer, (tuple, list)) else [answer]
    return [one for one in listed if isinstance(one, TensorCore) and one._options.is_inexact]


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_forward_ad: bool = False,
) -> bool:
    """Compare gradients with central differences, element by element.

    Parameters
    ----------
    func : callable
    inputs : Tensor or tuple
        Those that require grad are checked; float64 or complex128 is needed for the default `eps`.
    eps, atol, rtol : float
    raise_exception : bool
        Raise, or return False.
    check_forward_ad : bool
        Check tangents by forward mode too.

    Raises
    ------
    GradcheckError
    """
    args = [inputs] if isinstance(inputs, TensorCore) else list(inputs)
    try:
        _check(func, args, eps, atol, rtol, check_forward_ad)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _check(func: Callable[..., Any], args: list[Any], eps: float, atol: float, rtol: float, forward: bool) -> None:
    places = [i for i, one in enumerate(args) if isinstance(one, TensorCore) and one._node is not None]
    if not places:
        raise ValueError("gradcheck expects at least one input tensor to require gradient, but none of them do.")
    fresh = [wrap(one._data, one._options) if isinstance(one, TensorCore) else one for one in args]
    leaves = list(fresh)
    for place in places:
        leaves[place] = make_leaf(wrap(fresh[place]._data, fresh[place]._options))
    outputs = _outputs(func(*leaves))
    for place in places:
        values = _values(fresh[place])
        is_complex = fresh[place]._options.is_complex
        units = (1.0, 1j) if is_complex else (1.0,)
        for position in range(len(values)):
            for unit in units:
                sides = []
                for sign in (1, -1):
                    moved = list(values)
                    moved[position] += sign * eps * unit
                    with no_grad():
                        answer = func(*fresh[:place], _from_values(moved, fresh[place]), *fresh[place + 1 :])
                    sides.append([_values(one) for one in _outputs(answer)])
                numeric = [
                    [(a - b) / (2 * eps) for a, b in zip(up, down, strict=True)]
                    for up, down in zip(*sides, strict=True)
                ]
                _compare(outputs, leaves[place], place, position, unit, numeric, atol, rtol)
                if forward:
                    _compare_forward(func, fresh, place, position, unit, numeric, atol, rtol)


def _seeds(output: Any) -> list[Any]:
    return [1.0, 1j] if output._options.is_complex else [1.0]


def _compare(
    outputs: list[Any], leaf: Any, place: int, position: int, unit: Any, numeric: Any, atol: float, rtol: float
) -> None:
    """Compare <J e, s> by differences with <e, vjp(s)>, both as real inner products."""
    for number, output in enumerate(outputs):
        if output._node is None:
            continue
        for row, difference in enumerate(numeric[number]):
            for seed in _seeds(output):
                values = [0.0] * len(numeric[number])
                values[row] = seed
                cotangent = _from_values(values, output)
                (g,) = gradients([output], [leaf], [cotangent], retain_graph=True, allow_unused=True)
                found = 0.0 if g is None else _values(g)[position]
                analytic = (complex(found).conjugate() * unit).real
                wanted = (complex(difference).conjugate() * seed).real
                _judge(analytic, wanted, atol, rtol, f"output {number} with respect to input {place}")


def _compare_forward(
    func: Callable[..., Any],
    fresh: list[Any],
    place: int,
    position: int,
    unit: Any,
    numeric: Any,
    atol: float,
    rtol: float,
) -> None:
    from agrad.engine.jvp_level import jvp

    values = [0.0] * len(_values(fresh[place]))
    values[position] = unit
    call = lambda one: tuple(_outputs(func(*fresh[:place], one, *fresh[place + 1 :])))
    _, pushed = jvp(call, [fresh[place]], [_from_values(values, fresh[place])])
    for number, tangent in enumerate(pushed):
        for found, wanted in zip(_values(tangent), numeric[number], strict=True):
            _judge(found, wanted, atol, rtol, f"the tangent of output {number} along input {place}")


def _judge(analytic: Any, numeric: Any, atol: float, rtol: float, what: str) -> None:
    if not abs(analytic - numeric) <= atol + rtol * abs(numeric):
        raise GradcheckError(f"Jacobian mismatch for {what}: numerical {numeric}, analytical {analytic}.")


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Sequence[Any] | None = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Check second derivatives: :func:`gradcheck` of the gradients, for given cotangents (or the cosines of 1, 2, ...)."""
    args = [inputs] if isinstance(inputs, TensorCore) else list(inputs)
    places = [i for i, one in enumerate(args) if isinstance(one, TensorCore) and one._node is not None]
    outputs = _outputs(func(*args))
    xp = classes.tensor_xp
    if grad_outputs is None:
        grad_outputs = [
            make_leaf(_from_values([0.5 + (i * 7 % 5) / 4 for i in range(len(_values(one)))], one)) for one in outputs
        ]

    def first(*inner: Any) -> tuple[Any, ...]:
        values, seeds = list(inner[: len(args)]), list(inner[len(args) :])
        for place in places:
            if values[place]._node is None:
                make_leaf(values[place])
        from agrad.engine.modes import enable_grad

        with enable_grad():
            # a product with one: an input that is itself returned has a node of its own
            answer = [one * xp.ones_like(one) for one in _outputs(func(*values))]
            return gradients(answer, [values[i] for i in places], seeds, create_graph=True, materialize_grads=True)

    return gradcheck(first, (*args, *grad_outputs), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception)
