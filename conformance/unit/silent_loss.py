"""The mechanical net against silent loss: every public function, with arguments on which it runs, differentiated in each mode.

A function is called on plain tensors first, with lists of arguments tried in turn. Where a result changes with a floating argument, by
central differences, each mode has to find that derivative or raise. Nothing is compared with a rule: what is compared is what the
function computes and what is told of its derivative, so a value that left the graph on the way shows.
"""

from __future__ import annotations

import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

import agrad
from agrad import func
from agrad.engine.core import TensorCore

xp = agrad.array_api
D = agrad.float64

# ---------------------------------------------------------------- arguments

_random = np.random.default_rng(7)


def _spread(*shape: int, low: float = 0.15, high: float = 0.85) -> np.ndarray:
    """Return numbers between `low` and `high`, no two alike, in no order."""
    count = int(np.prod(shape))
    return _random.permutation(np.linspace(low, high, count)).reshape(shape) + _random.uniform(0, 0.2 / max(count, 1))


_square = _spread(3, 3)
#: what a letter of a trial stands for; lower case is floating and may be differentiated
SAMPLES: dict[str, np.ndarray] = {
    "0": _spread(1).reshape(()),
    "v": _spread(4),
    "t": _spread(3),
    "m": _square,
    "s": _square @ _square.T + np.diag([1.0, 1.7, 2.4]),
    "r": _spread(3, 4),
    "a": _spread(2, 3, 4),
    "q": _spread(2, 3, 3) + 2 * np.eye(3),
    "c": _spread(1, 2, 6),
    "d": _spread(1, 2, 6, 6),
    "e": _spread(1, 2, 4, 4, 4),
    "w": _spread(2, 2, 3),
    "x": _spread(2, 2, 3, 3),
    "y": _spread(2, 2, 2, 2, 2),
    "z": _spread(4) + 1j * _spread(4),
    "k": _spread(3, 3) + 1j * _spread(3, 3),
    "g": _spread(1, 3, 3, 2, low=-0.7, high=0.7),
    "h": _spread(1, 2, 3),
    "l": _spread(12),
    "f": (lambda a: a + 0.1j * a)(_spread(3, 5)) + 0.5,
    "b": _spread(3, 1),
    "n": _spread(3, 2),
    "o": _spread(1, 2, 3),
    "p": _spread(1, 4, 4),
    "i": _spread(1, 1, 3),
    "j": _spread(1, 1, 2, 2),
    "u": _spread(1, 1, 2, 2, 2),
    "U": np.array([[[0, 3, 4]]]),
    "W": np.array([[[[0, 3], [8, 10]]]]),
    "X": np.array([[[[[0, 3], [8, 10]], [[32, 35], [40, 42]]]]]),
    "P": np.array([2, 3, 3], dtype=np.int32),
    "I": np.array([0, 2, 1]),
    "J": np.array([[1, 0, 2]]),
    "B": np.array([True, False, True, True]),
    "M": np.array([[True, False, True], [False, True, True], [True, True, False]]),
    "L": np.array([1, 0, 2]),
}  # fmt: skip


def sample(letter: str, nth: int = 0) -> np.ndarray:
    """Return a letter's numbers; those of its second and third place in one call differ, and are in another order."""
    values = SAMPLES[letter]
    if not nth or values.dtype.kind not in "fc":
        return values
    if letter in "sqk":
        return values * (1 + 0.11 * nth) + 0.07 * nth * np.eye(3)
    return values.ravel()[::-1].reshape(values.shape) * (1 - 0.07 * nth) + 0.013 * nth


class Slot(str):
    """A letter of :data:`SAMPLES` in a trial."""


