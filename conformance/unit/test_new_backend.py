"""The guide's backend is what it says: registered, it computes, differentiates and is judged."""

from __future__ import annotations

import pathlib
import re

from agrad_conformance.runner import run

import agrad
from agrad import backend as registry

GUIDE = pathlib.Path(__file__).parents[2] / "docs" / "new-backend.md"


def test_the_guides_backend_passes():
    (source,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    space: dict[str, object] = {}
    exec(compile(source, str(GUIDE), "exec"), space)
    kind = space["MyBackend"]
    # NumPy's arrays are the NumPy backend's already; this one claims them only when asked by name
    registry.register_backend("mine", kind)
    try:
        with agrad.use_backend("mine"):
            x = agrad.tensor([1.0, 2.0], requires_grad=True)
            assert x.device.backend == "mine"
            y = x.clone()
            y[0] = x[1] * 3
            y.prod().backward()
            assert x.grad.tolist() == [0.0, 12.0]
        report = run(["mine"], pattern="*cumulative*", quick=True)
        assert report.judgements and not report.failures, [
            finding.message for judgement in report.failures for finding in judgement.findings
        ]
    finally:
        registry._registered.pop("mine", None)
        registry._loaded.pop("mine", None)
