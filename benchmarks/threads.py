"""One thread for everybody. Imported before NumPy, PyTorch and JAX, which read these settings once."""

from __future__ import annotations

import os

SETTINGS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "JAX_ENABLE_X64": "1",
    "JAX_PLATFORMS": "cpu",
    # XLA's own pool takes its size from NPROC; the flag keeps Eigen's contractions on the calling thread
    "NPROC": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}


def single_thread() -> None:
    """Put the settings into the environment of this process and of those it starts."""
    for name, value in SETTINGS.items():
        if name == "XLA_FLAGS" and os.environ.get(name):
            value = os.environ[name] + " " + value
        os.environ[name] = value


single_thread()
