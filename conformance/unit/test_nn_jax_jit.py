"""Layers inside jax.jit: nothing in them asks for a value."""

from __future__ import annotations

import pytest

import agrad
from agrad import nn
from agrad.nn import functional as F

jax = pytest.importorskip("jax")


def sentence() -> agrad.Tensor:
    """Return a batch of one sentence of three words."""
    return agrad.arange(12, dtype=agrad.float32).reshape(1, 3, 4) / 10


def attention(x):
    """A layer of attention with a causal mask."""
    return F.scaled_dot_product_attention(x, x, x, is_causal=True)


def masked(x):
    """Attention from which a whole row is masked out."""
    mask = agrad.tensor([[False, False, False], [True, False, False], [True, True, False]])
    return F.scaled_dot_product_attention(x, x, x, attn_mask=mask)


def classes(x):
    """Vectors of classes that are computed."""
    return F.one_hot(x.to(agrad.int32).sum(-1) % 3, 3).to(x.dtype)


def likelihood(x):
    """A cross entropy whose labels are computed."""
    return F.cross_entropy(x[0], x.to(agrad.int32).sum(-1)[0] % 4)


def normalized(x):
    """A layer norm and a group norm."""
    return F.group_norm(F.layer_norm(x, (4,)), 3)


@pytest.mark.parametrize("function", [attention, masked, classes, likelihood, normalized])
def test_a_function_gives_under_jit_what_it_gives_without(function):
    with agrad.use_backend("jax"):
        x = sentence()
        plain, jitted = function(x), jax.jit(function)(x)
        assert agrad.allclose(plain, jitted, rtol=1e-5, atol=1e-6)


def test_a_step_of_a_transformer_layer():
    with agrad.use_backend("jax"):
        agrad.manual_seed(0)
        layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True)
        names = [name for name, _ in layer.named_parameters()]

        def gradients(parameters, x):
            held = {name: one.requires_grad_() for name, one in zip(names, parameters, strict=True)}
            agrad.func.functional_call(layer, held, (x,)).pow(2).mean().backward()
            return [held[name].grad for name in names]

        given = [one.detach() for one in layer.parameters()]
        for plain, jitted in zip(
            gradients([one.clone() for one in given], sentence()),
            jax.jit(gradients)([one.clone() for one in given], sentence()),
            strict=True,
        ):
            assert agrad.allclose(plain, jitted, rtol=1e-4, atol=1e-6)
