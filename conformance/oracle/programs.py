"""Random programs of views, in-place writes and backward passes, run under PyTorch and agrad alike.

A program is grown step by step: a step is drawn by looking at PyTorch's tensors (so that most of what is asked is possible), run under
both, and everything alive is compared afterwards: values, strides, versions, who requires grad, gradients. Where PyTorch raises, agrad
must raise an error of the same class and leave all as it was, and the program goes on.

The confusing case: where PyTorch's own result is undefined (an operand that partly overlaps what is written, and is not dense) the
step is not taken.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch._prims_common import is_non_overlapping_and_dense_or_false as is_dense

import agrad

SHAPES = [(), (3,), (3,), (2, 3), (2, 3), (3, 3), (1, 3), (2, 3, 2), (0,), (2, 0)]


@dataclass
class Step:
    """One line of a program: `made` = name(`used`, **params), by the numbers of the tensors."""

    name: str
    used: tuple[int, ...]
    params: dict[str, Any]
    made: list[int] = field(default_factory=list)
    quiet: bool = False

    def __str__(self) -> str:
        inside = ", ".join(
            [f"t{one}" for one in self.used] + [f"{key}={value!r}" for key, value in self.params.items()]
        )
        left = ", ".join(f"t{one}" for one in self.made)
        return f"{left + ' = ' if left else ''}{self.name}({inside}){'  # no_grad' if self.quiet else ''}"


# ---------------------------------------------------------------- what the steps do


def _make(t: Any, shape: tuple[int, ...], dtype: str, seed: int, requires_grad: bool) -> Any:
    if 0 in shape:  # from a NumPy array PyTorch would take over the strides of nothing
        return t.zeros(shape, dtype=getattr(t, dtype), requires_grad=requires_grad)
    rng = np.random.default_rng(seed)
    values = rng.uniform(-1, 1, shape)
    if dtype == "complex128":
        values = values + 1j * rng.uniform(-1, 1, shape)
    if dtype == "int64":
        values = rng.integers(-3, 4, shape)
    return t.tensor(np.asarray(values, dtype=dtype), requires_grad=requires_grad)


GROW: dict[str, Callable[[Any], Any]] = {
    "tanh": lambda x: x.tanh(),
    "sin": lambda x: x.sin(),
    "half": lambda x: x * 0.5,
    "neg": lambda x: -x,
    "plus": lambda x: x + 1,
    "clone": lambda x: x.clone(),
    "square": lambda x: x * x,
}


def _weights(t: Any, x: Any) -> Any:
    size = 1
    for length in tuple(x.shape):
        size *= length
    values = np.cos(np.arange(1.0, size + 1)).reshape(tuple(x.shape))
    dtype = str(x.dtype).rpartition(".")[2]
    return t.tensor(np.asarray(values, dtype=dtype))


def _backward(t: Any, x: Any, retain: bool) -> None:
    x.backward(_weights(t, x), retain_graph=retain)


def _grad(t: Any, x: Any, y: Any, create: bool) -> Any:
    (g,) = t.autograd.grad(x, y, _weights(t, x), create_graph=create, retain_graph=True, allow_unused=True)
    return [] if g is None else [g.clone().contiguous()]  # PyTorch's may be a view of something inside


def _set_data(_t: Any, x: Any, y: Any) -> None:
    x.data = y


def _set_item(_t: Any, x: Any, y: Any, key: Any) -> None:
    x[key] = y


def _set_part(_t: Any, x: Any, y: Any, name: str) -> None:
    setattr(x, name, y)


def _set_number(_t: Any, x: Any, key: Any, value: float) -> None:
    x[key] = value


def _set_array(t: Any, x: Any, y: Any, index: list[Any]) -> None:
    x[t.tensor(index)] = y


def _set_mask(t: Any, x: Any, value: float) -> None:
    x[x.real > 0 if x.is_complex() else x > 0] = value


#: what each step does with the module and the tensors it uses
DO: dict[str, Callable[..., Any]] = {
    "make": _make,
    "grow": lambda t, x, how: GROW[how](x),
    "mul": lambda t, x, y: x * y,
    "add": lambda t, x, y: x + y,
    "sum": lambda t, x, axis: x.sum(axis),
    "cat": lambda t, x, y: t.cat([x, y]),
    "astype": lambda t, x, name: x.to(getattr(t, name)),
    "take": lambda t, x, index: x[t.tensor(index)].contiguous(),
    "get": lambda t, x, key: x[key],
    "permute": lambda t, x, axes: x.permute(axes),
    "mT": lambda t, x: x.mT,
    "expand": lambda t, x, shape: x.expand(shape),
    "diagonal": lambda t, x, offset: x.diagonal(offset, -2, -1),
    "reshape": lambda t, x, shape: x.reshape(shape),
    "view": lambda t, x, shape: x.view(shape),
    "unsqueeze": lambda t, x, axis: x.unsqueeze(axis),
    "squeeze": lambda t, x, axis: x.squeeze(axis),
    "unbind": lambda t, x, axis: x.unbind(axis),
    "chunk": lambda t, x, axis: x.chunk(2, axis),
    "unfold": lambda t, x, axis, size, step: x.unfold(axis, size, step),
    "as_strided": lambda t, x, shape, strides, offset: x.as_strided(shape, strides, offset),
    "real": lambda t, x: x.real,
    "imag": lambda t, x: x.imag,
    "parts": lambda t, x: t.view_as_real(x),
    "joined": lambda t, x: t.view_as_complex(x),
    "conj": lambda t, x: x.conj(),
    "mH": lambda t, x: x.mH,
    "recast": lambda t, x, name: x.view(getattr(t, name)),
    "detach": lambda t, x: x.detach(),
    "data": lambda t, x: x.data,
    "grad": _grad,
}
#: steps that make no new tensor
CHANGE: dict[str, Callable[..., Any]] = {
    "mul_": lambda t, x, y: x.mul_(y),
    "add_": lambda t, x, y: x.add_(y),
    "mul_number": lambda t, x, value: x.mul_(value),
    "add_number": lambda t, x, value: x.add_(value),
    "tanh_": lambda t, x: x.tanh_(),
    "sin_": lambda t, x: x.sin_(),
    "zero_": lambda t, x: x.zero_(),
    "fill_": lambda t, x, value: x.fill_(value),
    "copy_": lambda t, x, y: x.copy_(y),
    "out": lambda t, x, y: t.mul(y, 0.5, out=x),
    "set": _set_item,
    "set_number": _set_number,
    "set_part": _set_part,
    "set_array": _set_array,
    "set_mask": _set_mask,
    "set_data": _set_data,
    "detach_": lambda t, x: x.detach_(),
    "requires_grad_": lambda t, x, flag: x.requires_grad_(flag),
    "backward": _backward,
    "drop": lambda t, x: None,
}
#: steps that give views, the likelier ones named more often
VIEWS = (
    *(
        "get",
        "get",
        "get",
        "permute",
        "mT",
        "expand",
        "diagonal",
        "reshape",
        "unsqueeze",
        "squeeze",
        "unbind",
        "unfold",
    ),
    *("detach", "detach", "data", "view", "chunk", "as_strided"),
)
WRITES = (
    *("mul_", "add_", "mul_number", "add_number", "tanh_", "sin_", "zero_", "fill_", "copy_", "out"),
    *("set", "set_number", "set_array", "set_mask"),
)


# ---------------------------------------------------------------- drawing a step


class Draw:
    """Draws steps that PyTorch's tensors of the moment allow, most of the time."""

    #: what tensors are made of, the likelier ones named more often
    dtypes: tuple[str, ...] = ("float64",) * 8 + ("float32", "complex128", "int64")

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def shape_step(self, x: torch.Tensor) -> tuple[str, dict[str, Any]] | None:
        """Draw a view of x."""
        rng, ndim = self.rng, x.ndim
        kind = rng.choice(VIEWS)
        if kind == "get":
            return kind, {"key": self.key(x)}
        if kind == "permute":
            axes = list(range(ndim))
            rng.shuffle(axes)
            return kind, {"axes": tuple(axes)}
        if kind in ("mT", "diagonal"):
            if ndim < 2:
                return None
            return kind, {} if kind == "mT" else {"offset": rng.choice([-1, 0, 0, 1])}
        if kind == "expand":
            lead = rng.choice([(), (), (2,)])
            return kind, {"shape": (*lead, *(rng.choice([1, 2, 3]) if n == 1 else -1 for n in x.shape))}
        if kind in ("reshape", "view"):
            return kind, {"shape": rng.choice([(-1,), tuple(x.shape), (1, -1), (-1, 1), (3, -1), (2, -1)])}
        if kind == "unsqueeze":
            return kind, {"axis": rng.randint(0, ndim)}
        if kind == "as_strided":
            if x._is_view():
                return None  # PyTorch drops the gradient of elements that the view itself does not show
            shape = rng.choice([(), (2,), (2, 2)])
            return kind, {
                "shape": shape,
                "strides": tuple(rng.choice([1, 2, 3]) for _ in shape),
                "offset": rng.choice([None, 1]),
            }
        if kind in ("squeeze", "unbind", "chunk"):
            if not ndim:
                return None
            axis = rng.randrange(ndim)
            if kind == "squeeze" and x.shape[axis] != 1:
                return None
            return kind, {"axis": axis}
        if kind == "unfold":
            if not ndim:
                return None
            axis = rng.randrange(ndim)
            return kind, {"axis": axis, "size": rng.randint(0, 2), "step": rng.randint(1, 2)}
        return kind, {}

    def key(self, x: torch.Tensor) -> tuple[Any, ...]:
        """Draw a basic key for x."""
        rng = self.rng
        items: list[Any] = []
        for n in x.shape[: rng.randint(0, x.ndim)]:
            what = rng.random()
            if what < 0.35 and n:
                items.append(rng.randrange(-n, n))
            elif what < 0.8:
                start = rng.choice([None, 0, 1, -1])
                stop = rng.choice([None, None, 2, -1, n])
                items.append(slice(start, stop, rng.choice([None, None, 1, 2])))
            else:
                items.append(slice(None))
        if rng.random() < 0.15:
            items.insert(rng.randint(0, len(items)), None)
        if rng.random() < 0.2:
            items.append(Ellipsis)
        return tuple(items)

    def step(self, alive: dict[int, torch.Tensor]) -> Step | None:
        """Draw a step, or None where the dice gave an impossible one."""
        rng = self.rng
        quiet = rng.random() < 0.15
        if len(alive) < 2 or rng.random() < 0.08:
            dtype = rng.choice(self.dtypes)
            params = {"shape": rng.choice(SHAPES), "dtype": dtype, "seed": rng.randrange(100)}
            grad = dtype != "int64" and rng.random() < 0.5
            return Step("make", (), {**params, "requires_grad": grad}, quiet=False)
        numbers = list(alive)
        one = rng.choice(numbers[-4:] if rng.random() < 0.5 else numbers)
        x = alive[one]
        what = rng.random()
        if len(alive) > 9 or what < 0.03:
            return Step("drop", (one,), {})
        if what < 0.33:
            drawn = self.shape_step(x)
            return None if drawn is None else Step(drawn[0], (one,), drawn[1], quiet=quiet)
        if what < 0.5:
            return self.growth(one, alive, quiet)
        if what < 0.8:
            return self.write(one, alive, quiet)
        if what < 0.92:
            if what < 0.88:
                return Step("backward", (one,), {"retain": rng.random() < 0.5})
            other = rng.choice(numbers)
            return Step("grad", (one, other), {"create": rng.random() < 0.6})
        if what < 0.95:
            if x._is_view():
                return None
            return Step("requires_grad_", (one,), {"flag": rng.random() < 0.7}, quiet=quiet)
        if what < 0.97:
            return Step("detach_", (one,), {}, quiet=quiet)
        same = [n for n, y in alive.items() if n != one and y.dtype == x.dtype and y.shape == x.shape]
        # A leaf that a graph has saved, and a base with views, would be followed by PyTorch to the new memory.
        known = any(y._base is x for y in alive.values())
        if same and not known and not x._is_view() and not x.requires_grad:
            return Step("set_data", (one, rng.choice(same)), {})
        return None

    def growth(self, one: int, alive: dict[int, torch.Tensor], quiet: bool) -> Step | None:
        """Draw an operation that makes new memory."""
        rng, x = self.rng, alive[one]
        kind = rng.choice(["grow", "grow", "mul", "add", "sum", "cat", "astype", "take"])
        if kind == "grow":
            how = rng.choice(sorted(GROW))
            return Step(kind, (one,), {"how": how}, quiet=quiet)
        if kind in ("mul", "add", "cat"):
            return Step(kind, (one, rng.choice(list(alive))), {}, quiet=quiet)
        if kind == "sum":
            return Step(kind, (one,), {"axis": rng.randrange(x.ndim)}, quiet=quiet) if x.ndim else None
        if kind == "astype":
            return Step(kind, (one,), {"name": rng.choice(["float64", "float32", "complex128"])}, quiet=quiet)
        if not x.ndim or not x.shape[0]:
            return None
        return Step(kind, (one,), {"index": [rng.randrange(x.shape[0]) for _ in range(2)]}, quiet=quiet)

    def write(self, one: int, alive: dict[int, torch.Tensor], quiet: bool) -> Step | None:
        """Draw an in-place step."""
        rng, x = self.rng, alive[one]
        kind = rng.choice(WRITES)
        number = rng.choice([0.5, -0.75, 2, 0.25])
        if kind in ("mul_number", "add_number", "fill_", "set_mask"):
            return Step(kind, (one,), {"value": number}, quiet=quiet)
        if kind in ("tanh_", "sin_", "zero_"):
            return Step(kind, (one,), {}, quiet=quiet)
        if kind == "set_number":
            return Step(kind, (one,), {"key": self.key(x), "value": number}, quiet=quiet)
        other = rng.choice(list(alive))
        if alive[other].requires_grad and not (x.is_floating_point() or x.is_complex()):
            return None  # PyTorch would have integers require grad
        if kind == "out" and alive[other].shape != x.shape:
            return None  # it would be resized, which PyTorch's tensors made of NumPy's arrays cannot
        if kind == "set":
            return Step(kind, (one, other), {"key": self.key(x)}, quiet=quiet)
        if kind == "set_array":
            if not x.ndim or not x.shape[0]:
                return None
            return Step(kind, (one, other), {"index": rng.sample(range(x.shape[0]), 1)}, quiet=quiet)
        return Step(kind, (one, other), {}, quiet=quiet)


