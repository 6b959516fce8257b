"""Named results are what typing.NamedTuple would have made of them."""

from __future__ import annotations

import copy
import pickle

import pytest

import agrad
from agrad.random.generator import GeneratorState


def test_a_named_result_is_a_tuple_with_names():
    state = GeneratorState(1, (2, 3), draws=4)
    assert state == (1, (2, 3), 4) and isinstance(state, tuple)
    assert (state.seed, state.key, state.draws) == tuple(state)
    assert state._fields == GeneratorState.__match_args__ == ("seed", "key", "draws")
    assert state._asdict() == {"seed": 1, "key": (2, 3), "draws": 4}
    assert state._replace(draws=0) == (1, (2, 3), 0)
    assert GeneratorState._make([1, (2, 3), 4]) == state
    assert repr(state) == "GeneratorState(seed=1, key=(2, 3), draws=4)"
    for copied in (pickle.loads(pickle.dumps(state)), copy.copy(state), copy.deepcopy(state)):
        assert copied == state and type(copied) is GeneratorState


@pytest.mark.parametrize("given", [{}, {"draws": 1}, {"seed": 1, "key": (0, 0), "draws": 1, "other": 1}])
def test_a_value_for_each_field(given):
    with pytest.raises(TypeError, match="has the fields seed, key, draws"):
        GeneratorState(**given)
    with pytest.raises(TypeError, match="has the fields"):
        GeneratorState(1, (2, 3), 4, 5)
    with pytest.raises(TypeError, match="has the fields"):
        GeneratorState(1, (2, 3), 4)._replace(other=1)


def test_transforms_take_it_apart_and_make_it_again():
    doubled = agrad.vmap(lambda x: x.max(dim=0))(agrad.arange(6.0).reshape(2, 3))
    assert type(doubled) is agrad.return_types.max
    assert doubled.values.tolist() == [2.0, 5.0] and doubled.indices.tolist() == [2, 2]
