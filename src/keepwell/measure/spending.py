"""How is spending spread over orders and over customers? Baskets, concentration, repeat against first-time buyers."""

import math
from collections.abc import Hashable, Mapping
from decimal import Decimal
from typing import Any

import ibis
import pandas as pd
from ibis import _

from keepwell.measure import bridge
from keepwell.measure.cells import every_period
from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, metric, number
from keepwell.measure.money import converted, digits, minor, worth
from keepwell.measure.periods import Periods
from keepwell.measure.purchases import first_days
from keepwell.measure.takings import takings
from keepwell.schema.table import MONEY
from keepwell.tongue import gettext_noop

_CELL = ("period", "currency")
_TOPS = (1, 5, 10, 20)


@metric(
    id="basket",
    name=gettext_noop("Basket"),
    question=gettext_noop("What is an order worth, and how many items are in it?"),
    formula="net revenue / orders, orders wholly given back left out; items per order where the lines are known",
    unit="money",
    misleads="An average of all orders, guests' included: a few large ones lift it.",
    source="Net over orders that were not wholly refunded.",
)
def basket(facts: Facts, periods: Periods) -> Cases:
    """Net revenue per order, each order rounded once."""
    sales = facts.sales.filter(_.net > 0)
    sales = sales.mutate(period=periods.place(sales.day), digits=digits(sales.currency)).filter(_.period.notnull())
    told = converted(sales, facts, periods)
    told = told.mutate(taken=minor(worth(told.net, told.rate_start, facts), told.digits))
    lines = facts.read("order_lines").filter(~_.returned.fill_null(False))
    items = lines.group_by("order_id").agg(items=_.quantity.sum())
    rows = told.left_join(items, "order_id").select("customer_id", "period", "currency", "taken", "items")
    counts = {
        "orders": _.count(),
        "net": _.taken.sum(),
        "orders_with_lines": _["items"].count(),
        "items": _["items"].fill_null(0).sum(),
    }

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        whole = every_period(periods)(frame)
        return whole.assign(items_per_order=bridge.ratio(("items",), ("orders_with_lines",))(whole))

    return Cases(rows, _CELL, counts, bridge.ratio(("net",), ("orders",)), {"buyers": _.taken > 0}, finish=finish)


@metric(
    id="concentration",
    name=gettext_noop("Concentration of revenue"),
    question=gettext_noop(
        "How much of the revenue comes from the best fifth of the buyers, and the best twentieth, and the best hundredth?"
    ),
    formula="net revenue of the top 20 % of known buyers (rounded up to whole buyers) / net revenue of all; the Gini coefficient beside it",
    unit="share",
    misleads="With few buyers a fifth is one or two of them. It says how uneven the buyers are, not whether they stay.",
    source="Gini = sum of (2 x rank - n - 1) x revenue / (n x revenue of all), ranks from the smallest",
)
def concentration(facts: Facts, periods: Periods) -> Cases:
    """Shares of the top 1, 5, 10 and 20 % and Gini; its value is the share of the top 20 %. Among equals it does not matter who is counted."""
    taken = takings(facts, periods)
    taken = taken.filter(taken.customer_id.notnull() & (taken.net > 0)).select("customer_id", *_CELL, "net")
    cell = {"group_by": [*_CELL]}
    ranked = taken.mutate(
        rank=ibis.row_number().over(**cell, order_by=[ibis.desc("net"), "customer_id"]).cast("int64"),
        buyers=taken.count().over(**cell),
    )
    tops = {f"top_{top}": (ranked["rank"] * 100 < ranked.buyers * top).cast("int64") for top in _TOPS}
    place = (ranked.buyers - ranked["rank"]).cast("decimal(9, 0)")
    rows = ranked.mutate(**tops, weighted=(ranked.net * place).cast("decimal(38, 4)"))
    counts = {
        "buyers": _.count(),
        "net": _.net.sum(),
        "weighted": _.weighted.sum(),
        **{f"top_{top}": _[f"top_{top}"].sum() for top in _TOPS},
        **{f"net_of_top_{top}": _.net.sum(where=_[f"top_{top}"] == 1) for top in _TOPS},
    }
    groups = {"buyers": _.net > 0, **{f"top_{top}": _[f"top_{top}"] == 1 for top in _TOPS}}
    return Cases(rows, _CELL, counts, number("share_of_top_20"), groups, finish=_shares)


