"""What the rules of matrix functions share: adjoints, embedded diagonals, errors.

The confusing case is an error's class: libraries raise their own for singular matrices and values that are not finite, or
answer with nan. `decomposed` and `spectral` make one error of ours of it.
"""

from collections.abc import Callable
from typing import Any

from agrad.engine.core import classes
from agrad.errors import LinAlgError
from agrad.primitives._helpers import device, is_complex


def call(xp: Any, function: Callable[..., Any], *arrays: Any, **params: Any) -> Any:
    """Call, from within a rule, a primitive that no namespace has: recorded on Tensors, plainly on raw arrays."""
    if xp is classes.tensor_xp:
        return function(*arrays, **params)
    return function.op.forward(xp, *arrays, **params)  # type: ignore[attr-defined]


def decomposed(xp: Any, reason: str, compute: Callable[[], Any], *inputs: Any, finite: bool = False) -> Any:
    """Return what `compute` gives, or raise `reason` where a matrix is singular or not positive definite.

    Some libraries raise, others answer with inf or nan; those say so by ``xp.raises_on_singular = False``, and their
    answers are looked at. Values that are being traced cannot be, and stay as the library gives them.

    Parameters
    ----------
    reason : str
    compute : callable
    *inputs : arrays
    finite : bool
        Whether inputs that are not finite are an error too; else they make a result that is not finite.

    Raises
    ------
    LinAlgError
    """
    try:
        out = compute()
    except Exception as error:
        if type(error).__name__ != "LinAlgError":
            raise
        raise LinAlgError(f"{reason} ({_shapes(inputs)})") from None
    if (finite or not getattr(xp, "raises_on_singular", True)) and 0 not in out.shape:
        try:
            failed = not bool(xp.all(xp.isfinite(out)))
            failed = failed and (finite or all(bool(xp.all(xp.isfinite(x))) for x in inputs))
        except TypeError:
            return out
        if failed:
            raise LinAlgError(f"{reason} ({_shapes(inputs)})")
    return out


def spectral(xp: Any, name: str, compute: Callable[[], Any], x: Any) -> Any:
    """Return what `compute` gives of the finite matrices x.

    Libraries differ where a matrix has an infinity or nan: some raise, some answer nan, and LAPACK's eigh answers with numbers.
    Values that are being traced cannot be looked at, and stay as the library gives them.

    Raises
    ------
    LinAlgError
    """
    reason = f"linalg.{name}: The algorithm failed to converge"
    try:
        finite = bool(xp.all(xp.isfinite(x)))
    except TypeError:
        finite = True
    if not finite:
        raise LinAlgError(
            f"{reason} because the input matrix contained non-finite values ({_shapes((x,))}). Mask or replace nan and inf first."
        )
    try:
        return compute()
    except Exception as error:
        if type(error).__name__ != "LinAlgError":
            raise
        raise LinAlgError(f"{reason} ({_shapes((x,))})") from None


def _shapes(inputs: tuple[Any, ...]) -> str:
    return "received " + " and ".join(f"shape {tuple(x.shape)}, dtype {x.dtype}" for x in inputs)


def adjoint(xp: Any, x: Any) -> Any:
    """Return the conjugate transpose of each matrix."""
    x = xp.matrix_transpose(x)
    return xp.conj(x) if is_complex(xp, x) else x


def conj(xp: Any, x: Any) -> Any:
    """Return the conjugate; a real array as it is."""
    return xp.conj(x) if is_complex(xp, x) else x


def real(xp: Any, x: Any) -> Any:
    """Return the real part; a real array as it is."""
    return xp.real(x) if is_complex(xp, x) else x


def hermitian(xp: Any, x: Any) -> Any:
    """Return the Hermitian part of each matrix, (x + x^H) / 2."""
    return (x + adjoint(xp, x)) * 0.5


def skew(xp: Any, x: Any) -> Any:
    """Return the skew-Hermitian part of each matrix, (x - x^H) / 2."""
    return (x - adjoint(xp, x)) * 0.5


def identity(xp: Any, x: Any) -> Any:
    """Return the identity of a square matrix's size, dtype and device."""
    return xp.astype(eye_mask(xp, x, x.shape[-1], x.shape[-1]), x.dtype)


