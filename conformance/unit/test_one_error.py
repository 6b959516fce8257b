"""One fault, one class of error on every backend, with the phrase that PyTorch's users know; and values where PyTorch has one.

The rows are calls that once gave a library's own error, an internal name, or a number on one backend alone.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from agrad_conformance.case import Case, draw
from agrad_conformance.cases import all_cases
from on_backends import backend as backend
from on_backends import host

import agrad
import agrad.nn.functional as F
from agrad.engine.op import LINEAR
from agrad.engine.primitive import registry
from agrad.errors import AgradError

linalg = agrad.linalg
NAN, INF, LEAST = float("nan"), float("inf"), -(2**63)


def _ints(*values: int, dtype: Any = agrad.int64) -> Any:
    return agrad.tensor(list(values), dtype=dtype)


def _small() -> Any:
    return agrad.zeros(1, dtype=agrad.int8)


def _logs() -> Any:
    return agrad.zeros(4, 1, 3).log_softmax(-1)


def _complex() -> Any:
    return agrad.ones(2, dtype=agrad.complex64)


def _singles() -> Any:
    return agrad.ones(2, 3, dtype=agrad.float32)


def _doubles(*shape: int) -> Any:
    return agrad.ones(*shape, dtype=agrad.float64)


def _set(x: Any, key: Any, value: Any) -> Any:
    x[key] = value
    return x


RANGE = "cannot be converted to type int8_t without overflow"
#: name: call, builtin class, phrase
ERRORS: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "fill_": (lambda: _small().fill_(300), RuntimeError, RANGE),
    "fill": (lambda: agrad.fill(_small(), -129), RuntimeError, RANGE),
    "fill_ of nan": (lambda: _small().fill_(NAN), RuntimeError, RANGE),
    "fill_ of infinity": (
        lambda: agrad.zeros(1, dtype=agrad.int64).fill_(INF),
        RuntimeError,
        "int64_t without overflow",
    ),
    "fill_ of a large int": (lambda: agrad.zeros(1, dtype=agrad.int64).fill_(2**70), OverflowError, "without overflow"),
    "fill_ of a large float": (
        lambda: agrad.zeros(1, dtype=agrad.float32).fill_(1e39),
        RuntimeError,
        "type float without overflow",
    ),
    "fill_ of an unsigned": (
        lambda: agrad.zeros(1, dtype=agrad.uint8).fill_(-256),
        RuntimeError,
        "uint8_t without overflow",
    ),
    "fill_ of a complex": (lambda: _singles().fill_(1j), RuntimeError, "type float without overflow"),
    "fill_ of text": (lambda: _singles().fill_("a"), TypeError, "argument 'value' must be Number, not str"),
    "fill_ of None": (lambda: _singles().fill_(None), TypeError, "must be Number, not NoneType"),
    "full": (lambda: agrad.full((1,), 300, dtype=agrad.int8), RuntimeError, RANGE),
    "full_like": (lambda: agrad.full_like(_small(), 300), RuntimeError, RANGE),
    "new_full": (lambda: _small().new_full((1,), 300), RuntimeError, RANGE),
    "the standard's full": (lambda: agrad.array_api.full(1, 300, dtype=agrad.int8), OverflowError, RANGE),
    "setitem": (lambda: _set(_small(), 0, 300), RuntimeError, RANGE),
    "masked_fill": (lambda: _small().masked_fill(agrad.tensor([True]), 300), RuntimeError, RANGE),
    "index_fill": (lambda: _small().index_fill(0, _ints(0), 300), RuntimeError, RANGE),
    "scatter": (lambda: _small().scatter(0, _ints(0), 300), RuntimeError, RANGE),
    "clamp": (lambda: _small().clamp(max=300), RuntimeError, RANGE),
    "pad": (lambda: F.pad(_small(), (1, 1), value=300), RuntimeError, RANGE),
    "where": (lambda: agrad.where(agrad.tensor([True]), _small(), 300), RuntimeError, RANGE),
    "atan2": (
        lambda: agrad.atan2(_complex(), _complex()),
        NotImplementedError,
        "\"atan2_cpu\" not implemented for 'ComplexFloat'",
    ),
    "eigh of integers": (
        lambda: linalg.eigh(_ints(1, 2, 3, 4).reshape(2, 2)),
        NotImplementedError,
        "linalg.eigh is not implemented",
    ),
    "eigh of a rectangle": (
        lambda: linalg.eigh(_singles()),
        RuntimeError,
        "linalg.eigh: A must be batches of square matrices",
    ),
    "eigvalsh of a rectangle": (
        lambda: linalg.eigvalsh(_singles()),
        RuntimeError,
        "linalg.eigvalsh: A must be batches",
    ),
    "cholesky_inverse of integers": (
        lambda: agrad.cholesky_inverse(_ints(1, 0, 0, 1).reshape(2, 2)),
        NotImplementedError,
        "for 'Long'",
    ),
    "gather": (lambda: agrad.gather(_singles(), 0, _singles()), RuntimeError, "Expected dtype int32/int64 for index"),
    "index_select": (
        lambda: agrad.index_select(_singles(), 0, _doubles(2)),
        RuntimeError,
        "Expected dtype int32 or int64 for index",
    ),
    "scatter of another dtype": (
        lambda: _singles().scatter(0, _ints(0).reshape(1, 1), _doubles(1, 1)),
        RuntimeError,
        "Expected self.dtype to be equal to src.dtype",
    ),
    "index_add of another dtype": (
        lambda: _singles().index_add(0, _ints(0), _doubles(1, 3)),
        RuntimeError,
        "must have the same scalar type",
    ),
    "index_put of another dtype": (
        lambda: _singles().index_put((_ints(0),), _doubles(3)),
        RuntimeError,
        "Index put requires the source and destination dtypes match",
    ),
    "index_put at floats": (
        lambda: _singles().index_put((_doubles(1),), _doubles(3)),
        IndexError,
        "tensors used as indices must be",
    ),
    "index_put of a wrong shape": (
        lambda: _singles().index_put((_ints(0),), agrad.ones(4)),
        RuntimeError,
        "shape mismatch",
    ),
    "where of integers": (
        lambda: agrad.where(_ints(1, 0), _doubles(2), _doubles(2)),
        RuntimeError,
        "condition to be a boolean tensor",
    ),
    "dot": (lambda: agrad.dot(agrad.ones(2), _doubles(2)), RuntimeError, "expected both vectors to have same dtype"),
    "kron of a number": (
        lambda: agrad.kron(_singles(), 2.0),
        TypeError,
        "kron(): argument 'other' (position 2) must be Tensor, not float",
    ),
    "kron of text": (lambda: agrad.kron(_singles(), "a"), TypeError, "must be Tensor, not str"),
    "a negative power": (
        lambda: _ints(2, 3).pow_(-1),
        RuntimeError,
        "Integers to negative integer powers are not allowed",
    ),
    "index -2**63": (lambda: agrad.zeros(3)[LEAST], IndexError, "is out of bounds for dimension 0 with size 3"),
    "index tensor -2**63": (
        lambda: agrad.zeros(3)[_ints(LEAST)],
        IndexError,
        "is out of bounds for dimension 0 with size 3",
    ),
    "ctc of a long input": (
        lambda: F.ctc_loss(_logs(), _ints(1, 2).reshape(1, 2), _ints(9), _ints(2)),
        RuntimeError,
        "Expected input_lengths to have value at most 4, but got value 9",
    ),
    "ctc of a negative length": (
        lambda: F.ctc_loss(_logs(), _ints(1, 2).reshape(1, 2), _ints(-1), _ints(2)),
        RuntimeError,
        "Expected input_lengths to have value at least 0, but got value -1",
    ),
    "ctc of a long target": (
        lambda: F.ctc_loss(_logs(), _ints(1, 2).reshape(1, 2), _ints(4), _ints(5)),
        RuntimeError,
        "Expected tensor to have size at least 5 at dimension 1, but got size 2",
    ),
    "ctc of too few labels": (
        lambda: F.ctc_loss(agrad.zeros(4, 2, 3).log_softmax(-1), _ints(1, 2, 1), _ints(4, 4), _ints(2, 2)),
        RuntimeError,
        "Expected tensor to have size at least 4 at dimension 0, but got size 3",
    ),
    "ctc of another batch": (
        lambda: F.ctc_loss(_logs(), _ints(1, 2).reshape(1, 2), _ints(4, 4), _ints(2)),
        RuntimeError,
        "input_lengths must be of size batch_size",
    ),
    "ctc of a blank beyond": (
        lambda: F.ctc_loss(_logs(), _ints(1, 2).reshape(1, 2), _ints(4), _ints(2), blank=5),
        RuntimeError,
        "blank must be in label range",
    ),
    "ctc of float lengths": (
        lambda: F.ctc_loss(_logs(), _ints(1, 2).reshape(1, 2), _doubles(1), _ints(2)),
        RuntimeError,
        "input_lengths must be integral",
    ),
    "cross_entropy of float classes": (
        lambda: F.cross_entropy(agrad.zeros(2, 3), _doubles(2)),
        RuntimeError,
        "expected target dtype to be Long or Byte, but got Double",
    ),
    "nll_loss of bools": (
        lambda: F.nll_loss(agrad.zeros(2, 3), agrad.tensor([True, False])),
        RuntimeError,
        "expected target dtype to be Long or Byte, but got Bool",
    ),
    **{
        f"binary_cross_entropy of {value}": (
            lambda value=value: F.binary_cross_entropy(agrad.tensor([value, 0.2]), agrad.tensor([1.0, 0.0])),
            RuntimeError,
            "all elements of input should be between 0 and 1",
        )
        for value in (1.5, -0.5, NAN)
    },
    "binary_cross_entropy to 3": (
        lambda: F.binary_cross_entropy(agrad.tensor([0.5, 0.2]), agrad.tensor([3.0, 0.0])),
        RuntimeError,
        "all elements of target should be between 0 and 1",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_a_fault_has_one_class_everywhere(backend: str, name: str) -> None:
    call, kind, phrase = ERRORS[name]
    with pytest.raises(kind, match=re.escape(phrase)) as caught:
        call()
    assert isinstance(caught.value, AgradError)


def test_a_dtype_is_no_shape(backend: str) -> None:
    for name, (call, _, phrase) in ERRORS.items():
        if "dtype" in phrase or "scalar type" in phrase or "boolean" in phrase:
            with pytest.raises(AgradError) as caught:
                call()
            assert not isinstance(caught.value, agrad.errors.ShapeError), name


FOREIGN = {
    "objects": np.array([1, None], dtype=object),
    "records": np.zeros(2, dtype=[("a", "f4"), ("b", "i4")]),
    "dates": np.array(["2020-01-01"], dtype="datetime64[D]"),
    "durations": np.array([1], dtype="timedelta64[s]"),
    "text": np.array(["a", "b"]),
    "longdouble": np.array([1.0], dtype=np.longdouble),
}
DOORS: dict[str, Callable[[Any], Any]] = {
    "tensor": agrad.tensor,
    "as_tensor": agrad.as_tensor,
    "from_numpy": agrad.from_numpy,
    "asarray": agrad.array_api.asarray,
    "operand": lambda array: agrad.ones(1) + array,
    "index": lambda array: agrad.ones(2)[array],
    "value": lambda array: _set(agrad.ones(2), slice(None), array),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", FOREIGN)
def test_arrays_that_no_tensor_can_hold(backend: str, name: str, door: str) -> None:
    if FOREIGN[name].dtype == np.float64:
        pytest.skip("a longdouble is a double here")
    with pytest.raises(TypeError, match=r"can't convert np\.ndarray of type numpy\.\w+\. The only supported types are"):
        DOORS[door](FOREIGN[name])


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("dtype", ["f8", "i4"])
def test_foreign_byte_orders(backend: str, dtype: str, door: str) -> None:
    array = np.ones(2, dtype=np.dtype(dtype).newbyteorder())
    with pytest.raises(ValueError, match="byte order different from the native byte order") as caught:
        DOORS[door](array)
    assert isinstance(caught.value, AgradError)


WRITES: dict[str, Callable[[Any], Any]] = {
    "add_": lambda x: x.add_(1),
    "setitem": lambda x: _set(x, 0, 5.0),
    "fill_": lambda x: x.fill_(2.0),
    "zero_": lambda x: x.zero_(),
    "copy_": lambda x: x.copy_(agrad.zeros(3)),
    "out": lambda x: agrad.add(_doubles(3), 1, out=x),
    "*=": lambda x: x.__imul__(2),
    "index_add_": lambda x: x.index_add_(0, _ints(0), _doubles(1)),
    "normal_": lambda x: x.normal_(),
    "masked_fill_": lambda x: x.masked_fill_(agrad.tensor([True, False, True]), 3.0),
}


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.filterwarnings("ignore:The given NumPy array is not writable")
def test_writes_into_memory_that_is_read_only(name: str) -> None:
    array = np.ones(3)
    array.flags.writeable = False
    with agrad.use_backend("numpy"), pytest.raises(agrad.errors.ReadOnlyError, match=r"is read-only.*Copy it first"):
        WRITES[name](agrad.from_numpy(array))
    np.testing.assert_array_equal(array, 1.0)


#: name: call, value as PyTorch has it
VALUES: dict[str, tuple[Callable[[], Any], Any]] = {
    "fill_ of an unsigned": (lambda: agrad.zeros(1, dtype=agrad.uint8).fill_(-1), [255]),
    "fill_ of a fraction": (lambda: _small().fill_(1.5), [1]),
    "fill_ of a tensor wraps": (lambda: _small().fill_(agrad.tensor(300)), [44]),
    "arithmetic wraps": (lambda: _small() + 300, [44]),
    "attention of width 0": (
        lambda: F.scaled_dot_product_attention(agrad.ones(1, 2, 0), agrad.ones(1, 3, 0), agrad.ones(1, 3, 2)),
        np.ones((1, 2, 2)),
    ),
    "batch_norm of no rows": (lambda: F.batch_norm(agrad.zeros(0, 3), None, None, training=True), np.zeros((0, 3))),
    "batch_norm of no places": (
        lambda: F.batch_norm(agrad.zeros(2, 3, 0), None, None, training=True),
        np.zeros((2, 3, 0)),
    ),
    "group_norm of no rows": (lambda: F.group_norm(agrad.zeros(0, 4, 2), 2), np.zeros((0, 4, 2))),
    "histc of huge numbers": (
        lambda: agrad.histc(agrad.tensor([1e300, -1e300, 0.0], dtype=agrad.float64), bins=4),
        [1, 0, 1, 1],
    ),
    "histc of the greatest": (
        lambda: agrad.histc(agrad.tensor([1.7e308, -1.7e308, 0.0], dtype=agrad.float64), bins=4),
        [1, 0, 1, 1],
    ),
    "fmod of the smallest integer": (
        lambda: agrad.fmod(_ints(LEAST, LEAST, LEAST, 7), _ints(-1, 3, LEAST, LEAST)),
        [0, -2, 0, 7],
    ),
    "fmod of signs": (lambda: agrad.fmod(_ints(7, -7, 7, -7, 6), _ints(3, 3, -3, -3, -3)), [1, -1, 1, -1, 0]),
    "powers of many bits": (
        lambda: _ints(3, 2, -1, 3) ** _ints(300, 64, 65, 67),
        [pow(3, 300, 2**64) - 2**64, 0, -1, 0],
    ),
    "tensordot beside 1": (lambda: agrad.tensordot(agrad.ones(2, 1), agrad.ones(3, 2), dims=1), [[3, 3], [3, 3]]),
    "tensordot with 1": (
        lambda: agrad.tensordot(agrad.ones(2, 1, 4), agrad.ones(3, 4), dims=([1, 2], [0, 1])),
        [12, 12],
    ),
    "logaddexp of complex": (
        lambda: agrad.logaddexp(
            agrad.tensor([1 + 2j], dtype=agrad.complex128), agrad.tensor([2 - 1j], dtype=agrad.complex128)
        ),
        np.log(np.exp([1 + 2j]) + np.exp([2 - 1j])),
    ),
    "logcumsumexp of complex": (
        lambda: agrad.logcumsumexp(agrad.tensor([1 + 2j, 0.5 - 1j], dtype=agrad.complex128), 0),
        np.log(np.cumsum(np.exp([1 + 2j, 0.5 - 1j]))),
    ),
    "solve(x, x - c)": (lambda: _solve_gradient(), [[0.16, 0.08], [0.88, 0.44]]),
}
VALUES["powers of many bits"] = (
    VALUES["powers of many bits"][0],
    [
        int(np.int64(np.uint64(pow(3, n, 2**64)))) if b == 3 else v
        for b, n, v in ((3, 300, 0), (2, 64, 0), (-1, 65, -1), (3, 67, 0))
    ],
)


def _solve_gradient() -> Any:
    x = agrad.tensor([[2.0, 1.0], [1.0, 3.0]], dtype=agrad.float64, requires_grad=True)
    (linalg.solve(x, x - 1.0) * agrad.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=agrad.float64)).sum().backward()
    return x.grad


@pytest.mark.parametrize("name", VALUES)
def test_values_where_libraries_differ(backend: str, name: str) -> None:
    call, wanted = VALUES[name]
    found = call()
    assert tuple(found.shape) == np.shape(wanted)
    np.testing.assert_allclose(host(found).reshape(np.shape(wanted)), wanted, rtol=1e-6)


def test_running_statistics_of_no_rows_stay(backend: str) -> None:
    mean, var = agrad.zeros(3), agrad.ones(3)
    F.batch_norm(agrad.zeros(0, 3), mean, var, training=True)
    np.testing.assert_array_equal(host(mean), 0.0)
    np.testing.assert_array_equal(host(var), 1.0)


def test_cholesky_inverse_in_transforms(backend: str) -> None:
    factor = agrad.tensor([[2.0, 0.0], [1.0, 3.0]], dtype=agrad.float64)
    along = agrad.tensor([[1.0, 0.0], [1.0, 1.0]], dtype=agrad.float64)
    reference = lambda x: linalg.inv(x.tril() @ x.tril().mT)
    for found, wanted in zip(
        agrad.func.jvp(agrad.cholesky_inverse, (factor,), (along,)),
        agrad.func.jvp(reference, (factor,), (along,)),
        strict=True,
    ):
        np.testing.assert_allclose(host(found), host(wanted), rtol=1e-12)
    mapped = agrad.func.vmap(agrad.cholesky_inverse)(agrad.stack([factor, 2 * factor]))
    np.testing.assert_allclose(host(mapped), host(agrad.stack([reference(factor), reference(2 * factor)])), rtol=1e-12)


def test_what_failed_for_an_example_is_told_under_vmap(backend: str) -> None:
    batch = agrad.tensor(
        [[[2.0, 0.0], [0.0, 3.0]], [[1.0, 2.0], [2.0, 1.0]], [[-1.0, 0.0], [0.0, 1.0]]], dtype=agrad.float64
    )
    for plain, mapped in (
        (linalg.cholesky_ex(batch), agrad.func.vmap(lambda x: tuple(linalg.cholesky_ex(x)))(batch)),
        (linalg.inv_ex(batch), agrad.func.vmap(lambda x: tuple(linalg.inv_ex(x)))(batch)),
    ):
        for one, other in zip(plain, mapped, strict=True):
            np.testing.assert_allclose(host(one), host(other))
    np.testing.assert_array_equal(host(linalg.cholesky_ex(batch).info), [0, 2, 1])


# ---------------------------------------------------------------- nets over all primitives


def _keywords(function: Any) -> dict[str, Any]:
    kinds = inspect.Parameter
    parameters = inspect.signature(function).parameters.values()
    return {one.name: one.default for one in parameters if one.kind is kinds.KEYWORD_ONLY}


def _takes_all(function: Any) -> bool:
    return any(one.kind is inspect.Parameter.VAR_KEYWORD for one in inspect.signature(function).parameters.values())


def _rules(op: Any) -> dict[str, Any]:
    rules = {f"vjp {i}": rule for i, rule in enumerate(op.vjps)} | {
        f"jvp {i}": rule for i, rule in enumerate(op.jvps or ())
    }
    rules |= {"vjp_all": op.vjp_all, "jvp_all": op.jvp_all, "view": op.view}
    return {name: rule for name, rule in rules.items() if rule is not None and rule is not LINEAR}


OWN = sorted(name for name, op in registry.items() if op.forward.__module__.startswith("agrad."))


@pytest.mark.parametrize("name", OWN)
def test_a_keywords_default_reaches_the_rules(name: str) -> None:
    """A parameter that a call leaves out is not handed to the rules: their own default has to be the operation's."""
    op = registry[name]
    for parameter, default in _keywords(op.forward).items():
        if default is inspect.Parameter.empty:
            continue
        for kind, rule in _rules(op).items():
            if _takes_all(rule) and parameter not in _keywords(rule):
                continue
            own = _keywords(rule)
            assert parameter in own, f"{name}: its {kind} does not take {parameter}"
            assert repr(own[parameter]) == repr(default), (
                f"{name}: the default of {parameter} in its {kind} is {own[parameter]!r}"
            )


