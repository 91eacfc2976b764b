"""Whom would the company have again, what do they share, which leads are like them, and did such newcomers stay better?"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.errors import ModelError
from keepwell.measure.facts import Facts, shared
from keepwell.measure.spells import FOREVER, active_by, served, spells, window_days
from keepwell.measure.traits import COLUMNS, named, trait
from keepwell.understand.shares import compared, difference

TRAITS = ("kind", "source", "country", "language")
"""What is looked at unless other traits are named: what is known of a lead, too."""

KNOWN, UNKNOWN, FEW = "known", "unknown", "few"
"""Groups of values: told apart; not known; too few customers each to be told apart."""

_TOLD = 3
"""Reasons of a lead that are told."""
_POINTS = 100
"""Points of a factor e; whole ones, so that every engine sums them alike."""


@dataclass(frozen=True)
class Ideal:
    """
    What makes a customer ideal: staying notably long and buying several products.

    Args:
        percentile: Notably long is as long as at most 100 - *percentile* of a hundred customers stayed.
        products: Different products bought, or plans held, at least; 0 where products do not matter.
        least: Customers a trait must have before it is offered.
    """

    percentile: int = 75
    products: int = 2
    least: int = 30


def stays(facts: Facts) -> ir.Table:
    """
    Everybody who was ever a customer.

    Returns:
        Columns customer_id, first_day, kept_days (days kept before as_of, absences left out),
        products (different ones bought and not sent back, and plans paid for; 0 where none is known).
    """
    kept = spells(facts)
    days = ibis.least(kept.end_day.fill_null(FOREVER), facts.today) - kept.start_day
    summed = kept.mutate(days=days).group_by("customer_id").agg(first_day=_.start_day.min(), kept_days=_.days.sum())
    told = summed.left_join(_products(facts), "customer_id")
    return told.select("customer_id", "first_day", "kept_days", products=told.products.fill_null(0))


def _products(facts: Facts) -> ir.Table:
    lines = facts.read("order_lines").filter(_.product_id.notnull() & ~_.returned.fill_null(False))
    bought = facts.purchases.select("order_id", "customer_id").join(lines.select("order_id", "product_id"), "order_id")
    paid = facts.stretches.filter((_.mrr > 0) & _.plan.notnull()).semi_join(served(facts), ["customer_id", "start_day"])
    plans = paid.select("customer_id", product_id=ibis.literal("plan ") + paid.plan)
    both = bought.select("customer_id", "product_id").union(plans).distinct()
    return both.group_by("customer_id").agg(products=_.count())


def cohort(facts: Facts, ideal: Ideal) -> ir.Table:
    """
    Everybody who came long enough ago to have stayed notably long, and whether they are ideal.

    Who came later has had no chance yet and is in neither part.

    Returns:
        Columns customer_id, kept_days, products, notable_days (how long is notably long), ideal (1, 0).
    """
    stayed = stays(facts)
    beside = stayed.cross_join(_notable(stayed, ideal.percentile))
    could = beside.filter(beside.first_day + beside.notable_days <= facts.today)
    fits = (could.kept_days >= could.notable_days) & (could.products >= ideal.products)
    return could.select("customer_id", "kept_days", "products", "notable_days", ideal=fits.cast("int64"))


def _notable(stayed: ir.Table, percentile: int) -> ir.Table:
    """One row, notable_days: the shortest stay that so few reach; the longest of all where too many share even that."""
    counted = stayed.group_by("kept_days").agg(n=_.count())
    downwards = ibis.cumulative_window(order_by=ibis.desc("kept_days"))
    summed = counted.mutate(reach=_.n.sum().over(downwards) * 100, whole=_.n.sum().over(ibis.window()))
    few = summed.reach <= summed.whole * (100 - percentile)
    return summed.agg(notable_days=ibis.coalesce(summed.kept_days.min(where=few), summed.kept_days.max()))


def counted(facts: Facts, ideal: Ideal, names: Sequence[str] = TRAITS, *, pairs: bool = True) -> ir.Table:
    """
    How many customers have each trait, and how many of them are ideal.

    Values of few customers, and those not known, are counted together, so that the answer stays small however many there are.

    Args:
        facts: The tables.
        ideal: Who is ideal.
        names: Traits, see measure.traits; of what is known of a lead, where leads are to be scored.
        pairs: Whether two traits together are counted as well.

    Returns:
        Columns trait, value, other, other_value (null: one trait alone), group (see KNOWN), customers, part, all_customers, all_part.
    """
    alike = cells(facts, ideal=ideal, names=tuple(names))
    asked: list[tuple[str, ...]] = [(name,) for name in names]
    asked += list(combinations(names, 2)) if pairs else []
    parts = [_one_count(alike, names_, ideal.least) for names_ in asked]
    whole = alike.agg(all_customers=_.customers.sum().fill_null(0), all_part=_.part.sum().fill_null(0))
    told = (ibis.union(*parts) if len(parts) > 1 else parts[0]).cross_join(whole)
    return told.order_by("trait", "other", "value", "other_value", "group")


@shared
def cells(facts: Facts, *, ideal: Ideal, names: tuple[str, ...] = TRAITS) -> ir.Table:
    """Customers alike in all of some traits: the traits, customers, part (the ideal ones among them)."""
    table = _with_traits(facts, cohort(facts, ideal).select("customer_id", "ideal"), names)
    return table.group_by(*names).agg(customers=_.count(), part=_.ideal.sum())


def _with_traits(facts: Facts, table: ir.Table, names: Sequence[str]) -> ir.Table:
    """The table with a column of text per trait, null where not known."""
    people = facts.read("customers")
    own = {
        name: people[name] if name in COLUMNS else _of_its_making(people, name) for name in names if not _entry(name)
    }
    told = table.left_join(people.select("customer_id", **own), "customer_id").drop("customer_id_right")
    for name in filter(_entry, names):
        told = told.left_join(trait(facts, name).rename({name: "by"}), "customer_id").drop("customer_id_right")
    return told


def _of_its_making(people: ir.Table, name: str) -> ir.StringValue:
    return people.traits.get(name.removeprefix("traits."))


def own_traits(facts: Facts, *, least: int = 30) -> ir.Table:
    """
    Which traits of the company's own making so many customers have: columns trait, customers; each can be named to counted().

    Args:
        facts: The tables.
        least: Traits of fewer customers are left out.
    """
    people = facts.read("customers").filter(_.traits.notnull())
    named_ = people.select("customer_id", trait=people.traits.keys().unnest())
    counted_ = named_.group_by("trait").agg(customers=_.count()).filter(_.customers >= least)
    return counted_.order_by(ibis.desc("customers"), "trait")


def _entry(name: str) -> bool:
    return named(name) and name not in COLUMNS


def _one_count(cells: ir.Table, names: tuple[str, ...], least: int) -> ir.Table:
    """Customers and ideal ones by the values of one trait or two; small groups under one name."""
    by = cells.group_by(*names).agg(customers=_.customers.sum(), part=_.part.sum())
    unknown = ibis.or_(*(by[name].isnull() | (by[name] == "") for name in names))
    group = ibis.cases((unknown, UNKNOWN), (by.customers < least, FEW), else_=KNOWN)
    values = [ibis.ifelse(group == KNOWN, by[name], ibis.null("string")) for name in names]
    text = ibis.null("string")
    told = by.select(
        "customers", "part", trait=ibis.literal(names[0]), value=values[0],
        other=ibis.literal(names[1]) if len(names) > 1 else text, other_value=values[1] if len(names) > 1 else text, group=group,
    )  # fmt: skip
    keys = ("trait", "value", "other", "other_value", "group")
    return told.group_by(*keys).agg(customers=_.customers.sum(), part=_.part.sum())


def traits(frame: pd.DataFrame, ideal: Ideal) -> pd.DataFrame:
    """
    What ideal customers share, and what those share who are not.

    Args:
        frame: What counted() counted.
        ideal: As it was counted.

    Returns:
        A row per trait, or pair of traits, of at least ideal.least customers: see shares.compared, and offered: certain,
        and for a pair more telling than either of its traits alone. Traits and pairs are two families of questions, each with its own
        caution for many. By offered, then by lift.
    """
    known = frame[frame["group"] == KNOWN]
    alone, paired = (
        compared(known[some], least=ideal.least) for some in (known["other"].isna(), known["other"].notna())
    )
    told = pd.concat([alone, paired], ignore_index=True) if len(paired) else alone.reset_index(drop=True)
    lifts = dict(zip(zip(alone["trait"], alone["value"], strict=True), alone["lift"], strict=True))
    beyond = [_beyond(row, lifts) for row in told.to_dict("records")]
    return told.assign(offered=told["certain"] & pd.Series(beyond, index=told.index, dtype=bool)).sort_values(
        ["offered", "lift", "trait", "value"], ascending=[False, False, True, True], ignore_index=True
    )


def _beyond(row: Mapping[Any, Any], lifts: Mapping[tuple[Any, Any], float]) -> bool:
    """Whether a pair's whole interval lies beyond the lifts of both its traits; one trait alone always stands for itself."""
    if not isinstance(row["other"], str):
        return True
    singles = [lifts.get((row["trait"], row["value"]), 1.0), lifts.get((row["other"], row["other_value"]), 1.0)]
    return bool(row["low"] > max(singles) or row["high"] < min(singles))


