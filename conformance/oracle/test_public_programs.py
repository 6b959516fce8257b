"""What public PyTorch programs reach for besides layers: packed sequences, weight norm, lists of tensors, old spellings."""

from __future__ import annotations

import importlib
import itertools

import numpy as np
import pytest
import torch
from oracle import Error, Row, case_id, check, everywhere, floats

import agrad
from agrad.backend import is_installed

BACKENDS = [name for name in ("numpy", "jax") if is_installed(name)]
LENGTHS = [2, 4, 1]


def packed(t, x, enforce_sorted=False, lengths=LENGTHS, batch_first=False):
    return t.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=batch_first, enforce_sorted=enforce_sorted)


def there_and_back(t, x, **options):
    made = packed(t, x)
    return [made.data, made.batch_sizes, made.sorted_indices, made.unsorted_indices,
        *t.nn.utils.rnn.pad_packed_sequence(made, **options)]  # fmt: skip


def of_list(t, x):
    rows = [x[:length, row] for row, length in enumerate(LENGTHS)]
    made = t.nn.utils.rnn.pack_sequence(rows, enforce_sorted=False)
    return [made.data, *t.nn.utils.rnn.unpack_sequence(made)]


X = floats(4, 3, 2)
ROWS = [
    Row("packed and padded again", there_and_back, (X,)),
    Row("padded with a value, longer", lambda t, x: there_and_back(t, x, padding_value=-1.0, total_length=6, batch_first=True), (X,)),
    Row("batch first", lambda t, x: packed(t, x.transpose(0, 1), batch_first=True).data, (X,)),
    Row("sorted", lambda t, x: [packed(t, x, True, [4, 4, 1]).data, packed(t, x, True, t.tensor([4, 2, 2])).sorted_indices], (X,)),
    Row("a list", of_list, (X,)),
    Row("of no features", lambda t, x: packed(t, x[:, :, 0]).data, (X,)),
    Row("softmax without dim", lambda t, x: [t.nn.functional.softmax(x[0]), t.nn.functional.softmax(x), t.nn.functional.log_softmax(x[0, 0])], (X,)),
]  # fmt: skip
ERRORS = [
    Error("lengths that are not sorted", lambda t: packed(t, t.ones(4, 3, 2), True), "must be sorted in decreasing order"),
    Error("a length of nothing", lambda t: packed(t, t.ones(4, 3, 2), lengths=[1, 0, 2]), "greater than 0"),
    Error("too few lengths", lambda t: packed(t, t.ones(4, 3, 2), True, [2, 1]), "to be equal to batch_size"),
    Error("a total length too short", lambda t: t.nn.utils.rnn.pad_packed_sequence(packed(t, t.ones(4, 3, 2)), total_length=2), "total_length"),
    Error("lists of two lengths", lambda t: t._foreach_add([t.ones(1)], [t.ones(1), t.ones(1)]), "same number of tensors"),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:Implicit dimension choice")
@pytest.mark.parametrize(("row", "backend"), everywhere(ROWS + ERRORS), ids=case_id)
def test_rows(row, backend):
    check(row, backend)


# ---------------------------------------------------------------- recurrent networks over packed sequences

KINDS = list(itertools.product(["RNN", "LSTM", "GRU"], [False, True], [1, 2], [False, True]))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("kind", "both_ways", "layers", "with_state"), KINDS)
def test_recurrent_networks_take_packed_sequences(kind, both_ways, layers, with_state, backend):
    """Outputs, states in the sequences' own order, and the gradients of inputs, states and weights."""

    def run(t, state=None):
        module = getattr(t.nn, kind)(2, 3, num_layers=layers, bidirectional=both_ways, dtype=t.float64)
        if state is not None:
            module.load_state_dict({name: t.tensor(value) for name, value in state.items()})
        x = t.tensor(X, dtype=t.float64, requires_grad=True)
        parts = [
            t.tensor(floats(layers * (1 + both_ways), 3, 3, seed=seed), dtype=t.float64, requires_grad=True)
            for seed in range(2)
        ]
        hx = (tuple(parts) if kind == "LSTM" else parts[0]) if with_state else None
        outputs, final = module(packed(t, x), hx)
        padded, _ = t.nn.utils.rnn.pad_packed_sequence(outputs)
        finals = list(final) if kind == "LSTM" else [final]
        total = (padded**2).sum() + sum((one**3).sum() for one in finals)
        total.backward()
        grads = [x.grad, *(one.grad for one in module.parameters()), *(one.grad for one in parts if with_state)]
        shown = [padded, *finals, *(one for one in grads if one is not None)]
        return module, [np.asarray(one.detach().tolist()) for one in shown]

    module, theirs = run(torch)
    state = {name: value.tolist() for name, value in module.state_dict().items()}
    with agrad.use_backend(backend):
        _, ours = run(agrad, {name: np.asarray(value) for name, value in state.items()})
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-9, atol=1e-12)


