"""Which cells must be told although nobody stands in them? Frames of counts, made whole with zeros."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from keepwell.measure.periods import Periods

Finish = Callable[[pd.DataFrame], pd.DataFrame]


def every_period(periods: Periods, undefined: Mapping[str, str] | None = None) -> Finish:
    """
    A finish that adds the periods in which nothing was counted, with zeros.

    Args:
        periods: The periods asked for.
        undefined: Column -> why there is no value where it is 0; told as the reason.
    """

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        whole = _whole(frame, [{"period": place} for place in range(len(periods))])
        return _with_reason(whole, undefined or {})

    return finish


def every_age(periods: Periods) -> Finish:
    """A finish that adds, for every cohort there is, the ages at which nothing was counted, with zeros."""

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        last = len(periods)
        cells = [
            {"cohort": cohort, "age": age}
            for cohort in sorted(frame["cohort"].unique())
            for age in range(last - cohort)
        ]
        return _whole(frame, cells)

    return finish


def _whole(frame: pd.DataFrame, cells: list[dict[str, int]]) -> pd.DataFrame:
    """Every cell once, for every breakdown there is; a cohort's cells only for the breakdowns it has."""
    if not cells:
        return frame
    keys = list(cells[0])
    others = [column for column in ("currency", "by") if column in frame]
    anchor = [key for key in keys if key == "cohort"]
    wanted = pd.DataFrame(cells)
    if others:
        known = frame[[*anchor, *others]].drop_duplicates()
        wanted = wanted.merge(known, on=anchor) if anchor else wanted.merge(known, how="cross")
    whole = wanted.merge(frame, on=[*keys, *others], how="left")
    for column in frame.columns.difference([*keys, *others]):
        nothing: Any = Decimal(0) if frame[column].dtype == object else 0
        whole[column] = whole[column].where(whole[column].notna(), nothing).astype(frame[column].dtype)
    return whole.sort_values([*keys, *others], ignore_index=True)


def _with_reason(frame: pd.DataFrame, undefined: Mapping[str, str]) -> pd.DataFrame:
    reason = pd.Series(None, index=frame.index, dtype=object)
    for column, why in undefined.items():
        reason = reason.mask(frame[column] == 0, why)
    return frame.assign(reason=reason) if reason.notna().any() else frame