def _case_of(name: str) -> Case | None:
    return next((case for case in all_cases() if case.name == name and case.call is None), None)


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in OWN
        if any(default is not inspect.Parameter.empty for default in _keywords(registry[name].forward).values())
    ],
)
def test_a_default_spelled_out_changes_nothing(name: str) -> None:
    """The same value, gradient and batch, whether a call names the defaults or leaves them out."""
    case = _case_of(name)
    if case is None:
        pytest.skip("its case calls it in a way of its own")
    op = registry[name]
    spelled = {key: value for key, value in _keywords(op.forward).items() if value is not inspect.Parameter.empty}
    tried = 0
    for sample in case.samples:
        if any(key in spelled and sample.params[key] != spelled[key] for key in sample.params) or any(
            not hasattr(one, "shape") and not hasattr(one, "values") for one in sample.args
        ):
            continue
        rest = {key: value for key, value in sample.params.items() if key not in spelled}
        arrays = [draw(one, "float64", case.name, i) for i, one in enumerate(sample.args)]
        if 0 in np.shape(arrays[0]):
            continue
        tried += 1
        mapped = case.jit and case.vmap is not False
        results = [_everything(op, arrays, params, mapped) for params in (rest, rest | spelled)]
        for one, other in zip(*results, strict=True):
            np.testing.assert_array_equal(one, other)
    if not tried:
        pytest.skip("no sample has the defaults")


