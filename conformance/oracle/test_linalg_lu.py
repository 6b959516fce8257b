"""LU factorizations and what tells of singular matrices without an error, against PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
from oracle import Error, Row, case_id, cases, check, floats, ints

SHAPES = [(3, 3), (3, 5), (5, 3), (2, 3, 3), (2, 2, 4), (2, 4, 2), (1, 1), (1, 3), (3, 1)]
EMPTY = [(0, 0), (0, 3), (3, 0), (2, 0, 3), (0, 2, 2)]
A33, B33 = floats(3, 3), floats(2, 3, 3)
C33 = floats(3, 3, dtype="complex128")
C24 = floats(2, 4, dtype="complex128")
Y32, Z32 = floats(3, 2), floats(3, 2, dtype="complex128")
SINGULAR = np.array([[1.0, 2.0], [2.0, 4.0]])
MIXED = np.array([[[1.0, 2.0], [2.0, 4.0]], [[1.0, 2.0], [3.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]]])
INDEFINITE = np.array([[[2.0, 1.0], [1.0, 2.0]], [[1.0, 0.0], [0.0, -1.0]], [[-1.0, 0.0], [0.0, 1.0]]])


def rebuilt(parts):
    return parts[0] @ parts[1] @ parts[2]


def solved(t, x, y, **options):
    return t.linalg.lu_solve(*t.linalg.lu_factor(x), y, **options)


FACTORS = [
    *[Row(f"lu_factor {s}", lambda t, x: tuple(t.linalg.lu_factor(x)), (floats(*s),), rtol=1e-11) for s in SHAPES],
    *[Row(f"lu {s}", lambda t, x: tuple(t.linalg.lu(x)), (floats(*s),), rtol=1e-11) for s in SHAPES],
    *[Row(f"lu of nothing {s}", lambda t, x: tuple(t.linalg.lu(x)), (np.zeros(s),), grad=False) for s in EMPTY],
    *[Row(f"lu_factor_ex of nothing {s}", lambda t, x: tuple(t.linalg.lu_factor_ex(x)), (np.zeros(s),)) for s in EMPTY],
    Row("lu_factor complex", lambda t, x: tuple(t.linalg.lu_factor(x)), (C33,), rtol=1e-11),
    Row("lu_factor complex wide", lambda t, x: tuple(t.linalg.lu_factor(x)), (C24,), rtol=1e-11),
    Row("lu complex tall", lambda t, x: tuple(t.linalg.lu(x.mT)), (C24,), rtol=1e-11),
    Row("lu_factor float32", lambda t, x: tuple(t.linalg.lu_factor(x)), (A33.astype("float32"),), rtol=1e-4),
    Row("lu_factor_ex", lambda t, x: tuple(t.linalg.lu_factor_ex(x)), (B33,), rtol=1e-11),
    Row("lu_factor_ex singular", lambda t, x: tuple(t.linalg.lu_factor_ex(x)), (MIXED,), grad=False),
    Row("lu singular", lambda t, x: tuple(t.linalg.lu(x)), (MIXED,), grad=False),
    Row("lu rebuilt", lambda t, x: rebuilt(t.linalg.lu(x)), (floats(2, 3, 4),), rtol=1e-11),
    Row("second derivative", lambda t, x: second(t, x, lambda x: t.linalg.lu_factor(x).LU), (B33,), rtol=1e-9),
    Row("second derivative wide", lambda t, x: second(t, x, lambda x: t.linalg.lu_factor(x).LU), (C24,), rtol=1e-9),
    Row("second derivative tall", lambda t, x: second(t, x.mT, lambda x: t.linalg.lu(x).L), (C24,), rtol=1e-9),
    Row("node names", lambda t, x: [name(one) for one in made(t, x)], (A33,), grad=False),
    Row("torch.lu", lambda t, x: t.lu(x), (B33,), rtol=1e-11),
    Row("torch.lu infos", lambda t, x: tuple(t.lu(x, get_infos=True)), (MIXED,), grad=False),
    Row("torch.lu singular", lambda t, x: x.lu(), (SINGULAR,), grad=False),
    Row("lu method", lambda t, x: x.lu(get_infos=True)[2], (B33,), grad=False),
    *[
        Row(f"lu_unpack {s}", lambda t, x: tuple(t.lu_unpack(*t.linalg.lu_factor(x))), (floats(*s),), rtol=1e-11)
        for s in SHAPES
    ],
    Row(
        "lu_unpack pivots alone",
        lambda t, x: tuple(t.lu_unpack(*t.linalg.lu_factor(x), unpack_data=False)),
        (B33,),
        grad=False,
    ),
    Row(
        "lu_unpack data alone",
        lambda t, x: tuple(t.lu_unpack(*t.linalg.lu_factor(x), unpack_pivots=False)),
        (B33,),
        grad=False,
    ),
    Row("lu_unpack ints", lambda t, x: tuple(t.lu_unpack(x, t.tensor([2, 2], dtype=t.int32))), (ints(2, 2),)),
]


def second(t, x, function):
    x = x.detach().requires_grad_()
    y = function(x)
    (first,) = t.autograd.grad((y * y * y.detach().cos()).sum().abs(), x, create_graph=True)
    (again,) = t.autograd.grad((first * first).sum().abs(), x)
    return first.detach(), again


def name(tensor):
    return tensor.grad_fn.name()


def made(t, x):
    x = x.detach().requires_grad_()
    packed, pivots = t.linalg.lu_factor(x)
    return packed, t.linalg.lu(x).U, t.lu_unpack(packed, pivots).L, t.linalg.lu_solve(packed, pivots, x)


SOLVES = [
    *[
        Row(
            f"lu_solve left={left} adjoint={adjoint} {kind}",
            lambda t, x, y, left=left, adjoint=adjoint: solved(t, x, y if left else y.mT, left=left, adjoint=adjoint),
            (x, y),
            rtol=1e-10,
        )
        for left in (True, False)
        for adjoint in (True, False)
        for kind, x, y in [("real", A33, Y32), ("complex", C33, Z32), ("batch", B33, Y32)]
    ],
    Row("lu_solve broadcast", lambda t, x, y: solved(t, x, y), (A33, floats(4, 3, 2)), rtol=1e-10),
    Row("lu_solve nothing", lambda t, x, y: solved(t, x, y), (A33, floats(3, 0))),
    Row("torch.lu_solve", lambda t, x, y: t.lu_solve(y, *t.linalg.lu_factor(x)), (B33, floats(2, 3, 2)), rtol=1e-10),
    Row("lu_solve method", lambda t, x, y: y.lu_solve(*x.lu()), (A33, Y32), rtol=1e-10),
    Row("solve_triangular of zeros", lambda t: t.linalg.solve_triangular(t.zeros(2, 2), t.ones(2, 1), upper=True)),
]

OUT = [
    Row("out", lambda t, x: t.linalg.lu_factor(x, out=(t.empty(0).double(), t.empty(0).int())), (A33,), grad=False),
    Row(
        "out of lu_solve",
        lambda t, x, y: solved(t, x, y, out=t.empty(0, dtype=t.float64)),
        (A33, Y32),
        grad=False,
        rtol=1e-10,
    ),
]


def beside(t, x, function):
    """Return the value and the gradient of the second matrix of a batch, whose others are singular."""
    x = x.detach().requires_grad_()
    y = function(x)[1]
    (g,) = t.autograd.grad(y.sum(), x)
    return y.detach(), g[1]


#: what no inverse or factor stands for differs: nan here, whatever is left in memory there
INFO = [
    Row("inv_ex", lambda t, x: t.linalg.inv_ex(x).info, (MIXED,), grad=False),
    Row("inv_ex of the others", lambda t, x: beside(t, x, lambda x: t.linalg.inv_ex(x).inverse), (MIXED,), rtol=1e-12),
    Row("inv_ex one", lambda t, x: t.linalg.inv_ex(x).info, (SINGULAR,), grad=False),
    Row("solve_ex", lambda t, x, y: t.linalg.solve_ex(x, y).info, (MIXED, floats(3, 2, 1)), grad=False),
    Row(
        "solve_ex of the others",
        lambda t, x, y: beside(t, x, lambda x: t.linalg.solve_ex(x, y.detach()).result),
        (MIXED, floats(3, 2)),
        rtol=1e-12,
    ),
    Row("cholesky_ex", lambda t, x: t.linalg.cholesky_ex(x).info, (INDEFINITE,), grad=False),
    Row("cholesky_ex of the others", lambda t, x: t.linalg.cholesky_ex(x).L[0], (INDEFINITE,), grad=False, rtol=1e-12),
    Row("cholesky_ex of none", lambda t: t.linalg.cholesky_ex(t.eye(3).expand(2, 3, 3)), grad=False),
]

HOUSEHOLDER = [
    Row(
        "householder_product", lambda t, x, y: t.linalg.householder_product(x, y), (floats(4, 3), floats(3)), rtol=1e-11
    ),
    Row("fewer", lambda t, x, y: t.linalg.householder_product(x, y), (floats(2, 3, 3), floats(2, 2)), rtol=1e-11),
    Row(
        "householder_product complex",
        lambda t, x, y: t.linalg.householder_product(x, y),
        (floats(3, 2, dtype="complex128"), floats(2, dtype="complex128")),
        rtol=1e-11,
    ),
]

TEXTS = [
    Row("lu_factor prints", lambda t: t.linalg.lu_factor(t.eye(2)), grad=False, text=True),
    Row("lu_factor_ex prints", lambda t: t.linalg.lu_factor_ex(t.eye(2)), grad=False, text=True),
    Row("linalg.lu prints", lambda t: t.linalg.lu(t.eye(2)), grad=False, text=True),
    Row("lu_unpack prints", lambda t: t.lu_unpack(*t.linalg.lu_factor(t.eye(2))), grad=False, text=True),
    Row("torch.lu prints", lambda t: (t.lu(t.eye(2)), t.lu(t.eye(2), get_infos=True)), grad=False, text=True),
]

EYE = np.eye(3)


def packed(t, x, pivots=(1, 2, 3), dtype="int32"):
    return x, t.tensor(list(pivots), dtype=getattr(t, dtype))


ERRORS = [
    Error(
        "zero pivot",
        lambda t: t.linalg.lu_factor(t.zeros(2, 2)),
        "torch.linalg.lu_factor: U[1,1] is zero and using it on lu_solve would result in a division by zero. If you still "
        "want to perform the factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)",
    ),
    Error(
        "zero pivot in a batch",
        lambda t, x: t.linalg.lu_factor(x.flip(0)),
        "torch.linalg.lu_factor: (Batch element 0): U[1,1] is zero",
        (MIXED,),
    ),
    Error(
        "zero pivot looked for",
        lambda t, x: t.linalg.lu_factor_ex(x, check_errors=True),
        "torch.linalg.lu_factor_ex: U[2,2] is zero",
        (SINGULAR,),
    ),
    Error(
        "no pivoting",
        lambda t: t.linalg.lu_factor(t.eye(2), pivot=False),
        "linalg.lu_factor: LU without pivoting is not implemented on the CPU",
    ),
    Error(
        "no pivoting in lu",
        lambda t: t.linalg.lu(t.eye(2), pivot=False),
        "LU without pivoting is not implemented on the CPU",
    ),
    Error(
        "1-d",
        lambda t: t.linalg.lu_factor(t.ones(3)),
        "torch.lu_factor: Expected tensor with 2 or more dimensions. Got size: [3] instead",
    ),
    Error(
        "1-d lu",
        lambda t: t.linalg.lu(t.ones(3)),
        "linalg.lu: Expected tensor with 2 or more dimensions. Got size: [3] instead",
    ),
    Error("ints", lambda t, x: t.linalg.lu(x), "\"lu_cpu\" not implemented for 'Long'", (ints(2, 2),)),
    Error("half", lambda t: t.linalg.lu_factor(t.eye(2).half()), "\"lu_cpu\" not implemented for 'Half'"),
    Error(
        "pivots of another dtype",
        lambda t, x, y: t.linalg.lu_solve(*packed(t, x, dtype="int64"), y),
        "linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32",
        (EYE, Y32),
    ),
    Error(
        "too few pivots",
        lambda t, x, y: t.linalg.lu_solve(*packed(t, x, (1, 2)), y),
        "linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix",
        (EYE, Y32),
    ),
    Error(
        "another batch",
        lambda t, x, y: t.linalg.lu_solve(x, t.tensor([1, 2, 3], dtype=t.int32).expand(2, 3), y),
        "linalg.lu_solve: Expected LU.shape[:-1] and pivots.shape to be the same, but got pivots with shape [2, 3] instead",
        (EYE, Y32),
    ),
    Error(
        "rows",
        lambda t, x, y: t.linalg.lu_solve(*packed(t, x), y[:2]),
        "linalg.lu_solve: Incompatible shapes of A and B for the equation AX = B (3x3 and 2x2)",
        (EYE, Y32),
    ),
    Error(
        "columns",
        lambda t, x, y: t.linalg.lu_solve(*packed(t, x), y, left=False),
        "linalg.lu_solve: Incompatible shapes of A and B for the equation XA = B (3x3 and 3x2)",
        (EYE, Y32),
    ),
    Error(
        "dtypes",
        lambda t, x, y: t.linalg.lu_solve(*packed(t, x), y.float()),
        "linalg.lu_solve: Expected LU and B to have the same dtype, but found LU of type Double and B of type Float instead",
        (EYE, Y32),
    ),
    Error(
        "ints in lu_solve",
        lambda t, x: t.linalg.lu_solve(*packed(t, x), x),
        "torch.linalg.lu_solve: Expected a floating point or complex tensor as input. Got Long",
        (ints(3, 3),),
    ),
    Error(
        "not square",
        lambda t, x, y: t.linalg.lu_solve(*packed(t, x[:2]), y),
        "torch.linalg.lu_solve: A must be batches of square matrices, but they are 2 by 3 matrices",
        (EYE, Y32),
    ),
    Error(
        "a vector",
        lambda t, x, y: t.linalg.lu_solve(*packed(t, x), y[:, 0]),
        "linalg.lu_solve: The input tensor B must have at least 2 dimensions.",
        (EYE, Y32),
    ),
    Error(
        "pivots below 1",
        lambda t, x, y: t.linalg.lu_solve(*packed(t, x, (0, 2, 3)), y),
        "Pivots given to lu_solve must all be greater or equal to 1",
        (EYE, Y32),
    ),
    Error(
        "pivots beyond",
        lambda t, x, y: t.linalg.lu_solve(*packed(t, x, (1, 2, 4)), y),
        "Did you properly pass the result of lu_factor?",
        (EYE, Y32),
    ),
    Error(
        "lu_unpack pivots of another dtype",
        lambda t, x: t.lu_unpack(*packed(t, x, dtype="int64")),
        "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\n"
        "Note: this function is intended to be used with the output produced by torch.linalg.lu_factor",
        (EYE,),
    ),
    Error(
        "lu_unpack pivots beyond",
        lambda t, x: t.lu_unpack(*packed(t, x, (1, 2, 4))),
        "pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive.Did you properly pass the result of lu_factor?",
        (EYE,),
    ),
    Error(
        "lu_unpack 1-d",
        lambda t, x: t.lu_unpack(*packed(t, x[0])),
        "torch.lu_unpack: Expected tensor with 2 or more dimensions. Got size: [3] instead",
        (EYE,),
    ),
    Error(
        "householder_product 1-d",
        lambda t: t.linalg.householder_product(t.ones(3), t.ones(3)),
        "torch.linalg.householder_product: input must have at least 2 dimensions.",
    ),
    Error(
        "householder_product wide",
        lambda t: t.linalg.householder_product(t.ones(2, 3), t.ones(2)),
        "torch.linalg.householder_product: input.shape[-2] must be greater than or equal to input.shape[-1]",
    ),
    Error(
        "householder_product tau",
        lambda t: t.linalg.householder_product(t.ones(3, 2), t.ones(3)),
        "torch.linalg.householder_product: input.shape[-1] must be greater than or equal to tau.shape[-1]",
    ),
    Error(
        "householder_product batch",
        lambda t: t.linalg.householder_product(t.ones(2, 3, 2), t.ones(2)),
        "torch.linalg.householder_product: Expected tau to have one dimension less than input, but got tau.ndim equal to 1 "
        "and input.ndim is equal to 3",
    ),
    Error(
        "householder_product dtypes",
        lambda t: t.linalg.householder_product(t.ones(3, 2), t.ones(2).double()),
        "torch.linalg.householder_product: tau dtype Double does not match input dtype Float",
    ),
    Error(
        "householder_product ints",
        lambda t, x: t.linalg.householder_product(x, x[0]),
        "\"orgqr_cpu\" not implemented for 'Long'",
        (ints(2, 2),),
    ),
]


@pytest.mark.parametrize(("row", "backend"), cases(FACTORS + SOLVES + OUT + INFO + HOUSEHOLDER + TEXTS), ids=case_id)
def test_values(row, backend):
    check(row, backend)


@pytest.mark.parametrize(("row", "backend"), cases(ERRORS), ids=case_id)
def test_errors(row, backend):
    check(row, backend)
