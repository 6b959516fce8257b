"""Modules that learn their input's size from the first input.

The confusing case: the first call changes the module's class to the one it stands for (``LazyLinear`` becomes ``Linear``), while its
parameters stay the same objects, so that an optimizer made before keeps them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import agrad
from agrad.nn.convolution import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
    _Convolution,
)
from agrad.nn.linear import Linear
from agrad.nn.module import Module
from agrad.nn.normalization import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from agrad.nn.parameter import UninitializedParameter, is_lazy
from agrad.nn.regularization import BatchNorm1d, BatchNorm2d, BatchNorm3d, _BatchNorm

_STATISTICS = ("running_mean", "running_var")


class _Lazy(Module):
    """A module whose first call sets its sizes and then its class."""

    #: the class that it becomes
    becomes: type[Module]

    def has_uninitialized_params(self) -> bool:
        """Whether the sizes are not known yet."""
        return any(is_lazy(one) for one in self._parameters.values())

    def initialize_parameters(self, input: Any) -> None:
        """Set the sizes that `input` tells."""
        raise NotImplementedError

    def _open_sizes(self, prefix: str = "") -> set[str]:
        own = {prefix + name for name, value in self._parameters.items() if is_lazy(value)}
        return own | super()._open_sizes(prefix)

    def _take_sizes(self, state_dict: Mapping[str, Any], prefix: str = "") -> None:
        super()._take_sizes(state_dict, prefix)
        for name, value in self._parameters.items():
            given = state_dict.get(prefix + name)
            if is_lazy(value) and given is not None and not is_lazy(given):
                value.materialize(given.shape)  # type: ignore[union-attr]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Set the sizes, and run as the module that this one has become."""
        with agrad.no_grad():
            self.initialize_parameters(*args)
        self.__class__ = self.becomes  # type: ignore[assignment]
        return self(*args, **kwargs)


