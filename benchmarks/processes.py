"""Measurements that need a fresh process each: import time, peak memory, the chain of a million operations.

The processes take turns (peer by peer, round by round) and never run at the same time.
"""

from __future__ import annotations

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
from typing import Any

from . import peers
from .child import MILLION
from .peers import Available
from .race import Result

ROOT = pathlib.Path(__file__).resolve().parent.parent


def child(*arguments: str, timeout: float = 600, **environment: str) -> dict[str, Any]:
    """One fresh process; its one line of JSON. Raises RuntimeError with the process's last words when it fails."""
    command = [sys.executable, "-m", "benchmarks.child", *arguments]
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env={**os.environ, **environment},
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise RuntimeError(lines[-1])
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def _limit(what: str, limit: float, measured: float | None) -> dict[str, Any]:
    return {
        "what": what,
        "limit": limit,
        "measured": measured,
        "reached": None if measured is None else bool(measured <= limit),
    }


def imports(available: Available, *, quick: bool = False) -> Result:
    """Milliseconds to import each peer beyond NumPy."""
    result = Result("import", "import time beyond `import numpy` (numpy: from nothing), ms")
    names = ["numpy", "agrad", "torch", "autograd", "mygrad", "jax"]
    result.missing = [name for name in names if name not in available.versions]
    names = [name for name in names if name in available.versions]
    commands = {name: ("import", name) for name in names}
    if peers.AGRAD in names:
        commands["agrad + first tensor"] = ("first-tensor",)
    with tempfile.TemporaryDirectory() as folder:
        # What users import was compiled before, at installation or the first import, whatever this environment says.
        compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": folder}
        for turn in range(-1, 5 if quick else 15):
            for name in [name for name in commands if name not in result.failed]:
                try:
                    seconds = child(*commands[name], **compiled)["ms"] / 1e3
                except RuntimeError as error:
                    result.failed[name] = str(error)
                    continue
                if turn >= 0:
                    result.rounds.setdefault(name, {})[turn] = seconds
    result.medians = {name: statistics.median(times.values()) for name, times in result.rounds.items() if times}
    ours = result.medians.get(peers.AGRAD)
    result.limits.append(_limit("import agrad, ms beyond numpy", 40.0, None if ours is None else ours * 1e3))
    return result


def peaks(available: Available, result: Result) -> None:
    """Add each peer's peak memory to the ten-million race's result."""
    from .workloads.large import builders

    for peer in builders(0):
        if available.has(peer) and (peer in result.medians or not result.medians):
            try:
                result.extra.setdefault(peer, {})["peak, arrays"] = child("peak", peer)["arrays"]
            except RuntimeError as error:
                result.failed[peer] = f"peak: {error}"
    ours = result.extra.get(peers.AGRAD, {}).get("peak, arrays")
    result.limits.append(_limit("agrad's peak, arrays", 5.2, ours))


def million(available: Available, *, quick: bool = False, only: set[str] | None = None) -> Result:
    """The chain of a million scalar operations: time, bytes a node, linearity, what stays with the collector off."""
    count = MILLION // 10 if quick else MILLION
    result = Result("million", f"a chain of {count:,} scalar ops")
    names = [peers.NUMPY, peers.AGRAD, peers.TORCH, peers.AUTOGRAD, peers.MYGRAD]
    result.missing = [name for name in names if not available.has(name)]
    names = [name for name in names if available.has(name) and (only is None or name in only or name == peers.NUMPY)]
    slow = (peers.AUTOGRAD, peers.MYGRAD)  # half a minute or more each: one round
    expected: float | None = None
    for turn in range(1 if quick else 3):
        for name in list(names):
            if turn and name in slow:
                continue
            try:
                found = child("million", name, str(count), "gc")
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                result.failed[name] = str(error)[:300]
                names.remove(name)
                continue
            if expected is None:
                expected = found["gradient"]
            if abs(found["gradient"] - expected) > 1e-9 * abs(expected):
                result.failed[name] = f"wrong answer: {found['gradient']} where NumPy gives {expected}"
                names.remove(name)
                continue
            result.rounds.setdefault(name, {})[turn] = found["seconds"]
            extra = result.extra.setdefault(name, {})
            extra["bytes a node"] = found["bytes"]
            extra["forward, s"], extra["backward, s"] = found["forward"], found["backward"]
    result.medians = {name: statistics.median(times.values()) for name, times in result.rounds.items()}
    ratio = result.ratio(peers.AGRAD, peers.TORCH)
    result.limits.append(_limit("agrad / torch", 0.3, ratio))
    if peers.AGRAD in names:
        extra = result.extra[peers.AGRAD]
        result.limits.append(_limit("agrad's bytes a node", 300.0, extra["bytes a node"]))
        tenth = child("million", peers.AGRAD, str(count // 10), "gc")
        extra["time a node, against a tenth of the length"] = result.medians[peers.AGRAD] / (10 * tenth["seconds"])
        off = child("million", peers.AGRAD, str(count), "off")
        extra["seconds, collector off"] = off["seconds"]
        extra["objects left, collector off"] = off["left"]
        result.limits.append(_limit("agrad's objects left of them, collector off", 1000, off["left"]))
    return result
