"""The one Tensor class: its operators, and the methods of each family from the family's own module.

The class adds no state to :class:`~agrad.engine.core.TensorCore`. Operators call a primitive, which is all that they may cost; what
no primitive takes has its own say (NotImplemented), and a ``try`` costs nothing where nothing is raised.
"""

from __future__ import annotations

from typing import Any

from agrad.engine.core import bind_tensor_class
from agrad.errors import NotAnOperand
from agrad.primitives import elementwise, linear_algebra
from agrad.tensor_methods.autograd import AutogradMixin
from agrad.tensor_methods.identity import IdentityMixin
from agrad.tensor_methods.indexing import IndexingMixin
from agrad.tensor_methods.inplace_arithmetic import ArithmeticInPlaceMixin
from agrad.tensor_methods.inplace_functions import FunctionInPlaceMixin
from agrad.tensor_methods.matrices import MatrixMixin
from agrad.tensor_methods.named import NamedMixin
from agrad.tensor_methods.pointwise import PointwiseMixin
from agrad.tensor_methods.pointwise_functions import FunctionMixin
from agrad.tensor_methods.pointwise_logic import LogicMixin
from agrad.tensor_methods.reduction import ReductionMixin
from agrad.tensor_methods.shape import ShapeMixin
from agrad.tensor_methods.sorting import OrderMixin
from agrad.tensor_methods.standard import StandardMixin


class Tensor(
    IdentityMixin,
    PointwiseMixin,
    FunctionMixin,
    LogicMixin,
    ArithmeticInPlaceMixin,
    FunctionInPlaceMixin,
    ReductionMixin,
    OrderMixin,
    ShapeMixin,
    IndexingMixin,
    MatrixMixin,
    NamedMixin,
    AutogradMixin,
    StandardMixin,
):
    """An n-dimensional array of one dtype on one device, which remembers how it was computed."""

    __slots__ = ()
    __module__ = "agrad"  # where people find it, and what its type prints

    def __add__(self, other: Any) -> Tensor:
        try:
            return elementwise.add(self, other)
        except NotAnOperand:
            return NotImplemented

    def __radd__(self, other: Any) -> Tensor:
        try:
            return elementwise.add(self, other)
        except NotAnOperand:
            return NotImplemented

    def __sub__(self, other: Any) -> Tensor:
        try:
            return elementwise.subtract(self, other)
        except NotAnOperand:
            return NotImplemented

    def __rsub__(self, other: Any) -> Tensor:
        try:
            return elementwise.subtract(other, self)
        except NotAnOperand:
            return NotImplemented

    def __mul__(self, other: Any) -> Tensor:
        try:
            return elementwise.multiply(self, other)
        except NotAnOperand:
            return NotImplemented

    def __rmul__(self, other: Any) -> Tensor:
        try:
            return elementwise.multiply(self, other)
        except NotAnOperand:
            return NotImplemented

    def __truediv__(self, other: Any) -> Tensor:
        try:
            return elementwise.divide(self, other)
        except NotAnOperand:
            return NotImplemented

    def __rtruediv__(self, other: Any) -> Tensor:
        try:
            return elementwise.divide(other, self)
        except NotAnOperand:
            return NotImplemented

    def __pow__(self, other: Any) -> Tensor:
        try:
            return elementwise.pow(self, other)
        except NotAnOperand:
            return NotImplemented

    def __rpow__(self, other: Any) -> Tensor:
        try:
            return elementwise.pow(other, self)
        except NotAnOperand:
            return NotImplemented

    def __neg__(self) -> Tensor:
        return elementwise.negative(self)

    def __abs__(self) -> Tensor:
        return elementwise.abs(self)

    def __matmul__(self, other: Any) -> Tensor:
        return linear_algebra.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return linear_algebra.matmul(other, self)


bind_tensor_class(Tensor)