def eye_mask(xp: Any, x: Any, rows: int, columns: int, offset: int = 0) -> Any:
    """Return a bool matrix on x's device that is true on one diagonal."""
    return xp.eye(rows, columns, k=offset, dtype=xp.bool, device=device(x))


def as_rows(xp: Any, x: Any) -> Any:
    """Return vectors (..., n) as (..., 1, n)."""
    return xp.expand_dims(x, axis=-2)


def as_columns(xp: Any, x: Any) -> Any:
    """Return vectors (..., n) as (..., n, 1)."""
    return xp.expand_dims(x, axis=-1)


def embed_diagonal(xp: Any, x: Any, rows: int | None = None, columns: int | None = None, offset: int = 0) -> Any:
    """Return matrices that are zero but for the diagonal `offset` above, which is x of shape (..., n)."""
    length = x.shape[-1]
    rows = length + abs(offset) if rows is None else rows
    # An offset beyond the matrix has an empty diagonal.
    above = min(max(-offset, 0), rows - length)
    columns = length + abs(offset) if columns is None else columns
    if above or rows != length:
        lead = tuple(x.shape[:-1])
        blocks = [
            xp.zeros((*lead, above), dtype=x.dtype, device=device(x)),
            x,
            xp.zeros((*lead, rows - above - length), dtype=x.dtype, device=device(x)),
        ]
        x = xp.concat([block for block in blocks if block.shape[-1]], axis=-1) if rows else blocks[0]
    column = as_columns(xp, x)
    return xp.where(eye_mask(xp, x, rows, columns, offset), column, xp.zeros_like(column))


def diagonal_of(xp: Any, x: Any) -> Any:
    """Return the main diagonal of each matrix."""
    return xp.linalg.diagonal(x)


def off_diagonal(xp: Any, x: Any) -> Any:
    """Return square matrices with zeros on the diagonal."""
    return xp.where(eye_mask(xp, x, x.shape[-1], x.shape[-1]), xp.zeros_like(x), x)


def magnitude(xp: Any, values: Any) -> Any:
    """Return the largest absolute value along the last axis, 0 where there is none; shape (...), real."""
    absolute = xp.abs(values)
    if values.shape[-1] == 0:
        return xp.sum(absolute, axis=-1)
    return xp.max(absolute, axis=-1)


def largest(xp: Any, x: Any) -> Any:
    """Return the largest absolute value of each matrix, 0 where it has no elements; shape (...), real."""
    absolute = xp.abs(x)
    if 0 in x.shape[-2:]:
        return xp.sum(absolute, axis=(-2, -1))
    return xp.max(absolute, axis=(-2, -1))


def solve_left(xp: Any, triangle: Any, x: Any, *, upper: bool) -> Any:
    """Return triangle^-1 x."""
    return xp.linalg.solve_triangular(triangle, x, upper=upper)


def solve_right_adjoint(xp: Any, triangle: Any, x: Any, *, upper: bool) -> Any:
    """Return x triangle^-H."""
    return adjoint(xp, xp.linalg.solve_triangular(triangle, adjoint(xp, x), upper=upper))


def times_columns(xp: Any, x: Any, values: Any) -> Any:
    """Return x with its columns multiplied by `values`: x diag(values)."""
    return x * as_rows(xp, values)


def times_rows(xp: Any, values: Any, x: Any) -> Any:
    """Return x with its rows multiplied by `values`: diag(values) x."""
    return as_columns(xp, values) * x


def require_matrices(name: str, x: Any) -> None:
    """Raise for an array of fewer than two dimensions, in PyTorch's words."""
    from agrad.errors import ShapeError

    if x.ndim < 2:
        raise ShapeError(
            f"linalg.{name}: The input tensor A must have at least 2 dimensions; received shape {tuple(x.shape)}."
        )


def require_square(name: str, x: Any) -> None:
    """Raise for what is not a square matrix or a batch of them, in PyTorch's words."""
    from agrad.errors import ShapeError

    require_matrices(name, x)
    if x.shape[-1] != x.shape[-2]:
        raise ShapeError(
            f"linalg.{name}: A must be batches of square matrices, but they are {x.shape[-2]} by {x.shape[-1]} matrices"
        )
