"""agrad: a Tensor that feels like PyTorch's, with autograd over any array library that speaks the Array API standard.

``import agrad as torch`` runs programs written for PyTorch's Tensor; ``agrad.array_api`` is the standard's face of the same Tensor.
"""

from __future__ import annotations

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from agrad import autograd as autograd
from agrad import cuda as cuda
from agrad import fft as fft
from agrad import linalg as linalg
from agrad import random as random
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
from agrad.dtypes import (
    complex64 as cfloat,
)
from agrad.dtypes import (
    complex128 as cdouble,
)
from agrad.dtypes import (
    float16 as half,
)
from agrad.dtypes import (
    float32 as float,
)
from agrad.dtypes import (
    float64 as double,
)
from agrad.dtypes import (
    int16 as short,
)
from agrad.dtypes import (
    int32 as int,
)
from agrad.dtypes import (
    int64 as long,
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
from agrad.torch_api import serialization as serialization
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
from agrad.torch_api.indexing_put import (
    index_put,
    masked_fill,
    masked_scatter,
    put,
)
from agrad.torch_api.indexing_select import (
    argwhere,
    gather,
    index_select,
    masked_select,
    nonzero,
    take,
    take_along_dim,
    unravel_index,
    where,
)
from agrad.torch_api.indexing_slices import (
    index_add,
    index_copy,
    index_fill,
    index_reduce,
)
from agrad.torch_api.joining import (
    block_diag,
    cartesian_prod,
    cat,
    column_stack,
    combinations,
    concat,
    concatenate,
    dstack,
    hstack,
    meshgrid,
    row_stack,
    stack,
    vstack,
)
from agrad.torch_api.machine import (
    are_deterministic_algorithms_enabled,
    get_float32_matmul_precision,
    get_num_interop_threads,
    get_num_threads,
    set_float32_matmul_precision,
    set_num_interop_threads,
    set_num_threads,
    use_deterministic_algorithms,
)
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
from agrad.torch_api.printing import get_printoptions, set_printoptions
from agrad.torch_api.random import (
    Generator,
    bernoulli,
    binomial,
    fork_rng,
    get_rng_state,
    initial_seed,
    manual_seed,
    multinomial,
    normal,
    poisson,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
    seed,
    set_rng_state,
)
from agrad.torch_api.scatter import (
    diagonal_scatter,
    scatter,
    scatter_add,
    scatter_reduce,
    select_scatter,
    slice_scatter,
)
from agrad.torch_api.serialization import load, save
from agrad.torch_api.shape import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    broadcast_shapes,
    broadcast_tensors,
    broadcast_to,
    flatten,
    ravel,
    repeat_interleave,
    reshape,
    squeeze,
    tile,
    unflatten,
    unsqueeze,
)
from agrad.torch_api.shape_axes import (
    adjoint,
    flip,
    fliplr,
    flipud,
    moveaxis,
    movedim,
    permute,
    roll,
    rot90,
    swapaxes,
    swapdims,
    t,
    transpose,
)
from agrad.torch_api.shape_parts import (
    as_strided,
    chunk,
    diagonal,
    dsplit,
    hsplit,
    narrow,
    narrow_copy,
    select,
    split,
    split_with_sizes,
    tensor_split,
    unbind,
    vsplit,
)
from agrad.torch_api.shape_triangles import (
    diag,
    diag_embed,
    diagflat,
    tril,
    tril_indices,
    triu,
    triu_indices,
    vander,
)
from agrad.torch_api.size import Size
from agrad.torch_api.storages import TypedStorage, UntypedStorage, is_storage
from agrad.torch_api.typed_constructors import (
    BFloat16Tensor,
    BoolTensor,
    ByteTensor,
    CharTensor,
    DoubleTensor,
    FloatTensor,
    HalfTensor,
    IntTensor,
    LongTensor,
    ShortTensor,
)
from agrad.torch_api.types import (
    can_cast,
    channels_last,
    channels_last_3d,
    contiguous_format,
    finfo,
    get_default_device,
    iinfo,
    is_complex,
    is_floating_point,
    is_nonzero,
    is_same_size,
    is_tensor,
    layout,
    memory_format,
    numel,
    preserve_format,
    promote_types,
    result_type,
    set_default_device,
    set_default_tensor_type,
    strided,
)


