"""Who is each customer this morning? One row each: what is known of them beside what is inferred, unknown where it is unknown."""

from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from keepwell.act.wording import days
from keepwell.measure.profile import profile
from keepwell.measure.spells import spells
from keepwell.rounds.buying import SOON
from keepwell.rounds.step import Made, Morning, Step
from keepwell.tongue import gettext_noop
from keepwell.understand.histories import histories
from keepwell.understand.judging import percent
from keepwell.understand.spend import GammaGamma

_BUYING = ("alive", "buys_soon", "orders_year", "orders_low", "orders_high", "next_in_days")


def _portraits(morning: Morning) -> Made:
    morning.share(spells)
    morning.share(histories)
    people = profile(morning.facts)
    people = people.drop("email", "phone")
    for told in (
        _buying(morning),
        _spend(morning),
        morning.table("contracts"),
        morning.table("risk"),
        _health(morning),
        morning.table("segments"),
    ):
        people = people.left_join(told, "customer_id").drop("customer_id_right")
    return Made(people.mutate(**_values(people)))


def _values(people: ir.Table) -> dict[str, ir.Value]:
    """What the next year will bring, of orders, by contract and of both, each with its interval."""
    price = people.mrr.cast("float64")
    told: dict[str, ir.Value] = {}
    buys, pays = (people.orders_year * people.spend).notnull(), (price * people.months_year).notnull()
    for end in ("", "_low", "_high"):
        orders = people[f"orders{end or '_year'}"] * people.spend
        contract = price * people[f"months{end or '_year'}"]
        # Of who does not buy, or has no contract, the other half is the whole; where neither is known, nothing is.
        both = ibis.cases((buys & pays, orders + contract), (buys, orders), else_=contract)
        told |= {f"orders_value{end}": orders, f"contract_value{end}": contract, f"value_year{end}": both}
    return told


def _buying(morning: Morning) -> ir.Table:
    cells, keys = morning.table("value"), ["repeats", "recency_days", "age_days"]
    return histories(morning.facts).inner_join(cells, keys).select("customer_id", *_BUYING)


def _health(morning: Morning) -> ir.Table:
    return morning.table("health").select("customer_id", "health", "light", health_known="known")


def _spend(morning: Morning) -> ir.Table:
    told = GammaGamma().needs(morning.facts).told(morning.table("spend"))
    return told.select("customer_id", "spend", spend_currency=ibis.literal(morning.facts.company.currency))


PORTRAITS = Step(
    "portraits",
    gettext_noop("everybody's portrait"),
    _portraits,
    ("customers", "orders", "refunds", "subscriptions", "events", "touches", "answers"),
    after=("value", "spend", "contracts", "risk", "health", "segments"),
    version=2,
)


def told(row: Mapping[str, Any], currency: str) -> list[str]:
    """
    One portrait in sentences; what is not known is said to be unknown.

    Args:
        row: A portrait, column by column.
        currency: Of the company's books, in which its money is.
    """
    row = {**row, "currency": currency}
    return [
        sentence
        for part in (_who, _bought, _pays, _will_buy, _worth, _stays, _healthy, _may_leave)
        for sentence in part(row)
        if sentence
    ]


def _who(row: Mapping[str, Any]) -> list[str]:
    name = row["name"] if _known(row["name"]) else row["customer_id"]
    state = "is a customer" if row["kept"] else "is not a customer now"
    since = f" since {row['kept_since_on']:%Y-%m-%d}" if row["kept"] and _known(row["kept_since_on"]) else ""
    stands = [row[column] for column in ("segment", "value_segment") if _known(row[column])]
    return [f"{name} {state}{since}. Segment: {stands[0]}; by what they brought so far: {stands[1]}."]


def _bought(row: Mapping[str, Any]) -> list[str]:
    if not _known(row["orders"]) or not row["orders"]:
        return ["No order is known."]
    rhythm = f"; usually every {days(row['gap_days'])}" if _known(row["gap_days"]) else ""
    return [
        f"{row['orders']:,.0f} orders worth {row['net']:,.2f} {row['currency']}; the last {row['recency_days']:.0f} days ago{rhythm}."
    ]


def _pays(row: Mapping[str, Any]) -> list[str]:
    if not _known(row["plan"]):
        return []
    return [f"Plan {row['plan']} ({row['state']}), {row['mrr']:,.2f} {row['currency']} a month."]


def _will_buy(row: Mapping[str, Any]) -> list[str]:
    if not _known(row["alive"]):
        return ["Whether they will buy again is not known: see keepwell backtest."]
    high = f"{row['orders_high']:.0f}" if _known(row["orders_high"]) else "more"
    wait = (
        f"Half of those like them buy again within {row['next_in_days']:.0f} days."
        if _known(row["next_in_days"])
        else ""
    )
    return [
        f"Still there with a chance of {percent(row['alive'])}; buys within {SOON} days with {percent(row['buys_soon'])}.",
        f"Orders in the next year: {row['orders_year']:.1f} expected, {row['orders_low']:.0f} to {high} with a chance of four in five. {wait}".strip(),
    ]


def _stays(row: Mapping[str, Any]) -> list[str]:
    if not _known(row["stays_year"]):
        return []
    made, stays = f"{row['renewals_made']:.0f}", percent(row["stays_year"])
    money = f"{row['contract_value']:,.0f} {row['currency']} are expected from it in that year"
    between = f"{row['contract_value_low']:,.0f} to {row['contract_value_high']:,.0f} with a chance of four in five"
    return [f"After {made} renewals the contract runs on for a year with a chance of {stays}; {money}, {between}."]


def _worth(row: Mapping[str, Any]) -> list[str]:
    if not _known(row["orders_value"]):
        return ["What orders of the next year will bring is not known."]
    high = f"{row['orders_value_high']:,.0f}" if _known(row["orders_value_high"]) else "more"
    money = f"{row['orders_value']:,.0f} {row['spend_currency']} expected, {row['orders_value_low']:,.0f} to {high}"
    return [
        f"Orders of the next year will bring {money} with a chance of four in five, at {row['spend']:,.2f} {row['currency']} each."
    ]


def _healthy(row: Mapping[str, Any]) -> list[str]:
    if not _known(row["health"]):
        return ["Health: not known." if row["kept"] else ""]
    return [
        f"Health {row['health']:.0f} of 100 ({row['light']}), {percent(row['health_known'])} of what it looks at being known."
    ]


def _may_leave(row: Mapping[str, Any]) -> list[str]:
    if "risk" not in row or not _known(row["risk"]):
        return []
    reasons = [row[f"reason_{place}"] for place in (1, 2, 3) if _known(row.get(f"reason_{place}"))]
    return [
        f"Leaves within {SOON} days with a chance of {percent(row['risk'])} ({percent(row['risk_low'])} to {percent(row['risk_high'])}).",
        *reasons,
    ]


def _known(value: Any) -> bool:
    return value is not None and not pd.isna(value)
