"""Making tensors, against PyTorch: of data, of sizes, of ranges, like others, by type; values, dtypes, printed text, errors."""

from __future__ import annotations

import numpy as np
import pytest
from oracle import Error, Row, case_id, cases, check, floats, ints


def text(name, run, inputs=(), **more):
    """A row that compares the printed text too."""
    return Row(name, run, inputs, grad=False, text=True, **more)


# ---------------------------------------------------------------- of data

DATA = {
    "an int": 3,
    "a float": 1.5,
    "a bool": True,
    "a complex number": 1 + 2j,
    "ints": [1, 2, 3],
    "floats": [1.0, 2.5],
    "ints and floats": [1, 2.5],
    "bools and ints": [True, 2],
    "ints, floats and complex": [1, 2.5, 3j],
    "bools": [True, False],
    "nothing": [],
    "rows": [[1, 2], [3, 4]],
    "tuples": ((1.0, 2.0), (3.0, 4.0)),
    "empty rows": [[], []],
    "three deep": [[[1], [2]], [[3], [4]]],
    "nan and inf": [float("nan"), float("inf"), -float("inf")],
    "a NumPy int32": np.int32(7),
    "a NumPy float64": np.float64(1.5),
    "a NumPy bool": np.bool_(True),
    "NumPy float32s in a list": [np.float32(1.5), np.float32(2.5)],
    "NumPy float64s in a list": [np.float64(1.5)],
    "NumPy ints among floats": [np.int32(1), 2.5],
    "a range": range(4),
}
OF_DATA = [text(f"tensor of {name}", lambda t, data=data: t.tensor(data)) for name, data in DATA.items()] + [
    text(f"as_tensor of {name}", lambda t, data=data: t.as_tensor(data))
    for name, data in DATA.items()
    if name != "a range"
]
ARRAYS = [
    text(f"tensor of an array of {dtype}", lambda t, dtype=dtype: t.tensor(np.arange(3).astype(dtype)))
    for dtype in (
        "bool",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "float16",
        "float32",
        "float64",
        "complex64",
    )
]
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
AS_DTYPE = [
    text(f"tensor of {data} as {dtype}", lambda t, data=data, dtype=dtype: t.tensor(data, dtype=getattr(t, dtype)))
    for dtype in DTYPES
    for data in ([0, 1, 2], [True, False], [0.0, 1.0, 2.7])
]
OTHER_DATA = [
    text("int8 by negative numbers as uint8", lambda t: t.tensor([-1, -255], dtype=t.uint8)),
    text("of tensors", lambda t: t.tensor([t.tensor(1.0), t.tensor(2)])),
    text("of a tensor", lambda t, x: t.tensor(x), (floats(2, 3, dtype="float32"),), backends=("numpy", "jax")),
    text("requires_grad", lambda t: t.tensor([1.0, 2.0], requires_grad=True)),
    text("device=", lambda t: t.tensor([1.0], device="cpu")),
    text("device= an object", lambda t: t.tensor([1.0], device=t.device("cpu"))),
    text(
        "python types as dtypes",
        lambda t: [t.tensor([1], dtype=float), t.tensor([1], dtype=int), t.tensor([1], dtype=bool)],
    ),
    text("asarray", lambda t: t.asarray([1, 2], dtype=t.float64)),
    text("asarray of a NumPy array", lambda t: t.asarray(np.ones((2, 2)))),
    text("asarray with requires_grad", lambda t: t.asarray([1.0], requires_grad=True)),
    Row("as_tensor is the tensor", lambda t: (lambda x: t.as_tensor(x) is x)(t.ones(2)), grad=False),
    Row("as_tensor to another dtype", lambda t, x: t.as_tensor(x, dtype=t.float64), (floats(3, dtype="float32"),)),
    text("frombuffer", lambda t: t.frombuffer(bytearray(b"\x01\x00\x02\x00"), dtype=t.int16)),
    text(
        "frombuffer, count and offset", lambda t: t.frombuffer(bytearray(range(16)), dtype=t.int32, count=2, offset=4)
    ),
    text("frombuffer of floats", lambda t: t.frombuffer(bytearray(np.array([1.5, -2.0]).tobytes()), dtype=t.float64)),
    text("from_numpy", lambda t: t.from_numpy(np.arange(6, dtype="int32").reshape(2, 3))),
    text("from_numpy of a transposed array", lambda t: t.from_numpy(np.arange(6.0).reshape(2, 3).T)),
    text("from_numpy of a 0-d array", lambda t: t.from_numpy(np.array(3.0))),
    text("from_numpy of a slice", lambda t: t.from_numpy(np.arange(10)[2:8:2])),
    text("from_dlpack of a NumPy array", lambda t: t.from_dlpack(np.arange(3.0))),
    text("from_dlpack of a tensor", lambda t: t.from_dlpack(t.arange(3))),
]
DATA_ERRORS = [
    Error("ragged", lambda t: t.tensor([[1, 2], [3]]), "expected sequence of length 2 at dim 1 (got 1)"),
    Error("a string", lambda t: t.tensor("a"), "new(): invalid data type 'str'"),
    Error("a string in a list", lambda t: t.tensor([1, "a"]), "new(): invalid data type 'str'"),
    Error("None", lambda t: t.tensor(None), "Could not infer dtype of NoneType"),
    Error("an int64 too great", lambda t: t.tensor([2**63]), "Overflow when unpacking long"),
    Error("a uint8 too great", lambda t: t.tensor([300], dtype=t.uint8), "without overflow"),
    Error(
        "ints cannot require grad",
        lambda t: t.tensor([1], requires_grad=True),
        "Only Tensors of floating point and complex dtype can require gradients",
    ),
    Error("from_numpy of a list", lambda t: t.from_numpy([1]), "expected np.ndarray (got list)"),
    Error(
        "from_numpy of strings", lambda t: t.from_numpy(np.array(["a"])), "can't convert np.ndarray of type numpy.str_"
    ),
    Error("negative strides", lambda t: t.from_numpy(np.ones(3)[::-1]), "stride", backends=("numpy",)),
    Error(
        "asarray without a copy", lambda t: t.asarray([1], copy=False), "can't alias arbitrary sequence into a tensor"
    ),
    Error("an empty buffer", lambda t: t.frombuffer(bytearray(b""), dtype=t.int16), "must not be 0"),
    Error(
        "half an element",
        lambda t: t.frombuffer(bytearray(b"123"), dtype=t.int16),
        "must be a multiple of element size (2)",
    ),
    Error(
        "a buffer too short",
        lambda t: t.frombuffer(bytearray(b"1234"), dtype=t.int16, count=5),
        "must not be greater than actual buffer length (4 bytes)",
    ),
    Error("an unknown device", lambda t: t.zeros(2, device="foo"), "device type at start of device string: foo"),
    Error("a device string with a bad index", lambda t: t.zeros(2, device="cpu:x"), "Invalid device string: 'cpu:x'"),
    Error("cuda where there is none", lambda t: t.zeros(2, device="cuda"), "Torch not compiled with CUDA enabled"),
]

