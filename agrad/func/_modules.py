"""Modules as functions of their parameters: functional_call and stack_module_state.

A module is any object that has ``named_parameters()``, and perhaps ``named_buffers()``, as PyTorch's modules have; the parameters are
found and set as attributes, by their dotted names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from agrad.engine.core import classes
from agrad.errors import AgradError, GradError
from agrad.func._arguments import TransformError
from agrad.func._trees import to_tensor


def functional_call(
    module: Any,
    parameter_and_buffer_dicts: dict[str, Any] | Sequence[dict[str, Any]],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with other parameters and buffers, and put its own back.

    Parameters
    ----------
    module : callable object
        With ``named_parameters()`` and, where it has buffers, ``named_buffers()``. An object with neither is taken too: then the
        names are those of its attributes.
    parameter_and_buffer_dicts : dict, or sequence of dict
        From dotted names to Tensors or raw arrays. Names left out keep the module's own values.
    args : tuple, or one argument
    kwargs : dict, optional
    tie_weights : bool
        Whether parameters that are one Tensor under several names stay one.
    strict : bool
        Whether the dictionaries must name all parameters and buffers, and nothing else.

    Returns
    -------
    what ``module(*args, **kwargs)`` gives

    Raises
    ------
    ValueError
        For a name in two dictionaries, and for tied names that are given different values.
    RuntimeError
        If strict, for names the module does not have and for those that are missing.
    AttributeError
        For a name below a part that the module does not have. A name of its own that it does not have is an attribute during the
        call, as in PyTorch.

    Examples
    --------
    >>> import agrad
    >>> from agrad import func
    >>> class Scale:
    ...     def __init__(self):
    ...         self.factor = agrad.tensor(2.0)
    ...
    ...     def named_parameters(self):
    ...         return [("factor", self.factor)]
    ...
    ...     def __call__(self, x):
    ...         return x * self.factor
    >>> module = Scale()
    >>> loss = lambda parameters, x: func.functional_call(module, parameters, (x,))
    >>> func.grad(loss)({"factor": agrad.tensor(5.0)}, agrad.tensor(3.0))["factor"].item()
    3.0
    >>> module.factor.item()
    2.0
    """
    given = _joined(parameter_and_buffer_dicts)
    own = _own(module)
    if tie_weights:
        given = _tied(own, given)
    if strict:
        _check_names(module, own, given)
    arguments = () if args is None else args if isinstance(args, tuple) else (args,)
    with _in_place(module, {name: to_tensor(value) for name, value in given.items()}):
        return module(*arguments, **(kwargs or {}))


def _joined(dicts: Any) -> dict[str, Any]:
    if isinstance(dicts, dict):
        return dicts
    if not isinstance(dicts, Sequence):
        raise TransformError(
            f"Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got {type(dicts)}"
        )
    if not all(isinstance(one, dict) for one in dicts):
        raise TransformError("Expected all elements of parameter_and_buffer_dicts to be dictionaries")
    names = [name for one in dicts for name in one]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise TransformError(
            f"{repeated} appeared in multiple dictionaries; behavior of functional call is ambiguous. Name each once."
        )
    return {name: value for one in dicts for name, value in one.items()}


def _own(module: Any) -> dict[str, Any] | None:
    """Return a module's parameters and buffers under all their names, or None for an object that does not tell."""
    found: dict[str, Any] = {}
    told = False
    for method in ("named_parameters", "named_buffers"):
        listed = getattr(module, method, None)
        if listed is None:
            continue
        told = True
        try:
            found.update(listed(remove_duplicate=False))
        except TypeError:
            found.update(listed())
    return found if told else None


def _tied(own: dict[str, Any] | None, given: dict[str, Any]) -> dict[str, Any]:
    """Return the given values under every name that their tensors have in the module."""
    names_of: dict[int, list[str]] = {}
    for name, tensor in (own or {}).items():
        names_of.setdefault(id(tensor), []).append(name)
    answer = dict(given)
    for names in names_of.values():
        present = [name for name in names if name in given]
        if not present or len(names) == 1:
            continue
        if len({id(given[name]) for name in present}) > 1:
            raise TransformError(
                f"functional_call got multiple values for keys {sorted(names)}, which are tied. Consider using "
                "tie_weights=False"
            )
        for name in names:
            answer[name] = given[present[0]]
    return answer


