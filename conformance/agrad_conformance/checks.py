"""The judgement of one case on one place: a list of findings, each a check that passed, failed, or does not apply and why.

Nothing is passed over in silence: what a backend cannot do is a finding of verdict 'n/a' with its reason.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from agrad.dtypes import by_name
from agrad_conformance import driver
from agrad_conformance.case import Case, Sample, draw, seed_of
from agrad_conformance.driver import Place
from agrad_conformance.measure import bound_for, distance

PASS, FAIL, NA = "pass", "fail", "n/a"
_WIDER = {"float32": "float64", "complex64": "complex128", "float16": "float64"}
STEP = 1e-6


@dataclass
class Finding:
    """One check: what was looked at, the verdict, how far off it was, and what to say."""

    check: str
    verdict: str
    dtype: str = ""
    measured: float | None = None
    bound: float | None = None
    message: str = ""


@dataclass
class Judgement:
    """All findings of a case on a place."""

    name: str
    place: str
    findings: list[Finding] = field(default_factory=list)

    def add(
        self,
        check: str,
        ok: bool,
        dtype: str = "",
        measured: float | None = None,
        bound: float | None = None,
        message: str = "",
    ) -> None:
        """Note a check that passed or failed."""
        self.findings.append(Finding(check, PASS if ok else FAIL, dtype, measured, bound, "" if ok else message))

    def skip(self, check: str, reason: str, dtype: str = "") -> None:
        """Note a check that does not apply here."""
        self.findings.append(Finding(check, NA, dtype, None, None, reason))

    @property
    def verdict(self) -> str:
        """fail if anything failed, pass if anything passed, else n/a."""
        verdicts = {finding.verdict for finding in self.findings}
        return FAIL if FAIL in verdicts else PASS if PASS in verdicts else NA

    def worst(self, *checks: str) -> float | None:
        """Return the greatest measured distance of some checks."""
        measured = [f.measured for f in self.findings if f.check in checks and f.measured is not None]
        return max(measured) if measured else None


def judge(case: Case, place: Place, *, quick: bool = False) -> Judgement:
    """Run every check of a case on a place."""
    verdict = Judgement(case.name, place.name)
    if place.backend.name in case.skip:
        verdict.skip("all", case.skip[place.backend.name])
        return verdict
    function = functools.partial(_called, case)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for dtype in case.dtypes:
            if not place.backend.supports(by_name(dtype)):
                verdict.skip("value", f"{place.backend.name} has no {dtype} here", dtype)
                continue
            samples = list(case.samples)[:1] if quick else case.samples
            for number, sample in enumerate(samples):
                if sample.dtypes is not None and dtype not in sample.dtypes:
                    continue
                _guarded(verdict, dtype, _sample, case, function, sample, number, dtype, place, verdict)
            for sample in case.hazards:
                if dtype in (sample.dtypes or ("float64",)):
                    _guarded(verdict, dtype, _hazard, case, function, sample, dtype, place, verdict)
    return verdict


def _guarded(verdict: Judgement, dtype: str, run: Any, *args: Any) -> None:
    try:
        run(*args)
    except driver.UnsupportedDType as error:
        verdict.skip("value", str(error), dtype)
    except Exception as error:
        verdict.add("runs", False, dtype, message=f"{type(error).__name__}: {error}"[:400])


def _called(case: Case, *args: Any, **params: Any) -> Any:
    function = driver.operation(case.name)
    return case.call(function, *args, **params) if case.call is not None else function(*args, **params)


def _arrays(case: Case, sample: Sample, number: int, dtype: str) -> list[Any]:
    return [draw(spec, dtype, f"{case.name}/{number}", position) for position, spec in enumerate(sample.args)]


def _flat(values: Any) -> Iterator[Any]:
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from _flat(value)
        else:
            yield value


def _differentiated(case: Case, sample: Sample, arrays: list[Any]) -> list[int]:
    if not case.differentiable or not sample.differentiable:
        return []
    positions = range(len(arrays)) if sample.wrt is None else sample.wrt
    return [p for p in positions if isinstance(arrays[p], np.ndarray) and arrays[p].dtype.kind in "fc"]


def _compared(case: Case, outputs: list[Any]) -> list[np.ndarray]:
    values = [driver.to_numpy(out) for out in outputs]
    if case.post is not None:
        answer = case.post(*values)
        return [np.asarray(part) for part in (answer if isinstance(answer, tuple) else (answer,))]
    return values


def _sample(
    case: Case, function: Any, sample: Sample, number: int, dtype: str, place: Place, verdict: Judgement
) -> None:
    arrays = _arrays(case, sample, number, dtype)
    params = dict(sample.params)
    tensors = [driver.to_tensor(array, place) for array in arrays]
    outputs = driver.call(function, tuple(tensors), params)
    if not outputs:
        verdict.skip("value", "the result is no array", dtype)
        return
    _value(case, sample, number, dtype, place, verdict, arrays, outputs, params)
    for position, (array, tensor) in enumerate(zip(arrays, tensors, strict=True)):
        if isinstance(array, np.ndarray):
            kept = np.array_equal(driver.to_numpy(tensor), array, equal_nan=array.dtype.kind in "fc")
            verdict.add("inputs unchanged", kept, dtype, message=f"argument {position} was changed")
    verdict.add(
        "device",
        all(out._options.device == place.device and out._options.backend is place.backend for out in outputs),
        dtype,
        message=f"results on {[str(out._options.device) for out in outputs]}, arguments on {place.device}",
    )
    wrt = _differentiated(case, sample, arrays)
    if wrt:
        _derivatives(case, function, arrays, tensors, wrt, params, dtype, place, verdict, number)
    if place.backend.name == "jax" and case.jit:
        # Compiling is what costs: each primitive is jitted alone, on two samples in the case's widest real dtype.
        if number < 2 and dtype == _jit_dtype(case):
            _jitted(case, function, arrays, tensors, wrt, params, dtype, place, verdict, outputs)
    elif place.backend.name == "jax":
        verdict.skip("jit", case.notes or "its result's shape depends on values", dtype)


def _jit_dtype(case: Case) -> str:
    return "float64" if "float64" in case.dtypes else case.dtypes[-1]


def _value(
    case: Case,
    sample: Sample,
    number: int,
    dtype: str,
    place: Place,
    verdict: Judgement,
    arrays: list[Any],
    outputs: list[Any],
    params: Any,
) -> None:
    measure = case.measure or ("ulp" if driver.is_elementwise(case.name) else "norm")
    bound = bound_for(case.ulp, dtype)
    results = _compared(case, outputs)
    reference = _reference(case, number, sample, dtype, params)
    if reference is not None:
        if len(reference) != len(results):
            verdict.add("value", False, dtype, message=f"{len(results)} results, the reference has {len(reference)}")
            return
        far = max(distance(result, wanted, measure) for result, wanted in zip(results, reference, strict=True))
        verdict.add(
            "value", far <= bound, dtype, far, bound, f"value {far:.3g} from the reference, bound {bound:g} ({measure})"
        )
    if place.backend.name != "numpy":
        ours = _on_numpy(case.name, number, dtype, case)
        if ours is not None:
            far = max(
                (distance(result, wanted, measure) for result, wanted in zip(results, ours, strict=True)), default=0.0
            )
            verdict.add(
                "against numpy", far <= 2 * bound, dtype, far, 2 * bound, f"{far:.3g} from NumPy's, bound {2 * bound:g}"
            )
    elif reference is None:
        # Without a reference of higher precision, double precision is one for single.
        if dtype in _WIDER and case.post is None:
            wide = _on_numpy(case.name, number, _WIDER[dtype], case)
            if wide is not None and all(a.dtype.kind in "fc" for a in results):
                far = max((_to_wider(r, w, measure) for r, w in zip(results, wide, strict=True)), default=0.0)
                verdict.findings.append(
                    Finding("precision", PASS, dtype, far, None, "for the record: from double precision")
                )
        verdict.add("value", all(np.all(~np.isnan(np.asarray(r, dtype=complex))) for r in results if r.dtype.kind in "fc"), dtype,
                    message="nan in the value of an ordinary sample")  # fmt: skip


def _to_wider(result: np.ndarray, wide: np.ndarray, measure: str) -> float:
    return distance(result, wide, measure)


@functools.lru_cache(maxsize=20000)
def _on_numpy_cached(name: str, number: int, dtype: str, key: int) -> tuple[np.ndarray, ...] | None:
    case = _cases_by_id[key]
    sample = case.samples[number]
    place = Place("numpy")
    arrays = _arrays(case, sample, number, dtype)
    # The values are the judged dtype's, whatever precision they are computed in.
    outputs = driver.call(
        functools.partial(_called, case), tuple(driver.to_tensor(a, place) for a in arrays), dict(sample.params)
    )
    return tuple(_compared(case, outputs))


_cases_by_id: dict[int, Case] = {}


def _on_numpy(name: str, number: int, dtype: str, case: Case) -> tuple[np.ndarray, ...] | None:
    _cases_by_id[id(case)] = case
    try:
        return _on_numpy_cached(name, number, dtype, id(case))
    except Exception:
        return None


def _reference(case: Case, number: int, sample: Sample, dtype: str, params: dict[str, Any]) -> list[np.ndarray] | None:
    if case.reference is None:
        return None
    arrays = _arrays(case, sample, number, dtype)
    if isinstance(case.reference, str):
        return [_mpmath(case.reference.removeprefix("mpmath."), arrays)]
    for wide in (_widest, _double, lambda value: value):
        try:
            with np.errstate(all="ignore"):
                answer = case.reference(*[_each(wide, array) for array in arrays], **params)
            break
        except (TypeError, np.linalg.LinAlgError):
            if wide(np.float32(1)).dtype == np.float32:
                raise
    if case.post is not None and not isinstance(answer, np.ndarray):
        answer = case.post(*answer)
    return [np.asarray(part) for part in (answer if isinstance(answer, (tuple, list)) else (answer,))]


def _each(wide: Any, value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(_each(wide, part) for part in value)
    return wide(value) if isinstance(value, (np.ndarray, np.generic)) else value


def _widest(value: Any) -> Any:
    kind = value.dtype.kind
    return value.astype(np.longdouble if kind == "f" else np.clongdouble) if kind in "fc" else value


def _double(value: Any) -> Any:
    kind = value.dtype.kind
    return value.astype(np.float64 if kind == "f" else np.complex128) if kind in "fc" else value


def _mpmath(name: str, arrays: list[Any]) -> np.ndarray:
    """Evaluate an mpmath function element by element with 40 digits."""
    import mpmath

    function = getattr(mpmath, name)
    is_complex = any(a.dtype.kind == "c" for a in arrays)
    broadcast = np.broadcast_arrays(*arrays)
    out = np.empty(broadcast[0].shape, dtype=np.clongdouble if is_complex else np.longdouble)
    with mpmath.workdps(40):
        for index in np.ndindex(out.shape):
            values = [_to_mp(mpmath, array[index]) for array in broadcast]
            answer = function(*values)
            if is_complex:
                out[index] = np.longdouble(mpmath.nstr(answer.real, 25)) + 1j * np.longdouble(
                    mpmath.nstr(answer.imag, 25)
                )
            else:
                out[index] = np.longdouble(mpmath.nstr(mpmath.re(answer), 25))
    return out


def _to_mp(mpmath: Any, value: Any) -> Any:
    if value.dtype.kind == "c":
        return mpmath.mpc(float(value.real), float(value.imag))
    return mpmath.mpf(float(value)) if value.dtype.kind == "f" else mpmath.mpf(int(value))


def _inner(a: list[Any], b: list[Any]) -> float:
    """The real inner product of lists of arrays, in double precision."""
    total = 0.0
    for x, y in zip(a, b, strict=True):
        if x is not None and y is not None:
            total += float(np.sum(np.real(np.conj(np.asarray(x, dtype=complex)) * np.asarray(y, dtype=complex))))
    return total


def _direction(case: Case, what: str, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    rng = seed_of(case.name, what, shape)
    values = rng.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        values = values + 1j * rng.standard_normal(shape)
    return np.asarray(values, dtype=dtype)


def _derivatives(
    case: Case, function: Any, arrays: list[Any], tensors: list[Any], wrt: list[int], params: Any, dtype: str, place: Place,
    verdict: Judgement, number: int,
) -> None:  # fmt: skip
    def run(*chosen: Any) -> Any:
        full = list(tensors)
        for position, value in zip(wrt, chosen, strict=True):
            full[position] = value
        outs = driver.call(function, tuple(full), params)
        outs = [out for out in outs if out._options.is_inexact]
        return tuple(_scalar(case, outs)) if case.scalar is not None else tuple(outs)

    leaves = [driver.leaf(tensors[p]) for p in wrt]
    outputs = list(run(*leaves))
    if not outputs:
        verdict.skip("vjp", "no floating result", dtype)
        return
    seeds = [_direction(case, f"g{i}", out._shape, out._options.dtype.name) for i, out in enumerate(outputs)]
    cotangents = [driver.to_tensor(seed, place) for seed in seeds]
    raw = driver.gradient(outputs, leaves, cotangents, create_graph=False)
    again = [driver.leaf(tensors[p]) for p in wrt]
    recorded = driver.gradient(list(run(*again)), again, cotangents, create_graph=True)
    same = all(
        (a is None) == (b is None)
        and (a is None or np.array_equal(driver.to_numpy(a), driver.to_numpy(b), equal_nan=True))
        for a, b in zip(raw, recorded, strict=True)
    )
    verdict.add("raw and recorded backward", same, dtype, message="the gradients differ in bits")
    for p, g in zip(wrt, raw, strict=True):
        if g is not None:
            fits = (
                g._shape == arrays[p].shape
                and g._options.dtype.name == arrays[p].dtype.name
                and g._options.device == place.device
            )
            verdict.add(
                "gradient's shape, dtype, device",
                fits,
                dtype,
                message=f"argument {p}: {g._shape} {g._options.dtype} {g._options.device}",
            )
    gradients = [None if g is None else driver.to_numpy(g) for g in raw]
    _gradient_distance(case, place, verdict, dtype, number, gradients)
    tangents = [_direction(case, f"t{p}", arrays[p].shape, arrays[p].dtype.name) for p in wrt]
    pulled = _inner(gradients, tangents)
    scale = _scale(gradients, tangents)
    eps = float(np.finfo(arrays[wrt[0]].dtype).eps)
    if case.jvp:
        _, pushed = driver.push(run, [tensors[p] for p in wrt], [driver.to_tensor(t, place) for t in tangents])
        forward = _inner([driver.to_numpy(p) for p in pushed], seeds)
        far = abs(forward - pulled) / max(scale, 1e-30)
        verdict.add(
            "vjp against jvp",
            far <= 2000 * eps or not scale,
            dtype,
            message=f"<v, Jt> = {forward!r}, <J'v, t> = {pulled!r}",
        )
    if eps > 1e-10:
        return
    difference = _difference(case, run, arrays, wrt, tangents, seeds, place)
    close = abs(difference - pulled) <= case.tolerance * max(scale, abs(difference), 1e-8)
    verdict.add(
        "vjp against differences", close, dtype, message=f"differences give {difference!r}, the rule {pulled!r}"
    )
    if case.second_order:
        _second_order(case, run, arrays, tensors, wrt, seeds, tangents, dtype, place, verdict)


def _scalar(case: Case, outs: list[Any]) -> list[Any]:
    from agrad.engine.core import classes

    assert case.scalar is not None
    answer = case.scalar(classes.tensor_xp, *outs)
    return list(answer) if isinstance(answer, (tuple, list)) else [answer]


def _scale(a: list[Any], b: list[Any]) -> float:
    return sum(float(np.sum(np.abs(np.asarray(x, dtype=complex)) * np.abs(np.asarray(y, dtype=complex))))
               for x, y in zip(a, b, strict=True) if x is not None)  # fmt: skip


def _gradient_distance(
    case: Case, place: Place, verdict: Judgement, dtype: str, number: int, gradients: list[Any]
) -> None:
    """Compare gradients with NumPy's: in ulps of their norm."""
    key = (case.name, number, dtype)
    if place.backend.name == "numpy":
        _numpy_gradients[key] = gradients
        return
    ours = _numpy_gradients.get(key)
    if ours is None:
        return
    bound = bound_for(case.grad_ulp, dtype) if case.grad_ulp else 16 * max(bound_for(case.ulp, dtype), 1.0)
    far = max((distance(a, b, "norm") if a is not None and b is not None else 0.0 if a is b else float("inf")
               for a, b in zip(gradients, ours, strict=True)), default=0.0)  # fmt: skip
    verdict.add(
        "gradient against numpy", far <= bound, dtype, far, bound, f"{far:.3g} eps from NumPy's, bound {bound:g}"
    )


