"""PyTorch's functions that fill a tensor with random numbers, in place: ``uniform_``, ``normal_`` and their family.

Filling is a write like any other: a leaf that requires grad refuses outside of ``no_grad()``, views write to their
base, and what was filled has no history.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from agrad import dtypes
from agrad.engine.core import TensorCore, wrap
from agrad.engine.inplace import write
from agrad.engine.level_draws import filled
from agrad.engine.write_checks import check_writable
from agrad.random import distributions
from agrad.random.generator import Generator
from agrad.torch_api._drawing import (
    RandomError,
    bounds,
    check_std,
    floating,
    one_probability,
    probabilities,
    stream_for,
)

if TYPE_CHECKING:
    from agrad.tensor import Tensor

#: (stream, shape, dtype, *parameters) -> array
Draw = Callable[..., Any]


def _fill(target: Tensor, generator: Generator | None, name: str, draw: Draw, *parameters: float) -> Tensor:
    options = floating(target._options, name)
    check_writable(target)
    raw = draw(stream_for(options, generator), target._shape, options.dtype, *parameters)
    write(target, wrap(raw, options))
    return target


@filled
def uniform_(input: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with uniform numbers on [from, to)."""
    if from_ > to:
        raise RandomError(f"uniform_ expects to return a [from, to) range, but found from={from_} > to={to}")
    return _fill(input, generator, "check_uniform_bounds", distributions.uniform, from_, to)


@filled
def normal_(input: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with normal numbers."""
    check_std(std)
    return _fill(input, generator, "normal_kernel_cpu", distributions.normal, mean, std)


@filled
def exponential_(input: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with exponential numbers of rate `lambd`."""
    if not lambd > 0.0:
        raise RandomError(f"exponential_ expects lambda > 0.0, but found lambda={lambd}")
    return _fill(input, generator, "exponential_", distributions.exponential, lambd)


@filled
def cauchy_(input: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with Cauchy numbers."""
    if not sigma > 0.0:
        raise RandomError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma}")
    return _fill(input, generator, "cauchy", distributions.cauchy, median, sigma)


@filled
def log_normal_(input: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with numbers whose logarithms are normal of this mean and standard deviation."""
    if not std > 0.0:
        raise RandomError(f"log_normal_ expects std > 0.0, but found std={std}")
    return _fill(input, generator, "log_normal", distributions.log_normal, mean, std)


def _write_any(target: Tensor, draw: Callable[[], Any]) -> Tensor:
    """Write what is drawn, whose dtype is the target's."""
    check_writable(target)
    write(target, wrap(draw(), target._options))
    return target


@filled
def geometric_(input: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Fill with the numbers of trials up to a first success of probability `p`."""
    if not 0.0 < p < 1.0:
        raise RandomError(f"geometric_ expects p to be in (0, 1), but got p={p}")
    dtype = input._options.dtype
    return _write_any(
        input, lambda: distributions.geometric(stream_for(input._options, generator), input._shape, dtype, p)
    )


@filled
def bernoulli_(input: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Fill with 1 with probability `p`, a number or a tensor, else 0."""
    options = input._options

    def draw() -> Any:
        stream = stream_for(options, generator)
        chance = probabilities(stream, p) if isinstance(p, TensorCore) else one_probability(p)
        return stream.xp.astype(distributions.bernoulli(stream, input._shape, chance), options.raw_dtype)

    return _write_any(input, draw)


#: the greatest integer up to which all are held, by floating dtype, as random_() takes it
_WHOLE = {dtypes.float16: 2**11, dtypes.bfloat16: 2**8, dtypes.float32: 2**24, dtypes.float64: 2**53}


@filled
def random_(
    input: Tensor, from_: int | None = None, to: int | None = None, *, generator: Generator | None = None
) -> Tensor:
    """Fill with integers: on [0, to), on [from, to), or on all that the dtype holds from 0 up.

    One number alone is `to`, as in PyTorch.
    """
    options = input._options
    dtype = options.dtype
    if to is None and from_ is not None:
        from_, to = 0, from_
    low = 0 if from_ is None else from_
    if to is None:
        if dtype.is_floating_point:
            to = _WHOLE[dtype] + 1
        else:
            to = 2 if dtype is dtypes.bool else dtypes.iinfo(dtype).max + 1
    low, high = bounds(low, to)
    return _write_any(
        input, lambda: distributions.integers(stream_for(options, generator), input._shape, dtype, low, high)
    )