def _check_names(module: Any, own: dict[str, Any] | None, given: dict[str, Any]) -> None:
    known = own if own is not None else {name: None for name in given if _has(module, name)}
    unexpected = sorted(name for name in given if name not in known)
    missing = sorted(name for name in known if name not in given)
    told = [
        f"{which} key(s): {', '.join(map(repr, names))}."
        for which, names in (("Unexpected", unexpected), ("Missing", missing))
        if names
    ]
    if told:
        lines = "\n\t".join(told)
        raise GradError(f"Error(s) in reparametrizing for {type(module).__name__}:\n\t{lines}")


class NoSuchPart(AgradError, AttributeError):
    """A dotted name that leads through a part which a module does not have."""


def _owner(module: Any, path: str) -> tuple[Any, str]:
    *owners, name = path.split(".")
    for part in owners:
        if not hasattr(module, part):
            raise NoSuchPart(
                f"{type(module).__name__} has no attribute `{part}`, which the name {path!r} leads through. Name what "
                "named_parameters() and named_buffers() name."
            )
        module = getattr(module, part)
    return module, name


def _has(module: Any, path: str) -> bool:
    try:
        owner, name = _owner(module, path)
    except AttributeError:
        return False
    return hasattr(owner, name)


@contextmanager
def _in_place(module: Any, values: dict[str, Any]) -> Iterator[None]:
    """Set attributes by their dotted names for the time of a block.

    A module keeps parameters and buffers in dictionaries of its own (``_parameters``, ``_buffers``), which take nothing but what they
    are for: those are written to directly.
    """
    before: list[tuple[Any, str, Any]] = []
    try:
        for path, value in values.items():
            owner, name = _owner(module, path)
            place = _place(owner, name)
            before.append((place, name, _get(place, name)))
            _set(place, name, value)
        yield
    finally:
        for place, name, value in reversed(before):
            if value is _NOTHING:
                delattr(place, name)
            else:
                _set(place, name, value)


#: what stands for the value of an attribute that was not there
_NOTHING = object()


def _place(owner: Any, name: str) -> Any:
    for table in ("_parameters", "_buffers"):
        held = getattr(owner, table, None)
        if isinstance(held, dict) and name in held:
            return held
    return owner


def _get(place: Any, name: str) -> Any:
    return place[name] if isinstance(place, dict) else getattr(place, name, _NOTHING)


def _set(place: Any, name: str, value: Any) -> None:
    if isinstance(place, dict):
        place[name] = value
    else:
        setattr(place, name, value)


def stack_module_state(models: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the parameters, and the buffers, of several modules of one class, stacked: an ensemble for :func:`vmap`.

    Parameters
    ----------
    models : sequence of modules

    Returns
    -------
    (parameters, buffers)
        Dictionaries from names to Tensors with a new first axis, one entry per model. Stacked parameters are leaves that
        require grad where the models' do.

    Raises
    ------
    RuntimeError
        For no model, for models of several classes, and for a mixture of training and evaluation.
    """
    models = list(models)
    if not models:
        raise GradError("stack_module_state: Expected at least one model, got 0.")
    if len({bool(getattr(model, "training", True)) for model in models}) > 1:
        raise GradError("stack_module_state: Expected all models to have the same training/eval mode.")
    if any(type(model) is not type(models[0]) for model in models):
        raise GradError("stack_module_state: Expected all models to be of the same class.")
    parameters = [dict(model.named_parameters()) for model in models]
    buffers = [dict(model.named_buffers()) if hasattr(model, "named_buffers") else {} for model in models]
    return (
        {name: _stacked([one[name] for one in parameters], name) for name in parameters[0]},
        {name: _stacked([one[name] for one in buffers], name) for name in buffers[0]},
    )


def _stacked(tensors: list[Any], name: str) -> Any:
    wanted = {tensor._node is not None for tensor in tensors}
    if len(wanted) > 1:
        raise GradError(f"Expected {name} from each model to have the same .requires_grad")
    stacked = classes.tensor_xp.stack(tensors).detach()
    return stacked.requires_grad_() if wanted == {True} else stacked