def sentence(row: pd.Series) -> str:
    """One row of traits() in words."""
    pair = f" and {row['other']} {row['other_value']}" if isinstance(row["other"], str) else ""
    who = f"{row['trait']} {row['value']}{pair}"
    n = f"{int(row['part']):,} of {int(row['customers']):,}"
    if not row["judged"]:
        return f"{who}: {n} are ideal; too few to say whether that is chance."
    told = f"{who}: {n} are ideal, {row['lift']:.2f} times as many as among all ({row['low']:.2f} to {row['high']:.2f})"
    return f"{told}." if row["certain"] else f"{told}; that may be chance."


def weights(found: pd.DataFrame, ideal: Ideal) -> pd.DataFrame:
    """
    What each offered trait adds to a lead's score: the logarithm of its lift, drawn towards none as if ideal.least ordinary customers had it too.

    Traits that come together count twice; whether the sum is worth anything is for proof() to say.

    Args:
        found: What traits() told; pairs add nothing.
        ideal: As it was found.

    Returns:
        Columns trait, value, points (100 for a factor of e), part, customers, lift.
    """
    single = found[found["offered"] & found["other"].isna()]
    drawn = (single["part"] + ideal.least * single["base"]) / (single["customers"] + ideal.least) / single["base"]
    points = [round(_POINTS * math.log(factor)) if factor > 0 else 0 for factor in drawn]
    return single[["trait", "value", "part", "customers", "lift"]].assign(points=points).reset_index(drop=True)


