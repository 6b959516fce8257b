"""Derivatives against central differences, with PyTorch's arguments and words.

A complex input or output counts as its real and imaginary parts: derivatives are compared as real-linear maps, so that functions that
are not holomorphic are judged too. A Jacobian is shown with a row for each (real) element of the input and a column for each of the
output.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from agrad import dtypes
from agrad.autograd.function import Function
from agrad.engine.core import TensorCore, classes, make_leaf, wrap
from agrad.engine.gradient import gradients
from agrad.engine.modes import no_grad
from agrad.engine.storage import geometry_of
from agrad.errors import AgradError, GradError
from agrad.testing.close import from_values, values_of

Jacobian = list[list[float]]


class GradcheckError(AgradError, RuntimeError):
    """A derivative differs from the difference quotient."""


class Settings:
    """What a check is asked for."""

    def __init__(self, **settings: Any) -> None:
        self.eps: float = settings["eps"]
        self.atol: float = settings["atol"]
        self.rtol: float = settings["rtol"]
        self.nondet_tol: float = settings["nondet_tol"]
        self.fast: bool = settings["fast_mode"]


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Check the derivatives of a function against central differences.

    Parameters
    ----------
    func : callable
        From Tensors (and anything else) to a Tensor or a sequence of Tensors.
    inputs : Tensor, or sequence
        Those that require grad are moved; double precision is needed for the default tolerances.
    eps : float
        How far they are moved.
    atol, rtol : float
        ``|analytical - numerical| <= atol + rtol * |numerical|``.
    raise_exception : bool
        Raise where a derivative is wrong, else return False.
    nondet_tol : float
        How far two runs of backward may differ.
    check_undefined_grad : bool
        Whether backward is run with no gradient for one of several outputs.
    check_grad_dtypes : bool
        Whether gradients have their inputs' dtypes.
    check_batched_grad, check_batched_forward_grad : bool
        Whether gradients and tangents under vmap are what a loop gives.
    check_forward_ad, check_backward_ad : bool
        Which modes are checked.
    fast_mode : bool
        Compare one random direction in place of the whole Jacobian.
    masked : bool, optional
        Taken for PyTorch's sake: it is about sparse tensors.

    Returns
    -------
    bool

    Raises
    ------
    GradcheckError
        A RuntimeError with both Jacobians.

    Examples
    --------
    >>> import agrad
    >>> x = agrad.tensor([0.5, -1.0], dtype=agrad.float64, requires_grad=True)
    >>> agrad.autograd.gradcheck(lambda x: x * x, x)
    True
    """
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    if check_batched_grad and not check_backward_ad:
        raise AssertionError("Setting check_batched_grad=True requires check_backward_ad to be True")
    if check_batched_forward_grad and not check_forward_ad:
        raise AssertionError("Setting check_batched_forward_grad=True requires check_forward_ad to be True")
    settings = Settings(eps=eps, atol=atol, rtol=rtol, nondet_tol=nondet_tol, fast_mode=fast_mode)
    args = [inputs] if isinstance(inputs, TensorCore) else list(inputs)
    try:
        places = _places(args)
        numerical = _Numerical(func, args, places, settings)
        _no_gradient_is_zero(func, args, numerical, settings)
        if check_backward_ad:
            _check_reverse(func, args, places, numerical, settings)
            if check_undefined_grad:
                _check_undefined(func, args, places)
            if check_grad_dtypes:
                _check_dtypes(func, args, places)
            if check_batched_grad:
                _check_batched(func, args, places)
        if check_forward_ad:
            from agrad.testing.gradcheck_forward import check_batched_forward, check_forward

            check_forward(func, args, places, numerical, settings)
            if check_batched_forward_grad:
                check_batched_forward(func, args, places)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _places(args: list[Any]) -> list[int]:
    """Return which arguments are moved.

    Raises
    ------
    ValueError
        When there is none.
    """
    places = [i for i, one in enumerate(args) if isinstance(one, TensorCore) and one._node is not None]
    if not places:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )
    for place in places:
        tensor = args[place]
        if tensor._options.dtype not in (dtypes.float64, dtypes.complex128):
            warnings.warn(
                f"Input #{place} requires gradient and is not a double precision floating point or complex. This check will likely "
                "fail if all the inputs are not of double precision floating point or complex.",
                stacklevel=3,
            )
        _, strides, _ = geometry_of(tensor)
        if any(stride == 0 and length > 1 for length, stride in zip(tensor._shape, strides, strict=True)):
            raise GradError(
                f"The {place}th input has a dimension with stride 0. gradcheck only supports inputs that are non-overlapping to be "
                "able to compute the numerical gradients correctly. You should call .contiguous on the input before passing it "
                "to gradcheck."
            )
    return places


def fresh(args: list[Any]) -> list[Any]:
    """Return the arguments with new leaves in the place of tensors that require grad."""
    return [
        make_leaf(wrap(one._data, one._options)) if isinstance(one, TensorCore) and one._node is not None else one
        for one in args
    ]


