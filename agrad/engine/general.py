"""The careful path of an operation: everything the hot path leaves out, in the order in which it has to happen.

1. every array argument becomes a fresh Tensor (numbers stay numbers until the common dtype is known);
2. a transform's tensors hand the operation to their level (:mod:`agrad.engine.levels`);
3. backends and devices must agree;
4. operands that take part in promotion are cast to the common dtype;
5. the raw operation runs; 6. its results are wrapped; 7. a node is recorded where gradients are wanted.

Nothing is changed before step 7 is done, so an exception anywhere leaves all as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad import dtypes
from agrad.backend import backend_of
from agrad.backend_records import paths
from agrad.engine.core import TensorCore, classes, next_sequence, options_like, wrap, wrap_foreign
from agrad.engine.modes import local, state
from agrad.engine.op import KEEP, META, SKIP, Meta, Op
from agrad.errors import BackendError, DeviceError, GradError, NotAnOperand, ShapeError

if TYPE_CHECKING:
    from agrad.backend import Backend, TensorOptions
    from agrad.engine.node import Node

INFERENCE_SAVED = (
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in computation tracked "
    "by autograd. To work around this, you can make a clone to get a normal tensor and use it in autograd, or use "
    "agrad.no_grad() instead of agrad.inference_mode()."
)
NUMBERS: tuple[Any, ...] = (bool, int, float, complex)


class _Hooks:
    """What later modules add to the careful path: views, named tensors, saved-tensor hooks and anomaly mode."""

    __slots__ = ("arranged", "axes", "named", "recorded", "viewed", "written")

    def __init__(self) -> None:
        self.arranged: Any = (
            None  # (op, tensors, result) -> None: note the strides of an elementwise operation's result
        )
        self.viewed: Any = None  # (op, result, source, params) -> result: note shared storage
        self.recorded: Any = None  # (op, node, tensors) -> None: a node was made in a special mode
        # set together, when the first tensor gets names:
        self.named: Any = None  # (op, tensors, result, params) -> result: carry names on
        self.axes: Any = None  # (tensors, params, elementwise) -> params: numbers for names of axes; names are compared
        self.written: Any = None  # (target, result) -> None: a write is about to be made in place


hooks = _Hooks()


def as_operand(value: Any, options: TensorOptions | None = None) -> Any:
    """Return a Tensor or Python number for an argument of an operation; a raw array promotes as the standard says.

    Raises
    ------
    TypeError
        When the value is neither a Tensor, a number nor an array of a known backend.
    """
    if isinstance(value, TensorCore):
        return value
    kind = type(value)
    if kind in NUMBERS:
        return value
    backend = backend_of(value)
    if backend is None:
        for number in NUMBERS:
            if isinstance(value, number):
                return number(value)
        raise TypeError(
            f"expected a Tensor, an array of a known backend or a number; received {type(value).__name__}. "
            "Make it a tensor first: agrad.asarray(value)."
        )
    if options is None:
        raw = backend.ensure_array(value)
        return wrap_foreign(raw, backend.options_of(raw, standard=True))
    return _beside(value, backend, options)


def _beside(value: Any, backend: Backend, options: TensorOptions) -> Any:
    """Return an array that meets a tensor of these options.

    The host library's arrays (NumPy's) are data as much as arrays: beside a tensor in the CPU's memory they become its backend's.
    Its scalars are Python numbers in PyTorch's face.
    """
    if backend.is_scalar(value) and not options.standard:
        return value.item()
    raw = backend.ensure_array(value)
    home: Any = options.backend
    while home.level:
        home = home.inner
    if backend.is_host and home is not backend and options.device.type == "cpu":
        dtype = backend.dtype_of(raw)
        return wrap(
            home.from_host(backend.to_host(raw), dtype, options.device),
            home.options(options.device, dtype, standard=True),
        )
    return wrap_foreign(raw, backend.options_of(raw, standard=True))


def _options_among(args: tuple[Any, ...]) -> TensorOptions | None:
    """Return the options of the first tensor among arguments."""
    for value in args:
        if isinstance(value, TensorCore):
            return value._options
    return None


def common_dtype(operands: list[Any], standard: bool) -> dtypes.DType:
    """Return the dtype that operands of an operation are brought to.

    PyTorch's rule: tensors with dimensions come first, then 0-d tensors, then Python numbers; a later group only counts where its
    kind (bool < integer < floating < complex) is higher. By the standard's rule 0-d arrays are arrays like others.
    """
    groups: list[dtypes.DType | None] = [None, None]
    number_rank = -1
    for operand in operands:
        if isinstance(operand, TensorCore):
            group = 1 if not operand._shape and not standard else 0
            dtype = operand._options.dtype
            before = groups[group]
            groups[group] = dtype if before is None or before is dtype else dtypes.promote(before, dtype)
        else:
            number_rank = max(number_rank, NUMBERS.index(type(operand)))
    result = groups[0]
    second = groups[1]
    if result is None:
        result = second
    elif second is not None and _rank(second) > _rank(result):
        result = dtypes.promote(result, second) if _rank(second) < 3 else second
        if _rank(second) == 3 and groups[0] is not None and _rank(groups[0]) == 2:
            result = groups[0].complex
    if result is None:
        default = dtypes.get_default_dtype()
        return (dtypes.bool, dtypes.int64, default, default.complex)[max(number_rank, 0)]
    if number_rank > _rank(result):
        if number_rank == 1:
            return dtypes.int64
        if number_rank == 2:
            return dtypes.get_default_dtype()
        return (result if _rank(result) == 2 else dtypes.get_default_dtype()).complex
    return result


def _rank(dtype: dtypes.DType) -> int:
    kind = dtype.kind
    return 0 if kind == "bool" else 3 if kind == "complex" else 2 if kind == "float" else 1


def apply(op: Op, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """Run an operation with all care; see the module's text for the steps."""
    if hooks.named is not None:
        params = hooks.axes(args, params, op.elementwise)
    if state.special and local.inference:
        inferred = _infer(op, args, params)
        if inferred is not None:
            return inferred
    try:
        operands = [
            value
            if isinstance(value, TensorCore) or type(value) in NUMBERS
            else as_operand(value, _options_among(args))
            for value in args
        ]
    except TypeError:
        raise _not_an_operand(op, args) from None
    reference: Any = None
    level: Any = None
    for operand in operands:
        if isinstance(operand, TensorCore):
            if reference is None:
                reference = operand
            backend = operand._options.backend
            if backend.level and (level is None or backend.level > level.level):
                level = backend
                reference = operand
    if reference is None:
        if len(args) == 1:
            raise _not_an_operand(op, args)
        reference = _number_tensor(operands)
    if level is not None:
        operands = [
            level.lift(operand) if isinstance(operand, TensorCore) and operand._options.backend.level != level.level
            else operand
            for operand in operands
        ]  # fmt: skip
        if level.interpret is not None:
            return level.interpret(op, operands, params)
        reference = next(o for o in operands if isinstance(o, TensorCore) and o._options.backend.level == level.level)
    if op.check is not None:
        op.check(operands)
    options = reference._options
    same_kind = True
    standard = options.standard
    for operand in operands:
        if isinstance(operand, TensorCore):
            if operand._options is not options:
                same_kind = False
                other = operand._options
                if not other.standard:
                    standard = False
                if other.backend is not options.backend or other.device != options.device:
                    _refuse_mixture(op, operands)
        else:
            same_kind = False
    if not same_kind or (op.dtypes == "float" and not options.is_inexact):
        tensors, raws = _promote(op, operands, options, standard)
    else:
        tensors = operands
        raws = [tensor._data for tensor in operands]
    try:
        if level is not None:
            out = op.call(*raws, **params)
        else:
            out = op.forward(options.xp, *raws, **params)
    except Exception as error:
        return explain(op, error, args, params)
    result = _finish(op, tensors, raws, out, options.with_standard(standard), params)
    if hooks.named is not None:
        result = hooks.named(op, tensors, result, params)
    return result


