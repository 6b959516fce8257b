"""Convolutions as modules, and their transposes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import agrad
from agrad.nn import functional as F
from agrad.nn import init
from agrad.nn.functional.convolution import _tuple
from agrad.nn.module import Module
from agrad.nn.parameter import Parameter

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Size = int | Sequence[int]
_MODES = ("zeros", "reflect", "replicate", "circular")


class _Convolution(Module):
    """What convolutions have in common.

    Attributes
    ----------
    weight : Parameter, shape (O, C / groups, *K), or (C, O / groups, *K) for transposed ones
    bias : Parameter, shape (O,), or None
    """

    spatial = 1
    transposed = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size,
        padding: Size | str,
        output_padding: Size,
        dilation: Size,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Any,
        dtype: Any,
    ) -> None:
        super().__init__()
        if groups <= 0:
            raise ValueError("groups must be a positive integer")
        if out_channels % groups:
            raise ValueError("out_channels must be divisible by groups")
        if self.transposed and padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        if padding_mode not in _MODES:
            raise ValueError(f"padding_mode must be one of {_MODES}, but got padding_mode='{padding_mode}'")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride = _tuple(kernel_size, self.spatial), _tuple(stride, self.spatial)
        self.dilation, self.output_padding = _tuple(dilation, self.spatial), _tuple(output_padding, self.spatial)
        self.padding: Any = padding if isinstance(padding, str) else _tuple(padding, self.spatial)
        self.padding_mode = padding_mode
        self._made(bias, device, dtype)

    def _made(self, bias: bool, device: Any, dtype: Any) -> None:
        """Make the parameters, and draw them."""
        self.weight = Parameter(agrad.empty(self._weight_shape(), device=device, dtype=dtype))
        self.bias: Parameter | None
        if bias:
            self.bias = Parameter(agrad.empty(self.out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _weight_shape(self) -> tuple[int, ...]:
        """Return the weight's shape, once the channels are known.

        Raises
        ------
        ValueError
            For channels that the groups do not divide.
        """
        if self.in_channels % self.groups:
            raise ValueError("in_channels must be divisible by groups")
        ends = (self.in_channels, self.out_channels) if self.transposed else (self.out_channels, self.in_channels)
        return (ends[0], ends[1] // self.groups, *self.kernel_size)

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in, _ = init.fans(self.weight)
            if fan_in:
                bound = 1 / math.sqrt(fan_in)
                init.uniform_(self.bias, -bound, bound)

    def _padded(self, input: Tensor) -> tuple[Tensor, Any]:
        """Return the input padded by what is not zeros, and the padding that is left to the convolution."""
        if self.padding_mode == "zeros":
            return input, self.padding
        pairs: list[int] = []
        for k, d, p in zip(
            self.kernel_size,
            self.dilation,
            self.padding if not isinstance(self.padding, str) else (None,) * self.spatial,
            strict=True,
        ):
            total = d * (k - 1) if self.padding == "same" else 0
            before, after = (total // 2, total - total // 2) if p is None else (p, p)
            pairs = [before, after, *pairs]
        return F.pad(input, pairs, mode=self.padding_mode), 0

    def extra_repr(self) -> str:
        """Tell the arguments that are not the default."""
        told = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        if self.padding != (0,) * self.spatial:
            told += f", padding={self.padding}"
        if self.dilation != (1,) * self.spatial:
            told += f", dilation={self.dilation}"
        if self.output_padding != (0,) * self.spatial:
            told += f", output_padding={self.output_padding}"
        if self.groups != 1:
            told += f", groups={self.groups}"
        if self.bias is None:
            told += ", bias=False"
        if self.padding_mode != "zeros":
            told += f", padding_mode={self.padding_mode}"
        return told


class _Conv(_Convolution):
    """A convolution: the order of its arguments."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size | str = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            0,
            dilation,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )


class Conv1d(_Conv):
    """Convolution of input, shape (N, C, L)."""

    spatial = 1

    def forward(self, input: Tensor) -> Tensor:
        """Convolve input."""
        input, padding = self._padded(input)
        return F.conv1d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class Conv2d(_Conv):
    """Convolution of input, shape (N, C, H, W)."""

    spatial = 2

    def forward(self, input: Tensor) -> Tensor:
        """Convolve input."""
        input, padding = self._padded(input)
        return F.conv2d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class Conv3d(_Conv):
    """Convolution of input, shape (N, C, D, H, W)."""

    spatial = 3

    def forward(self, input: Tensor) -> Tensor:
        """Convolve input."""
        input, padding = self._padded(input)
        return F.conv3d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class _ConvTranspose(_Convolution):
    """The transpose of a convolution: the order of its arguments."""

    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size = 0,
        output_padding: Size = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Size = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            in_channels,
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


class ConvTranspose1d(_ConvTranspose):
    """The transpose of a convolution, of input of shape (N, C, L)."""

    spatial = 1

    def forward(self, input: Tensor) -> Tensor:
        """Apply the transposed map to input."""
        return F.conv_transpose1d(
            input, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation
        )


class ConvTranspose2d(_ConvTranspose):
    """The transpose of a convolution, of input of shape (N, C, H, W)."""

    spatial = 2

    def forward(self, input: Tensor) -> Tensor:
        """Apply the transposed map to input."""
        return F.conv_transpose2d(
            input, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation
        )


class ConvTranspose3d(_ConvTranspose):
    """The transpose of a convolution, of input of shape (N, C, D, H, W)."""

    spatial = 3

    def forward(self, input: Tensor) -> Tensor:
        """Apply the transposed map to input."""
        return F.conv_transpose3d(
            input, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation
        )


__all__ = ["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]
