"""Which chart shows an answer? Chosen by the shape of its cells, so that a metric needs none of its own."""

import multiprocessing
import os
import re
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing.connection import wait
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from keepwell.measure.metric import Metric
from keepwell.web.measures.words import name_of, set_tight

if TYPE_CHECKING:
    import altair as alt

Link = Callable[[Any], str]
"""From a row of the frame to the page of its customers; "" where there is none."""
_MOVES = ("_bridge", "_movements", "_ledger")
_NUMBERS = ("age", "duration", "days", "end_day", "gap_days")
"""Cell columns that are numbers with an order."""
_LARGEST = 8


def chart(
    metric: Metric, shown: pd.DataFrame, dims: tuple[str, ...], currency: str, width: int, link: Link
) -> "alt.LayerChart | None":
    """
    The chart of an answer.

    Args:
        metric: Whose.
        shown: Rows of one currency.
        dims: Columns that tell the rows apart.
        currency: Of money, "" where there is none.
        width: Pixels.
        link: Where a mark leads.

    Returns:
        None where there is nothing to draw.
    """
    from keepwell.charts import cohorts, movements, survival

    if shown["value"].notna().sum() < 1 or not dims:
        return None
    if dims == ("period",) and metric.id.endswith(_MOVES):
        parts = movements.MONEY if "churn" in shown else movements.CUSTOMERS
        if set(parts) <= set(shown.columns):
            numbers = shown[[*parts]].astype("float64")
            frame = shown[["period", "complete"]].join(numbers)
            return movements.chart(frame, parts=parts, width=width, unit=currency)
    if dims == ("cohort", "age") and (metric.unit == "share" or "share_of_first" in shown):
        value = shown["value"] if metric.unit == "share" else shown["share_of_first"].where(shown["complete"])
        size = shown.get("customers", 0)
        return cohorts.chart(
            shown[["cohort", "age", "complete"]].assign(value=value.astype("float64"), size=size), width=width
        )
    if dims == ("duration",) and {"low", "high"} <= set(shown.columns):
        told = shown.dropna(subset="value")
        return survival.chart(
            told.assign(age=told["duration"])[["age", "value", "low", "high"]].astype("float64"), width=width
        )
    return _plain(metric, shown, dims, currency, width, link)


def _plain(
    metric: Metric, shown: pd.DataFrame, dims: tuple[str, ...], currency: str, width: int, link: Link
) -> "alt.LayerChart":
    from keepwell.charts import levels, series

    frame = _told(shown, link)
    along = next((name for name in ("period", *_NUMBERS, "cohort") if name in dims), "")
    if along and len(set(shown[along])) > 1:
        others = tuple(name for name in dims if name != along)
        ordinal = along not in _NUMBERS
        frame = frame.assign(
            x=shown[along].astype(str) if ordinal else shown[along].astype("float64"), group=_groups(shown, others)
        )
        frame = frame[frame["group"].isin(_largest(shown, frame["group"]))]
        return series.chart(frame, unit=metric.unit, told_in=currency, width=width, ordinal=ordinal)
    names = [name_of(row, dims) for _place, row in shown.iterrows()]
    frame = frame.assign(name=names)
    if len(frame) > levels.BARS:
        frame = frame.sort_values("value", ascending=False)
    return levels.chart(frame, unit=metric.unit, width=width)


def _told(shown: pd.DataFrame, link: Link) -> pd.DataFrame:
    blank = pd.Series(float("nan"), index=shown.index)
    ends = {end: shown[end].astype("float64") if end in shown else blank for end in ("low", "high")}
    links = [link(row) for _place, row in shown.iterrows()] if len(shown) <= _MARKS else ""
    return pd.DataFrame({"value": shown["value"].astype("float64"), **ends}, index=shown.index).assign(link=links)


_MARKS = 200
"""More marks than that lead nowhere: their table does."""


def _groups(shown: pd.DataFrame, others: tuple[str, ...]) -> list[str]:
    return [name_of(row, others) for _place, row in shown.iterrows()] if others else [""] * len(shown)


def _largest(shown: pd.DataFrame, groups: "pd.Series[str]") -> list[str]:
    """The groups that are drawn where there are more than can be told apart: those with the most behind them."""
    from keepwell.web.measures.tables import weight

    sizes = weight(shown).groupby(groups.to_numpy()).sum().sort_values(ascending=False)
    return list(sizes.index[:_LARGEST])


def pixels(drawn: str) -> bytes:
    """
    A drawn picture as PNG.

    Args:
        drawn: What picture() gave, in "light".
    """
    from keepwell.charts import render

    return _apart(render.png, drawn)


def picture(
    drawn: "alt.LayerChart", name: str, scheme: Literal["light", "page"] = "page", *, title: str = "", under: str = ""
) -> str:
    """
    A chart as SVG that a page may hold: colours of the page, no style of its own.

    Args:
        drawn: The chart.
        name: Unique on the page.
        scheme: "page", or "light" for a file.
        title: Written above a file, which goes about without its page.
        under: Written under the title.
    """
    from keepwell.charts import render

    told = render.svg(
        drawn,
        scheme=scheme,
        name=name,
        title=title,
        under=under,
        draw=lambda specification: _apart(render.drawing, specification),
    )
    told = set_tight(told)
    return re.sub(r' style="--natural:([\d.]+)px"', r' width="\1"', told) if scheme == "page" else told


_DRAWN = 500
"""Pictures after which the process that draws is followed by a fresh one."""


@cache
def _pens() -> ProcessPoolExecutor:
    """
    The process that draws. The drawing library brings a browser's engine, which took the server with it when threads came to their end.

    It ends with us: a process of the server waits for its children before it would let go of what they wait for.
    """
    pens = ProcessPoolExecutor(
        1, multiprocessing.get_context("spawn"), initializer=_end_with_us, max_tasks_per_child=_DRAWN
    )
    Finalize(None, pens.shutdown, exitpriority=20)  # before the queue by which it is told closes, at 10
    return pens


def _end_with_us() -> None:
    """In the process that draws: when the one that started it is gone, however it went, so is this one."""
    ours = multiprocessing.parent_process()

    def watch() -> None:
        if ours is not None:
            wait([ours.sentinel])
            os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def _apart(draw: Callable[[str], Any], told: str) -> Any:
    """Drawn in a process of its own; one that died is followed by the next, once."""
    try:
        return _pens().submit(draw, told).result()
    except BrokenProcessPool:
        _pens.cache_clear()
        return _pens().submit(draw, told).result()