def _everything(op: Any, arrays: list[Any], params: dict[str, Any], mapped: bool) -> list[Any]:
    """Return values, gradients and, where the operation is `mapped`, the values of two examples under vmap."""
    with agrad.use_backend("numpy"):
        tensors = [agrad.tensor(array) for array in arrays]
        if op.differentiable:
            for tensor in tensors:
                if tensor.is_floating_point():
                    tensor.requires_grad_(True)
        out = op.call(*tensors, **params)
        outs = list(out) if isinstance(out, tuple) else [out]
        found = [one.detach().numpy() for one in outs]
        targets = [one for one in outs if one.requires_grad]
        if targets:
            sum(((one * one).real.sum() for one in targets[1:]), (targets[0] * targets[0]).real.sum()).backward()
            found += [tensor.grad.numpy() for tensor in tensors if tensor.grad is not None]
        if mapped:
            stacked = [agrad.tensor(np.stack([array, array])) for array in arrays]
            both = agrad.func.vmap(lambda *each: op.call(*each, **params))(*stacked)
            found += [one.numpy() for one in (both if isinstance(both, tuple) else (both,))]
    return found


class _Poison:
    """An array's stand-in that fails wherever it is used."""

    def __getattr__(self, name: str) -> Any:
        raise TypeError(f"poisoned: {name}")


