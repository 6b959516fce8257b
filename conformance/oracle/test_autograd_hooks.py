"""Hooks against PyTorch: their order, what they are given, what they may replace, what happens to them."""

from __future__ import annotations

import pytest
from oracle import Error, Row, case_id, check, everywhere


def leaf(t, *values):
    return t.tensor(list(values) or [1.0, 2.0], dtype=t.float64, requires_grad=True)


def note(log, name, answer=None):
    """Return a hook that notes what it is given and returns what `answer` makes of it."""

    def show(value):
        if isinstance(value, tuple):
            return tuple(show(part) for part in value)
        return None if value is None else value.tolist()

    def hook(*args):
        log.append((name, *(show(arg) for arg in args)))
        return None if answer is None else answer(*args)

    return hook


def order(t):
    log = []
    x = leaf(t)
    y = x * 2
    y.grad_fn.register_prehook(note(log, "pre"))
    y.register_hook(note(log, "tensor"))
    y.retain_grad()
    y.register_hook(note(log, "ten times", lambda g: g * 10))
    y.grad_fn.register_hook(note(log, "post"))
    y.sum().backward()
    return log, y.grad, x.grad


def captured(t):
    log = []
    x = leaf(t)
    y = x * 2
    y.grad_fn.register_prehook(note(log, "pre"))
    y.register_hook(note(log, "ten times", lambda g: g * 10))
    y.retain_grad()
    y.grad_fn.register_hook(note(log, "post"))
    return t.autograd.grad(y.sum(), y), y.grad, log


def captured_on_the_way(t):
    log = []
    x = leaf(t)
    y = x * 2
    y.grad_fn.register_prehook(note(log, "three times", lambda g: (g[0] * 3,)))
    y.register_hook(note(log, "ten times", lambda g: g * 10))
    y.retain_grad()
    y.grad_fn.register_hook(note(log, "post"))
    return t.autograd.grad(y.sum(), (y, x)), y.grad, log


def off_the_path(t):
    log = []
    x, w = leaf(t), leaf(t)
    y = x * 2
    y.register_hook(note(log, "tensor"))
    return t.autograd.grad(y.sum() + w.sum(), w), log


def on_a_leaf(t):
    log = []
    x = leaf(t)
    x.register_hook(note(log, "tensor"))
    x.register_post_accumulate_grad_hook(lambda p: log.append(("added", p is x, p.grad.tolist())))
    y = x * 2
    node = y.grad_fn.next_functions[0][0]
    node.register_prehook(note(log, "pre"))
    node.register_hook(note(log, "post"))
    x.register_hook(note(log, "five times", lambda g: g * 5))
    y.sum().backward()
    return log, x.grad


def on_a_captured_leaf(t):
    log = []
    x = leaf(t)
    x.register_hook(note(log, "twice", lambda g: g * 2))
    x.register_post_accumulate_grad_hook(lambda p: log.append("added"))
    y = x * 2
    node = y.grad_fn.next_functions[0][0]
    node.register_prehook(note(log, "pre"))
    node.register_hook(note(log, "post"))
    return t.autograd.grad(y.sum(), x), x.grad, log


def before_a_change(t):
    log = []
    x = leaf(t)
    y = x * 2
    y.register_hook(note(log, "before"))
    y.retain_grad()
    y.mul_(3.0)
    y.register_hook(note(log, "after"))
    y.sum().backward()
    return log, y.grad, x.grad, y.retains_grad


def before_a_change_through_a_view(t):
    log = []
    x = leaf(t)
    y = x.clone()
    v = y[0]
    y.retain_grad()
    y.register_hook(note(log, "before"))
    v.mul_(3.0)
    y.sum().backward()
    return log, y.grad, x.grad


def node_replaces(t):
    x = leaf(t)
    y = x * 2
    y.grad_fn.register_hook(lambda inputs, outputs: (inputs[0] * 7, None))
    y.sum().backward()
    z = x * 3
    z.grad_fn.register_prehook(lambda outputs: (outputs[0] * 5,))
    first = x.grad.clone()
    z.sum().backward()
    return first, x.grad


def two_inputs(t):
    log = []
    x, w = leaf(t), leaf(t, 3.0, 4.0)
    y = x * w
    y.grad_fn.register_hook(note(log, "post", lambda inputs, outputs: (inputs[0] * 2, inputs[1] * 3)))
    y.sum().backward()
    return log, x.grad, w.grad


def several_outputs(t):
    log = []
    x = leaf(t)
    a, b = x.clone().unbind(0)
    a.register_hook(note(log, "a"))
    a.retain_grad()
    a.grad_fn.register_prehook(note(log, "pre"))
    (a * 2 + b * 3).backward()
    return log, x.grad, a.grad


