"""What a result shares with its argument, for every function, against PyTorch: what may share, shares; nothing else.

The sweep calls every method of Tensor and every function of the face, of nn.functional, linalg, special and fft that PyTorch has too, with
each of a dozen tensors and two dozen argument lists; where both accept the call, one element of each result is written, and the argument
must change in both or in neither, and be the result itself in both or in neither. Among these calls are the identities: a sum over no
axis, a difference of order 0, axes of length 1. `IDENTITIES` adds calls with arguments that make a function do nothing and that no
such list holds.
"""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from oracle import BACKENDS

import agrad

INPUTS: dict[str, Callable[[Any], Any]] = {
    "matrix": lambda t: t.arange(1.0, 7.0).reshape(2, 3),
    "transposed": lambda t: t.arange(1.0, 7.0).reshape(3, 2).t(),
    "vector": lambda t: t.arange(1.0, 5.0),
    "one element": lambda t: t.tensor([3.0]),
    "0-d": lambda t: t.tensor(3.0),
    "square": lambda t: t.tensor([[2.0, 1.0], [1.0, 3.0]]),
    "stack": lambda t: t.tensor([[[2.0, 1.0], [1.0, 3.0]]]),
    "image": lambda t: t.arange(1.0, 17.0).reshape(1, 1, 4, 4),
    "signal": lambda t: t.arange(1.0, 9.0).reshape(1, 2, 4),
    "integers": lambda t: t.arange(1, 7).reshape(2, 3),
    "one integer": lambda t: t.tensor([2]),
    "bools": lambda t: t.tensor([True, False, True]),
}
SELF, SHAPE, DTYPE = "self", "shape", "dtype"
ARGUMENTS: tuple[tuple[Any, ...], ...] = (
    (), (0,), (1,), (-1,), (2,), (0.0,), (1.0,), (None,), ((),), ((0,),), ((1,),), ((0, 0),), ((0, 1),), ((1, 1),), (1, 1), (0, 0),
    (0, 1), (0, 0, 0), (0, 0, 1), (1, 0, 1), (SELF,), (SELF, SELF), (SHAPE,), (DTYPE,),
)  # fmt: skip
#: on JAX, where a call costs a hundred times as much
FEW_INPUTS = ("matrix", "one element", "0-d")
FEW_ARGUMENTS: tuple[tuple[Any, ...], ...] = ((), (0,), ((),))

#: random, or acting on more than their arguments
LEFT_OUT = {
    "alpha_dropout", "apply_", "backward", "bernoulli", "bernoulli_", "cuda", "data_ptr", "dropout", "dropout1d", "dropout2d", "dropout3d",
    "empty", "empty_like", "empty_permuted", "empty_strided", "enable_grad", "feature_alpha_dropout", "gumbel_softmax", "inference_mode",
    "initial_seed", "load", "manual_seed", "map2_", "map_", "multinomial", "new", "new_empty", "no_grad", "normal", "pin_memory", "poisson",
    "rand", "rand_like", "randint", "randint_like", "randn", "randn_like", "randperm", "register_hook", "resize_", "retain_grad", "rrelu",
    "save", "scaled_dot_product_attention", "seed", "set_", "set_default_device", "set_default_dtype", "set_default_tensor_type",
    "set_grad_enabled", "set_num_threads", "set_printoptions", "set_rng_state", "share_memory_", "storage", "untyped_storage",
    "use_deterministic_algorithms",
}  # fmt: skip
OPERATORS = (
    "__pos__", "__neg__", "__abs__", "__invert__", "__add__", "__sub__", "__mul__", "__truediv__", "__pow__", "__and__", "__or__",
    "__xor__", "__getitem__", "__copy__", "__deepcopy__",
)  # fmt: skip
#: where PyTorch's result is a view and agrad's another object, or the other way round, with the reason
DIFFERENT = {
    ("method", "H", "0-d"): "PyTorch returns the tensor itself, agrad a view of it: no write tells them apart",
    ("torch", "from_dlpack", "transposed"): "memory that is not row-major is copied when it comes from another library",
    ("torch", "view_as_complex", "square"): "judged with the views across dtypes",
    ("torch", "view_as_complex", "stack"): "judged with the views across dtypes",
}