#: what memory is read as: pairs in which a difference of rounding does not become one of leading digits
RECAST = {
    "complex128": ("float64", "int64"),
    "complex64": ("float32", "int32"),
    "float64": ("complex128", "int64"),
    "float32": ("complex64", "int32"),
    "int64": ("float64", "complex128"),
    "int32": ("float32", "complex64"),
}


class BitDraw(Draw):
    """Draws programs of complex tensors, whose views are of other dtypes and conjugated ones too."""

    dtypes = ("complex128",) * 6 + ("complex64", "float64", "float64", "float32")

    def shape_step(self, x: torch.Tensor) -> tuple[str, dict[str, Any]] | None:
        """Draw a view of x."""
        rng = self.rng
        if rng.random() < 0.35:
            return super().shape_step(x)
        if rng.random() < 0.1:
            name = str(x.dtype).rpartition(".")[2]
            if not x.numel():
                return None  # the strides of nothing decide, which are not PyTorch's
            return ("recast", {"name": rng.choice(RECAST[name])}) if name in RECAST else None
        if x.is_complex():
            kind = rng.choice(["real", "real", "imag", "imag", "parts", "parts", "conj", "conj", "mH"])
            return None if kind == "mH" and x.ndim < 2 else (kind, {})
        if rng.random() < 0.2:
            return rng.choice(["real", "imag"]), {}
        return ("joined", {}) if x.ndim and x.shape[-1] == 2 else super().shape_step(x)

    def write(self, one: int, alive: dict[int, torch.Tensor], quiet: bool) -> Step | None:
        """Draw an in-place step."""
        if self.rng.random() < 0.1:
            other = self.rng.choice(list(alive))
            return Step("set_part", (one, other), {"name": self.rng.choice(["real", "imag"])}, quiet=quiet)
        return super().write(one, alive, quiet)


