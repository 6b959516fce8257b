"""An unpickler that builds containers and numbers, and calls nothing but a few constructors.

The confusing case: it is not enough to refuse unknown functions. ``BUILD`` sets attributes on whatever lies on the stack, so a file
that may name a dtype, which the whole process shares, could change it; ``set(range(10**9))`` and ``bytearray(2**33)`` call nothing
unknown and take the machine's memory; and a key of nested tuples, each twice in the next, takes for ever to hash. So ``BUILD`` is for
instances of a few classes, each constructor is given what pickles of honest objects give it, and keys are small.

The opcodes are those that protocols 2 to 5 write for data; the standard library's pure Python unpickler runs them.
"""

from __future__ import annotations

import collections
import importlib
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from agrad import devices, dtypes
from agrad.errors import DeviceError, LoadError, MissingBackend, UnsupportedDType
from agrad.torch_api.rebuilding import rebuild_tensor
from agrad.torch_api.size import Size

#: elements of nested tuples that may make one key
_LARGEST_KEY = 1000

_ATOMS = (str, bytes, int, float, complex, bool, type(None), dtypes.DType, devices.Device, slice)


def _refuse(what: str) -> LoadError:
    return LoadError(f"Weights only load failed. {what} If you trust the file, load it with weights_only=False.")


def check_key(key: Any) -> None:
    """Refuse a dictionary's key or a set's member whose hash may take long."""
    waiting, seen = [key], 0
    while waiting:
        one = waiting.pop()
        seen += 1
        if seen > _LARGEST_KEY:
            raise _refuse(f"A key of more than {_LARGEST_KEY} parts is not read.")
        if isinstance(one, (tuple, frozenset)):
            waiting.extend(one)
        elif not isinstance(one, _ATOMS) and type(one) not in _user_classes():
            raise _refuse(f"A key of type {type(one).__name__} is not read.")


def _members(kind: type, name: str) -> Callable[..., Any]:
    """Return a constructor of a set: of a list, tuple or set, and of nothing else."""

    def make(members: Any = ()) -> Any:
        if type(members) not in (list, tuple, set, frozenset):
            raise _refuse(f"{name}() of a {type(members).__name__} is not read.")
        for member in members:
            check_key(member)
        return kind(members)

    return make


def _ordered(pairs: Any = ()) -> Any:
    if type(pairs) not in (list, tuple, dict):
        raise _refuse(f"OrderedDict() of a {type(pairs).__name__} is not read.")
    made: collections.OrderedDict[Any, Any] = collections.OrderedDict()
    for key, value in pairs.items() if type(pairs) is dict else pairs:
        check_key(key)
        made[key] = value
    return made


def _counter(counts: Any = None) -> Any:
    if counts is not None and type(counts) is not dict:
        raise _refuse(f"Counter() of a {type(counts).__name__} is not read.")
    return collections.Counter(counts)


def _defaultdict(factory: Any = None) -> Any:
    if factory not in (None, list, dict, set, int, float):
        raise _refuse(f"defaultdict({factory!r}) is not read.")
    return collections.defaultdict(factory)


def _bytearray(data: Any = b"", encoding: Any = None) -> Any:
    if encoding is None and type(data) is bytes:
        return bytearray(data)
    if type(data) is str and encoding == "latin-1":
        return bytearray(data, encoding)
    raise _refuse(f"bytearray() of a {type(data).__name__} is not read.")


def _encoded(text: Any = "", encoding: Any = "latin1") -> Any:
    """Do what pickles of protocol 2 ask ``codecs.encode`` for: bytes of latin-1 text."""
    if type(text) is not str or encoding != "latin1":
        raise _refuse(f"codecs.encode to {encoding!r} is not read.")
    return text.encode("latin1")


def _complex(real: Any = 0.0, imag: Any = 0.0) -> complex:
    if type(real) not in (int, float) or type(imag) not in (int, float):
        raise _refuse("complex() of anything but two numbers is not read.")
    return complex(real, imag)


def _size(lengths: Any = ()) -> Any:
    if type(lengths) not in (list, tuple) or any(type(length) is not int for length in lengths):
        raise _refuse("Size() of anything but a tuple of ints is not read.")
    return Size(lengths)


def _named(name: Any = None) -> Any:
    if type(name) is not str:
        raise _refuse("A dtype's name is a string.")
    return dtypes.by_name(name)


def _device(type_: Any = None, index: Any = None, backend: Any = None) -> Any:
    if (
        type(type_) is not str
        or not (index is None or type(index) is int)
        or not isinstance(backend, (str, type(None)))
    ):
        raise _refuse("A device is a word, a number and a backend's name.")
    return devices._rebuild(type_, index, backend)


def _rebuilt(*args: Any) -> Any:
    return rebuild_tensor(*args)


