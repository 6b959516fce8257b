"""gradcheck, gradgradcheck and assert_close: they pass what is right, and fail what is wrong, in PyTorch's words."""

from __future__ import annotations

import numpy as np
import pytest
from on_backends import backend, double, host, leaf  # noqa: F401 - a fixture

import agrad
from agrad import testing
from agrad.autograd import Function
from agrad.autograd.gradcheck import GradcheckError
from agrad.testing import assert_close, gradcheck, gradgradcheck


def function(forward, backward, **more):
    """Return the apply of a Function with these static methods."""
    members = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    members.update({name: staticmethod(one) for name, one in more.items()})
    return type("Made", (Function,), members).apply


wrong = function(lambda ctx, x: x * 2, lambda ctx, g: g * 3)
wrong_forward = function(lambda ctx, x: x * 2, lambda ctx, g: g * 2, jvp=lambda ctx, t: t * 3)


def keep(ctx, x):
    ctx.save_for_backward(x)
    return x * x


wrong_again = function(keep, lambda ctx, g: 2 * g * ctx.saved_tensors[0].detach())
noise = iter(np.random.default_rng(0).normal(size=10_000))
noisy = function(keep, lambda ctx, g: 2 * g * ctx.saved_tensors[0] * (1 + 1e-7 * float(next(noise))))


def two(ctx, x):
    ctx.set_materialize_grads(False)
    return x * 2, x * 3


def none_is_one_beside_zeros(ctx, g, h):
    """Right, but for no gradient of one output beside a zero gradient of the other."""
    known = [part for part in (g, h) if part is not None]
    extra = 1.0 if len(known) == 1 and not bool(known[0].any()) else 0.0
    return (0 if g is None else g * 2) + (0 if h is None else h * 3) + extra


none_is_one = function(two, none_is_one_beside_zeros)
number_of_tangent = function(keep, lambda ctx, g: g, jvp=lambda ctx, t: t * 2 + 0 * float(t.sum()))


@pytest.mark.usefixtures("backend")
class TestOnEveryBackend:
    @pytest.mark.parametrize("fast", [False, True])
    def test_what_is_right_passes(self, fast):
        x, w = double([[0.3, -0.7], [1.1, 0.4]], True), double([[1.0], [2.0]], True)
        every = {
            "check_forward_ad": True,
            "check_batched_grad": True,
            "check_batched_forward_grad": True,
            "fast_mode": fast,
        }
        assert gradcheck(lambda x, w, n: ((x.sin() @ w) * n, x.exp()), (x, w, 3), check_grad_dtypes=True, **every)
        assert gradgradcheck(lambda x: x.sin() @ x, x, check_fwd_over_rev=True, check_batched_grad=True, fast_mode=fast)
        assert gradgradcheck(lambda x: x**3, x, gen_non_contig_grad_outputs=True, fast_mode=fast)

    def test_complex_functions(self):
        z = agrad.tensor([0.5 + 1j, -1 + 0.3j], dtype=agrad.complex128, requires_grad=True)
        for f in (lambda z: z * z, lambda z: z * z.conj(), lambda z: z.abs(), lambda z: z.real * z):
            assert gradcheck(f, z, check_forward_ad=True)
            assert gradgradcheck(f, z)

    def test_what_is_wrong_fails(self):
        x = leaf()
        with pytest.raises(GradcheckError) as told:
            gradcheck(wrong, x)
        assert str(told.value) == (
            "Jacobian mismatch for output 0 with respect to input 0,\n"
            "numerical:tensor([[2.0000, 0.0000],\n        [0.0000, 2.0000]], dtype=agrad.float64)\n"
            "analytical:tensor([[3., 0.],\n        [0., 3.]], dtype=agrad.float64)\n"
        )
        assert not gradcheck(wrong, x, raise_exception=False)
        with pytest.raises(GradcheckError, match="Jacobian mismatch"):
            gradcheck(wrong, x, fast_mode=True)
        with pytest.raises(GradcheckError, match="Jacobian computed with forward mode mismatch for output 0"):
            gradcheck(wrong_forward, x, check_forward_ad=True)
        with pytest.raises(GradcheckError, match="Jacobian mismatch"):
            gradgradcheck(wrong_again, x)
        assert not gradgradcheck(wrong_again, x, raise_exception=False)