def _positions(x: torch.Tensor) -> set[int]:
    if 0 in x.shape:
        return set()
    found = {x.storage_offset()}
    for n, step in zip(x.shape, x.stride(), strict=True):
        found = {start + i * step for start in found for i in range(n)}
    return found


def undefined(step: Step, alive: dict[int, torch.Tensor]) -> bool:
    """Whether PyTorch's result of an in-place step depends on the order in which it visits elements."""
    if step.name not in (*WRITES, "set_part"):
        return False
    with torch.no_grad():
        place, value = alive[step.used[0]].detach(), alive[step.used[-1]].detach()
        if step.name in ("set", "set_number"):
            try:
                place = place[step.params["key"]]
            except (IndexError, RuntimeError):
                return False
        if step.name == "set_part":
            if not place.is_complex() and step.params["name"] == "imag":
                return False
            place = getattr(place, step.params["name"])
        count = 1
        for n in place.shape:
            count *= n
        if len(_positions(place)) < count and (0 not in place.stride() or place.is_conj() or place.is_neg()):
            return True  # windows that overlap; of flipped ones PyTorch refuses what it does to others
        if step.name in ("set_array", "set_mask") and len(_positions(place)) < count:
            return True  # PyTorch writes there, with a warning
        if len(step.used) < 2:
            return False
        if place.untyped_storage().data_ptr() != value.untyped_storage().data_ptr():
            return False
        if place.dtype != value.dtype or step.name == "out":
            return True
        if step.name == "set_array":
            return bool(_positions(place) & _positions(value))
        if not _positions(place) & _positions(value):
            return False
        same = (place.shape, place.stride(), place.storage_offset()) == (
            value.shape,
            value.stride(),
            value.storage_offset(),
        )
        if not same and count == 1:
            return True  # PyTorch goes by the strides of axes of one element
        return not same and not (is_dense(place) and is_dense(value))