#: what a pickle may name and call, and what it is given for it
SAFE: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): _ordered,
    ("collections", "defaultdict"): _defaultdict,
    ("collections", "Counter"): _counter,
    ("builtins", "set"): _members(set, "set"),
    ("builtins", "frozenset"): _members(frozenset, "frozenset"),
    ("builtins", "complex"): _complex,
    ("builtins", "bytearray"): _bytearray,
    ("builtins", "slice"): slice,
    ("builtins", "range"): range,
    ("__builtin__", "set"): _members(set, "set"),
    ("__builtin__", "frozenset"): _members(frozenset, "frozenset"),
    ("__builtin__", "complex"): _complex,
    ("__builtin__", "bytearray"): _bytearray,
    ("_codecs", "encode"): _encoded,
    ("agrad.dtypes", "by_name"): _named,
    ("agrad.devices", "_rebuild"): _device,
    ("agrad.torch_api.size", "Size"): _size,
    ("agrad.torch_api.rebuilding", "rebuild_tensor"): _rebuilt,
}

#: what a pickle may name as a value, an argument of the functions above, and not call
_VALUES: dict[tuple[str, str], Any] = {
    (module, kind.__name__): kind
    for module in ("builtins", "__builtin__")
    for kind in (list, dict, set, int, float)
    if (module, kind.__name__) not in SAFE
}

#: agrad's own classes of tensors, imported when a file names them
CLASSES = frozenset(
    {("agrad.nn.parameter", "Parameter"), ("agrad.nn.parameter", "UninitializedParameter"), ("agrad.tensor", "Tensor")}
)

_added: dict[tuple[str, str], Any] = {}


def _user_classes() -> tuple[type, ...]:
    return tuple(one for one in _added.values() if isinstance(one, type))


