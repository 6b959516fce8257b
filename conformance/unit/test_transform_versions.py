"""Writes in place inside transforms, on every backend: what a transform's tape saved keeps the values that the function computed with.

Each form is a function of a vector x that computes with a constant (or with an intermediate) and then changes it in place.
``change(write)`` does the write, or leaves it out: what is wanted is the answer of the same program without the write.
"""

from __future__ import annotations

import threading

import numpy as np
import pytest
from on_backends import backend, double, host, leaf, same  # noqa: F401 - a fixture

import agrad
import agrad.array_api as xp
from agrad import autograd, func
from agrad.autograd import Function, graph
from agrad.errors import GradError
from agrad.utils.checkpoint import checkpoint

REFUSED = "modified by an inplace operation"


def constant(*values):
    return xp.asarray(list(values), dtype=xp.float64)


def scalar_divided(x, change):
    h = xp.asarray(3.0, dtype=xp.float64)
    y = x * h
    change(lambda: h.__itruediv__(2.0))
    return xp.sum(y)


def element_set(x, change):
    h = constant(3.0, 4.0, 5.0)
    y = x * h
    change(lambda: h.__setitem__(0, 100.0))
    return xp.sum(y)


def slice_set(x, change):
    h = constant(3.0, 4.0, 5.0)
    y = h * x
    change(lambda: h.__setitem__(slice(1, None), 100.0))
    return xp.sum(y)


def method_mul(x, change):
    h = constant(3.0, 4.0, 5.0)
    y = x * h
    change(lambda: h.mul_(7.0))
    return xp.sum(y)


def filled(x, change):
    h = constant(3.0, 4.0, 5.0)
    y = x * h
    change(lambda: h.fill_(7.0))
    return xp.sum(y)


def divided(x, change):
    h = constant(3.0, 4.0, 5.0)
    y = x / h
    change(lambda: h.__imul__(10.0))
    return xp.sum(y)


def divisor(x, change):
    h = constant(3.0, 4.0, 5.0)
    y = h / x
    change(lambda: h.__setitem__(1, 10.0))
    return xp.sum(y)


def matrix_product(x, change):
    m = xp.reshape(xp.arange(9.0, dtype=xp.float64), (3, 3))
    y = m @ x
    change(lambda: m.__setitem__((1, 1), 100.0))
    return xp.sum(y)


def matrix_transposed(x, change):
    m = xp.reshape(xp.arange(9.0, dtype=xp.float64), (3, 3))
    y = x @ m.T
    change(lambda: m.__iadd__(100.0))
    return xp.sum(y)


def where_mask(x, change):
    mask = xp.asarray([True, False, True])
    y = xp.where(mask, x, x * x)
    change(lambda: mask.__setitem__(0, False))
    return xp.sum(y)


def where_mask_whole(x, change):
    mask = xp.asarray([True, False, True])
    y = xp.where(mask, x * 5.0, 0.0)
    change(lambda: mask.__ixor__(True))
    return xp.sum(y)


def masked_fill(x, change):
    mask = xp.asarray([True, False, True])
    y = (x * 2).masked_fill(mask, 0.0)
    change(lambda: mask.__setitem__(1, True))
    return xp.sum(y)


def masked_fill_in_place(x, change):
    mask = xp.asarray([True, False, True])
    y = x * 2
    y.masked_fill_(mask, 0.0)
    change(lambda: mask.logical_not_())
    return xp.sum(y)


def mask_index(x, change):
    mask = xp.asarray([True, False, True])
    y = (x * x)[mask] * 2.0
    change(lambda: mask.__setitem__(1, True))
    return xp.sum(y)


def mask_written(x, change):
    mask = xp.asarray([True, False, True])
    y = x * 3
    y[mask] = 0.0
    change(lambda: mask.__setitem__(1, True))
    return xp.sum(y)


def index_taken(x, change):
    index = xp.asarray([0, 0, 2])
    y = xp.take(x * x, index, axis=0)
    change(lambda: index.__setitem__(0, 1))
    return xp.sum(y)


def index_gathered(x, change):
    index = xp.asarray([0, 0, 2])
    y = (x * x)[index]
    change(lambda: index.__iadd__(-index))
    return xp.sum(y * constant(1.0, 2.0, 4.0))