def removed(t):
    log = []
    x = leaf(t)
    y = x * 2
    handle = y.register_hook(note(log, "removed"))
    y.register_hook(note(log, "kept"))
    with y.register_hook(note(log, "left")):
        pass
    handle.remove()
    handle.remove()
    y.sum().backward()
    return log


def registers_another(t):
    log = []
    x = leaf(t)
    y = x * 2

    def hook(g):
        y.register_hook(note(log, "late"))
        log.append("hook")

    y.register_hook(hook)
    y.sum().backward(retain_graph=True)
    y.sum().backward()
    return log


def grad_mode(t):
    log = []
    x = leaf(t)
    y = x * x
    y.register_hook(lambda g: log.append(t.is_grad_enabled()))
    y.sum().backward(retain_graph=True)
    t.autograd.grad(y.sum(), x, create_graph=True)
    return log


def in_recorded_backward(t):
    x = leaf(t)
    y = x * x
    y.register_hook(lambda g: g * x)
    (g,) = t.autograd.grad(y.sum(), x, create_graph=True)
    return g, t.autograd.grad(g.sum(), x)


def backward_inside(t):
    x, w = leaf(t), leaf(t)
    y = x * 2

    def hook(g):
        with t.enable_grad():
            (w * w).sum().backward()

    y.register_hook(hook)
    y.sum().backward()
    return x.grad, w.grad


def step_as_it_goes(t):
    log = []
    x, w = leaf(t), leaf(t)

    def step(p):
        with t.no_grad():
            p -= p.grad
        p.grad = None
        log.append("x" if p is x else "w")

    x.register_post_accumulate_grad_hook(step)
    w.register_post_accumulate_grad_hook(step)
    y = x * 1
    y.register_hook(lambda g: log.append("y"))
    ((y + 1) * w).sum().backward()
    return log, x, w, x.grad


def several_at_once(mode):
    def run(t):
        log = []
        a, b, c, d = (leaf(t) for _ in range(4))
        show = lambda gs: [None if g is None else g.tolist() for g in gs] if mode == "all" else "any"
        t.autograd.graph.register_multi_grad_hook((a, b, c, d), lambda gs: log.append(show(gs)), mode=mode)
        (a * b + b * c).sum().backward()
        (a * b).sum().backward()
        handle = t.autograd.graph.register_multi_grad_hook((a, b), lambda gs: log.append("second"), mode=mode)
        (a * b).sum().backward()
        handle.remove()
        (d * b).sum().backward()
        return log

    return run


def packed_values(t):
    log = []
    x, w = leaf(t), t.tensor([3.0, 4.0], dtype=t.float64)
    with t.autograd.graph.saved_tensors_hooks(lambda v: log.append(v.tolist()) or v, lambda v: v):
        y = x * w
        z = (y * y).exp()
    z.sum().backward()
    return log, x.grad


def packed_to_numbers(t):
    x = leaf(t)
    with t.autograd.graph.saved_tensors_hooks(lambda v: v.tolist(), lambda v: t.tensor(v, dtype=t.float64)):
        y = x.exp() * x
    y.sum().backward()
    return x.grad


def nested_pairs(t):
    log = []
    pair = lambda name: (lambda v: log.append(name) or v, lambda v: v)
    x = leaf(t)
    with t.autograd.graph.saved_tensors_hooks(*pair("outer")):
        y = x.exp()
        with t.autograd.graph.saved_tensors_hooks(*pair("inner")):
            z = y.exp()
        w = z.exp()
    w.sum().backward()
    return log


def changed_under_hooks(t):
    x = leaf(t)
    with t.autograd.graph.saved_tensors_hooks(lambda v: v.clone(), lambda v: v):
        y = x * 1
        z = y * y
    y.add_(1)
    z.sum().backward()
    return x.grad


def raw_saved(t):
    x = leaf(t)
    y = x * x
    y.grad_fn._raw_saved_self.register_hooks(lambda v: v * 2, lambda v: v)
    y.sum().backward()
    return x.grad


def on_cpu(t):
    x = leaf(t)
    with t.autograd.graph.save_on_cpu():
        y = (x.exp() * x).sin()
    y.sum().backward()
    return x.grad


def mutation_allowed(t):
    x = leaf(t, 2.0, 3.0)
    with t.autograd.graph.allow_mutation_on_saved_tensors():
        y = x.clone()
        v = y[:1]
        z = (y**2).sum() + (v * v).sum()
        y.sin_()
        v.mul_(5)
        z.backward()
    return x.grad


def double_packed(t):
    x = leaf(t)
    with t.autograd.graph.saved_tensors_hooks(lambda v: v, lambda v: v):
        y = (x**3).sum()
        (g,) = t.autograd.grad(y, x, create_graph=True)
    return g, t.autograd.grad(g.sum(), x)


