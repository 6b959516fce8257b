"""agrad.array_api with every floating array that it makes requiring grad: the public judge runs on it too.

array-api-tests finds it by ``ARRAY_API_TESTS_MODULE=agrad_conformance.requires_grad_namespace``. What is made is not
a leaf but a copy of one, because the tests fill their arrays in place, which a leaf forbids.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from agrad import array_api
from agrad.tensor import Tensor

__array_api_version__ = array_api.__array_api_version__


def _requiring_grad(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a creation function, of the same signature, whose floating results require grad; a Tensor keeps its own
    history."""

    @wraps(function)
    def make(*args: Any, **kwargs: Any) -> Any:
        made = function(*args, **kwargs)
        if not made.dtype.is_inexact or (function is array_api.asarray and isinstance(args[0], Tensor)):
            return made
        return array_api.astype(made.requires_grad_(), made.dtype, copy=True)

    return make


arange = _requiring_grad(array_api.arange)
asarray = _requiring_grad(array_api.asarray)
empty = _requiring_grad(array_api.empty)
empty_like = _requiring_grad(array_api.empty_like)
eye = _requiring_grad(array_api.eye)
full = _requiring_grad(array_api.full)
full_like = _requiring_grad(array_api.full_like)
linspace = _requiring_grad(array_api.linspace)
ones = _requiring_grad(array_api.ones)
ones_like = _requiring_grad(array_api.ones_like)
zeros = _requiring_grad(array_api.zeros)
zeros_like = _requiring_grad(array_api.zeros_like)


def __getattr__(name: str) -> Any:
    """Everything else is agrad.array_api's own."""
    return getattr(array_api, name)
