"""Half precision: float16 and bfloat16 are how numbers are kept, not how they are computed with.

A sum of 4096 ones in float16 stops at 2048, a count above 65504 is infinite, the square of 300 is too, and 1e-8 is 0. So what is
more than one rounding runs in float32 and is rounded once, as PyTorch's kernels do: a primitive's forward (:func:`rounded`), its rules
(:func:`widened`), and functions composed of several primitives (:func:`in_float32`).

The confusing case: a widened rule returns float32. The node brings its cotangent back to its input's dtype after it has summed it over
the axes along which the input was broadcast (:func:`agrad.engine.cotangents.restore`), so that sum is one of float32 too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from agrad import dtypes
from agrad.engine.core import TensorCore, classes
from agrad.engine.meta import Meta

F = TypeVar("F", bound=Callable[..., Any])

#: whether a dtype, a backend's own or ours, is half precision
_known: dict[Any, bool] = {}


def is_half(xp: Any, dtype: Any) -> bool:
    """Whether a dtype of the namespace is float16 or bfloat16."""
    found = _known.get(dtype)
    if found is None:
        # the real floating dtypes are the standard's two, and these
        found = xp.isdtype(dtype, "real floating") and dtype not in (xp.float32, xp.float64)
        _known[dtype] = found
    return found


def _wide(xp: Any, value: Any) -> Any:
    """Return an array, or what a rule has in the place of one, in float32 where it is in half precision."""
    if value is None:
        return None
    if isinstance(value, tuple):
        return tuple(_wide(xp, part) for part in value)
    if type(value) is Meta:
        return value.widened()
    dtype = getattr(value, "dtype", None)
    return value if dtype is None or not is_half(xp, dtype) else xp.astype(value, xp.float32)


def _does_products(xp: Any) -> bool:
    """Whether the namespace's products accumulate in float32 by themselves; Tensors' do, by the forward of their primitives."""
    return xp is classes.tensor_xp or bool(xp.wide_products)


def widened(rule: Callable[..., Any], product: bool = False) -> Callable[..., Any]:
    """Return a rule that computes in float32 for half precision; its result is the caller's to bring back.

    A rule that is a `product`, of one step, is left to libraries whose products accumulate in float32.
    """

    def wide(xp: Any, g: Any, out: Any, *inputs: Any, **params: Any) -> Any:
        if product and _does_products(xp):
            return rule(xp, g, out, *inputs, **params)
        return rule(xp, _wide(xp, g), _wide(xp, out), *[_wide(xp, value) for value in inputs], **params)

    return wide


def widened_tangent(rule: Callable[..., Any]) -> Callable[..., Any]:
    """Return the same of a rule for all tangents at once."""

    def wide(xp: Any, tangents: Any, out: Any, *inputs: Any, **params: Any) -> Any:
        return rule(xp, _wide(xp, tuple(tangents)), _wide(xp, out), *[_wide(xp, value) for value in inputs], **params)

    return wide


def rounded(forward: Callable[..., Any], product: bool = False) -> Callable[..., Any]:
    """Return a forward on raw arrays that computes in float32 for half precision, and rounds the results.

    A `product` is left to libraries whose products accumulate in float32. The result's dtype is the first half one of the
    arrays; results of other dtypes than float32 stay what they are.
    """

    def computed(xp: Any, *arrays: Any, **params: Any) -> Any:
        narrow = next((x.dtype for x in arrays if hasattr(x, "dtype") and is_half(xp, x.dtype)), None)
        if narrow is None or (product and _does_products(xp)):
            return forward(xp, *arrays, **params)
        out = forward(xp, *[_wide(xp, x) for x in arrays], **params)
        if isinstance(out, tuple):
            return tuple(_rounded(xp, part, narrow) for part in out)
        return _rounded(xp, out, narrow)

    return computed


def _rounded(xp: Any, out: Any, dtype: Any) -> Any:
    return xp.astype(out, dtype) if out.dtype == xp.float32 else out


def in_float32(function: F) -> F:
    """Have a function of Tensors, composed of several primitives, compute in float32 for half precision; a decorator.

    Half arguments are converted, and results that are float32 for that reason are rounded once, at the end. Where other floating
    dtypes are among the arguments, the results have the dtype that they promote to.
    """

    @wraps(function)
    def computed(*args: Any, **params: Any) -> Any:
        for value in args:
            if isinstance(value, TensorCore) and value._options.is_half:
                break
        else:  # where the first tensor is given by name, the rest is looked at
            if args or not params:
                return function(*args, **params)
        narrow: Any = None
        floating: Any = None
        for value in (*args, *params.values()):
            if isinstance(value, TensorCore) and value._options.is_inexact:
                dtype = value._options.dtype
                floating = dtype if floating is None else dtypes.promote(floating, dtype)
                if dtype.is_half:
                    narrow = dtype
        if narrow is None:
            return function(*args, **params)
        out = function(
            *[float32_of(value) for value in args], **{name: float32_of(value) for name, value in params.items()}
        )
        if floating is not narrow:
            return out
        if isinstance(out, tuple):
            parts = [_narrowed(part, narrow) for part in out]
            return type(out)(*parts) if hasattr(out, "_fields") else tuple(parts)
        return _narrowed(out, narrow)

    return cast("F", computed)


def float32_of(value: Any) -> Any:
    """Return a Tensor of half precision as one of float32, and anything else as it is."""
    if isinstance(value, TensorCore) and value._options.is_half:
        return classes.tensor_xp.astype(value, dtypes.float32)
    return value


def _narrowed(out: Any, dtype: Any) -> Any:
    """Round a result; the node that ends it keeps the name of the one that computed it."""
    if not isinstance(out, TensorCore) or out._options.dtype is not dtypes.float32:
        return out
    from agrad.engine.primitive import label

    made = classes.tensor_xp.astype(out, dtype)
    node = out._node
    stem = None if node is None else getattr(node.op, "torch_name", None)
    return label(made, stem) if isinstance(stem, str) else made


__all__ = ["float32_of", "in_float32", "is_half", "rounded", "widened", "widened_tangent"]