def _key_of(one: Any) -> tuple[tuple[str, str], Any]:
    if isinstance(one, tuple) and len(one) == 2 and isinstance(one[1], str):
        one, path = one
        module, _, name = path.rpartition(".")
        return (module, name), one
    return (one.__module__, one.__qualname__), one


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Let :func:`agrad.load` call these classes and functions, too, in files that nobody vouches for.

    Parameters
    ----------
    safe_globals : list of classes and functions
        One may be a pair, ``(function, "module.name")``, where files name it otherwise than it names itself.
    """
    _added.update(_key_of(one) for one in safe_globals)


def get_safe_globals() -> list[Any]:
    """Return what was added by :func:`add_safe_globals`."""
    return list(_added.values())


def clear_safe_globals() -> None:
    """Forget what was added by :func:`add_safe_globals`."""
    _added.clear()


@contextmanager
def safe_globals(safe_globals: list[Any]) -> Iterator[None]:
    """Do :func:`add_safe_globals` for the ``with`` block alone."""
    before = dict(_added)
    add_safe_globals(safe_globals)
    try:
        yield
    finally:
        _added.clear()
        _added.update(before)


_OPCODES = frozenset(
    ord(code)
    for code in (
        pickle.PROTO, pickle.FRAME, pickle.STOP, pickle.MARK, pickle.POP, pickle.POP_MARK, pickle.DUP,
        pickle.NONE, pickle.NEWTRUE, pickle.NEWFALSE, pickle.BININT, pickle.BININT1, pickle.BININT2, pickle.LONG1, pickle.LONG4,
        pickle.BINFLOAT, pickle.BINUNICODE, pickle.SHORT_BINUNICODE, pickle.BINUNICODE8,
        pickle.BINBYTES, pickle.SHORT_BINBYTES, pickle.BINBYTES8, pickle.BYTEARRAY8, pickle.BINSTRING, pickle.SHORT_BINSTRING,
        pickle.EMPTY_LIST, pickle.APPEND, pickle.APPENDS, pickle.LIST, pickle.EMPTY_TUPLE, pickle.TUPLE, pickle.TUPLE1,
        pickle.TUPLE2, pickle.TUPLE3, pickle.EMPTY_DICT, pickle.DICT, pickle.SETITEM, pickle.SETITEMS, pickle.EMPTY_SET,
        pickle.ADDITEMS, pickle.FROZENSET, pickle.GLOBAL, pickle.STACK_GLOBAL, pickle.REDUCE, pickle.BUILD, pickle.NEWOBJ,
        pickle.BINGET, pickle.LONG_BINGET, pickle.BINPUT, pickle.LONG_BINPUT, pickle.MEMOIZE, pickle.BINPERSID,
    )
)  # fmt: skip

_Python: Any = pickle._Unpickler


def _unknown_opcode(self: Any) -> None:
    raise _refuse("The file has an instruction that data never needs.")


class GuardedUnpickler(_Python):  # type: ignore[misc]
    """The unpickler of files that nobody vouches for; see the head of this file."""

    def __init__(self, file: Any, globals_: dict[tuple[str, str], Any] | None = None) -> None:
        super().__init__(file)
        self.globals = {} if globals_ is None else globals_
        self._callable: dict[int, Any] = {}

    def find_class(self, module: str, name: str) -> Any:
        """Return what a pickle calls by this name, if it may."""
        key = (module, name)
        for table in (self.globals, _added, SAFE):
            found = table.get(key)
            if found is not None:
                self._callable[id(found)] = found
                return found
        if key in _VALUES:
            return _VALUES[key]
        if key in CLASSES:
            return getattr(importlib.import_module(module), name)
        raise LoadError(
            f"Weights only load failed. The file asks for {module}.{name}, which is not known to be safe. If you trust the "
            "file, load it with weights_only=False, or name what it may use with agrad.serialization.add_safe_globals([...])."
        )

    def _may_call(self, function: Any) -> None:
        if self._callable.get(id(function)) is not function:
            raise _refuse(f"The file calls {function!r:.80}, which is not known to be safe.")

    def load_reduce(self) -> None:
        """Call a function that may be called."""
        self._may_call(self.stack[-2])
        _Python.load_reduce(self)

    def load_newobj(self) -> None:
        """Make an instance of a class that was named safe."""
        self._may_call(self.stack[-2])
        if not isinstance(self.stack[-2], type):
            raise _refuse("The file makes an instance of what is not a class.")
        _Python.load_newobj(self)

    def load_build(self) -> None:
        """Give an instance its state, where its class may have one set."""
        state, instance = self.stack[-1], self.stack[-2]
        if type(instance) is collections.OrderedDict:
            if type(state) is not dict or any(type(key) is not str for key in state):
                raise _refuse("An OrderedDict's attributes are a dictionary.")
            self.stack.pop()
            instance.__dict__.update(state)
        elif type(instance) in _user_classes():
            _Python.load_build(self)
        else:
            raise _refuse(f"The file sets attributes of a {type(instance).__name__}.")

    def load_setitem(self) -> None:
        """Put one item into a dictionary."""
        self._put([self.stack[-2]], self.stack[-3])
        _Python.load_setitem(self)

    def load_setitems(self) -> None:
        """Put items into a dictionary."""
        self._put(self.stack[0::2], self.metastack[-1][-1])
        _Python.load_setitems(self)

    def load_dict(self) -> None:
        """Make a dictionary of the items since the mark."""
        self._put(self.stack[0::2], {})
        _Python.load_dict(self)

    def load_additems(self) -> None:
        """Put members into a set."""
        if type(self.metastack[-1][-1]) is not set:
            raise _refuse("The file adds members to what is not a set.")
        for member in self.stack:
            check_key(member)
        _Python.load_additems(self)

    def load_frozenset(self) -> None:
        """Make a frozenset of the members since the mark."""
        for member in self.stack:
            check_key(member)
        _Python.load_frozenset(self)

    def load_append(self) -> None:
        """Append one item to a list."""
        self._append(self.stack[-2])
        _Python.load_append(self)

    def load_appends(self) -> None:
        """Append items to a list."""
        self._append(self.metastack[-1][-1])
        _Python.load_appends(self)

    def _append(self, target: Any) -> None:
        if type(target) is not list and type(target) not in _user_classes():
            raise _refuse(f"The file appends to a {type(target).__name__}.")

    def _put(self, keys: Any, target: Any) -> None:
        plain = (dict, collections.OrderedDict, collections.defaultdict, collections.Counter)
        if type(target) not in plain and type(target) not in _user_classes():
            raise _refuse(f"The file sets items of a {type(target).__name__}.")
        for key in keys:
            check_key(key)

    dispatch: ClassVar[dict[int, Any]] = {
        **{code: (run if code in _OPCODES else _unknown_opcode) for code, run in _Python.dispatch.items()},
        ord(pickle.REDUCE): load_reduce,
        ord(pickle.NEWOBJ): load_newobj,
        ord(pickle.BUILD): load_build,
        ord(pickle.SETITEM): load_setitem,
        ord(pickle.SETITEMS): load_setitems,
        ord(pickle.DICT): load_dict,
        ord(pickle.ADDITEMS): load_additems,
        ord(pickle.FROZENSET): load_frozenset,
        ord(pickle.APPEND): load_append,
        ord(pickle.APPENDS): load_appends,
    }


def run_guarded(unpickler: GuardedUnpickler) -> Any:
    """Return what a pickle holds, any fault in it as one class of error.

    Raises
    ------
    LoadError
        For whatever the pickle may not do, and for a damaged one.
    DeviceError, MissingBackend, UnsupportedDType
        For what the file asks of this machine and it has not.
    """
    try:
        return unpickler.load()
    except (LoadError, DeviceError, MissingBackend, UnsupportedDType):  # the last three say what this machine lacks
        raise
    except Exception as error:  # a damaged or hostile pickle may raise anything
        raise LoadError(
            f"the file is damaged: its pickle cannot be read ({type(error).__name__}: {str(error)[:200]})."
        ) from error
    finally:
        unpickler.__dict__.clear()  # its bound methods and its stack hold the file's bytes in a cycle


__all__ = [
    "CLASSES",
    "SAFE",
    "GuardedUnpickler",
    "add_safe_globals",
    "check_key",
    "clear_safe_globals",
    "get_safe_globals",
    "run_guarded",
    "safe_globals",
]
