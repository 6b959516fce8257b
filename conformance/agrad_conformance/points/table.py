"""All special points, by name; and why a differentiable primitive has none."""

from __future__ import annotations

from agrad.engine.primitive import composites, registry
from agrad.extend import is_foreign
from agrad_conformance.points import Points

_LINEAR = "linear: its derivative is constant, and its second derivative zero"
_PRODUCT = "linear in each argument: a polynomial, the same everywhere"
_MATRICES = "equal or zero eigenvalues, singular values and pivots are judged by its own cases"
_ANALYTIC = "the same power series everywhere"

#: why a primitive has no special point
WITHOUT: dict[str, str] = {
    **dict.fromkeys(
        (
            "array_add", "array_get", "array_set", "as_strided", "astype", "block_diag", "broadcast_to", "complex", "complex_parts",
            "concat", "conj", "copy", "cumulative_sum", "expand_dims", "fft.fft", "fft.fftn", "fft.fftshift", "fft.ifft", "fft.ifftn",
            "fft.ifftshift", "fft.irfft", "fft.irfftn", "fft.rfft", "fft.rfftn", "fill_from", "flip", "from_complex_parts", "imag",
            "linalg.diag_embed", "linalg.diagonal", "linalg.trace", "mask_get", "mask_set", "masked_scatter", "matrix_transpose",
            "mean", "nll_loss", "overwrite", "pad_with", "permute_dims", "put_flat", "real", "repeat_each", "reshape", "roll",
            "scatter_add", "slice_get", "slice_set", "split", "squeeze", "stack", "strided_read", "strided_write", "sum", "take",
            "take_along_axis", "take_flat", "tile", "tril", "triu", "unfold", "unstack",
        ),
        _LINEAR,
    ),
    **dict.fromkeys(("convolution", "linalg.cross", "matmul", "tensordot", "vecdot"), _PRODUCT),
    **dict.fromkeys(("linalg.cofactors", "linalg.matrix_exp", "polar"), _ANALYTIC),
    **dict.fromkeys(
        (
            "linalg.cholesky", "linalg.eig", "linalg.eigh", "linalg.eigvals", "linalg.eigvalsh", "linalg.inv", "linalg.lu",
            "linalg.lu_factor", "linalg.lu_solve", "linalg.lu_unpack", "linalg.pinv", "linalg.qr", "linalg.slogdet",
            "linalg.solve", "linalg.solve_triangular", "linalg.svd", "linalg.svdvals",
        ),
        _MATRICES,
    ),
}  # fmt: skip


def all_points() -> list[Points]:
    """Return all special points of primitives and composites."""
    from agrad_conformance.points import elementwise, reductions, special

    return [*elementwise.POINTS, *special.POINTS, *reductions.POINTS]


def points_of(name: str) -> list[Points]:
    """Return the special points of a primitive or composite."""
    return [points for points in all_points() if points.name == name]


def lacking() -> list[str]:
    """Return the differentiable primitives of agrad that have neither special points nor a reason."""
    known = {points.name for points in all_points()} | set(WITHOUT)
    return sorted(
        name for name, op in registry.items() if op.differentiable and name not in known and not is_foreign(name)
    )


def needless() -> list[str]:
    """Return the names with points, or with a reason for none, that are no differentiable primitive, or have both."""
    named = {points.name for points in all_points()}
    there = {name for name, op in registry.items() if op.differentiable} | set(composites)
    return sorted(((named | set(WITHOUT)) - there) | (named & set(WITHOUT)))


__all__ = ["WITHOUT", "all_points", "lacking", "needless", "points_of"]