#: what an array that cannot be written in place cannot share
OF_MUTABLE_ARRAYS = {"from_dlpack"}


def _names() -> Iterator[tuple[str, str]]:
    for name in sorted({*dir(agrad.Tensor)} - LEFT_OUT):
        if (not name.startswith("_") or name in OPERATORS) and hasattr(torch.Tensor, name):
            yield "method", name
    for name in sorted({*agrad.__all__} - LEFT_OUT):
        function = getattr(torch, name, None)
        if callable(function) and not inspect.isclass(function):
            yield "torch", name
    for kind in ("nn.functional", "linalg", "special", "fft"):
        ours, theirs = _module(agrad, kind), _module(torch, kind)
        for name in sorted({*getattr(ours, "__all__", dir(ours))} - LEFT_OUT):
            if not name.startswith("_") and callable(getattr(theirs, name, None)):
                yield kind, name


def _module(t: Any, kind: str) -> Any:
    for part in kind.split("."):
        t = t if part == "torch" else getattr(t, part)
    return t


def _tensors(t: Any, value: Any, depth: int = 0) -> Iterator[Any]:
    if isinstance(value, t.Tensor):
        yield value
    elif isinstance(value, (tuple, list)) and depth < 2:
        for part in value:
            yield from _tensors(t, part, depth + 1)


def _written(t: Any, result: Any) -> None:
    """Write to one element of a result, in place."""
    with t.no_grad():
        whole = result.detach()
        if whole.dim() == 0:
            whole = whole.unsqueeze(0)
        first = whole[(slice(0, 1),) * whole.dim()]
        if first.dtype == t.bool:
            first.logical_not_()
        else:
            first.add_(1)


def _sharing(t: Any, results: Any, argument: Any) -> list[Any]:
    """Return for each of the first results whether it is the argument and whether the argument changes with it."""
    found: list[Any] = []
    for result in list(_tensors(t, results))[:3]:
        if 0 in tuple(result.shape):
            continue
        before = argument.tolist()
        _written(t, result)
        found.append((result is argument, argument.tolist() != before))
    return found


def _outcome(t: Any, kind: str, name: str, given: str, args: tuple[Any, ...]) -> list[Any] | None:
    """Return what a call's results share, or None where it is refused or gives no tensor."""
    try:
        x = INPUTS[given](t)
        told = {SELF: lambda: x, SHAPE: lambda: tuple(x.shape), DTYPE: lambda: t.float32}
        values = [told[one]() if isinstance(one, str) else one for one in args]
        if kind == "method":
            found = getattr(t.Tensor, name)
            if callable(found):
                results = found(x, *values)
            elif args:
                return None
            else:
                results = getattr(x, name)
        else:
            results = getattr(_module(t, kind), name)(x, *values)
        return _sharing(t, results, x) or None
    except Exception:
        return None


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_function_shares_what_pytorchs_shares(backend: str) -> None:
    inputs = INPUTS if backend == "numpy" else FEW_INPUTS
    arguments = ARGUMENTS if backend == "numpy" else FEW_ARGUMENTS
    compared = 0
    functions = set()
    wrong = []
    with warnings.catch_warnings(), agrad.use_backend(backend):
        warnings.simplefilter("ignore")
        for kind, name in _names():
            if backend == "jax" and name in OF_MUTABLE_ARRAYS:
                continue
            for given in inputs:
                for args in arguments:
                    theirs = _outcome(torch, kind, name, given, args)
                    if theirs is None:
                        continue
                    ours = _outcome(agrad, kind, name, given, args)
                    if ours is None or len(ours) != len(theirs):
                        continue
                    compared += 1
                    functions.add((kind, name))
                    if ours != theirs and (kind, name, given) not in DIFFERENT:
                        wrong.append(f"{kind} {name}({given}, {args}): PyTorch {theirs}, agrad {ours}")
    assert not wrong, "\n".join(wrong)
    assert compared > (25_000 if backend == "numpy" else 1_000)
    assert len(functions) > (700 if backend == "numpy" else 500)


