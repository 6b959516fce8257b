"""What PyTorch's random functions share: streams, results, and the checks that have PyTorch's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agrad.array_api import _making
from agrad.backend import TensorOptions
from agrad.engine.core import TensorCore, wrap
from agrad.engine.inplace import write
from agrad.engine.write_checks import check_writable
from agrad.errors import AgradError
from agrad.random.generator import Generator, default_generator
from agrad.random.words import Stream
from agrad.torch_api.creation import finish

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Names = Sequence[str | None] | None


class RandomError(AgradError, RuntimeError):
    """A distribution asked for with what it does not take; the words are PyTorch's."""


class RandomDTypeError(RandomError, NotImplementedError):
    """A distribution of a dtype that it does not have; the words are PyTorch's."""


def stream_for(options: TensorOptions, generator: Generator | None) -> Stream:
    """Return the next draw of a generator, or of the default one."""
    backend = _making.base_backend(options.backend)
    return Stream(backend, options.device, default_generator() if generator is None else generator)


def made(raw: Any, options: TensorOptions, requires_grad: bool = False, out: Any = None, names: Names = None) -> Tensor:
    """Return a drawn array as a tensor, or written into `out`."""
    result: Tensor = wrap(raw, options)
    if out is not None:
        written: Tensor = out
        check_writable(written)
        write(written, result)
        return written
    result = finish(result, requires_grad)
    return result if names is None else _named(result, names)


def _named(tensor: Any, names: Sequence[str | None]) -> Tensor:
    named: Tensor = tensor.rename_(*names)
    return named


def floating(options: TensorOptions, name: str) -> TensorOptions:
    """Return the options, refused in PyTorch's words unless floating or complex."""
    if not options.is_inexact:
        raise RandomDTypeError(
            f'"{name}" not implemented for {options.dtype.scalar_name!r}: random numbers of this kind are floating. '
            "Pass dtype=agrad.float32."
        )
    return options


def raw_values(x: Any) -> Any:
    """Return a tensor's array, of the real backend."""
    options = x._options
    if options.backend.level:
        raise RandomError("a random function of a tensor's values does not run inside a transform. Draw outside of it.")
    return options.backend.ensure_array(x._data)


def bounds(low: Any, high: Any) -> tuple[int, int]:
    """Return the ends of a range of integers, refused when it is empty."""
    low, high = (x.item() if isinstance(x, TensorCore) else x for x in (low, high))  # type: ignore[attr-defined]
    if low >= high:
        raise RandomError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    return int(low), int(high)


def check_std(std: float) -> None:
    """Refuse a negative standard deviation."""
    if not std >= 0.0:
        raise RandomError(f"normal expects std >= 0.0, but found std {std}")


def probabilities(stream: Stream, p: Any) -> Any:
    """Return the array of a tensor of probabilities, refused when one is outside of [0, 1]."""
    raw = raw_values(p)
    xp = stream.xp
    if not stream.decided(xp.all((raw >= 0) & (raw <= 1))) and not _traced(stream, raw):
        raise RandomError("Expected p_in >= 0 && p_in <= 1 to be true, but got false: these are probabilities.")
    return raw


def _traced(stream: Stream, raw: Any) -> bool:
    """Whether an array's values cannot be looked at now."""
    return not (stream.decided(stream.xp.all(raw == raw)) or stream.decided(stream.xp.any(raw != raw)))


def one_probability(p: float) -> float:
    """Return a probability, refused outside of [0, 1]."""
    if not 0.0 <= p <= 1.0:
        raise RandomError(f"bernoulli_ expects p to be in [0, 1], but got p={p}")
    return float(p)
