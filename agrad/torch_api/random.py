"""PyTorch's random functions: sizes as ints or one sequence; dtype, device, requires_grad, generator, out and names.

One seed gives the same numbers on every backend and device, which are not PyTorch's own numbers. Nothing random is differentiable:
gradients flow through ``mean + std * randn(...)``, not through what is drawn.

The confusing case: each call is one draw, and the draw's number and the element's place decide the value. ``rand(2, 3)`` and ``rand(6)`` after
one seed hold the same numbers; ``rand(3)`` twice and ``rand(6)`` once do not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from agrad import dtypes
from agrad.array_api import _making
from agrad.backend import TensorOptions
from agrad.dtypes import DType
from agrad.engine.core import TensorCore, wrap
from agrad.engine.inplace import check_writable, write
from agrad.errors import AgradError
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
from agrad.random.words import Stream
from agrad.torch_api.creation import finish, options_for, sizes_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Names = Sequence[str | None] | None


class RandomError(AgradError, RuntimeError):
    """A distribution asked for with what it does not take; the words are PyTorch's."""


def _stream(options: TensorOptions, generator: Generator | None) -> Stream:
    backend = _making.base_backend(options.backend)
    return Stream(backend, options.device, default_generator() if generator is None else generator)


def _made(raw: Any, options: TensorOptions, requires_grad: bool = False, out: Any = None, names: Names = None) -> Any:
    """Return a drawn array as a tensor, or written into `out`."""
    result = wrap(raw, options)
    if out is not None:
        check_writable(out)
        write(out, result)
        return out
    result = finish(result, requires_grad)
    return result if names is None else result.rename(*names)


def _floating(options: TensorOptions, name: str) -> TensorOptions:
    if not options.is_inexact:
        raise RandomError(
            f'"{name}" not implemented for {options.dtype.scalar_name!r}: random numbers of this kind are floating. '
            "Pass dtype=agrad.float32."
        )
    return options


def _raw(x: Any) -> Any:
    """Return a tensor's array, of the real backend."""
    options = x._options
    if options.backend.level:
        raise RandomError("a random function of a tensor's values does not run inside a transform. Draw outside of it.")
    return options.backend.ensure_array(x._data)


# ---------------------------------------------------------------- new tensors


def _uniform_raw(options: TensorOptions, shape: tuple[int, ...], generator: Generator | None) -> Any:
    stream = _stream(_floating(options, "uniform"), generator)
    if options.is_complex:
        values = distributions.uniform(stream, (*shape, 2), options.dtype.real)
        return distributions.pair_to_complex(stream, values, options.dtype)
    return distributions.uniform(stream, shape, options.dtype)


def _normal_raw(options: TensorOptions, shape: tuple[int, ...], generator: Generator | None) -> Any:
    return distributions.normal(_stream(_floating(options, "normal_kernel"), generator), shape, options.dtype)


def rand(
    *size: Any,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
    names: Names = None,
) -> Tensor:
    """Return uniform numbers on [0, 1).

    Parameters
    ----------
    *size : int, or one sequence of int
    generator : Generator, optional
        The default one when not given.
    out : Tensor, optional
        Written into and returned.
    dtype : DType, optional
        Floating or complex; the default dtype when not given.
    device : Device or str, optional
    requires_grad : bool
    names : sequence of str or None, optional

    Examples
    --------
    >>> generator = Generator().manual_seed(0)
    >>> rand(3, generator=generator).tolist()
    [0.7898893356323242, 0.08723908662796021, 0.4030312895774841]
    """
    options = options_for(dtype, device) if out is None else out._options
    return _made(_uniform_raw(options, sizes_of(size), generator), options, requires_grad, out, names)  # type: ignore[no-any-return]


def randn(
    *size: Any,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
    names: Names = None,
) -> Tensor:
    """Return normal numbers of mean 0 and variance 1; the parameters are those of :func:`rand`."""
    options = options_for(dtype, device) if out is None else out._options
    return _made(_normal_raw(options, sizes_of(size), generator), options, requires_grad, out, names)  # type: ignore[no-any-return]


def _bounds(low: Any, high: Any) -> tuple[int, int]:
    low, high = (x.item() if isinstance(x, TensorCore) else x for x in (low, high))  # type: ignore[attr-defined]
    if low >= high:
        raise RandomError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    return int(low), int(high)


