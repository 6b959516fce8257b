"""A tensor's text, as PyTorch 2.13 prints it.

Nothing here knows an array library: the text is made from Python numbers. A tensor hands over its shape and a function
that fetches values, and that function is asked only for the corners that a summary shows, so that printing a large
tensor on a GPU moves a few numbers.

The confusing case: a tensor of floats that are all integers prints ``1.`` and not ``1.0000``, unless its range asks for
scientific notation; which of the three forms is used is decided once for the whole text, from finite nonzero values
only (see :class:`NumberFormat`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from agrad import dtypes
from agrad.dtypes import DType

#: what a fetched axis is asked for: all of it, or these indices
Pick = slice | list[int]
#: nested lists of Python numbers for one pick per axis (the outer product of the picks); a number for a 0-d tensor
Fetch = Callable[[tuple[Pick, ...]], Any]


class PrintOptions:
    """How tensors are printed.

    Attributes
    ----------
    precision : int
        Digits after the point.
    threshold : float
        A tensor of more elements is summarised.
    edgeitems : int
        Items shown at each end of a summarised axis.
    linewidth : int
        Characters in a line.
    sci_mode : bool, optional
        Force scientific notation on or off; None decides by the range of the values.
    """

    def __init__(self) -> None:
        self.precision: int = 4
        self.threshold: float = 1000
        self.edgeitems: int = 3
        self.linewidth: int = 80
        self.sci_mode: bool | None = None


PRINT_OPTIONS = PrintOptions()
_PROFILES: dict[str, tuple[int, float, int, int]] = {
    "default": (4, 1000, 3, 80),
    "short": (2, 1000, 2, 80),
    "full": (4, math.inf, 3, 80),
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors are printed; what is not given stays, except `sci_mode`, which goes back to deciding by itself.

    Parameters
    ----------
    precision, threshold, edgeitems, linewidth, sci_mode
        As in :class:`PrintOptions`.
    profile : {'default', 'short', 'full'}, optional
        A set of the above, over which the others go.
    """
    options = PRINT_OPTIONS
    if profile in _PROFILES:
        options.precision, options.threshold, options.edgeitems, options.linewidth = _PROFILES[profile]
    if precision is not None:
        options.precision = precision
    if threshold is not None:
        options.threshold = threshold
    if edgeitems is not None:
        options.edgeitems = edgeitems
    if linewidth is not None:
        options.linewidth = linewidth
    options.sci_mode = sci_mode


def get_printoptions() -> dict[str, Any]:
    """Return the options as keywords for :func:`set_printoptions`."""
    return dict(vars(PRINT_OPTIONS))


@contextmanager
def printoptions(**options: Any) -> Iterator[None]:
    """Set options for the length of a ``with`` block."""
    before = get_printoptions()
    set_printoptions(**options)
    try:
        yield
    finally:
        set_printoptions(**before)


class NumberFormat:
    """One form and one width for all real numbers of a text.

    Parameters
    ----------
    values : sequence of bool, int or float
        The numbers that will be shown.
    floating : bool
        Whether they are of a floating dtype.
    """

    __slots__ = ("floating", "spec", "whole", "width")

    def __init__(self, values: Sequence[Any], floating: bool) -> None:
        self.floating = floating
        self.whole = True
        self.width = 1
        self.spec = ".0f"
        if not floating:
            self.width = max((len(str(value)) for value in values), default=1)
            return
        # zeros, infinities and NaNs have no say: they are padded, or overflow, as PyTorch lets them
        counted = [value for value in values if value and math.isfinite(value)]
        if not counted:
            return
        greatest = max(map(abs, counted))
        least = min(map(abs, counted))
        scientific = PRINT_OPTIONS.sci_mode
        if scientific is None:
            scientific = greatest / least > 1000.0 or greatest > 1.0e8 or least < 1.0e-4
        all_whole = all(value == math.ceil(value) for value in counted)
        if scientific:
            self.spec = f".{PRINT_OPTIONS.precision}e"
        elif not all_whole:
            self.spec = f".{PRINT_OPTIONS.precision}f"
        self.whole = all_whole and not scientific
        self.width = max(1, max(len(format(value, self.spec)) for value in counted) + self.whole)

    def text(self, value: Any) -> str:
        """Return one number, right-aligned."""
        if not self.floating:
            return str(value).rjust(self.width)
        text = format(value, self.spec)
        if self.whole and math.isfinite(value):
            text += "."
        return text.rjust(self.width)


