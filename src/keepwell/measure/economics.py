"""What does it cost to win a customer, what to keep one, and where does the money go? What is not recorded is unknown, never 0."""

from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.measure.bridge import ratio
from keepwell.measure.costs import Column, because, first_paid, revenue, shared, side_by_side, spend
from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, metric, number
from keepwell.measure.periods import Periods
from keepwell.measure.states import states
from keepwell.measure.traits import trait
from keepwell.schema.clock import day_number
from keepwell.schema.table import MONEY
from keepwell.tongue import gettext_noop

_KEYS: list[Column] = [("customer_id", "string"), ("period", "int32"), ("currency", "string"), ("category", "string")]
_CELL = ("period", "currency")
_NO_ACQUIRE = "No cost of winning customers is recorded for this period."
_NO_RETAIN = "No cost of keeping customers is recorded for this period."
_NO_SOURCES = "Which sources are paid for is not said: set the option sources, such as sources=google,facebook."
_NO_PART = "No cost of this purpose names a customer of this part; costs that name nobody are told under unknown."
_NOBODY_NEW = "Nobody paid for the first time in this period."
_NOBODY_KEPT = "Nobody was kept through this period."


def acquired(facts: Facts, periods: Periods) -> ir.Table:
    """Customers by the period in which they first paid: columns customer_id, period, acquired (1)."""
    first = first_paid(facts)
    placed = first.select("customer_id", period=periods.place(first.first_day), acquired=ibis.literal(1, "int64"))
    return placed.filter(placed.period.notnull())


def kept(facts: Facts, periods: Periods) -> ir.Table:
    """Customers kept through each period: columns customer_id, period, kept (1)."""
    stood = states(facts, periods).filter(_.kept == 1)
    return stood.select("customer_id", "period", kept=ibis.literal(1, "int64"))


def _beside(
    parts: list[ir.Table], money: tuple[str, ...], people: tuple[str, ...]
) -> tuple[ir.Table, Mapping[str, Any]]:
    """The parts' rows and the counts of them."""
    columns = [(name, MONEY) for name in money] + [(name, "int64") for name in people]
    return side_by_side(parts, _KEYS, columns), {name: _[name].sum() for name in (*money, *people)}


@metric(
    id="cac",
    name=gettext_noop("Cost to win a customer"),
    question=gettext_noop("What was spent to win each new paying customer?"),
    formula="costs of purpose acquire (ads, landing pages, mail, travel, lodging, team …) / customers who first paid in the period",
    unit="money",
    misleads="Money spent now wins customers later (see lag_months). It is blended: customers who came by themselves are in the denominator.",
    source="All costs of winning over all customers won, blended.",
)
def cac(facts: Facts, periods: Periods, *, lag_months: int = 0, each_category: bool = False) -> Cases:
    """
    Acquisition spend per new paying customer.

    Args:
        facts: The tables.
        periods: Whole months each.
        lag_months: Months from spending to winning.
        each_category: Whether each category of cost is told in a row of its own.
    """
    parts = [spend(facts, periods, "acquire", lag_months=lag_months), acquired(facts, periods)]
    rows, counts = _beside(parts, ("acquire",), ("acquired",))

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        whole = shared(frame, periods, ["acquired"], facts.company.currency)
        missing = _NO_PART if "by" in whole else _NO_ACQUIRE
        return because(whole, [(whole["acquire"].isna(), missing), (whole["acquired"] == 0, _NOBODY_NEW)])

    cell = (*_CELL, "category") if each_category else _CELL
    return Cases(rows, cell, counts, ratio(("acquire",), ("acquired",)), {"acquired": _.acquired == 1}, finish=finish)