@pytest.mark.parametrize("name", [name for name in OWN if _rules(registry[name])])
@pytest.mark.parametrize("mode", ["reverse", "recorded", "forward"])
def test_a_rule_that_fails_names_its_primitive(name: str, mode: str) -> None:
    op = registry[name]
    case = _case_of(name)
    if case is None or not op.differentiable:
        pytest.skip("its case calls it in a way of its own, or it has no derivative")
    sample = next((one for one in case.samples if one.differentiable and 0 not in _shapes(case, one)), None)
    if sample is None:
        pytest.skip("no sample with elements is differentiated")
    arrays = [draw(one, case.dtypes[0], case.name, i) for i, one in enumerate(sample.args)]

    def failing(*_: Any, **__: Any) -> Any:
        raise ValueError("the library's own words")

    names = ["vjps", "vjp_all", "jvps", "jvp_all"]
    with agrad.use_backend("numpy"):
        tensors = [agrad.tensor(one) if isinstance(one, np.ndarray) else one for one in arrays]
        floating = [i for i, one in enumerate(tensors) if isinstance(one, agrad.Tensor) and one.is_floating_point()]
        if not floating:
            pytest.skip("nothing is differentiated")
        kept = {(record, key): getattr(record, key) for record in (op, op.complex) for key in names}
        if mode == "forward" and op.jvps is None and op.jvp_all is None:
            pytest.skip("its tangent is a gradient's")
        if mode == "forward" and any(rule is LINEAR for rule in op.jvps or ()):
            pytest.skip("it is linear: its tangent is the operation")
        try:
            for (record, key), rules in kept.items():
                changed = (
                    tuple(None if rule is None else failing for rule in rules)
                    if isinstance(rules, tuple)
                    else rules and failing
                )
                setattr(record, key, changed)
            with pytest.raises(ValueError, match="the library's own words.*derivative of " + re.escape(name) + r"\)"):
                _differentiate(op, tensors, floating, dict(sample.params), mode)
        finally:
            for (record, key), rules in kept.items():
                setattr(record, key, rules)