class LazyLinear(_Lazy, Linear):
    """:class:`Linear` whose in_features are those of the first input."""

    becomes = Linear

    def __init__(self, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        Module.__init__(self)
        self.in_features, self.out_features = 0, out_features
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        self.register_parameter("bias", UninitializedParameter(device=device, dtype=dtype) if bias else None)

    def initialize_parameters(self, input: Any) -> None:
        """Set the sizes, and draw the parameters unless a state was loaded into them."""
        self.in_features = input.shape[-1]
        if self.has_uninitialized_params():
            self.weight.materialize((self.out_features, self.in_features))  # type: ignore[attr-defined]
            if self.bias is not None:
                self.bias.materialize((self.out_features,))  # type: ignore[attr-defined]
            self.reset_parameters()


class _LazyConvolution(_Lazy, _Convolution):
    """A convolution whose in_channels are those of the first input."""

    def __init__(
        self,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
        *,
        output_padding: Any = 0,
    ) -> None:
        _Convolution.__init__(
            self,
            0,
            out_channels,
            kernel_size,
            stride,
            padding,
            output_padding,
            dilation,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def _made(self, bias: bool, device: Any, dtype: Any) -> None:
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        self.register_parameter("bias", UninitializedParameter(device=device, dtype=dtype) if bias else None)

    def initialize_parameters(self, input: Any, output_size: Any = None) -> None:
        """Set the sizes, and draw the parameters."""
        if input.ndim not in (self.spatial + 1, self.spatial + 2):
            raise RuntimeError(
                f"Expected {self.spatial + 1}D (unbatched) or {self.spatial + 2}D (batched) input to {type(self).__name__}, but got "
                f"input of size: {list(input.shape)}"
            )
        self.in_channels = input.shape[-self.spatial - 1]
        if not self.has_uninitialized_params():
            return  # a state was loaded into them
        self.weight.materialize(self._weight_shape())  # type: ignore[attr-defined]
        if self.bias is not None:
            self.bias.materialize((self.out_channels,))  # type: ignore[attr-defined]
        self.reset_parameters()


class LazyConv1d(_LazyConvolution, Conv1d):
    """:class:`Conv1d` whose in_channels are those of the first input."""

    becomes = Conv1d


class LazyConv2d(_LazyConvolution, Conv2d):
    """:class:`Conv2d` whose in_channels are those of the first input."""

    becomes = Conv2d


class LazyConv3d(_LazyConvolution, Conv3d):
    """:class:`Conv3d` whose in_channels are those of the first input."""

    becomes = Conv3d


class _LazyTransposed(_LazyConvolution):
    """A transposed convolution whose in_channels are those of the first input."""

    def __init__(
        self,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
            output_padding=output_padding,
        )


class LazyConvTranspose1d(_LazyTransposed, ConvTranspose1d):
    """:class:`ConvTranspose1d` whose in_channels are those of the first input."""

    becomes = ConvTranspose1d


class LazyConvTranspose2d(_LazyTransposed, ConvTranspose2d):
    """:class:`ConvTranspose2d` whose in_channels are those of the first input."""

    becomes = ConvTranspose2d


class LazyConvTranspose3d(_LazyTransposed, ConvTranspose3d):
    """:class:`ConvTranspose3d` whose in_channels are those of the first input."""

    becomes = ConvTranspose3d


class _LazyNorm(_Lazy, _BatchNorm):
    """A normalization whose num_features are the channels of the first input."""

    #: how many axes stand behind the channels
    behind: tuple[int, ...] = ()

    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(0, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        for name in ("weight", "bias"):
            if self._parameters[name] is not None:
                self._parameters[name] = UninitializedParameter(device=device, dtype=dtype)

    def _open_sizes(self, prefix: str = "") -> set[str]:
        buffers = {prefix + name for name in _STATISTICS if self._buffers[name] is not None}
        return super()._open_sizes(prefix) | (set() if self.num_features else buffers)

    def _take_sizes(self, state_dict: Mapping[str, Any], prefix: str = "") -> None:
        super()._take_sizes(state_dict, prefix)
        for name in ("weight", "bias", *_STATISTICS):
            given = state_dict.get(prefix + name)
            if given is not None and not is_lazy(given) and given.shape != (0,) and not self.num_features:
                self._size(given.shape[0])

    def _size(self, features: int) -> None:
        """Set the number of features, where nothing is known of them yet: scales are 1 and shifts 0."""
        self.num_features = features
        for name, value in (("weight", 1.0), ("bias", 0.0)):
            parameter: Any = self._parameters[name]
            if parameter is not None:
                if is_lazy(parameter):
                    parameter.materialize((features,))
                with agrad.no_grad():
                    parameter.fill_(value)
        for name, value in zip(_STATISTICS, (0.0, 1.0), strict=True):
            buffer = self._buffers[name]
            if buffer is not None:
                self._buffers[name] = buffer.new_full((features,), value)

    def initialize_parameters(self, input: Any) -> None:
        """Set the sizes; scales are 1 and shifts 0."""
        if self.num_features:
            return
        batched = not isinstance(self, (InstanceNorm1d, InstanceNorm2d, InstanceNorm3d)) or input.ndim == self.batched
        self._size(input.shape[1 if batched else 0])


class LazyBatchNorm1d(_LazyNorm, BatchNorm1d):
    """:class:`BatchNorm1d` whose num_features are those of the first input."""

    becomes = BatchNorm1d


class LazyBatchNorm2d(_LazyNorm, BatchNorm2d):
    """:class:`BatchNorm2d` whose num_features are those of the first input."""

    becomes = BatchNorm2d


class LazyBatchNorm3d(_LazyNorm, BatchNorm3d):
    """:class:`BatchNorm3d` whose num_features are those of the first input."""

    becomes = BatchNorm3d


class LazyInstanceNorm1d(_LazyNorm, InstanceNorm1d):
    """:class:`InstanceNorm1d` whose num_features are those of the first input."""

    becomes = InstanceNorm1d


class LazyInstanceNorm2d(_LazyNorm, InstanceNorm2d):
    """:class:`InstanceNorm2d` whose num_features are those of the first input."""

    becomes = InstanceNorm2d


class LazyInstanceNorm3d(_LazyNorm, InstanceNorm3d):
    """:class:`InstanceNorm3d` whose num_features are those of the first input."""

    becomes = InstanceNorm3d


__all__ = [
    "LazyBatchNorm1d",
    "LazyBatchNorm2d",
    "LazyBatchNorm3d",
    "LazyConv1d",
    "LazyConv2d",
    "LazyConv3d",
    "LazyConvTranspose1d",
    "LazyConvTranspose2d",
    "LazyConvTranspose3d",
    "LazyInstanceNorm1d",
    "LazyInstanceNorm2d",
    "LazyInstanceNorm3d",
    "LazyLinear",
]