def gather(x, change):
    index = xp.asarray([2, 0, 0])
    y = (x * x).gather(0, index)
    change(lambda: index.fill_(1))
    return xp.sum(y)


def index_written(x, change):
    index = xp.asarray([0, 2])
    y = xp.zeros_like(x)
    y[index] = x[:2] * 3
    change(lambda: index.__setitem__(0, 1))
    return xp.sum(y * constant(1.0, 2.0, 4.0))


def scatter(x, change):
    index = xp.asarray([0, 2])
    y = (x * 1).scatter(0, index, x[:2] * 5)
    change(lambda: index.fill_(1))
    return xp.sum(y * constant(1.0, 2.0, 4.0))


def index_added(x, change):
    index = xp.asarray([0, 2])
    y = (x * 1).index_add(0, index, x[:2] * 5)
    change(lambda: index.fill_(1))
    return xp.sum(y * constant(1.0, 2.0, 4.0))


def through_a_view(x, change):
    h = constant(3.0, 4.0, 5.0)
    v = h[1:]
    y = x * h
    change(lambda: v.__imul__(10.0))
    return xp.sum(y)


def of_a_view(x, change):
    h = constant(3.0, 4.0, 5.0, 6.0)
    y = x * h[1:]
    change(lambda: h.__setitem__(2, 10.0))
    return xp.sum(y)


def of_a_transposed_view(x, change):
    m = xp.reshape(xp.arange(9.0, dtype=xp.float64), (3, 3))
    y = xp.sum(m.T * x, axis=1)
    change(lambda: m[0].fill_(100.0))
    return xp.sum(y * x)


def through_detached(x, change):
    h = constant(3.0, 4.0, 5.0)
    y = x * h
    change(lambda: h.detach().mul_(10.0))
    return xp.sum(y)


def through_data(x, change):
    h = constant(3.0, 4.0, 5.0)
    y = x * h
    change(lambda: h.data.mul_(10.0))
    return xp.sum(y)


def power(x, change):
    p = constant(2.0, 3.0, 4.0)
    y = x**p
    change(lambda: p.__iadd__(1.0))
    return xp.sum(y)


def power_of_base(x, change):
    b = constant(2.0, 3.0, 4.0)
    y = b**x
    change(lambda: b.__setitem__(0, 1.0))
    return xp.sum(y)


def loop(x, change):
    w = constant(1.0, 2.0, 3.0)
    y = x * 1.0
    for _ in range(3):
        y = y * w
        before = w
        w = w + 0.5
        change(lambda before=before: before.__imul__(0.5))
    return xp.sum(y)


def maximum(x, change):
    h = constant(0.5, 3.0, 2.5)
    y = xp.maximum(x, h)
    change(lambda: h.__imul__(-1.0))
    return xp.sum(y)


def clipped(x, change):
    low = constant(0.0, 3.0, 2.5)
    y = xp.clip(x * x, low, 100.0)
    change(lambda: low.__isub__(10.0))
    return xp.sum(y)


def several_operands(x, change):
    h = constant(3.0, 4.0, 5.0)
    y = agrad.lerp(x, h, constant(0.1, 0.2, 0.3)) + agrad.addcmul(x, x, h)
    change(lambda: h.__imul__(10.0))
    return xp.sum(y)


def stacked_operand(x, change):
    h = constant(3.0, 4.0, 5.0)
    y = xp.prod(xp.stack([x, h]), axis=0)
    change(lambda: h.__imul__(10.0))
    return xp.sum(y)


def result_saved(x, change):
    y = xp.exp(x)
    z = y * 1.0
    change(lambda: y.__imul__(2.0))
    return xp.sum(z)


def result_saved_element(x, change):
    y = xp.exp(x)
    z = y + 0.0
    change(lambda: y.__setitem__(0, 2.0))
    return xp.sum(z)


def operand_saved(x, change):
    y = x * 2.0
    z = y * y
    change(lambda: y.__imul__(5.0))
    return xp.sum(z)


def operand_saved_through_a_view(x, change):
    y = x * 2.0
    v = y[:2]
    z = y * y
    change(lambda: v.mul_(5.0))
    return xp.sum(z)


def operand_saved_of_a_view(x, change):
    y = x * 2.0
    z = y[:2] * y[1:]
    change(lambda: y.mul_(5.0))
    return xp.sum(z)


