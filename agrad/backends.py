"""PyTorch's ``torch.backends``: what programs ask and set of libraries that PyTorch was built with.

The array libraries under agrad are something else: see :mod:`agrad.backend`. Switches here are kept and read back, and change nothing.
"""

from __future__ import annotations

from agrad import cuda as _cuda


class Library:
    """The switches of a library that may or may not be there.

    Attributes
    ----------
    enabled, benchmark, deterministic, allow_tf32 : bool
        Kept and read back.
    """

    def __init__(self, name: str, *, of_cuda: bool = False) -> None:
        self.name = name
        self.enabled = True
        self.benchmark = False
        self.deterministic = False
        self.allow_tf32 = False
        self._of_cuda = of_cuda

    def is_available(self) -> bool:
        """Whether it can be used: those of CUDA where a GPU answers, others never."""
        return self._of_cuda and _cuda.is_available()

    def is_built(self) -> bool:
        """Whether agrad can use it here."""
        return self.is_available()

    def __repr__(self) -> str:
        return f"<agrad.backends.{self.name}>"


cudnn = Library("cudnn", of_cuda=True)
cuda = Library("cuda", of_cuda=True)
mps = Library("mps")
mkl = Library("mkl")

__all__ = ["Library", "cuda", "cudnn", "mkl", "mps"]


def __dir__() -> list[str]:
    return list(__all__)
