"""Named tensors: names given, refined, aligned, carried through operations, dropped where they would mislabel."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import agrad
from agrad.errors import AgradError

BACKENDS = [name for name in ("numpy", "jax", "strict") if name in agrad.available_backends()]


@pytest.fixture(params=BACKENDS)
def backend(request):
    with agrad.use_backend(request.param):
        yield request.param


def images():
    """A batch of images, shape (N, C, H, W)."""
    return agrad.arange(24.0).reshape(1, 2, 3, 4).refine_names("N", "C", "H", "W")


def matrix():
    return agrad.arange(6.0).reshape(2, 3).refine_names("N", "C")


CARRIED = [
    ("sum by name", lambda x: x.sum("C"), ("N", "H", "W")),
    ("sum of several", lambda x: x.sum(("H", "W")), ("N", "C")),
    ("function by name", lambda x: agrad.sum(x, "C"), ("N", "H", "W")),
    ("sum kept", lambda x: x.sum("C", keepdim=True), ("N", "C", "H", "W")),
    ("sum of all", lambda x: x.sum(), ()),
    ("mean", lambda x: x.mean("H"), ("N", "C", "W")),
    ("std", lambda x: x.std("W"), ("N", "C", "H")),
    ("prod", lambda x: x.prod("W"), ("N", "C", "H")),
    ("logsumexp", lambda x: x.logsumexp("W"), ("N", "C", "H")),
    ("argmax", lambda x: x.argmax("C"), ("N", "H", "W")),
    ("max values", lambda x: x.max("C").values, ("N", "H", "W")),
    ("median values", lambda x: x.median("C").values, ("N", "H", "W")),
    ("cumsum", lambda x: x.cumsum("W"), ("N", "C", "H", "W")),
    ("softmax", lambda x: x.softmax("C"), ("N", "C", "H", "W")),
    ("all", lambda x: (x > 0).all("C"), ("N", "H", "W")),
    ("exp", lambda x: x.exp(), ("N", "C", "H", "W")),
    ("with a number", lambda x: 2 * x + 1, ("N", "C", "H", "W")),
    ("with a vector", lambda x: x * agrad.ones(4, names=("W",)), ("N", "C", "H", "W")),
    ("with an unnamed", lambda x: agrad.ones(4) + x, ("N", "C", "H", "W")),
    ("comparison", lambda x: x > 3, ("N", "C", "H", "W")),
    ("where", lambda x: agrad.where(x > 3, x, -x), ("N", "C", "H", "W")),
    ("transpose", lambda x: x.transpose("C", "W"), ("N", "W", "H", "C")),
    ("permute", lambda x: x.permute("W", "N", "C", "H"), ("W", "N", "C", "H")),
    ("mT", lambda x: x.mT, ("N", "C", "W", "H")),
    ("align_to", lambda x: x.align_to("N", "H", "W", "C"), ("N", "H", "W", "C")),
    ("align_to with dots", lambda x: x.align_to("W", "..."), ("W", "N", "C", "H")),
    ("align_to new", lambda x: x.align_to("N", "T", "C", "H", "W"), ("N", "T", "C", "H", "W")),
    ("align_as", lambda x: x.align_as(agrad.ones(1, 1, 1, 1, names=("W", "H", "C", "N"))), ("W", "H", "C", "N")),
    ("flatten", lambda x: x.flatten(["C", "H", "W"], "F"), ("N", "F")),
    ("flatten from to", lambda x: x.flatten("C", "W", "F"), ("N", "F")),
    ("unflatten", lambda x: x.flatten(["H", "W"], "F").unflatten("F", (("A", 6), ("B", 2))), ("N", "C", "A", "B")),
    ("rename by map", lambda x: x.rename(H="height", W="width"), ("N", "C", "height", "width")),
    ("rename by place", lambda x: x.rename("A", "B", None, "D"), ("A", "B", None, "D")),
    ("rename with dots", lambda x: x.rename("A", ..., "D"), ("A", "C", "H", "D")),
    ("rename none", lambda x: x.rename(None), (None, None, None, None)),
    ("int index", lambda x: x[0], ("C", "H", "W")),
    ("slices", lambda x: x[:, :, 1:, ::2], ("N", "C", "H", "W")),
    ("ellipsis", lambda x: x[..., 0], ("N", "C", "H")),
    ("new axis", lambda x: x[:, None], ("N", None, "C", "H", "W")),
    ("select", lambda x: x.select("C", 0), ("N", "H", "W")),
    ("unbind", lambda x: x.unbind("C")[1], ("N", "H", "W")),
    ("narrow", lambda x: x.narrow("W", 0, 2), ("N", "C", "H", "W")),
    ("chunk", lambda x: x.chunk(2, "W")[0], ("N", "C", "H", "W")),
    ("squeeze", lambda x: x.squeeze("N"), ("C", "H", "W")),
    ("unsqueeze", lambda x: x.unsqueeze(1), ("N", None, "C", "H", "W")),
    ("expand", lambda x: x.expand(5, 2, 3, 4), ("N", "C", "H", "W")),
    ("flip", lambda x: x.flip("W"), ("N", "C", "H", "W")),
    ("index_select", lambda x: x.index_select("C", agrad.tensor([0])), ("N", "C", "H", "W")),
    ("cat", lambda x: agrad.cat([x, x]), ("N", "C", "H", "W")),
    ("stack", lambda x: agrad.stack([x, x]), (None, "N", "C", "H", "W")),
    ("clone", lambda x: x.clone(), ("N", "C", "H", "W")),
    ("detach", lambda x: x.detach(), ("N", "C", "H", "W")),
    ("converted", lambda x: x.to(agrad.int32), ("N", "C", "H", "W")),
    ("zeros_like", lambda x: agrad.zeros_like(x), ("N", "C", "H", "W")),
    ("matmul", lambda x: x @ agrad.ones(4, 5, names=("W", "D")), ("N", "C", "H", "D")),
    ("deepcopy", lambda x: copy.deepcopy(x), ("N", "C", "H", "W")),
    # nothing is known of what these do to names, so there are none
    ("reshape", lambda x: x.reshape(6, 4), (None, None)),
    ("view", lambda x: x.view(-1), (None,)),
    ("index arrays", lambda x: x[agrad.tensor([0]), agrad.tensor([1])], (None, None, None)),
]


@pytest.mark.parametrize(("run", "names"), [row[1:] for row in CARRIED], ids=[row[0] for row in CARRIED])
def test_names_are_carried(run, names, backend):
    x = images()
    out = run(x)
    assert out.names == names
    assert x.names == ("N", "C", "H", "W")
    plain = x.rename(None)
    try:
        other = run(plain)
    except (TypeError, AgradError):
        return  # it names an axis
    np.testing.assert_array_equal(np.asarray(out.rename(None).tolist()), np.asarray(other.tolist()))


def test_by_name_is_by_number(backend):
    x = images()
    plain = x.rename(None)
    pairs = [
        (x.sum("C"), plain.sum(1)),
        (x.transpose("C", "W"), plain.transpose(1, 3)),
        (x.align_to("W", "H", "C", "N"), plain.permute(3, 2, 1, 0)),
        (x.flatten(["C", "H", "W"], "F"), plain.flatten(1)),
        (x.softmax("H"), plain.softmax(2)),
        (x.max("W").values, plain.max(3).values),
    ]
    for ours, theirs in pairs:
        assert ours.rename(None).tolist() == theirs.tolist()


ERRORS = [
    (
        "broadcast",
        lambda x: x + agrad.ones(2, names=("C",)),
        "are at the same position from the right but do not match",
    ),
    (
        "misaligned",
        lambda x: x.rename("N", None, "H", "W") + agrad.ones(2, 4, names=("N", None)),
        "appears in a different position|do not match",
    ),
    ("unknown", lambda x: x.sum("D"), "Name 'D' not found in Tensor['N', 'C', 'H', 'W']"),
    ("unknown in shape", lambda x: x.transpose("N", "D"), "Name 'D' not found in"),
    ("duplicate", lambda x: x.rename("N", "N", "H", "W"), "Cannot construct a tensor with duplicate names"),
    ("count", lambda x: x.rename("N"), "Number of names (1) and number of dimensions in tensor (4) do not match"),
    ("identifier", lambda x: x.rename("1", "C", "H", "W"), "Invalid name: a valid identifier contains only digits"),
    ("rename unknown", lambda x: x.rename(D="E"), "dim 'D' does not exist"),
    ("both ways", lambda x: x.rename("A", C="D"), "Can only use one of positional args or keyword args"),
    ("refine", lambda x: x.refine_names("N", "C", "W", "H"), "'H' is different from 'W' at index 2"),
    ("refine to none", lambda x: x.refine_names("N", "C", "H", None), "'W' is more specific than None at index 3"),
    ("refine count", lambda x: x.refine_names("N"), "they have a different number of dims"),
    ("align drops", lambda x: x.align_to("N", "C"), "align_to cannot drop it"),
    ("align unnamed", lambda x: x.rename("N", None, "H", "W").align_to("W", "H", "N"), "All input dims must be named"),
    ("not consecutive", lambda x: x.flatten(["N", "W"], "F"), "must be consecutive in Tensor['N', 'C', 'H', 'W']"),
    (
        "matmul duplicates",
        lambda x: matrix() @ matrix().mT,
        "would produce output tensor with duplicate names",
    ),
    ("cat", lambda x: agrad.cat([x, x.rename("N", "D", "H", "W")]), "do not match"),
    ("in place", lambda x: x.add_(agrad.ones(4, names=("H",))), "do not match"),
]


@pytest.mark.parametrize(("run", "phrase"), [row[1:] for row in ERRORS], ids=[row[0] for row in ERRORS])
def test_errors_change_nothing(run, phrase, backend):
    x = images()
    before = x.tolist()
    with pytest.raises(RuntimeError) as caught:
        run(x)
    assert any(part in str(caught.value) for part in phrase.split("|"))
    assert x.names == ("N", "C", "H", "W")
    assert x.tolist() == before


def test_printing_and_attributes(backend):
    x = agrad.zeros(2, 2, names=("N", "C"))
    assert repr(x) == "tensor([[0., 0.],\n        [0., 0.]], names=('N', 'C'))"
    x.names = ("A", "B")
    assert x.names == ("A", "B") and x.has_names()
    x.names = None
    assert x.names == (None, None) and not x.has_names()
    assert "names" not in repr(x)
    assert x.rename_("N", "C") is x
    assert x.size("C") == 2
    for made in (agrad.ones, agrad.empty, agrad.rand, agrad.randn):
        assert made(2, 3, names=("N", "C")).names == ("N", "C")
    assert agrad.tensor([[1.0]], names=("N", "C")).names == ("N", "C")


def test_gradients_pass_through_names(backend):
    x = matrix().detach().requires_grad_()
    w = agrad.ones(3, 2, names=("C", "D"), requires_grad=True)
    y = ((x @ w).align_to("D", "N") * 2).sum("N")
    assert y.names == ("D",)
    y.sum().backward()
    assert w.names == ("C", "D") and x.names == ("N", "C")
    np.testing.assert_array_equal(np.asarray(w.grad.tolist()), [[6.0, 6.0], [10.0, 10.0], [14.0, 14.0]])
    np.testing.assert_array_equal(np.asarray(x.grad.tolist()), np.full((2, 3), 4.0))


def test_renaming_is_a_view(backend):
    x = images()
    y = x.rename(C="channels")
    y.zero_()
    assert x.sum().item() == 0.0
    z = agrad.zeros(2, 3)
    z[0] = matrix()[1].rename(None)
    assert z[0].tolist() == [3.0, 4.0, 5.0]


def test_in_place_takes_names(backend):
    x = agrad.zeros(2, 3)
    x.add_(matrix())
    assert x.names == ("N", "C")