_numpy_gradients: dict[Any, list[Any]] = {}


def _shifted(arrays: list[Any], wrt: list[int], tangents: list[np.ndarray], step: float, place: Place) -> list[Any]:
    return [
        driver.to_tensor(np.asarray(arrays[p] + step * t, dtype=arrays[p].dtype), place)
        for p, t in zip(wrt, tangents, strict=True)
    ]


def _difference(
    case: Case,
    run: Any,
    arrays: list[Any],
    wrt: list[int],
    tangents: list[np.ndarray],
    seeds: list[np.ndarray],
    place: Place,
) -> float:
    """Return <v, (f(x + h t) - f(x - h t)) / 2h>."""
    ahead = [driver.to_numpy(out) for out in run(*_shifted(arrays, wrt, tangents, STEP, place))]
    behind = [driver.to_numpy(out) for out in run(*_shifted(arrays, wrt, tangents, -STEP, place))]
    return _inner([(a - b) / (2 * STEP) for a, b in zip(ahead, behind, strict=True)], seeds)


def _second_order(
    case: Case, run: Any, arrays: list[Any], tensors: list[Any], wrt: list[int], seeds: list[np.ndarray], tangents: list[np.ndarray],
    dtype: str, place: Place, verdict: Judgement,
) -> None:  # fmt: skip
    """The gradient of <J'v, u> against differences of J'v along t."""
    cotangents = [driver.to_tensor(seed, place) for seed in seeds]
    weights = [_direction(case, f"u{p}", arrays[p].shape, arrays[p].dtype.name) for p in wrt]

    def pulled(values: list[Any], graph: bool) -> list[Any]:
        return driver.gradient(list(run(*values)), values, cotangents, create_graph=graph)

    leaves = [driver.leaf(tensors[p]) for p in wrt]
    first = pulled(leaves, True)
    chosen = [(g, w) for g, w in zip(first, weights, strict=True) if g is not None and g._node is not None]
    second: list[Any] = [None] * len(wrt)
    if chosen:
        second = driver.gradient(
            [g for g, _ in chosen], leaves, [driver.to_tensor(w, place) for _, w in chosen], create_graph=False
        )
    values = [None if s is None else driver.to_numpy(s) for s in second]
    found = _inner(values, tangents)
    ahead = pulled([driver.leaf(t) for t in _shifted(arrays, wrt, tangents, STEP, place)], False)
    behind = pulled([driver.leaf(t) for t in _shifted(arrays, wrt, tangents, -STEP, place)], False)
    differences = [
        None if a is None else (driver.to_numpy(a) - driver.to_numpy(b)) / (2 * STEP)
        for a, b in zip(ahead, behind, strict=True)
    ]
    wanted = _inner(differences, weights)
    scale = max(_scale(values, tangents), _scale(differences, weights), 1e-8)
    verdict.add(
        "second order", abs(found - wanted) <= 50 * case.tolerance * max(scale, 1.0), dtype,
        message=f"differences of the gradient give {wanted!r}, the rule {found!r}",
    )  # fmt: skip