@metric(
    id="cac_paid",
    name=gettext_noop("Cost to win a customer, by paid means alone"),
    question=gettext_noop("What was spent on paid means for each new customer who came by them?"),
    formula="costs of purpose acquire in the paid categories / customers who first paid in the period and came from a paid source; blended beside it: all of the costs / all of the customers",
    unit="money",
    misleads="Who saw an advertisement and came by another way counts as unpaid; team and travel are in blended alone. It needs the sources of customers.",
    source="Blended and paid are two numbers: paid leaves out who came by themselves, and what was not spent on paid means.",
)
def cac_paid(
    facts: Facts, periods: Periods, *, sources: str = "", categories: str = "ads", lag_months: int = 0
) -> Cases:
    """
    Paid spend per new customer from a paid source, and the blended figure beside it.

    Args:
        facts: The tables.
        periods: Whole months each.
        sources: The sources of customers that are paid for, such as "google,facebook".
        categories: The categories of cost spent on them, such as "ads,landing pages".
        lag_months: Months from spending to winning.
    """
    paid_for, spent_on = _words(sources), _words(categories)
    spent = spend(facts, periods, "acquire", lag_months=lag_months)
    by_paid = ibis.ifelse(spent.category.isin(spent_on), spent.acquire, ibis.null(MONEY))
    won = acquired(facts, periods).left_join(trait(facts, "source"), "customer_id")
    from_paid = won.by.isin(paid_for).fill_null(False).cast("int64")
    won = won.select("customer_id", "period", "acquired", acquired_paid=from_paid)
    parts = [spent.mutate(acquire_paid=by_paid), won]
    rows, counts = _beside(parts, ("acquire", "acquire_paid"), ("acquired", "acquired_paid"))

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        whole = shared(frame, periods, ["acquired", "acquired_paid"], facts.company.currency)
        whole = whole.assign(blended=ratio(("acquire",), ("acquired",))(whole))
        unsaid = pd.Series(not paid_for, index=whole.index)
        missing = [
            (unsaid, _NO_SOURCES),
            (whole["acquire_paid"].isna(), f"No cost of {categories} is recorded for this period."),
        ]
        return because(
            whole,
            [
                *missing,
                (whole["acquired_paid"] == 0, "Nobody from these sources paid for the first time in this period."),
            ],
        )

    groups = {"acquired": _.acquired == 1, "acquired_paid": _.acquired_paid == 1}
    return Cases(rows, _CELL, counts, ratio(("acquire_paid",), ("acquired_paid",)), groups, finish=finish)