class Scaled(Function):
    """A product whose second factor is a constant that forward saves."""

    @staticmethod
    def forward(x, h):
        return x * h

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, g):
        _, h = ctx.saved_tensors
        return g * h, None

    @staticmethod
    def jvp(ctx, tangent, _):
        _, h = ctx.saved_tensors
        return tangent * h

    @staticmethod
    def vmap(info, in_dims, x, h):
        where = in_dims[0]
        return Scaled.apply(x, h), where


def custom_function(x, change):
    h = constant(3.0, 4.0, 5.0)
    y = Scaled.apply(x, h)
    change(lambda: h.__imul__(10.0))
    return xp.sum(y)


def custom_function_element(x, change):
    h = constant(3.0, 4.0, 5.0)
    y = Scaled.apply(x, h)
    change(lambda: h.__setitem__(0, 10.0))
    return xp.sum(y)


FORMS = {
    form.__name__: form
    for form in (
        scalar_divided, element_set, slice_set, method_mul, filled, divided, divisor, matrix_product, matrix_transposed,
        where_mask, where_mask_whole, masked_fill, masked_fill_in_place, mask_index, mask_written, index_taken, index_gathered,
        gather, index_written, scatter, index_added, through_a_view, of_a_view, of_a_transposed_view, through_detached,
        through_data, power, power_of_base, loop, maximum, clipped, several_operands, stacked_operand, result_saved,
        result_saved_element, operand_saved, operand_saved_through_a_view, operand_saved_of_a_view, custom_function,
        custom_function_element,
    )
}  # fmt: skip


def pulled(f, x):
    out, pull = func.vjp(f, x)
    return out, *pull(agrad.ones_like(out))


def linearized(f, x):
    out, push = func.linearize(f, x)
    return out, push(constant(1.0, 10.0, 100.0))


def squared(f):
    return lambda x: f(x) ** 2


def pair(x):
    return agrad.stack([x, x + 1])


TRANSFORMS = {
    "grad": lambda f, x: func.grad(f)(x),
    "agrad.grad": lambda f, x: agrad.grad(f)(x),
    "value_and_grad": lambda f, x: agrad.value_and_grad(f)(x),
    "vjp": pulled,
    "jvp": lambda f, x: func.jvp(f, (x,), (x,)),
    "linearize": linearized,
    "jacrev": lambda f, x: func.jacrev(f)(x),
    "jacfwd": lambda f, x: func.jacfwd(f)(x),
    "hessian": lambda f, x: func.hessian(squared(f))(x),
    "hvp": lambda f, x: func.hvp(squared(f), (x,), (x,)),
    "grad of grad": lambda f, x: func.grad(lambda x: xp.sum(func.grad(squared(f))(x) ** 2))(x),
    "jacrev of jacrev": lambda f, x: func.jacrev(func.jacrev(squared(f)))(x),
    "grad of jvp": lambda f, x: func.grad(lambda x: func.jvp(squared(f), (x,), (x,))[1])(x),
    "jvp of grad": lambda f, x: func.jvp(func.grad(squared(f)), (x,), (x,)),
    "vmap of grad": lambda f, x: func.vmap(func.grad(f))(pair(x)),
    "grad of vmap": lambda f, x: func.grad(lambda b: xp.sum(func.vmap(f)(b) ** 2))(pair(x)),
    "vmap of hessian": lambda f, x: func.vmap(func.hessian(squared(f)))(pair(x)),
    "vmap": lambda f, x: func.vmap(f)(pair(x)),
    "checkpoint in grad": lambda f, x: func.grad(lambda x: checkpoint(f, x))(x),
}


def backward(f, x):
    x = x.clone().requires_grad_()
    f(x).backward()
    return x.grad


def checkpointed(f, x, **settings):
    x = x.clone().requires_grad_()
    checkpoint(f, x, **settings).backward()
    return x.grad


def second_order(f, x):
    x = x.clone().requires_grad_()
    (g,) = autograd.grad(f(x) ** 2, x, create_graph=True)
    xp.sum(g * g).backward()
    return x.grad


