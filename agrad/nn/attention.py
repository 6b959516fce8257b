"""Attention as a module, and the encoders and decoders made of it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import agrad
from agrad.nn import functional as F
from agrad.nn import init
from agrad.nn.containers import ModuleList
from agrad.nn.functional.attention import softmax_of_masked
from agrad.nn.linear import Linear
from agrad.nn.module import Module
from agrad.nn.parameter import Parameter
from agrad.nn.regularization import Dropout, LayerNorm

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class NonDynamicallyQuantizableLinear(Linear):
    """:class:`Linear`, under the name by which PyTorch shows the last map of attention."""


class MultiheadAttention(Module):
    """Attention in several heads, each of a part of the features.

    Source: A. Vaswani and others, "Attention is all you need" (2017).

    Parameters
    ----------
    embed_dim, num_heads : int
        The heads have embed_dim / num_heads features each.
    kdim, vdim : int, optional
        The features of keys and values, where they have others than queries.
    add_bias_kv : bool
        Learn one more key and value.
    add_zero_attn : bool
        Add a key and a value of zeros.
    batch_first : bool
        Sequences are (N, L, E), not (L, N, E).
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and num_heads={num_heads} instead"
            )
        if embed_dim % num_heads:
            raise AssertionError("embed_dim must be divisible by num_heads")
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, embed_dim // num_heads
        self.kdim, self.vdim = embed_dim if kdim is None else kdim, embed_dim if vdim is None else vdim
        self.dropout, self.batch_first, self.add_zero_attn = dropout, batch_first, add_zero_attn
        same = self.kdim == self.vdim == embed_dim

        def made(*shape: int) -> Parameter:
            return Parameter(agrad.empty(shape, device=device, dtype=dtype))

        self.register_parameter("in_proj_weight", made(3 * embed_dim, embed_dim) if same else None)
        self.register_parameter("q_proj_weight", None if same else made(embed_dim, embed_dim))
        self.register_parameter("k_proj_weight", None if same else made(embed_dim, self.kdim))
        self.register_parameter("v_proj_weight", None if same else made(embed_dim, self.vdim))
        self.register_parameter("in_proj_bias", made(3 * embed_dim) if bias else None)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, device=device, dtype=dtype)
        self.register_parameter("bias_k", made(1, 1, embed_dim) if add_bias_kv else None)
        self.register_parameter("bias_v", made(1, 1, embed_dim) if add_bias_kv else None)
        self._draw()

    def _draw(self) -> None:
        for name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
            weight = getattr(self, name)
            if weight is not None:
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None and self.out_proj.bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)
        for extra in (self.bias_k, self.bias_v):
            if extra is not None:
                init.xavier_normal_(extra)

    def _projected(self, query: Any, key: Any, value: Any) -> list[Any]:
        """Return the inputs, each through its own part of the weights."""
        weights: tuple[Any, ...] = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        if self.in_proj_weight is not None:
            weights = agrad.chunk(self.in_proj_weight, 3)
        biases: tuple[Any, ...] = (None,) * 3 if self.in_proj_bias is None else agrad.chunk(self.in_proj_bias, 3)
        return [F.linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases, strict=True)]

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """Return the attention's output, of query's shape, and its weights, shape (N, L, S), if asked for.

        Parameters
        ----------
        query : Tensor, shape (L, N, E), (N, L, E) if batch_first, or (L, E)
        key, value : Tensor, shape (S, N, kdim) and (S, N, vdim), or as query
        key_padding_mask : Tensor, shape (N, S) or (S,), optional
            True for keys that do not count, or numbers that are added.
        attn_mask : Tensor, shape (L, S) or (N * heads, L, S), optional
            True where attention is forbidden, or numbers that are added.
        average_attn_weights : bool
            Average the weights over heads; else their shape is (N, heads, L, S).
        """
        if is_causal and attn_mask is None:
            raise RuntimeError("Need attn_mask if specifying the is_causal hint.")
        single = query.ndim == 2
        q, k, v = (
            x.unsqueeze(0) if single else x if self.batch_first else x.transpose(0, 1) for x in (query, key, value)
        )
        q, k, v = self._projected(q, k, v)
        examples, length = q.shape[:2]
        extra = 0
        if self.bias_k is not None and self.bias_v is not None:
            k = agrad.cat([k, self.bias_k.expand(examples, 1, -1)], 1)
            v = agrad.cat([v, self.bias_v.expand(examples, 1, -1)], 1)
            extra += 1
        q, k, v = (x.reshape(examples, -1, self.num_heads, self.head_dim).transpose(1, 2) for x in (q, k, v))
        if self.add_zero_attn:
            zero = agrad.zeros((examples, self.num_heads, 1, self.head_dim), dtype=k.dtype, device=k.device)
            k, v = agrad.cat([k, zero], 2), agrad.cat([v, zero], 2)
            extra += 1
        scores = agrad.matmul(q * self.head_dim**-0.5, k.transpose(-2, -1))
        if attn_mask is not None:
            mask = attn_mask.reshape(-1, self.num_heads, *attn_mask.shape[1:]) if attn_mask.ndim == 3 else attn_mask
            scores = _masked(scores, mask, extra)
        if key_padding_mask is not None:
            mask = key_padding_mask.reshape(examples, 1, 1, -1)
            scores = _masked(scores, mask, extra)
        free = attn_mask is None and key_padding_mask is None
        weights = F.softmax(scores, -1) if free else softmax_of_masked(scores)
        used = F.dropout(weights, self.dropout, self.training) if self.dropout else weights
        out = agrad.matmul(used, v).transpose(1, 2).reshape(examples, length, self.embed_dim)
        out = self.out_proj(out)
        told: Any = None
        if need_weights:
            told = used.mean(1) if average_attn_weights else used
        if single:
            return out.squeeze(0), None if told is None else told.squeeze(0)
        return out if self.batch_first else out.transpose(0, 1), told


