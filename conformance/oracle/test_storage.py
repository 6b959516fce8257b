"""Memory, against PyTorch: who shares it, geometry, storages, aliases, copies, pickles and files, on every backend."""

from __future__ import annotations

import copy
import io
import pickle

import pytest
from oracle import Error, Row, case_id, cases, check, floats


def plain(name, run, inputs=(), **more):
    """A row without gradients, whose text is compared too."""
    return Row(name, run, inputs, grad=False, text=True, **more)


def matrix(t):
    """Six floats in two rows."""
    return t.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]])


# ---------------------------------------------------------------- geometry

GEOMETRY = [
    plain("a matrix", lambda t: (lambda x: [x.stride(), x.stride(0), x.stride(-1), x.storage_offset(), x.is_contiguous()])(matrix(t))),
    plain("transposed", lambda t: (lambda x: [x.stride(), x.storage_offset(), x.is_contiguous()])(matrix(t).t())),
    plain("a row", lambda t: (lambda x: [x.stride(), x.storage_offset(), x.is_contiguous()])(matrix(t)[1])),
    plain("a column", lambda t: (lambda x: [x.stride(), x.storage_offset(), x.is_contiguous()])(matrix(t)[:, 1])),
    plain("every second", lambda t: (lambda x: [x.stride(), x.storage_offset(), x.is_contiguous()])(t.arange(10)[1::2])),
    plain("a part of a part", lambda t: (lambda x: [x.stride(), x.storage_offset()])(t.zeros(4, 4)[1:][:, 2:])),
    plain("expanded", lambda t: (lambda x: [x.stride(), x.is_contiguous()])(t.ones(3, 1).expand(3, 4))),
    plain("0-d", lambda t: (lambda x: [x.stride(), x.storage_offset(), x.is_contiguous()])(t.tensor(1.0))),
    plain("nothing", lambda t: (lambda x: [x.stride(), x.is_contiguous(), x.data_ptr()])(t.empty(2, 0))),
    plain("contiguous of a contiguous one", lambda t: (lambda x: x.contiguous() is x)(matrix(t))),
    plain("contiguous of another", lambda t: (lambda x: [x.contiguous(), x.contiguous().stride(), x.contiguous() is x])(matrix(t).t())),
    plain("clones keep the order", lambda t: (lambda x: [
        x.clone().stride(), x.clone(memory_format=t.contiguous_format).stride(), x.clone(memory_format=t.contiguous_format)])(
        matrix(t).t())),
    plain("a contiguous copy can be viewed", lambda t: (lambda x: [x.contiguous().view(-1), x.contiguous()[1].stride()])(matrix(t).t())),
    Row("contiguous has a gradient", lambda t, x: x.t().contiguous(), (floats(2, 3),)),
    Row("clone has a gradient", lambda t, x: x.clone() * 2, (floats(2, 3),)),
    plain("data_ptr of parts", lambda t: (lambda x: [
        x.data_ptr() == x[0].data_ptr(), x[1].data_ptr() - x.data_ptr(), x.t().data_ptr() == x.data_ptr(),
        x.clone().data_ptr() == x.data_ptr(), x.view(-1).data_ptr() == x.data_ptr()])(matrix(t))),
    plain("memory formats", lambda t: (lambda x: [
        x.is_contiguous(memory_format=t.contiguous_format), x.contiguous(memory_format=t.contiguous_format) is x,
        x.clone(memory_format=t.preserve_format)])(matrix(t))),
    plain("is_set_to", lambda t: (lambda x: [x.is_set_to(x), x.is_set_to(x.view(3, 2)), x.is_set_to(x.view(2, 3)), x.is_set_to(x.clone())])(matrix(t))),
]  # fmt: skip

# ---------------------------------------------------------------- storages