def outputs_of(answer: Any) -> list[Any]:
    """Return the Tensors of floating or complex dtype that a function gave."""
    listed = list(answer) if isinstance(answer, (tuple, list)) else [answer]
    return [one for one in listed if isinstance(one, TensorCore) and one._options.is_inexact]


def units(tensor: Any) -> list[Any]:
    """Return the directions in which an element moves: 1, and i for complex ones."""
    return [1.0, 1j] if tensor._options.is_complex else [1.0]


def directions(tensor: Any, fast: bool, salt: int = 0) -> list[list[Any]]:
    """Return the directions in which a tensor is moved, as lists of elements: every one, or one at random."""
    count = len(values_of(tensor))
    if fast:
        return [random_values(count, tensor._options.is_complex, salt)]
    found = []
    for position in range(count):
        for unit in units(tensor):
            one = [0.0] * count
            one[position] = unit
            found.append(one)
    return found


def random_values(count: int, is_complex: bool, salt: int) -> list[Any]:
    """Return numbers between -1 and 1 that look random and are always the same; no generator is touched."""

    def number(index: int) -> float:
        mixed = (index * 2654435761 + salt * 40503 + 12345) & 0xFFFFFFFF
        mixed = (mixed ^ (mixed >> 15)) * 2246822519 & 0xFFFFFFFF
        return ((mixed ^ (mixed >> 13)) & 0xFFFFFF) / 0x800000 - 1.0

    if is_complex:
        return [complex(number(2 * i), number(2 * i + 1)) for i in range(count)]
    return [number(i) for i in range(count)]


def paired(a: Any, b: Any) -> float:
    """Return the real inner product of two (complex) numbers."""
    return (complex(a).conjugate() * complex(b)).real


class _Numerical:
    """Difference quotients: ``moved[place][direction][output]`` is how an output moves, as a list of elements."""

    def __init__(self, func: Callable[..., Any], args: list[Any], places: list[int], settings: Settings) -> None:
        self.moved: dict[int, list[list[list[Any]]]] = {}
        for place in places:
            self.moved[place] = [
                _quotient(func, args, place, direction, settings.eps)
                for direction in directions(args[place], settings.fast, place)
            ]

    def jacobian(self, place: int, output: int, seeds: list[list[Any]]) -> Jacobian:
        """Return the Jacobian of an output: a row for each direction, a column for each seed."""
        return [[_dot(moved[output], seed) for seed in seeds] for moved in self.moved[place]]


def _dot(a: list[Any], b: list[Any]) -> float:
    return sum(paired(x, y) for x, y in zip(a, b, strict=True))


def _quotient(
    func: Callable[..., Any], args: list[Any], place: int, direction: list[Any], eps: float
) -> list[list[Any]]:
    """Return how the outputs move along a direction, by central differences."""
    base = values_of(args[place])
    sides = []
    for sign in (1, -1):
        moved = [x + sign * eps * d for x, d in zip(base, direction, strict=True)]
        given = fresh(args)
        given[place] = make_leaf(from_values(moved, args[place]))
        sides.append([values_of(one) for one in outputs_of(func(*given))])
    return [[(a - b) / (2 * eps) for a, b in zip(up, down, strict=True)] for up, down in zip(*sides, strict=True)]


def _no_gradient_is_zero(func: Callable[..., Any], args: list[Any], numerical: _Numerical, settings: Settings) -> None:
    """Check that outputs which do not require grad do not depend on the inputs."""
    for index, output in enumerate(outputs_of(func(*fresh(args)))):
        if output._node is not None:
            continue
        for moved in (one for several in numerical.moved.values() for one in several):
            if any(abs(value) > settings.atol for value in moved[index]):
                raise GradcheckError(
                    "Numerical gradient for function expected to be zero: "
                    f"output {index} does not require grad and moves with the inputs. Do not detach it."
                )


def judge(numerical: Jacobian, analytical: Jacobian, settings: Settings, what: str, slack: float = 1.0) -> None:
    """Raise where two Jacobians differ.

    Raises
    ------
    GradcheckError
        With both of them.
    """
    for row, other in zip(numerical, analytical, strict=True):
        for n, a in zip(row, other, strict=True):
            if not abs(a - n) <= settings.atol * slack + settings.rtol * abs(n):
                raise GradcheckError(f"{what},\nnumerical:{_shown(numerical)}\nanalytical:{_shown(analytical)}\n")


def _shown(jacobian: Jacobian) -> str:
    from agrad.torch_api.creation import tensor

    return repr(tensor(jacobian, dtype=dtypes.float64))


# ---------------------------------------------------------------- reverse mode


def _analytical(outputs: list[Any], index: int, leaf: Any, seeds: list[list[Any]], moves: list[list[Any]]) -> Jacobian:
    """Return the Jacobian of an output by one backward for each seed."""
    columns = []
    for seed in seeds:
        cotangent = from_values(seed, outputs[index])
        (g,) = gradients([outputs[index]], [leaf], [cotangent], retain_graph=True, allow_unused=True)
        found = [0.0] * len(values_of(leaf)) if g is None else values_of(g)
        columns.append([_dot(found, direction) for direction in moves])
    return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in moves]