# ---------------------------------------------------------------- weight norm


@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dim", [0, 1, -1, None])
def test_weight_norm(dim, backend):
    def run(t, weight=None):
        module = t.nn.Linear(3, 2, dtype=t.float64)
        if weight is not None:
            module.load_state_dict({name: t.tensor(value) for name, value in weight.items()})
        before = {name: value.tolist() for name, value in module.state_dict().items()}
        t.nn.utils.weight_norm(module, dim=dim)
        optimizer = t.optim.SGD(module.parameters(), lr=0.1)
        x = t.tensor(floats(4, 3), dtype=t.float64)
        for _ in range(2):
            optimizer.zero_grad()
            (module(x) ** 2).sum().backward()
            optimizer.step()
        names = sorted(name for name, _ in module.named_parameters())
        after = [module.weight_g.tolist(), module.weight_v.tolist(), module(x).tolist()]
        t.nn.utils.remove_weight_norm(module)
        return before, [names, after, sorted(module.state_dict()), module(x).tolist()]

    weight, theirs = run(torch)
    with agrad.use_backend(backend):
        _, ours = run(agrad, {name: np.asarray(value) for name, value in weight.items()})
        module = agrad.nn.utils.weight_norm(agrad.nn.Linear(2, 2))
        with pytest.raises(RuntimeError, match="two weight_norm hooks"):
            agrad.nn.utils.weight_norm(module)
        with pytest.raises(ValueError, match="not found"):
            agrad.nn.utils.remove_weight_norm(module, "bias")
    assert ours[0] == theirs[0]
    assert ours[2] == theirs[2]
    for mine, other in zip([*ours[1], ours[3]], [*theirs[1], theirs[3]], strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-9)


# ---------------------------------------------------------------- lists of tensors

FOREACH = sorted(set(importlib.import_module("agrad.foreach").__all__) & set(dir(torch)))


@pytest.mark.parametrize("name", FOREACH)
def test_functions_of_lists(name):
    """Each of PyTorch's names that agrad has: with lists, with a number, in place."""
    binary = ("add", "sub", "mul", "div", "maximum", "minimum", "clamp_min", "clamp_max", "pow")
    stem = name.removeprefix("_foreach_").removesuffix("_")
    calls = [[]]
    if stem in binary:
        calls = ["list", 1.5]
    elif stem == "lerp":
        calls = [["list", 0.25], ["list", "list"]]
    elif stem in ("addcmul", "addcdiv"):
        calls = [["list", "list"], ["list", "list", 0.5]]
    elif stem == "copy":
        calls = ["list"]
    for call in calls:

        def run(t, call=call):
            first = [t.tensor([0.25, 0.5], dtype=t.float64), t.tensor(0.75, dtype=t.float64)]
            other = [t.tensor([1.5, 2.0], dtype=t.float64), t.tensor(0.5, dtype=t.float64)]
            given = [call] if not isinstance(call, list) else call
            found = getattr(t, name)(first, *(other if one == "list" else one for one in given))
            return [one.tolist() for one in found], found is first

        theirs, ours = run(torch), run(agrad)
        assert ours[1] is theirs[1]
        for mine, other in zip(ours[0], theirs[0], strict=True):
            np.testing.assert_allclose(mine, other, rtol=1e-12)


def test_there_are_lists_of_every_common_function():
    assert len(FOREACH) > 75


# ---------------------------------------------------------------- paths and modes


def test_import_paths():
    """``torch.nn.modules``' files, and what is in them."""
    for path, name in {"linear": "Linear", "conv": "Conv2d", "batchnorm": "BatchNorm2d", "activation": "ReLU", "loss": "MSELoss",
            "container": "Sequential", "dropout": "Dropout", "pooling": "MaxPool2d", "rnn": "LSTM", "sparse": "Embedding",
            "normalization": "LayerNorm", "transformer": "TransformerEncoderLayer", "module": "Module", "flatten": "Flatten",
            "padding": "ZeroPad2d", "upsampling": "Upsample", "pixelshuffle": "PixelShuffle", "instancenorm": "InstanceNorm2d"}.items():  # fmt: skip
        mine = importlib.import_module(f"agrad.nn.modules.{path}")
        assert hasattr(importlib.import_module(f"torch.nn.modules.{path}"), name)
        assert getattr(mine, name) is getattr(agrad.nn, name)
    ours, theirs = (importlib.import_module(f"{top}.nn.modules.utils") for top in ("agrad", "torch"))
    assert ours._pair(3) == theirs._pair(3) == (3, 3)
    assert ours._reverse_repeat_tuple((1, 2), 2) == theirs._reverse_repeat_tuple((1, 2), 2)