STORAGES = [
    plain("storage", lambda t: repr(matrix(t).storage())),
    plain("storage of ints", lambda t: repr(t.tensor([[1, 2]]).storage())),
    plain("untyped storage", lambda t: repr(t.tensor([1, 258], dtype=t.int16).untyped_storage())),
    plain("lengths", lambda t: (lambda x: [
        len(x.storage()), x.storage().size(), len(x.untyped_storage()), x.storage().nbytes(), x.untyped_storage().nbytes(),
        x.storage().element_size()])(matrix(t))),
    plain("a part has the whole storage", lambda t: (lambda x: [x[1].storage().tolist(), len(x[0, :1].storage()), x.t().storage().tolist()])(matrix(t))),
    plain("identity", lambda t: (lambda x: [
        x.untyped_storage() is x[1].untyped_storage(), x.untyped_storage() is x.view(3, 2).untyped_storage(),
        x.untyped_storage() is x.detach().untyped_storage(), x.untyped_storage() is x.clone().untyped_storage()])(matrix(t))),
    plain("data_ptr", lambda t: (lambda x: [x.storage().data_ptr() == x.data_ptr(), x[1].storage().data_ptr() == x.data_ptr()])(matrix(t))),
    plain("elements", lambda t: (lambda s: [s[0], s[-1], s.tolist(), list(s), s.dtype])(matrix(t).storage())),
    plain("bytes", lambda t: (lambda s: [s[0], s[1], s.tolist()])(t.tensor([258, -1], dtype=t.int16).untyped_storage())),
    plain("device and type", lambda t: (lambda s: [s.device, s.is_cuda, s.type()])(matrix(t).storage())),
    plain("is_storage", lambda t: [t.is_storage(matrix(t).storage()), t.is_storage(matrix(t).untyped_storage()), t.is_storage(1)]),
    plain("written through", lambda t: _through_a_storage(t)),
    plain("set_ to a storage", lambda t: t.zeros(3).set_(t.arange(6.0).storage())),
    plain("set_ to a geometry", lambda t: t.zeros(3).set_(t.arange(6.0).storage(), 1, (2,), (2,))),
    plain("set_ to a tensor", lambda t: _set_to_a_tensor(t)),
    plain("resize_ smaller and back", lambda t: _resized(t)),
]  # fmt: skip


def _through_a_storage(t):
    x = matrix(t)
    part = x[1]
    s = x.storage()
    s[4] = 40
    x[0, 0] = 7
    return [x, part, s.tolist()]


def _set_to_a_tensor(t):
    x, y = t.zeros(3), t.arange(6.0)
    x.set_(y)
    x[0] = 9
    return [x, y]


def _resized(t):
    x = t.arange(6)
    x.resize_(2, 2)
    small = x.clone()
    x.resize_(6)
    return [small, x]


# ---------------------------------------------------------------- aliases


def alias(name, change):
    """A row over x, a view, a detached alias, .data and a clone, of which one is changed."""

    def run(t):
        x = matrix(t)
        them = {
            "x": x,
            "row": x[1],
            "column": x[:, 0],
            "detached": x.detach(),
            "data": x.data,
            "clone": x.clone(),
            "turned": x.t(),
        }
        change(t, them)
        return [*them.values(), x._version]

    return plain(name, run)