def randint(
    low: Any = 0,
    high: Any = None,
    size: Any = None,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    device: Any = None,
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
    low, high = _bounds(low, high)
    options = options_for(dtype, device, _making.default_int) if out is None else out._options
    raw = distributions.integers(_stream(options, generator), sizes_of((size,)), options.dtype, low, high)
    return _made(raw, options, requires_grad, out)  # type: ignore[no-any-return]


def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return 0, ..., n - 1 in random order."""
    if n < 0:
        raise RandomError(f"n must be non-negative, got {n}")
    options = options_for(dtype, device, _making.default_int) if out is None else out._options
    return _made(distributions.permutation(_stream(options, generator), n, options.dtype), options, requires_grad, out)  # type: ignore[no-any-return]


def normal(
    mean: Any = 0.0,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    device: Any = None,
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
        options = options_for(dtype, device) if out is None else out._options
        shape = sizes_of((() if size is None else size,)) if out is None or size is not None else out._shape
        _check_std(std)
        stream = _stream(_floating(options, "normal_kernel"), generator)
        return _made(distributions.normal(stream, shape, options.dtype, mean, std), options, requires_grad, out)  # type: ignore[no-any-return]
    options = _floating(like._options, "normal_kernel")
    xp = options.xp
    stream = _stream(options, generator)
    means, deviations = (
        _raw(x) if isinstance(x, TensorCore) else xp.asarray(x, dtype=options.raw_dtype, device=options.raw_device)
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
    return _made(raw, options, requires_grad, out)  # type: ignore[no-any-return]


def _check_std(std: float) -> None:
    if not std >= 0.0:
        raise RandomError(f"normal expects std >= 0.0, but found std {std}")


def rand_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return uniform numbers on [0, 1) of another tensor's shape, dtype and device."""
    options = _making.options_beside(input, dtype, device)
    return _made(_uniform_raw(options, input._shape, generator), options, requires_grad)  # type: ignore[no-any-return]


def randn_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return normal numbers of mean 0 and variance 1, of another tensor's shape, dtype and device."""
    options = _making.options_beside(input, dtype, device)
    return _made(_normal_raw(options, input._shape, generator), options, requires_grad)  # type: ignore[no-any-return]


def randint_like(
    input: Tensor,
    low: Any = 0,
    high: Any = None,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return integers on [low, high), or on [0, low), of another tensor's shape, dtype and device."""
    if high is None:
        low, high = 0, low
    low, high = _bounds(low, high)
    options = _making.options_beside(input, dtype, device)
    raw = distributions.integers(_stream(options, generator), input._shape, options.dtype, low, high)
    return _made(raw, options, requires_grad)  # type: ignore[no-any-return]


# ---------------------------------------------------------------- drawn from a tensor's values


def _probabilities(stream: Stream, p: Any) -> Any:
    raw = _raw(p)
    xp = stream.xp
    if not stream.decided(xp.all((raw >= 0) & (raw <= 1))) and not _traced(stream, raw):
        raise RandomError("Expected p_in >= 0 && p_in <= 1 to be true, but got false: probabilities are between 0 and 1.")
    return raw


def _traced(stream: Stream, raw: Any) -> bool:
    """Whether an array's values cannot be looked at now."""
    return not (stream.decided(stream.xp.all(raw == raw)) or stream.decided(stream.xp.any(raw != raw)))


def bernoulli(
    input: Tensor, p: float | None = None, *, generator: Generator | None = None, out: Tensor | None = None
) -> Tensor:
    """Return 1 with the probabilities in `input`, else 0, in its dtype; with `p`, that one probability and the shape."""
    options = input._options
    stream = _stream(options, generator)
    if p is None:
        _floating(options, "bernoulli_tensor_cpu_p_")
        chance = _probabilities(stream, input)
    else:
        chance = _one_probability(p)
    drawn = distributions.bernoulli(stream, input._shape, chance)
    return _made(stream.xp.astype(drawn, options.raw_dtype), options, False, out)  # type: ignore[no-any-return]


def _one_probability(p: float) -> float:
    if not 0.0 <= p <= 1.0:
        raise RandomError(f"bernoulli_ expects p to be in [0, 1], but got p={p}")
    return float(p)


def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Return Poisson numbers of the rates in `input`, in its dtype.

    Raises
    ------
    RuntimeError
        When a rate is negative.
    """
    options = _floating(input._options, "poisson_cpu")
    stream = _stream(options, generator)
    rates = _raw(input)
    if stream.decided(stream.xp.any(rates < 0)):
        raise RandomError("invalid Poisson rate, expected rate to be non-negative")
    return _made(samplers.poisson(stream, rates, options.dtype), options)  # type: ignore[no-any-return]


def binomial(count: Tensor, prob: Tensor, generator: Generator | None = None) -> Tensor:
    """Return binomial numbers of `count` trials with probability `prob` each."""
    options = _floating(count._options, "binomial_cpu")
    stream = _stream(options, generator)
    trials, chances = options.xp.broadcast_arrays(_raw(count), _raw(prob))
    return _made(samplers.binomial(stream, trials, chances, options.dtype), options)  # type: ignore[no-any-return]


def standard_gamma(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Return gamma numbers of the shapes in `input` and scale 1, in its dtype."""
    options = _floating(input._options, "standard_gamma_cpu")
    return _made(samplers.gamma(_stream(options, generator), _raw(input), options.dtype), options)  # type: ignore[no-any-return]


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
    stream = _stream(input._options, generator)
    weights = _raw(input)
    xp = stream.xp
    if stream.decided(xp.any(~((weights >= 0) & xp.isfinite(weights)))):
        raise RandomError("probability tensor contains either `inf`, `nan` or element < 0")
    if stream.decided(xp.any(xp.sum(weights, axis=-1) <= 0)):
        raise RandomError("invalid multinomial distribution (sum of probabilities <= 0)")
    if not replacement and stream.decided(xp.any(xp.count_nonzero(weights, axis=-1) < num_samples)):
        raise RandomError("invalid multinomial distribution (with replacement=False, not enough non-negative category to sample)")
    raw = samplers.multinomial(stream, weights, num_samples, replacement)
    backend = stream.backend
    return _made(raw, backend.options(stream.device, backend.dtype_of(raw)), False, out)  # type: ignore[no-any-return]


# ---------------------------------------------------------------- into a tensor


def _fill(target: Any, generator: Generator | None, draw: Callable[[Stream, tuple[int, ...], DType], Any], name: str) -> Any:
    options = target._options
    _floating(options, name)
    check_writable(target)
    write(target, wrap(draw(_stream(options, generator), target._shape, options.dtype), options))
    return target


def uniform_(input: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with uniform numbers on [from, to)."""
    if from_ > to:
        raise RandomError(f"uniform_ expects to return a [from, to) range, but found from={from_} > to={to}")
    return _fill(input, generator, lambda s, shape, dtype: distributions.uniform(s, shape, dtype, from_, to), "check_uniform_bounds")  # type: ignore[no-any-return]


def normal_(input: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with normal numbers."""
    _check_std(std)
    return _fill(input, generator, lambda s, shape, dtype: distributions.normal(s, shape, dtype, mean, std), "normal_kernel_cpu")  # type: ignore[no-any-return]


def exponential_(input: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with exponential numbers of rate `lambd`."""
    if not lambd > 0.0:
        raise RandomError(f"exponential_ expects lambda > 0.0, but found lambda={lambd}")
    return _fill(input, generator, lambda s, shape, dtype: distributions.exponential(s, shape, dtype, lambd), "exponential_")  # type: ignore[no-any-return]


def cauchy_(input: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with Cauchy numbers."""
    if not sigma > 0.0:
        raise RandomError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma}")
    return _fill(input, generator, lambda s, shape, dtype: distributions.cauchy(s, shape, dtype, median, sigma), "cauchy")  # type: ignore[no-any-return]


def log_normal_(input: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with numbers whose logarithms are normal of this mean and standard deviation."""
    if not std > 0.0:
        raise RandomError(f"log_normal_ expects std > 0.0, but found std={std}")
    return _fill(input, generator, lambda s, shape, dtype: distributions.log_normal(s, shape, dtype, mean, std), "log_normal")  # type: ignore[no-any-return]


def _write_any(target: Any, draw: Callable[[], Any]) -> Any:
    """Write what is drawn, whose dtype is the target's."""
    check_writable(target)
    write(target, wrap(draw(), target._options))
    return target


def geometric_(input: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Fill with the numbers of trials up to a first success of probability `p`."""
    if not 0.0 < p < 1.0:
        raise RandomError(f"geometric_ expects p to be in (0, 1), but got p={p}")
    dtype = input._options.dtype
    return _write_any(  # type: ignore[no-any-return]
        input, lambda: distributions.geometric(_stream(input._options, generator), input._shape, dtype, p)
    )


def bernoulli_(input: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Fill with 1 with probability `p`, a number or a tensor, else 0."""
    options = input._options

    def draw() -> Any:
        stream = _stream(options, generator)
        chance = _probabilities(stream, p) if isinstance(p, TensorCore) else _one_probability(p)
        return stream.xp.astype(distributions.bernoulli(stream, input._shape, chance), options.raw_dtype)

    return _write_any(input, draw)  # type: ignore[no-any-return]


#: the greatest integer up to which all are held, by floating dtype, as random_() takes it
_WHOLE = {dtypes.float16: 2**11, dtypes.bfloat16: 2**8, dtypes.float32: 2**24, dtypes.float64: 2**53}


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
    low, high = _bounds(low, to)
    return _write_any(  # type: ignore[no-any-return]
        input, lambda: distributions.integers(_stream(options, generator), input._shape, dtype, low, high)
    )


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
