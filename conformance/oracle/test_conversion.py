"""What a tensor is, against PyTorch: types and dtypes, promotion, conversions, Python numbers, shapes, limits."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from oracle import Error, Row, case_id, cases, check, floats, ints

DTYPES = (
    "bool",
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
)
FOUR = (4,)


def plain(name, run, inputs=(), **more):
    """A row without gradients."""
    return Row(name, run, inputs, grad=False, **more)


def made(t, dtype, *sizes):
    """Ones of a dtype."""
    return t.ones(sizes, dtype=getattr(t, dtype))


# ---------------------------------------------------------------- types by name

TYPES = [
    plain(f"type() of {dtype}", lambda t, dtype=dtype: made(t, dtype, 2).type())
    for dtype in (*DTYPES, "uint16", "uint32")
] + [
    plain("type(dtype)", lambda t, x: x.type(t.float64), (ints(3),)),
    plain("type(name)", lambda t, x: x.type("torch.DoubleTensor"), (ints(3),)),
    plain("type(type)", lambda t, x: x.type(t.IntTensor), (floats(3),)),
    plain("type_as", lambda t, x, y: x.type_as(y), (floats(3), ints(2, dtype="int32"))),
    plain("dtypes' names", lambda t: [repr(getattr(t, dtype)) for dtype in DTYPES]),
    plain("aliases", lambda t: [t.float, t.double, t.half, t.long, t.int, t.short, t.cfloat, t.cdouble]),
    plain(
        "dtypes' attributes",
        lambda t: [
            (d.is_floating_point, d.is_complex, d.is_signed, d.itemsize, d.to_real())
            for d in (getattr(t, dtype) for dtype in DTYPES)
        ],
    ),
    plain("to_complex", lambda t: [t.float32.to_complex(), t.float64.to_complex(), t.complex64.to_complex()]),
    plain("is_tensor", lambda t: [t.is_tensor(t.ones(1)), t.is_tensor(1), t.is_tensor([t.ones(1)])]),
    plain("is_floating_point", lambda t: [t.is_floating_point(made(t, d, 1)) for d in DTYPES]),
    plain("is_complex", lambda t: [t.is_complex(made(t, d, 1)) for d in DTYPES]),
    plain("is_signed", lambda t: [made(t, d, 1).is_signed() for d in DTYPES]),
    plain("methods", lambda t: [(made(t, d, 1).is_floating_point(), made(t, d, 1).is_complex()) for d in DTYPES]),
    plain("is_nonzero", lambda t: [t.is_nonzero(t.tensor([1.0])), t.tensor(0).is_nonzero()]),
    plain("numel", lambda t: [t.numel(t.ones(2, 3)), t.ones(2, 0).numel(), t.tensor(1).nelement()]),
    plain("is_same_size", lambda t: [t.is_same_size(t.ones(2), t.zeros(2)), t.ones(2).is_same_size(t.ones(1, 2))]),
    plain(
        "never",
        lambda t: (lambda x: [x.is_sparse, x.is_quantized, x.is_meta, x.is_conj(), x.is_neg(), x.is_cuda])(t.ones(1)),
    ),
    plain("layout", lambda t: repr(t.ones(1).layout)),
]
LIMITS = [
    plain(f"finfo of {dtype}", lambda t, dtype=dtype: repr(t.finfo(getattr(t, dtype))))
    for dtype in ("float16", "bfloat16", "float32", "float64", "complex64", "complex128")
] + [
    plain(f"finfo's numbers of {dtype}", lambda t, dtype=dtype: (lambda f: [
        f.bits, f.eps, f.max, f.min, f.tiny, f.smallest_normal, f.resolution, f.dtype])(t.finfo(getattr(t, dtype))), rtol=1e-15)
    for dtype in ("float16", "bfloat16", "float32", "float64")
] + [
    plain(f"iinfo of {dtype}", lambda t, dtype=dtype: (lambda i: [repr(i), i.bits, i.max, i.min, i.dtype])(t.iinfo(getattr(t, dtype))))
    for dtype in ("uint8", "int8", "int16", "int32", "int64")
] + [plain("finfo of the default", lambda t: repr(t.finfo()))]  # fmt: skip

# ---------------------------------------------------------------- promotion

PROMOTION = [
    plain(f"promote_types {a} {b}", lambda t, a=a, b=b: t.promote_types(getattr(t, a), getattr(t, b)))
    for a, b in itertools.combinations_with_replacement((*DTYPES, "bfloat16"), 2)
]
CASTS = [
    plain(f"can_cast from {a}", lambda t, a=a: [t.can_cast(getattr(t, a), getattr(t, b)) for b in DTYPES])
    for a in DTYPES
]
NUMBERS = (True, 2, 2.5, 1j)


def halved(*dtypes):
    """Whether PyTorch's answer is complex32, a dtype that no backend has: agrad's is complex64 there."""
    return "float16" in dtypes and any(str(dtype).startswith("complex") or dtype == 1j for dtype in dtypes)


MIXED = [
    plain(f"{a} * {number}", lambda t, a=a, number=number: made(t, a, 2) * number)
    for a in DTYPES
    for number in NUMBERS
    if not halved(a, number)
] + [
    plain(f"{a} + {b}, {kind}", lambda t, a=a, b=b, m=m, n=n: (made(t, a, *m) + made(t, b, *n)).dtype)
    for (a, b) in itertools.product(DTYPES, repeat=2)
    for kind, m, n in (("both with axes", (2,), (2,)), ("the second 0-d", (2,), ()), ("both 0-d", (), ()))
    if not (halved(a, b) and a == "float16" and kind == "the second 0-d")
]
RESULTS = [
    plain(f"result_type of {a} and a number", lambda t, a=a: [t.result_type(made(t, a, 2), n) for n in NUMBERS if not halved(a, n)]) for a in DTYPES
] + [
    plain(f"result_type of a number and 0-d {a}", lambda t, a=a: [t.result_type(n, made(t, a)) for n in NUMBERS if not halved(a, n)]) for a in DTYPES
] + [plain("result_type of numbers", lambda t: [t.result_type(1, 2.0), t.result_type(1, True), t.result_type(1j, 2)])]  # fmt: skip

# ---------------------------------------------------------------- conversions

SHORT = ("float", "double", "half", "long", "int", "short", "char", "byte", "bool", "cfloat", "cdouble")
CONVERSIONS = [
    Row(f"{a}.{method}()", lambda t, method=method, a=a: getattr(t.tensor([0, 1, 2]).to(getattr(t, a)), method)(), grad=False)
    for method in SHORT
    for a in ("int64", "float32", "float64", "bool")
] + [
    Row(f"to({dtype})", lambda t, x, dtype=dtype: x.to(getattr(t, dtype)), (floats(2, 3),), rtol=1e-2)
    for dtype in ("float16", "float32", "float64", "complex64", "complex128")
] + [
    Row("to(device)", lambda t, x: x.to("cpu"), (floats(3),)),
    plain("to the same is the tensor", lambda t, x: [x.to("cpu") is x, x.to(t.float64) is x, x.to(x) is x, x.cpu() is x,
        x.double() is x, x.to(None) is x, x.to() is x], (floats(3),)),
    plain("to with copy=", lambda t, x: [x.to(t.float64, copy=True) is x, x.to("cpu", copy=True) is x], (floats(3),)),
    Row("to(device, dtype)", lambda t, x: x.to("cpu", t.float32), (floats(3),)),
    Row("to(device=, dtype=)", lambda t, x: x.to(device="cpu", dtype=t.float32), (floats(3),)),
    Row("to(dtype, non_blocking=)", lambda t, x: x.to(t.float32, non_blocking=True), (floats(3),)),
    Row("to(other)", lambda t, x, y: x.to(y), (floats(3), floats(1, dtype="float32"))),
    plain("floats to ints cut", lambda t: t.tensor([1.9, -1.9, 0.0]).long()),
    plain("ints wrap around", lambda t: [t.tensor([300, -1]).byte(), t.tensor([200]).char(), t.tensor([70000]).short()]),
    plain("to bool", lambda t: t.tensor([0.0, 0.5, float("nan"), -1.0]).bool()),
    Row("a gradient through two dtypes", lambda t, x: (x.float() * 2).double(), (floats(3),), rtol=1e-6),
    plain("bfloat16", lambda t: t.tensor([1.5, 2.25]).bfloat16().float(), backends=("jax",), why="NumPy has no bfloat16"),
]  # fmt: skip
DEFAULTS = [
    plain("set_default_dtype", lambda t: (t.set_default_dtype(t.float64), t.tensor([1.5]).dtype, t.ones(1).dtype,
        t.get_default_dtype(), (t.tensor([1]) / 2).dtype, t.tensor(1j).dtype, t.set_default_dtype(t.float32))[1:-1]),
    plain("set_default_tensor_type by name", lambda t: (t.set_default_tensor_type("torch.DoubleTensor"), t.ones(1).dtype,
        t.Tensor([1]).dtype, t.set_default_tensor_type("torch.FloatTensor"), t.ones(1).dtype)[1:]),
    plain("set_default_tensor_type by type", lambda t: (t.set_default_tensor_type(t.DoubleTensor), t.ones(1).dtype,
        t.set_default_tensor_type(t.FloatTensor))[1]),
]  # fmt: skip

# ---------------------------------------------------------------- Python numbers and shapes

PYTHON = [
    plain(f"item of {dtype}", lambda t, dtype=dtype: (lambda v: [type(v).__name__, v])(made(t, dtype, 1, 1).item())) for dtype in DTYPES
] + [
    plain("tolist", lambda t: [t.tensor([[1, 2], [3, 4]]).tolist(), t.tensor(1.5).tolist(), t.tensor([True]).tolist(), t.ones(0).tolist()]),
    plain("int, float, complex, bool", lambda t: [int(t.tensor(2.7)), float(t.tensor([3])), complex(t.tensor(1.5)), bool(t.tensor([[0]]))]),
    plain("index", lambda t: [[10, 20, 30][t.tensor(1)], list(range(t.tensor(3))), t.tensor(True).__index__()]),
    plain("len", lambda t: [len(t.ones(3, 2)), len(t.ones(0, 5))]),
    Row("iteration", lambda t, x: list(x), (floats(3, 2),)),
    Row("unpacking", lambda t, x: (lambda a, b: a * b)(*x), (floats(2),)),
    plain("contains", lambda t: [1.0 in t.ones(2), 2 in t.ones(2), t.tensor([1]) in t.tensor([[1], [2]])]),
    plain("hash is the identity", lambda t: (lambda x: [hash(x) == id(x), len({x, x}), x in {x: 1}])(t.ones(2))),
    Row("reversed", lambda t, x: reversed(x), (floats(3, 2),)),
    plain("reversed of 0-d", lambda t: (lambda x: reversed(x) is x)(t.tensor(1))),
    plain("format", lambda t: [f"{t.tensor(1.5)}", f"{t.tensor(3.14159):.2f}", f"{t.tensor(7):03d}", f"{t.ones(2)}", format(t.tensor(2.0), ".1f")]),
    plain("in a list of ints", lambda t: [1, 2, 3][t.tensor(0) : t.tensor(2)]),
    plain("size", lambda t: (lambda x: [str(x.size()), x.size(0), x.size(-1), x.size(dim=1), str(x.shape)])(t.ones(2, 3))),
    plain("sizes", lambda t: (lambda s: [str(s[:1]), str(s + FOUR), str(s * 2), s.numel(), s == (2, 3), s[1], len(s),
        isinstance(s, tuple), str(FOUR + s)])(t.ones(2, 3).shape)),
    plain("Size", lambda t: [str(t.Size([2, 3])), str(t.Size()), t.Size((2,)).numel(), t.Size([1, 2]) == t.Size([1, 2])]),
    plain("axes", lambda t: (lambda x: [x.dim(), x.ndim, x.ndimension()])(t.ones(2, 3))),
    plain("bytes", lambda t: [(made(t, d, 3).element_size(), made(t, d, 3).itemsize, made(t, d, 3).nbytes) for d in DTYPES]),
    plain("data is detached", lambda t: (lambda x: [x.data.requires_grad, x.requires_grad, x.data is x])(t.ones(2, requires_grad=True))),
]  # fmt: skip
ERRORS = [
    Error("item of many", lambda t: t.ones(2).item(), "a Tensor with 2 elements cannot be converted to Scalar"),
    Error("item of none", lambda t: t.ones(0).item(), "a Tensor with 0 elements cannot be converted to Scalar"),
    Error("bool of many", lambda t: bool(t.ones(2)), "Boolean value of Tensor with more than one value is ambiguous"),
    Error("bool of none", lambda t: bool(t.ones(0)), "Boolean value of Tensor with no values is ambiguous"),
    Error("if of many", lambda t: 1 if t.ones(2) > 0 else 0, "Boolean value of Tensor with more than one value is ambiguous"),
    Error("int of many", lambda t: int(t.ones(2)), "only one element tensors can be converted to Python scalars"),
    Error("float of many", lambda t: float(t.ones(2)), "only one element tensors can be converted to Python scalars"),
    Error("float of a complex number", lambda t: float(t.tensor(1j)), "value cannot be converted to type double without overflow"),
    Error("index of a float", lambda t: [1][t.tensor(0.0)], "only integer tensors of a single element can be converted to an index"),
    Error("len of 0-d", lambda t: len(t.tensor(1)), "len() of a 0-d tensor"),
    Error("iteration over 0-d", lambda t: iter(t.tensor(1)), "iteration over a 0-d tensor"),
    Error("a string in a tensor", lambda t: "a" in t.ones(2), "Tensor.__contains__ only supports Tensor or scalar"),
    Error("format of many", lambda t: f"{t.ones(2):.2f}", "unsupported format string passed to Tensor.__format__"),
    Error("size of an axis that is not there", lambda t: t.ones(2, 3).size(5), "expected to be in range of [-2, 1], but got 5"),
    Error("an unknown type", lambda t: t.ones(2).type("foo"), "invalid type: 'foo'"),
    Error("to of dtype and device", lambda t: t.ones(2).to(t.float64, "cpu"), "to() received an invalid combination of arguments"),
    Error("a Size of floats", lambda t: t.Size([1.5]), "Size() takes an iterable of 'int' (item 0 is 'float')"),
    Error("finfo of ints", lambda t: t.finfo(t.int32), "torch.finfo() requires a floating point input type"),
    Error("iinfo of floats", lambda t: t.iinfo(t.float32), "torch.iinfo() requires an integer input type"),
    Error("iinfo of bools", lambda t: t.iinfo(t.bool), "torch.bool is not supported by torch.iinfo"),
    Error("a default dtype of ints", lambda t: t.set_default_dtype(t.int32), "only floating-point types are supported as the default type"),
    Error("a default type of ints", lambda t: t.set_default_tensor_type("torch.LongTensor"), "only floating-point types are supported"),
    Error("is_floating_point of a number", lambda t: t.is_floating_point(1), "argument 'input' (position 1) must be Tensor, not int"),
    Error("is_nonzero of many", lambda t: t.is_nonzero(t.ones(2)), "Boolean value of Tensor with more than one value is ambiguous"),
    Error("ints have no complex dtype", lambda t: t.int32.to_complex(), "Unknown Complex ScalarType for Int"),
    Error("uint64 with int64", lambda t: t.promote_types(t.uint64, t.int64), "Promotion for uint16, uint32, uint64 types is not supported"),
]  # fmt: skip

ROWS = [
    *TYPES, *LIMITS, *PROMOTION, *CASTS, *MIXED, *RESULTS, *CONVERSIONS, *DEFAULTS, *PYTHON, *ERRORS,
]  # fmt: skip


@pytest.mark.parametrize(("row", "backend"), cases(ROWS), ids=case_id)
@pytest.mark.filterwarnings("ignore:torch.set_default_tensor_type", "ignore:Casting complex values to real")
def test_conversion(row, backend):
    check(row, backend)


def test_numpy_agrees_on_the_casts():
    """The table above is not read off one side: NumPy's casts of floats to ints cut too."""
    assert torch.tensor([1.9, -1.9]).long().tolist() == np.array([1.9, -1.9]).astype("int64").tolist() == [1, -1]