def leads(facts: Facts) -> ir.Table:
    """Who is known and never was a customer: column customer_id."""
    return facts.read("customers").select("customer_id").anti_join(spells(facts), "customer_id")


def reasons(facts: Facts, who: ir.Table, weighed: pd.DataFrame) -> ir.Table:
    """
    Why each lead has its score: one row per trait that counts.

    Args:
        facts: The tables.
        who: Column customer_id.
        weighed: What weights() gave.

    Returns:
        Columns customer_id, trait, value, points, because (in words, with how many it was learned from).
    """
    names = list(dict.fromkeys(weighed["trait"]))
    told = _with_traits(facts, who.select("customer_id"), names)
    parts = [told.select("customer_id", trait=ibis.literal(name), value=told[name]) for name in names]
    schema = {"trait": "string", "value": "string", "points": "int64", "because": "string"}
    worded = weighed.assign(because=[_because(row) for row in weighed.to_dict("records")])
    table = ibis.memtable({name: worded[name].tolist() for name in schema}, schema=schema)
    if not parts:
        nothing = {"trait": ibis.literal(""), "value": ibis.literal("")}
        parts = [who.limit(0).select("customer_id", **nothing)]
    long = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return long.inner_join(table, ["trait", "value"])


def scored(facts: Facts, who: ir.Table, weighed: pd.DataFrame) -> ir.Table:
    """
    The score of each of *who*, and why.

    Args:
        facts: The tables.
        who: Column customer_id.
        weighed: What weights() gave.

    Returns:
        customer_id, points (0: as likely to become ideal as anybody), reasons (how many), reason_1 to reason_3 (those that weigh most; null: none).
    """
    why = reasons(facts, who, weighed)
    weight = ibis.row_number().over(group_by="customer_id", order_by=[ibis.desc(why.points.abs()), why.trait])
    why = why.mutate(place=weight)
    told = {f"reason_{place + 1}": why.because.max(where=why.place == place) for place in range(_TOLD)}
    summed = why.group_by("customer_id").agg(points=why.points.sum(), reasons=why.count(), **told)
    both = who.select("customer_id").left_join(summed, "customer_id")
    counted = {name: both[name].fill_null(0) for name in ("points", "reasons")}
    return both.select("customer_id", **counted, **{name: both[name] for name in told})


