"""Checkpointing by hooks on what the graph saves: the graph is the function's own, and its saved values are computed when needed.

While the function runs, each value that a node saves is replaced by a number, its place among them. When backward first asks for one of
them the function runs again, and what its nodes save now are the values, in the same order. Each is let go of as soon as it was used.

The confusing case: a checkpoint inside a checkpoint. Its arguments are intermediate results of the outer one, so they are handed to the
outer one's hooks like anything the graph saves; else the inner would keep alive what the outer lets go of.
"""

from __future__ import annotations

import os
import pathlib
import traceback
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from agrad.engine.backward_steps import check_version
from agrad.engine.core import TensorCore, next_sequence, wrap
from agrad.engine.graph_modes import hooks_in_force
from agrad.engine.kept import Kept
from agrad.engine.modes import enable_grad, local, special_mode
from agrad.engine.node import Leaf
from agrad.engine.saved import Packed, pack_tensor
from agrad.errors import AgradError
from agrad.random import default_generator

#: where agrad itself lies: a clone's folder may be called agrad too
_PACKAGE = str(pathlib.Path(__file__).parents[1]) + os.sep


class CheckpointError(AgradError, RuntimeError):
    """A function that did something else when it ran again in backward."""


class Stop(BaseException):
    """Raised when the last value that is needed has been computed again; nobody but the frame itself may catch it."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame


class Inputs:
    """A checkpoint's arguments, with tensors kept as arrays and nodes, and checked for changes in place when they are used."""

    options: Any = None

    def __init__(self, args: tuple[Any, ...]) -> None:
        self.seq = next_sequence()
        self._entries: list[Any] = []
        for value in args:
            if not isinstance(value, TensorCore):
                self._entries.append((False, value))
                continue
            raw = value._data
            pair = hooks_in_force(value._options.backend.level)
            if pair is not None:
                with special_mode(saved_hooks=()):
                    raw = pack_tensor(*pair, value)
            self._entries.append((True, (raw, value._options, value._node)))

    def made_by(self, raw: Any) -> None:
        """Nothing is known of who made an argument."""

    def name(self) -> str:
        """What errors call this."""
        return "checkpoint"

    def values(self) -> list[Any]:
        """Return the arguments, tensors linked into the graph as they were."""
        values = []
        for is_tensor, entry in self._entries:
            if not is_tensor:
                values.append(entry)
                continue
            raw, options, node = entry
            if type(raw) is Packed:
                raw = raw.raw()
            else:
                check_version(self, raw, options)  # type: ignore[arg-type]
            leaf = node.variable if isinstance(node, Leaf) else None
            values.append(leaf if leaf is not None and leaf._data is raw else wrap(raw, options, node))
        return values


class Place:
    """The number of a value among those that a checkpointed function's graph saves."""

    __slots__ = ("__weakref__", "index")

    def __init__(self, index: int) -> None:
        self.index = index


