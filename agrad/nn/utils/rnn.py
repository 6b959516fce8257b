"""Sequences of several lengths as one tensor, padded or packed: torch.nn.utils.rnn's names.

The confusing case: a packed sequence lies by steps, not by sequences. Its data are the first elements of all sequences, the longest
sequence's first, then the second elements of those that have one, and so on; ``batch_sizes`` says how many each step has.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import agrad

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def pad_sequence(
    sequences: Sequence[Tensor], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:
    """Return sequences, each of shape (L, ...), as one tensor of shape (longest, B, ...), filled up with a value.

    Parameters
    ----------
    batch_first : bool
        Return shape (B, longest, ...).
    padding_side : {"right", "left"}
    """
    if padding_side not in ("right", "left"):
        raise ValueError(f"padding_side must be 'right' or 'left', but got {padding_side!r}")
    given = list(sequences)
    if not given:
        raise RuntimeError("received an empty list of sequences")
    longest = max(one.shape[0] for one in given)
    rows: list[Any] = []
    for one in given:
        missing = longest - one.shape[0]
        filling = one.new_full((missing, *one.shape[1:]), padding_value)
        rows.append(agrad.cat([one, filling] if padding_side == "right" else [filling, one]) if missing else one)
    return agrad.stack(rows, 0 if batch_first else 1)


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """Return the sequences that :func:`pad_sequence` made one tensor of, each of its own length."""
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [row[: int(length)] for row, length in zip(rows, lengths.tolist(), strict=True)]


class PackedSequence(NamedTuple):
    """Sequences of several lengths, step by step without padding; made by :func:`pack_padded_sequence` and :func:`pack_sequence`.

    Attributes
    ----------
    data : Tensor, shape (sum of lengths, ...)
    batch_sizes : Tensor of int64, shape (longest,)
        How many sequences have each step; on the CPU.
    sorted_indices : Tensor of int64, shape (B,), or None
        The sequences from the longest to the shortest; None where they came so.
    unsorted_indices : Tensor of int64, shape (B,), or None
        The order that undoes it.
    """

    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None = None
    unsorted_indices: Tensor | None = None

    @property
    def is_cuda(self) -> bool:
        """Whether the data are on a GPU."""
        return bool(self.data.is_cuda)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Return the same with its data moved or converted, as by ``Tensor.to``."""
        data = self.data.to(*args, **kwargs)
        if data is self.data:
            return self
        orders = [None if one is None else one.to(data.device) for one in (self.sorted_indices, self.unsorted_indices)]
        return PackedSequence(data, self.batch_sizes, *orders)

    def cpu(self) -> PackedSequence:
        """Return the same on the CPU."""
        return self.to("cpu")

    def cuda(self, *args: Any) -> PackedSequence:
        """Return the same on a GPU."""
        return self.to(*(args or ("cuda",)))

    def double(self) -> PackedSequence:
        """Return the same in float64."""
        return self.to(agrad.float64)

    def float(self) -> PackedSequence:
        """Return the same in float32."""
        return self.to(agrad.float32)

    def half(self) -> PackedSequence:
        """Return the same in float16."""
        return self.to(agrad.float16)

    def with_data(self, data: Tensor) -> PackedSequence:
        """Return other data of the same lengths in the same order."""
        return self._replace(data=data)


def pack_padded_sequence(
    input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Return padded sequences packed: what lies behind each sequence's end is left out.

    Parameters
    ----------
    input : Tensor, shape (L, B, ...), or (B, L, ...) if batch_first
    lengths : list of int or Tensor of int64, shape (B,)
        From 1 to L.
    batch_first : bool
    enforce_sorted : bool
        Whether the lengths must come from the longest to the shortest.

    Raises
    ------
    RuntimeError
        In PyTorch's words, for lengths that do not fit.
    """
    given = [int(one) for one in (lengths.tolist() if isinstance(lengths, agrad.Tensor) else lengths)]
    x = input.transpose(0, 1) if batch_first else input
    longest, count = x.shape[0], x.shape[1]
    if len(given) != count:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(given)} (batch_size={count})"
        )
    if any(one <= 0 for one in given):
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    order = sorted(range(count), key=lambda place: -given[place])
    if enforce_sorted:
        if any(after > before for before, after in itertools.pairwise(given)):
            raise RuntimeError(
                "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
                "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do "
                "not need ONNX exportability."
            )
        order = list(range(count))
    if max(given) > longest:
        raise RuntimeError(f"Expected lengths up to {longest}, the length of input; received {max(given)}.")
    steps = [sum(length > step for length in given) for step in range(max(given))]
    places = [step * count + order[row] for step, size in enumerate(steps) for row in range(size)]
    data = x.reshape(longest * count, *x.shape[2:]).index_select(0, _indices(places, x))
    if enforce_sorted:
        return PackedSequence(data, agrad.tensor(steps, dtype=agrad.int64, device="cpu"))
    undone = sorted(range(count), key=lambda place: order[place])
    return PackedSequence(
        data, agrad.tensor(steps, dtype=agrad.int64, device="cpu"), _indices(order, x), _indices(undone, x)
    )


def _indices(places: list[int], beside: Any) -> Any:
    return agrad.tensor(places, dtype=agrad.int64, device=beside.device)


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """Return a packed sequence padded, in the order in which the sequences came, and their lengths.

    Parameters
    ----------
    sequence : PackedSequence
    batch_first : bool
        Return shape (B, L, ...).
    padding_value : float
        What stands behind each sequence's end.
    total_length : int, optional
        L; the longest sequence's length otherwise.

    Returns
    -------
    padded : Tensor, shape (L, B, ...)
    lengths : Tensor of int64, shape (B,)

    Raises
    ------
    ValueError
        For a total_length shorter than the longest sequence.
    """
    steps = sequence.batch_sizes.tolist()
    longest, count, data = len(steps), steps[0], sequence.data
    if total_length is not None:
        if total_length < longest:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in input, but got "
                f"total_length={total_length} and max sequence length being {longest}"
            )
        longest = total_length
    places = [step * count + row for step, size in enumerate(steps) for row in range(size)]
    filled = data.new_full((longest * count, *data.shape[1:]), padding_value)
    padded = filled.index_copy(0, _indices(places, data), data).reshape(longest, count, *data.shape[1:])
    lengths = [sum(size > row for size in steps) for row in range(count)]
    if sequence.unsorted_indices is not None:
        padded = padded.index_select(1, sequence.unsorted_indices)
        lengths = [lengths[place] for place in sequence.unsorted_indices.tolist()]
    made = padded.transpose(0, 1) if batch_first else padded
    return made, agrad.tensor(lengths, dtype=agrad.int64, device="cpu")


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Return sequences, each of shape (L, ...), packed.

    Parameters
    ----------
    sequences : list of Tensors
    enforce_sorted : bool
        Whether they must come from the longest to the shortest.
    """
    lengths = [one.shape[0] for one in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """Return the sequences that :func:`pack_sequence` packed."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)


__all__ = [
    "PackedSequence",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


def __dir__() -> list[str]:
    return list(__all__)
