"""Operations in place against PyTorch: values, identity, dtypes that stay, views, gradients and refusals."""

from __future__ import annotations

from typing import Any

import pytest
from oracle import Error, Row, bools, case_id, cases, check, floats, ints

#: name and where the argument lies
UNARY: list[tuple[str, float, float]] = [
    *[(name, -2.0, 2.0) for name in (
        "abs_", "absolute_", "neg_", "negative_", "square_", "exp_", "exp2_", "expm1_", "sin_", "cos_", "sinh_", "cosh_", "tanh_",
        "atan_", "arctan_", "asinh_", "arcsinh_", "sigmoid_", "relu_", "sign_", "sgn_", "ceil_", "floor_", "round_", "trunc_", "fix_",
        "frac_", "erf_", "erfc_", "sinc_", "deg2rad_", "rad2deg_", "zero_", "nan_to_num_", "i0_")],
    *[(name, 0.2, 2.0) for name in ("sqrt_", "rsqrt_", "log_", "log2_", "log10_", "log1p_", "reciprocal_", "lgamma_", "digamma_")],
    *[(name, -0.9, 0.9) for name in ("asin_", "arcsin_", "acos_", "arccos_", "atanh_", "arctanh_", "erfinv_", "tan_")],
    *[(name, 1.2, 3.0) for name in ("acosh_", "arccosh_")],
    ("logit_", 0.1, 0.9),
]  # fmt: skip
BINARY: list[tuple[str, float, float]] = [
    *[(name, -2.0, 2.0) for name in (
        "add_", "sub_", "subtract_", "mul_", "multiply_", "atan2_", "arctan2_", "copysign_", "eq_", "ne_", "lt_", "le_", "gt_", "ge_",
        "not_equal_", "less_", "less_equal_", "greater_", "greater_equal_", "logical_and_", "logical_or_", "logical_xor_")],
    *[(name, 0.5, 2.0) for name in (
        "div_", "divide_", "true_divide_", "floor_divide_", "remainder_", "fmod_", "pow_", "hypot_", "xlogy_", "float_power_",
        "ldexp_")],
]  # fmt: skip
NO_GRADIENT = ("eq_", "ne_", "lt_", "le_", "gt_", "ge_", "not_equal_", "less_", "less_equal_", "greater_", "greater_equal_",
               "logical_and_", "logical_or_", "logical_xor_", "floor_divide_")  # fmt: skip


def _one(name: str) -> Any:
    def run(t: Any, x: Any) -> Any:
        y = x * 1.0
        z = getattr(y, name)()
        assert z is y
        return y

    return run


def _two(name: str) -> Any:
    def run(t: Any, x: Any, other: Any) -> Any:
        y = x * 1.0
        assert getattr(y, name)(other) is y
        return y

    return run


def _viewed(name: str) -> Any:
    """Write through a view: the base shows it, and its gradient goes both ways."""

    def run(t: Any, x: Any, other: Any) -> Any:
        base = x * 1.0
        getattr(base[1], name)(other)
        return base

    return run


def _rows() -> list[Any]:
    rows: list[Any] = []
    for name, low, high in UNARY:
        rtol = 1e-11
        grad = not name.endswith("h_") or name in (
            "sinh_",
            "cosh_",
            "tanh_",
        )  # PyTorch has no derivative of the others in place
        rows.append(Row(name, _one(name), (floats(2, 3, low=low, high=high),), grad=grad, rtol=rtol))
        rows.append(
            Row(f"{name} float32", _one(name), (floats(4, low=low, high=high, dtype="float32"),), grad=False, rtol=1e-5)
        )
    for name, low, high in BINARY:
        grad = name not in NO_GRADIENT
        x, y = floats(2, 3, low=low, high=high), floats(3, low=low, high=high, seed=1)
        rows.append(Row(name, _two(name), (x, y), grad=grad, rtol=1e-11))
        if name not in ("hypot_", "atan2_", "arctan2_", "logical_and_", "logical_or_", "logical_xor_", "ldexp_"):
            rows.append(
                Row(f"{name} number", (lambda n: lambda t, x: _two(n)(t, x, 2))(name), (x,), grad=grad, rtol=1e-11)
            )
        if grad and name != "float_power_":
            rows.append(Row(f"{name} of a view", _viewed(name), (x, y), rtol=1e-11))
    return rows


def _plain(t: Any, x: Any) -> Any:
    """Return a copy without history: what is written in place here is not differentiated."""
    return x.detach().clone()