def _trial(text: str, *more: Any, **options: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return (*map(Slot, text), *more), {name: value for name, value in options.items()}


#: lists of arguments, tried in turn: letters are samples, the rest is as it stands
TRIALS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    *(_trial(text) for text in ("v", "m", "s", "0", "a", "q", "c", "d", "e", "z", "k")),
    *(_trial(text) for text in ("vv", "mm", "tm", "mt", "ss", "00", "zz", "aa", "rI", "vB", "mM", "mI")),
    *(_trial(text, 1) for text in ("v", "m", "s", "a", "c", "d", "e")),
    *(_trial(text, 0) for text in ("v", "m")),
    *(_trial(text, 2) for text in ("v", "m", "c", "d", "e")),
    *(_trial(text, 0.4) for text in ("v", "m", "c", "d")),
    *(_trial(text, "fro") for text in ("m",)),
    *(_trial(text, 0, 1) for text in ("m", "a")),
    *(_trial(text, 0, 1, 1) for text in ("m", "a")),
    _trial("v", 0.2, 0.7), _trial("v", (2, 2)), _trial("m", (0, 1)), _trial("m", (1, 0)), _trial("t", (3, 3)),
    _trial("a", 1, (3, 1)), _trial("m", (1, 2), (0, 1)), _trial("v", 1, 0, 2), _trial("v", (2,), (1,)),
    ((["v", "v"],), {}), ((["m", "m"],), {}), ((["m", "m", "m"],), {}), ((["v", "v"], 0), {}), ((["t", "t"],), {}),
    *(_trial(text) for text in ("vvv", "mmm", "000", "mtt", "ccc", "hhh", "tmm", "qqq", "ttt", "vBv", "Bvv", "mMm", "MmM", "sts")),
    _trial("vB", 0.5), _trial("mM", 0.5), _trial("vv", 0.3), _trial("vv", 2), _trial("mm", 1),
    _trial("vvv", 0.3), ((Slot("m"), 0, Slot("I")), {}), ((Slot("m"), 0, Slot("J")), {}),
    ((Slot("m"), 0, Slot("J"), Slot("m")), {}), ((Slot("m"), 0, Slot("I"), Slot("m")), {}), ((Slot("m"), 0, Slot("I"), 0.4), {}),
    ((Slot("m"), 0, Slot("J"), Slot("m"), "sum"), {}), ((Slot("m"), 0, Slot("I"), Slot("m"), "mean"), {}),
    ((Slot("m"), (Slot("I"),), Slot("m")), {}), ((Slot("v"), Slot("I"), Slot("t")), {}), ((Slot("m"), Slot("t"), 0), {}),
    ((Slot("m"), Slot("t"), 0, 1), {}), ((Slot("m"), Slot("m"), 0), {}),
    *(_trial(text) for text in ("cw", "dx", "ey", "cwt", "dg")),
    _trial("d", (3, 3)), _trial("d", (3, 3), (3, 3)), _trial("m", 0.5, 0.1), _trial("mL"), _trial("mm", "sum"), _trial("tttI"),
    _trial("m", (1, 1)), _trial("Im"), _trial("JM"), _trial("mmt"), _trial("mm", Slot("L")), _trial("dtt"), _trial("ctt"),
    _trial("cc", 2), _trial("v", "ij"), _trial("v", 5, 0.0, 1.0), _trial("v", lambda one: one * 2), _trial("v", 3, 1),
    _trial("v", "->"), (("ij,jk->ik", Slot("m"), Slot("m")), {}), _trial("v", agrad.float64), (((2,), Slot("0")), {}),
    ((0, Slot("m")), {}), ((1, Slot("v")), {}), ((0.5, Slot("v")), {}), ((lambda one: one * 2, Slot("v")), {}),
    ((lambda one: one.sum(), 0, Slot("m")), {}), ((Slot("v"), [lambda one: one * 2]), {}), (("fro", Slot("m")), {}),
    ((Slot("0"), 3.0, 4), {}), ((0.0, Slot("0"), 4), {}), ((Slot("0"), 5.0), {}), ((Slot("v"), [0.2, 0.5], [1.0, 3.0]), {}),
    ((Slot("v"), [0.2, 0.5]), {}), ((Slot("m"), [1.0, 2.0, 4.0]), {}), ((Slot("v"), 3, (0.0, 1.0)), {}), ((Slot("m"), "max"), {}),
    ((Slot("d"), 4), {"hop_length": 2}), ((Slot("v"), 2, 1), {}), ((Slot("v"), 4, 2, 4), {}), ((Slot("m"), 1, 0, 2), {}),
    ((Slot("m"), Slot("m"), Slot("m"), 0.3, 0.2), {}), ((Slot("v"), (Slot("I"),), 0.3), {}), ((Slot("m"), 0, 1, Slot("t")), {}),
    ((Slot("m"), (slice(None), 1)), {}), ((Slot("m"), (slice(None), 1), Slot("t")), {}), ((Slot("m"), 1, Slot("0")), {}),
    ((Slot("q"), Slot("q")), {}), ((Slot("m"), Slot("q"), Slot("q")), {}), ((Slot("t"), Slot("m"), Slot("t")), {}),
    ((Slot("m"), (3,)), {}), ((Slot("a"), (4,)), {}), ((Slot("a"), (4,), Slot("v"), Slot("v")), {}),
    ((Slot("d"), None, None, None, None, True), {}), ((Slot("d"), None, None, None, None, True, 0.1, 1e-5, False), {}),
    ((Slot("d"), None, None, None, None, True, 0.1, 1e-5), {}), ((Slot("l"), 4), {"hop_length": 2, "return_complex": True}),
    ((Slot("f"), 4), {"hop_length": 2}), ((Slot("a"), Slot("m"), Slot("P")), {}), ((Slot("m"), Slot("m"), Slot("P")), {}),
    ((Slot("m"), Slot("P")), {}), ((Slot("m"), Slot("m")), {"upper": True}), ((Slot("m"), Slot("b")), {}),
    ((Slot("b"), Slot("m"), Slot("P")), {}), ((Slot("m"), Slot("P"), Slot("b")), {}), ((Slot("n"),), {}), ((Slot("v"), Slot("v"), max), {}),
    ((Slot("o"), (1, 2, 4, 4)), {}), ((Slot("J"), Slot("m")), {}), ((Slot("J"), Slot("m"), None, None), {"mode": "sum"}),
    ((Slot("p"), (4, 4), (2, 2)), {"stride": 2}), ((Slot("e"), 2.0, 2), {}), ((Slot("i"), Slot("U"), 2), {}),
    ((Slot("j"), Slot("W"), 2), {}), ((Slot("u"), Slot("X"), 2), {}),
    ((Slot("I"), Slot("t")), {}), ((Slot("b"), 1), {}), ((Slot("m"), agrad.float64), {}),
    ((Slot("m"), agrad.bfloat16), {}), ((Slot("m"), "cpu"), {}), ((Slot("m"), Slot("J"), Slot("m"), 0), {}),
    ((Slot("v"), Slot("I"), Slot("t")), {"axis": 0}), ((Slot("m"), Slot("M"), 0.3), {}), ((Slot("v"), Slot("I")), {}), ((Slot("m"), Slot("J"), 0), {}),
]  # fmt: skip


