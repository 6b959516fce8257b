"""agrad: a Tensor that feels like PyTorch's, with autograd over any array library that speaks the Array API standard.

``import agrad as torch`` runs programs written for PyTorch's Tensor; ``agrad.array_api`` is the standard's face of the same Tensor.
"""

from __future__ import annotations

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from agrad import accelerator as accelerator
from agrad import array_api as array_api
from agrad import autograd as autograd
from agrad import backend as backend
from agrad import backends as backends
from agrad import cuda as cuda
from agrad import errors as errors
from agrad import fft as fft
from agrad import linalg as linalg
from agrad import random as random
from agrad import special as special
from agrad.array_api.constants import e, inf, nan, newaxis, pi
from agrad.autograd.anomaly_mode import is_anomaly_check_nan_enabled, is_anomaly_enabled
from agrad.backend import (
    available_backends,
    get_backend,
    get_default_backend,
    set_default_backend,
    use_backend,
)
from agrad.bridges import from_jax as from_jax
from agrad.bridges import to_jax as to_jax
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
from agrad.extend import primitive as primitive
from agrad.tensor import Tensor
from agrad.torch_api import return_types as return_types
from agrad.torch_api import serialization as serialization
from agrad.torch_api.activation import (
    celu,
    hardshrink,
    log_softmax,
    prelu,
    relu,
    selu,
    sigmoid,
    softmax,
    threshold,
)
from agrad.torch_api.comparison import (
    allclose,
    bucketize,
    eq,
    equal,
    ge,
    greater,
    greater_equal,
    gt,
    isclose,
    isfinite,
    isin,
    isinf,
    isnan,
    isneginf,
    isposinf,
    isreal,
    le,
    less,
    less_equal,
    lt,
    ne,
    not_equal,
    searchsorted,
)
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
    scalar_tensor,
    zeros,
    zeros_like,
)
from agrad.torch_api.creation_ranges import arange, eye, linspace, logspace, range
from agrad.torch_api.creation_windows import (
    bartlett_window,
    blackman_window,
    hamming_window,
    hann_window,
    kaiser_window,
)
from agrad.torch_api.indexing_put import (
    index_put,
    index_put_,
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
from agrad.torch_api.inplace_arithmetic import (
    abs_,
    ceil_,
    celu_,
    clamp_,
    clamp_max_,
    clamp_min_,
    clip_,
    conj_physical_,
    fill,
    fill_,
    fix_,
    floor_,
    frac_,
    gcd_,
    lcm_,
    ldexp_,
    nan_to_num_,
    neg_,
    negative_,
    reciprocal_,
    relu_,
    round_,
    rsqrt_,
    selu_,
    sqrt_,
    square_,
    threshold_,
    trunc_,
    zero_,
)
from agrad.torch_api.inplace_functions import (
    acos_,
    acosh_,
    arccos_,
    arccosh_,
    arcsin_,
    arcsinh_,
    arctan_,
    arctanh_,
    asin_,
    asinh_,
    atan_,
    atanh_,
    cos_,
    cosh_,
    deg2rad_,
    erf_,
    erfc_,
    exp2_,
    exp_,
    expm1_,
    i0_,
    log1p_,
    log2_,
    log10_,
    log_,
    logit_,
    rad2deg_,
    sigmoid_,
    sin_,
    sinc_,
    sinh_,
    tan_,
    tanh_,
    xlogy_,
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
from agrad.torch_api.linalg_lu import lu_unpack
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
    lu,
    lu_solve,
    matrix_exp,
    matrix_power,
    pinverse,
    qr,
    slogdet,
    svd,
)
from agrad.torch_api.pointwise_arithmetic import (
    abs,
    absolute,
    add,
    addcdiv,
    addcmul,
    div,
    divide,
    float_power,
    floor_divide,
    fmod,
    frexp,
    gcd,
    hypot,
    lcm,
    ldexp,
    lerp,
    mul,
    multiply,
    neg,
    negative,
    positive,
    pow,
    reciprocal,
    remainder,
    rsqrt,
    rsub,
    sgn,
    sign,
    sqrt,
    square,
    sub,
    subtract,
    true_divide,
)
from agrad.torch_api.pointwise_complex import (
    angle,
    complex,
    conj,
    conj_physical,
    imag,
    polar,
    real,
    view_as_complex,
    view_as_real,
)
from agrad.torch_api.pointwise_functions import (
    acos,
    acosh,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cos,
    cosh,
    deg2rad,
    digamma,
    erf,
    erfc,
    erfinv,
    exp,
    exp2,
    expm1,
    i0,
    igamma,
    igammac,
    lgamma,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    logaddexp2,
    logit,
    mvlgamma,
    polygamma,
    rad2deg,
    sin,
    sinc,
    sinh,
    tan,
    tanh,
    xlogy,
)
from agrad.torch_api.pointwise_logic import (
    bitwise_and,
    bitwise_left_shift,
    bitwise_not,
    bitwise_or,
    bitwise_right_shift,
    bitwise_xor,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
)
from agrad.torch_api.pointwise_rounding import (
    ceil,
    clamp,
    clamp_max,
    clamp_min,
    clip,
    copysign,
    fix,
    floor,
    fmax,
    fmin,
    frac,
    heaviside,
    maximum,
    minimum,
    nan_to_num,
    nextafter,
    round,
    signbit,
    trunc,
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
from agrad.torch_api.reduction import (
    all,
    any,
    count_nonzero,
    logsumexp,
    mean,
    nanmean,
    nansum,
    prod,
    std,
    std_mean,
    sum,
    var,
    var_mean,
)
from agrad.torch_api.reduction_counting import (
    bincount,
    histc,
    histogram,
    histogramdd,
    unique,
    unique_consecutive,
)
from agrad.torch_api.reduction_distances import (
    cdist,
    corrcoef,
    cosine_similarity,
    cov,
    dist,
    norm,
    pairwise_distance,
    pdist,
    renorm,
)
from agrad.torch_api.reduction_extremes import (
    amax,
    amin,
    aminmax,
    argmax,
    argmin,
    max,
    min,
)
from agrad.torch_api.reduction_running import (
    cummax,
    cummin,
    cumprod,
    cumsum,
    cumulative_trapezoid,
    diff,
    gradient,
    logcumsumexp,
    trapezoid,
    trapz,
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
from agrad.torch_api.sorting import (
    argsort,
    kthvalue,
    median,
    mode,
    msort,
    nanmedian,
    nanquantile,
    quantile,
    sort,
    topk,
)
from agrad.torch_api.spectral import istft, stft
from agrad.torch_api.storage import clone, detach, detach_
from agrad.torch_api.storage_types import (
    BoolStorage,
    ByteStorage,
    CharStorage,
    DoubleStorage,
    FloatStorage,
    HalfStorage,
    IntStorage,
    LongStorage,
    ShortStorage,
)
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
    get_device,
    iinfo,
    is_complex,
    is_conj,
    is_floating_point,
    is_inference,
    is_neg,
    is_nonzero,
    is_same_size,
    is_signed,
    is_tensor,
    layout,
    memory_format,
    numel,
    preserve_format,
    promote_types,
    resolve_conj,
    resolve_neg,
    result_type,
    set_default_device,
    set_default_tensor_type,
    strided,
    typename,
)

__all__ = [
    "AgradError", "BFloat16Tensor", "BoolStorage", "BoolTensor", "ByteStorage", "ByteTensor", "CharStorage",
    "CharTensor", "DoubleStorage", "DoubleTensor", "FloatStorage", "FloatTensor", "Generator", "HalfStorage",
    "HalfTensor", "IntStorage", "IntTensor", "LongStorage", "LongTensor", "ShortStorage", "ShortTensor", "Size",
    "Tensor", "TypedStorage", "UntypedStorage", "abs", "abs_", "absolute", "accelerator", "acos", "acos_", "acosh",
    "acosh_", "adaptive_avg_pool1d", "add", "addbmm", "addcdiv", "addcmul", "addmm", "addmv", "addr", "adjoint", "all",
    "allclose", "alpha_dropout", "amax", "amin", "aminmax", "amp", "angle", "any", "arange", "arccos", "arccos_",
    "arccosh", "arccosh_", "arcsin", "arcsin_", "arcsinh", "arcsinh_", "arctan", "arctan2", "arctan_", "arctanh",
    "arctanh_", "are_deterministic_algorithms_enabled", "argmax", "argmin", "argsort", "argwhere", "array_api",
    "as_strided", "as_tensor", "asarray", "asin", "asin_", "asinh", "asinh_", "atan", "atan2", "atan_", "atanh",
    "atanh_", "atleast_1d", "atleast_2d", "atleast_3d", "autocast", "autograd", "available_backends", "avg_pool1d",
    "backend", "backends", "baddbmm", "bartlett_window", "batch_norm", "bernoulli", "bfloat16", "bilinear", "bincount",
    "binomial", "bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor",
    "blackman_window", "block_diag", "bmm", "bool", "broadcast_shapes", "broadcast_tensors", "broadcast_to",
    "bucketize", "can_cast", "cartesian_prod", "cat", "cdist", "cdouble", "ceil", "ceil_", "celu", "celu_", "cfloat",
    "chain_matmul", "channel_shuffle", "channels_last", "channels_last_3d", "cholesky", "cholesky_inverse",
    "cholesky_solve", "chunk", "clamp", "clamp_", "clamp_max", "clamp_max_", "clamp_min", "clamp_min_", "clip", "clip_",
    "clone", "column_stack", "combinations", "complex", "complex128", "complex64", "concat", "concatenate", "conj",
    "conj_physical", "conj_physical_", "contiguous_format", "conv1d", "conv2d", "conv3d", "conv_transpose1d",
    "conv_transpose2d", "conv_transpose3d", "copysign", "corrcoef", "cos", "cos_", "cosh", "cosh_", "cosine_similarity",
    "count_nonzero", "cov", "cross", "cuda", "cummax", "cummin", "cumprod", "cumsum", "cumulative_trapezoid",
    "default_generator", "deg2rad", "deg2rad_", "det", "detach", "detach_", "device", "diag", "diag_embed", "diagflat",
    "diagonal", "diagonal_scatter", "diff", "digamma", "dist", "distributed", "distributions", "div", "divide", "dot",
    "double", "dropout", "dropout_", "dsplit", "dstack", "dtype", "e", "einsum", "embedding", "empty", "empty_like",
    "empty_strided", "enable_grad", "eq", "equal", "erf", "erf_", "erfc", "erfc_", "erfinv", "errors", "exp", "exp2",
    "exp2_", "exp_", "expm1", "expm1_", "eye", "feature_alpha_dropout", "fft", "fill", "fill_", "finfo", "fix", "fix_",
    "flatten", "flip", "fliplr", "flipud", "float", "float16", "float32", "float64", "float_power", "floor", "floor_",
    "floor_divide", "fmax", "fmin", "fmod", "fork_rng", "frac", "frac_", "frexp", "from_dlpack", "from_jax",
    "from_numpy", "frombuffer", "full", "full_like", "func", "gather", "gcd", "gcd_", "ge", "ger", "get_backend",
    "get_default_backend", "get_default_device", "get_default_dtype", "get_device", "get_float32_matmul_precision",
    "get_num_interop_threads", "get_num_threads", "get_printoptions", "get_rng_state", "grad", "gradient", "greater",
    "greater_equal", "group_norm", "gt", "half", "hamming_window", "hann_window", "hardshrink", "heaviside", "hessian",
    "histc", "histogram", "histogramdd", "hsplit", "hstack", "hvp", "hypot", "i0", "i0_", "igamma", "igammac", "iinfo",
    "imag", "index_add", "index_copy", "index_fill", "index_put", "index_put_", "index_reduce", "index_select", "inf",
    "inference_mode", "initial_seed", "inner", "int", "int16", "int32", "int64", "int8", "inverse",
    "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "is_complex", "is_conj", "is_floating_point",
    "is_grad_enabled", "is_inference", "is_inference_mode_enabled", "is_neg", "is_nonzero", "is_same_size", "is_signed",
    "is_storage", "is_tensor", "isclose", "isfinite", "isin", "isinf", "isnan", "isneginf", "isposinf", "isreal",
    "istft", "jacobian", "jvp", "kaiser_window", "kron", "kthvalue", "layer_norm", "layout", "lcm", "lcm_", "ldexp",
    "ldexp_", "le", "lerp", "less", "less_equal", "lgamma", "linalg", "linspace", "load", "log", "log10", "log10_",
    "log1p", "log1p_", "log2", "log2_", "log_", "log_softmax", "logaddexp", "logaddexp2", "logcumsumexp", "logdet",
    "logical_and", "logical_not", "logical_or", "logical_xor", "logit", "logit_", "logspace", "logsumexp", "long", "lt",
    "lu", "lu_solve", "lu_unpack", "manual_seed", "masked_fill", "masked_scatter", "masked_select", "matmul",
    "matrix_exp", "matrix_power", "max", "max_pool1d", "max_pool2d", "max_pool3d", "maximum", "mean", "median",
    "memory_format", "meshgrid", "min", "minimum", "mm", "mode", "moveaxis", "movedim", "msort", "mul", "multinomial",
    "multiply", "mv", "mvlgamma", "nan", "nan_to_num", "nan_to_num_", "nanmean", "nanmedian", "nanquantile", "nansum",
    "narrow", "narrow_copy", "ne", "neg", "neg_", "negative", "negative_", "newaxis", "nextafter", "nn", "no_grad",
    "nonzero", "norm", "normal", "not_equal", "numel", "ones", "ones_like", "optim", "outer", "pairwise_distance",
    "pdist", "permute", "pi", "pinverse", "pixel_shuffle", "pixel_unshuffle", "poisson", "polar", "polygamma",
    "positive", "pow", "prelu", "preserve_format", "primitive", "prod", "promote_types", "put", "qr", "quantile",
    "rad2deg", "rad2deg_", "rand", "rand_like", "randint", "randint_like", "randn", "randn_like", "random", "randperm",
    "range", "ravel", "real", "reciprocal", "reciprocal_", "relu", "relu_", "remainder", "renorm", "repeat_interleave",
    "reshape", "resolve_conj", "resolve_neg", "result_type", "return_types", "rms_norm", "roll", "rot90", "round",
    "round_", "row_stack", "rrelu", "rrelu_", "rsqrt", "rsqrt_", "rsub", "save", "scalar_tensor", "scatter",
    "scatter_add", "scatter_reduce", "searchsorted", "seed", "select", "select_scatter", "selu", "selu_",
    "serialization", "set_default_backend", "set_default_device", "set_default_dtype", "set_default_tensor_type",
    "set_float32_matmul_precision", "set_grad_enabled", "set_num_interop_threads", "set_num_threads",
    "set_printoptions", "set_rng_state", "sgn", "short", "sigmoid", "sigmoid_", "sign", "signbit", "sin", "sin_",
    "sinc", "sinc_", "sinh", "sinh_", "slice_scatter", "slogdet", "softmax", "sort", "special", "split",
    "split_with_sizes", "sqrt", "sqrt_", "square", "square_", "squeeze", "stack", "std", "std_mean", "stft", "strided",
    "sub", "subtract", "sum", "svd", "swapaxes", "swapdims", "t", "take", "take_along_dim", "tan", "tan_", "tanh",
    "tanh_", "tensor", "tensor_split", "tensordot", "testing", "threshold", "threshold_", "tile", "to_dlpack", "to_jax",
    "topk", "trace", "transpose", "trapezoid", "trapz", "tril", "tril_indices", "triu", "triu_indices", "true_divide",
    "trunc", "trunc_", "typename", "uint16", "uint32", "uint64", "uint8", "unbind", "unflatten", "unique",
    "unique_consecutive", "unravel_index", "unsqueeze", "use_backend", "use_deterministic_algorithms", "utils",
    "value_and_grad", "vander", "var", "var_mean", "vdot", "view_as_complex", "view_as_real", "viz", "vjp", "vmap",
    "vsplit", "vstack", "where", "xlogy", "xlogy_", "zero_", "zeros", "zeros_like",
]  # fmt: skip

__version__ = "0.1.0"

if _TYPE_CHECKING:
    from agrad import distributions as distributions
    from agrad import func as func
    from agrad import nn as nn
    from agrad import optim as optim
    from agrad import testing as testing
    from agrad import utils as utils
    from agrad import viz as viz
    from agrad.func._numbers import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp, vmap
    from agrad.nn.functional import (
        adaptive_avg_pool1d,
        avg_pool1d,
        bilinear,
        channel_shuffle,
        conv1d,
        conv2d,
        conv3d,
        conv_transpose1d,
        conv_transpose2d,
        conv_transpose3d,
        max_pool1d,
        max_pool2d,
        max_pool3d,
        pixel_shuffle,
        pixel_unshuffle,
        rms_norm,
        rrelu,
        rrelu_,
    )
    from agrad.nn.functional.plain import (
        alpha_dropout,
        batch_norm,
        dropout,
        dropout_,
        embedding,
        feature_alpha_dropout,
        group_norm,
        layer_norm,
    )

#: packages that are loaded when first asked for
_PACKAGES = ("amp", "distributed", "distributions", "func", "nn", "optim", "testing", "utils", "viz")
#: the function transforms, which take a while to import and are loaded when first asked for
_TRANSFORMS = ("grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp", "vmap")
#: functions of layers, which come with the package of networks
_LAYERS = (
    "adaptive_avg_pool1d",
    "avg_pool1d",
    "bilinear",
    "channel_shuffle",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "pixel_shuffle",
    "pixel_unshuffle",
    "rms_norm",
    "rrelu",
    "rrelu_",
)
_PLAIN_LAYERS = (
    "alpha_dropout",
    "batch_norm",
    "dropout",
    "dropout_",
    "embedding",
    "feature_alpha_dropout",
    "group_norm",
    "layer_norm",
)


def __getattr__(name: str) -> _Any:
    if name in _PACKAGES:
        return _import_module(f"agrad.{name}")
    if name in _TRANSFORMS:
        return getattr(_import_module("agrad.func._numbers"), name)
    if name in _LAYERS:
        return getattr(_import_module("agrad.nn.functional"), name)
    if name in _PLAIN_LAYERS:
        return getattr(_import_module("agrad.nn.functional.plain"), name)
    if name == "default_generator":
        return random.default_generator()
    if name == "autocast":
        return _import_module("agrad.amp").autocast
    if name.startswith("_foreach_"):
        return getattr(_import_module("agrad.foreach"), name)
    raise AttributeError(f"module 'agrad' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