def _jitted(
    case: Case, function: Any, arrays: list[Any], tensors: list[Any], wrt: list[int], params: Any, dtype: str, place: Place,
    verdict: Judgement, outputs: list[Any],
) -> None:  # fmt: skip
    """Value and gradient with the operation alone inside jax.jit."""
    places = [i for i, array in enumerate(arrays) if isinstance(array, np.ndarray)]

    def whole(*chosen: Any) -> Any:
        full = list(tensors)
        for position, value in zip(places, chosen, strict=True):
            full[position] = driver.leaf(value) if position in wrt else value
        outs = driver.call(function, tuple(full), params)
        inexact = [out for out in outs if out._options.is_inexact]
        if case.scalar is not None:
            inexact = _scalar(case, inexact)
        leaves = [full[p] for p in wrt]
        seeds = [
            driver.to_tensor(_direction(case, f"g{i}", o._shape, o._options.dtype.name), place)
            for i, o in enumerate(inexact)
        ]
        return outs, driver.gradient(inexact, leaves, seeds, create_graph=False) if wrt else []

    outs, gradients = place.backend.compile(whole)(*[tensors[i] for i in places])
    bound = bound_for(case.ulp, dtype)
    measure = case.measure or ("ulp" if driver.is_elementwise(case.name) else "norm")
    far = max(
        (distance(a, b, measure) for a, b in zip(_compared(case, outs), _compared(case, outputs), strict=True)),
        default=0.0,
    )
    verdict.add(
        "jit",
        far <= 2 * bound + 2,
        dtype,
        far,
        2 * bound + 2,
        f"under jit {far:.3g} from eager, bound {2 * bound + 2:g}",
    )
    if wrt:
        full = [driver.leaf(t) if i in wrt else t for i, t in enumerate(tensors)]
        eager_outs = [out for out in driver.call(function, tuple(full), params) if out._options.is_inexact]
        if case.scalar is not None:
            eager_outs = _scalar(case, eager_outs)
        seeds = [
            driver.to_tensor(_direction(case, f"g{i}", o._shape, o._options.dtype.name), place)
            for i, o in enumerate(eager_outs)
        ]
        eager = driver.gradient(eager_outs, [full[p] for p in wrt], seeds, create_graph=False)
        limit = 4 * (bound_for(case.grad_ulp, dtype) if case.grad_ulp else 16 * max(bound, 1.0))
        far = max((distance(driver.to_numpy(a), driver.to_numpy(b), "norm") for a, b in zip(gradients, eager, strict=True)
                   if a is not None and b is not None), default=0.0)  # fmt: skip
        verdict.add(
            "jit gradient", far <= limit, dtype, far, limit, f"under jit {far:.3g} eps from eager, bound {limit:g}"
        )