def _masked(scores: Any, mask: Any, extra: int) -> Any:
    """Return scores with a mask: True forbids, numbers are added; `extra` last keys are never masked."""
    if extra:
        mask = F.pad(mask.to(scores.dtype) if mask.dtype != agrad.bool else mask.to(agrad.int64), (0, extra)).to(
            mask.dtype
        )
    return scores.masked_fill(mask, float("-inf")) if mask.dtype == agrad.bool else scores + mask


def _activation(given: str | Callable[[Any], Any]) -> Callable[[Any], Any]:
    if callable(given):
        return given
    if given == "relu":
        return F.relu
    if given == "gelu":
        return F.gelu
    raise RuntimeError(f"activation should be relu/gelu, not {given}")


class TransformerEncoderLayer(Module):
    """Attention to itself, then two affine maps with an activation between; each added to its input and normalized.

    Parameters
    ----------
    d_model, nhead, dim_feedforward : int
    norm_first : bool
        Normalize before, not after.
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Any], Any] = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        where = {"device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, **where)
        self.linear1 = Linear(d_model, dim_feedforward, bias, **where)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, **where)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, bias=bias, **where)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, bias=bias, **where)
        self.dropout1, self.dropout2 = Dropout(dropout), Dropout(dropout)
        self.activation = _activation(activation)

    def _attend(self, x: Any, mask: Any, padding: Any, causal: bool) -> Any:
        out, _ = self.self_attn(x, x, x, padding, False, mask, is_causal=causal and mask is not None)
        return self.dropout1(out)

    def _feed(self, x: Any) -> Any:
        return self.dropout2(self.linear2(self.dropout(self.activation(self.linear1(x)))))

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        """Encode a sequence."""
        x: Any = src
        if self.norm_first:
            x = x + self._attend(self.norm1(x), src_mask, src_key_padding_mask, is_causal)
            return x + self._feed(self.norm2(x))
        x = self.norm1(x + self._attend(x, src_mask, src_key_padding_mask, is_causal))
        return self.norm2(x + self._feed(x))


class TransformerDecoderLayer(Module):
    """As the encoder's layer, with attention to the encoder's output between."""

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Any], Any] = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        where = {"device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, **where)
        self.multihead_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, **where)
        self.linear1 = Linear(d_model, dim_feedforward, bias, **where)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, **where)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, bias=bias, **where)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, bias=bias, **where)
        self.norm3 = LayerNorm(d_model, layer_norm_eps, bias=bias, **where)
        self.dropout1, self.dropout2, self.dropout3 = Dropout(dropout), Dropout(dropout), Dropout(dropout)
        self.activation = _activation(activation)

    def _feed(self, x: Any) -> Any:
        return self.dropout3(self.linear2(self.dropout(self.activation(self.linear1(x)))))

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Decode a sequence, with what the encoder made of another."""

        def attend(x: Any) -> Any:
            return self.dropout1(self.self_attn(x, x, x, tgt_key_padding_mask, False, tgt_mask)[0])

        def look(x: Any) -> Any:
            return self.dropout2(self.multihead_attn(x, memory, memory, memory_key_padding_mask, False, memory_mask)[0])

        x: Any = tgt
        if self.norm_first:
            x = x + attend(self.norm1(x))
            x = x + look(self.norm2(x))
            return x + self._feed(self.norm3(x))
        x = self.norm1(x + attend(x))
        x = self.norm2(x + look(x))
        return self.norm3(x + self._feed(x))