PROGRAMS = (order, captured, captured_on_the_way, off_the_path, on_a_leaf, on_a_captured_leaf, before_a_change,
            before_a_change_through_a_view, node_replaces, two_inputs, several_outputs, removed, registers_another, grad_mode,
            in_recorded_backward, backward_inside, step_as_it_goes, packed_values, packed_to_numbers, nested_pairs,
            changed_under_hooks, raw_saved, on_cpu, mutation_allowed, double_packed)  # fmt: skip

ROWS = [
    *(Row(program.__name__, program, grad=False) for program in PROGRAMS),
    Row("several gradients, all", several_at_once("all"), grad=False),
    Row("several gradients, any", several_at_once("any"), grad=False),
]


def hooked(hook, kind="register_hook", node=False):
    """Return a program whose backward meets this hook."""

    def run(t):
        y = leaf(t) * 2
        getattr(y.grad_fn if node else y, kind)(lambda *args: hook(t, *args))
        y.sum().backward()

    return run


def hooks_while_refused(t):
    with t.autograd.graph.disable_saved_tensors_hooks("not here"), t.autograd.graph.save_on_cpu():
        pass


def refused_while_hooks(t):
    with t.autograd.graph.save_on_cpu(), t.autograd.graph.disable_saved_tensors_hooks("not here"):
        pass


def unpack_to_a_number(t):
    with t.autograd.graph.saved_tensors_hooks(lambda v: v, lambda v: 3):
        y = leaf(t) ** 2
    y.sum().backward()


def hooks_twice(t):
    y = leaf(t) ** 2  # held: PyTorch's saved value does not hold its node
    for _ in range(2):
        y.grad_fn._raw_saved_self.register_hooks(lambda v: v, lambda v: v)


def nested_mutation(t):
    with t.autograd.graph.allow_mutation_on_saved_tensors(), t.autograd.graph.allow_mutation_on_saved_tensors():
        pass


def outside_of_mutation(t):
    x = leaf(t)
    with t.autograd.graph.allow_mutation_on_saved_tensors():
        y = (x * x).sum()
    y.backward()


ERRORS = [
    Error("another shape", hooked(lambda t, g: t.ones(3, dtype=t.float64)), "has changed the size of value"),
    Error("another dtype", hooked(lambda t, g: t.ones(2)), "has changed the type of value"),
    Error("no tensor", hooked(lambda t, g: 3), "expected Variable, but hook returned 'int'"),
    Error(
        "too few of a node",
        hooked(lambda t, i, o: (i[0],), "register_hook", True),
        "has returned an incorrect number of values (got 1, but expected 2)",
    ),
    Error(
        "too many before a node",
        hooked(lambda t, o: (o[0], None), "register_prehook", True),
        "has returned an incorrect number of values (got 2, but expected 1)",
    ),
    Error(
        "no tuple of a node",
        hooked(lambda t, i, o: i[0], "register_hook", True),
        "expected tuple, but hook returned 'Tensor'",
    ),
    Error(
        "no tuple before a node",
        hooked(lambda t, o: o[0], "register_prehook", True),
        "expected tuple, but hook returned 'Tensor'",
    ),
    Error(
        "a tensor without grad",
        lambda t: t.ones(2).register_hook(print),
        "cannot register a hook on a tensor that doesn't",
    ),
    Error(
        "added to an inner one",
        lambda t: (leaf(t) * 2).register_post_accumulate_grad_hook(print),
        "post accumulate grad hooks cannot be registered on non-leaf tensors",
    ),
    Error("hooks refused", hooks_while_refused, "not here"),
    Error("refusing hooks in use", refused_while_hooks, "not here"),
    Error(
        "unpacked to a number",
        unpack_to_a_number,
        "Output of saved tensor unpack_hook expected to be a Tensor but got result of",
    ),
    Error(
        "hooks of one value twice",
        hooks_twice,
        "Calling register_hooks on a saved tensor whose hooks have already been set",
    ),
    Error("nested mutation", nested_mutation, "allow_mutation_on_saved_tensors contexts cannot be nested"),
    Error(
        "backward outside of mutation",
        outside_of_mutation,
        "Trying to backward outside of the 'allow_mutation_on_saved_tensors'",
    ),
    Error(
        "several, another mode",
        lambda t: t.autograd.graph.register_multi_grad_hook((leaf(t),), print, mode="x"),
        "Expects mode to be one of ('all', 'any') but got x",
    ),
]


@pytest.mark.parametrize(("row", "backend"), everywhere(ROWS + ERRORS), ids=case_id)
def test_hooks(row, backend):
    check(row, backend)