def _because(row: Mapping[Any, Any]) -> str:
    """One row of weights() in words."""
    way = "more" if row["points"] > 0 else "fewer"
    return f"{row['trait']} {row['value']}: {way} ideal customers than elsewhere ({row['part']:,} of {row['customers']:,})."


def outcomes(facts: Facts, learned: date, weighed: pd.DataFrame, *, days: int) -> ir.Table:
    """
    How those who first became customers after the traits were learned fared, by their score.

    Args:
        facts: The tables as known now.
        learned: The morning whose facts the weights were learned from (replace(facts, as_of=learned)).
        weighed: What weights() gave then.
        days: Who came at least so long ago is looked at that many days after they came.

    Returns:
        Columns points, customers, kept (still customers after those days).

    Raises:
        ModelError: The days are no test: a purchase keeps everybody that long.
    """
    by = active_by(facts)
    if by != "subscription" and days <= window_days(facts):
        raise ModelError(
            f"After {days} days everybody who bought once is still counted as a customer.",
            f"One purchase keeps a customer for {window_days(facts)} days.",
            "Ask for more days, or set a shorter activity_window_days.",
        )
    kept = spells(facts)
    first = kept.group_by("customer_id").agg(first_day=_.start_day.min())
    began = replace(facts, as_of=learned).today
    came = first.filter((first.first_day >= began) & (first.first_day + days < facts.today))
    later = kept.join(came, "customer_id")
    on_day = later.first_day + days
    there = later.filter((later.start_day <= on_day) & (later.end_day.fill_null(FOREVER) > on_day))
    stayed = there.select("customer_id", kept=ibis.literal(1, "int64")).distinct()
    both = scored(facts, came, weighed).left_join(stayed, "customer_id")
    by_points = both.group_by("points").agg(customers=_.count(), kept=both.kept.fill_null(0).sum())
    return by_points.order_by("points")


@dataclass(frozen=True)
class Proof:
    """
    Whether newcomers who scored high were kept better than the others.

    Args:
        high: How many scored high: the best scores that make up a third of them, or more where many score alike.
        high_kept: How many of those were kept.
        rest: How many did not.
        rest_kept: How many of those were kept.
        apart: Share kept of the high less that of the rest, and its 95 % interval; NaN where that cannot be told.
        days: When it was looked at, in days after they came.
    """

    high: int
    high_kept: int
    rest: int
    rest_kept: int
    apart: tuple[float, float, float]
    days: int

    @property
    def holds(self) -> bool | None:
        """Whether they were: yes, no, or None where there were too few to tell."""
        return None if math.isnan(self.apart[0]) else self.apart[1] > 0

    def __str__(self) -> str:
        """The proof, or the admission that there is none, in words."""
        high, rest = f"{self.high_kept:,} of {self.high:,}", f"{self.rest_kept:,} of {self.rest:,}"
        if self.high and not self.rest:
            return f"There is nothing to prove: no trait sets these {self.high:,} newcomers apart, all score alike."
        if self.holds is None:
            return (
                f"Not enough data to say whether leads who score high stay better: {self.high:,} newcomers scored high,"
                f" {self.rest:,} did not."
            )
        by, low, high_end = (f"{100 * value:+.0f}" for value in self.apart)
        seen = f"after {self.days} days {high} who scored high were still customers, and {rest} of the others: {by} points ({low} to {high_end})"
        if self.holds:
            return f"The score held for customers it was not learned from: {seen}."
        return f"The score does not hold: {seen}. Do not choose leads by it."


def proof(frame: pd.DataFrame, *, days: int, least: int = 30) -> Proof:
    """
    The time-split proof.

    Args:
        frame: What outcomes() counted.
        days: As it was counted.
        least: Newcomers there must be on both sides.
    """
    down = frame.sort_values("points", ascending=False, ignore_index=True)
    so_far = down["customers"].cumsum()
    before = (so_far - down["customers"]) * 3 < down["customers"].sum()
    counts = [int(part[name].sum()) for part in (down[before], down[~before]) for name in ("customers", "kept")]
    high, high_kept, rest, rest_kept = counts
    enough = min(high, rest) >= least
    apart = difference(high_kept, high, rest_kept, rest) if enough else (math.nan, math.nan, math.nan)
    return Proof(high, high_kept, rest, rest_kept, apart, days)