ALIASES = [
    alias("x[0, 0] = 9", lambda t, a: a["x"].__setitem__((0, 0), 9)),
    alias("row[0] = 9", lambda t, a: a["row"].__setitem__(0, 9)),
    alias("column[1] = 9", lambda t, a: a["column"].__setitem__(1, 9)),
    alias("detached[0] = 9", lambda t, a: a["detached"].__setitem__(0, 9)),
    alias("data[0] = 9", lambda t, a: a["data"].__setitem__(0, 9)),
    alias("clone[0] = 9", lambda t, a: a["clone"].__setitem__(0, 9)),
    alias("turned[0] = 9", lambda t, a: a["turned"].__setitem__(0, 9)),
    alias("x += 1", lambda t, a: a["x"].__iadd__(1)),
    alias("row *= 2", lambda t, a: a["row"].__imul__(2)),
    alias("x.copy_", lambda t, a: a["x"].copy_(t.tensor([7, 8, 9]))),
    alias("row.copy_ of a number", lambda t, a: a["row"].copy_(t.tensor(5))),
    alias("turned.copy_(x's numbers)", lambda t, a: a["turned"].copy_(t.arange(6).view(3, 2))),
    plain("x.data = another", lambda t: _other_data(t)),
    plain("x.data of another shape", lambda t: _other_shape(t)),
    plain(
        "copy_ converts",
        lambda t: [t.zeros(2, dtype=t.int64).copy_(t.tensor([1.9, -1.9])), t.zeros(2).copy_(t.tensor([True, False]))],
    ),
    plain("copy_ returns x", lambda t: (lambda x: x.copy_(t.ones(2)) is x)(t.zeros(2))),
    Row("copy_ has a gradient", lambda t, x: t.zeros(2, 3, dtype=t.float64).copy_(x) * 2, (floats(3),)),
    plain("copy_ from an expanded one", lambda t: t.zeros(2, 3).copy_(t.tensor([[1.0], [2.0]]).expand(2, 3))),
    plain(
        "detach shares and needs no grad",
        lambda t: (lambda x: [(x * 2).detach().requires_grad, x.detach().is_leaf])(t.ones(2, requires_grad=True)),
    ),
    plain(
        "detach_",
        lambda t: (lambda y: [y.detach_() is y, y.requires_grad, y.is_leaf, y.grad_fn])(
            t.ones(2, requires_grad=True) * 2
        ),
    ),
    plain("requires_grad of data", lambda t: _data_of_a_leaf(t)),
    plain("_version", lambda t: _versions(t)),
    plain("apply_", lambda t: t.tensor([1.0, 4.0]).apply_(lambda v: v * 2)),
    plain("map_", lambda t: t.tensor([1.0, 4.0]).map_(t.tensor([2.0, 3.0]), lambda a, b: a * b)),
    plain(
        "detach_ as a function",
        lambda t: (lambda y: [t.detach_(y) is y, y.requires_grad])(t.ones(2, requires_grad=True) * 2),
    ),
    plain(
        "new_empty_strided",
        lambda t: (lambda y: [y.stride(), y.dtype])(t.ones(2).double().new_empty_strided((2, 3), (1, 2))),
    ),
    plain("share_memory_", lambda t: (lambda x: x.share_memory_() is x)(t.ones(2))),
]


def _other_data(t):
    x = t.zeros(2, requires_grad=True)
    y = t.tensor([5.0, 6.0])
    x.data = y
    y[0] = 7
    (x * x).backward(t.ones(2))
    return [x, x.grad, y, x.is_leaf]


def _other_shape(t):
    x = t.zeros(2)
    x.data = t.ones(3, 1)
    return [x, x.shape]


def _data_of_a_leaf(t):
    w = t.ones(2, requires_grad=True)
    (w * 3).backward(t.ones(2))
    w.data.copy_(w.data - w.grad.data)
    return [w, w.data, w.grad, w._version]


def _versions(t):
    x = t.zeros(3)
    seen = [x._version]
    x[0] = 1
    seen.append(x._version)
    view, apart, data = x[1:], x.detach(), x.data
    view += 1
    seen += [x._version, view._version, apart._version, data._version]
    data[0] = 2
    seen += [x._version, data._version]
    return seen


# ---------------------------------------------------------------- copies, pickles, files


def through(name, carry):
    """Rows over what a way of copying keeps: values, dtypes, geometry, sharing, requires_grad."""

    def carried(t):
        return lambda value: carry(t, value)

    return [
        plain(f"{name}: a matrix", lambda t: carried(t)(matrix(t))),
        plain(f"{name}: dtypes", lambda t: carried(t)([t.ones(2, dtype=getattr(t, d)) for d in (
            "bool", "uint8", "int16", "int64", "float16", "float64", "complex64")])),
        plain(f"{name}: 0-d and empty", lambda t: carried(t)([t.tensor(1.5), t.empty(2, 0)])),
        plain(f"{name}: a leaf", lambda t: carried(t)(t.ones(2, requires_grad=True))),
        plain(f"{name}: a transposed one", lambda t: (lambda y: [y, y.stride()])(carried(t)(matrix(t).t()))),
        # PyTorch's own pickles keep each tensor's storage apart; agrad's share on.
        *([] if name == "pickle" else [plain(f"{name}: sharing", lambda t: _shared_after(t, carried(t)))]),
        plain(f"{name}: one twice", lambda t: (lambda pair: pair[0] is pair[1])(carried(t)([t.ones(2)] * 2))),
        plain(f"{name}: nested", lambda t: carried(t)({"a": [t.ones(1), (t.zeros(1), 3)], "b": "text", "c": None})),
        plain(f"{name}: a size and a dtype", lambda t: (lambda d: [str(d["s"]), d["d"]])(carried(t)({"s": t.ones(2, 3).shape, "d": t.float64}))),
        plain(f"{name}: apart from the original", lambda t: _apart(t, carried(t))),
    ]  # fmt: skip


