"""PyTorch's random functions: sizes as ints or one sequence; dtype, device, requires_grad, generator, out and names.

One seed gives the same numbers on every backend and device, which are not PyTorch's own numbers. Nothing random is
differentiable: gradients flow through ``mean + std * randn(...)``, not through what is drawn.

The confusing case: each call is one draw, and the draw's number and the element's place decide the value. ``rand(2,
3)`` and ``rand(6)`` after one seed hold the same numbers; ``rand(3)`` twice and ``rand(6)`` once do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad import dtypes
from agrad.array_api import _making
from agrad.backend import TensorOptions
from agrad.dtypes import DType
from agrad.engine.core import TensorCore
from agrad.engine.level_draws import drawn
from agrad.random import distributions, samplers
from agrad.random.generator import (
    Generator,
    default_generator,
    fork_rng,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)
from agrad.torch_api._drawing import (
    Names,
    RandomError,
    bounds,
    check_std,
    floating,
    made,
    one_probability,
    probabilities,
    raw_values,
    stream_for,
)
from agrad.torch_api.creation import options_for, size_argument, sizes_of
from agrad.torch_api.random_filling import (
    bernoulli_,
    cauchy_,
    exponential_,
    geometric_,
    log_normal_,
    normal_,
    random_,
    uniform_,
)

if TYPE_CHECKING:
    from agrad.tensor import Tensor

# ---------------------------------------------------------------- new tensors


def _uniform_raw(options: TensorOptions, shape: tuple[int, ...], generator: Generator | None) -> Any:
    stream = stream_for(floating(options, "uniform"), generator)
    if options.is_complex:
        values = distributions.uniform(stream, (*shape, 2), options.dtype.real)
        return distributions.pair_to_complex(stream, values, options.dtype)
    return distributions.uniform(stream, shape, options.dtype)


def _normal_raw(options: TensorOptions, shape: tuple[int, ...], generator: Generator | None) -> Any:
    return distributions.normal(stream_for(floating(options, "normal_kernel"), generator), shape, options.dtype)


@drawn
def rand(
    *sizes: Any,
    size: Any = None,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    names: Names = None,
) -> Tensor:
    """Return uniform numbers on [0, 1).

    Parameters
    ----------
    *sizes : int, or one sequence of int
    size : sequence of int, optional
        The same by name.
    generator : Generator, optional
        The default one when not given.
    out : Tensor, optional
        Written into and returned.
    dtype : DType, optional
        Floating or complex; the default dtype when not given.
    layout, device, pin_memory
        As in :func:`agrad.zeros`.
    requires_grad : bool
    names : sequence of str or None, optional

    Examples
    --------
    >>> generator = Generator().manual_seed(0)
    >>> rand(3, generator=generator).tolist()
    [0.7898893356323242, 0.08723908662796021, 0.4030312895774841]
    """
    shape = size_argument(sizes, size, "rand")
    options = options_for(dtype, device, layout=layout, pin_memory=pin_memory, out=out)
    return made(_uniform_raw(options, shape, generator), options, requires_grad, out, names)


@drawn
def randn(
    *sizes: Any,
    size: Any = None,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    names: Names = None,
) -> Tensor:
    """Return normal numbers of mean 0 and variance 1; the parameters are those of :func:`rand`."""
    shape = size_argument(sizes, size, "randn")
    options = options_for(dtype, device, layout=layout, pin_memory=pin_memory, out=out)
    return made(_normal_raw(options, shape, generator), options, requires_grad, out, names)


@drawn
def randint(
    low: Any = 0,
    high: Any = None,
    size: Any = None,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Return integers on [low, high), or on [0, low) in the form ``randint(high, size)``.

    Parameters
    ----------
    low, high : int
    size : sequence of int
    generator, out, dtype, device, requires_grad
        As in :func:`rand`; the dtype is int64 when not given.
    """
    if size is None:
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    low, high = bounds(low, high)
    options = options_for(dtype, device, _making.default_int, layout=layout, pin_memory=pin_memory, out=out)
    raw = distributions.integers(stream_for(options, generator), sizes_of((size,)), options.dtype, low, high)
    return made(raw, options, requires_grad, out)


