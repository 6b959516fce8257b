"""agrad.array_api with every floating array that it makes requiring grad: the public judge runs on it too.

array-api-tests finds it by ``ARRAY_API_TESTS_MODULE=agrad_conformance.requires_grad_namespace``. What is made is not a leaf but a copy of one, because
the tests fill their arrays in place, which a leaf forbids.
"""

from __future__ import annotations

from typing import Any

from agrad import array_api

__array_api_version__ = array_api.__array_api_version__


def _tracked(x: Any) -> Any:
    """Return a non-leaf tensor that requires grad, where the dtype allows it."""
    if not x.dtype.is_inexact:
        return x
    return array_api.astype(x.requires_grad_(), x.dtype, copy=True)


def arange(*args: Any, **kwargs: Any) -> Any:
    """As the standard's, requiring grad."""
    return _tracked(array_api.arange(*args, **kwargs))


def asarray(obj: Any, /, **kwargs: Any) -> Any:
    """As the standard's; a Tensor keeps the history that it has."""
    made = array_api.asarray(obj, **kwargs)
    return made if isinstance(obj, type(made)) else _tracked(made)


def empty(*args: Any, **kwargs: Any) -> Any:
    """As the standard's, requiring grad."""
    return _tracked(array_api.empty(*args, **kwargs))


def empty_like(x: Any, /, **kwargs: Any) -> Any:
    """As the standard's, requiring grad."""
    return _tracked(array_api.empty_like(x, **kwargs))


def eye(*args: Any, **kwargs: Any) -> Any:
    """As the standard's, requiring grad."""
    return _tracked(array_api.eye(*args, **kwargs))


def full(*args: Any, **kwargs: Any) -> Any:
    """As the standard's, requiring grad."""
    return _tracked(array_api.full(*args, **kwargs))


def full_like(x: Any, /, fill_value: Any, **kwargs: Any) -> Any:
    """As the standard's, requiring grad."""
    return _tracked(array_api.full_like(x, fill_value, **kwargs))


def linspace(*args: Any, **kwargs: Any) -> Any:
    """As the standard's, requiring grad."""
    return _tracked(array_api.linspace(*args, **kwargs))


def ones(*args: Any, **kwargs: Any) -> Any:
    """As the standard's, requiring grad."""
    return _tracked(array_api.ones(*args, **kwargs))


def ones_like(x: Any, /, **kwargs: Any) -> Any:
    """As the standard's, requiring grad."""
    return _tracked(array_api.ones_like(x, **kwargs))


def zeros(*args: Any, **kwargs: Any) -> Any:
    """As the standard's, requiring grad."""
    return _tracked(array_api.zeros(*args, **kwargs))


def zeros_like(x: Any, /, **kwargs: Any) -> Any:
    """As the standard's, requiring grad."""
    return _tracked(array_api.zeros_like(x, **kwargs))


def __getattr__(name: str) -> Any:
    """Everything else is agrad.array_api's own."""
    return getattr(array_api, name)