def _words(text: str) -> list[str]:
    """The words between commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


@metric(
    id="cost_to_retain",
    name=gettext_noop("Cost to keep a customer"),
    question=gettext_noop("What was spent to keep each customer who was kept?"),
    formula="costs of purpose retain / customers there at the start and at the end of the period",
    unit="money",
    misleads="What was spent on those who left all the same is in it. Service that customers pay for (serve) is not, unless asked for.",
    source="Set beside cac: one customer won against one customer kept.",
)
def cost_to_retain(facts: Facts, periods: Periods, *, with_serve: bool = False) -> Cases:
    """
    Retention spend per customer kept.

    Args:
        facts: The tables.
        periods: Whole months each.
        with_serve: Whether the cost of serving counts as well.
    """
    parts = [spend(facts, periods, "retain"), kept(facts, periods)]
    if with_serve:
        served = spend(facts, periods, "serve")
        parts.append(served.rename(retain="serve"))
    rows, counts = _beside(parts, ("retain",), ("kept",))

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        whole = shared(frame, periods, ["kept"], facts.company.currency)
        missing = _NO_PART if "by" in whole else _NO_RETAIN
        return because(whole, [(whole["retain"].isna(), missing), (whole["kept"] == 0, _NOBODY_KEPT)])

    return Cases(rows, _CELL, counts, ratio(("retain",), ("kept",)), {"kept": _.kept == 1}, finish=finish)


@metric(
    id="acquire_to_retain",
    name=gettext_noop("Winning against keeping"),
    question=gettext_noop("How many times dearer is it to win a customer than to keep one?"),
    formula="(costs to acquire / new paying customers) / (costs to retain / customers kept)",
    unit="ratio",
    misleads="Others' figures (5 to 25 times) are about other companies. Yours depends on what you book as winning and as keeping.",
    source="cac over cost_to_retain of the same period.",
)
def acquire_to_retain(facts: Facts, periods: Periods) -> Cases:
    """Cost to win over cost to keep, with both sums and both counts."""
    parts = [
        spend(facts, periods, "acquire"),
        acquired(facts, periods),
        spend(facts, periods, "retain"),
        kept(facts, periods),
    ]
    rows, counts = _beside(parts, ("acquire", "retain"), ("acquired", "kept"))

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        whole = shared(frame, periods, ["acquired", "kept"], facts.company.currency)
        to_win, to_keep = ratio(("acquire",), ("acquired",))(whole), ratio(("retain",), ("kept",))(whole)
        whole = whole.assign(to_win=to_win, to_keep=to_keep, times=to_win / to_keep.where(to_keep != 0))
        missing = [(whole["acquire"].isna(), _NO_ACQUIRE), (whole["retain"].isna(), _NO_RETAIN)]
        return because(whole, [*missing, (whole["acquired"] == 0, _NOBODY_NEW), (whole["kept"] == 0, _NOBODY_KEPT)])

    groups = {"acquired": _.acquired == 1, "kept": _.kept == 1}
    return Cases(rows, _CELL, counts, number("times"), groups, finish=finish)


@metric(
    id="spend_share_existing",
    name=gettext_noop("Share of spend on existing customers"),
    question=gettext_noop("Of what we spend on winning and keeping customers, how much goes to keeping?"),
    formula="costs to retain / (costs to retain + costs to acquire)",
    unit="share",
    misleads="Only as good as the bookings: a purpose nobody records is unknown, not free.",
    source="To be read beside revenue_share_existing of the same periods.",
)
def spend_share_existing(facts: Facts, periods: Periods) -> Cases:
    """Retention spend over retention and acquisition spend; unknown while either is not recorded."""
    rows, counts = _beside(
        [spend(facts, periods, "acquire"), spend(facts, periods, "retain")], ("acquire", "retain"), ()
    )

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        whole = shared(frame, periods, [], facts.company.currency)
        return because(whole, [(whole["acquire"].isna(), _NO_ACQUIRE), (whole["retain"].isna(), _NO_RETAIN)])

    groups = {"kept_dear": _.retain > 0, "won_dear": _.acquire > 0}
    return Cases(rows, _CELL, counts, ratio(("retain",), ("retain", "acquire")), groups, finish=finish)


@metric(
    id="revenue_share_existing",
    name=gettext_noop("Share of revenue from existing customers"),
    question=gettext_noop("Of the period's revenue, how much comes from customers who had paid before it began?"),
    formula="revenue of customers who first paid before the period / revenue of all known customers",
    unit="share",
    misleads="Guests are in neither part, for nobody knows whether they had bought. A young company's share is low whatever it does.",
    source="To be read beside spend_share_existing of the same periods.",
)
def revenue_share_existing(facts: Facts, periods: Periods, *, revenue_from: str = "auto") -> Cases:
    """
    Revenue of existing customers over revenue.

    Args:
        facts: The tables.
        periods: Over which periods.
        revenue_from: auto, orders or subscriptions (see costs.revenue).
    """
    earned = revenue(facts, periods, revenue_from).left_join(first_paid(facts), "customer_id")
    began = ibis.cases(*((earned.period == place, day_number(p.start)) for place, p in enumerate(periods)), else_=0)
    existing = (earned.first_day < began).fill_null(False)
    rows = earned.select("customer_id", "period", "currency", "revenue", existing=existing.cast("int64"))
    counts = {
        "existing": _.existing.sum(),
        "new": (1 - _.existing).sum(),
        "revenue_existing": _.revenue.sum(where=_.existing == 1),
        "revenue_new": _.revenue.sum(where=_.existing == 0),
        "revenue": _.revenue.sum(),
    }
    groups = {"existing": _.existing == 1, "new": _.existing == 0}

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        parts = ["revenue_existing", "revenue_new"]
        return frame.assign(**{name: frame[name].where(frame[name].notna(), 0) for name in parts})

    return Cases(rows, _CELL, counts, ratio(("revenue_existing",), ("revenue",)), groups, finish=finish)