FLOATS, INTS = floats(2, 3), ints(2, 3, low=1)
ROWS: list[Any] = [
    Row("add_ alpha", lambda t, x, y: (x * 1).add_(y, alpha=2), (FLOATS, floats(3, seed=1))),
    Row("sub_ alpha", lambda t, x, y: (x * 1).sub_(y, alpha=2), (FLOATS, floats(3, seed=1))),
    Row("div_ floor", lambda t, x: _plain(t, x).div_(2, rounding_mode="floor"), (INTS,), grad=False),
    Row("div_ trunc", lambda t, x: (x * 3).div_(2, rounding_mode="trunc"), (FLOATS,)),
    Row("ints //= 2", lambda t, x: x.floor_divide_(2), (INTS,), grad=False),
    Row("ints %= 3", lambda t, x: x.remainder_(3), (INTS,), grad=False),
    Row("ints **= 2", lambda t, x: x.pow_(2), (INTS,), grad=False),
    Row("int32 + int64", lambda t, x, y: x.add_(y), (INTS.astype("int32"), INTS), grad=False),
    Row("float32 + float64", lambda t, x, y: x.add_(y), (FLOATS.astype("float32"), FLOATS), grad=False),
    Row("float16 * float32", lambda t, x, y: x.mul_(y), (FLOATS.astype("float16"), FLOATS.astype("float32")), grad=False, rtol=1e-3),
    Row("complex + real", lambda t, x, y: x.add_(y), (floats(2, 3, dtype="complex128"), FLOATS), grad=False),
    Row("uint8 wraps", lambda t: t.tensor([250, 3], dtype=t.uint8).add_(10)),
    Row("bool |= bool", lambda t, x, y: x.logical_or_(y), (bools(4), bools(4, seed=1)), grad=False),
    *[Row(f"{name} ints", (lambda n: lambda t, x, y: getattr(x, n)(y))(name), (ints(4, low=1), ints(4, low=1, high=4, seed=1)), grad=False)
      for name in ("bitwise_and_", "bitwise_or_", "bitwise_xor_", "bitwise_left_shift_", "bitwise_right_shift_", "gcd_", "lcm_", "eq_", "lt_")],
    Row("bitwise_not_", lambda t, x: x.bitwise_not_(), (ints(4),), grad=False),
    Row("logical_not_", lambda t, x: x.logical_not_(), (ints(4, high=2),), grad=False),
    Row("clamp_", lambda t, x: (x * 1).clamp_(-0.5, 0.5), (FLOATS,)),
    Row("clamp_ tensors", lambda t, x, y: (x * 1).clamp_(y, None), (FLOATS, floats(3, seed=1))),
    Row("clip_", lambda t, x: (x * 1).clip_(max=0.5), (FLOATS,)),
    Row("clamp_min_, clamp_max_", lambda t, x: (x * 1).clamp_min_(-0.5).clamp_max_(0.5), (FLOATS,)),
    Row("addcmul_", lambda t, x, y: (x * 1).addcmul_(y, y, value=0.5), (FLOATS, floats(3, seed=1))),
    Row("addcdiv_", lambda t, x, y: (x * 1).addcdiv_(x, y, value=0.5), (FLOATS, floats(3, low=0.5))),
    Row("lerp_", lambda t, x, y: (x * 1).lerp_(y, 0.25), (FLOATS, floats(2, 3, seed=1))),
    Row("round_ decimals", lambda t, x: (x * 10).round_(decimals=1), (FLOATS,)),
    Row("nan_to_num_ numbers", lambda t: t.tensor([float("nan"), 1.0]).nan_to_num_(3.0)),
    Row("threshold_", lambda t, x: t.threshold_(x * 1, 0.1, 2.0), (FLOATS,)),
    Row("selu_, celu_", lambda t, x: (t.selu_(x * 1), t.celu_(x * 1, 2.0)), (FLOATS,)),
    Row("fill_", lambda t, x: (x * 1).fill_(3), (FLOATS,)),
    Row("fill_ a 0-d tensor", lambda t, x, v: (x * 1).fill_(v), (FLOATS, floats())),
    Row("fill_ ints", lambda t: (t.tensor([1, 2]).fill_(3), t.tensor([1, 2]).fill_(3.7), t.tensor([True, False]).fill_(2))),
    Row("fill_ of a view", lambda t: _filled_view(t)),
    Row("zero_ of a view", lambda t, x: _zeroed_view(t, x), (FLOATS,)),
    Row("cumsum_", lambda t, x: (x * 1).cumsum_(0), (FLOATS,)),
    Row("cumprod_", lambda t, x: (x * 1).cumprod_(1), (FLOATS,)),
    Row("renorm_", lambda t, x: (x * 1).renorm_(2, 0, 0.5), (FLOATS,), rtol=1e-6),
    Row("fill_diagonal_", lambda t, x: (x * 1).fill_diagonal_(5), (floats(5, 2),)),
    Row("fill_diagonal_ wrap", lambda t, x: (x * 1).fill_diagonal_(5, wrap=True), (floats(7, 2),)),
    Row("fill_diagonal_ cube", lambda t, x: (x * 1).fill_diagonal_(5), (floats(3, 3, 3),), grad=False),
    Row("polygamma_", lambda t, x: (x * 1).polygamma_(2), (floats(3, low=0.5),), grad=False, rtol=1e-9),
    Row("xlogy_ number", lambda t, x: (x * 1).xlogy_(3.0), (FLOATS,)),
    Row("igamma_", lambda t, x, y: (x * 1).igamma_(y), (floats(3, low=0.5), floats(3, low=0.5, seed=1)), grad=False, rtol=1e-10),
    Row("heaviside_", lambda t, x: x.heaviside_(t.tensor([0.5], dtype=t.float64)), (FLOATS,), grad=False),
    Row("nextafter_", lambda t, x: x.nextafter_(x + 1), (FLOATS,), grad=False),
    Row("+= chain", lambda t, x, y: _augmented(t, x, y), (FLOATS, floats(3, low=0.5))),
    Row("top-level names", lambda t: [getattr(t, name)(t.tensor([0.5, 0.25])) for name in (
        "abs_", "exp_", "sqrt_", "sin_", "relu_", "sigmoid_", "tanh_", "neg_", "round_", "floor_", "zero_", "rsqrt_", "square_")]),
    Row("fill_ function, clamp_ function", lambda t: (t.fill_(t.ones(2), 3.0), t.clamp_(t.tensor([1.0, 5.0]), max=2.0), t.fill(t.ones(2), 2.0))),
    Row("an output under no_grad", lambda t, x: _under_no_grad(t, x), (FLOATS,)),
    Row("w.data.sub_", lambda t, x: _stepped(t, x), (FLOATS,), grad=False),
]  # fmt: skip