def _hazard(case: Case, function: Any, sample: Sample, dtype: str, place: Place, verdict: Judgement) -> None:
    arrays = [draw(spec, dtype, f"{case.name}/hazard", position) for position, spec in enumerate(sample.args)]
    params = dict(sample.params)
    tensors = [driver.to_tensor(array, place) for array in arrays]
    told = sample.why or case.notes
    if sample.value is not None:
        outputs = driver.call(function, tuple(tensors), params)
        wanted = np.asarray(sample.value, dtype=driver.to_numpy(outputs[0]).dtype)
        far = distance(driver.to_numpy(outputs[0]), wanted, "mixed")
        verdict.add(
            "hazard value", far <= 64, dtype, far, 64, f"{driver.to_numpy(outputs[0])!r}, expected {wanted!r}. {told}"
        )
    if sample.gradients is None:
        return
    wrt = [p for p, g in enumerate(sample.gradients) if g is not None and isinstance(arrays[p], np.ndarray)]
    leaves = {p: driver.leaf(tensors[p]) for p in wrt}
    outputs = [
        o
        for o in driver.call(function, tuple(leaves.get(p, t) for p, t in enumerate(tensors)), params)
        if o._options.is_inexact
    ]
    ones = [driver.to_tensor(np.ones(out._shape, dtype=out._options.dtype.name), place) for out in outputs]
    gradients = driver.gradient(outputs, list(leaves.values()), ones, create_graph=False)
    for p, g in zip(wrt, gradients, strict=True):
        found = np.zeros_like(arrays[p]) if g is None else driver.to_numpy(g)
        wanted = np.asarray(sample.gradients[p], dtype=found.dtype)
        far = distance(found, np.broadcast_to(wanted, found.shape), "mixed")
        verdict.add(
            "hazard gradient",
            far <= 64,
            dtype,
            far,
            64,
            f"argument {p}: {found.tolist()!r}, expected {wanted.tolist()!r}. {told}",
        )
