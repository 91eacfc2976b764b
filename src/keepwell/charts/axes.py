"""How are periods written under a chart? As many labels as there is room for, each readable."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import altair as alt

_LABEL = 58
"""Pixels a label such as 2026-05 needs, with air."""


def period_axis(periods: list[str], width: int) -> "alt.Axis":
    """
    An axis that names every k-th period, always the last one.

    Args:
        periods: Labels in order.
        width: Of the axis, in pixels.
    """
    import altair as alt

    step = max(1, -(-len(periods) * _LABEL // max(width, _LABEL)))
    shown = [label for place, label in enumerate(periods) if (len(periods) - 1 - place) % step == 0]
    return alt.Axis(values=shown, labelAngle=0, labelOverlap=False)


def count_axis(ticks: int) -> "alt.Axis":
    """
    An axis of counts or money: 500, 10k, and a plain 0.

    Args:
        ticks: About how many.
    """
    import altair as alt

    return alt.Axis(tickCount=ticks, format="~s", labelExpr="datum.value == 0 ? '0' : replace(datum.label, '-', '−')")