class Call(NamedTuple):
    """A function to be tried, and its name for people and lists."""

    name: str
    function: Callable[..., Any]


class Trial(NamedTuple):
    """Arguments on which a function runs."""

    arguments: tuple[Any, ...]
    options: dict[str, Any]


def filled(template: Any, make: Callable[[str, tuple[int, ...]], Any], path: tuple[int, ...] = ()) -> Any:
    """Return a template with tensors in the places of its letters."""
    if isinstance(template, Slot):
        return make(template, path)
    if isinstance(template, (list, tuple)):
        items = [
            filled(item if not _in_list(template, item) else Slot(item), make, (*path, i))
            for i, item in enumerate(template)
        ]
        return tuple(items) if isinstance(template, tuple) else items
    return template


def _in_list(template: Any, item: Any) -> bool:
    return isinstance(template, list) and isinstance(item, str) and item in SAMPLES


def tensors(template: Any, changed: tuple[int, ...] | None = None, given: Any = None) -> Any:
    """Return a template with its samples as tensors, and `given` at the place `changed`."""
    count: dict[str, int] = {}

    def make(letter: str, path: tuple[int, ...]) -> Any:
        nth = count[letter] = count.get(letter, -1) + 1
        return given if path == changed else tensor(sample(letter, nth))

    return filled(template, make)


def slots(template: Any) -> list[tuple[tuple[int, ...], str]]:
    """Return where the floating samples of a template are."""
    found: list[tuple[tuple[int, ...], str]] = []
    filled(template, lambda letter, path: found.append((path, letter)))
    return [(path, letter) for path, letter in found if SAMPLES[letter].dtype.kind in "fc"]


# ---------------------------------------------------------------- results


def leaves(value: Any) -> Iterator[Any]:
    """Yield the floating tensors, arrays and numbers of a result."""
    if isinstance(value, TensorCore):
        if value._options.is_inexact:
            yield value
    elif isinstance(value, (np.ndarray, np.generic)):
        if value.dtype.kind in "fc":
            yield value
    elif isinstance(value, (float, complex)):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from leaves(item)


def total(value: Any) -> Any:
    """Return one real number that depends on all of a result: a Tensor where the result has one."""
    result: Any = None
    for number, leaf in enumerate(leaves(value)):
        shape = tuple(getattr(leaf, "shape", ()))
        weights = np.cos(np.arange(int(np.prod(shape))) * 1.7 + number + 0.4).reshape(shape)
        is_tensor = isinstance(leaf, TensorCore)
        is_complex = leaf._options.is_complex if is_tensor else np.iscomplexobj(leaf)
        for part in ("real", "imag") if is_complex else ("",):
            one = getattr(leaf, part) if part else leaf
            if is_tensor:
                one = xp.astype(one, D)
                one = xp.sum(one * xp.asarray(weights, dtype=D, device=one.device))
            else:
                one = float(np.sum(np.asarray(one, dtype=np.float64) * weights))
            result = one if result is None else result + one
            weights = weights * 0.7 + 0.1
    return result