def _shapes(case: Case, sample: Any) -> list[int]:
    return [length for i, one in enumerate(sample.args) for length in np.shape(draw(one, case.dtypes[0], case.name, i))]


def _differentiate(op: Any, tensors: list[Any], floating: list[int], params: dict[str, Any], mode: str) -> None:
    if mode == "forward":

        def call(*values: Any) -> Any:
            mixed = list(tensors)
            for i, value in zip(floating, values, strict=True):
                mixed[i] = value
            return op.call(*mixed, **params)

        values = tuple(tensors[i] for i in floating)
        agrad.func.jvp(call, values, tuple(agrad.ones_like(value) for value in values))
        return
    for i in floating:
        tensors[i].requires_grad_(True)
    out = op.call(*tensors, **params)
    target = next(one for one in (out if isinstance(out, tuple) else (out,)) if one.requires_grad)
    agrad.autograd.backward(target, agrad.ones_like(target), create_graph=mode == "recorded")


def test_the_blame_is_the_rules_alone() -> None:
    """An error of a hook, or of a graph that was freed, names no operation."""
    x = agrad.tensor([1.0], requires_grad=True)
    y = x.exp()

    def hook(_: Any) -> Any:
        raise ValueError("the hook's words")

    y.register_hook(hook)
    with pytest.raises(ValueError, match=r"^the hook's words$"):
        y.sum().backward()
    y = x.exp().sum()
    y.backward()
    with pytest.raises(RuntimeError, match="second time") as caught:
        y.backward()
    assert "derivative of" not in str(caught.value)