#: x, v, o, s, q, b, c, d, w, e, i: a matrix, a vector, one element, 0-d, a square one, a stack, an image, a signal, a volume, nothing, integers
NAMED: dict[str, Callable[[Any], Any]] = {
    "x": INPUTS["matrix"],
    "n": INPUTS["transposed"],
    "v": INPUTS["vector"],
    "o": INPUTS["one element"],
    "s": INPUTS["0-d"],
    "q": INPUTS["square"],
    "b": INPUTS["stack"],
    "c": INPUTS["image"],
    "d": INPUTS["signal"],
    "w": lambda t: t.arange(1.0, 65.0).reshape(1, 1, 4, 4, 4),
    "e": lambda t: t.zeros(0, 3),
    "i": INPUTS["integers"],
}
IDENTITIES = [line.strip() for line in """
    n.reshape(6)
    n.ravel()
    n.flatten()
    n.contiguous()
    x.expand(-1, -1)
    t.broadcast_tensors(x, s)[0]
    x.tile((1, 1))
    x.roll((0, 0), (0, 1))
    x.rot90(4)
    x.triu(-10)
    x.tril(10)
    x[...]
    x[[0, 1]]
    x[x > -1]
    x[t.tensor(True)]
    x.masked_fill(x < -1, 0.0)
    x.masked_scatter(x < -1, x.clone())
    x.index_fill(0, t.zeros(0, dtype=t.int64), 1.0)
    x.index_copy(0, t.zeros(0, dtype=t.int64), x[:0])
    x.index_add(0, t.zeros(0, dtype=t.int64), x[:0])
    x.index_put((t.zeros(0, dtype=t.int64),), t.zeros(0, 3))
    x.put(t.zeros(0, dtype=t.int64), t.zeros(0))
    x.scatter(0, t.zeros(0, 3, dtype=t.int64), x)
    x.scatter_add(0, t.zeros(0, 3, dtype=t.int64), x)
    x.scatter_reduce(0, t.zeros(0, 3, dtype=t.int64), x, 'sum')
    x.index_reduce(0, t.zeros(0, dtype=t.int64), x[:0], 'prod')
    x.slice_scatter(x[:0], 0, 0, 0)
    t.cat([x])
    t.cat([x, e])
    t.stack([x])[0]
    t.hstack([x])
    t.column_stack([x])
    t.block_diag(x)
    t.meshgrid(v, indexing='ij')[0]
    x.to(t.float32)
    x.to(t.float32, copy=True)
    x.to('cpu')
    t.as_tensor(x)
    t.asarray(x)
    t.asarray(x, copy=True)
    x.clamp(-100, 100)
    i.round(decimals=0) if False else i.round()
    x.div(1, rounding_mode=None)
    t.where(x > -1, x, x)
    t.lerp(x, x, 0.0)
    t.addcmul(x, x, x, value=0)
    t.addmm(q, q, q, alpha=0)
    t.baddbmm(b, b, b, alpha=0)
    x.diff(n=0)
    x.diff(n=0, dim=0)
    v.diff(n=0)
    t.chain_matmul(q)
    t.matrix_power(q, 1)
    t.linalg.matrix_power(b, 1)
    t.einsum('ij->ij', x)
    t.einsum('ij', x)
    t.einsum('...', x)
    t.einsum('ij->ji', x)
    t.einsum('i->i', v)
    t.tensordot(x, s, 0)
    t.kron(q, t.ones(1, 1))
    s.topk(1)[0]
    o.logcumsumexp(0)
    t.fft.fftshift(o)
    t.renorm(x, 2, 0, 100.0)
    F.dropout(x, 0.5, training=False)
    F.dropout(x, 0.0)
    F.dropout2d(c, 0.5, False)
    F.alpha_dropout(x, 0.5, False)
    F.feature_alpha_dropout(c, 0.5, False)
    F.leaky_relu(x, 1.0)
    F.hardtanh(x, -100, 100)
    F.threshold(x, -100.0, 0.0)
    F.rrelu(x, training=False)
    F.pad(x, (0, 0))
    F.pad(x, ())
    F.pad(x, (0, 0), value=3.0)
    F.pad(x, (-1, 0))
    F.pad(c, (0, 0, 0, 0), mode='reflect')
    F.pad(c, (0, 0, 0, 0), mode='replicate')
    F.pad(c, (0, 0, 0, 0), mode='circular')
    F.pixel_shuffle(c, 1)
    F.pixel_unshuffle(c, 1)
    F.channel_shuffle(c, 1)
    F.adaptive_avg_pool1d(d, 4)
    F.adaptive_avg_pool2d(c, 4)
    F.adaptive_avg_pool2d(c, (None, None))
    F.adaptive_avg_pool3d(w, 4)
    F.adaptive_max_pool1d(d, 4)
    F.adaptive_max_pool2d(c, 4)
    F.adaptive_max_pool3d(w, 4)
    F.avg_pool2d(c, 1)
    F.max_pool2d(c, 1)
    F.lp_pool2d(c, 1, 1)
    F.interpolate(c, (4, 4))
    F.interpolate(c, scale_factor=1)
    F.interpolate(c, (4, 4), mode='bilinear')
    F.interpolate(c, (4, 4), mode='bilinear', align_corners=True)
    F.interpolate(c, (4, 4), mode='bicubic')
    F.interpolate(c, (4, 4), mode='area')
    F.interpolate(d, 4, mode='linear')
    F.interpolate(w, (4, 4, 4), mode='trilinear')
    F.unfold(c, 1)
    F.unfold(c, 4)
    F.fold(c.reshape(1, 1, 16), (4, 4), 1)
    F.conv2d(c, t.ones(1, 1, 1, 1))
    F.linear(q, t.eye(2))
    F.embedding(t.arange(2), x)
    t.nn.Identity()(x)
    t.nn.Dropout(0.5).eval()(x)
    t.nn.Flatten()(x)
    t.nn.Flatten()(c)
    t.nn.Sequential()(x)
    t.nn.PixelShuffle(1)(c)
    t.nn.AdaptiveAvgPool2d(4)(c)
    t.nn.ZeroPad2d(0)(c)
    t.nn.ReflectionPad2d(0)(c)
    t.nn.Parameter(x, requires_grad=False)
    t.nn.utils.parameters_to_vector([v])
    v.histogram(v)[1]
    x.sum_to_size(2, 3)
    s.sum_to_size(())
    t.tensor([True, False]).sign()
    copy.copy(x)
    copy.deepcopy(x)
    t.vmap(lambda a: a)(x)
    t.vmap(lambda a: a, chunk_size=1)(x)
    t.vmap(lambda a: a, chunk_size=2)(x)
    t.vmap(lambda a: a.view(3), chunk_size=5)(x)
    t.vmap(lambda a: a, in_dims=1)(x)
""".strip().splitlines()]  # fmt: skip


@pytest.mark.filterwarnings("ignore::UserWarning")  # PyTorch's, once a process, of what is in beta or deprecated
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("text", IDENTITIES)
def test_identities_share_what_pytorchs_share(text: str, backend: str) -> None:
    def found(t: Any) -> list[Any]:
        named = {name: make(t) for name, make in NAMED.items()}
        result = eval(text, {"t": t, "F": t.nn.functional, "copy": copy}, named)
        before = {name: value.tolist() for name, value in named.items()}
        itself = [name for name, value in named.items() if result is value]
        _written(t, result)
        return [itself, [name for name, value in named.items() if value.tolist() != before[name]]]

    theirs = found(torch)
    with agrad.use_backend(backend):
        assert found(agrad) == theirs
