"""Recurrent networks: cells, and stacks of them over sequences.

The gates' order in the stacked weights is PyTorch's: input, forget, cell, output for LSTM; reset, update, new for GRU.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import agrad
from agrad.errors import ShapeError
from agrad.nn import functional as F
from agrad.nn import init
from agrad.nn.module import Module
from agrad.nn.parameter import Parameter
from agrad.nn.utils.rnn import PackedSequence

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def _rnn_step(gates: Any, hidden_gates: Any, hidden: Any, activation: Any) -> Any:
    return activation(gates + hidden_gates)


def _lstm_step(gates: Any, hidden_gates: Any, state: Any) -> Any:
    _, cell = state
    i, f, g, o = agrad.chunk(gates + hidden_gates, 4, -1)
    cell = agrad.sigmoid(f) * cell + agrad.sigmoid(i) * agrad.tanh(g)
    return agrad.sigmoid(o) * agrad.tanh(cell), cell


def _gru_step(gates: Any, hidden_gates: Any, hidden: Any) -> Any:
    r, z, n = agrad.chunk(gates, 3, -1)
    hr, hz, hn = agrad.chunk(hidden_gates, 3, -1)
    update = agrad.sigmoid(z + hz)
    new = agrad.tanh(n + agrad.sigmoid(r + hr) * hn)
    return new + update * (hidden - new)


_ACTIVATIONS = {"tanh": F.tanh, "relu": F.relu}
_GATES = {"RNN": 1, "LSTM": 4, "GRU": 3}


def _step(kind: str, gates: Any, hidden_gates: Any, state: Any, nonlinearity: str) -> Any:
    if kind == "LSTM":
        return _lstm_step(gates, hidden_gates, state)
    if kind == "GRU":
        return _gru_step(gates, hidden_gates, state)
    return _rnn_step(gates, hidden_gates, state, _ACTIVATIONS[nonlinearity])


class _Recurrent(Module):
    """A stack of recurrent layers over a sequence.

    Parameters
    ----------
    input_size, hidden_size, num_layers : int
    bias : bool
    batch_first : bool
        Sequences are (N, L, I), not (L, N, I).
    dropout : float
        Between layers, in training.
    bidirectional : bool
        Each layer also runs backwards; the two outputs are joined.
    """

    kind = "RNN"

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if nonlinearity not in _ACTIVATIONS:
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, dropout
        self.bidirectional, self.nonlinearity = bidirectional, nonlinearity
        rows = _GATES[self.kind] * hidden_size
        for layer in range(num_layers):
            inputs = input_size if layer == 0 else hidden_size * (2 if bidirectional else 1)
            for suffix in self._suffixes(layer):
                for name, shape in (("weight_ih", (rows, inputs)), ("weight_hh", (rows, hidden_size))):
                    setattr(self, name + suffix, Parameter(agrad.empty(shape, device=device, dtype=dtype)))
                if bias:
                    for name in ("bias_ih", "bias_hh"):
                        setattr(self, name + suffix, Parameter(agrad.empty(rows, device=device, dtype=dtype)))
        self.reset_parameters()

    def _suffixes(self, layer: int) -> list[str]:
        return [f"_l{layer}"] + ([f"_l{layer}_reverse"] if self.bidirectional else [])

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        bound = 1 / math.sqrt(self.hidden_size) if self.hidden_size else 0
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def forward(self, input: Tensor, hx: Any = None) -> Any:
        """Run over a sequence.

        Parameters
        ----------
        input : Tensor, shape (L, N, I), (N, L, I) if batch_first, or (L, I); or PackedSequence
        hx : Tensor, shape (layers * directions, N, H), or a pair of them for LSTM; zeros by default

        Returns
        -------
        (output, state)
            output of shape (L, N, directions * H), or a PackedSequence of such steps; state as hx.
        """
        if isinstance(input, PackedSequence):
            return self._forward_packed(input, hx)
        if input.ndim not in (2, 3):
            raise ValueError(f"{self.kind}: Expected input to be 2D or 3D, got {input.ndim}D instead")
        if input.shape[-1] != self.input_size:
            raise ShapeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.shape[-1]}"
            )
        single = input.ndim == 2
        x: Any = input.unsqueeze(1) if single else input.transpose(0, 1) if self.batch_first else input
        states = self._states(x, hx, single)
        x, state = self._stacked(self._run, x, states)
        if single:
            x = x.squeeze(1)
            state = tuple(one.squeeze(1) for one in state) if self.kind == "LSTM" else state.squeeze(1)
        elif self.batch_first:
            x = x.transpose(0, 1)
        return x, state

    def _stacked(self, run: Callable[..., tuple[Any, Any]], x: Any, states: list[Any]) -> tuple[Any, Any]:
        """Run all layers and directions, each by ``run(x, suffix, state, backwards=)``; return the outputs and the final state."""
        finals: list[Any] = []
        for layer in range(self.num_layers):
            runs = []
            for direction, suffix in enumerate(self._suffixes(layer)):
                outputs, final = run(x, suffix, states[len(finals)], backwards=direction == 1)
                runs.append(outputs)
                finals.append(final)
            x = runs[0] if len(runs) == 1 else agrad.cat(runs, -1)
            if self.dropout and layer < self.num_layers - 1:
                x = F.dropout(x, self.dropout, self.training)
        if self.kind == "LSTM":
            return x, tuple(agrad.stack([one[part] for one in finals]) for part in range(2))
        return x, agrad.stack(finals)

    def _forward_packed(self, packed: PackedSequence, hx: Any) -> Any:
        """Run over a packed sequence; the states are in the order in which the sequences came."""
        if packed.data.ndim != 2 or packed.data.shape[-1] != self.input_size:
            raise ShapeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {packed.data.shape[-1]}"
            )
        steps = packed.batch_sizes.tolist()
        x: Any = packed.data
        if hx is not None and packed.sorted_indices is not None:
            hx = self._reordered(hx, packed.sorted_indices)
        states = self._states(x[: steps[0]].unsqueeze(0), hx, False)
        x, state = self._stacked(partial(self._run_packed, steps), x, states)
        if packed.unsorted_indices is not None:
            state = self._reordered(state, packed.unsorted_indices)
        return packed.with_data(x), state

    def _reordered(self, state: Any, order: Any) -> Any:
        """Return states with the sequences in another order."""
        if self.kind == "LSTM":
            return tuple(one.index_select(1, order) for one in state)
        return state.index_select(1, order)

    def _run_packed(self, steps: list[int], x: Any, suffix: str, initial: Any, backwards: bool) -> tuple[Any, Any]:
        """Run over packed steps: sequences leave as they end or, backwards, join where their last step is."""
        bias = getattr(self, "bias_ih" + suffix) if self.bias else None
        hidden_bias = getattr(self, "bias_hh" + suffix) if self.bias else None
        gates = agrad.split(F.linear(x, getattr(self, "weight_ih" + suffix), bias), steps)
        weight = getattr(self, "weight_hh" + suffix)
        parts: tuple[Any, ...] = initial if self.kind == "LSTM" else (initial,)
        first = steps[-1] if backwards else steps[0]
        state = tuple(one[:first] for one in parts)
        outputs: list[Any] = []
        ended: list[tuple[Any, ...]] = []
        for position in reversed(range(len(steps))) if backwards else range(len(steps)):
            size, now = steps[position], state[0].shape[0]
            if size < now:
                ended.append(tuple(one[size:] for one in state))
                state = tuple(one[:size] for one in state)
            elif size > now:
                state = tuple(agrad.cat([one, start[now:size]]) for one, start in zip(state, parts, strict=True))
            hidden_gates = F.linear(state[0], weight, hidden_bias)
            made = _step(
                self.kind,
                gates[position],
                hidden_gates,
                state if self.kind == "LSTM" else state[0],
                self.nonlinearity,
            )
            state = made if self.kind == "LSTM" else (made,)
            outputs.append(state[0])
        ended.append(state)
        final = tuple(agrad.cat([one[part] for one in reversed(ended)]) for part in range(len(parts)))
        if backwards:
            outputs.reverse()
        return agrad.cat(outputs), final if self.kind == "LSTM" else final[0]

    def _states(self, x: Any, hx: Any, single: bool) -> list[Any]:
        count = self.num_layers * (2 if self.bidirectional else 1)
        if hx is None:
            zeros = agrad.zeros((x.shape[1], self.hidden_size), dtype=x.dtype, device=x.device)
            return [(zeros, zeros) if self.kind == "LSTM" else zeros] * count
        parts = hx if self.kind == "LSTM" else (hx,)
        parts = tuple(one.unsqueeze(1) for one in parts) if single else parts
        wanted = (count, x.shape[1], self.hidden_size)
        for one in parts:
            if tuple(one.shape) != wanted:
                raise ShapeError(f"Expected hidden size {wanted}, got {list(one.shape)}")
        return [tuple(one[i] for one in parts) if self.kind == "LSTM" else parts[0][i] for i in range(count)]

    def _run(self, x: Any, suffix: str, state: Any, backwards: bool) -> tuple[Any, Any]:
        bias = getattr(self, "bias_ih" + suffix) if self.bias else None
        hidden_bias = getattr(self, "bias_hh" + suffix) if self.bias else None
        # the inputs' part of all steps at once: one product
        gates = F.linear(x, getattr(self, "weight_ih" + suffix), bias)
        weight = getattr(self, "weight_hh" + suffix)
        outputs: list[Any] = []
        order = range(x.shape[0] - 1, -1, -1) if backwards else range(x.shape[0])
        for position in order:
            hidden = state[0] if self.kind == "LSTM" else state
            hidden_gates = F.linear(hidden, weight, hidden_bias)
            state = _step(self.kind, gates[position], hidden_gates, state, self.nonlinearity)
            outputs.append(state[0] if self.kind == "LSTM" else state)
        if backwards:
            outputs.reverse()
        return agrad.stack(outputs), state

    def extra_repr(self) -> str:
        """Tell the arguments that are not the default."""
        told = f"{self.input_size}, {self.hidden_size}"
        if self.num_layers != 1:
            told += f", num_layers={self.num_layers}"
        if self.bias is not True:
            told += f", bias={self.bias}"
        if self.batch_first:
            told += f", batch_first={self.batch_first}"
        if self.dropout:
            told += f", dropout={self.dropout}"
        if self.bidirectional:
            told += f", bidirectional={self.bidirectional}"
        return told


class RNN(_Recurrent):
    """A recurrent network: h' = tanh(W_ih x + b_ih + W_hh h + b_hh)."""

    kind = "RNN"


