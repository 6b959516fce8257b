"""The base of all modules: parameters, buffers and modules inside found by attribute, hooks, state, and moving about."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from agrad.engine.handles import RemovableHandle
from agrad.engine.modes import no_grad
from agrad.nn.parameter import Buffer, Parameter, is_lazy
from agrad.tensor import Tensor

M = TypeVar("M", bound="Module")


class IncompatibleKeys(NamedTuple):
    """What load_state_dict(strict=False) did not find and did not know."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


class Module:
    """The base of all modules. A subclass assigns parameters and modules in ``__init__`` and computes in ``forward``.

    Examples
    --------
    >>> import agrad
    >>> from agrad import nn
    >>> class Line(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.slope = nn.Parameter(agrad.tensor(2.0))
    ...
    ...     def forward(self, x):
    ...         return self.slope * x
    >>> Line()(agrad.tensor([1.0, 2.0])).tolist()
    [2.0, 4.0]
    """

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]

    def __init__(self) -> None:
        object.__setattr__(self, "training", True)
        for name in ("_parameters", "_buffers", "_modules", "_forward_pre_hooks", "_forward_hooks", "_backward_hooks"):
            object.__setattr__(self, name, {})
        object.__setattr__(self, "_non_persistent", set())

    # ---- attributes

    def __setattr__(self, name: str, value: Any) -> None:
        tables = self.__dict__
        if "_parameters" not in tables:
            if isinstance(value, (Parameter, Module)):
                kind = "parameters" if isinstance(value, Parameter) else "module"
                raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
            object.__setattr__(self, name, value)
            return
        if isinstance(value, Parameter):
            self._forget(name, "_parameters")
            tables["_parameters"][name] = value
        elif isinstance(value, Module):
            self._forget(name, "_modules")
            tables["_modules"][name] = value
        elif isinstance(value, Buffer):
            self._forget(name, "_buffers")
            self.register_buffer(name, value.data, value.persistent)
        elif name in tables["_parameters"]:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{type(value).__module__}.{type(value).__name__}' as parameter '{name}' "
                    "(torch.nn.Parameter or None expected). Wrap it: nn.Parameter(value)."
                )
            tables["_parameters"][name] = None
        elif name in tables["_modules"]:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as child module '{name}' (torch.nn.Module or None expected)"
                )
            tables["_modules"][name] = None
        elif name in tables["_buffers"]:
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' object to buffer '{name}' (torch.Tensor or None expected)"
                )
            tables["_buffers"][name] = value
        else:
            object.__setattr__(self, name, value)

    def _forget(self, name: str, becomes: str) -> None:
        """Take a name out of all tables but the one that it is put into: there it keeps its place among the others."""
        self.__dict__.pop(name, None)
        for table in ("_parameters", "_buffers", "_modules"):
            if table != becomes:
                self.__dict__[table].pop(name, None)

    def __getattr__(self, name: str) -> Any:
        for table in ("_parameters", "_buffers", "_modules"):
            found = self.__dict__.get(table)
            if found is not None and name in found:
                return found[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name: str) -> None:
        for table in (self._parameters, self._buffers, self._modules):
            if name in table:
                del table[name]
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._parameters, *self._buffers, *self._modules})

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter, or None for one that is left out."""
        self._check_name(name, "parameter")
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{type(param).__name__}' object to parameter '{name}' (torch.nn.Parameter or None required)"
            )
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is part of the module's state but learns nothing."""
        if name not in self._buffers:
            self._check_name(name, "buffer")
        self._buffers[name] = tensor
        if persistent:
            self._non_persistent.discard(name)
        else:
            self._non_persistent.add(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a module inside this one."""
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{type(module).__name__} is not a Module subclass")
        self._check_name(name, "module")
        self._modules[name] = module

    register_module = add_module

    def _check_name(self, name: str, kind: str) -> None:
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain "."')
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if hasattr(self, name) and name not in getattr(self, f"_{kind}s"):
            raise KeyError(f"attribute '{name}' already exists")

    # ---- walking

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Give the modules directly inside, with their names."""
        seen: set[int] = set()
        # A list, here and below: who walks may replace what was found, as adapters of layers do.
        for name, module in list(self._modules.items()):
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def children(self) -> Iterator[Module]:
        """Give the modules directly inside."""
        for _, module in self.named_children():
            yield module

    def named_modules(
        self, memo: set[int] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """Give this module and all inside it, with their dotted names."""
        memo = set() if memo is None else memo
        if id(self) in memo:
            return
        if remove_duplicate:
            memo.add(id(self))
        yield prefix, self
        for name, module in list(self._modules.items()):
            if module is not None:
                yield from module.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self) -> Iterator[Module]:
        """Give this module and all inside it."""
        for _, module in self.named_modules():
            yield module

    def _named(self, table: str, prefix: str, recurse: bool, remove_duplicate: bool) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        places = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        for where, module in places:
            for name, value in list(getattr(module, table).items()):
                if value is None or id(value) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(value))
                yield (f"{where}.{name}" if where else name), value

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Give the parameters, of modules inside too, with their dotted names."""
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Give the parameters, of modules inside too."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Give the buffers, of modules inside too, with their dotted names."""
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Give the buffers, of modules inside too."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def get_submodule(self, target: str) -> Module:
        """Return the module of a dotted name."""
        module: Module = self
        for part in target.split(".") if target else ():
            found = module._modules.get(part)
            if found is None:
                raise AttributeError(f"{type(module).__name__} has no attribute `{part}`")
            module = found
        return module

    def get_parameter(self, target: str) -> Parameter:
        """Return the parameter of a dotted name."""
        path, _, name = target.rpartition(".")
        found = self.get_submodule(path)._parameters.get(name)
        if found is None:
            raise AttributeError(f"{type(self.get_submodule(path)).__name__} has no attribute `{name}`")
        return found

    def get_buffer(self, target: str) -> Tensor:
        """Return the buffer of a dotted name."""
        path, _, name = target.rpartition(".")
        found = self.get_submodule(path)._buffers.get(name)
        if found is None:
            raise AttributeError(f"{type(self.get_submodule(path)).__name__} has no attribute `{name}`")
        return found

    # ---- calling

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute; a subclass says what."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run forward, with the hooks around it."""
        if not (self._forward_pre_hooks or self._forward_hooks or self._backward_hooks):
            return self.forward(*args, **kwargs)
        for hook, with_kwargs in list(self._forward_pre_hooks.values()):
            answer = hook(self, args, kwargs) if with_kwargs else hook(self, args)
            if answer is not None:
                if with_kwargs:
                    args, kwargs = answer
                else:
                    args = answer if isinstance(answer, tuple) else (answer,)
        if self._backward_hooks:
            from agrad.nn._backward_hooks import watched

            hooks = list(self._backward_hooks.values())
            result = watched(self, hooks, args, lambda inputs: self.forward(*inputs, **kwargs))
        else:
            result = self.forward(*args, **kwargs)
        for hook, with_kwargs in list(self._forward_hooks.values()):
            answer = hook(self, args, kwargs, result) if with_kwargs else hook(self, args, result)
            if answer is not None:
                result = answer
        return result

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args)`` before forward; what it returns replaces the arguments."""
        return _added(self._forward_pre_hooks, (hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after forward; what it returns replaces the output."""
        return _added(self._forward_hooks, (hook, with_kwargs), prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` in backward; what it returns replaces grad_input."""
        return _added(self._backward_hooks, hook, prepend)

    # ---- changing all of it

    def apply(self: M, fn: Callable[[Module], None]) -> M:
        """Call ``fn`` on every module inside and then on this one."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _apply(self, change: Callable[[Tensor], Tensor]) -> None:
        for module in self.modules():
            for name, parameter in list(module._parameters.items()):
                if parameter is None:
                    continue
                with no_grad():
                    changed = change(parameter.detach())
                    grad = parameter.grad
                    if changed._options is parameter._options:
                        continue
                    fresh = Parameter(changed, parameter.requires_grad)
                    if grad is not None:
                        fresh.grad = change(grad)
                module._parameters[name] = fresh
            for name, buffer in list(module._buffers.items()):
                if buffer is not None:
                    module._buffers[name] = change(buffer)

    def to(self: M, *args: Any, **kwargs: Any) -> M:
        """Move parameters and buffers to a device, a backend or a floating dtype, in place.

        A parameter that moves becomes another object: make optimizers afterwards.
        """
        probe = _target(*args, **kwargs)

        def change(tensor: Tensor) -> Tensor:
            dtype = probe["dtype"] if tensor._options.is_inexact else None
            moved: Any = tensor
            if probe["device"] is not None:
                moved = moved.to(probe["device"])
            return moved if dtype is None else moved.to(dtype)

        self._apply(change)
        return self

    def float(self: M) -> M:
        """Make floating parameters and buffers float32."""
        from agrad import dtypes

        return self.to(dtypes.float32)

    def double(self: M) -> M:
        """Make floating parameters and buffers float64."""
        from agrad import dtypes

        return self.to(dtypes.float64)

    def half(self: M) -> M:
        """Make floating parameters and buffers float16."""
        from agrad import dtypes

        return self.to(dtypes.float16)

    def cpu(self: M) -> M:
        """Move parameters and buffers to the CPU."""
        return self.to("cpu")

    def cuda(self: M, device: Any = None) -> M:
        """Move parameters and buffers to a GPU."""
        return self.to("cuda" if device is None else f"cuda:{device}" if isinstance(device, int) else device)

    def train(self: M, mode: bool = True) -> M:
        """Set training mode, of modules inside too."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        for module in self.modules():
            object.__setattr__(module, "training", mode)
        return self

    def eval(self: M) -> M:
        """Set evaluation mode: ``train(False)``."""
        return self.train(False)

    def requires_grad_(self: M, requires_grad: bool = True) -> M:
        """Set whether parameters collect gradients."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the parameters' gradients, or set them to zero."""
        for parameter in self.parameters():
            if parameter.grad is None:
                continue
            if set_to_none:
                parameter.grad = None
            else:
                parameter.grad.detach_()
                parameter.grad.zero_()

    # ---- state

    def state_dict(
        self, *, destination: Any = None, prefix: str = "", keep_vars: bool = False
    ) -> OrderedDict[str, Any]:
        """Return all parameters and persistent buffers by their dotted names, sharing memory with them."""
        found: OrderedDict[str, Any] = OrderedDict() if destination is None else destination
        for name, value in (*self._parameters.items(), *self._buffers.items()):
            if value is not None and name not in self._non_persistent:
                found[prefix + name] = value if keep_vars else value.detach()
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=found, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        return found

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy a state into the parameters and buffers.

        Parameters
        ----------
        state_dict : mapping from dotted names to Tensors
        strict : bool
            Raise for names that are missing or unknown.
        assign : bool
            Take the tensors themselves instead of copying their values.

        Raises
        ------
        RuntimeError
            In PyTorch's words, for names (if strict), sizes that do not fit, values that are no tensors, and complex values for a
            real parameter; nothing is changed then.
        """
        own = self.state_dict(keep_vars=True)
        open_sizes = self._open_sizes()
        missing = [name for name in own if name not in state_dict]
        unexpected = [name for name in state_dict if name not in own]
        problems = []
        if strict and unexpected:
            problems.append("Unexpected key(s) in state_dict: " + ", ".join(f'"{name}"' for name in unexpected) + ". ")
        if strict and missing:
            problems.append("Missing key(s) in state_dict: " + ", ".join(f'"{name}"' for name in missing) + ". ")
        for name, value in own.items():
            if name in state_dict:
                problem = _misfit(name, state_dict[name], value, name in open_sizes)
                if problem is not None:
                    problems.append(problem)
        if problems:
            told = "\n\t".join(problems)
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{told}")
        if open_sizes:
            self._take_sizes(state_dict)
            own = self.state_dict(keep_vars=True)
        with no_grad():
            for name, value in own.items():
                if name not in state_dict:
                    continue
                if assign:
                    self._put(name, state_dict[name], value)
                elif not is_lazy(value):
                    value.copy_(state_dict[name])
        return IncompatibleKeys(missing, unexpected)

    def _open_sizes(self, prefix: str = "") -> set[str]:
        """Return the dotted names of what takes any size yet: lazy modules' parameters and buffers."""
        found: set[str] = set()
        for name, module in self._modules.items():
            if module is not None:
                found |= module._open_sizes(f"{prefix}{name}.")
        return found

    def _take_sizes(self, state_dict: Mapping[str, Any], prefix: str = "") -> None:
        """Give lazy modules inside the sizes of a state."""
        for name, module in self._modules.items():
            if module is not None:
                module._take_sizes(state_dict, f"{prefix}{name}.")

    def _put(self, target: str, tensor: Any, before: Any) -> None:
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if name in module._parameters:
            module._parameters[name] = (
                tensor if isinstance(tensor, Parameter) else Parameter(tensor, before.requires_grad)
            )
        else:
            module._buffers[name] = tensor

    # ---- text

    def extra_repr(self) -> str:
        """Return what a module's text says of its arguments."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        lines = self.extra_repr().split("\n") if self.extra_repr() else []
        inside = []
        for name, module in self._modules.items():
            inside.append(f"({name}): " + repr(module).replace("\n", "\n  "))
        if not inside and len(lines) <= 1:
            return f"{self._get_name()}({''.join(lines)})"
        return f"{self._get_name()}(\n  " + "\n  ".join(lines + inside) + "\n)"


def _misfit(name: str, given: Any, own: Any, any_size: bool = False) -> str | None:
    """Return what is wrong with a value for a parameter or buffer, in PyTorch's words; None if it fits."""
    if not isinstance(given, Tensor):
        return (
            f'While copying the parameter named "{name}", expected torch.Tensor or Tensor-like object from checkpoint but received '
            f"{type(given)}"
        )
    if given._shape != own._shape and not any_size:
        return (
            f"size mismatch for {name}: copying a param with shape torch.Size({list(given._shape)}) from "
            f"checkpoint, the shape in current model is torch.Size({list(own._shape)})."
        )
    if given.dtype.is_complex and not own.dtype.is_complex:
        return (
            f"dtype mismatch for {name}: the checkpoint has {given.dtype!r}, the current model {own.dtype!r}; the imaginary part would "
            "be lost. Load its real part, or make the model complex."
        )
    return None


def _added(table: dict[int, Any], entry: Any, prepend: bool) -> RemovableHandle:
    handle = RemovableHandle(table, entry)
    if prepend:
        rest = dict(table)
        last = next(reversed(rest))
        table.clear()
        table[last] = rest.pop(last)
        table.update(rest)
    return handle


def _target(*args: Any, **kwargs: Any) -> dict[str, Any]:
    """Return the device and dtype that arguments of ``to`` name."""
    from agrad.dtypes import DType

    device, dtype = kwargs.get("device"), kwargs.get("dtype")
    for value in args:
        if isinstance(value, DType):
            dtype = value
        elif isinstance(value, Tensor):
            device, dtype = value.device, value.dtype
        elif not isinstance(value, bool):
            device = value
    if dtype is not None and not dtype.is_inexact:
        raise TypeError(f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}")
    return {"device": device, "dtype": dtype}


__all__ = ["IncompatibleKeys", "Module"]