def _shares(frame: pd.DataFrame) -> pd.DataFrame:
    """The shares of the top buyers and Gini; *weighted* is the sum of revenue times rank from the smallest, the least being 1."""
    net, buyers = frame["net"].astype("float64"), frame["buyers"]
    shares = {f"share_of_top_{top}": bridge.ratio((f"net_of_top_{top}",), ("net",))(frame) for top in _TOPS}
    gini = [
        float((2 * weighted - (count + 1) * total) / (count * total)) if total else math.nan
        for weighted, count, total in zip(frame["weighted"], (int(n) for n in buyers), frame["net"], strict=True)
    ]
    told = frame.drop(columns="weighted").assign(**shares, gini=gini, net_per_buyer=net / buyers)
    if "by" in told:
        figures = [*shares, "gini"]
        told[figures] = math.nan
        told["reason"] = (
            "Buyers are ranked among all: ask for one part at a time, with a segment instead of a breakdown."
        )
    return told


@metric(
    id="repeat_spend",
    name=gettext_noop("Spend of repeat against first-time buyers"),
    question=gettext_noop("How much more does a buyer spend who had bought before?"),
    formula="(net revenue of returning buyers / returning buyers) / (net revenue of first-time buyers / first-time buyers)",
    unit="ratio",
    misleads="Who comes back was often the better customer from the start: the ratio is no effect of returning.",
    source="95 % interval by the delta method on the log of the ratio.",
)
def repeat_spend(facts: Facts, periods: Periods) -> Cases:
    """Ratio of spend per buyer with n and its interval (low, high). The interval needs two buyers on each side."""
    taken = takings(facts, periods)
    taken = taken.filter(taken.customer_id.notnull() & (taken.net > 0)).select("customer_id", *_CELL, "net")
    known = taken.join(first_days(facts), "customer_id")
    returning = periods.place(known.first_day).fill_null(-1) != known.period
    rows = known.select(
        "customer_id",
        *_CELL,
        "net",
        returning=returning.cast("int64"),
        # One digit wider on one side: DuckDB then multiplies in 128 bits, and Spark keeps all eight decimals.
        squared=(known.net.cast("decimal(19, 4)") * known.net.cast(MONEY)).cast("decimal(38, 8)"),
    )
    sides = {"returning": _.returning == 1, "first_time": _.returning == 0}
    counts = {
        **{name: (1 - _.returning if name == "first_time" else _.returning).sum() for name in sides},
        **{f"{name}_net": _.net.sum(where=where) for name, where in sides.items()},
        **{f"{name}_squares": _.squared.sum(where=where) for name, where in sides.items()},
    }
    return Cases(rows, _CELL, counts, number("ratio"), sides, finish=_spend_ratio)


def _spend_ratio(frame: pd.DataFrame) -> pd.DataFrame:
    told = [_one_ratio(row) for row in frame.to_dict("records")]
    columns = ["returning_mean", "first_time_mean", "ratio", "low", "high", "reason"]
    figures = pd.DataFrame(told, columns=columns, index=frame.index)
    return pd.concat([frame.drop(columns=["returning_squares", "first_time_squares"]), figures], axis=1)


def _one_ratio(row: Mapping[Hashable, Any]) -> dict[str, object]:
    sides = [(int(row[name]), row[f"{name}_net"], row[f"{name}_squares"]) for name in ("returning", "first_time")]
    means = [float(total) / count if count else math.nan for count, total, _squares in sides]
    if not all(count for count, _total, _squares in sides):
        why = "There are not both returning and first-time buyers."
        return {"returning_mean": means[0], "first_time_mean": means[1], "ratio": math.nan, "reason": why}
    ratio = means[0] / means[1]
    told: dict[str, object] = {
        "returning_mean": means[0],
        "first_time_mean": means[1],
        "ratio": ratio,
        "low": math.nan,
        "high": math.nan,
    }
    if all(count > 1 for count, _total, _squares in sides):
        spread = math.sqrt(sum(_relative_variance(*side) for side in sides))
        told |= {
            "low": ratio * math.exp(-1.959963984540054 * spread),
            "high": ratio * math.exp(1.959963984540054 * spread),
        }
    return told


def _relative_variance(count: int, total: Decimal, squares: Decimal) -> float:
    """Variance of a mean over its square, from exact sums."""
    mean = total / count
    return float((squares - total * mean) / (count - 1) / count / mean**2)
