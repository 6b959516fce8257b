"""NumPy meets a Tensor: its ufuncs and functions, called on tensors, run agrad's own and are recorded.

Nothing here imports NumPy: a ufunc is known by its name, a function by its name and module. What has no counterpart runs in NumPy
on the tensors' arrays where no gradient would be lost by it, and is refused where one would.

The confusing case: ``array * tensor`` comes here too, because NumPy's operator asks the ufunc. The array is taken to the tensor's
backend and device, and a NumPy scalar is a Python number, as in PyTorch.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from agrad import array_api as xp
from agrad.array_api import special
from agrad.array_api._converting import convert
from agrad.backend import backend_of
from agrad.engine.core import TensorCore
from agrad.engine.doors import carrier
from agrad.engine.general import NUMBERS, as_operand
from agrad.engine.levels import Batched
from agrad.errors import AgradError
from agrad.primitives import elementwise, linear_algebra
from agrad.torch_api._out import deliver
from agrad.torch_api.numpy_functions import CONSTANT, FUNCTIONS


class NumpyError(AgradError, TypeError):
    """A function of NumPy's that cannot run on a tensor without losing its gradient."""


#: NumPy's and SciPy's ufuncs, by name
UFUNCS: dict[str, Callable[..., Any]] = {
    "add": elementwise.add,
    "subtract": elementwise.subtract,
    "multiply": elementwise.multiply,
    "divide": elementwise.divide,
    "true_divide": elementwise.divide,
    "power": elementwise.pow,
    "negative": elementwise.negative,
    "matmul": linear_algebra.matmul,
    "floor_divide": xp.floor_divide,
    "remainder": xp.remainder,
    "positive": xp.positive,
    "absolute": xp.abs,
    "fabs": xp.abs,
    "sign": xp.sign,
    "rint": xp.round,
    "square": xp.square,
    "sqrt": xp.sqrt,
    "reciprocal": xp.reciprocal,
    "exp": xp.exp,
    "expm1": xp.expm1,
    "log": xp.log,
    "log2": xp.log2,
    "log10": xp.log10,
    "log1p": xp.log1p,
    "logaddexp": xp.logaddexp,
    "sin": xp.sin,
    "cos": xp.cos,
    "tan": xp.tan,
    "arcsin": xp.asin,
    "arccos": xp.acos,
    "arctan": xp.atan,
    "arctan2": xp.atan2,
    "hypot": xp.hypot,
    "sinh": xp.sinh,
    "cosh": xp.cosh,
    "tanh": xp.tanh,
    "arcsinh": xp.asinh,
    "arccosh": xp.acosh,
    "arctanh": xp.atanh,
    "maximum": xp.maximum,
    "minimum": xp.minimum,
    "floor": xp.floor,
    "ceil": xp.ceil,
    "trunc": xp.trunc,
    "copysign": xp.copysign,
    "nextafter": xp.nextafter,
    "signbit": xp.signbit,
    "isnan": xp.isnan,
    "isinf": xp.isinf,
    "isfinite": xp.isfinite,
    "conjugate": xp.conj,
    "equal": xp.equal,
    "not_equal": xp.not_equal,
    "less": xp.less,
    "less_equal": xp.less_equal,
    "greater": xp.greater,
    "greater_equal": xp.greater_equal,
    "logical_and": xp.logical_and,
    "logical_or": xp.logical_or,
    "logical_xor": xp.logical_xor,
    "logical_not": xp.logical_not,
    "bitwise_and": xp.bitwise_and,
    "bitwise_or": xp.bitwise_or,
    "bitwise_xor": xp.bitwise_xor,
    "invert": xp.bitwise_invert,
    "left_shift": xp.bitwise_left_shift,
    "right_shift": xp.bitwise_right_shift,
    "vecdot": xp.vecdot,
    "expit": special.expit,
    "logit": special.logit,
    "log_expit": special.log_expit,
    "erf": special.erf,
    "erfc": special.erfc,
    "erfinv": special.erfinv,
    "gammaln": special.gammaln,
    "psi": special.digamma,
    "xlogy": special.xlogy,
    "ndtr": special.ndtr,
    "log_ndtr": special.log_ndtr,
    "ndtri": special.ndtri,
    "entr": special.entr,
}

#: what a ufunc's ``reduce`` and ``accumulate`` are called as functions
REDUCTIONS = {
    "add": "sum",
    "multiply": "prod",
    "maximum": "max",
    "minimum": "min",
    "logical_and": "all",
    "logical_or": "any",
}
RUNNING = {"add": "cumsum", "multiply": "cumprod"}