__all__ = [
    "AgradError", "BFloat16Tensor", "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor",
    "Generator", "HalfTensor", "IntTensor", "LongTensor", "ShortTensor", "Size", "Tensor", "TypedStorage",
    "UntypedStorage", "addbmm", "addmm", "addmv", "addr", "adjoint", "arange", "are_deterministic_algorithms_enabled",
    "argwhere", "as_strided", "as_tensor", "asarray", "atleast_1d", "atleast_2d", "atleast_3d", "autograd",
    "available_backends", "baddbmm", "bernoulli", "bfloat16", "binomial", "block_diag", "bmm", "bool",
    "broadcast_shapes", "broadcast_tensors", "broadcast_to", "can_cast", "cartesian_prod", "cat", "cdouble", "cfloat",
    "chain_matmul", "channels_last", "channels_last_3d", "cholesky", "cholesky_inverse", "cholesky_solve", "chunk",
    "column_stack", "combinations", "complex128", "complex64", "concat", "concatenate", "contiguous_format", "cross",
    "cuda", "det", "device", "diag", "diag_embed", "diagflat", "diagonal", "diagonal_scatter", "dot", "double",
    "dsplit", "dstack", "dtype", "einsum", "empty", "empty_like", "empty_strided", "enable_grad", "eye", "fft", "finfo",
    "flatten", "flip", "fliplr", "flipud", "float", "float16", "float32", "float64", "fork_rng", "from_dlpack",
    "from_numpy", "frombuffer", "full", "full_like", "func", "gather", "ger", "get_backend", "get_default_backend",
    "get_default_device", "get_default_dtype", "get_float32_matmul_precision", "get_num_interop_threads",
    "get_num_threads", "get_printoptions", "get_rng_state", "grad", "half", "hessian", "hsplit", "hstack", "iinfo",
    "index_add", "index_copy", "index_fill", "index_put", "index_reduce", "index_select", "inference_mode",
    "initial_seed", "inner", "int", "int16", "int32", "int64", "int8", "inverse", "is_complex", "is_floating_point",
    "is_grad_enabled", "is_inference_mode_enabled", "is_nonzero", "is_same_size", "is_storage", "is_tensor", "jacobian",
    "kron", "layout", "linalg", "linspace", "load", "logdet", "logspace", "long", "manual_seed", "masked_fill",
    "masked_scatter", "masked_select", "matmul", "matrix_exp", "matrix_power", "memory_format", "meshgrid", "mm",
    "moveaxis", "movedim", "multinomial", "mv", "narrow", "narrow_copy", "no_grad", "nonzero", "normal", "numel",
    "ones", "ones_like", "outer", "permute", "pinverse", "poisson", "preserve_format", "promote_types", "put", "qr",
    "rand", "rand_like", "randint", "randint_like", "randn", "randn_like", "random", "randperm", "ravel",
    "repeat_interleave", "reshape", "result_type", "roll", "rot90", "row_stack", "save", "scatter", "scatter_add",
    "scatter_reduce", "seed", "select", "select_scatter", "serialization", "set_default_backend", "set_default_device",
    "set_default_dtype", "set_default_tensor_type", "set_float32_matmul_precision", "set_grad_enabled",
    "set_num_interop_threads", "set_num_threads", "set_printoptions", "set_rng_state", "short", "slice_scatter",
    "slogdet", "split", "split_with_sizes", "squeeze", "stack", "strided", "svd", "swapaxes", "swapdims", "t", "take",
    "take_along_dim", "tensor", "tensor_split", "tensordot", "tile", "to_dlpack", "trace", "transpose", "tril",
    "tril_indices", "triu", "triu_indices", "uint16", "uint32", "uint64", "uint8", "unbind", "unflatten",
    "unravel_index", "unsqueeze", "use_backend", "use_deterministic_algorithms", "value_and_grad", "vander", "vdot",
    "vmap", "vsplit", "vstack", "where", "zeros", "zeros_like",
]  # fmt: skip

__version__ = "0.1.0"

if _TYPE_CHECKING:
    from agrad import func as func
    from agrad import nn as nn
    from agrad import optim as optim
    from agrad import testing as testing
    from agrad import utils as utils
    from agrad import viz as viz
    from agrad.func._numbers import grad, hessian, jacobian, value_and_grad, vmap

#: packages that are loaded when first asked for
_PACKAGES = ("func", "nn", "optim", "testing", "utils", "viz")
#: the function transforms, which take a while to import and are loaded when first asked for
_TRANSFORMS = ("grad", "hessian", "jacobian", "value_and_grad", "vmap")


def __getattr__(name: str) -> _Any:
    if name in _PACKAGES:
        return _import_module(f"agrad.{name}")
    if name in _TRANSFORMS:
        return getattr(_import_module("agrad.func._numbers"), name)
    raise AttributeError(f"module 'agrad' has no attribute {name!r}")
