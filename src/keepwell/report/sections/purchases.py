"""How do they buy? Buying again, time between purchases, basket, and on how few customers the money rests."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from keepwell.charts import concentration, gaps
from keepwell.charts.words import known, many, money, number, percent
from keepwell.measure.gaps import quantile
from keepwell.report.asking import Asking
from keepwell.report.parts import THESE, Behind, Figure, Number, Section, Table, few

if TYPE_CHECKING:
    import altair as alt

_BARS = 30


def section(asking: Asking) -> Section | None:
    """The last 365 days of purchases."""
    sales = asking.frame("sales_summary", "year")
    if sales.empty:
        return None
    numbers = [*_shares(asking), *_frequency(asking), *_sold(asking, sales), *_spending(asking)]
    blocks = [*_gaps(asking), *_concentration(asking)]
    return Section("purchases", "How they buy", _lead(sales, asking), numbers, blocks)


def _lead(sales: pd.DataFrame, asking: Asking) -> list[str]:
    return [
        f"{many(int(row['buyers']), 'customer')} bought {many(int(row['orders']), 'order')} worth "
        f"{money(float(row['net']), str(row['currency']))} after refunds of {money(float(row['refunds']), str(row['currency']))}, "
        f"in the {asking.year_name}."
        for _, row in sales.iterrows()
    ][:3]


def _sold(asking: Asking, sales: pd.DataFrame) -> list[Number]:
    return [
        _number(
            asking, "sales_summary", row, f"Sales after refunds, {row['currency']}",
            money(known(row["value"]), str(row["currency"])), f"n {many(int(row['orders']), 'order')}",
            {"buyers": "who bought", "gave_back": "who gave something back"},
        )
        for _, row in sales.iterrows()
    ][:3]  # fmt: skip


def _number(
    asking: Asking, metric: str, row: pd.Series, name: str, told: str, n: str, who: Mapping[str, str], why: str = ""
) -> Number:
    """A figure of the year's one period, with the customers behind it."""
    cell, currency = {"period": str(row["period"])}, str(row.get("currency", ""))
    lists = asking.behind(metric, who, cell, over="year", currency=currency)
    return Number(name, told, asking.year_name, n, metric, "", why, asking.command(metric, "year"), lists)


def _shares(asking: Asking) -> list[Number]:
    told = []
    for metric, name, whole, group, who in (
        ("repeat_rate", "Earlier buyers who bought again", "existing", "returned", ("earlier buyers", "bought again")),
        ("returning_share", "Buyers who had bought before", "buyers", "returning", ("buyers", "had bought before")),
        ("lifetime_repeat", "Buyers who ever bought twice", "buyers", "repeated", ("ever bought", "bought twice")),
    ):
        frame = asking.frame(metric, "year")
        if frame.empty:
            continue
        row = frame.iloc[0]
        n = f"{number(float(row[group]))} of n {number(float(row[whole]))}"
        value = known(row["value"])
        why = "Not defined: nobody to divide by." if value is None else few(int(row[whole]), who[0])
        titles = dict(zip((whole, group), who, strict=True))
        told.append(_number(asking, metric, row, name, percent(value), n, titles, why))
    return told


def _frequency(asking: Asking) -> list[Number]:
    told = []
    frequency = asking.frame("purchase_frequency", "year")
    if not frequency.empty:
        row = frequency.iloc[0]
        n = f"{many(int(row['orders']), 'order')} of n {many(int(row['buyers']), 'buyer')}"
        who = {"buyers": "buyers", "several": "with several orders"}
        value = number(known(row["value"]), 2)
        told.append(_number(asking, "purchase_frequency", row, "Orders per buyer", value, n, who))
    second = asking.frame("time_to_second_order", "all_time")
    return told if second.empty else [*told, _second(asking, second.iloc[0])]


def _second(asking: Asking, row: pd.Series) -> Number:
    reached = not pd.isna(row["median"])
    between = f"95 % interval {_days(row['low'])} to {_days(row['high'])}"
    who = {"ordered_again": "with a second order", "waiting": "still with one"}
    return Number(
        "Half have a second order after",
        f"{number(float(row['median']))} days" if reached else "not reached",
        "all customers",
        f"n {many(int(row['customers']), 'buyer')}, {number(float(row['waiting']))} still with one order",
        "time_to_second_order",
        why=between if reached else "More than half have not bought again: the median is not reached.",
        command=asking.command("time_to_second_order", "all_time"),
        behind=asking.behind("time_to_second_order", who, {}, over="all_time"),
    )


def _days(value: float) -> str:
    return "beyond what has been seen" if pd.isna(value) else f"{number(float(value))} days"


def _spending(asking: Asking) -> list[Number]:
    told = []
    for _, row in asking.frame("basket", "year").iterrows():
        n = f"n {many(int(row['orders']), 'order')}"
        value = money(known(row["value"]), str(row["currency"]))
        told.append(_number(asking, "basket", row, f"Basket, {row['currency']}", value, n, {"buyers": "who bought"}))
    for _, row in asking.frame("repeat_spend", "year").iterrows():
        n = f"n {number(float(row['returning']))} returning, {number(float(row['first_time']))} first-time"
        ratio = known(row["value"])
        value = number(None) if ratio is None else f"{number(ratio, 2)} times"
        name = f"Spend of returning against first-time buyers, {row['currency']}"
        who = {"returning": "who had bought before", "first_time": "for the first time"}
        told.append(_number(asking, "repeat_spend", row, name, value, n, who, _spread(row)))
    return told


def _spread(row: pd.Series) -> str:
    if pd.isna(row["value"]):
        reason = row["reason"]
        return f"Not defined. {reason}" if isinstance(reason, str) else "Not defined."
    if pd.isna(row["low"]) or pd.isna(row["high"]):
        return "Too few on one side for an interval."
    return f"95 % interval {number(row['low'], 2)} to {number(row['high'], 2)}"


def _gaps(asking: Asking) -> list[Figure]:
    answer = asking.answer("order_gaps", "all_time")
    if answer is None:
        return []
    counted = asking.counts(answer, "all_time").groupby("gap_days", as_index=False).agg(gaps=("gaps", "sum"))
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
        lambda width: gaps.chart(frame, marks={"half within": half, "80 % within": most}, width=width),
        counted,
        Table("Gaps between purchases", ("days", "gaps"), rows),
        (("Their median and 80th percentile, month by month:", asking.command("order_gaps", "all_time")),),
        asking.behind("order_gaps", {"reordered": "bought again after a gap"}, {}, over="all_time"),
    )
    return [figure]


def _concentration(asking: Asking) -> list[Figure]:
    figures = []
    for _, row in asking.frame("concentration", "year").head(3).iterrows():
        tops = [top for top in (1, 5, 10, 20) if not pd.isna(row[f"share_of_top_{top}"])]
        frame = pd.DataFrame(
            {
                "top": [t / 100 for t in tops],
                "customers": [int(row[f"top_{t}"]) for t in tops],
                "revenue": [float(row[f"share_of_top_{t}"]) for t in tops],
            }
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
                ((THESE, asking.command("concentration", "year")),),
                _largest(asking, row, tops),
            )
        )
    return figures


def _largest(asking: Asking, row: pd.Series, tops: list[int]) -> tuple[Behind, ...]:
    who = {f"top_{top}": f"in the top {top} %" for top in tops}
    cell = {"period": str(row["period"])}
    return asking.behind("concentration", who, cell, over="year", currency=str(row["currency"]))


def _drawn(frame: pd.DataFrame) -> Callable[[int], "alt.LayerChart"]:
    return lambda width: concentration.chart(frame, width=width)