class Frame:
    """One checkpointed call: how to run it again, and what running it again gave."""

    def __init__(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        *,
        keep_random: bool,
        early_stop: bool,
        check: bool,
        debug: bool,
        again: Any,
    ) -> None:
        self.function = function
        self.inputs = Inputs(args)
        self.kwargs = kwargs
        self.random = default_generator().snapshot() if keep_random else None
        self.early_stop = early_stop
        self.check = check
        self.debug = debug
        self.again = again
        self.places: list[weakref.ref[Place]] = []
        self.forms: list[Any] = []
        self.lines: list[str] = []
        self.values: dict[int, list[Any]] = {}

    # ---- the first run

    def pack(self, tensor: Any) -> Place:
        """Give the next number to a value that the graph saves."""
        place = Place(len(self.places))
        self.places.append(weakref.ref(place))
        self.forms.append(_form(tensor))
        if self.debug:
            self.lines.append(_line())
        return place

    def unpack(self, place: Place) -> Any:
        """Return a value, running the function again where it is not there."""
        key = id(local.run)
        values = self.values.get(key)
        if values is None or place.index >= len(values) or values[place.index] is None:
            values = self.recompute(key)
        kept = values[place.index]
        values[place.index] = None
        if local.run is None or all(value is None for value in values):
            self.values.pop(key, None)
        return wrap(kept.raw, kept.options)

    # ---- the second run

    def recompute(self, key: int) -> list[Any]:
        """Run the function again and keep what its graph saves.

        Raises
        ------
        CheckpointError
            When that is not what it saved the first time.
        """
        values: list[Any] = []
        forms: list[Any] = []
        lines: list[str] = []

        def pack(tensor: Any) -> Any:
            index = len(values)
            if self.early_stop is False and index >= len(self.places):
                raise CheckpointError(
                    "agrad.utils.checkpoint: trying to save more tensors during recomputation than during the original forward "
                    "pass. The function has to do the same in both runs." + self._told(lines)
                )
            needed = index < len(self.places) and self.places[index]() is not None
            # The function goes on, and may write to what it computed with.
            values.append(Kept(tensor._data, tensor._options) if needed else None)
            forms.append(_form(tensor))
            if self.debug:
                lines.append(_line())
            if self.early_stop and len(values) == len(self.places):
                raise Stop(self)
            return tensor._data, tensor._options

        generator = default_generator()
        now = generator.snapshot()
        try:
            if self.random is not None:
                generator.restore(self.random)
            with (
                self.again,
                special_mode(saved_hooks=((pack, lambda packed: wrap(*packed)),), inference=False),
                enable_grad(),
            ):
                self.function(*self.inputs.values(), **self.kwargs)
        except Stop as stop:
            if stop.frame is not self:
                raise
        finally:
            if self.random is not None:
                generator.restore(now)
        self._compare(forms, lines)
        self.values[key] = values
        return values

    def _compare(self, forms: list[Any], lines: list[str]) -> None:
        if len(forms) != len(self.forms):
            raise CheckpointError(
                "agrad.utils.checkpoint: A different number of tensors was saved during the original forward and recomputation.\n"
                f"Number of tensors saved during forward: {len(self.forms)}\n"
                f"Number of tensors saved during recomputation: {len(forms)}.\n"
                "The function has to do the same in both runs." + self._told(lines)
            )
        if not self.check:
            return
        changed = [
            f"tensor at position {index}:\nsaved metadata: {_shown(before)}\nrecomputed metadata: {_shown(after)}"
            for index, (before, after) in enumerate(zip(self.forms, forms, strict=True))
            if before != after
        ]
        if changed:
            raise CheckpointError(
                "agrad.utils.checkpoint: Recomputed values for the following tensors have different metadata than during the "
                "forward pass.\n" + "\n".join(changed) + self._told(lines)
            )

    def _told(self, lines: list[str]) -> str:
        if not self.debug:
            return "\nPass debug=True to checkpoint to see the lines that saved them."
        return f"\nLines that saved in forward:\n{''.join(self.lines)}\nLines that saved in recomputation:\n{''.join(lines)}"


def _form(tensor: Any) -> tuple[Any, ...]:
    options = tensor._options
    return tensor._shape, options.dtype, str(options.device), options.backend.name


def _shown(form: tuple[Any, ...]) -> str:
    shape, dtype, device, backend = form
    return f"{{'shape': {shape}, 'dtype': {dtype!r}, 'device': {device!r}, 'backend': {backend!r}}}"


def _line() -> str:
    """Return the innermost line that is not agrad's."""
    frames = [one for one in traceback.extract_stack() if not one.filename.startswith(_PACKAGE)]
    return "".join(traceback.format_list(frames[-1:]))


class _Settings:
    """What the context managers of :mod:`agrad.utils.checkpoint` set for all calls; None leaves it to the call."""

    early_stop: bool | None = None
    debug: bool | None = None


settings = _Settings()


def run(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    keep_random: bool,
    early_stop: bool,
    check: bool,
    debug: bool,
    context_fn: Callable[[], tuple[Any, Any]],
) -> Any:
    """Run a function whose saved values are computed again in backward."""
    first, again = context_fn()
    if not local.grad_enabled:
        with first:
            return function(*args, **kwargs)
    frame = Frame(
        function,
        args,
        kwargs,
        keep_random=keep_random,
        early_stop=early_stop if settings.early_stop is None else settings.early_stop,
        check=check,
        debug=debug if settings.debug is None else settings.debug,
        again=again,
    )
    with first, special_mode(saved_hooks=(*local.saved_hooks, (frame.pack, frame.unpack))):
        return function(*args, **kwargs)


@contextmanager
def setting(name: str, value: bool | None) -> Iterator[None]:
    """Set one of the settings for a ``with`` block."""
    before = getattr(settings, name)
    setattr(settings, name, value)
    try:
        yield
    finally:
        setattr(settings, name, before)


__all__ = ["CheckpointError", "Frame", "run", "setting"]