def test_one_process_and_no_mixed_precision():
    assert not agrad.distributed.is_available()
    assert not agrad.distributed.is_initialized()
    assert (agrad.distributed.get_rank(), agrad.distributed.get_world_size()) == (0, 1)
    with pytest.raises(NotImplementedError, match="jax"):
        agrad.distributed.init_process_group("gloo")
    with agrad.autocast("cpu", dtype=agrad.bfloat16), agrad.amp.autocast("cuda"), agrad.cuda.amp.autocast():
        assert (agrad.ones(2, 2) @ agrad.ones(2, 2)).dtype is agrad.float32
    scaler = agrad.amp.GradScaler("cuda")
    weight = agrad.ones(2, requires_grad=True)
    optimizer = agrad.optim.SGD([weight], lr=1.0)
    scaler.scale((weight * 3).sum()).backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    assert weight.tolist() == [-2.0, -2.0]
    weight.grad = agrad.tensor([float("inf"), 0.0])
    scaler.step(optimizer)
    assert weight.tolist() == [-2.0, -2.0]
    with pytest.raises(NotImplementedError, match="dense"):
        weight.to_sparse()


@pytest.mark.parametrize("t", [torch, agrad], ids=["torch", "agrad"])
def test_layers_replaced_while_walking(t):
    """Adapters of layers (LoRA) put one module in another's place as they find it."""
    nn = t.nn

    class Adapter(nn.Module):
        def __init__(self, base):
            super().__init__()
            self.base = base
            self.down = nn.Parameter(t.zeros(2, base.weight.shape[1]))

        def forward(self, x):
            return self.base(x) + (x @ self.down.T).sum()

    model = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 3), nn.ReLU()), nn.Linear(3, 1))
    for module in model.modules():
        for name, child in module.named_children():
            if isinstance(child, nn.Linear) and not isinstance(module, Adapter):
                setattr(module, name, Adapter(child))
    assert sum(isinstance(one, Adapter) for one in model.modules()) == 3
    assert model(t.ones(1, 2)).shape == (1, 1)
    for module in list(model.modules()):
        for name, parameter in module._parameters.items():
            module._parameters[name] = parameter * 1.0  # meta-learning keeps computed weights there
    model(t.ones(1, 2)).sum().backward()


@pytest.mark.parametrize("t", [torch, agrad], ids=["torch", "agrad"])
def test_a_lazily_built_network_is_saved_and_loaded(t):
    """Into lazy modules that have seen no input, and into others."""
    nn = t.nn

    def made():
        return nn.Sequential(nn.LazyLinear(4), nn.LazyBatchNorm1d(), nn.ReLU(), nn.LazyLinear(2))

    model = made()
    x = t.tensor(floats(5, 3).tolist())
    model(x)
    state = {name: value.clone() for name, value in model.state_dict().items()}
    for other in (made(), nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2))):
        other.load_state_dict(state)
        other.eval()
        found = other(x)
        model.eval()
        assert found.tolist() == model(x).tolist()
    assert "in_features=3" in repr(model)


def test_a_lazy_network_is_not_changed_by_a_state_that_does_not_fit():
    nn = agrad.nn
    model = nn.Sequential(nn.LazyLinear(4), nn.Linear(4, 2))
    with pytest.raises(RuntimeError, match=r"size mismatch for 1\.weight"):
        model.load_state_dict(
            {
                "0.weight": agrad.ones(4, 3),
                "0.bias": agrad.ones(4),
                "1.weight": agrad.ones(3, 3),
                "1.bias": agrad.ones(2),
            }
        )
    assert model[0].has_uninitialized_params()


def test_sequences_are_not_dropped_in_silence():
    """PyTorch packs the first two of three sequences here, and says nothing of the third."""
    with pytest.raises(RuntimeError, match="to be equal to batch_size"):
        packed(agrad, agrad.ones(4, 3, 2), lengths=[1, 2])
