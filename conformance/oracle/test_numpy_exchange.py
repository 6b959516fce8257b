"""NumPy meets a Tensor: sharing memory, NumPy's operators and functions on tensors, and what is refused.

What PyTorch does is compared with PyTorch. Beyond it agrad records NumPy's functions in the graph, where PyTorch raises: those are
compared with NumPy's values and with PyTorch's gradients of the same formula.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from oracle import BACKENDS, Error, Row, case_id, cases, check, floats, host

import agrad

SINGLE = np.array([1.0, 2.0, 3.0], dtype="float32")


def plain(name, run, inputs=(), **more):
    """A row without gradients, whose text is compared too."""
    return Row(name, run, inputs, grad=False, text=True, **more)


NUMPY_ONLY = {"backends": ("numpy",), "why": "no other backend's memory is NumPy's"}


def _from_numpy(t):
    a = np.arange(4.0)
    x = t.from_numpy(a)
    a[0] = 10
    x[1] = 20
    x += 1
    return [x, a.tolist()]


def _numpy(t):
    x = t.zeros(4)
    a = x.numpy()
    a[0] = 10
    x[1] = 20
    x.add_(1) if hasattr(x, "add_") else x.__iadd__(1)
    return [x, a.tolist()]


def _views(t):
    a = np.arange(6.0).reshape(2, 3)
    x = t.from_numpy(a.T)
    x[0, 1] = 50
    row = x[1]
    row += 100
    return [x, a.tolist(), x.stride()]


def _as_tensor(t):
    a = np.zeros(2)
    x, y, z = t.as_tensor(a), t.tensor(a), t.asarray(a)
    a[0] = 5
    return [x, y, z]


def _detached(t):
    w = t.ones(2, requires_grad=True)
    w.detach().numpy()[0] = 7
    return w


def _dlpack(t):
    a = np.arange(3.0)
    x = t.from_dlpack(a)
    b = np.from_dlpack(x)
    x[0] = 9
    return [x, b.tolist(), a.tolist()]


SHARING = [
    plain("from_numpy shares both ways", _from_numpy, **NUMPY_ONLY),
    plain("numpy() shares both ways", _numpy, **NUMPY_ONLY),
    plain("a transposed array is shared", _views, **NUMPY_ONLY),
    plain("as_tensor and asarray share, tensor copies", _as_tensor, **NUMPY_ONLY),
    plain("numpy() of a detached leaf shares", _detached, **NUMPY_ONLY),
    plain("DLPack shares", _dlpack, **NUMPY_ONLY),
]

EXCHANGE = [
    plain("numpy()", lambda t, x: [x.numpy().tolist(), str(x.numpy().dtype), x.numpy().shape], (floats(2, 3),)),
    plain("numpy() of dtypes", lambda t: [str(t.ones(1, dtype=getattr(t, d)).numpy().dtype) for d in (
        "bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "complex64", "complex128")]),
    plain("numpy() of 0-d", lambda t: (lambda a: [type(a).__name__, a.shape, a.item()])(t.tensor(1.5).numpy())),
    plain("numpy() of a transposed one", lambda t: t.arange(6).view(2, 3).t().numpy().tolist()),
    plain("numpy(force=True)", lambda t: (t.ones(2, requires_grad=True) * 2).numpy(force=True).tolist()),
    plain("asarray", lambda t: [np.asarray(t.ones(2)).tolist(), np.asarray(t.ones(2), dtype="int32").dtype.name, np.array(t.arange(3)).tolist()]),
    plain("array of tensors", lambda t: np.array([t.ones(2), t.zeros(2)]).tolist()),
    plain("array of 0-d tensors", lambda t: np.array([t.tensor(1.0), t.tensor(2.0)]).tolist()),
    plain("an index of an array", lambda t: [np.arange(5)[t.tensor(1)], np.arange(5)[t.tensor([0, 2])].tolist()]),
    plain("float and int of elements", lambda t: [float(x) for x in t.arange(3.0)]),
    plain("assert_allclose", lambda t: np.testing.assert_allclose(t.ones(2), np.ones(2))),
    plain("back and forth", lambda t, x: t.from_numpy(x.numpy() * 2), (floats(3),)),
]  # fmt: skip

A = floats(3, seed=5, low=0.5)
OPERATORS = [
    Row("tensor * array", lambda t, x: x * t.from_numpy(A.copy()), (floats(3),)),
    plain("array == tensor", lambda t, x: x.numpy() == x, (floats(3),)),
    Row("numpy.float64 * tensor", lambda t, x: np.float64(2.0) * x, (floats(3, dtype="float32"),)),
    Row("tensor * numpy.float64", lambda t, x: x * np.float64(2.0), (floats(3, dtype="float32"),)),
    Row("numpy.float32 * tensor of ints", lambda t: np.float32(2.0) * t.tensor([1, 2]), grad=False),
    Row("tensor of ints * numpy.float32", lambda t: t.tensor([1, 2]) * np.float32(2.0), grad=False),
    Row("numpy.int64 + tensor", lambda t, x: np.int64(2) + x, (floats(3, dtype="float32"),)),
    Row("numpy.float64 - tensor", lambda t, x: np.float64(2.0) - x, (floats(3),)),
    Row("tensor + numpy.int32", lambda t, x: x + np.int32(3), (floats(3, dtype="float32"),)),
]
ERRORS = [
    Error("numpy() with grad", lambda t: (t.ones(2, requires_grad=True) * 2).numpy(),
        "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."),
    Error("asarray with grad", lambda t: np.asarray(t.ones(2, requires_grad=True)),
        "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."),
    Error("numpy() of bfloat16", lambda t: t.ones(2, dtype=t.bfloat16).numpy(), "Got unsupported ScalarType BFloat16", backends=("jax",)),
    Error("DLPack with grad", lambda t: np.from_dlpack(t.ones(2, requires_grad=True)), "Can't export tensors that require gradient"),
]  # fmt: skip

ROWS = [*SHARING, *EXCHANGE, *OPERATORS, *ERRORS]


@pytest.mark.parametrize(("row", "backend"), cases(ROWS), ids=case_id)
@pytest.mark.filterwarnings(
    "ignore:__array_wrap__ must accept", "ignore:Converting a tensor", "ignore:The given NumPy array"
)
def test_numpy_exchange(row, backend):
    check(row, backend)


# ---------------------------------------------------------------- NumPy's functions, recorded

M = floats(3, 4, seed=1)
V = floats(4, seed=2, low=0.2)
A4 = floats(4, seed=5, low=0.5)
#: name: (NumPy's function of arrays and tensors, the same in torch, inputs)
RECORDED = {
    "sin": (np.sin, torch.sin, (M,)),
    "exp": (np.exp, torch.exp, (M,)),
    "log": (np.log, torch.log, (V,)),
    "sqrt": (np.sqrt, torch.sqrt, (V,)),
    "tanh": (np.tanh, torch.tanh, (M,)),
    "abs": (np.abs, torch.abs, (M,)),
    "square": (np.square, torch.square, (M,)),
    "arctan2": (np.arctan2, torch.atan2, (M, V)),
    "hypot": (np.hypot, torch.hypot, (M, V)),
    "add": (np.add, torch.add, (M, V)),
    "multiply": (np.multiply, torch.mul, (M, V)),
    "divide": (np.divide, torch.div, (M, V)),
    "power": (np.power, torch.pow, (V, V)),
    "maximum": (np.maximum, torch.maximum, (M, V)),
    "matmul": (np.matmul, torch.matmul, (M, V)),
    "negative": (np.negative, torch.neg, (M,)),
    "reciprocal": (np.reciprocal, torch.reciprocal, (V,)),
    "floor": (np.floor, torch.floor, (M,)),
    "sum": (np.sum, torch.sum, (M,)),
    "sum over an axis": (lambda x: np.sum(x, axis=0), lambda x: torch.sum(x, 0), (M,)),
    "sum keeping axes": (lambda x: np.sum(x, axis=1, keepdims=True), lambda x: torch.sum(x, 1, keepdim=True), (M,)),
    "mean": (np.mean, torch.mean, (M,)),
    "mean over axes": (lambda x: np.mean(x, axis=(0, 1)), lambda x: torch.mean(x, (0, 1)), (M,)),
    "prod": (np.prod, torch.prod, (V,)),
    "var": (np.var, lambda x: torch.var(x, correction=0), (M,)),
    "var with ddof": (lambda x: np.var(x, ddof=1), torch.var, (M,)),
    "std": (lambda x: np.std(x, axis=0), lambda x: torch.std(x, 0, correction=0), (M,)),
    "max": (np.max, torch.max, (M,)),
    "amin": (lambda x: np.amin(x, axis=1), lambda x: torch.amin(x, 1), (M,)),
    "cumsum": (lambda x: np.cumsum(x, axis=1), lambda x: torch.cumsum(x, 1), (M,)),
    "cumsum of all": (np.cumsum, lambda x: torch.cumsum(x.reshape(-1), 0), (M,)),
    "cumprod": (lambda x: np.cumprod(x, axis=0), lambda x: torch.cumprod(x, 0), (M,)),
    "diff": (np.diff, torch.diff, (M,)),
    "dot": (np.dot, torch.matmul, (M, V)),
    "inner": (np.inner, torch.inner, (M, V)),
    "outer": (np.outer, torch.outer, (V, V)),
    "vdot": (np.vdot, torch.vdot, (V, V)),
    "tensordot": (lambda x, y: np.tensordot(x, y, axes=1), lambda x, y: torch.tensordot(x, y, 1), (M, V)),
    "einsum": (lambda x, y: np.einsum("ij,j->i", x, y), lambda x, y: torch.einsum("ij,j->i", x, y), (M, V)),
    "trace": (np.trace, lambda x: torch.diagonal(x).sum(), (M,)),
    "transpose": (np.transpose, lambda x: x.T, (M,)),
    "reshape": (lambda x: np.reshape(x, (4, 3)), lambda x: x.reshape(4, 3), (M,)),
    "ravel": (np.ravel, torch.ravel, (M,)),
    "squeeze": (lambda x: np.squeeze(np.expand_dims(x, 1)), lambda x: x, (M,)),
    "expand_dims": (lambda x: np.expand_dims(x, 0), lambda x: x[None], (M,)),
    "swapaxes": (lambda x: np.swapaxes(x, 0, 1), lambda x: x.T, (M,)),
    "moveaxis": (lambda x: np.moveaxis(x, 0, 1), lambda x: x.T, (M,)),
    "broadcast_to": (lambda x: np.broadcast_to(x, (2, 4)), lambda x: x.expand(2, 4), (V,)),
    "concatenate": (lambda x, y: np.concatenate([x, y]), lambda x, y: torch.cat([x, y]), (V, V)),
    "concatenate with an array": (lambda x: np.concatenate([x, V]), lambda x: torch.cat([x, torch.from_numpy(V)]), (V,)),
    "stack": (lambda x, y: np.stack([x, y], axis=1), lambda x, y: torch.stack([x, y], 1), (V, V)),
    "hstack": (lambda x, y: np.hstack([x, y]), lambda x, y: torch.hstack([x, y]), (M, M)),
    "vstack": (lambda x, y: np.vstack([x, y]), lambda x, y: torch.vstack([x, y]), (V, V)),
    "where": (lambda x, y: np.where(x > 0, x, y), lambda x, y: torch.where(x > 0, x, y), (M, V)),
    "clip": (lambda x: np.clip(x, -0.5, 0.5), lambda x: torch.clip(x, -0.5, 0.5), (M,)),
    "sort": (np.sort, lambda x: torch.sort(x)[0], (M,)),
    "take": (lambda x: np.take(x, np.array([2, 0]), axis=1), lambda x: x[:, [2, 0]], (M,)),
    "repeat": (lambda x: np.repeat(x, 2, axis=0), lambda x: torch.repeat_interleave(x, 2, 0), (M,)),
    "tile": (lambda x: np.tile(x, (2, 1)), lambda x: x.repeat(2, 1), (M,)),
    "roll": (lambda x: np.roll(x, 1), lambda x: torch.roll(x, 1), (V,)),
    "flip": (lambda x: np.flip(x, 0), lambda x: torch.flip(x, (0,)), (M,)),
    "tril": (np.tril, torch.tril, (M,)),
    "average": (lambda x: np.average(x, axis=1, weights=V), lambda x: (x @ torch.from_numpy(V)) / V.sum(), (M,)),
    "norm": (np.linalg.norm, torch.linalg.norm, (M,)),
    "norm over an axis": (lambda x: np.linalg.norm(x, axis=1), lambda x: torch.linalg.norm(x, dim=1), (M,)),
    "det": (lambda x: np.linalg.det(x[:, :3]), lambda x: torch.linalg.det(x[:, :3]), (M,)),
    "inv": (lambda x: np.linalg.inv(x[:, :3]), lambda x: torch.linalg.inv(x[:, :3]), (M,)),
    "solve": (lambda x, y: np.linalg.solve(x[:, :3], y), lambda x, y: torch.linalg.solve(x[:, :3], y), (M, M)),
    "fft": (lambda x: np.abs(np.fft.fft(x)), lambda x: torch.abs(torch.fft.fft(x)), (M,)),
    "add.reduce": (np.add.reduce, lambda x: torch.sum(x, 0), (M,)),
    "multiply.outer": (np.multiply.outer, torch.outer, (V, V)),
    "add.accumulate": (np.add.accumulate, lambda x: torch.cumsum(x, 0), (M,)),
    "array * tensor": (lambda x: A4 * x, lambda x: torch.from_numpy(A4) * x, (M,)),
    "array + tensor": (lambda x: A4 + x, lambda x: torch.from_numpy(A4) + x, (M,)),
    "array - tensor": (lambda x: A4 - x, lambda x: torch.from_numpy(A4) - x, (M,)),
    "array / tensor": (lambda x: A4 / x, lambda x: torch.from_numpy(A4) / x, (V,)),
    "array ** tensor": (lambda x: A4**x, lambda x: torch.from_numpy(A4) ** x, (M,)),
    "array @ tensor": (lambda x: A4 @ x, lambda x: torch.from_numpy(A4) @ x, (V,)),
    "tensor * array": (lambda x: x * A4, lambda x: x * torch.from_numpy(A4), (M,)),
    "tensor @ array": (lambda x: x @ A4, lambda x: x @ torch.from_numpy(A4), (M,)),
    "a comparison": (lambda x: np.where(x > A4, x, A4), lambda x: torch.where(torch.from_numpy(A4) < x, x, torch.from_numpy(A4)), (M,)),
    "a whole formula": (lambda x: np.mean(np.exp(-(x**2)) * V), lambda x: torch.mean(torch.exp(-(x**2)) * torch.from_numpy(V)), (M,)),
}  # fmt: skip


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", list(RECORDED))
def test_numpys_functions_are_recorded(name, backend):
    """Values are NumPy's own on arrays; gradients are PyTorch's."""
    numpys, torchs, inputs = RECORDED[name]
    with agrad.use_backend(backend):
        ours = [agrad.tensor(value.copy(), requires_grad=True) for value in inputs]
        theirs = [torch.tensor(value.copy(), requires_grad=True) for value in inputs]
        out, expected = numpys(*ours), torchs(*theirs)
        assert isinstance(out, agrad.Tensor)
        np.testing.assert_allclose(host(out), numpys(*inputs), rtol=1e-12, atol=1e-13)
        assert tuple(out.shape) == tuple(expected.shape)
        if not out.requires_grad:
            assert name == "floor" or not expected.requires_grad
            return
        seed = floats(*out.shape, seed=9)
        out.backward(agrad.tensor(seed))
        expected.backward(torch.tensor(seed))
        for mine, other in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(host(mine.grad), host(other.grad), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_has_no_counterpart(backend):
    """It runs in NumPy where nothing is lost, and is refused where a gradient would be."""
    with agrad.use_backend(backend):
        x = agrad.tensor([1.0, 2.0, 4.0])
        assert np.percentile(x, 50) == 2.0
        assert np.allclose(x, [1, 2, 4])
        assert np.sum(x, where=np.array([True, False, True])) == 5.0
        assert np.unique(x).tolist() == [1.0, 2.0, 4.0]
        assert [part.tolist() for part in np.divmod(x, 2)] == [[0, 1, 2], [1, 0, 0]]
        w = agrad.tensor([1.0, 2.0, 4.0], requires_grad=True)
        with pytest.raises(TypeError, match=r"would lose the gradient of a Tensor that requires grad"):
            np.percentile(w, 50)
        with pytest.raises(TypeError, match=r"would lose the gradient"):
            np.add(w, 1, out=np.zeros(3))


@pytest.mark.parametrize("backend", BACKENDS)
def test_out(backend):
    """NumPy's out= is a tensor or an array."""
    with agrad.use_backend(backend):
        x, place = agrad.tensor([1.0, 2.0]), agrad.zeros(2)
        assert np.add(x, 1, out=place) is place
        assert place.tolist() == [2.0, 3.0]
        array = np.zeros(2)
        assert np.multiply(x, 3, out=array) is array
        assert array.tolist() == [3.0, 6.0]
        array += x
        assert array.tolist() == [4.0, 8.0]


def test_scipys_functions_are_recorded():
    """SciPy's special functions are ufuncs too."""
    special = pytest.importorskip("scipy.special")
    x = agrad.tensor(V.copy(), requires_grad=True)
    for ours, theirs in ((special.expit, torch.sigmoid), (special.erf, torch.erf), (special.gammaln, torch.lgamma)):
        y = torch.tensor(V.copy(), requires_grad=True)
        x.grad = None
        ours(x).backward(agrad.ones(4, dtype=agrad.float64))
        theirs(y).sum().backward()
        np.testing.assert_allclose(host(x.grad), host(y.grad), rtol=1e-12)
    assert special.expit(agrad.zeros(1)).item() == 0.5
    optimize = pytest.importorskip("scipy.optimize")

    def value_and_gradient(point):
        w = agrad.from_numpy(point).clone().requires_grad_()
        loss = np.sum((w - 3.0) ** 2) + np.sum(np.cos(w)) * 0.1
        loss.backward()
        return loss.item(), w.grad.numpy()

    found = optimize.minimize(value_and_gradient, np.zeros(2), jac=True)
    assert found.success
    np.testing.assert_allclose(2 * (found.x - 3) - 0.1 * np.sin(found.x), 0, atol=1e-4)