# ---------------------------------------------------------------- running


class Difference(AssertionError):
    """PyTorch and agrad did not do the same; the text is the program."""


class Side:
    """One library's tensors of a running program."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.tensors: dict[int, Any] = {}
        #: the dtypes there were: agrad saves a converted operand, which no write can reach
        self.dtypes: set[Any] = set()
        #: the versions that gradients were made with: how often they were written to on the way is nobody's business
        self.born: dict[int, int] = {}

    def run(self, step: Step) -> tuple[list[Any], Exception | None]:
        """Take a step; return what it made, or what it raised."""
        used = [self.tensors[one] for one in step.used]
        function = DO.get(step.name) or CHANGE[step.name]
        try:
            with self.module.no_grad() if step.quiet else nullcontext():
                out = function(self.module, *used, **step.params)
        except Exception as error:
            return [], error
        if step.name == "drop":
            del self.tensors[step.used[0]]
        if step.name in CHANGE:
            return [], None
        return (list(out) if isinstance(out, (tuple, list)) else [out]), None

    def observe(self, one: int) -> dict[str, Any]:
        """Return what can be seen of a tensor."""
        x = self.tensors[one]
        seen = {
            "dtype": str(x.dtype).rpartition(".")[2],
            "shape": tuple(x.shape),
            "requires_grad": x.requires_grad,
            # what axes of one element have for a stride is compared elsewhere, for views
            "stride": [step for n, step in zip(x.shape, x.stride(), strict=True) if n != 1 and 0 not in tuple(x.shape)],
            "offset": 0 if 0 in tuple(x.shape) else x.storage_offset(),
            "version": x._version - self.born.get(one, 0),
            "is_view": x._is_view() and one not in self.born,
            "base": next((number for number, y in self.tensors.items() if y is x._base), None),
            "flipped": (x.is_conj(), x.is_neg()),
        }
        try:
            seen["is_leaf"] = x.is_leaf
        except RuntimeError as error:
            if "INTERNAL ASSERT" in str(error):
                raise Enough from error  # an assertion of PyTorch's own
            seen["is_leaf"] = "raises"
        with self.module.no_grad():
            seen["value"] = self.host(x.detach())
            if seen["is_leaf"] is True:
                seen["grad"] = None if x.grad is None else self.host(x.grad.detach())
        return seen

    def host(self, x: Any) -> np.ndarray:
        """Return a NumPy copy."""
        if isinstance(x, torch.Tensor):
            return x.resolve_conj().resolve_neg().numpy().copy()
        backend = x._options.backend
        return np.array(backend.to_host(backend.ensure_array(x._data)))

    def sharing(self) -> dict[int, int]:
        """Return, for each tensor with elements, the first tensor that lives in the same memory."""
        first: dict[Any, int] = {}
        found = {}
        for one, x in self.tensors.items():
            if 0 in tuple(x.shape):
                continue
            if isinstance(x, torch.Tensor):
                key: Any = x.untyped_storage().data_ptr()
            else:
                key = id(x) if x._extra is None or x._extra.storage is None else id(x._extra.storage.members)
            found[one] = first.setdefault(key, one)
        return found


def differs(a: Any, b: Any) -> bool:
    """Whether two observations differ by more than rounding."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        if a.dtype != b.dtype or a.shape != b.shape:
            return True
        # single precision may have been on the way
        return not np.allclose(a, b, rtol=1e-4, atol=1e-4, equal_nan=True)
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return True
    return bool(a != b)