class _Layout:
    """The formats of a text and the nested lists that become lines."""

    def __init__(self, values: Any, dtype: DType, shape: tuple[int, ...], summarize: bool) -> None:
        numbers = _flat(values, len(shape))
        self.shape = shape
        self.summarize = summarize
        self.imaginary: NumberFormat | None = None
        if dtype.is_complex:
            self.real = NumberFormat([value.real for value in numbers], True)
            self.imaginary = NumberFormat([value.imag for value in numbers], True)
        else:
            self.real = NumberFormat(numbers, dtype.is_floating_point)

    def number(self, value: Any) -> str:
        if self.imaginary is None:
            return self.real.text(value)
        imaginary = self.imaginary.text(value.imag).lstrip() + "j"
        return self.real.text(value.real) + ("" if imaginary[0] in "+-" else "+") + imaginary

    def cut(self, axis: int) -> bool:
        return self.summarize and self.shape[axis] > 2 * PRINT_OPTIONS.edgeitems

    def row(self, values: list[Any], indent: int) -> str:
        width = self.real.width + 2
        if self.imaginary is not None:
            width += self.imaginary.width + 1
        per_line = max(1, (PRINT_OPTIONS.linewidth - indent) // width)
        edge = PRINT_OPTIONS.edgeitems
        if self.summarize and not edge:
            items = ["..."]
        else:
            items = [self.number(value) for value in values]
            if self.cut(len(self.shape) - 1):
                items.insert(edge, " ...")
        lines = [", ".join(items[at : at + per_line]) for at in range(0, len(items), per_line)]
        return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"

    def block(self, values: Any, axis: int, indent: int) -> str:
        left = len(self.shape) - axis
        if left == 0:
            return self.number(values)
        if left == 1:
            return self.row(values, indent)
        parts = [self.block(part, axis + 1, indent + 1) for part in values]
        if self.cut(axis):
            parts.insert(PRINT_OPTIONS.edgeitems, "...")
        return "[" + ("," + "\n" * (left - 1) + " " * (indent + 1)).join(parts) + "]"


def _flat(values: Any, ndim: int) -> list[Any]:
    if ndim == 0:
        return [values]
    for _ in range(ndim - 1):
        values = [value for part in values for value in part]
    return list(values)


def format_values(shape: tuple[int, ...], get_values: Fetch, dtype: DType, indent: int = 0) -> str:
    """Return the brackets and numbers alone: ``[[1., 2.], [3., 4.]]`` over lines.

    Parameters
    ----------
    shape : tuple of int
    get_values : callable
        Given one pick per axis (a full slice, or a list of indices), returns the values there as nested lists.
    dtype : DType
    indent : int
        Columns before the text, by which further lines are indented.
    """
    size = math.prod(shape)
    if size == 0:
        return "[]"
    summarize = size > PRINT_OPTIONS.threshold
    edge = PRINT_OPTIONS.edgeitems
    picks: list[Pick] = []
    for length in shape:
        ends = [*range(edge), *range(length - edge, length)]
        picks.append(ends if summarize and length > 2 * edge else slice(None))
    if summarize and not edge and shape:
        # nothing is shown but dots
        return "[...]"
    values = get_values(tuple(picks))
    return _Layout(values, dtype, shape, summarize).block(values, 0, indent)


def cells(values: Any, dtype: DType, shape: tuple[int, ...]) -> list[list[str]]:
    """Return the numbers of a vector or matrix as rows of texts, in the form that the whole text has."""
    layout = _Layout(values, dtype, shape, False)
    return [[layout.number(value).strip() for value in row] for row in (values if len(shape) == 2 else [values])]


def has_default_dtype(dtype: DType, default_dtype: DType) -> bool:
    """Whether a dtype is one that a text need not name: the default floats, int64 and bool."""
    # the complex default stays complex64 for a 16-bit default, as in PyTorch
    complex_default = dtypes.complex128 if default_dtype is dtypes.float64 else dtypes.complex64
    return dtype in (default_dtype, complex_default, dtypes.int64, dtypes.bool)


def format_tensor(
    shape: tuple[int, ...],
    get_values: Fetch,
    dtype: DType,
    *,
    device: str | None = None,
    requires_grad: bool = False,
    grad_fn_name: str | None = None,
    names: Sequence[str | None] | None = None,
    tangent: object = None,
    default_dtype: DType | None = None,
    class_name: str = "tensor",
    module: str = "agrad",
) -> str:
    """Return the text of a tensor, PyTorch's to the letter.

    Parameters
    ----------
    shape : tuple of int
    get_values : callable
        As in :func:`format_values`; called at most once, for the corners only when the text is a summary.
    dtype : DType
    device : str, optional
        The device when it is to be shown, that is when it is not the default one.
    requires_grad : bool
    grad_fn_name : str, optional
        'AddBackward0'; goes before `requires_grad`.
    names : sequence of str or None, optional
        The names of the axes.
    tangent : object, optional
        The tangent of a dual tensor.
    default_dtype : DType, optional
        The default floating dtype; the process's when not given.
    class_name : str
        'tensor', or the name of a subclass.
    module : str
        What dtypes are written under.

    Examples
    --------
    >>> from agrad import dtypes
    >>> rows = [[1.0, 2.5], [float("inf"), -4.0]]
    >>> print(format_tensor((2, 2), lambda picks: rows, dtypes.float64, requires_grad=True))
    tensor([[ 1.0000,  2.5000],
            [    inf, -4.0000]], dtype=agrad.float64, requires_grad=True)
    """
    default = dtypes.get_default_dtype() if default_dtype is None else default_dtype
    prefix = class_name + "("
    text = prefix + format_values(shape, get_values, dtype, len(prefix))
    suffixes = [] if device is None else [f"device='{device}'"]
    if math.prod(shape) == 0:
        # with no element to see, int64 is named too
        if len(shape) != 1:
            suffixes.append(f"size={shape}")
        if dtype is not default:
            suffixes.append(f"dtype={module}.{dtype.name}")
    else:
        if not PRINT_OPTIONS.edgeitems:
            suffixes.append(f"size={shape}")
        if not has_default_dtype(dtype, default):
            suffixes.append(f"dtype={module}.{dtype.name}")
    if grad_fn_name is not None:
        suffixes.append(f"grad_fn=<{grad_fn_name}>")
    elif requires_grad:
        suffixes.append("requires_grad=True")
    if names is not None and any(name is not None for name in names):
        suffixes.append(f"names={tuple(names)}")
    if tangent is not None:
        suffixes.append(f"tangent={tangent}")
    return _append(text, suffixes, len(prefix))


def _append(text: str, suffixes: list[str], indent: int) -> str:
    """Write the suffixes behind the text, on a new line where one does not fit."""
    parts = [text]
    used = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if used + len(suffix) + 2 > PRINT_OPTIONS.linewidth:
            parts.append(",\n" + " " * indent + suffix)
            used = indent + len(suffix)
        else:
            parts.append(", " + suffix)
            used += len(suffix) + 2
    return "".join(parts) + ")"


def format_parameter(text: str) -> str:
    """Return the text of a parameter from its tensor's."""
    return f"Parameter containing:\n{text}"


def format_return_type(name: str, fields: Sequence[tuple[str, object]], module: str = "agrad") -> str:
    """Return the text of a named tuple of results, as ``torch.max(x, dim)`` shows it."""
    return f"{module}.return_types.{name}(\n" + ",\n".join(f"{field}={value!r}" for field, value in fields) + ")"
