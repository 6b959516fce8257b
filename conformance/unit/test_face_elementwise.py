"""PyTorch's elementwise face on every backend: what is promised whatever the backend, without PyTorch at hand."""

from __future__ import annotations

import math
import operator

import numpy as np
import pytest

import agrad as t
from agrad import func
from agrad.errors import UnsupportedDType

BACKENDS = [name for name in ("numpy", "jax", "strict") if name in t.available_backends()]


@pytest.fixture(params=BACKENDS, autouse=True)
def _backend(request):
    with t.use_backend(request.param):
        yield request.param


OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod, operator.floordiv]


@pytest.mark.parametrize("apply", OPERATORS)
def test_operators_leave_unknown_operands_to_them(apply):
    class Other:
        def _answer(self, _):
            return "the other side's"

        __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rpow__ = __rmod__ = __rfloordiv__ = _answer

    assert apply(t.ones(2), Other()) == "the other side's"
    with pytest.raises(TypeError, match="unsupported operand"):
        apply(t.ones(2), None)


STEPS = ["floor", "ceil", "round", "trunc", "sign"]


@pytest.mark.parametrize("name", STEPS)
def test_a_step_has_a_gradient_of_zero(name):
    x = t.tensor([0.5, -1.5], requires_grad=True)
    getattr(t, name)(x).sum().backward()
    assert x.grad.tolist() == [0.0, 0.0]