# ---------------------------------------------------------------- of sizes

FILLED = [
    text(f"{name} {given}", lambda t, name=name, given=given: getattr(t, name)(*given))
    for name in ("zeros", "ones")
    for given in ((3,), (2, 3), ((2, 3),), ([2, 3],), ((),), ([],), (0,), (2, 0, 3), (np.int64(2), 3))
] + [
    text(f"{name} as {dtype}", lambda t, name=name, dtype=dtype: getattr(t, name)(2, 2, dtype=getattr(t, dtype)))
    for name in ("zeros", "ones")
    for dtype in DTYPES
]
SIZES = [
    text("of a Size", lambda t: t.zeros(t.Size([2, 1]))),
    text("of a shape", lambda t: t.ones(t.ones(2, 2).shape)),
    text("size=", lambda t: t.ones(size=(2, 1))),
    text("of 0-d tensors", lambda t: t.ones(t.tensor(2), t.tensor(1))),
    Row("empty", lambda t: (t.empty(2, 3).shape, t.empty(2, 3).dtype, t.empty(2, dtype=t.int8).dtype), grad=False),
    Row(
        "empty_like",
        lambda t: (t.empty_like(t.ones(2, 3).int()).shape, t.empty_like(t.ones(2).int()).dtype),
        grad=False,
    ),
    Row(
        "empty_strided",
        lambda t: (t.empty_strided((2, 3), (1, 2)).stride(), t.empty_strided((2, 3), (1, 2)).shape),
        grad=False,
    ),
    text("zeros with requires_grad", lambda t: t.zeros(2, requires_grad=True)),
    text("layout= and pin_memory=", lambda t: t.zeros(2, layout=t.strided, pin_memory=False)),
    text("full of an int", lambda t: t.full((2,), 1)),
    text("full of a float", lambda t: t.full((2, 2), 3.5)),
    text("full of a bool", lambda t: t.full((2,), True)),
    text("full of a complex number", lambda t: t.full((2,), 1j)),
    text("full of a 0-d tensor", lambda t: t.full((2,), t.tensor(1.5))),
    text("full with a dtype", lambda t: t.full([2], 7, dtype=t.float64)),
    text("zeros_like", lambda t, x: t.zeros_like(x), (floats(2, 3),)),
    text("ones_like of ints", lambda t, x: t.ones_like(x), (ints(2, 2, dtype="int32"),)),
    text("ones_like with a dtype", lambda t, x: t.ones_like(x, dtype=t.int64), (floats(2),)),
    text("full_like", lambda t, x: t.full_like(x, 2.5), (floats(2),)),
    text("zeros_like with requires_grad", lambda t, x: t.zeros_like(x, requires_grad=True), (floats(2),)),
    Row("zeros into out", lambda t: (lambda x: [t.zeros(2, out=x) is x, x])(t.ones(2)), grad=False),
    Row("ones into an empty out", lambda t: (lambda x: [t.ones(2, 2, out=x) is x, x])(t.empty(0)), grad=False),
    text("new_zeros", lambda t, x: [x.new_zeros(2), x.new_zeros(2, 1), x.new_zeros((1, 2))], (ints(2, dtype="int16"),)),
    text("new_ones", lambda t, x: [x.new_ones(2), x.new_ones((2,), dtype=t.int32)], (floats(2),)),
    text("new_full", lambda t, x: [x.new_full((2,), 3), x.new_full((2,), 3, dtype=t.int64)], (floats(2),)),
    text("new_tensor", lambda t, x: [x.new_tensor([1, 2]), x.new_tensor([1, 2], dtype=t.int32)], (floats(2),)),
    text("new_tensor of floats for ints", lambda t, x: x.new_tensor([1.5]), (ints(2),)),
    Row("new_empty", lambda t, x: (x.new_empty(2, 3).shape, x.new_empty((2,)).dtype), (ints(2),), grad=False),
    text("new of a list", lambda t, x: x.new([1, 2]), (floats(2, dtype="float32"),)),
    Row("new of sizes", lambda t, x: (x.new(2, 3).shape, x.new(2).dtype), (floats(2),), grad=False),
]
SIZE_ERRORS = [
    Error("negative sizes", lambda t: t.zeros(2, -1), "Dimension size must be non-negative"),
    Error("a string for a size", lambda t: t.zeros("a"), "argument 'size' (position 1) must be tuple of ints, not str"),
    Error(
        "a float for a size", lambda t: t.zeros(2.5), "argument 'size' (position 1) must be tuple of ints, not float"
    ),
    Error("a float among sizes", lambda t: t.zeros((2, 2.5)), "failed to unpack the object at pos 2"),
    Error("no size", lambda t: t.zeros(), "missing 1 required positional arguments"),
    Error("full with an int for a size", lambda t: t.full(2, 1.5), "must be tuple of ints, not int"),
    Error("like a list", lambda t: t.zeros_like([1]), "argument 'input' (position 1) must be Tensor, not list"),
    Error("ints cannot require grad", lambda t: t.zeros(2, dtype=t.int32, requires_grad=True), "can require gradients"),
    Error(
        "strides of another length",
        lambda t: t.empty_strided((2, 3), (1,)),
        "dimensionality of sizes (2) must match dimensionality of strides (1)",
    ),
]