#: what runs on the tape of backward(), which refuses
TAPE = {
    "backward": backward,
    "second order": second_order,
    "checkpoint": checkpointed,
    "reentrant checkpoint": lambda f, x: checkpointed(f, x, use_reentrant=True),
    "jacobian": lambda f, x: autograd.functional.jacobian(f, x),
    "jacobian vectorized": lambda f, x: autograd.functional.jacobian(f, x, vectorize=True),
    "jacobian forward": lambda f, x: autograd.functional.jacobian(f, x, vectorize=True, strategy="forward-mode"),
    "functional.hessian": lambda f, x: autograd.functional.hessian(squared(f), x),
    "functional.hessian vectorized": lambda f, x: autograd.functional.hessian(squared(f), x, vectorize=True),
    "functional.vjp": lambda f, x: autograd.functional.vjp(f, x),
    "functional.jvp": lambda f, x: autograd.functional.jvp(f, x, x),
    "functional.vhp": lambda f, x: autograd.functional.vhp(squared(f), x, x),
    "functional.hvp": lambda f, x: autograd.functional.hvp(squared(f), x, x),
}
#: those of them that look at nothing saved: forward mode, and what computes anew
COMPUTING = ("jacobian forward", "functional.jvp", "checkpoint")
#: a write through ``.data`` is one that backward is asked not to notice
UNNOTICED = ("through_data",)


@pytest.fixture
def allowed():
    """Let what was saved be written to, as a program does that says so once."""
    graph.set_allow_mutation_on_saved_tensors(True)
    try:
        yield
    finally:
        graph.set_allow_mutation_on_saved_tensors(False)


def leaves(value):
    return [one for part in value for one in leaves(part)] if isinstance(value, tuple | list) else [host(value)]


def answers(transform, form):
    """Return a transform's answers with the writes and without."""
    x = double([1.5, 2.0, 3.0])
    with_writes = transform(lambda x: form(x, lambda write: write()), x)
    return with_writes, transform(lambda x: form(x, lambda write: None), x)


@pytest.mark.usefixtures("backend")
class TestConstantsWrittenInTransforms:
    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize("transform", TRANSFORMS)
    def test_transform_computes_with_the_values_of_before(self, transform, form):
        check_same(*answers(TRANSFORMS[transform], FORMS[form]))