@drawn
def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Return 0, ..., n - 1 in random order."""
    if n < 0:
        raise RandomError(f"Trying to create tensor with negative dimension {n}: [{n}]: randperm needs n >= 0.")
    options = options_for(dtype, device, _making.default_int, layout=layout, pin_memory=pin_memory, out=out)
    return made(
        distributions.permutation(stream_for(options, generator), n, options.dtype), options, requires_grad, out
    )


@drawn(elementwise=True)
def normal(
    mean: Any = 0.0,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Return normal numbers, of means and standard deviations given as numbers or tensors.

    Parameters
    ----------
    mean, std : float or Tensor
        Tensors are broadcast against one another.
    size : sequence of int, optional
        For numbers only.
    generator, out, dtype, device, requires_grad
        As in :func:`rand`.
    """
    like = next((x for x in (mean, std) if isinstance(x, TensorCore)), None)
    if like is None:
        options = options_for(dtype, device, layout=layout, pin_memory=pin_memory, out=out)
        shape = sizes_of((() if size is None else size,)) if out is None or size is not None else out._shape
        check_std(std)
        stream = stream_for(floating(options, "normal_kernel"), generator)
        return made(distributions.normal(stream, shape, options.dtype, mean, std), options, requires_grad, out)
    options = floating(like._options, "normal_kernel")
    xp = options.xp
    stream = stream_for(options, generator)
    means, deviations = (
        raw_values(x)
        if isinstance(x, TensorCore)
        else xp.asarray(x, dtype=options.raw_dtype, device=options.raw_device)
        for x in (mean, std)
    )
    if isinstance(std, TensorCore) and stream.decided(xp.any(deviations < 0)):
        raise RandomError("normal expects all elements of std >= 0.0")
    means, deviations = xp.broadcast_arrays(means, deviations)
    # added up in float64 and rounded once, whatever a compiler fuses
    wide = dtypes.float64 if stream.has_float64 and not options.is_complex else options.dtype
    drawn = distributions.normal(stream, tuple(means.shape), wide)
    raw_wide = stream.backend.raw_dtype(wide)
    raw = xp.astype(xp.astype(means, raw_wide) + xp.astype(deviations, raw_wide) * drawn, options.raw_dtype)
    return made(raw, options, requires_grad, out)


@drawn(elementwise=True)
def rand_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Return uniform numbers on [0, 1) of another tensor's shape, dtype and device."""
    options = _making.options_beside(input, dtype, device)
    return made(_uniform_raw(options, input._shape, generator), options, requires_grad)


@drawn(elementwise=True)
def randn_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Return normal numbers of mean 0 and variance 1, of another tensor's shape, dtype and device."""
    options = _making.options_beside(input, dtype, device)
    return made(_normal_raw(options, input._shape, generator), options, requires_grad)


