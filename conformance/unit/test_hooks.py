"""Hooks on every backend: order, replacing, saved values elsewhere, writing to what was saved."""

from __future__ import annotations

import numpy as np
import pytest
from on_backends import backend, double, host, leaf, same  # noqa: F401 - a fixture

import agrad
from agrad import autograd
from agrad.autograd.graph import (
    allow_mutation_on_saved_tensors,
    register_multi_grad_hook,
    save_on_cpu,
    saved_tensors_hooks,
)


@pytest.mark.usefixtures("backend")
class TestOnEveryBackend:
    def test_order(self):
        log = []
        x = leaf()
        y = x * 2
        y.grad_fn.register_prehook(lambda outputs: log.append(("pre", host(outputs[0]).tolist())))
        y.register_hook(lambda g: log.append(("tensor", host(g).tolist())))
        y.retain_grad()
        y.register_hook(lambda g: g * 10)
        y.grad_fn.register_hook(lambda inputs, outputs: log.append(("post", host(inputs[0]).tolist())))
        y.sum().backward()
        assert log == [("tensor", [1.0, 1.0]), ("pre", [10.0, 10.0]), ("post", [20.0, 20.0])]
        same(y.grad, [10.0, 10.0])
        same(x.grad, [20.0, 20.0])

    def test_a_leafs_hooks_run_as_soon_as_its_gradient_is_complete(self):
        log = []
        layers = [leaf() for _ in range(4)]

        def step(p):
            log.append(next(index for index, other in enumerate(layers) if other is p))
            with agrad.no_grad():
                p.sub_(p.grad)
            p.grad = None

        for p in layers:
            p.register_post_accumulate_grad_hook(step)
        y = double([1.0, 1.0])
        for index, p in enumerate(layers):
            y = y + p
            y.register_hook(lambda g, index=index: log.append(f"y{index}"))
        y.sum().backward()
        assert log == ["y3", 3, "y2", 2, "y1", 1, "y0", 0]
        assert all(p.grad is None for p in layers)
        same(layers[0], [0.0, 1.0])

    def test_a_leaf_used_twice_is_told_once(self):
        log = []
        x = leaf()
        x.register_post_accumulate_grad_hook(lambda p: log.append(host(p.grad).tolist()))
        y = x * 1
        (y * x + x).sum().backward()
        assert log == [[3.0, 5.0]]

    def test_multi_grad_hook(self):
        seen = []
        a, b = leaf(), leaf()
        handle = register_multi_grad_hook(
            (a, b), lambda gs: seen.append([None if g is None else host(g).tolist() for g in gs])
        )
        (a * b).sum().backward()
        a.sum().backward()
        handle.remove()
        (a * b).sum().backward()
        assert seen == [[[1.0, 2.0], [1.0, 2.0]], [[1.0, 1.0], None]]

    def test_saved_values_on_disk(self, tmp_path):
        count = []

        def pack(tensor):
            path = tmp_path / f"{len(count)}.npy"
            count.append(path)
            np.save(path, host(tensor))
            return path

        x = leaf()
        with saved_tensors_hooks(pack, lambda path: double(np.load(path))):
            y = (x.exp() * x).sum()
        assert len(list(tmp_path.iterdir())) == len(count) > 1
        y.backward()
        same(x.grad, np.exp([1.0, 2.0]) * [2.0, 3.0])

    def test_saved_values_on_the_host(self):
        x = leaf()
        with save_on_cpu():
            y = x * 1
            z = (y.exp() * y).sum()
        y.add_(1)  # what is kept is a copy
        z.backward()
        same(x.grad, np.exp([1.0, 2.0]) * [2.0, 3.0])

    def test_hooks_and_higher_derivatives(self):
        x = leaf()
        with saved_tensors_hooks(lambda t: t.clone(), lambda t: t):
            (g,) = autograd.grad((x**3).sum(), x, create_graph=True)
        (h,) = autograd.grad(g.sum(), x)
        same(h, [6.0, 12.0])

    def test_writing_to_what_was_saved(self):
        x = leaf(2.0, 3.0, 4.0)
        with allow_mutation_on_saved_tensors():
            y = x.clone()
            v, w = y[:2], y[1:]
            z = (y * y).sum() + (v * v).sum() + (w**3).sum()
            y.sin_()
            v.mul_(5)
            y[2] = 7.0
            z.backward()
        same(x.grad, [8.0, 12.0 + 27.0, 8.0 + 48.0])

    def test_hooks_of_one_saved_value(self):
        x = leaf()
        y = x * x
        y.grad_fn._raw_saved_self.register_hooks(lambda t: host(t).tolist(), lambda values: double(values) * 10)
        y.sum().backward()
        same(x.grad, [11.0, 22.0])

    def test_a_hook_may_run_backward(self):
        x, w = leaf(), leaf()
        y = x * 2

        def hook(g):
            with agrad.enable_grad():
                (w * w).sum().backward()

        y.register_hook(hook)
        y.sum().backward()
        same(w.grad, [2.0, 4.0])
        same(x.grad, [2.0, 2.0])
