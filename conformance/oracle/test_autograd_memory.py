"""Peak memory of forward and backward of a 50-layer MLP: agrad's on NumPy is not above PyTorch's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LAYERS, WIDTH, BATCH = 50, 256, 8192
ACTIVATION = BATCH * WIDTH * 4 / 2**20

PROGRAM = f"""
import gc, sys
import numpy as np
module, form = sys.argv[1:]
t = __import__(module)
if module == "torch":
    t.set_num_threads(1)

def memory(key):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith(key))

rng = np.random.default_rng(0)
ws = [t.tensor((rng.normal(size=({WIDTH}, {WIDTH})) / {WIDTH}**0.5).astype("f4"), requires_grad=True) for _ in range({LAYERS})]
bs = [t.tensor(np.zeros({WIDTH}, "f4"), requires_grad=True) for _ in range({LAYERS})]
x = t.tensor(rng.normal(size=({BATCH}, {WIDTH})).astype("f4"))
layer = {{"addmm": lambda y, w, b: t.addmm(b, y, w), "operators": lambda y, w, b: y @ w + b}}[form]

def loss(x):
    y = x
    for w, b in zip(ws, bs):
        y = t.relu(layer(y, w, b))
    return (y * y).mean()

loss(x[:8]).backward()
for one in (*ws, *bs):
    one.grad = None
gc.collect()
with open("/proc/self/clear_refs", "w") as refs:
    refs.write("5")
before = memory("VmRSS")
loss(x).backward()
print((memory("VmHWM") - before) / {ACTIVATION})
"""


def peak(module: str, form: str) -> float:
    """Return the most memory that a training step has at once, in activations."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, module, form], capture_output=True, text=True, check=True)
    return float(done.stdout)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the peak is read from Linux's /proc")
@pytest.mark.parametrize("form", ["addmm", "operators"])
def test_peak_of_an_mlp(form):
    ours, theirs = peak("agrad", form), peak("torch", form)
    # All activations have to be there when backward begins; then as many go as gradients come.
    assert LAYERS - 1 <= ours <= LAYERS + 8
    assert ours <= theirs, f"agrad's peak is {ours:.1f} activations, PyTorch's {theirs:.1f}"
