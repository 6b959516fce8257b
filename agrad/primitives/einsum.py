"""Einstein's summation, taken apart into transposes, products and matrix products.

The confusing case is an axis of length 1 beside a longer one of the same label: it broadcasts, so the label does not
belong to that operand and its axis is dropped first. After that every label has one length, and contracting two
operands is one matmul: labels kept by both are the batch, labels that nobody needs any more are summed over, the rest
are rows and columns.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from agrad.engine.primitive import composite
from agrad.errors import ShapeError
from agrad.primitives._geometry import size_of

Labels = tuple[str, ...]


def _dots(count: int) -> Labels:
    """Return the labels of an ellipsis over `count` axes, counted from the last."""
    return tuple(f".{position}" for position in range(count, 0, -1))


def _read(term: str, ndim: int | None, position: int) -> tuple[Labels, bool]:
    """Return the labels of one operand, an ellipsis spelled out, and whether there was one.

    Raises
    ------
    RuntimeError
        For what is no label and for a number of labels that is not the operand's number of axes, in PyTorch's words.
    """
    head, dots, tail = term.partition("...")
    for letter in head + tail:
        if not (letter.isascii() and letter.isalpha()):
            raise ShapeError(
                f"einsum(): invalid subscript given at index {position} in the equation string, subscripts must be in "
                f"[a-zA-Z]; received {letter!r} in {term!r}"
            )
    named = len(head) + len(tail)
    if ndim is None:
        return tuple(head + tail), bool(dots)
    if named > ndim or (not dots and named != ndim):
        raise ShapeError(
            f"einsum(): the number of subscripts in the equation ({named}) "
            f"{'is more than' if named > ndim else 'does not match'} the number of dimensions ({ndim}) for operand "
            f"{position}{'' if dots else ' and no ellipsis was given'}"
        )
    return (*head, *(_dots(ndim - named) if dots else ()), *tail), bool(dots)


def _parse(equation: str, shapes: Sequence[tuple[int, ...]]) -> tuple[list[Labels], Labels]:
    """Return the labels of each operand and of the result.

    Raises
    ------
    RuntimeError
        For an equation that does not fit the operands.
    """
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(shapes):
        raise ShapeError(
            f"einsum(): {'more' if len(terms) < len(shapes) else 'fewer'} operands were provided than specified in "
            f"the equation: {len(shapes)} for {len(terms)} terms in {equation!r}"
        )
    pairs = enumerate(zip(terms, shapes, strict=True))
    inputs = [_read(term, len(shape), position)[0] for position, (term, shape) in pairs]
    longest = max(sum(label.startswith(".") for label in labels) for labels in inputs)
    ellipsis = _dots(longest)
    if not arrow:
        counts = Counter(label for labels in inputs for label in labels)
        return inputs, (*ellipsis, *sorted(label for label, count in counts.items() if count == 1 and label[0] != "."))
    labels, has_dots = _read(right, None, len(terms))
    place = right.find("...")
    output = (*labels[:place], *ellipsis, *labels[place:]) if has_dots else labels
    known = {label for labels in inputs for label in labels}
    for label in output:
        if label not in known:
            raise ShapeError(
                f"einsum(): output subscript {label} does not appear in the equation for any input "
                f"operand: {equation!r}"
            )
        if output.count(label) > 1:
            raise ShapeError(f"einsum(): output subscript {label} appears more than once in the output: {equation!r}")
    return inputs, output


def _lengths(inputs: list[Labels], shapes: Sequence[tuple[int, ...]]) -> dict[str, int]:
    """Return the length of every label; lengths of 1 broadcast."""
    lengths: dict[str, int] = {}
    for position, (labels, shape) in enumerate(zip(inputs, shapes, strict=True)):
        for label, length in zip(labels, shape, strict=True):
            have = lengths.setdefault(label, length)
            if have == 1:
                lengths[label] = length
            elif length not in (1, have):
                raise ShapeError(
                    f"einsum(): subscript {label} has size {length} "
                    f"for operand {position} which does not broadcast with previously seen size {have}"
                )
    return lengths


def _prepare(xp: Any, x: Any, labels: Labels, lengths: dict[str, int], needed: set[str]) -> tuple[Any, Labels]:
    """Return an operand with each label once: diagonals taken, broadcast axes dropped, what nobody needs summed."""
    spare = tuple(axis for axis, label in enumerate(labels) if x.shape[axis] == 1 and lengths[label] != 1)
    if spare:
        x = xp.squeeze(x, axis=spare)
        labels = tuple(label for axis, label in enumerate(labels) if axis not in spare)
    while len(set(labels)) < len(labels):
        label = next(label for label in labels if labels.count(label) > 1)
        first, second = [axis for axis, one in enumerate(labels) if one == label][:2]
        others = tuple(axis for axis in range(len(labels)) if axis not in (first, second))
        x = xp.linalg.diagonal(xp.permute_dims(x, (*others, first, second)))
        labels = (*(labels[axis] for axis in others), label)
    lonely = tuple(axis for axis, label in enumerate(labels) if label not in needed)
    if lonely:
        x = xp.sum(x, axis=lonely)
        labels = tuple(label for label in labels if label in needed)
    return x, labels


def _ordered(xp: Any, x: Any, labels: Labels, order: Labels) -> Any:
    axes = tuple(labels.index(label) for label in order)
    return x if axes == tuple(range(len(axes))) else xp.permute_dims(x, axes)


def _contract(
    xp: Any, x: Any, left: Labels, y: Any, right: Labels, lengths: dict[str, int], needed: set[str]
) -> tuple[Any, Labels]:
    """Return the product of two operands, summed over the labels that are not needed."""
    batch = tuple(label for label in left if label in right and label in needed)
    summed = tuple(label for label in left if label in right and label not in needed)
    rows = tuple(label for label in left if label not in right)
    columns = tuple(label for label in right if label not in left)
    x = _ordered(xp, x, left, (*batch, *rows, *summed))
    y = _ordered(xp, y, right, (*batch, *summed, *columns))
    sizes = {name: tuple(lengths[label] for label in group) for name, group in
             (("batch", batch), ("rows", rows), ("summed", summed), ("columns", columns))}  # fmt: skip
    out_shape = (*sizes["batch"], *sizes["rows"], *sizes["columns"])
    if not summed:
        x = xp.reshape(x, (*sizes["batch"], *sizes["rows"], *(1 for _ in columns)))
        y = xp.reshape(y, (*sizes["batch"], *(1 for _ in rows), *sizes["columns"]))
        return x * y, (*batch, *rows, *columns)
    one, m, k, n = (size_of(sizes[name]) for name in ("batch", "rows", "summed", "columns"))
    lead = (one,) if batch else ()
    product = xp.matmul(xp.reshape(x, (*lead, m, k)), xp.reshape(y, (*lead, k, n)))
    return xp.reshape(product, out_shape), (*batch, *rows, *columns)


def _cheapest_pair(terms: list[tuple[Any, Labels]], lengths: dict[str, int], output: Labels) -> tuple[int, int]:
    """Return which two operands to contract next: whose product is smallest beside what it replaces."""

    def size(labels: Any) -> int:
        return size_of([lengths[label] for label in labels])

    def cost(i: int, j: int) -> tuple[int, int]:
        left, right = set(terms[i][1]), set(terms[j][1])
        rest = set(output).union(*(labels for at, (_, labels) in enumerate(terms) if at not in (i, j)))
        return size((left | right) & rest) - size(left) - size(right), size(left | right)

    pairs = ((i, j) for i in range(len(terms)) for j in range(i + 1, len(terms)))
    return min(pairs, key=lambda pair: (cost(*pair), pair))


@composite
def einsum(xp: Any, equation: str, /, *operands: Any) -> Any:
    """Return the sum of products that an equation such as "bij,bjk->bik" names; it does not conjugate.

    Parameters
    ----------
    equation : str
        One letter for each axis; ``...`` stands for the axes that have none. Without ``->`` the result has the letters
        that occur once, in alphabetical order, after the ellipsis. A letter twice in one operand takes the diagonal.
    operands : Tensors, or one sequence of them

    Raises
    ------
    RuntimeError
        For an equation that does not fit the operands, in PyTorch's words.

    Notes
    -----
    More than two operands are contracted in a greedy order: always the pair whose product is smallest.
    """
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    if not operands:
        raise ShapeError("einsum(): must provide at least one operand")
    shapes = [tuple(operand.shape) for operand in operands]
    inputs, output = _parse(equation, shapes)
    lengths = _lengths(inputs, shapes)
    # A label that is 1 everywhere it occurs stays where it is; one that is longer elsewhere is dropped by _prepare.
    terms: list[tuple[Any, Labels]] = []
    for position, operand in enumerate(operands):
        others = [label for at, labels in enumerate(inputs) if at != position for label in labels]
        terms.append(_prepare(xp, operand, inputs[position], lengths, {*output, *others}))
    terms = [
        _prepare(xp, x, labels, lengths, _needed(terms, position, output)) for position, (x, labels) in enumerate(terms)
    ]
    while len(terms) > 1:
        i, j = _cheapest_pair(terms, lengths, output)
        (x, left), (y, right) = terms[i], terms[j]
        terms = [term for position, term in enumerate(terms) if position not in (i, j)]
        needed = set(output).union(*(labels for _, labels in terms))
        terms.append(_contract(xp, x, left, y, right, lengths, needed))
    x, labels = terms[0]
    ordered = _ordered(xp, x, labels, output)
    # An operand as it came is shown by a view, which is an object of its own.
    return xp.permute_dims(x, tuple(range(x.ndim))) if ordered is operands[0] else ordered


def _needed(terms: list[tuple[Any, Labels]], position: int, output: Labels) -> set[str]:
    return set(output).union(*(labels for at, (_, labels) in enumerate(terms) if at != position))


__all__ = ["einsum"]