def _shared_after(t, carry):
    x = matrix(t)
    x2, row2 = carry([x, x[1]])
    row2[0] = 30
    return [x2, row2, x]


def _apart(t, carry):
    x = matrix(t)
    y = carry(x)
    y[0, 0] = 100
    return [x, y]


def _saved(t, value):
    buffer = io.BytesIO()
    t.save(value, buffer)
    buffer.seek(0)
    return t.load(buffer)


COPIES = [
    *through("deepcopy", lambda t, value: copy.deepcopy(value)),
    *through("pickle", lambda t, value: pickle.loads(pickle.dumps(value))),
    *through("save and load", _saved),
    plain("copy shares the memory", lambda t: (lambda x, y: [y.data_ptr() == x.data_ptr(), y])(*(lambda x: (x, copy.copy(x)))(matrix(t)))),
    plain("a pickled result is a leaf", lambda t: (lambda y: [y, y.is_leaf])(pickle.loads(pickle.dumps(t.ones(2, requires_grad=True) * 2)))),
    plain("deepcopy takes the gradient along", lambda t: _copied_gradient(t)),
    plain("map_location", lambda t: [t.load(_file(t), map_location="cpu"), t.load(_file(t), map_location=t.device("cpu")),
        t.load(_file(t), map_location=lambda storage, where: storage), t.load(_file(t), map_location={"cpu": "cpu"})]),
    plain("weights_only", lambda t: [t.load(_file(t), weights_only=True), t.load(_file(t), weights_only=False)]),
]  # fmt: skip


def _file(t):
    buffer = io.BytesIO()
    t.save({"w": t.ones(2), "n": 3}, buffer)
    buffer.seek(0)
    return buffer


def _copied_gradient(t):
    x = t.ones(2, requires_grad=True)
    (x * 3).backward(t.ones(2))
    y = copy.deepcopy(x)
    y.grad[0] = 7
    return [y, y.grad, x.grad]


class Unknown:
    """A class that no file may name unasked."""


def _unsafe(t):
    buffer = io.BytesIO()
    t.save({"x": Unknown()}, buffer)
    buffer.seek(0)
    t.load(buffer)


ERRORS = [
    Error("deepcopy of a result", lambda t: copy.deepcopy(t.ones(2, requires_grad=True) * 2), "Only Tensors created explicitly by the user"),
    Error("pin_memory", lambda t: t.ones(2).pin_memory(), "Cannot access accelerator device when none is available"),
    Error("detach_ of a view", lambda t: matrix(t)[0].detach_(), "Can't detach views in-place. Use detach() instead."),
    Error("stride of an axis that is not there", lambda t: matrix(t).stride(2), "Dimension out of range"),
    Error("a slice of a storage", lambda t: matrix(t).storage()[1:3], "slices are only supported in UntypedStorage"),
    Error("outside of a storage", lambda t: matrix(t).storage()[9], "out of range"),
    Error("resize_ with grad", lambda t: t.ones(2, requires_grad=True).resize_(3), "cannot resize variables that require grad"),
    Error("apply_ with grad", lambda t: t.ones(2, requires_grad=True).apply_(abs), "Can't call apply_() on Variable that requires grad"),
    Error("copy_ into a leaf", lambda t: t.ones(2, requires_grad=True).copy_(t.ones(2)), "a leaf Variable that requires grad"),
    Error("copy_ of another size", lambda t: t.ones(2).copy_(t.ones(3)), "must match"),
    Error("data of no tensor", lambda t: setattr(t.ones(2), "data", 3), "Variable data has to be a tensor"),
    Error("an unsafe file", _unsafe, "Weights only load failed"),
    Error("view of a non-contiguous one", lambda t: matrix(t).t().view(-1), "view size is not compatible with input tensor's size and stride"),
]  # fmt: skip

ROWS = [*GEOMETRY, *STORAGES, *ALIASES, *COPIES, *ERRORS]


@pytest.mark.parametrize(("row", "backend"), cases(ROWS), ids=case_id)
@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated")
def test_storage(row, backend):
    check(row, backend)