@drawn(elementwise=True)
def randint_like(
    input: Tensor,
    low: Any = 0,
    high: Any = None,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Return integers on [low, high), or on [0, low), of another tensor's shape, dtype and device."""
    if high is None:
        low, high = 0, low
    low, high = bounds(low, high)
    options = _making.options_beside(input, dtype, device)
    raw = distributions.integers(stream_for(options, generator), input._shape, options.dtype, low, high)
    return made(raw, options, requires_grad)


# ---------------------------------------------------------------- drawn from a tensor's values


@drawn(elementwise=True)
def bernoulli(
    input: Tensor, p: float | None = None, *, generator: Generator | None = None, out: Tensor | None = None
) -> Tensor:
    """Return 1 with the probabilities in `input` (or the one probability `p`), else 0, in its dtype and shape."""
    options = input._options
    stream = stream_for(options, generator)
    if p is None:
        floating(options, "bernoulli_tensor_cpu_p_")
        chance = probabilities(stream, input)
    else:
        chance = one_probability(p)
    drawn = distributions.bernoulli(stream, input._shape, chance)
    return made(stream.xp.astype(drawn, options.raw_dtype), options, False, out)


@drawn(elementwise=True)
def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Return Poisson numbers of the rates in `input`, in its dtype.

    Raises
    ------
    RuntimeError
        When a rate is negative.
    """
    options = floating(input._options, "poisson_cpu")
    stream = stream_for(options, generator)
    rates = raw_values(input)
    if stream.decided(stream.xp.any(rates < 0)):
        raise RandomError("invalid Poisson rate, expected rate to be non-negative")
    return made(samplers.poisson(stream, rates, options.dtype), options)


@drawn(elementwise=True)
def binomial(count: Tensor, prob: Tensor, generator: Generator | None = None) -> Tensor:
    """Return binomial numbers of `count` trials with probability `prob` each."""
    options = floating(count._options, "binomial_cpu")
    stream = stream_for(options, generator)
    trials, chances = options.xp.broadcast_arrays(raw_values(count), raw_values(prob))
    return made(samplers.binomial(stream, trials, chances, options.dtype), options)


@drawn(elementwise=True)
def standard_gamma(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Return gamma numbers of the shapes in `input` and scale 1, in its dtype."""
    options = floating(input._options, "standard_gamma_cpu")
    return made(samplers.gamma(stream_for(options, generator), raw_values(input), options.dtype), options)


@drawn
def multinomial(
    input: Tensor,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return indices drawn with probabilities proportional to the rows of `input`.

    Parameters
    ----------
    input : Tensor, shape (n,) or (rows, n)
        Weights, not negative, a positive sum in each row.
    num_samples : int
        Indices drawn for each row.
    replacement : bool
        Whether an index may be drawn again.
    generator, out
        As in :func:`rand`.

    Returns
    -------
    Tensor, shape (num_samples,) or (rows, num_samples), int64
    """
    if input._options.dtype.kind != "float":
        raise RandomError(
            f"multinomial only supports floating-point dtypes for input, got: {input._options.dtype.scalar_name}"
        )
    if len(input._shape) not in (1, 2):
        raise RandomError("prob_dist must be 1 or 2 dim")
    if num_samples <= 0:
        raise RandomError("cannot sample n_sample <= 0 samples")
    if not replacement and num_samples > input._shape[-1]:
        raise RandomError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    stream = stream_for(input._options, generator)
    weights = raw_values(input)
    xp = stream.xp
    if stream.decided(xp.any(~((weights >= 0) & xp.isfinite(weights)))):
        raise RandomError("probability tensor contains either `inf`, `nan` or element < 0")
    if stream.decided(xp.any(xp.sum(weights, axis=-1) <= 0)):
        raise RandomError("invalid multinomial distribution (sum of probabilities <= 0)")
    if not replacement and stream.decided(xp.any(xp.count_nonzero(weights, axis=-1) < num_samples)):
        raise RandomError(
            "invalid multinomial distribution (with replacement=False, not enough non-negative category to sample)"
        )
    raw = samplers.multinomial(stream, weights, num_samples, replacement)
    backend = stream.backend
    return made(raw, backend.options(stream.device, backend.dtype_of(raw)), False, out)


__all__ = [
    "Generator",
    "bernoulli",
    "bernoulli_",
    "binomial",
    "cauchy_",
    "default_generator",
    "exponential_",
    "fork_rng",
    "geometric_",
    "get_rng_state",
    "initial_seed",
    "log_normal_",
    "manual_seed",
    "multinomial",
    "normal",
    "normal_",
    "poisson",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "random_",
    "randperm",
    "seed",
    "set_rng_state",
    "standard_gamma",
    "uniform_",
]