def test_floor_division_rounds_down_with_a_gradient_of_zero():
    x = t.tensor([7.0, -7.0], requires_grad=True)
    (x // 2).sum().backward()
    assert (x // 2).tolist() == [3.0, -4.0]
    assert x.grad.tolist() == [0.0, 0.0]


REFUSED = [
    (lambda: t.tensor([True]) - t.tensor([True]), RuntimeError, "Subtraction, the `-` operator, with two bool tensors"),
    (lambda: -t.tensor([True]), RuntimeError, "Negation"),
    (lambda: t.tensor([1.0]) & 1, NotImplementedError, "\"bitwise_and_cpu\" not implemented for 'Float'"),
    (lambda: ~t.tensor([1.0]), TypeError, "only implemented on integer and Boolean-type tensors"),
    (lambda: t.tensor([2]) ** -1, RuntimeError, "Integers to negative integer powers are not allowed"),
    (lambda: t.tensor([1]) // t.tensor([0]), RuntimeError, "ZeroDivisionError"),
    (lambda: t.tensor([1]) % 0, RuntimeError, "ZeroDivisionError"),
    (lambda: t.tensor([1j]) < 1, NotImplementedError, "\"lt_cpu\" not implemented for 'Complex"),
    (lambda: t.tensor([1]).add_(0.5), RuntimeError, "result type Float can't be cast to the desired output type (Long|Int)"),
    (lambda: t.sqrt(2.0), TypeError, r"sqrt\(\): argument 'input' \(position 1\) must be Tensor, not float"),
    (lambda: t.clamp(t.ones(2)), RuntimeError, "At least one of 'min' or 'max' must not be None"),
    (lambda: t.lerp(t.ones(1), t.ones(1, dtype=t.float64), 0.5), RuntimeError, "expected dtype float for `end` but got dtype double"),
    (lambda: t.isclose(t.ones(1), t.ones(1, dtype=t.float64)), RuntimeError, "Float did not match Double"),
    (lambda: t.ones(2).fill_(t.ones(2)), RuntimeError, "fill_ only supports 0-dimension value tensor"),
]  # fmt: skip


@pytest.mark.parametrize(("run", "kind", "words"), REFUSED)
def test_what_is_not_taken_is_told_in_well_known_words(run, kind, words):
    with pytest.raises((kind, UnsupportedDType), match=f"{words}|64-bit mode") as caught:
        run()
    assert isinstance(caught.value, t.AgradError)


def test_operations_in_place_return_their_tensor_and_write_through_views():
    x = t.zeros(2, 3)
    row = x[1]
    assert row.add_(2).mul_(3) is row
    assert x.tolist() == [[0.0] * 3, [6.0] * 3]
    x.zero_()
    assert row.tolist() == [0.0] * 3


def test_what_was_zeroed_in_place_keeps_a_graph_and_gives_zero():
    x = t.ones(2, requires_grad=True)
    y = x * 3
    y.zero_()
    assert y.grad_fn.name() == "ZeroBackward0"
    y.sum().backward()
    assert x.grad.tolist() == [0.0, 0.0]


def test_out_keeps_its_identity_and_dtype():
    out = t.zeros(2, dtype=t.complex64)
    assert t.add(t.ones(2), 1, out=out) is out
    assert out.dtype is t.complex64 and out.tolist() == [2.0, 2.0]


INTEGER_ARITHMETIC = [
    (lambda: t.tensor([7, -7]) // 2, [3, -4]),
    (lambda: t.div(t.tensor([7, -7]), 2, rounding_mode="trunc"), [3, -3]),
    (lambda: t.fmod(t.tensor([7, -7]), 3), [1, -1]),
    (lambda: t.tensor([7, -7]) % 3, [1, 2]),
    (lambda: t.gcd(t.tensor([12, -18, 0]), t.tensor([18, 12, 5])), [6, 6, 5]),
    (lambda: t.lcm(t.tensor([4, 6]), t.tensor([6, 0])), [12, 0]),
    (lambda: t.tensor([2, 1, -1]) ** t.tensor([-1, -2, -3]), [0, 1, -1]),
    (lambda: t.tensor([250], dtype=t.uint8) + 10, [4]),
    (lambda: t.tensor([1], dtype=t.uint8) < 300, [True]),
]


@pytest.mark.parametrize(("run", "wanted"), INTEGER_ARITHMETIC)
def test_integers(run, wanted):
    assert run().tolist() == wanted


def test_frexp_splits_and_ldexp_joins():
    x = t.tensor([1.0, 3.0, 0.0, -5.5])
    mantissa, exponent = t.frexp(x)
    assert exponent.dtype is t.int32
    assert mantissa.tolist() == [0.5, 0.75, 0.0, -0.6875]
    assert t.ldexp(mantissa, exponent).tolist() == x.tolist()


def test_complex_numbers_with_infinite_parts_keep_both():
    z = t.complex(t.tensor([1.0, 2.0]), t.tensor([math.inf, math.nan]))
    assert z.real.tolist() == [1.0, 2.0]
    assert z.imag.tolist()[0] == math.inf


SMOOTH = {
    "clamp": lambda x: t.clamp(x, -0.5, 0.5),
    "lerp": lambda x: t.lerp(x, x * 2, 0.3),
    "addcmul": lambda x: t.addcmul(x, x, x, value=0.5),
    "softplus": lambda x: t.nn.functional.softplus(x) if hasattr(t, "nn") else x,
    "elu": lambda x: t.celu(x, 2.0),
    "logaddexp2": lambda x: t.logaddexp2(x, x * x),
    "fmod": lambda x: t.fmod(x * 3, 2.0),
    "nan_to_num": lambda x: t.nan_to_num(x),
    "relu": t.relu,
    "rsqrt": lambda x: t.rsqrt(x * x + 1),
    "max with dim": lambda x: x.max(0).values * 2 + x.median(),
    "std": lambda x: x.std() + x.var(0),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_the_face_works_inside_transforms(name, _backend):
    """Value and gradient under vmap are those of a loop."""
    run = SMOOTH[name]
    rows = t.tensor(np.random.default_rng(0).standard_normal((3, 4)).astype("float32"))
    together = func.vmap(func.grad(lambda x: run(x).sum()))(rows)
    one_by_one = t.stack([func.grad(lambda x: run(x).sum())(row) for row in rows])
    assert t.allclose(together, one_by_one, atol=1e-6)
