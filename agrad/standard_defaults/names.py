"""The names of the standard (2025.12), section by section: what a backend's namespace is asked for."""

from __future__ import annotations

CONSTANTS = ("e", "inf", "nan", "newaxis", "pi")
DTYPES = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float32", "float64", "complex64", "complex128",
)  # fmt: skip
#: beyond the standard, on the backends that have them
EXTRA_DTYPES = ("float16", "bfloat16")
CREATION = (
    "arange", "asarray", "empty", "empty_like", "eye", "from_dlpack", "full", "full_like", "linspace", "meshgrid",
    "ones", "ones_like", "tril", "triu", "zeros", "zeros_like",
)  # fmt: skip
DATA_TYPE = ("astype", "can_cast", "finfo", "iinfo", "isdtype", "result_type")
ELEMENTWISE = (
    "abs", "acos", "acosh", "add", "asin", "asinh", "atan", "atan2", "atanh", "bitwise_and", "bitwise_left_shift",
    "bitwise_invert", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "ceil", "clip", "conj", "copysign", "cos",
    "cosh", "divide", "equal", "exp", "expm1", "floor", "floor_divide", "greater", "greater_equal", "hypot", "imag",
    "isfinite", "isinf", "isnan", "less", "less_equal", "log", "log1p", "log2", "log10", "logaddexp", "logical_and",
    "logical_not", "logical_or", "logical_xor", "maximum", "minimum", "multiply", "negative", "nextafter", "not_equal",
    "positive", "pow", "real", "reciprocal", "remainder", "round", "sign", "signbit", "sin", "sinh", "square", "sqrt",
    "subtract", "tan", "tanh", "trunc",
)  # fmt: skip
MANIPULATION = (
    "broadcast_arrays", "broadcast_shapes", "broadcast_to", "concat", "expand_dims", "flip", "moveaxis",
    "permute_dims", "repeat", "reshape", "roll", "squeeze", "stack", "tile", "unstack",
)  # fmt: skip
INDEXING = ("take", "take_along_axis")
SEARCHING = ("argmax", "argmin", "count_nonzero", "nonzero", "searchsorted", "where")
SORTING = ("argsort", "sort")
SET = ("isin", "unique_all", "unique_counts", "unique_inverse", "unique_values")
STATISTICAL = ("cumulative_prod", "cumulative_sum", "max", "mean", "min", "prod", "std", "sum", "var")
UTILITY = ("all", "any", "diff")
LINEAR_ALGEBRA = ("matmul", "matrix_transpose", "tensordot", "vecdot")
LINALG = (
    "cholesky", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "inv", "matmul", "matrix_norm",
    "matrix_power", "matrix_rank", "matrix_transpose", "outer", "pinv", "qr", "slogdet", "solve", "svd", "svdvals",
    "tensordot", "trace", "vecdot", "vector_norm",
)  # fmt: skip
FFT = (
    "fft", "ifft", "fftn", "ifftn", "rfft", "irfft", "rfftn", "irfftn", "hfft", "ihfft", "fftfreq", "rfftfreq",
    "fftshift", "ifftshift",
)  # fmt: skip
#: what a namespace without a dtype of the list may still be used with
OPTIONAL = frozenset({*DTYPES, *EXTRA_DTYPES})
MAIN = (
    *CONSTANTS, *DTYPES, *EXTRA_DTYPES, *CREATION, *DATA_TYPE, *ELEMENTWISE, *MANIPULATION, *INDEXING, *SEARCHING,
    *SORTING, *SET, *STATISTICAL, *UTILITY, *LINEAR_ALGEBRA,
)  # fmt: skip
#: special functions, by SciPy's names: those that SciPy, CuPy and JAX share
SPECIAL = (
    "beta", "betainc", "betaincc", "betaln", "boxcox", "boxcox1p", "digamma", "entr", "erf", "erfc", "erfcinv",
    "erfcx", "erfinv", "exp1", "expi", "expit", "expit_slope", "expn", "gamma", "gammainc", "gammaincc", "gammaln", "gammasgn", "i0",
    "i0e", "i1", "i1e", "kl_div", "log_expit", "log_ndtr", "log_softmax", "loggamma", "logit", "logsumexp",
    "multigammaln", "ndtr", "ndtri", "poch", "polygamma", "psi", "rel_entr", "sici", "sinc", "softmax", "xlog1py",
    "xlogy", "zeta",
)  # fmt: skip
