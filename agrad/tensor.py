"""The one Tensor class: its operators, and the methods of each family from the family's own module.

The class adds no state to :class:`~agrad.engine.core.TensorCore`. Operators are primitives, which is all that they may cost; what
no primitive takes has its own say (NotImplemented).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.engine.core import bind_tensor_class
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

    # The operators are the primitives themselves, as methods: one more call would cost a twentieth of a small operation.
    if TYPE_CHECKING:

        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __abs__(self) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...
    else:
        __add__ = __radd__ = elementwise.add.operator
        __sub__ = elementwise.subtract.operator
        __mul__ = __rmul__ = elementwise.multiply.operator
        __truediv__ = elementwise.divide.operator
        __pow__ = elementwise.pow.operator
        __neg__ = elementwise.negative
        __abs__ = elementwise.abs
        __matmul__ = linear_algebra.matmul

    def __rsub__(self, other: Any) -> Tensor:
        return elementwise.subtract.operator(other, self)

    def __rtruediv__(self, other: Any) -> Tensor:
        return elementwise.divide.operator(other, self)

    def __rpow__(self, other: Any) -> Tensor:
        return elementwise.pow.operator(other, self)

    def __rmatmul__(self, other: Any) -> Tensor:
        return linear_algebra.matmul(other, self)


bind_tensor_class(Tensor)