def play(steps: list[Step], *, skip: frozenset[str] = frozenset()) -> str | None:
    """Run a program's steps under both libraries; return the first difference, or None."""
    theirs, ours = Side(torch), Side(agrad)
    for step in steps:
        if any(one not in theirs.tensors for one in step.used):
            continue  # what made it was taken out of the program
        try:
            difference = advance(step, theirs, ours, skip)
        except Enough:
            return None
        if difference is not None:
            return difference
    return None


def advance(step: Step, theirs: Side, ours: Side, skip: frozenset[str] = frozenset()) -> str | None:
    """Take one step in both; return what differs."""
    if undefined(step, theirs.tensors):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made, error = theirs.run(step)
        our_made, our_error = ours.run(step)
        if error is not None and our_error is None and "modified by an inplace" in str(error) and _mixed(theirs):
            raise Enough
        if error is not None and our_error is None and "Tensor must have a last dimension with stride 1" in str(error):
            raise Enough  # in PyTorch's backward, of the strides that it gives to nothing
        if error is not None and "moved into the graph interior" in str(error):
            raise Enough  # of a leaf that was detached in place, some of the time
        if error is not None and "Could this error message be improved" in str(error):
            raise Enough  # an assertion of PyTorch's own
        if (error is None) != (our_error is None):
            return f"{step}: torch {_told(error)}; agrad {_told(our_error)}"
        if (
            error is not None
            and step.name == "backward"
            and any(told in str(error) for told in ("modified by", "second time"))
        ):
            raise Enough  # PyTorch may have reached some leaves by then, agrad none
        if error is not None and our_error is not None and not isinstance(our_error, type(error)):
            return f"{step}: torch {_told(error)}; agrad {_told(our_error)}"
        if len(made) != len(our_made):
            return f"{step}: torch makes {len(made)} tensors, agrad {len(our_made)}"
        start = max([*theirs.tensors, -1]) + 1
        if not step.made:
            step.made = list(range(start, start + len(made)))
        for one, x, y in zip(step.made, made, our_made, strict=False):
            theirs.tensors[one], ours.tensors[one] = x, y
            theirs.dtypes.add(x.dtype)
            if step.name == "grad":
                theirs.born[one], ours.born[one] = x._version, y._version
        for one in theirs.tensors:
            a, b = theirs.observe(one), ours.observe(one)
            for name, value in a.items():
                if name not in skip and differs(value, b.get(name)):
                    return f"{step}: t{one}.{name} is {value} in torch, {b.get(name)} in agrad" + (
                        "" if error is None else f" (after {error!r})"
                    )
        if "sharing" not in skip and theirs.sharing() != ours.sharing():
            return f"{step}: memory is shared {theirs.sharing()} in torch, {ours.sharing()} in agrad"
    return None