def number(value: Any) -> float:
    """Return a total as a float."""
    if isinstance(value, TensorCore):
        return float(value.detach())
    return float("nan") if value is None else float(value)


# ---------------------------------------------------------------- a call in every mode


class Probe:
    """A function of one floating argument among a trial's."""

    def __init__(self, call: Call, trial: Trial, path: tuple[int, ...], letter: str) -> None:
        self.call = call
        self.trial = trial
        self.path = path
        earlier = [place for place, other in slots(trial.arguments) if other == letter]
        self.value = sample(letter, earlier.index(path))
        self.symmetric = call.name.rpartition(".")[2] in SYMMETRIC
        direction = np.sin(np.arange(self.value.size) * 0.9 + 0.6).reshape(self.value.shape)
        self.direction = direction * (1 + 0.3j) if np.iscomplexobj(self.value) else direction

    def __call__(self, x: Any) -> Any:
        """Return the total of the function's result at `x`; of what it writes to its argument too."""
        agrad.manual_seed(3)
        given = xp.conj(xp.matrix_transpose(x)) * 0.5 + x * 0.5 if self.symmetric and x.ndim > 1 else x * 1.0
        arguments = tensors(self.trial.arguments, self.path, given)
        out = self.call.function(*arguments, **self.trial.options)
        changed = self.call.name.rstrip("()").endswith("_") or self.call.name.endswith("__setitem__")
        return total((out, given) if changed else out)

    def at(self, distance: float) -> float:
        """Return the total a distance along the direction."""
        return number(self(tensor(self.value + distance * self.direction)))

    def slope(self) -> float | None:
        """Return the derivative along the direction by central differences; None where it is rough or nearly flat here."""
        step = 3e-3 if self.is_narrow() else 1e-5
        slopes = [(self.at(one) - self.at(-one)) / (2 * one) for one in (step, 10 * step)]
        middle = self.at(0.0)
        for one in (step, -step):
            slopes.append((self.at(one) - middle) / one)
        wanted, scale = slopes[0], max(map(abs, slopes))
        if not np.isfinite(scale) or abs(wanted) < 1e-3 or max(abs(one - wanted) for one in slopes) > 0.05 * scale:
            return None
        return wanted

    def is_narrow(self) -> bool:
        """Whether a result is of less precision than float64."""
        arguments = tensors(self.trial.arguments)
        out = self.call.function(*arguments, **self.trial.options)
        return any(
            one._options.dtype.bits < (128 if one._options.is_complex else 64)
            if isinstance(one, TensorCore)
            else getattr(one, "dtype", np.dtype(np.float64)) in (np.float32, np.float16, np.complex64)
            for one in leaves(out)
        )

    def along(self, gradient: Any) -> float:
        """Return what a gradient says of the derivative along the direction."""
        return float(xp.sum(xp.real(xp.conj(complexed(gradient)) * complexed(tensor(self.direction)))))

    def grad(self) -> float:
        """Return the derivative by func.grad."""
        return self.along(func.grad(self)(tensor(self.value)))

    def jvp(self) -> float:
        """Return the derivative by func.jvp."""
        return float(func.jvp(self, (tensor(self.value),), (tensor(self.direction),))[1])

    def vmap(self) -> float:
        """Return the derivative by func.grad under func.vmap."""
        stacked = tensor(np.stack([self.value, self.value]))
        return self.along(func.vmap(func.grad(self), randomness="same")(stacked)[0])

    def tape(self) -> float:
        """Return the derivative by backward()."""
        x = tensor(self.value).requires_grad_()
        out = self(x)
        if not isinstance(out, TensorCore) or not out.requires_grad:
            return 0.0
        out.backward()
        return 0.0 if x.grad is None else self.along(x.grad)


def tensor(values: np.ndarray) -> Any:
    """Return values as a tensor of PyTorch's face."""
    made = agrad.tensor(np.asarray(values))
    return made


def complexed(value: Any) -> Any:
    """Return a tensor as a complex one."""
    return value if value._options.is_complex else xp.astype(value, agrad.complex128)


MODES = ("grad", "jvp", "vmap", "tape")

