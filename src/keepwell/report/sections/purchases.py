"""How do they buy? Buying again, time between purchases, basket, and on how few customers the money rests."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from keepwell.charts import concentration, gaps
from keepwell.charts.words import known, many, money, number, percent
from keepwell.measure.gaps import quantile
from keepwell.report.asking import Asking
from keepwell.report.parts import Figure, Number, Section, Table

if TYPE_CHECKING:
    import altair as alt

_BARS = 30


def section(asking: Asking) -> Section | None:
    """The last 365 days of purchases."""
    sales = asking.frame("sales_summary", "year")
    if sales.empty:
        return None
    numbers = [*_shares(asking), *_frequency(asking), *_spending(asking)]
    blocks = [*_gaps(asking), *_concentration(asking)]
    return Section("purchases", "How they buy", _lead(sales, asking), numbers, blocks)


def _lead(sales: pd.DataFrame, asking: Asking) -> list[str]:
    return [
        f"{many(int(row['buyers']), 'customer')} bought {many(int(row['orders']), 'order')} worth "
        f"{money(float(row['net']), str(row['currency']))} after refunds of {money(float(row['refunds']), str(row['currency']))}, "
        f"in the {asking.year_name}."
        for _, row in sales.iterrows()
    ][:3]


def _shares(asking: Asking) -> list[Number]:
    told = []
    for metric, name, whole, group, who in (
        ("repeat_rate", "Earlier buyers who bought again", "existing", "returned", "bought again"),
        ("returning_share", "Buyers who had bought before", "buyers", "returning", "had bought before"),
        ("lifetime_repeat", "Buyers who ever bought twice", "buyers", "repeated", "bought twice"),
    ):
        frame = asking.frame(metric, "year")
        if frame.empty:
            continue
        row = frame.iloc[0]
        lists = asking.behind(metric, {group: who}, {"period": str(row["period"])}, over="year")
        n = f"{number(float(row[group]))} of n {number(float(row[whole]))}"
        value = known(row["value"])
        why = "" if value is not None else "Not defined: nobody to divide by."
        told.append(Number(name, percent(value), asking.year_name, n, metric, "", why, lists.get(group, ())))
    return told


def _frequency(asking: Asking) -> list[Number]:
    told = []
    frequency = asking.frame("purchase_frequency", "year")
    if not frequency.empty:
        row = frequency.iloc[0]
        n = f"{number(float(row['orders']))} orders of n {number(float(row['buyers']))} buyers"
        told.append(Number("Orders a buyer", number(float(row["value"]), 2), asking.year_name, n, "purchase_frequency"))
    second = asking.frame("time_to_second_order", "all_time")
    if not second.empty:
        row = second.iloc[0]
        reached = not pd.isna(row["median"])
        n = f"n {number(float(row['customers']))} buyers, {number(float(row['waiting']))} still with one order"
        between = f"95 % interval {_days(row['low'])} to {_days(row['high'])}"
        why = between if reached else "More than half have not bought again: the median is not reached."
        value = f"{number(float(row['median']))} days" if reached else "not reached"
        told.append(
            Number("Half have a second order after", value, "all customers", n, "time_to_second_order", "", why)
        )
    return told


def _days(value: float) -> str:
    return "beyond what has been seen" if pd.isna(value) else f"{number(float(value))} days"


def _spending(asking: Asking) -> list[Number]:
    told = []
    for _, row in asking.frame("basket", "year").iterrows():
        currency = str(row["currency"])
        n = f"n {number(float(row['orders']))} orders"
        told.append(Number(f"Basket, {currency}", money(known(row["value"]), currency), asking.year_name, n, "basket"))
    for _, row in asking.frame("repeat_spend", "year").iterrows():
        n = f"n {number(float(row['returning']))} returning, {number(float(row['first_time']))} first-time"
        value = known(row["value"])
        why = "Not defined." if value is None else f"95 % interval {number(row['low'], 2)} to {number(row['high'], 2)}"
        name = f"Spend of returning against first-time buyers, {row['currency']}"
        told.append(Number(name, f"{number(value, 2)} times" if value is not None else number(None), asking.year_name, n, "repeat_spend", "", why))  # fmt: skip
    return told


def _gaps(asking: Asking) -> list[Figure]:
    answer = asking.answer("order_gaps", "all_time")
    if answer is None:
        return []
    counted = asking.workspace.run(answer.question.totals).groupby("gap_days", as_index=False).agg(gaps=("gaps", "sum"))
    if counted["gaps"].sum() < 20:
        return []
    lengths, counts = [int(g) for g in counted["gap_days"]], [int(n) for n in counted["gaps"]]
    half, most, last = (quantile(lengths, counts, percent_) for percent_ in (50, 80, 98))
    wide = max(1, round(last / _BARS))
    shown = counted[counted["gap_days"] <= last]
    bins = shown.groupby(shown["gap_days"] // wide)["gaps"].sum()
    left = np.array(bins.index) * wide
    frame = pd.DataFrame({"left": left, "right": left + wide, "n": bins.to_numpy()})
    rows = tuple((f"{number(a)} to {number(b)}", number(n)) for a, b, n in frame.itertuples(index=False))
    figure = Figure(
        "order-gaps",
        "Days from one purchase to the next",
        f"n {number(sum(counts))} gaps since the data begin; the longest 2 % lie to the right of the picture. Gaps still open are not in it.",
        "order_gaps",
        lambda title, width: gaps.chart(
            frame, marks={"half within": half, "80 % within": most}, title=title, width=width
        ),
        counted,
        Table("Gaps between purchases", ("days", "gaps"), rows),
    )
    return [figure]


def _concentration(asking: Asking) -> list[Figure]:
    figures = []
    for _, row in asking.frame("concentration", "year").head(3).iterrows():
        tops = [top for top in (1, 5, 10, 20) if not pd.isna(row[f"share_of_top_{top}"])]
        frame = pd.DataFrame(
            {"top": [t / 100 for t in tops], "revenue": [float(row[f"share_of_top_{t}"]) for t in tops]}
        )
        if int(row["buyers"]) < 20 or frame.empty:
            continue
        currency = str(row["currency"])
        rows = tuple(
            (f"top {t} %", number(float(row[f"top_{t}"])), percent(float(row[f"share_of_top_{t}"]))) for t in tops
        )
        figures.append(
            Figure(
                f"concentration-{currency.lower()}",
                f"Share of revenue the largest customers bring, {currency}",
                f"n {number(float(row['buyers']))} buyers, {asking.year_name}. The tick marks what equal customers would bring.",
                "concentration",
                _drawn(frame),
                frame,
                Table(f"Concentration, {currency}", ("largest", "customers", "share of revenue"), rows),
            )
        )
    return figures


def _drawn(frame: pd.DataFrame) -> Callable[[str, int], "alt.LayerChart"]:
    return lambda title, width: concentration.chart(frame, title=title, width=width)