# ---------------------------------------------------------------- ranges

RANGES = [
    text(f"arange{given}", lambda t, given=given: t.arange(*given))
    for given in (
        (5,),
        (0,),
        (2, 5),
        (1, 2.5, 0.5),
        (1.0,),
        (5, 1, -2),
        (0, 1, 0.1),
        (0, 10, 3),
        (-3, 3),
        (1, 10, 2.0),
        (True,),
        (3, 3),
    )
] + [
    text(f"arange as {dtype}", lambda t, dtype=dtype: t.arange(4, dtype=getattr(t, dtype)))
    for dtype in DTYPES
    if dtype not in ("bool", "complex64", "complex128")
]
OTHER_RANGES = [
    text("arange of 0-d tensors", lambda t: [t.arange(t.tensor(3)), t.arange(t.tensor(0.0), t.tensor(2.0))]),
    Row("arange into out", lambda t: (lambda x: [t.arange(3, out=x) is x, x])(t.zeros(3)), grad=False),
    text("linspace", lambda t: t.linspace(0, 1, 5)),
    text("linspace by name", lambda t: t.linspace(start=-1, end=1, steps=4)),
    text("linspace downwards", lambda t: t.linspace(3, -3, 7)),
    Row("linspace of doubles", lambda t: t.linspace(0, 1, 11, dtype=t.float64)),
    text("linspace of ints", lambda t: t.linspace(0, 10, 5, dtype=t.int64)),
    text("linspace of one step", lambda t: t.linspace(3, 10, steps=1)),
    text("linspace of none", lambda t: t.linspace(3, 10, steps=0)),
    text("linspace of complex numbers", lambda t: t.linspace(0, 1j, 3)),
    text("linspace between tensors", lambda t: t.linspace(t.tensor(0.0), t.tensor(1.0), 3)),
    text("linspace from a tensor", lambda t: t.linspace(t.tensor(0.0), 1, 3)),
    text("logspace", lambda t: t.logspace(0, 2, 3)),
    text("logspace to another base", lambda t: t.logspace(0, 3, 4, base=2)),
    text("logspace of ints", lambda t: t.logspace(0, 2, 3, dtype=t.int64)),
    Row("logspace of doubles", lambda t: t.logspace(-3, 3, 13, dtype=t.float64), rtol=1e-13),
    text("eye", lambda t: t.eye(3)),
    text("eye, wide", lambda t: t.eye(2, 3)),
    text("eye, tall", lambda t: t.eye(3, 2, dtype=t.int64)),
    text("eye of nothing", lambda t: t.eye(0)),
    text("eye with requires_grad", lambda t: t.eye(2, requires_grad=True)),
]
WINDOWS = [
    Row(f"{name}_window({length}, periodic={periodic})", lambda t, name=name, length=length, periodic=periodic: (
        getattr(t, f"{name}_window")(length, periodic=periodic, dtype=t.float64)), grad=False, rtol=1e-12, atol=1e-15)
    for name in ("hann", "hamming", "blackman", "bartlett", "kaiser")
    for length in (0, 1, 2, 5, 8)
    for periodic in (True, False)
] + [
    text("a window of the default dtype", lambda t: t.hann_window(5)),
    Row("a hamming window's numbers", lambda t: t.hamming_window(6, True, 0.5, 0.5), grad=False),
    Row("a kaiser window's shape", lambda t: t.kaiser_window(6, True, 4.0), grad=False, rtol=1e-5),
    text("range", lambda t: [t.range(1, 4), t.range(0, 1, 0.5), t.range(1, 4, dtype=t.int64)]),
    Row("constants", lambda t: [t.pi, t.e, t.inf, t.newaxis is None, t.ones(2)[:, t.newaxis].shape], grad=False),
]  # fmt: skip
RANGE_ERRORS = [
    Error("a window of ints", lambda t: t.hann_window(4, dtype=t.int64), "expects floating point dtypes"),
    Error("a window of fewer than none", lambda t: t.hann_window(-1), "requires non-negative window_length"),
    Error("the wrong way", lambda t: t.arange(5, 1), "upper bound and lower bound inconsistent with step sign"),
    Error("no step", lambda t: t.arange(0, 1, 0), "step must be nonzero"),
    Error("no end", lambda t: t.arange(0, float("inf")), "unsupported range: 0 -> inf"),
    Error("a range of bools", lambda t: t.arange(3, dtype=t.bool), "not implemented for 'Bool'"),
    Error("fewer than no steps", lambda t: t.linspace(0, 1, -1), "number of steps must be non-negative"),
    Error(
        "a linspace between vectors", lambda t: t.linspace(t.ones(2), 1, 3), "only supports 0-dimensional start and end"
    ),
    Error("a negative eye", lambda t: t.eye(-1), "n must be greater or equal to 0, got -1"),
]

