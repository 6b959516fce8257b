"""agrad: a Tensor that feels like PyTorch's, with autograd over any array library that speaks the Array API standard.

``import agrad as torch`` runs programs written for PyTorch's Tensor; ``agrad.array_api`` is the standard's face of the same Tensor.
"""

from __future__ import annotations

from agrad import autograd as autograd
from agrad import fft as fft
from agrad import linalg as linalg
from agrad.backend import (
    available_backends,
    get_backend,
    get_default_backend,
    set_default_backend,
    use_backend,
)
from agrad.devices import Device as device
from agrad.dtypes import (
    DType as dtype,
)
from agrad.dtypes import (
    bfloat16,
    complex64,
    complex128,
    float16,
    float32,
    float64,
    get_default_dtype,
    int8,
    int16,
    int32,
    int64,
    set_default_dtype,
    uint8,
    uint16,
    uint32,
    uint64,
)
from agrad.dtypes import (
    bool as bool,
)
from agrad.engine.modes import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from agrad.errors import AgradError
from agrad.tensor import Tensor
from agrad.torch_api.creation import (
    as_tensor,
    asarray,
    from_dlpack,
    from_numpy,
    frombuffer,
    tensor,
    to_dlpack,
)
from agrad.torch_api.creation_filled import (
    empty,
    empty_like,
    empty_strided,
    full,
    full_like,
    ones,
    ones_like,
    zeros,
    zeros_like,
)
from agrad.torch_api.creation_ranges import arange, eye, linspace, logspace
from agrad.torch_api.matrices import (
    addbmm,
    addmm,
    addmv,
    addr,
    baddbmm,
    bmm,
    chain_matmul,
    dot,
    einsum,
    ger,
    inner,
    kron,
    matmul,
    mm,
    mv,
    outer,
    tensordot,
    trace,
    vdot,
)
from agrad.torch_api.matrix_functions import (
    cholesky,
    cholesky_inverse,
    cholesky_solve,
    cross,
    det,
    inverse,
    logdet,
    matrix_exp,
    matrix_power,
    pinverse,
    qr,
    slogdet,
    svd,
)

__version__ = "0.1.0"