def _filled_view(t: Any) -> Any:
    x = t.zeros(3, 4)
    x[1:, ::2].fill_(7)
    x[0].fill_(t.tensor(2.0))
    return x


def _zeroed_view(t: Any, x: Any) -> Any:
    y = x * 2
    y[0].zero_()
    return y


def _augmented(t: Any, x: Any, y: Any) -> Any:
    z = x * 1
    z += y
    z *= 2
    z -= 1
    z /= y
    z **= 2
    z %= 3
    return z


def _under_no_grad(t: Any, x: Any) -> Any:
    y = x * 2
    with t.no_grad():
        y.mul_(3)
    return y


def _stepped(t: Any, x: Any) -> Any:
    w = x.clone().requires_grad_()
    for _ in range(3):
        (w * w).sum().backward()
        w.data.sub_(0.1 * w.grad.data)
        w.grad.zero_()
    return w.detach()


ERRORS: list[Any] = [
    Error("int += float", lambda t: t.tensor([1]).add_(1.5), "result type Float can't be cast to the desired output type Long"),
    Error("int *= float", lambda t: t.tensor([1]).mul_(t.tensor(1.5)), "result type Float can't be cast to the desired output type Long"),
    Error("int /= int", lambda t: t.tensor([1]).div_(2), "result type Float can't be cast to the desired output type Long"),
    Error("int sqrt_", lambda t: t.tensor([1]).sqrt_(), "result type Float can't be cast to the desired output type Long"),
    Error("int pow_ float", lambda t: t.tensor([1]).pow_(0.5), "result type Float can't be cast to the desired output type Long"),
    Error("float += complex", lambda t: t.tensor([1.0]).add_(1j), "result type ComplexFloat can't be cast to the desired output type Float"),
    Error("bool += int", lambda t: t.tensor([True]).add_(1), "result type Long can't be cast to the desired output type Bool"),
    Error("int32 += float64", lambda t: t.ones(2, dtype=t.int32).add_(t.ones(2, dtype=t.float64)), "result type Double can't be cast to the desired output type Int"),
    Error("wider", lambda t: t.ones(2).add_(t.ones(3, 2)), "output with shape [2] doesn't match the broadcast shape [3, 2]"),
    Error("wider by broadcasting", lambda t: t.ones(1, 2).mul_(t.ones(3, 2)), "output with shape [1, 2] doesn't match the broadcast shape [3, 2]"),
    Error("shapes", lambda t: t.ones(2).add_(t.ones(3)), "The size of tensor a (2) must match the size of tensor b (3)"),
    Error("a leaf", lambda t: t.ones(2, requires_grad=True).add_(1), "a leaf Variable that requires grad is being used in an in-place operation"),
    Error("zero_ a leaf", lambda t: t.ones(2, requires_grad=True).zero_(), "a leaf Variable that requires grad"),
    Error("a view of a leaf", lambda t: t.ones(2, requires_grad=True)[0].mul_(2), "a view of a leaf Variable that requires grad is being used"),
    Error("expanded", lambda t: t.ones(1).expand(3).add_(1), "more than one element of the written-to tensor refers to a single memory location"),
    Error("changed what backward needs", lambda t: _spoiled(t), "has been modified by an inplace operation"),
    Error("fill_ a vector", lambda t: t.ones(2).fill_(t.ones(2)), "fill_ only supports 0-dimension value tensor but got tensor with 1 dimensions."),
    Error("float &=", lambda t: t.ones(2).bitwise_and_(1), "not implemented for 'Float'"),
    Error("int //= 0", lambda t: t.tensor([1]).floor_divide_(0), "ZeroDivisionError"),
]  # fmt: skip


def _spoiled(t: Any) -> None:
    x = t.ones(2, requires_grad=True)
    y = x.exp()
    z = y * y
    y.add_(1)
    z.sum().backward()


@pytest.mark.parametrize(("row", "backend"), cases([*_rows(), *ROWS, *ERRORS]), ids=case_id)
def test_in_place(row, backend):
    check(row, backend)