# ---------------------------------------------------------------- types as constructors


def _written_through(t):
    x = t.ones(2)
    t.Tensor(x)[0] = 5
    return x


TYPES = ("Float", "Double", "Half", "Byte", "Char", "Short", "Int", "Long", "Bool")
CONSTRUCTED = [
    text(f"{name}Tensor of a list", lambda t, name=name: getattr(t, name + "Tensor")([1, 0, 2])) for name in TYPES
] + [
    Row(
        f"{name}Tensor of sizes",
        lambda t, name=name: (
            getattr(t, name + "Tensor")(2, 3).shape, getattr(t, name + "Tensor")(2).dtype, getattr(t, name + "Tensor")().shape,
        ),
        grad=False,
    )
    for name in TYPES
]  # fmt: skip
CONSTRUCTORS = [
    text("Tensor of a list", lambda t: t.Tensor([1, 2, 3])),
    text("Tensor of rows", lambda t: t.Tensor([[1, 2], [3, 4]])),
    text("Tensor of a tuple is data", lambda t: t.Tensor((2, 3))),
    text("Tensor of nothing", lambda t: t.Tensor()),
    text("Tensor of an array", lambda t: t.Tensor(np.array([1, 2]))),
    text("Tensor of bools", lambda t: t.Tensor([True, False])),
    text("Tensor of a tensor keeps its dtype", lambda t: t.Tensor(t.tensor([1, 2]))),
    text("Tensor of a storage", lambda t: t.Tensor(t.tensor([1.0, 2.0]).storage())),
    Row("Tensor of sizes", lambda t: (t.Tensor(2, 3).shape, t.Tensor(5).shape, t.Tensor(t.Size([2, 3])).shape), grad=False),
    Row("Tensor has the default dtype", lambda t: t.Tensor(2).dtype, grad=False),
    Row("Tensor of a tensor shares memory", lambda t: (lambda x: (t.Tensor(x).fill_(5) if False else x))(t.ones(2)), grad=False),
    Row("Tensor of a tensor shares memory", _written_through, grad=False),
    text("LongTensor cuts", lambda t: t.LongTensor([1.5, -1.5])),
    Row("types say their dtype", lambda t: [t.FloatTensor.dtype, t.LongTensor.dtype, t.cuda.FloatTensor.is_cuda], grad=False),
    Row("types' names", lambda t: [repr(t.FloatTensor), repr(t.cuda.LongTensor)], grad=False),
    Row(
        "isinstance",
        lambda t: [
            isinstance(t.ones(2), kind)
            for kind in (t.Tensor, t.FloatTensor, t.DoubleTensor, t.LongTensor, t.cuda.FloatTensor)
        ],
        grad=False,
    ),
    Row("isinstance of ints and bools", lambda t: [
        isinstance(t.tensor([1]), t.LongTensor), isinstance(t.tensor([True]), t.BoolTensor),
        isinstance(t.tensor([True]), t.ByteTensor), isinstance(1, t.FloatTensor)], grad=False),
]  # fmt: skip
CONSTRUCTOR_ERRORS = [
    Error("a float is no size", lambda t: t.Tensor(5.0), "new(): data must be a sequence (got float)"),
    Error("a string is no data", lambda t: t.Tensor("abc"), "new(): invalid data type 'str'"),
    Error(
        "dtype= is not taken",
        lambda t: t.Tensor(2, dtype=t.float32),
        "new() received an invalid combination of arguments",
    ),
    Error("too great for a byte", lambda t: t.ByteTensor([300]), "without overflow"),
    Error(
        "no CUDA", lambda t: t.cuda.FloatTensor(2), "FloatTensor not available. Torch not compiled with CUDA enabled"
    ),
]

ROWS = [
    *OF_DATA, *ARRAYS, *AS_DTYPE, *OTHER_DATA, *FILLED, *SIZES, *RANGES, *OTHER_RANGES, *WINDOWS, *CONSTRUCTED, *CONSTRUCTORS,
    *DATA_ERRORS, *SIZE_ERRORS, *RANGE_ERRORS, *CONSTRUCTOR_ERRORS,
]  # fmt: skip


@pytest.mark.parametrize(("row", "backend"), cases(ROWS), ids=case_id)
@pytest.mark.filterwarnings("ignore:To copy construct from a tensor", "ignore:Creating a tensor from a list of numpy")
@pytest.mark.filterwarnings(
    "ignore:Converting a tensor with requires_grad",
    "ignore:torch.range is deprecated",
    "ignore:TypedStorage is deprecated",
)
def test_creation(row, backend):
    check(row, backend)
