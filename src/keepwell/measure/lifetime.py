"""What is a customer worth, against what it cost to win one? By formula, and as observed."""

import math
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.measure.bridge import ratio
from keepwell.measure.costs import (
    Column,
    because,
    counts_orders,
    first_paid,
    revenue,
    shared,
    side_by_side,
    spend,
    whole_months,
)
from keepwell.measure.economics import acquired
from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, metric, number, share
from keepwell.measure.periods import Periods
from keepwell.measure.states import states
from keepwell.schema.table import MONEY
from keepwell.tongue import gettext_noop

LONGEST = 60
"""No lifetime is taken to be longer than so many months, however few leave."""

_MONEY = ("revenue", "mrr", "goods", "acquire")
_PEOPLE = ("stood", "at_start", "lost", "acquired")
_KEYS: list[Column] = [("customer_id", "string"), ("period", "int32"), ("currency", "string")]
_NO_MARGIN = "The margin is not known: set gross_margin, or record the cost of goods."
_NOBODY_LEFT = "Nobody left in this period, so the formula has no lifetime; see ltv_realised for what was observed."
_NOT_WON = "The cost of winning a customer is not known for this period."


def _unit_economics(
    facts: Facts, periods: Periods, told: str, revenue_from: str, *, against_cac: bool, lag_months: int = 0
) -> Cases:
    """Everything the formulas are made of, per period and currency; *told* is the figure that is the value."""
    stood = states(facts, periods)
    standing = stood.select("customer_id", "period", "at_start", "lost", stood=ibis.literal(1, "int64"))
    parts = [revenue(facts, periods, revenue_from), standing, spend(facts, periods, "goods")]
    if against_cac:
        parts += [spend(facts, periods, "acquire", lag_months=lag_months), acquired(facts, periods)]
    columns = [*((name, MONEY) for name in _MONEY), ("payers", "int64"), *((name, "int64") for name in _PEOPLE)]
    rows = side_by_side(parts, _KEYS, columns)
    counts = {name: _[name].sum() for name, _type in columns}

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        whole = shared(frame, periods, _PEOPLE, facts.company.currency)
        by_orders = counts_orders(facts, revenue_from)
        figures = _figures(
            whole, facts, pd.Series(whole_months(periods))[whole["period"]].to_numpy(), by_orders=by_orders
        )
        reasons = [(figures["margin"].isna(), _NO_MARGIN)]
        if told != "payback":
            reasons.append((figures["lost"] == 0, _NOBODY_LEFT))
        if against_cac:
            reasons.append((figures["cac"].isna(), _NOT_WON))
        return because(figures, reasons)

    groups = {"lost": _.lost == 1, "acquired": _.acquired == 1} if against_cac else {"lost": _.lost == 1}
    return Cases(rows, ("period", "currency"), counts, number(told), groups, finish=finish)


def _figures(frame: pd.DataFrame, facts: Facts, long: Any, *, by_orders: bool) -> pd.DataFrame:
    """Revenue per customer and month, margin, churn, lifetime, value, cost to win and payback."""
    arpa = share("revenue", "stood")(frame) / long if by_orders else ratio(("mrr",), ("payers",))(frame)
    goods, earned = frame["goods"].astype("float64"), frame["revenue"].astype("float64")
    known = facts.company.gross_margin
    margin = pd.Series(float(known), index=frame.index) if known is not None else 1 - goods / earned.where(earned > 0)
    churn = share("lost", "at_start")(frame)
    lifetime = (long / churn.where(churn > 0)).clip(upper=LONGEST)
    ltv = arpa * margin * lifetime
    cac = ratio(("acquire",), ("acquired",))(frame)
    monthly = arpa * margin
    return frame.assign(
        arpa=arpa, margin=margin, churn=churn, lifetime_months=lifetime, ltv=ltv, cac=cac,
        ltv_to_cac=ltv / cac.where(cac > 0), payback=cac / monthly.where(monthly > 0),
    )  # fmt: skip


@metric(
    id="ltv_simple",
    name=gettext_noop("Lifetime value by formula"),
    question=gettext_noop("If everything stayed as in this period, what margin would a customer bring before leaving?"),
    formula="revenue per customer and month x gross margin x months stayed; months stayed = months of the period / churn, at most 60",
    unit="money",
    misleads="Takes all customers to be alike and the present to last. Not defined where nobody left; never use it to rank customers.",
    source="ARPA x margin / churn, the lifetime capped at 60 months.",
)
def ltv_simple(facts: Facts, periods: Periods, *, revenue_from: str = "auto") -> Cases:
    """
    ARPA x margin / churn. Subscriptions count MRR per paying customer, orders net revenue per customer that stood in the period.

    Args:
        facts: The tables.
        periods: Whole months each.
        revenue_from: auto, orders or subscriptions (see costs.revenue).
    """
    return _unit_economics(facts, periods, "ltv", revenue_from, against_cac=False)