def _check_reverse(
    func: Callable[..., Any], args: list[Any], places: list[int], numerical: _Numerical, settings: Settings
) -> None:
    given = fresh(args)
    outputs = outputs_of(func(*given))
    for index, output in enumerate(outputs):
        if output._node is None:
            continue
        seeds = directions(output, settings.fast, 97 + index)
        for place in places:
            moves = directions(args[place], settings.fast, place)
            wanted = numerical.jacobian(place, index, seeds)
            found = _analytical(outputs, index, given[place], seeds, moves)
            again = _analytical(outputs, index, given[place], seeds, moves)
            slack = sum(map(abs, seeds[0])) * sum(map(abs, moves[0])) if settings.fast and seeds and moves else 1.0
            judge(
                wanted,
                found,
                settings,
                f"Jacobian mismatch for output {index} with respect to input {place}",
                max(slack, 1.0),
            )
            far = max(
                (abs(a - b) for x, y in zip(found, again, strict=True) for a, b in zip(x, y, strict=True)), default=0.0
            )
            if not far <= settings.nondet_tol:
                raise GradcheckError(
                    "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives "
                    "different values, although analytical gradient matches numerical gradient. "
                    f"The tolerance for nondeterminism was {settings.nondet_tol}; two runs differ by {far}. Pass nondet_tol=... "
                    "where that is to be expected."
                )


class _Undefined(Function):
    """Hands a tensor on, and sends no gradient back."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        """Return a copy."""
        return classes.tensor_xp.asarray(x, copy=True)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        """Send nothing."""


def _check_undefined(func: Callable[..., Any], args: list[Any], places: list[int]) -> None:
    """Check that no gradient for one of several outputs counts as a zero."""
    xp = classes.tensor_xp
    given = fresh(args)
    outputs = [one for one in outputs_of(func(*given)) if one._node is not None]
    if len(outputs) < 2:
        return
    for index in range(len(outputs)):
        shown = [_Undefined.apply(one) if at == index else one for at, one in enumerate(outputs)]
        leaves = [given[place] for place in places]
        zeros = [xp.zeros_like(one) for one in outputs]
        found = gradients(shown, leaves, zeros, retain_graph=True, allow_unused=True)
        if any(g is not None and any(value != 0 for value in values_of(g)) for g in found):
            raise GradcheckError(
                "Expected backward function to handle undefined output grads: with no gradient for output "
                f"{index} and zeros for the others, a gradient is not zero. Treat None as zero."
            )


def _check_dtypes(func: Callable[..., Any], args: list[Any], places: list[int]) -> None:
    xp = classes.tensor_xp
    given = fresh(args)
    outputs = [one for one in outputs_of(func(*given)) if one._node is not None]
    leaves = [given[place] for place in places]
    for place, leaf, g in zip(
        places,
        leaves,
        gradients(outputs, leaves, [xp.ones_like(one) for one in outputs], allow_unused=True),
        strict=True,
    ):
        if g is not None and g._options.dtype is not leaf._options.dtype:
            raise GradcheckError(
                f"Expected gradient to have the dtype of its input: input {place} has {leaf._options.dtype!r}, its gradient "
                f"{g._options.dtype!r}."
            )


def _check_batched(func: Callable[..., Any], args: list[Any], places: list[int]) -> None:
    """Compare gradients of a batch of cotangents with those of each."""
    from agrad.autograd.batched import batched_gradients

    xp = classes.tensor_xp
    given = fresh(args)
    leaves = [given[place] for place in places]
    for index, output in enumerate(outputs_of(func(*given))):
        if output._node is None:
            continue
        rows = [
            from_values(random_values(len(values_of(output)), output._options.is_complex, salt), output)
            for salt in (1, 2)
        ]
        with no_grad():
            seeds = xp.stack(rows, axis=0)
        try:
            found = batched_gradients([output], leaves, [seeds], True, False, True, False)
        except Exception as error:
            raise GradcheckError(
                f"While computing batched gradients, got: {error}. Check without check_batched_grad, or give what func calls a "
                "batching rule."
            ) from error
        for at, row in enumerate(rows):
            single = gradients([output], leaves, [row], retain_graph=True, allow_unused=True)
            for place, many, one in zip(places, found, single, strict=True):
                if one is None:
                    continue
                a, b = values_of(many[at]), values_of(one)
                if any(not abs(x - y) <= 1e-9 + 1e-6 * abs(y) for x, y in zip(a, b, strict=True)):
                    raise GradcheckError(
                        f"For output {index} and input {place}: the gradient of a batch of cotangents is not what each of them "
                        f"gives.\nGot:\n{many[at]!r}\n\nExpected:\n{one!r}"
                    )


__all__ = ["GradcheckError", "gradcheck"]