class TestRefusals:
    def test_two_runs_that_differ(self):
        with pytest.raises(GradcheckError, match="Backward is not reentrant"):
            gradcheck(noisy, leaf())
        assert gradcheck(noisy, leaf(), nondet_tol=1e-3)

    def test_no_gradient_that_counts_as_one(self):
        with pytest.raises(GradcheckError, match="handle undefined output grads"):
            gradcheck(none_is_one, leaf())
        assert gradcheck(none_is_one, leaf(), check_undefined_grad=False)

    def test_an_output_that_moves_and_needs_no_gradient(self):
        with pytest.raises(GradcheckError, match="Numerical gradient for function expected to be zero"):
            gradcheck(lambda x: x.detach() * 2, leaf())

    def test_arguments(self):
        with pytest.raises(ValueError, match="at least one input tensor to require gradient"):
            gradcheck(lambda x: x, double([1.0]))
        with pytest.warns(UserWarning, match="Input #0 requires gradient and is not a double precision"):
            gradcheck(lambda x: x * 2, agrad.ones(1, requires_grad=True), raise_exception=False)
        with pytest.raises(RuntimeError, match="has a dimension with stride 0"):
            gradcheck(lambda x: x, double([1.0]).expand(3).requires_grad_())
        with pytest.raises(AssertionError, match="at least one of check_forward_ad or check_backward_ad"):
            gradcheck(lambda x: x, leaf(), check_backward_ad=False)
        with pytest.raises(AssertionError, match="at least one of check_fwd_over_rev or check_rev_over_rev"):
            gradgradcheck(lambda x: x, leaf(), check_rev_over_rev=False)

    def test_a_batch_that_has_no_rule(self):
        only_forward = {"check_forward_ad": True, "check_backward_ad": False, "atol": 1e9}
        assert gradcheck(number_of_tangent, leaf(), **only_forward)
        with pytest.raises(GradcheckError, match="While computing batched gradients in forward mode"):
            gradcheck(number_of_tangent, leaf(), check_batched_forward_grad=True, **only_forward)


T = agrad.tensor

DIFFERENT = [
    (T([[1.0, 2.0], [3.0, 4.0]]), T([[1.0, 2.5], [3.0, 4.0]]), {}, "Mismatched elements: 1 / 4 (25.0%)\nGreatest absolute difference: 0.5 at index (0, 1) (up to 1e-05 allowed)"),
    (1.0, 1.1, {}, "Scalars are not close!\n\nExpected 1.1 but got 1.0."),
    (T(1.0), T(2.0), {}, "Scalars are not close!\n\nExpected 2.0 but got 1.0."),
    (T([1, 2]), T([1, 3]), {}, "Tensor-likes are not equal!\n\nMismatched elements: 1 / 2 (50.0%)\nGreatest absolute difference: 1 at index (1,)"),
    (T([True]), T([False]), {}, "Greatest relative difference: inf at index (0,)"),
    (T([1.0]), T([1.0, 2.0]), {}, "The values for attribute 'shape' do not match"),
    (T([1.0]), T([1.0], dtype=agrad.float64), {}, "The values for attribute 'dtype' do not match: agrad.float32 != agrad.float64."),
    (T([float("nan")]), T([float("nan")]), {}, "Greatest absolute difference: nan at index (0,)"),
    ((T([1.0]), T([2.0])), (T([1.0]), T([3.0])), {}, "The failure occurred for item [1]"),
    ((T([1.0]),), (T([1.0]), T([3.0])), {}, "The length of the sequences mismatch: 1 != 2"),
    ({"a": T([1.0])}, {"a": T([2.0])}, {}, "The failure occurred for item ['a']"),
    ({"a": T([1.0])}, {"b": T([2.0])}, {}, "Missing keys in the actual mapping: ['b']"),
    (np.array([1.0]), np.array([2.0]), {}, "Tensor-likes are not close!"),
    (agrad.ones(2, 3).T, agrad.ones(3, 2), {"check_stride": True}, "The values for attribute 'stride()' do not match: (1, 3) != (2, 1)."),
    (T([1.0]), T([2.0]), {"msg": "mine"}, "mine"),
    (T([1.0]), T([2.0]), {"msg": lambda told: "mine " + told}, "mine Tensor-likes are not close!"),
    (T([float("inf")]), T([1.0]), {}, "Tensor-likes are not close!"),
]  # fmt: skip


@pytest.mark.parametrize("actual, expected, options, words", DIFFERENT)
def test_what_is_not_close(actual, expected, options, words):
    with pytest.raises(AssertionError) as told:
        assert_close(actual, expected, **options)
    assert words in str(told.value)


CLOSE = [
    (T([1.0]), T([1.0 + 1e-7]), {}),
    (T([1.0]), T([1.0], dtype=agrad.float64), {"check_dtype": False}),
    (T([float("nan")]), T([float("nan")]), {"equal_nan": True}),
    (T([float("inf")]), T([float("inf")]), {}),
    (T([1.0]), T([1.1]), {"rtol": 0.2, "atol": 0.0}),
    ([T([1.0]), {"a": 2}], [T([1.0]), {"a": 2}], {}),
    (agrad.ones(2, 3).T, agrad.ones(3, 2), {}),
    (None, None, {}),
    (True, True, {}),
    (1 + 1j, 1 + 1j, {}),
]


@pytest.mark.parametrize("actual, expected, options", CLOSE)
def test_what_is_close(actual, expected, options):
    assert_close(actual, expected, **options)


def test_what_cannot_be_compared():
    with pytest.raises(TypeError, match="No comparison pair was able to handle"):
        assert_close(T([1.0]), [1.0])
    with pytest.raises(TypeError, match="No comparison pair was able to handle"):
        assert_close("a", "b")
    with pytest.raises(ValueError, match="Both 'rtol' and 'atol' must be either specified or omitted, but got no atol"):
        assert_close(T([1.0]), T([1.0]), rtol=1e-3)


def test_the_public_names():
    assert set(testing.__all__) == {"GradcheckError", "assert_close", "gradcheck", "gradgradcheck"}
    assert agrad.autograd.gradcheck is gradcheck and agrad.autograd.gradgradcheck is gradgradcheck
    assert host(double([1.0])).tolist() == [1.0]