@metric(
    id="ltv_to_cac",
    name=gettext_noop("Lifetime value against cost to win"),
    question=gettext_noop("How many times does a customer bring back what it cost to win one?"),
    formula="ltv_simple / cac of the same period",
    unit="ratio",
    misleads="Two estimates over each other, and the spend of a month wins customers of later ones.",
    source="ltv_simple over cac.",
)
def ltv_to_cac(facts: Facts, periods: Periods, *, revenue_from: str = "auto", lag_months: int = 0) -> Cases:
    """LTV over CAC; see ltv_simple for revenue_from, cac for lag_months."""
    return _unit_economics(facts, periods, "ltv_to_cac", revenue_from, against_cac=True, lag_months=lag_months)


@metric(
    id="payback_simple",
    name=gettext_noop("Months to earn back the cost to win, by formula"),
    question=gettext_noop(
        "After how many months of margin is the cost of winning a customer earned back, if nobody leaves before?"
    ),
    formula="cac / (revenue per customer and month x gross margin)",
    unit="months",
    misleads="Forgets that some leave before; payback_observed does not.",
    source="Cost to win over monthly margin.",
)
def payback_simple(facts: Facts, periods: Periods, *, revenue_from: str = "auto", lag_months: int = 0) -> Cases:
    """CAC over monthly margin; see ltv_simple for revenue_from, cac for lag_months."""
    return _unit_economics(facts, periods, "payback", revenue_from, against_cac=True, lag_months=lag_months)


def _observed(
    facts: Facts, periods: Periods, revenue_from: str, lag_months: int = 0
) -> tuple[ir.Table, dict[str, Any]]:
    """
    Revenue by cohort and age, how many customers each cohort has, and, with cohort null and age the period, what
    everybody brought and what goods and winning customers cost.
    """
    earned = revenue(facts, periods, revenue_from).left_join(first_paid(facts), "customer_id")
    aged = earned.mutate(cohort=periods.place(earned.first_day)).filter(_.cohort.notnull() & (_.period >= _.cohort))
    aged = aged.mutate(age=(aged.period - aged.cohort).cast("int32"))
    began = acquired(facts, periods).rename(cohort="period", customers="acquired")
    everybody = earned.select("currency", age="period", taken="revenue")
    lags = {"goods": 0, "acquire": lag_months}
    costs = [spend(facts, periods, purpose, lag_months=lag).rename(age="period") for purpose, lag in lags.items()]
    keys: list[Column] = [("customer_id", "string"), ("cohort", "int32"), ("age", "int32"), ("currency", "string")]
    columns = [*((name, MONEY) for name in ("revenue", "taken", "goods", "acquire")), ("customers", "int64")]
    rows = side_by_side([aged, began.mutate(age=ibis.literal(0, "int32")), everybody, *costs], keys, columns)
    return rows, {name: _[name].sum() for name, _type in columns}


def _curves(frame: pd.DataFrame, facts: Facts, periods: Periods) -> pd.DataFrame:
    """
    Cumulative margin per customer of every cohort, age and currency.

    Columns cohort, age, currency (and by), customers, revenue and margin of that age, per_customer up to it, cac.
    """
    apart = [name for name in ("by",) if name in frame]
    named = frame[frame["cohort"].notna()]
    sizes = named.groupby([*apart, "cohort"], as_index=False)["customers"].sum()
    sizes = sizes.assign(cohort=sizes["cohort"].astype("int64"), customers=sizes["customers"].astype("int64"))
    earned = named.loc[named["currency"].notna(), [*apart, "cohort", "age", "currency", "revenue"]]
    currencies = pd.DataFrame({"currency": sorted(earned["currency"].unique()) or [facts.company.currency]})
    cells = sizes.merge(pd.DataFrame({"age": range(len(periods))}), how="cross").merge(currencies, how="cross")
    cells = cells[cells["cohort"] + cells["age"] < len(periods)]
    whole = cells.merge(earned, on=[*apart, "cohort", "age", "currency"], how="left")
    whole["revenue"] = whole["revenue"].where(whole["revenue"].notna(), 0).astype("float64")
    spent = _calendar(frame, facts)
    then = whole[["cohort", "age", "currency"]].assign(age=whole["cohort"] + whole["age"])
    shares = then.merge(spent, on=["age", "currency"], how="left")["margin_share"].to_numpy()
    won = then.assign(age=whole["cohort"]).merge(spent, on=["age", "currency"], how="left")["acquire"].to_numpy()
    margin = (whole["revenue"] * shares).where(whole["revenue"] != 0, 0.0)
    order = [*apart, "cohort", "currency", "age"]
    whole = whole.assign(margin=margin, cac=won / whole["cohort"].map(sizes.groupby("cohort")["customers"].sum()))
    whole = whole.sort_values(order, ignore_index=True)
    total = whole.groupby([*apart, "cohort", "currency"])["margin"].transform(lambda part: part.cumsum(skipna=False))
    return because(whole.assign(per_customer=total / whole["customers"]), [(total.isna(), _NO_MARGIN)])


