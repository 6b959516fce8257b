"""Version counters on every backend: the same changes are refused where arrays are immutable too."""

from __future__ import annotations

import pytest
from on_backends import backend, double, leaf, same  # noqa: F401 - a fixture

import agrad
from agrad.autograd.graph import increment_version
from agrad.errors import GradError

CHANGES = {
    "add_": lambda y: y.add_(1),
    "y[0] = 1": lambda y: y.__setitem__(0, 1.0),
    "a view": lambda y: y[:1].mul_(2),
    "a view of a view": lambda y: y.reshape(1, 2)[0, 1:].zero_(),
    "a detached alias": lambda y: y.detach().add_(1),
    "under no_grad": lambda y: agrad.no_grad()(y.add_)(1),
    "increment_version": increment_version,
}


@pytest.mark.usefixtures("backend")
class TestOnEveryBackend:
    @pytest.mark.parametrize("change", CHANGES)
    def test_a_change_of_what_was_saved_is_refused(self, change):
        for view in (lambda y: y, lambda y: y.reshape(2), lambda y: y.exp_()):
            y = view(leaf() * 1)
            z = (y * y).sum()
            CHANGES[change](y)
            with pytest.raises(GradError, match=r"modified by an inplace operation.*is at version") as told:
                z.backward()
            assert "expected version" in str(told.value) and "MulBackward0 saved it" in str(told.value)

    @pytest.mark.parametrize("change", CHANGES)
    def test_a_change_of_what_nobody_saved_is_not(self, change):
        x = leaf()
        y = x * 1
        z = (y + 1).sum()
        CHANGES[change](y)
        z.backward()
        same(x.grad, [1.0, 1.0])

    def test_operands_of_a_write_are_those_of_before(self):
        x, w = leaf(), leaf(3.0, 4.0)
        y = x * 1
        v = y[:1]
        y.mul_(w)
        v.mul_(w[:1])
        y.pow_(2)
        y.sum().backward()
        same(x.grad, [2 * 1 * 81.0, 2 * 2 * 16.0])
        same(w.grad, [4 * 27.0, 2 * 4 * 4.0])

    def test_a_result_saved_and_written_into_shared_memory(self):
        y = leaf() * 1
        v = y[:1]
        v.exp_()
        v.add_(1)
        with pytest.raises(GradError, match="modified by an inplace operation"):
            y.sum().backward()

    def test_times_itself(self):
        y = leaf() * 1
        y.mul_(y)
        with pytest.raises(GradError, match="modified by an inplace operation"):
            y.sum().backward()

    def test_versions(self):
        x = double([1.0, 2.0, 3.0])
        v = x[1:]
        x.add_(1)
        v.mul_(2)
        v[0] = 5.0
        x.detach().zero_()
        assert x._version == v._version == 4
        x.data.add_(1)
        assert x._version == 4
        same(x, [1.0, 1.0, 1.0])
        assert (x * 2)._version == 0

    def test_a_data_alias_is_not_noticed(self):
        x = leaf()
        y = x * 1
        z = (y * 3).sum()
        y.data.zero_()
        z.backward()
        same(x.grad, [3.0, 3.0])
        same(y, [0.0, 0.0])