#: functions that read one triangle of a matrix, or speak of Hermitian ones: their argument is made symmetric first
SYMMETRIC = {
    "cholesky", "cholesky_ex", "cholesky_inverse", "cholesky_solve", "eigh", "eigvalsh", "ldl_factor", "ldl_factor_ex", "ldl_solve",
}  # fmt: skip


class Loss(NamedTuple):
    """A derivative that a mode lost."""

    name: str
    arguments: str
    mode: str
    wanted: float
    found: float

    def __str__(self) -> str:
        return f"{self.name}({self.arguments}) under {self.mode}: the derivative is {self.wanted:.6g}, and {self.found:.6g} was told"


def runs(call: Call, most: int) -> Iterator[Trial | None]:
    """Yield the first trials on which a function runs and gives something floating; None for the first that gives nothing floating."""
    count = 0
    told = False
    for arguments, options in TRIALS:
        places = slots(arguments)
        if not places:
            continue
        try:
            probe = Probe(call, Trial(arguments, options), *places[0])
            value = probe.at(0.0)
        except Exception:
            continue
        if not np.isfinite(value):
            if not told:
                told = True
                yield None
            continue
        yield Trial(arguments, options)
        count += 1
        if count == most:
            return


def losses(call: Call, most: int = 3) -> tuple[int, list[Loss]]:
    """Return on how many lists of arguments a function ran, and the derivatives that were lost."""
    found: list[Loss] = []
    ran = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for trial in runs(call, most):
            ran += 1
            for path, letter in [] if trial is None else slots(trial.arguments):
                found.extend(lost(Probe(call, trial, path, letter)))
    return ran, found


def lost(probe: Probe) -> Iterator[Loss]:
    """Yield the modes that neither find a probe's derivative nor raise."""
    try:
        wanted = probe.slope()
    except Exception:
        return
    if wanted is None:
        return
    for mode in MODES:
        try:
            found = getattr(probe, mode)()
        except Exception:
            continue
        if not abs(found - wanted) <= 0.05 * abs(wanted):
            yield Loss(probe.call.name, f"{probe.trial.arguments} at {probe.path}", mode, wanted, found)


# ---------------------------------------------------------------- what there is


def functions_of(namespace: Any, prefix: str, names: Any = None) -> Iterator[Call]:
    """Yield the public functions of a namespace."""
    chosen = names if names is not None else getattr(namespace, "__all__", None) or dir(namespace)
    for name in sorted(set(chosen)):
        if name.startswith("_"):
            continue
        value = getattr(namespace, name, None)
        if value is None or not callable(value) or isinstance(value, (type, types.ModuleType)):
            continue
        yield Call(f"{prefix}.{name}", value)


def methods() -> Iterator[Call]:
    """Yield the methods of a Tensor, as functions of it."""
    operators = [f"__{name}__" for name in (
        "add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow", "rpow", "matmul", "rmatmul", "mod", "rmod", "floordiv",
        "neg", "pos", "abs", "getitem", "setitem", "iadd", "isub", "imul", "itruediv", "ipow", "copy", "float", "complex", "int",
        "array", "reversed", "len", "iter",
    )]  # fmt: skip
    for name in sorted(dir(agrad.Tensor)):
        if name.startswith("_") and name not in operators:
            continue
        if isinstance(getattr(agrad.Tensor, name, None), property) or not callable(getattr(agrad.Tensor, name, None)):
            continue
        yield Call(f"Tensor.{name}", getattr(agrad.Tensor, name))
    for name in ("real", "imag", "T", "mT", "H", "mH", "data"):
        yield Call(f"Tensor.{name}", lambda x, name=name: getattr(x, name))


def faces() -> dict[str, list[Call]]:
    """Return every public function, by face."""
    import scipy.special

    from agrad.nn import functional

    return {
        "agrad": list(functions_of(agrad, "agrad")),
        "array_api": [
            *functions_of(xp, "xp"), *functions_of(xp.linalg, "xp.linalg"), *functions_of(xp.fft, "xp.fft"),
            *functions_of(xp.special, "xp.special"),
        ],
        "extensions": [
            *functions_of(agrad.linalg, "linalg"), *functions_of(agrad.fft, "fft"), *functions_of(agrad.special, "special"),
        ],
        "functional": list(functions_of(functional, "F")),
        "Tensor": list(methods()),
        "numpy": [
            *functions_of(np, "np"), *functions_of(np.linalg, "np.linalg"), *functions_of(np.fft, "np.fft"),
        ],
        "scipy.special": [
            call for call in functions_of(scipy.special, "scipy.special") if isinstance(call.function, np.ufunc)
        ],
    }  # fmt: skip