def _calendar(frame: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """Margin share and cost of winning by period (age) and currency; NaN where not known."""
    rows = frame.loc[frame["cohort"].isna(), ["age", "currency", "taken", "goods", "acquire"]]
    money = rows.astype(dict.fromkeys(("taken", "goods", "acquire"), "float64"))
    spent = money.groupby(["age", "currency"], as_index=False).sum(min_count=1)
    known = facts.company.gross_margin
    by_goods = 1 - spent["goods"] / spent["taken"].where(spent["taken"] > 0)
    return spent.assign(margin_share=by_goods if known is None else float(known))


@metric(
    id="ltv_realised",
    name=gettext_noop("Lifetime value so far"),
    question=gettext_noop("What margin has a customer of each cohort brought by each age?"),
    formula="cumulative (revenue x gross margin) of the customers who first paid in a period, up to each age, per customer of the cohort",
    unit="money",
    misleads="Observed, so it says nothing of the months to come; young cohorts have only low ages.",
    source="Cumulative per customer of the cohort; refunds lower the period they were given back in.",
)
def ltv_realised(facts: Facts, periods: Periods, *, revenue_from: str = "auto") -> Cases:
    """
    Cumulative margin per customer by cohort (period of the first payment) and age (0: that period).

    Args:
        facts: The tables.
        periods: Whole months each.
        revenue_from: auto, orders or subscriptions (see costs.revenue).
    """
    rows, counts = _observed(facts, periods, revenue_from)

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        return _curves(frame, facts, periods)

    groups = {"customers": _.customers == 1}
    return Cases(rows, ("cohort", "age", "currency"), counts, number("per_customer"), groups, finish=finish)


@metric(
    id="payback_observed",
    name=gettext_noop("Months to earn back the cost to win, as observed"),
    question=gettext_noop(
        "By the end of which month had a cohort's customers brought as much margin as it cost to win them?"
    ),
    formula="months up to the end of the first age at which ltv_realised reaches the cac of the cohort's period",
    unit="months",
    misleads="Not defined for cohorts that have not got there; the oldest cohorts may have been cheaper to win.",
    source="The observed curve of ltv_realised against the cost to win of the cohort's own period.",
)
def payback_observed(facts: Facts, periods: Periods, *, revenue_from: str = "auto", lag_months: int = 0) -> Cases:
    """First whole period in which the observed curve reaches the cost to win; see ltv_realised for revenue_from, cac for lag_months."""
    rows, counts = _observed(facts, periods, revenue_from, lag_months)
    long = whole_months(periods)
    over = [period.end <= facts.as_of for period in periods]

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        curves = _curves(frame, facts, periods)
        keys = [name for name in ("by", "cohort", "currency") if name in curves]
        told = [
            {**dict(zip(keys, key, strict=True)), **_earned_back(part, long, over)}
            for key, part in curves.groupby(keys)
        ]
        return pd.DataFrame(told, columns=[*keys, "customers", "cac", "months", "reason"])

    groups = {"customers": _.customers == 1}
    return Cases(rows, ("cohort", "age", "currency"), counts, number("months"), groups, _cohort, finish)


def _cohort(frame: pd.DataFrame) -> pd.Series:
    return frame["cohort"]


def _earned_back(curve: pd.DataFrame, long: list[int], over: list[bool]) -> dict[str, Any]:
    """Months until one cohort's curve reaches its cost to win; NaN and the reason where it does not."""
    cohort, cac = int(curve["cohort"].iloc[0]), float(curve["cac"].iloc[0])
    told = {"customers": int(curve["customers"].iloc[0]), "cac": cac, "months": math.nan, "reason": None}
    if math.isnan(cac):
        return {**told, "reason": _NOT_WON}
    seen = curve[[over[cohort + int(age)] for age in curve["age"]]]
    if seen["per_customer"].isna().any():
        return {**told, "reason": _NO_MARGIN}
    reached = seen.loc[seen["per_customer"] >= cac, "age"]
    if reached.empty:
        return {**told, "reason": "The cost of winning them is not earned back yet."}
    return {**told, "months": float(sum(long[cohort : cohort + int(reached.iloc[0]) + 1]))}
