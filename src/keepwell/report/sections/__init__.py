"""Which questions does the report answer, in which order? One file a question."""

from collections.abc import Callable

from keepwell.report.asking import Asking
from keepwell.report.parts import Section
from keepwell.report.sections import (
    ahead,
    cohorts,
    goals,
    money,
    moved,
    proof,
    purchases,
    quality,
    rates,
    revenue,
    stay,
)

SECTIONS: tuple[Callable[[Asking], Section | None], ...] = (
    moved.section,
    rates.section,
    cohorts.section,
    stay.section,
    revenue.section,
    purchases.section,
    money.section,
    ahead.section,
    proof.section,
    goals.section,
    quality.section,
)
"""In the order they are read; a section that has nothing to say is None."""

__all__ = ["SECTIONS"]
