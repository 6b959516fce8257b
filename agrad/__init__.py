"""agrad: a Tensor that feels like PyTorch's, with autograd over any array library that speaks the Array API standard.

``import agrad as torch`` runs programs written for PyTorch's Tensor; ``agrad.array_api`` is the standard's face of the same Tensor.
"""

from __future__ import annotations

from agrad import autograd as autograd
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
    arange,
    as_tensor,
    asarray,
    empty,
    empty_like,
    eye,
    from_numpy,
    full,
    full_like,
    linspace,
    ones,
    ones_like,
    tensor,
    zeros,
    zeros_like,
)

__version__ = "0.1.0"
