"""The record of a primitive: its forward, its rules, and what each rule wants kept.

The confusing case first. A rule is ``(xp, g, out, *inputs, **params)``, and the *names* of its parameters say what a node keeps alive
until backward: ``x`` keeps the array, ``_x`` keeps nothing (None is passed), ``x_meta`` keeps only shape, dtype and device. So the
derivative of multiply wrt x, ``lambda xp, g, _out, _x, y: g * y``, keeps y and neither x nor the product.

A rule is the plain transpose of the derivative; it conjugates nothing. For complex numbers PyTorch's gradient is the Hermitian
transpose, which for a holomorphic function is ``conj(rule(conj(g)))``: the engine does that in one place, :func:`_conjugated`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

Rule = Callable[..., Any]

SKIP, KEEP, META = 0, 1, 2
FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). "
    "Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True "
    "if you need to backward through the graph a second time or if you need to access saved tensors after calling backward."
)


class Linear:
    """The mark of an operation that is linear in an input: its tangent is the operation itself."""

    def __repr__(self) -> str:
        return "LINEAR"


LINEAR = Linear()


class Meta:
    """What a rule may ask of an array without keeping it alive: shape, dtype and device (the backend's own objects)."""

    __slots__ = ("device", "dtype", "options", "shape")

    def __init__(self, shape: tuple[int, ...], options: Any, recorded: bool = False) -> None:
        self.shape = shape
        self.options = options
        self.dtype = options.dtype if recorded else options.raw_dtype
        self.device = options.device if recorded else options.raw_device

    def recorded(self) -> Meta:
        """The same for a rule that runs on Tensors: with agrad's dtype and device objects."""
        return Meta(self.shape, self.options, recorded=True)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        size = 1
        for length in self.shape:
            size *= length
        return size


def _wants(rule: Rule | None, skip: int) -> tuple[tuple[int, ...], int]:
    """Read from a rule's parameter names what it wants of (out, *inputs), and of a variadic tail."""
    if rule is None:
        return (), SKIP
    code = getattr(rule, "__code__", None)
    if code is not None:
        # What inspect.signature says, read where it lies: importing agrad asks a few hundred times.
        names = code.co_varnames[skip : code.co_argcount]
        tail = ""
        if code.co_flags & inspect.CO_VARARGS:
            tail = code.co_varnames[code.co_argcount + code.co_kwonlyargcount]
    else:
        kinds = inspect.Parameter
        parameters = list(inspect.signature(rule).parameters.values())
        positional = [one for one in parameters if one.kind in (kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD)]
        names = tuple(one.name for one in positional[skip:])
        tail = next((one.name for one in parameters if one.kind is kinds.VAR_POSITIONAL), "")
    return tuple(map(_want, names)), _want(tail) if tail else SKIP


def _want(name: str) -> int:
    return SKIP if name.startswith("_") else META if name.endswith("_meta") else KEEP


class Op:
    """One primitive, as the engine sees it.

    Attributes
    ----------
    name : str
        The standard's name, dotted where it lives in an extension ('linalg.inv').
    forward : callable
        ``forward(xp, *arrays, **params)`` on raw arrays.
    vjps : tuple of (rule or None)
        One rule per positional input.
    vjp_all : rule or None
        One rule for all inputs, returning a tuple of cotangents.
    check : callable or None
        Told the operands (Tensors and numbers) on the careful path, it raises for those that the operation does not take.
    copies : bool
        Whether a node keeps copies, so that the operands and the result may be written to before backward: for operations beside
        whose cost a copy is nothing, where PyTorch's node saves something else than the rule asks for.
    """

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        *,
        vjps: Sequence[Rule | None] = (),
        vjp_all: Rule | None = None,
        jvps: Sequence[Any] | None = None,
        jvp_all: Rule | None = None,
        outputs: int | None = 1,
        differentiable_outputs: Sequence[bool] | None = None,
        holomorphic: bool = True,
        promote: bool | tuple[int, ...] = False,
        dtypes: str = "all",
        result: str | None = None,
        elementwise: bool = False,
        view: Callable[..., Any] | None = None,
        batch: Callable[..., Any] | None = None,
        torch_name: str | Callable[..., str] | None = None,
        number_names: tuple[str | None, str | None] = (None, None),
        check: Callable[[list[Any]], None] | None = None,
        copies: bool = False,
    ) -> None:
        self.name = name
        self.copies = copies
        self.forward = forward
        self.vjps = tuple(vjps)
        self.vjp_all = vjp_all
        self.jvps = None if jvps is None else tuple(jvps)
        self.jvp_all = jvp_all
        self.outputs = outputs
        self.differentiable_outputs = None if differentiable_outputs is None else tuple(differentiable_outputs)
        self.holomorphic = holomorphic
        self.promote = promote
        self.dtypes = dtypes
        self.result = result
        self.elementwise = elementwise
        self.view = view
        self.batch = batch
        self.torch_name = torch_name
        self.check = check
        self.call: Callable[..., Any] = forward
        self.differentiable = vjp_all is not None or any(rule is not None for rule in self.vjps)
        self._read_wants()
        self.complex: Op = self
        self.freed: Op = self
        #: whether PyTorch's node for a number operand is another one, which has no place for the number
        self.named_by_number = False
        self._labels: dict[str, Op] = {}
        if self.differentiable:
            if holomorphic:
                self.complex = self._variant(_conjugated, _conjugated_all)
            if self.saves_anything:
                self.freed = self._variant(_freed, _freed)
                self.freed.freed = self.freed
            if self.complex is not self:
                self.complex.freed = self.freed
                self.complex.complex = self.complex
        #: the records of nodes whose second, or first, operand is a Python number: PyTorch names some of them otherwise
        self.number_right, self.number_left = (
            self if stem is None or not self.differentiable else self._renamed(stem, by_number=True)
            for stem in number_names
        )

    def _read_wants(self) -> None:
        """Work out what a node must keep, per input and for the output."""
        self.all_wants, self.all_tail = _wants(self.vjp_all, 2)
        self.wants = tuple(_wants(rule, 2) for rule in self.vjps)
        told = [(self.all_wants, self.all_tail), *self.wants]
        self.saves_anything = any([KEEP in wants or tail == KEEP for wants, tail in told])

    def pass_once(self) -> None:
        """Have backward pass a node of this operation once only, unless the graph is retained, though it keeps nothing."""
        self.saves_anything = True
        self.freed = self._variant(_freed, _freed)
        self.freed.freed = self.complex.freed = self.freed

    def want(self, rule_index: int, position: int) -> int:
        """What rule `rule_index` wants of position 0 (the output) or 1 + i (input i)."""
        if self.vjp_all is not None:
            wants, tail = self.all_wants, self.all_tail
        else:
            wants, tail = self.wants[rule_index]
        return wants[position] if position < len(wants) else tail

    def _variant(self, each: Callable[[Rule], Rule], whole: Callable[[Rule], Rule]) -> Op:
        """Return a copy of this record whose rules are wrapped."""
        variant = object.__new__(Op)
        variant.__dict__.update(self.__dict__)
        variant._labels = {}
        variant.vjps = tuple(None if rule is None else each(rule) for rule in self.vjps)
        variant.vjp_all = None if self.vjp_all is None else whole(self.vjp_all)
        return variant

    def _renamed(self, stem: str | Callable[..., str], *, by_number: bool = False) -> Op:
        """Return a copy of this record whose nodes have another name."""
        variant, complex_, freed = (object.__new__(Op) for _ in range(3))
        for copy, source in ((variant, self), (complex_, self.complex), (freed, self.freed)):
            copy.__dict__.update(source.__dict__)
            copy.torch_name = stem
            copy.named_by_number = by_number
            copy._labels = {}
            copy.complex, copy.freed = complex_, freed
            copy.number_right = copy.number_left = copy
        freed.complex = freed
        return variant

    def labelled(self, stem: str) -> Op:
        """Return a copy of this record whose nodes have another name, the same one each time."""
        found: Op | None = self._labels.get(stem)
        if found is None:
            found = self._labels[stem] = self._renamed(stem)
        return found

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def node_name(self, *shapes: tuple[int, ...], **params: Any) -> str:
        """The name PyTorch gives the node, such as ``AddBackward0``."""
        stem = self.torch_name
        if callable(stem):
            stem = stem(*shapes, **params)
        if stem is None:
            stem = "".join(part.capitalize() for part in self.name.replace(".", "_").split("_"))
        return stem if "Backward" in stem or stem.endswith("Slices") else f"{stem}Backward0"


def _conj(xp: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, (tuple, list)):
        return tuple(_conj(xp, part) for part in value)
    # A cotangent may be real where the function was: conj would be a copy for nothing.
    return xp.conj(value) if xp.isdtype(value.dtype, "complex floating") else value


def _conjugated(rule: Rule) -> Rule:
    def conjugated(xp: Any, g: Any, out: Any, *inputs: Any, **params: Any) -> Any:
        return _conj(xp, rule(xp, _conj(xp, g), out, *inputs, **params))

    return conjugated


_conjugated_all = _conjugated


def _freed(rule: Rule) -> Rule:
    def freed(*_: Any, **__: Any) -> Any:
        from agrad.errors import GradError

        raise GradError(FREED)

    return freed
