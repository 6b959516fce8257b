"""The table of cases, one file per section of the standard."""

from __future__ import annotations

from agrad_conformance.case import Case
from agrad_conformance.extra import require


def all_cases() -> list[Case]:
    """Return every case, in the order of the sections.

    Raises
    ------
    MissingExtra
        When what the references are computed with is not installed.
    """
    require()
    from agrad_conformance.cases import (
        convolution,
        counting,
        creation,
        data_type,
        elementwise,
        fft,
        indexing,
        linalg,
        linalg_lu,
        linear_algebra,
        losses,
        manipulation,
        pointwise,
        scatter,
        searching,
        set,
        sorting,
        special,
        special_gamma,
        special_integrals,
        statistical,
    )

    sections = (
        elementwise, pointwise, statistical, counting, manipulation, indexing, scatter, searching, sorting, set, linear_algebra,
        linalg, linalg_lu, fft, convolution, creation, data_type, special, special_gamma, special_integrals,
        losses,
    )  # fmt: skip
    return [case for section in sections for case in section.CASES]