class TransformerEncoder(Module):
    """Layers one after another, each a copy of the one given."""

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(encoder_layer) for _ in range(num_layers)])
        self.num_layers, self.norm = num_layers, norm

    def forward(
        self,
        src: Tensor,
        mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:
        """Encode a sequence."""
        out: Any = src
        for layer in self.layers:
            out = layer(out, src_mask=mask, src_key_padding_mask=src_key_padding_mask, is_causal=bool(is_causal))
        return out if self.norm is None else self.norm(out)


class TransformerDecoder(Module):
    """Layers one after another, each a copy of the one given."""

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(decoder_layer) for _ in range(num_layers)])
        self.num_layers, self.norm = num_layers, norm

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Decode a sequence, with what the encoder made of another."""
        out: Any = tgt
        for layer in self.layers:
            out = layer(
                out,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
            )
        return out if self.norm is None else self.norm(out)


class Transformer(Module):
    """An encoder and a decoder.

    Source: A. Vaswani and others, "Attention is all you need" (2017).
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Any], Any] = F.relu,
        custom_encoder: Any = None,
        custom_decoder: Any = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        options: Any = (
            dim_feedforward,
            dropout,
            activation,
            layer_norm_eps,
            batch_first,
            norm_first,
            bias,
            device,
            dtype,
        )

        def norm() -> LayerNorm:
            return LayerNorm(d_model, layer_norm_eps, bias=bias, device=device, dtype=dtype)

        if custom_encoder is None:
            layer: Module = TransformerEncoderLayer(d_model, nhead, *options)
            custom_encoder = TransformerEncoder(layer, num_encoder_layers, norm())
        if custom_decoder is None:
            layer = TransformerDecoderLayer(d_model, nhead, *options)
            custom_decoder = TransformerDecoder(layer, num_decoder_layers, norm())
        self.encoder, self.decoder = custom_encoder, custom_decoder
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter)
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Encode src and decode tgt with it."""
        if src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            raise RuntimeError("the feature number of src and tgt must be equal to d_model")
        memory = self.encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask)
        return self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
        )

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Tensor:
        """Return a mask, shape (sz, sz), that forbids looking ahead: -inf above the diagonal and 0 elsewhere."""
        return agrad.triu(agrad.full((sz, sz), float("-inf"), dtype=dtype, device=device), diagonal=1)


__all__ = [
    "MultiheadAttention",
    "NonDynamicallyQuantizableLinear",
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
]