def run_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a ufunc, or one of its methods, of which an input or an output is a Tensor."""
    name = ufunc.__name__
    out = kwargs.pop("out", None) if kwargs else None
    if method == "__call__":
        function = UFUNCS.get(name)
        if function is not None and not kwargs:
            return _into(name, function(*operands(inputs)), out)
        if function is not None and kwargs.keys() == {"dtype"}:
            taken = [convert(value, kwargs["dtype"], None, None) for value in operands(inputs)]
            return _into(name, function(*taken), out)
    elif method == "reduce" and name in REDUCTIONS:
        kwargs.setdefault("axis", 0)
        return _into(name, FUNCTIONS["numpy", REDUCTIONS[name]](*operands(inputs), **kwargs), out)
    elif method == "accumulate" and name in RUNNING:
        kwargs.setdefault("axis", 0)
        return _into(name, FUNCTIONS["numpy", RUNNING[name]](*operands(inputs), **kwargs), out)
    elif method == "outer" and name in UFUNCS and not kwargs:
        x, y = operands(inputs)
        return _into(name, UFUNCS[name](xp.reshape(x, (*x.shape, *(1,) * y.ndim)), y), out)
    if out is not None:
        kwargs["out"] = out
    return by_numpy(f"{name}.{method}" if method != "__call__" else name, getattr(ufunc, method), inputs, kwargs)


def run_function(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a function of NumPy's of which an argument is a Tensor, or holds one."""
    ours = FUNCTIONS.get((function.__module__, function.__name__))
    if ours is not None:
        named = {key: value for key, value in kwargs.items() if key != "out"}
        lifted = _lifted((*args, *named.values()))
        positional, named = lifted[: len(args)], dict(zip(named, lifted[len(args) :]))
        try:
            return _into(function.__name__, ours(*positional, **named), kwargs.get("out"))
        except TypeError:
            if _takes(ours, positional, named):
                raise
    return by_numpy(f"{function.__module__}.{function.__name__}", function, args, kwargs)


def _takes(function: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]) -> bool:
    """Whether a function has the parameters that a call gives it."""
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError:
        return False
    return True


def operands(values: tuple[Any, ...]) -> list[Any]:
    """Return arrays among the values beside the first tensor, and NumPy's scalars as Python numbers."""
    reference = _first(values)
    return [value if isinstance(value, TensorCore) else beside(value, reference) for value in values]


def beside(value: Any, reference: Any) -> Any:
    """Return an array as it meets a tensor; anything else as it is."""
    if type(value) in NUMBERS or reference is None or backend_of(value) is None:
        return value
    return as_operand(value, reference._options)


def _lifted(values: tuple[Any, ...]) -> list[Any]:
    """Return arguments with the arrays in them, also inside lists and tuples, beside the first tensor."""
    reference = _first(values)
    return [_deeply(value, reference) for value in values]


def _first(values: Any) -> Any:
    for value in values:
        if isinstance(value, TensorCore):
            return value
        if isinstance(value, (list, tuple)):
            found = _first(value)
            if found is not None:
                return found
    return None


def _deeply(value: Any, reference: Any) -> Any:
    if isinstance(value, (list, tuple)) and _first(value) is not None:
        return type(value)(_deeply(item, reference) for item in value)
    return value if isinstance(value, TensorCore) else beside(value, reference)


def _into(name: str, result: Any, out: Any) -> Any:
    """Return a result, or what it was written into: tensors, or arrays of NumPy's."""
    if out is None:
        return result
    targets = out if isinstance(out, tuple) else (out,)
    if len(targets) != 1:
        raise NumpyError(f"{name}: out= takes one tensor or array; received {len(targets)}.")
    (target,) = targets
    if isinstance(target, TensorCore):
        return deliver(name, result, target)
    target[...] = _array(name, result)
    return target


def _array(name: str, value: Any) -> Any:
    """Return a tensor as an array of NumPy's.

    Raises
    ------
    TypeError
        When its gradient would be lost.
    """
    if isinstance(value, TensorCore):
        kind = carrier(value)
        if kind is not None:
            what = {"tape": "that requires grad", "grad": "that a transform differentiates", "jvp": "with a tangent"}[
                kind
            ]
            raise NumpyError(
                f"NumPy's {name} would lose the gradient of a Tensor {what}: agrad has no such function by NumPy's name, "
                "or cannot write into an array. Call agrad's own function, or pass x.detach().numpy()."
            )
        if type(value._data) is Batched and value._data.axis is not None:
            raise NumpyError(
                f"NumPy's {name} cannot run under vmap: agrad has no such function by NumPy's name, and an array holds no value per "
                "example. Call agrad's own function."
            )
        return value.numpy()  # type: ignore[attr-defined]
    return value


def _values(value: Any) -> Any:
    """Return an argument without its derivative, also inside lists and tuples."""
    if isinstance(value, TensorCore):
        return value.detach()  # type: ignore[attr-defined]
    if isinstance(value, (list, tuple)):
        parts = [_values(item) for item in value]
        return tuple(parts) if isinstance(value, tuple) else parts
    return value


def by_numpy(name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a function of NumPy's on the tensors' arrays.

    Raises
    ------
    TypeError
        When a tensor's gradient would be lost.
    """
    if name in CONSTANT:
        args, kwargs = _values(args), {key: _values(value) for key, value in kwargs.items()}
    return function(*_arrays(name, args), **{key: _arrays(name, value) for key, value in kwargs.items()})


def _arrays(name: str, value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        parts = [_arrays(name, item) for item in value]
        return tuple(parts) if isinstance(value, tuple) else parts
    if isinstance(value, dict):
        return {key: _arrays(name, item) for key, item in value.items()}
    return _array(name, value)


__all__ = ["NumpyError", "operands", "run_function", "run_ufunc"]
