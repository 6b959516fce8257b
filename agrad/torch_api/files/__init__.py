"""Files of tensors: :func:`save`, :func:`load`, and what a file that nobody vouches for may ask for.

Four formats are read. Agrad's own is the one that is written (:mod:`.container`); PyTorch's zip files and its older stream of
pickles are read into agrad's tensors (:mod:`.pytorch`); safetensors has functions of its own in :mod:`agrad.utils.safetensors`.
"""

from __future__ import annotations

from agrad.errors import LoadError
from agrad.torch_api.files.guarded import add_safe_globals, clear_safe_globals, get_safe_globals, safe_globals
from agrad.torch_api.files.loading import load
from agrad.torch_api.files.saving import save

__all__ = [
    "LoadError",
    "add_safe_globals",
    "clear_safe_globals",
    "get_safe_globals",
    "load",
    "safe_globals",
    "save",
]