def check_same(found, wanted):
    for one, other in zip(leaves(found), leaves(wanted), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.usefixtures("backend")
class TestWritesOnTheTape:
    @pytest.mark.parametrize("form", [form for form in FORMS if form not in UNNOTICED])
    @pytest.mark.parametrize("way", TAPE)
    def test_tape_refuses_or_computes_with_the_values_of_before(self, way, form):
        try:
            found, wanted = answers(TAPE[way], FORMS[form])
        except GradError as error:
            assert REFUSED in str(error)
            assert way not in COMPUTING
            return
        assert way in COMPUTING or form == "stacked_operand"
        check_same(found, wanted)

    @pytest.mark.usefixtures("allowed")
    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize("way", TAPE)
    def test_tape_computes_where_the_whole_program_allows_it(self, way, form):
        check_same(*answers(TAPE[way], FORMS[form]))

    @pytest.mark.usefixtures("allowed")
    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize("transform", ["grad", "hessian", "vmap of grad"])
    def test_transforms_compute_the_same_where_it_is_allowed(self, transform, form):
        check_same(*answers(TRANSFORMS[transform], FORMS[form]))


@pytest.mark.usefixtures("backend")
class TestTheSwitch:
    @pytest.mark.usefixtures("allowed")
    def test_softmax_as_it_is_written_for_arrays(self):
        x = double([0.0, 1.0, 2.0], True)
        y = xp.exp(x)
        y /= xp.sum(y)
        y[0].backward()
        p = np.exp([0.0, 1.0, 2.0])
        p /= p.sum()
        same(x.grad, p[0] * (np.array([1.0, 0.0, 0.0]) - p))

    @pytest.mark.usefixtures("allowed")
    def test_all_threads(self):
        x = double([1.0, 2.0], True)
        answers = []

        def work():
            y = x * 1
            z = xp.sum(y * y)
            y[0] = 5.0
            answers.append(autograd.grad(z, x)[0])

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        same(answers[0], [2.0, 4.0])

    @pytest.mark.usefixtures("allowed")
    def test_saved_values_are_those_of_before(self):
        y = leaf() * 1
        z = y * y
        y.mul_(3)
        same(z.grad_fn._saved_self, [1.0, 2.0])
        y[0] = 9.0
        same(z.grad_fn._saved_self, [1.0, 2.0])

    @pytest.mark.usefixtures("allowed")
    def test_what_is_saved_packed_and_recorded(self):
        x = leaf()
        y = Scaled.apply(x, h := constant(3.0, 4.0))
        h.mul_(2)
        with graph.saved_tensors_hooks(lambda t: t.clone(), lambda t: t):
            z = y * y
        y.mul_(2)
        (g,) = autograd.grad(z.sum(), x, create_graph=True)
        g.sum().backward()
        same(g, [2 * 9.0, 2 * 2 * 16.0])
        same(x.grad, [18.0, 32.0])

    def test_it_holds_for_what_is_recorded_while_it_is_on(self):
        x = leaf()
        y = x * 1
        before = (y * y).sum()
        graph.set_allow_mutation_on_saved_tensors(True)
        try:
            assert graph.is_mutation_on_saved_tensors_allowed()
            during = (y * y).sum()
        finally:
            graph.set_allow_mutation_on_saved_tensors(False)
        assert not graph.is_mutation_on_saved_tensors_allowed()
        after = (y * y).sum()
        y.mul_(3)
        same(autograd.grad(during, x, retain_graph=True)[0], [2.0, 4.0])
        for refused in (before, after):
            with pytest.raises(GradError, match=REFUSED):
                refused.backward()

    def test_it_takes_a_bool(self):
        with pytest.raises(TypeError, match="needs a bool"):
            graph.set_allow_mutation_on_saved_tensors(1)


@pytest.mark.usefixtures("backend")
class TestUnpackedViews:
    @pytest.mark.parametrize("unpack", [tuple, lambda y: xp.unstack(y), lambda y: xp.unstack(y, axis=0)])
    def test_arrays_of_the_standard_are_written_to_through_what_they_were_unpacked_into(self, unpack):
        x = xp.asarray([[1.0, 2.0], [3.0, 4.0]], dtype=xp.float64).requires_grad_()
        y = x * 2
        a, b = unpack(y)
        a *= 3
        b[0] = 7.0
        same(y, [[6.0, 12.0], [7.0, 8.0]])
        (y * y).sum().backward()
        same(x.grad, [[2 * 6 * 6.0, 2 * 12 * 6.0], [0.0, 2 * 8 * 2.0]])

    def test_tensors_of_the_pytorch_face_are_not(self):
        x = double([[1.0, 2.0], [3.0, 4.0]], True)
        a, _ = x * 2
        with pytest.raises(GradError, match="returns multiple views"):
            a.mul_(3)

    def test_inside_transforms(self):
        def f(x):
            y = xp.stack([x, x * x])
            a, b = y
            a *= 3
            b += a
            return xp.sum(y * y)

        x = xp.asarray(2.0, dtype=xp.float64)
        wanted = 2 * 6 * 3 + 2 * 10 * (4 + 3.0)
        same(func.grad(f)(x), wanted)
        same(func.jvp(f, (x,), (xp.ones_like(x),))[1], wanted)


def test_a_write_takes_time_for_what_it_makes_stale_and_not_for_all_views():
    x = double([0.0] * 64, True) * 1
    views = [x[at : at + 2] for at in range(60)]
    storage = x._extra.storage
    x.add_(1.0)
    assert len(storage.members) >= 60
    for _ in range(3):
        x.add_(1.0)
        assert len(storage.fresh) <= 2
    same(views[7], [4.0, 4.0])
    views[7].mul_(2)
    x.add_(1.0)
    assert len(storage.fresh) <= 3
    views[9].sum().backward()
    plain = double([0.0] * 64)
    rows = [plain[at : at + 2] for at in range(60)]
    for _ in range(2):
        plain.add_(1.0)
    assert len(plain._extra.storage.fresh) <= 2
    plain.add_(double([0.0] * 64, True))  # now there is a history, which the views have too
    assert rows[3].requires_grad
    (rows[3] * rows[5]).sum().backward()


#: what somebody may write to between the call of vjp and the pull: of (primal, output, aux, a constant that the function captured)
LATER = {
    "nothing": lambda x, out, aux, h: None,
    "the primal": lambda x, out, aux, h: x.mul_(10.0),
    "an element of the primal": lambda x, out, aux, h: x.__setitem__(0, 10.0),
    "a view of the primal": lambda x, out, aux, h: x[1:].fill_(10.0),
    "a detached primal": lambda x, out, aux, h: x.detach().fill_(10.0),
    "the output": lambda x, out, aux, h: out.mul_(10.0),
    "an element of the output": lambda x, out, aux, h: out.__setitem__(0, 10.0),
    "aux": lambda x, out, aux, h: aux.mul_(10.0),
    "a view of aux": lambda x, out, aux, h: aux[1:].fill_(10.0),
    "the constant": lambda x, out, aux, h: h.mul_(10.0),
    "an element of the constant": lambda x, out, aux, h: h.__setitem__(0, 10.0),
}

#: functions of (x, h) that give an output and aux
SAVING = {
    "product": lambda x, h: (x * h * x, x * x),
    "exp": lambda x, h: (xp.exp(x * h), x),
    "aux saved": lambda x, h: (lambda y: (y * h, y))(xp.exp(x)),
    "aux is a view": lambda x, h: (lambda y: (y * y * h, y[:2]))(xp.exp(x)),
    "output is a view": lambda x, h: (lambda y: ((y * h)[:2] + y[:2] ** 2, y))(xp.exp(x)),
    "view of the primal": lambda x, h: (x[::2] * x[1:] * h[:2], x[1:]),
    "identity": lambda x, h: (x, h),
    "view": lambda x, h: (xp.reshape(x, (3, 1)), x),
}


@pytest.mark.usefixtures("backend")
class TestWritesBetweenVjpAndPull:
    @pytest.mark.parametrize("later", LATER)
    @pytest.mark.parametrize("function", SAVING)
    def test_pull_computes_with_the_values_of_the_call_or_refuses(self, function, later):
        def pulled_after(write):
            x, h = double([1.5, 2.0, 3.0]), constant(3.0, 4.0, 5.0)
            out, pull, aux = func.vjp(lambda x: SAVING[function](x, h), x, has_aux=True)
            seed = agrad.ones_like(out)
            write(x, out, aux, h)
            return pull(seed)[0], (x, out, aux, h)

        wanted, _ = pulled_after(LATER["nothing"])
        try:
            found, _ = pulled_after(LATER[later])
        except GradError as error:
            assert REFUSED in str(error)
        else:
            np.testing.assert_allclose(host(found), host(wanted), rtol=1e-12)

    @pytest.mark.parametrize("later", ["the primal", "the output", "an element of the output", "the constant", "aux"])
    def test_writes_that_need_no_copy_of_views_compute(self, later):
        x, h = double([1.5, 2.0, 3.0]), constant(3.0, 4.0, 5.0)
        out, pull, aux = func.vjp(lambda x: (xp.exp(x) * h, x * x), x, has_aux=True)
        LATER[later](x, out, aux, h)
        same(pull(agrad.ones_like(out))[0], np.exp([1.5, 2.0, 3.0]) * [3.0, 4.0, 5.0])

    @pytest.mark.parametrize("function", SAVING)
    def test_what_is_handed_out_shares_no_memory_that_a_write_would_change(self, function):
        x, h = double([1.5, 2.0, 3.0]), constant(3.0, 4.0, 5.0)
        out, _, aux = func.vjp(lambda x: SAVING[function](x, h), x, has_aux=True)
        before = host(x), host(h)
        kept = host(aux)
        out[0] = 77.0
        np.testing.assert_array_equal(host(x), before[0])
        np.testing.assert_array_equal(host(aux), kept)
        if aux is not h:
            aux[0] = 78.0
        np.testing.assert_array_equal(host(x), before[0])
        np.testing.assert_array_equal(host(h), before[1])

    def test_linearize(self):
        x = double([1.5, 2.0, 3.0])
        _, push = func.linearize(lambda x: x * x, x)
        x[0] = 100.0
        same(push(constant(1.0, 1.0, 1.0)), [3.0, 4.0, 6.0])

    def test_value_of_identity_is_its_own(self):
        x = double(2.0)
        gradient, value = func.grad_and_value(lambda x: x)(x)
        value.fill_(5.0)
        same(x, 2.0)
        same(gradient, 1.0)