def _infer(op: Op, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """Run an operation on plain real tensors of one kind in inference mode, the short way; None where there is more to it."""
    if op.outputs != 1 or op.view is not None or not args:
        return None
    options = getattr(args[0], "_options", None)
    if options is None or not options.is_real or options.backend.interpret is not None:
        return None
    raws = []
    for value in args:
        if type(value) is classes.tensor:
            other = value._options
            if other is not options and (
                other.dtype is not options.dtype
                or other.backend is not options.backend
                or other.device != options.device
                or other.standard is not options.standard
            ):
                return None
            raws.append(value._data)
        elif (type(value) is float or type(value) is int) and op.promote is True:
            if args[0]._shape:
                raws.append(options.constants.get(value) if value in options.constants else options.constant(value))
            else:
                raws.append(options.scalars.get(value) if value in options.scalars else options.scalar(value))
        else:
            return None
    try:
        out = op.forward(options.xp, *raws, **params)
    except Exception as error:
        return explain(op, error, args, params)
    return wrap(out, options_like(options, out))


def apply_operator(op: Op, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """Do what :func:`apply` does for an operator between two values: of what is no operand, let Python ask the other side."""
    try:
        return apply(op, args, params)
    except NotAnOperand:
        return NotImplemented


def _not_an_operand(op: Op, args: tuple[Any, ...]) -> NotAnOperand:
    """Return the error for an argument that is no array, in PyTorch's words."""
    name = op.torch_name.partition("Backward")[0].lower() if isinstance(op.torch_name, str) else op.name
    for position, value in enumerate(args):
        if isinstance(value, TensorCore) or (type(value) in NUMBERS and len(args) > 1) or backend_of(value) is not None:
            continue
        called = ("input", "other")[position] if position < 2 else "tensors"
        return NotAnOperand(
            f"{name}(): argument '{called}' (position {position + 1}) must be Tensor, not {type(value).__name__}. "
            "Make it one: agrad.tensor(value)."
        )
    return NotAnOperand(
        f"{name}(): received {', '.join(type(value).__name__ for value in args)}, of which none is a Tensor."
    )


def _number_tensor(operands: list[Any]) -> Any:
    """Make the first number a Tensor of the default backend: an operation on numbers alone gives a Tensor too."""
    from agrad.backend import get_default_backend

    backend = get_default_backend()
    options = backend.options(backend.default_device(), common_dtype(operands, False))
    if not operands:
        raise TypeError("an operation needs at least one array; received none")
    operands[0] = wrap(backend.asarray(operands[0], options.dtype, options.device), options)
    return operands[0]


def _promote(op: Op, operands: list[Any], options: TensorOptions, standard: bool) -> tuple[list[Any], list[Any]]:
    """Return the operands as Tensors (None for a number) and as raw arrays of the common dtype."""
    positions = range(len(operands)) if op.promote is True else op.promote or ()
    taking_part = [operands[position] for position in positions]
    dtype = None
    if taking_part:
        dtype = common_dtype(taking_part, standard)
    elif op.dtypes == "float":
        positions = range(len(operands))
        dtype = options.dtype
    if dtype is not None and op.dtypes == "float" and not dtype.is_inexact:
        dtype = dtypes.get_default_dtype()
    if op.result == "bool" and dtype is not None and any(type(o) is int and _wrapped(o, dtype) != o for o in operands):
        # to compare with a number that the dtype has not
        dtype = dtypes.int64 if options.backend.supports(dtypes.int64) else dtypes.int32
    tensors: list[Any] = []
    raws: list[Any] = []
    for position, operand in enumerate(operands):
        is_tensor = isinstance(operand, TensorCore)
        tensors.append(operand if is_tensor else None)
        if position in positions and dtype is not None:
            target = options.with_dtype(dtype)
            if not is_tensor:
                raws.append(target.constant(_wrapped(operand, dtype) if type(operand) is int else operand))
            elif operand._options.dtype is dtype:
                raws.append(operand._data)
            else:
                raws.append(options.xp.astype(operand._data, target.raw_dtype, copy=False))
        elif is_tensor:
            raws.append(operand._data)
        else:
            number = common_dtype([operand], False) if not isinstance(operand, float | complex) else None
            chosen = (
                number if number is not None else (options.dtype if options.is_inexact else dtypes.get_default_dtype())
            )
            raws.append(options.with_dtype(chosen).constant(operand))
    return tensors, raws


def _wrapped(number: int, dtype: dtypes.DType) -> int:
    """Return an int that an integer dtype cannot hold wrapped around, as PyTorch does."""
    if dtype.kind not in ("int", "uint"):
        return number
    if not -(2**63) <= number < 2**64:
        raise OverflowError(f"int too big to convert: {number} is not in the range of any integer dtype")
    number %= 2**dtype.bits
    return number - 2**dtype.bits if dtype.kind == "int" and number >= 2 ** (dtype.bits - 1) else number


def _finish(
    op: Op, tensors: list[Any], raws: list[Any], out: Any, options: TensorOptions, params: dict[str, Any]
) -> Any:
    """Wrap the raw results and record a node where one is wanted."""
    several = op.outputs != 1
    outs = tuple(out) if several else (out,)
    results = [wrap(value, options_like(options, value)) for value in outs]
    if op.differentiable and (not state.special or local.grad_enabled):
        parents = tuple(None if tensor is None else tensor._node for tensor in tensors)
        wanted = parents if op.vjp_all is not None else tuple(
            parent if position < len(op.vjps) and op.vjps[position] is not None else None
            for position, parent in enumerate(parents)
        )  # fmt: skip
        if any(parent is not None for parent in wanted):
            flags = op.differentiable_outputs or (True,) * len(results)
            recorded = [flag and result._options.is_inexact for flag, result in zip(flags, results, strict=False)]
            if any(recorded):
                node: Any = record(op, tensors, raws, outs if several else out, results, wanted, options, params)
                if several:
                    from agrad.engine.node import Output

                    for index, (result, flag) in enumerate(zip(results, recorded, strict=False)):
                        if flag:
                            result._node = Output.of(node, index)
                else:
                    results[0]._node = node
                if (state.special or not paths.hot) and hooks.recorded is not None:
                    hooks.recorded(op, node, tensors)
    if op.view is not None and hooks.viewed is not None:
        if several:
            results = list(hooks.viewed(op, results, tensors[0], params))
        else:
            results = [hooks.viewed(op, results[0], tensors[0], params)]
    elif op.elementwise and not several and not options.backend.level and hooks.arranged is not None:
        hooks.arranged(op, tensors, results[0])
    return tuple(results) if several else results[0]


def record(
    op: Op,
    tensors: list[Any],
    raws: list[Any],
    out: Any,
    results: list[Any],
    parents: tuple[Node | None, ...],
    options: TensorOptions,
    params: dict[str, Any],
) -> Node:
    """Make the node of an operation, keeping of its values only what the rules of the wanted gradients ask."""
    from agrad.engine.node import General

    is_complex = any(t is not None and t._options.is_complex for t in tensors) or any(
        result._options.is_complex for result in results
    )
    if len(tensors) == 2:
        op = op.number_right if tensors[1] is None else op.number_left if tensors[0] is None else op
    node = General()
    node.op = op.complex if is_complex else op
    node.options = options_like(options, raws[0]) if raws else options
    node.edges = parents
    node.pending = node.extra = None
    node.params = params
    rules = [0] if op.vjp_all is not None else [i for i, parent in enumerate(parents) if parent is not None]
    node.inputs = tuple(
        _kept(raw, max((op.want(rule, 1 + position) for rule in rules), key=_strength), options)
        for position, raw in enumerate(raws)
    )
    want_out = max((op.want(rule, 0) for rule in rules), key=_strength)
    if isinstance(out, tuple):
        node.out = None if want_out == SKIP else tuple(_kept(value, want_out, options) for value in out)
        node.metas = tuple((result._shape, result._options) for result in results)
    else:
        node.out = _kept(out, want_out, options)
        node.metas = None
    node.outputs = None
    node.fixes = tuple(((), options) if t is None else (t._shape, t._options) for t in tensors)
    node.seq = next_sequence()
    foreign = False
    for tensor, kept in zip(tensors, node.inputs, strict=False):
        if tensor is None or kept is None or type(kept) is Meta:
            continue
        if tensor._options.inference:
            raise GradError(INFERENCE_SAVED)
        foreign = foreign or type(tensor) is classes.foreign
    if op.copies and not options.backend.level:
        node.replace_saved(options.backend.copy)
    elif foreign:
        node.inputs = tuple(map(_owned, tensors, node.inputs))
    return node


def _owned(tensor: Any, kept: Any) -> Any:
    """Return what a node keeps of an operand: a copy of an array that somebody else may write to."""
    if type(tensor) is classes.foreign and kept is tensor._data:
        return tensor._options.backend.copy(kept)
    return kept


def plan(op: Op, wanted: tuple[bool, ...]) -> tuple[tuple[int, ...], int, tuple[bool, ...]]:
    """Return what a node keeps of each input and of the output, and which of the `wanted` inputs have a derivative."""
    if op.vjp_all is not None:
        mask = wanted
        rules = [0] if any(wanted) else []
    else:
        mask = tuple(want and i < len(op.vjps) and op.vjps[i] is not None for i, want in enumerate(wanted))
        rules = [i for i, want in enumerate(mask) if want]
    keeps = tuple(
        max((op.want(rule, 1 + i) for rule in rules), key=_strength, default=SKIP) for i in range(len(wanted))
    )
    return keeps, max((op.want(rule, 0) for rule in rules), key=_strength, default=SKIP), mask


def _strength(want: int) -> int:
    return {SKIP: 0, META: 1, KEEP: 2}[want]


def _kept(raw: Any, want: int, options: TensorOptions) -> Any:
    if want == KEEP:
        return raw
    if want == META:
        return Meta(tuple(raw.shape), options_like(options, raw))
    return None


def _refuse_mixture(op: Op, operands: list[Any]) -> None:
    """Raise the error for operands of two backends or two devices."""
    tensors = [operand for operand in operands if isinstance(operand, TensorCore)]
    backends = list(dict.fromkeys(tensor._options.backend.name for tensor in tensors))
    told = ", ".join(f"{t._options.backend.name}:{t._options.device} {t._shape}" for t in tensors)
    if len(backends) > 1:
        raise BackendError(
            f"{op.name} needs all tensors on one backend; received {told}. "
            f"Move one, for example y.to({backends[0]!r}) (its gradient moves back)."
        )
    devices = list(dict.fromkeys(str(tensor._options.device) for tensor in tensors))
    raise DeviceError(
        f"Expected all tensors to be on the same device, but found at least two devices, {' and '.join(devices)}! "
        f"{op.name} received {told}. Move one, for example y.to({devices[0]!r})."
    )


def explain(op: Op, error: Exception, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """Raise what went wrong in PyTorch's words where a shape is the cause, else the error itself."""
    if op.elementwise and not isinstance(error, (AttributeError, ShapeError)):
        shapes = [tensor._shape for tensor in args if isinstance(tensor, TensorCore)]
        told = broadcast_complaint(shapes)
        if told is not None:
            raise ShapeError(f"{told} ({op.name} received shapes {', '.join(map(str, shapes))})") from None
    raise error


def broadcast_complaint(shapes: list[tuple[int, ...]]) -> str | None:
    """Return why shapes do not broadcast, in PyTorch's words, or None when they do."""
    if len(shapes) < 2:
        return None
    ndim = max(map(len, shapes))
    sizes = [1] * ndim
    for shape in shapes:
        for axis in range(ndim - 1, ndim - len(shape) - 1, -1):
            length = shape[axis - ndim]
            if length != sizes[axis]:
                if sizes[axis] == 1:
                    sizes[axis] = length
                elif length != 1:
                    return (
                        f"The size of tensor a ({sizes[axis]}) must match the size of tensor b ({length}) "
                        f"at non-singleton dimension {axis}"
                    )
    return None


__all__ = ["apply", "as_operand", "broadcast_complaint", "common_dtype", "explain", "hooks", "record"]
