"""What is measured in a fresh process: ``python -m benchmarks.child import|peak|million PEER`` prints a line of JSON.

A confusing case: resident memory is asked of the kernel, because only the kernel sees what NumPy, PyTorch and XLA
allocate alike.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from . import threads

IMPORTS = {
    "numpy": "numpy",
    "agrad": "agrad",
    "torch": "torch",
    "autograd": "autograd.numpy",
    "mygrad": "mygrad",
    "jax": "jax.numpy",
    "array_api_compat": "array_api_compat.numpy",
}


def resident(field: str) -> int:
    """A field of /proc/self/status in bytes (VmRSS: now, VmHWM: high water)."""
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/self/status has no field {field}")


def import_time(peer: str) -> dict[str, Any]:
    """Milliseconds to import the peer in this process, NumPy already imported (NumPy itself: from nothing)."""
    if peer != "numpy":
        import numpy  # noqa: F401
    start = time.perf_counter()
    __import__(IMPORTS[peer])
    return {"ms": (time.perf_counter() - start) * 1e3}


def first_tensor() -> dict[str, Any]:
    """Milliseconds from `import agrad` to the first Tensor (its backend is loaded then), NumPy already imported."""
    import numpy as np

    start = time.perf_counter()
    import agrad

    agrad.tensor(np.ones(3))
    return {"ms": (time.perf_counter() - start) * 1e3}


def peak(peer: str) -> dict[str, Any]:
    """Peak memory of the ten-million workload, in arrays of x's size."""
    from .workloads import large

    # what a library loads and allocates at its first call is not this workload's
    large.builders(1000)[peer]().run()
    gc.collect()
    with open("/proc/self/clear_refs", "w", encoding="ascii") as clear:
        clear.write("5")
    before = resident("VmRSS")
    contender = large.builders(large.SIZE)[peer]()
    contender.run()
    return {"arrays": (resident("VmHWM") - before) / (large.SIZE * 8)}


MILLION = 1_000_000


def million_numpy(count: int) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    """Raw NumPy: 0-d arithmetic on NumPy scalars, and the gradient of the multiplications."""
    import numpy as np

    def forward() -> Any:
        y = np.float64(0.5)
        for _ in range(count // 2):
            y = y * 1.000001
            y = y + 1e-6
        return y

    def backward(_y: Any) -> Any:
        g = np.float64(1)
        for _ in range(count // 2):
            g = g * 1.000001
        return g

    return forward, backward


def _chain(leaf: Any, count: int) -> Callable[[], Any]:
    def forward() -> Any:
        y = leaf
        for _ in range(count // 2):
            y = y * 1.000001
            y = y + 1e-6
        return y

    return forward


def million_torch(count: int) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    import torch

    torch.set_num_threads(1)
    leaf = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)

    def backward(y: Any) -> Any:
        y.backward()
        return leaf.grad.item()

    return _chain(leaf, count), backward


def million_agrad(count: int) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    import agrad

    leaf = agrad.tensor(0.5, dtype=agrad.float64, requires_grad=True)

    def backward(y: Any) -> Any:
        y.backward()
        return float(leaf.grad)

    return _chain(leaf, count), backward


def million_mygrad(count: int) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    import mygrad

    leaf = mygrad.tensor(0.5)

    def backward(y: Any) -> Any:
        y.backward()
        return leaf.grad.item()

    return _chain(leaf, count), backward


def million_autograd(count: int) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    import autograd
    import numpy as np
    from autograd.core import make_vjp

    del autograd
    kept: list[Any] = []

    def forward() -> Any:
        vjp, y = make_vjp(lambda x: _chain(x, count)(), np.float64(0.5))
        kept[:] = [vjp]
        return y

    def backward(_y: Any) -> Any:
        vjp = kept.pop()
        return vjp(np.float64(1))

    return forward, backward


def million(peer: str, count: int, collector: bool) -> dict[str, Any]:
    """Seconds and bytes a node of a chain of `count` scalar operations, forward and backward; what is left."""
    make = {
        "numpy": million_numpy,
        "agrad": million_agrad,
        "torch": million_torch,
        "autograd": million_autograd,
        "mygrad": million_mygrad,
    }[peer]
    forward, backward = make(1000)
    backward(forward())
    forward, backward = make(count)
    gc.collect()
    if not collector:
        gc.disable()
    blocks, before = sys.getallocatedblocks(), resident("VmRSS")
    start = time.perf_counter()
    y = forward()
    middle = time.perf_counter()
    held = resident("VmRSS") - before
    resume = time.perf_counter()
    gradient = backward(y)
    end = time.perf_counter()
    del y
    return {
        "seconds": (middle - start) + (end - resume),
        "forward": middle - start,
        "backward": end - resume,
        "bytes": held / count,
        "gradient": float(gradient),
        "left": sys.getallocatedblocks() - blocks,
    }


def main(arguments: list[str]) -> None:
    """Run one measurement and print it."""
    threads.single_thread()
    what, *rest = arguments
    if what == "import":
        found = import_time(rest[0])
    elif what == "first-tensor":
        found = first_tensor()
    elif what == "peak":
        found = peak(rest[0])
    elif what == "million":
        found = million(rest[0], int(rest[1]), rest[2] == "gc")
    else:
        raise SystemExit(f"unknown measurement {what!r}")
    print(json.dumps(found))
    sys.stdout.flush()
    os._exit(0)  # tearing down a million objects again is not part of it


if __name__ == "__main__":
    main(sys.argv[1:])