class LSTM(_Recurrent):
    """Long short-term memory (S. Hochreiter, J. Schmidhuber, 1997)."""

    kind = "LSTM"


class GRU(_Recurrent):
    """Gated recurrent units (K. Cho and others, 2014)."""

    kind = "GRU"


class _Cell(Module):
    """One step of a recurrent network."""

    kind = "RNN"

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.nonlinearity = input_size, hidden_size, nonlinearity
        rows = _GATES[self.kind] * hidden_size
        self.weight_ih = Parameter(agrad.empty((rows, input_size), device=device, dtype=dtype))
        self.weight_hh = Parameter(agrad.empty((rows, hidden_size), device=device, dtype=dtype))
        self.bias_ih: Parameter | None
        self.bias_hh: Parameter | None
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(agrad.empty(rows, device=device, dtype=dtype)) if bias else None)
        bound = 1 / math.sqrt(hidden_size) if hidden_size else 0
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def forward(self, input: Tensor, hx: Any = None) -> Any:
        """Return the next state of input, shape (N, I) or (I,), and a state, zeros by default."""
        if hx is None:
            zeros = agrad.zeros((*input.shape[:-1], self.hidden_size), dtype=input.dtype, device=input.device)
            hx = (zeros, zeros) if self.kind == "LSTM" else zeros
        gates = F.linear(input, self.weight_ih, self.bias_ih)
        hidden_gates = F.linear(hx[0] if self.kind == "LSTM" else hx, self.weight_hh, self.bias_hh)
        return _step(self.kind, gates, hidden_gates, hx, self.nonlinearity)

    def extra_repr(self) -> str:
        """Tell the sizes."""
        return f"{self.input_size}, {self.hidden_size}"


class RNNCell(_Cell):
    """One step of :class:`RNN`."""

    kind = "RNN"


class LSTMCell(_Cell):
    """One step of :class:`LSTM`."""

    kind = "LSTM"


class GRUCell(_Cell):
    """One step of :class:`GRU`."""

    kind = "GRU"


__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNCell"]
