"""Functions that write in place, under each transform and pair of transforms, against torch.func."""

from __future__ import annotations

import pytest
import torch.func
from oracle import Row, case_id, check, everywhere, floats

import agrad.func

assert torch.func and agrad.func

V, W = floats(3), floats(3, seed=1)
M, B = floats(3, 3), floats(4, 3)
POSITIVE = floats(4, 3, low=0.5, high=1.5)


def row(title, run, *inputs, **more):
    return Row(title, run, inputs, grad=False, **more)


def recorded(title, run, *inputs, **more):
    """Return a row whose answer is differentiated from outside too."""
    return Row(title, run, inputs, **more)


def written(t, m):
    def f(x):
        y = x.clone()
        y.mul_(2)
        y[0] = 5.0
        y[1:] += x[:2]
        return y

    return t.func.vmap(f)(m), t.func.vmap(f, 1, 1)(m)


def views_written(t, m):
    def f(x):
        y = x * 1
        v = y[:2]
        v.add_(x[1])
        y.t().mul_(2)
        return y, v

    return t.func.vmap(f)(m)


def arguments_written(t, m):
    y = m.clone()
    out = t.func.vmap(lambda x: x.add_(1))(y)
    return y, out


def written_under_grad(t, x, w):
    def f(x):
        y = x * 1
        y.mul_(x)
        y[0] = y[1] * 2
        z = t.zeros(3, dtype=t.float64)
        z[1:] = y[:2]
        return (z * y).sum()

    return t.func.grad(f)(x), t.func.grad(lambda x: t.func.grad(f)(x).sum())(x), t.func.jvp(f, (x,), (w,))


def written_under_both(t, b):
    def f(x):
        y = x.clone()
        y.sin_()
        y[0].mul_(y[1].clone())
        return y.sum()

    return (
        t.func.vmap(t.func.grad(f))(b),
        t.func.grad(lambda b: t.func.vmap(f)(b).sum())(b),
        t.func.vmap(t.func.hessian(f))(b),
    )


def changes_of_views(t, x):
    y = x * 1
    v = y[:2]
    v.mul_(x[:2])
    v.sin_()
    y.mul_(x)
    y[1:].div_(x[1:])
    return (y * v.sum()).sum()


def changes_of_operands(t, x):
    y = x * 1
    y[:2].mul_(y[1:] * 1)
    y[1].pow_(2)
    y.sub_(x, alpha=2)
    return y.prod()


def changes_through_detached(t, x):
    """Aliases without history see each other's changes, and backward through what was there before is as if it had not changed."""
    y = x * 1
    p = y.detach()
    p.exp_()
    y.sin_()
    q = y.detach()
    y.mul_(2)
    q[0] = 0.5
    return (y * y).sum() + (p * y).sum() + (q * x).sum()


def every_way(program):
    """Return what differentiates a function that writes in place by each pair of transforms, and from outside."""

    def run(t, b):
        f = lambda x: program(t, x)
        c = b.detach().clone().requires_grad_()
        outside = lambda value: t.autograd.grad(value.sum(), c)
        return (
            t.func.vmap(t.func.grad(f))(b),
            t.func.grad(lambda b: t.func.vmap(f)(b).sum())(b),
            t.func.vmap(t.func.hessian(f))(b),
            t.func.jacrev(lambda x: t.func.jvp(f, (x,), (x,))[1])(b[0]),
            t.func.grad(lambda x: t.func.jvp(f, (x,), (x.sin(),))[1])(b[0]),
            t.func.vmap(t.func.vmap(t.func.grad(f)))(t.stack([b, b])),
            t.func.vmap(t.func.grad(lambda x: t.func.grad(f)(x).sin().sum()))(b),
            t.func.jvp(t.func.vmap(f), (b,), (b,)),
            outside(t.func.jvp(f, (c[0],), (b[0].sin(),))[1]),
            outside(t.func.vmap(f)(c)),
            outside(t.func.vmap(t.func.grad(f))(c)),
        )

    return run


def plain_into_plain(t, m):
    """A write of what is the same for all examples, to a captured tensor."""
    log = t.zeros(3, dtype=t.float64)

    def f(x):
        log.add_(1)
        return x

    t.func.vmap(f)(m)
    return log


def copied(t, m):
    def f(x):
        y = t.empty_like(x)
        y.copy_(x * 2)
        z = x.new_zeros(3)
        z = z + x
        z.zero_()
        z.fill_(3.0)
        return y, z

    return t.func.vmap(f)(m)


WRITES = [
    recorded("written", written, M),
    recorded("views written", views_written, M),
    row("arguments written", arguments_written, M),
    row("written under grad", written_under_grad, V, W),
    row("written under both", written_under_both, B),
    row("changes of views", every_way(changes_of_views), POSITIVE, rtol=1e-10, atol=1e-12),
    row("changes through detached aliases", every_way(changes_through_detached), POSITIVE, rtol=1e-10, atol=1e-12),
    row("changes of operands", every_way(changes_of_operands), POSITIVE, rtol=1e-10, atol=1e-12),
    row("a captured tensor, all alike", plain_into_plain, M),
    row("copied into", copied, M),
]


@pytest.mark.parametrize(("row", "backend"), everywhere(WRITES), ids=case_id)
def test_func_writes(row, backend):
    check(row, backend)