class Enough(Exception):
    """The two may go on differently from here, and the program ends."""


def _mixed(side: Side) -> bool:
    return len(side.dtypes) > 1


def _told(error: Exception | None) -> str:
    return "raises nothing" if error is None else f"raises {type(error).__name__}: {str(error)[:200]}"


def grow(
    seed: int, length: int = 30, *, skip: frozenset[str] = frozenset(), kind: type[Draw] = Draw
) -> tuple[list[Step], str | None]:
    """Grow a program from a seed, running it; return its steps and the first difference."""
    draw = kind(seed)
    theirs, ours = Side(torch), Side(agrad)
    steps: list[Step] = []
    for _ in range(length):
        step = draw.step(theirs.tensors)
        if step is None:
            continue
        steps.append(step)
        try:
            difference = advance(step, theirs, ours, skip)
        except Enough:
            break
        if difference is not None:
            return steps, difference
    return steps, None


def shorten(steps: list[Step], *, skip: frozenset[str] = frozenset()) -> tuple[list[Step], str]:
    """Take out every step that the difference does not need."""
    difference = play(steps, skip=skip)
    assert difference is not None
    again = True
    while again:
        again = False
        for index in range(len(steps) - 1, -1, -1):
            fewer = steps[:index] + steps[index + 1 :]
            found = play(fewer, skip=skip)
            if found is not None:
                steps, difference, again = fewer, found, True
    return steps, difference


def check(seed: int, length: int = 30, *, skip: frozenset[str] = frozenset(), kind: type[Draw] = Draw) -> None:
    """Grow a program and raise, with the shortest program that shows it, where the two differ."""
    steps, difference = grow(seed, length, skip=skip, kind=kind)
    if difference is None:
        return
    steps, difference = shorten(steps, skip=skip)
    raise Difference("\n".join([f"seed {seed}:", *map(str, steps), difference]))
