"""backward and autograd.grad against PyTorch: roots, seeds, inputs, what is kept, what accumulates, and every refusal."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from oracle import Error, Row, case_id, check, everywhere

X = np.asarray([1.0, 2.0])


def leaf(t, *values, dtype=None):
    return t.tensor(list(values) or [1.0, 2.0], dtype=dtype or t.float64, requires_grad=True)


def backwards(t):
    x = leaf(t)
    y = x * x
    y.sum().backward(retain_graph=True)
    first = x.grad.clone()
    y.sum().backward()
    kept = x.grad
    x.grad.zero_()
    (x * 3).sum().backward()
    same = kept is x.grad
    x.grad = None
    before = x.grad
    (x * 5).sum().backward()
    return first, kept, same, before, x.grad


def several_roots(t):
    x = leaf(t)
    t.autograd.backward([x.sum(), x * 3], [None, t.tensor([1.0, 2.0], dtype=t.float64)])
    return x.grad


def inputs_leaf(t):
    x, w = leaf(t), leaf(t)
    (x * w).sum().backward(inputs=[x])
    return x.grad, w.grad


def inputs_inner(t):
    x = leaf(t)
    y = x * 2
    y.sum().backward(inputs=[y], retain_graph=True)
    (y * 3).sum().backward(inputs=y)
    return y.grad, x.grad, y.retains_grad


def create_graph(t):
    x = leaf(t)
    (g,) = t.autograd.grad((x**3).sum(), x, create_graph=True)
    (h,) = t.autograd.grad(g.sum(), x)
    return g, g.requires_grad, h, h.requires_grad


def third(t):
    x = leaf(t)
    y = (x**4).sum()
    for _ in range(3):
        (y,) = t.autograd.grad(y.sum(), x, create_graph=True)
    return y


def seed_requires_grad(t):
    x, v = leaf(t), leaf(t)
    (g,) = t.autograd.grad(x * x, x, v, create_graph=True)
    (h,) = t.autograd.grad(x * x, x, v)
    return g, t.autograd.grad(g.sum(), v), h.requires_grad


def of_itself(t):
    x = leaf(t, 3.0)
    return t.autograd.grad(x, x)


def of_a_leaf(t):
    x = t.tensor(3.0, requires_grad=True)
    x.backward()
    return x.grad


def twice_the_same(t):
    x = leaf(t)
    return t.autograd.grad((x * x).sum(), [x, x])


def inner_and_leaf(t):
    x = leaf(t)
    y = x * x
    return t.autograd.grad((y * y).sum(), [y, x])


def unused(t):
    x, w = leaf(t), leaf(t, 1.0, 2.0, 3.0)
    y = (x * x).sum()
    return (
        t.autograd.grad(y, [x, w], allow_unused=True, retain_graph=True),
        t.autograd.grad(y, [x, w], materialize_grads=True),
    )


def batched(t):
    x, w = leaf(t), leaf(t)
    y = x * x
    return (
        t.autograd.grad(y, x, t.eye(2, dtype=t.float64), is_grads_batched=True, retain_graph=True),
        t.autograd.grad(y, [x, w], t.eye(2, dtype=t.float64), is_grads_batched=True, allow_unused=True),
    )


def batched_again(t):
    x = leaf(t)
    (g,) = t.autograd.grad(x**3, x, t.eye(2, dtype=t.float64), is_grads_batched=True, create_graph=True)
    return g, t.autograd.grad(g.sum(), x)


def as_dictionary(t):
    x, w = leaf(t), leaf(t)
    return t.autograd.grad((x * w).sum(), {"x": x, "w": w})


def edges(t):
    x = leaf(t)
    y = x * 2
    z = (y * y).sum()
    edge = t.autograd.graph.get_gradient_edge(y)
    end = t.autograd.graph.get_gradient_edge(z)
    found = t.autograd.grad(end, edge, retain_graph=True)
    t.autograd.backward(end, inputs=[t.autograd.graph.get_gradient_edge(x)])
    b = (x * 1).unbind(0)[1]
    second = t.autograd.graph.get_gradient_edge(b)
    return found, x.grad, type(edge.node).__name__, edge.output_nr, second.output_nr, t.autograd.grad(b * 3, second)


def seed_dtypes(t):
    x = leaf(t, dtype=t.float32)
    (x * 2).backward(t.ones(2, dtype=t.float64))
    (x * 2).backward(t.ones(2, dtype=t.int64))
    return x.grad


def under_no_grad(t):
    x = leaf(t)
    y = (x * x).sum()
    with t.no_grad():
        (g,) = t.autograd.grad(y, x, create_graph=True)
    return g, g.requires_grad


def one_element(t):
    x = leaf(t)
    (x[:1] * 2).backward()
    return x.grad


def requires_grad_off_and_on(t):
    x = leaf(t)
    x.sum().backward()
    x.requires_grad_(False)
    kept = x.grad
    x.requires_grad = True
    return kept, x.grad, x.is_leaf


def assigned(t):
    plain = t.zeros(2)
    plain.grad = t.ones(2)
    x = leaf(t)
    x.grad = t.ones(2, dtype=t.float64)
    x.sum().backward()
    del plain.grad
    return plain.grad, x.grad


def inner_assigned(t):
    x = leaf(t)
    y = x * 2
    y.grad = t.ones(2, dtype=t.float64)
    before = y.grad
    y.retain_grad()
    y.sum().backward()
    return before, y.grad


def retained_twice(t):
    x = leaf(t)
    y = x * 2
    y.retain_grad()
    y.sum().backward(retain_graph=True)
    y.sum().backward()
    kept = y.grad.clone()
    y.grad.mul_(5)
    return kept, x.grad, y.retains_grad, x.retains_grad


def warned(t):
    x = leaf(t)
    y = x * 2
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        gradient = y.grad
    return gradient, [
        (one.category.__name__, "The .grad attribute of a Tensor that is not a leaf" in str(one.message))
        for one in told
    ]


def variable(t):
    x = t.autograd.Variable(t.ones(2), requires_grad=True)
    (x * x).sum().backward()
    return x.grad, isinstance(x, t.autograd.Variable), t.autograd.Variable(x * 2).requires_grad


def saved(t):
    x, w = leaf(t), t.ones(2, dtype=t.float64)
    y, z, p = x * x, (x * w).exp(), x**2
    return (
        y.grad_fn._saved_self is x,
        z.grad_fn._saved_result,
        z.grad_fn._saved_result is z,
        (x * w).grad_fn._saved_self,
        (x * w).grad_fn._saved_other,
        p.grad_fn._saved_self,
        x.sum().grad_fn._saved_self_sym_sizes,
        [n for n in dir(y.grad_fn) if n.startswith("_saved")],
        [n for n in dir(y.grad_fn) if n.startswith("_raw_saved")],
    )


def leaf_node(t):
    x = leaf(t)
    node = (x * 2).grad_fn.next_functions[0][0]
    node.metadata["note"] = 1
    again = (x * 3).grad_fn.next_functions[0][0]
    return node.variable is x, again is node, again.metadata["note"], type(node).__name__, x.grad_fn


def sequence(t):
    x = leaf(t)
    y = x * 2
    z = y + 1
    return z.grad_fn._sequence_nr() > y.grad_fn._sequence_nr(), isinstance(z.grad_fn, t.autograd.graph.Node)


def several_outputs(t):
    x = leaf(t)
    a, b = x.unbind(0)
    return a.output_nr, b.output_nr, a.grad_fn is b.grad_fn, (a * b).grad_fn.next_functions[1][1]


PROGRAMS = (backwards, several_roots, inputs_leaf, inputs_inner, create_graph, third, seed_requires_grad, of_itself, of_a_leaf,
            twice_the_same, inner_and_leaf, unused, batched, batched_again, as_dictionary, edges, seed_dtypes, under_no_grad,
            one_element, requires_grad_off_and_on, assigned, inner_assigned, retained_twice, warned, variable, saved, leaf_node,
            sequence, several_outputs)  # fmt: skip

ROWS = [Row(program.__name__, program, grad=False) for program in PROGRAMS]

MUL = lambda t: leaf(t) * 2
ONES = lambda t, *shape: t.ones(*shape, dtype=t.float64)


def again(t):
    y = (leaf(t) ** 2).sum()
    y.backward()
    y.backward()


def saved_after(t):
    y = leaf(t) ** 2
    y.sum().backward()
    return y.grad_fn._saved_self


ERRORS = [
    Error("no scalar", lambda t: MUL(t).backward(), "grad can be implicitly created only for scalar outputs"),
    Error(
        "no graph",
        lambda t: t.ones(2).sum().backward(),
        "element 0 of tensors does not require grad and does not have a",
    ),
    Error(
        "grad of no graph",
        lambda t: t.autograd.grad(t.ones(2).sum(), leaf(t)),
        "element 0 of tensors does not require grad",
    ),
    Error(
        "wrt no grad",
        lambda t: t.autograd.grad(leaf(t).sum(), t.ones(2)),
        "One of the differentiated Tensors does not require",
    ),
    Error(
        "unused",
        lambda t: t.autograd.grad(leaf(t).sum(), leaf(t)),
        "The differentiated Tensor at index 0 appears to not have",
    ),
    Error(
        "materialize and not allow",
        lambda t: t.autograd.grad(leaf(t).sum(), leaf(t), materialize_grads=True, allow_unused=False),
        "Expected allow_unused to be True or not passed when materialize_grads=True",
    ),
    Error("seed's shape", lambda t: MUL(t).backward(ONES(t, 3)), "Mismatch in shape: grad_output[0] has a shape of"),
    Error("seed of one element", lambda t: MUL(t).backward(ONES(t, 1)), "Mismatch in shape"),
    Error("complex seed", lambda t: MUL(t).backward(t.ones(2, dtype=t.complex128)), "required to have the same dtype"),
    Error(
        "too few seeds", lambda t: t.autograd.backward([MUL(t), MUL(t)], [ONES(t, 2)]), "got 2 tensors and 1 gradients"
    ),
    Error(
        "no inputs", lambda t: leaf(t).sum().backward(inputs=[]), "`inputs` argument to `backward()` cannot be empty."
    ),
    Error(
        "grad's no inputs",
        lambda t: t.autograd.grad(leaf(t).sum(), []),
        "`inputs` argument to `grad()` cannot be empty.",
    ),
    Error(
        "inputs without grad",
        lambda t: MUL(t).sum().backward(inputs=[t.ones(2)]),
        "can't retain_grad on Tensor that has",
    ),
    Error(
        "inputs no tensors",
        lambda t: MUL(t).sum().backward(inputs=[3]),
        "all inputs have to be Tensors or GradientEdges",
    ),
    Error("a second time", again, "Trying to backward through the graph a second time"),
    Error("saved, freed", saved_after, "Trying to backward through the graph a second time"),
    Error("saved, never", lambda t: (leaf(t) + 1).grad_fn._saved_self, "has no attribute '_saved_self'"),
    Error(
        "grad's shape",
        lambda t: setattr(leaf(t), "grad", ONES(t, 3)),
        "attempting to assign a gradient of size '[3]' to a tensor",
    ),
    Error("grad's dtype", lambda t: setattr(leaf(t), "grad", t.ones(2)), "attempting to assign a gradient with dtype"),
    Error(
        "grad no tensor",
        lambda t: setattr(leaf(t), "grad", 3),
        "assigned grad expected to be a Tensor or None but got grad of type",
    ),
    Error("integers", lambda t: t.ones(2, dtype=t.int64).requires_grad_(), "only Tensors of floating point"),
    Error(
        "integers set",
        lambda t: setattr(t.ones(2, dtype=t.int64), "requires_grad", True),
        "only Tensors of floating point and",
    ),
    Error(
        "stop an inner one",
        lambda t: MUL(t).requires_grad_(False),
        "you can only change requires_grad flags of leaf variables",
    ),
    Error(
        "complex scalar",
        lambda t: t.ones(1, dtype=t.complex64, requires_grad=True).sum().backward(),
        "real scalar outputs",
    ),
    Error(
        "batch of another shape",
        lambda t: t.autograd.grad(MUL(t), leaf(t), ONES(t, 3, 3), is_grads_batched=True),
        "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch dimension.",
    ),
    Error(
        "edge of no grad",
        lambda t: t.autograd.graph.get_gradient_edge(t.ones(2)),
        "It is not possible to get the gradient edge",
    ),
    Error("Variable of a list", lambda t: t.autograd.Variable([1.0]), "Variable data has to be a tensor, but got list"),
    Error(
        "retain without grad",
        lambda t: t.ones(2).retain_grad(),
        "can't retain_grad on Tensor that has requires_grad=False",
    ),
]


@pytest.mark.parametrize(("row", "backend"), everywhere(ROWS + ERRORS), ids=case_id)
def test_backward(row, backend):
    check(row, backend)
