"""The judge is judged: each kind of fault is put into an operation of its own, and has to be found, by the check that is there for it.

The confusing case: the engine mends some faults of rules (a cotangent in another dtype is brought back to its input's), so a
fault is what is left after that, lost digits for instance.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from agrad_conformance import __main__ as command
from agrad_conformance import edges, extra, runner
from agrad_conformance import report as reports
from agrad_conformance.case import A, Case, Hazard, Sample, V
from agrad_conformance.cases import all_cases
from agrad_conformance.checks import FAIL, judge
from agrad_conformance.driver import Place
from agrad_conformance.findings import NA, PASS, Finding, Judgement

import agrad
from agrad.engine.core import TensorCore
from agrad.engine.primitive import registry

own = agrad.primitive
PLACES = {name: Place(*name.split(":")) for name in ("numpy", "jax", "strict", "strict:device1")}


@pytest.fixture(autouse=True)
def _double_precision():
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


slope = lambda xp, g, _out, x: 2 * g * x


@own(vjp=slope, jvp=lambda xp, t, _out, x: 2 * t * x, elementwise=True)
def judged_square(xp, x):
    return x * x


# ---------------------------------------------------------------- faults


@own(vjp=slope, elementwise=True)
def judged_wrong_value(xp, x):
    return x * x * (1 + 1e-12)


@own(vjp=lambda xp, g, _out, x: 2 * g * x + 1e-3 * g, elementwise=True)
def judged_wrong_rule(xp, x):
    return x * x


@own(vjp=slope, jvp=lambda xp, t, _out, x: 2 * t * x * (1 + 1e-9), elementwise=True)
def judged_wrong_tangent(xp, x):
    return x * x


@own(vjp=lambda xp, g, _out, x: g * judged_wrong_slope(x) if isinstance(x, TensorCore) else g * 3 * x * x, jvp=lambda xp, t, _out, x: 3 * t * x * x, elementwise=True)  # fmt: skip
def judged_wrong_second_order(xp, x):
    return x * x * x


@own(vjp=lambda xp, g, _out, x: 7 * g * x, elementwise=True)
def judged_wrong_slope(xp, x):
    return 3 * x * x


@own(vjp=lambda xp, g, _out, x: g * (2 * x) if isinstance(x, TensorCore) else (g * 0.1) * x * 20, elementwise=True)
def judged_two_rules(xp, x):
    return x * x


@own(vjp=slope, elementwise=True)
def judged_wrong_dtype(xp, x):
    return xp.astype(x * x, xp.float32)


@own(vjp=lambda xp, g, _out, x: xp.astype(2 * g * x, xp.float32), elementwise=True)
def judged_coarse_rule(xp, x):
    return x * x


@own(vjp=lambda xp, g, _out, x: xp.zeros((2, *x.shape), dtype=x.dtype, device=x.device) + 2 * g * x)
def judged_wrong_shape(xp, x):
    return x * x


def moved(xp: Any, x: Any) -> Any:
    """Return an array on the default device."""
    return x.to_device(xp.asarray(0.0).device)


@own(vjp=slope, elementwise=True)
def judged_wrong_device(xp, x):
    return moved(xp, x * x)


@own(vjp=lambda xp, g, _out, x: moved(xp, g * 2 * x), elementwise=True)
def judged_rule_on_another_device(xp, x):
    return x * x


@own(vjp=slope, elementwise=True)
def judged_constant_without_a_device(xp, x):
    return x * x + xp.zeros(x.shape, dtype=x.dtype)


@own(vjp=slope, elementwise=True)
def judged_host_copy(xp, x):
    return xp.asarray(np.square(np.asarray(x)), device=x.device)


@own(vjp=lambda xp, g, _out, x: g * xp.asarray(2 * np.asarray(x), device=g.device), elementwise=True)
def judged_host_copy_in_the_rule(xp, x):
    return x * x


@own(vjp=slope, elementwise=True)
def judged_number_taken(xp, x):
    return x * x + 0.0 * float(xp.sum(x))


@own(vjp=lambda xp, g, _out, x: 2 * g * x if bool(xp.all(x == x)) else g, elementwise=True)
def judged_branch_on_values(xp, x):
    return x * x


@own(vjp=slope, elementwise=True)
def judged_writes_its_input(xp, x):
    x[...] = x * 2
    return x * x / 4


@own(vjp=slope, elementwise=True)
def judged_writes_all_the_same(xp, x):
    x.flags.writeable = True
    x[...] = x * 2
    return x * x / 4


@own(vjp=slope, batch=lambda xp, op, values, batched, ndims, size, params: xp.flip(values[0] ** 2, axis=0))
def judged_wrong_batching(xp, x):
    return x * x


@own(vjp=slope, elementwise=True)
def judged_not_for_empty_ones(xp, x):
    return xp.reshape(x * x, (-1, *x.shape[1:])) if x.shape else x * x


#: the fault, where it can be seen, and by which checks (any of them)
FAULTS = [
    (judged_wrong_value, "numpy", {"value"}),
    (judged_wrong_rule, "numpy", {"vjp against differences"}),
    (judged_wrong_rule, "jax", {"vjp against differences"}),
    (judged_wrong_tangent, "numpy", {"vjp against jvp"}),
    (judged_wrong_tangent, "jax", {"vjp against jvp"}),
    (judged_two_rules, "numpy", {"raw and recorded backward"}),
    (judged_wrong_dtype, "numpy", {"precision"}),
    (judged_wrong_dtype, "strict", {"precision"}),
    (judged_coarse_rule, "numpy", {"vjp against jvp"}),
    (judged_wrong_shape, "numpy", {"vjp against differences"}),
    (judged_wrong_device, "strict:device1", {"device"}),
    (judged_rule_on_another_device, "strict:device1", {"gradient's shape, dtype, device"}),
    (judged_constant_without_a_device, "strict:device1", {"runs"}),
    (judged_host_copy, "strict:device1", {"runs"}),
    (judged_host_copy, "jax", {"runs"}),
    (judged_host_copy_in_the_rule, "strict:device1", {"runs"}),
    (judged_host_copy_in_the_rule, "jax", {"runs"}),
    (judged_number_taken, "jax", {"runs"}),
    (judged_branch_on_values, "jax", {"runs"}),
    (judged_writes_its_input, "numpy", {"runs"}),
    (judged_writes_its_input, "strict", {"runs"}),
    (judged_writes_all_the_same, "numpy", {"inputs unchanged"}),
    (judged_wrong_batching, "numpy", {"vmap"}),
]
SAMPLES = [Sample((A((3, 4)),)), Sample((A(()),))]


def case_of(function: Any, **more: Any) -> Case:
    return Case(function.op.name, SAMPLES, reference=np.square, ulp=2.0, **more)


def failed(judgement: Judgement) -> dict[str, str]:
    """Return what failed, by check, with its message."""
    return {finding.check: finding.message for finding in judgement.findings if finding.verdict == FAIL}


@pytest.mark.parametrize("place", PLACES)
def test_what_is_right_passes_everywhere(place):
    judgement = judge(case_of(judged_square), PLACES[place])
    assert judgement.verdict == PASS, failed(judgement)
    checks = {finding.check for finding in judgement.findings}
    wanted = {"value", "precision", "device", "inputs unchanged", "gradient's shape, dtype, device", "vjp against jvp",
              "vjp against differences", "second order", "raw and recorded backward", "vmap"}  # fmt: skip
    if place != "numpy":
        wanted |= {"against numpy", "gradient against numpy", "dtype"}
    if place == "jax":
        wanted |= {"jit", "jit gradient", "jit vjp against jvp", "jit second order"}
    assert wanted <= checks


@pytest.mark.parametrize(("function", "place", "checks"), FAULTS, ids=lambda value: getattr(value, "__name__", None))
def test_a_fault_is_found(function, place, checks):
    judgement = judge(case_of(function), PLACES[place])
    found = failed(judgement)
    assert judgement.verdict == FAIL and checks & set(found), f"found {found}"
    assert all(found.values()), "a finding that failed says why"


def test_a_rule_that_is_right_once_and_wrong_twice():
    case = Case("judged_wrong_second_order", SAMPLES, reference=lambda x: x**3, ulp=4.0)
    assert "second order" in failed(judge(case, PLACES["numpy"]))


def test_a_hidden_copy_is_none_on_the_host_itself():
    """On NumPy there is nothing to hide; that other places are judged too is what finds it."""
    assert judge(case_of(judged_host_copy), PLACES["numpy"]).verdict == PASS


def test_an_exception_of_an_operation_is_a_finding():
    assert "runs" in failed(judge(case_of(judged_not_for_empty_ones, edges=[Sample((A((0, 0)),))]), PLACES["numpy"]))


@own(vjp=slope)
def judged_last_axis(xp, x):
    return x * x + 0 * x[..., :1]


@own(
    vjp=lambda xp, g, _out, x: 2 * g * x if 0 not in x.shape else xp.ones((1, *x.shape), dtype=x.dtype, device=x.device)
)
def judged_wrong_for_empty_ones(xp, x):
    if 0 in x.shape:
        raise ZeroDivisionError("nothing to divide")
    return x * x


def edges_of(judgement):
    return [(one.verdict, one.message) for one in judgement.findings if one.check in ("edge", "runs")]


def test_empty_and_0d_arrays_are_made_where_none_are_stated():
    samples = [Sample((A((3, 4)),))]
    assert set(edges.made(Case("x", samples))) == {"empty", "0-d"}
    assert set(edges.made(Case("x", [*samples, Sample((A(()),))]))) == {"empty"}
    assert set(edges.made(Case("x", samples, edges=[Sample((A((0,)),))], without={"0-d": "a reason"}))) == set()
    good = edges_of(judge(Case("judged_square", samples, reference=np.square), PLACES["strict"]))
    assert good == [(PASS, "")] * 2


def test_a_made_edge_may_be_refused_everywhere_and_nowhere_else():
    samples = [Sample((A((3, 4)),))]
    refused = edges_of(judge(Case("judged_last_axis", samples), PLACES["strict"]))
    assert [verdict for verdict, _ in refused] == [PASS, NA] and "0-d: refused" in refused[1][1]
    refused = edges_of(judge(Case("judged_wrong_for_empty_ones", samples), PLACES["numpy"]))
    assert (NA, "empty: refused, ZeroDivisionError: nothing to divide") in refused
    stated = Case("judged_wrong_for_empty_ones", samples, edges=[Sample((A((0, 2)),))])
    assert "runs" in failed(judge(stated, PLACES["numpy"])), "what a case states has to run"


def test_an_edge_left_out_is_told_with_its_reason():
    case = Case("judged_square", [Sample((A((3, 4)),))], without={"empty": "for this test", "0-d": "too"})
    assert edges_of(judge(case, PLACES["numpy"])) == [(NA, "empty: for this test"), (NA, "0-d: too")]


def test_every_case_has_an_empty_and_a_0d_array_or_says_why_not():
    named: dict[str, list[Case]] = {}
    for case in all_cases():
        named.setdefault(case.name, []).append(case)
    for name, cases in named.items():
        there = {what for case in cases for what in (*edges.stated(case), *edges.made(case), *case.without)}
        takes_arrays = any(
            True for case in cases for sample in case.samples for a in sample.args for _ in edges.shapes(a)
        )
        assert there == {"empty", "0-d"} or not takes_arrays, f"{name}: {there}"


def test_hazards():
    right = Hazard((V([0.0]),), value=[0.0], gradients=([0.0],), why="flat at 0")
    assert judge(case_of(judged_square, hazards=[right]), PLACES["numpy"]).verdict == PASS
    wrong = Hazard((V([0.0]),), value=[1.0], gradients=([1.0],), why="it is not")
    found = failed(judge(case_of(judged_square, hazards=[wrong]), PLACES["numpy"]))
    assert {"hazard value", "hazard gradient", "hazard tangent"} <= set(found)
    assert "it is not" in found["hazard gradient"]


def test_a_check_is_left_out_only_with_a_reason():
    for field in ("second_order", "jvp", "jit"):
        assert "reasons" in failed(judge(case_of(judged_square, **{field: False}), PLACES["numpy"]))
        assert judge(case_of(judged_square, notes="because", **{field: False}), PLACES["numpy"]).verdict == PASS


def test_an_operation_with_a_rule_cannot_be_called_flat():
    assert "no derivative" in failed(judge(case_of(judged_square, differentiable=False), PLACES["numpy"]))


def test_what_a_backend_skips_is_told_with_its_reason():
    judgement = judge(case_of(judged_square, skip={"strict": "for this test"}), PLACES["strict"])
    assert judgement.verdict == NA and [finding.message for finding in judgement.findings] == ["for this test"]


# ---------------------------------------------------------------- the table


def test_a_primitive_without_a_case(monkeypatch):
    assert runner.uncovered(all_cases()) == []
    monkeypatch.setitem(registry, "nobody_judges_it", registry["add"])
    assert runner.uncovered(all_cases()) == ["nobody_judges_it"]
    monkeypatch.setattr(runner, "chosen_cases", lambda pattern: [case_of(judged_square)])
    report = runner.run(["numpy"])
    assert report.missing == ["nobody_judges_it"] and not report.failures and not report.passed


def test_every_case_names_an_operation(monkeypatch):
    (judgement,) = runner.judge_everywhere(Case("no_such_operation", SAMPLES), [PLACES["numpy"]], quick=True)
    assert failed(judgement) == {"exists": "no operation has this name"}


def test_the_command_fails_when_anything_does(monkeypatch, capsys):
    for function, code in ((judged_square, 0), (judged_wrong_rule, 1)):
        monkeypatch.setattr(runner, "chosen_cases", lambda pattern, function=function: [case_of(function)])
        assert command.main(["--backend", "numpy", "-k", "judged", "-j", "1"]) == code
        assert function.op.name in capsys.readouterr().out
    monkeypatch.setattr(runner, "chosen_cases", lambda pattern: [])
    assert command.main(["--backend", "numpy", "-k", "judged", "-j", "1"]) == 1, "nothing judged is not passed"
    assert command.main(["--backend", "nonesuch"]) == 2
    assert "nonesuch" in capsys.readouterr().err


def test_the_report_tells_what_failed_as_a_page_and_as_json(monkeypatch, capsys, tmp_path):
    wrong = [case_of(judged_square), case_of(judged_wrong_rule)]
    monkeypatch.setattr(runner, "chosen_cases", lambda pattern: wrong)
    page = tmp_path / "out.html"
    places = ["--backend", "numpy", "--backend", "strict"]
    assert command.main([*places, "-k", "judged", "-j", "1", "--report", str(page)]) == 1
    text, html = capsys.readouterr().out, page.read_text(encoding="utf-8")
    told = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    for place in ("numpy", "strict", "strict:device1"):
        assert place in text and place in html
    for written in (text, html, json.dumps(told)):
        assert "judged_square" in written and "judged_wrong_rule" in written and "differences give" in written


def test_findings_of_several_cases_of_one_operation_all_count():
    good = Judgement("one", "numpy", [Finding("value", PASS)])
    bad = Judgement("one", "numpy", [Finding("value", FAIL, message="off")])
    assert runner._joined(good, bad).verdict == runner._joined(bad, good).verdict == FAIL


def test_the_extra_that_is_missing_is_named(monkeypatch, capsys):
    monkeypatch.setattr(extra, "MODULES", ("a_module_that_is_not_there",))
    assert command.main(["--backend", "numpy", "-k", "sin"]) == 2
    said = capsys.readouterr().err
    for words in ("a_module_that_is_not_there", "extra 'test'", "pip install '.[test]'"):
        assert words in said
    with pytest.raises(ModuleNotFoundError, match="extra 'test'"):
        all_cases()


def test_progress_away_from_a_terminal_is_lines_now_and_then(monkeypatch, capsys):
    clock = iter([0.0, 1.0, 3.0, 9.0, 12.0, 13.0, 14.0])
    monkeypatch.setattr(command.time, "monotonic", lambda: next(clock))
    progress = command.steady_progress(10.0)
    for done in range(1, 7):
        progress(f"op{done}", done, 6)
    assert capsys.readouterr().err.splitlines() == ["[1/6] 1 s, op1", "[4/6] 12 s, op4", "[6/6] 14 s, op6"]


def test_progress_comes_while_the_judge_runs():
    """A line is there before the end, though nothing is a terminal."""
    call = [sys.executable, "-m", "agrad_conformance", "--backend", "numpy", "--quick", "-j", "1", "-k", "s*in*"]
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        first = process.stderr.readline()
        assert process.poll() is None and first.startswith("[1/")
        process.communicate()
    assert process.returncode == 0


def test_both_header_rows_of_the_page_stay_in_view():
    """The head sticks as one: two rows that each stick to the top would cover each other."""
    assert re.search(r"^thead \{\{ position:sticky; top:0;", reports._PAGE, re.MULTILINE)
    assert reports._PAGE.count("position:sticky") == 1
