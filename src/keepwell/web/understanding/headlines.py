"""What does each finding come to? One figure, one sentence and, where it helps, a few bars; the most important first."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.lake.results import Result
from keepwell.rounds.reading import mornings
from keepwell.web.base.models import Person
from keepwell.web.base.templatetags import desk
from keepwell.web.customers.reach import Seen, seen
from keepwell.web.measures.answers import kept as ready
from keepwell.web.measures.answers import key
from keepwell.web.understanding import found
from keepwell.web.understanding.found import Found
from keepwell.workspace import Workspace

ORDER = (
    "risk", "leaving", "health", "satisfied_but_silent", "paying_and_ignored", "same_package", "value", "contracts", "worth",
    "discount_dependent", "segments", "moves", "offers", "spend", "journeys", "ideal_customer",
)  # fmt: skip
"""Steps by importance: who may be lost and why, then who waits for us, then what is to come, then what is good to know."""
_BARS = 4


@dataclass(frozen=True)
class Bar:
    """
    One of a few bars.

    Args:
        name: Of what.
        count: How many.
        percent: How long it is, of 100.
        token: Its colour.
    """

    name: str
    count: int
    percent: float
    token: str = "muted"  # noqa: S105  a colour of the page, no secret


@dataclass(frozen=True)
class Headline:
    """
    A finding in short.

    Args:
        name: Of the step.
        says: What it is about.
        sentence: What it comes to.
        figure: Its figure; "" where no one figure tells it.
        bars: A small picture; none where it would say no more than the figure.
        refused: Whether the data do not bear it.
    """

    name: str
    says: str
    sentence: str
    figure: str = ""
    bars: tuple[Bar, ...] = ()
    refused: bool = False


Short = tuple[str, str, tuple[Bar, ...]]
"""Figure, sentence and bars."""


@dataclass(frozen=True)
class Case:
    """One finding while it is put into short: the company, what the round kept, whose customers, and its sentences."""

    opened: Workspace
    result: Result
    whose: Seen
    told: Found

    @property
    def rows(self) -> ir.Table:
        """Its rows, of customers only those that are seen."""
        if self.whose.names is None:
            return self.opened.lake.result(self.result)
        return found.rows(self.opened, self.result, self.whose)

    def sums(self, **wanted: Any) -> dict[str, Any]:
        """Sums over its rows; None where there is none."""
        row = self.opened.run(self.rows.agg(**wanted)).iloc[0]
        return {name: None if row[name] is None or row[name] != row[name] else row[name] for name in wanted}

    def counts(self, column: str) -> list[tuple[str, int]]:
        """How many rows of each, the most first; "" is not known."""
        rows = self.rows
        told = self.opened.run(rows.group_by(of=rows[column].fill_null("")).agg(n=rows.count()))
        return sorted(
            ((str(of), int(n)) for of, n in zip(told["of"], told["n"], strict=True)), key=lambda each: -each[1]
        )


def headlines(opened: Workspace, results: dict[str, Result], whose: Seen) -> list[Headline]:
    """
    What a round found, the most important first; what the data do not bear stands last.

    Args:
        opened: The company.
        results: Step -> what the round kept of it.
        whose: Customers whoever looks may see: lists count those.
    """
    from django.utils.translation import get_language

    digests = tuple((name, each.digest) for name, each in sorted(results.items()))

    def work() -> list[Headline]:
        every = [_headline(Case(opened, results[each.name], whose, each)) for each in found.every(results)]
        places = {name: place for place, name in enumerate(ORDER)}
        return sorted(every, key=lambda each: (each.refused, not each.figure, places.get(each.name, len(places))))

    return ready(key(opened, "headlines", get_language(), digests, whose=whose), work)


def prepared(opened: Workspace, reader: Person) -> list[Headline]:
    """What the newest round found as somebody sees it, worked out where it does not stand ready; nothing without a round."""
    taken = mornings(opened)
    return headlines(opened, dict(opened.lake.kept(taken[-1])), seen(reader)) if taken else []


def headline(opened: Workspace, name: str, result: Result, whose: Seen) -> Headline:
    """One finding in short; see headlines()."""
    return _headline(Case(opened, result, whose, found.told(name, result)))


def _headline(case: Case) -> Headline:
    told = case.told
    if told.refused:
        return Headline(told.name, told.says, " ".join(told.told[:1]), refused=True)
    short = _SHORT[told.name](case) if told.name in _SHORT else None
    if short is None:
        return Headline(told.name, told.says, _first(told) or _("A list of customers."))
    figure, sentence, bars = short
    return Headline(told.name, told.says, sentence, figure, bars)


def _first(told: Found) -> str:
    """The first sentence; the rest of it stands behind."""
    said = told.told[0] if told.told else ""
    return found.BETWEEN.split(said, maxsplit=1)[0]


def _bars(counts: Iterable[tuple[str, int]], tokens: dict[str, str] | None = None) -> tuple[Bar, ...]:
    few = [each for each in counts if each[1]][:_BARS]
    most = max((n for _name, n in few), default=0)
    return tuple(Bar(name, n, round(100 * n / most, 1), (tokens or {}).get(name, "muted")) for name, n in few)


def _risk(case: Case) -> Short | None:
    sums = case.sums(n=ibis._.count(), left=ibis._.risk.sum())
    if not sums["n"] or sums["left"] is None:
        return None
    days = int(case.result.about.get("model", {}).get("settings", {}).get("days", 90))
    told = {"n": desk.number(int(sums["n"])), "days": days}
    sentence = _("of %(n)s customers are expected to leave within %(days)s days.") % told
    return str(desk.number(round(float(sums["left"])))), sentence, ()


def _leaving(case: Case) -> Short | None:
    reasons = case.result.about.get("reasons") or []
    n = sum(int(each["customers"]) for each in reasons)
    if not n:
        return None
    unknown = sum(int(each["customers"]) for each in reasons if each["root"] == "not known")
    known = [(str(each["root"]), int(each["customers"])) for each in reasons if each["root"] != "not known"]
    told = {"n": desk.number(n), "most": known[0][0] if known else ""}
    if unknown * 2 > n:
        sentence = _("of %(n)s customers lost in a year left for a reason nobody knows.") % told
        return str(desk.share(unknown / n)), sentence, _bars(known)
    sentence = _("of %(n)s customers lost in a year left for the same reason: %(most)s.") % told
    return str(desk.share(known[0][1] / n)), sentence, _bars(known)


def _health(case: Case) -> Short | None:
    counts = dict(case.counts("light"))
    n = sum(counts.values())
    if not n:
        return None
    lights = {"red": _("red"), "amber": _("amber"), "green": _("green"), "": _("not known")}
    tokens = {lights["red"]: "lost", lights["amber"]: "risk", lights["green"]: "kept"}
    missing = n - sum(counts.get(each, 0) for each in ("red", "amber", "green"))
    shown = [(lights[each], missing if not each else counts.get(each, 0)) for each in lights]
    told = {"n": desk.number(n), "unknown": desk.number(missing), "red": desk.number(counts.get("red", 0))}
    if missing * 2 > n:
        sentence = _("of %(n)s customers too little is known to say how healthy they are; %(red)s are red.") % told
        return str(desk.share(missing / n)), sentence, _bars(shown, tokens)
    sentence = _("of %(n)s customers are red; of %(unknown)s too little is known to say.") % told
    return str(desk.number(counts.get("red", 0))), sentence, _bars(shown, tokens)


def _listed(sentence: Callable[[int], str]) -> Callable[[Case], Short]:
    def short(case: Case) -> Short:
        n = int(case.sums(n=ibis._.count())["n"] or 0)
        return str(desk.number(n)), sentence(n), ()

    return short


def _silent(n: int) -> str:
    return ngettext("customer praised us, and has stopped buying and talking.", "customers praised us, and have stopped buying and talking.", n)  # fmt: skip


def _ignored(n: int) -> str:
    return ngettext("customer pays us, and hears from no person of ours.", "customers pay us, and hear from no person of ours.", n)  # fmt: skip


def _same(n: int) -> str:
    return ngettext("customer has had the same for over a year, and nothing new.", "customers have had the same for over a year, and nothing new.", n)  # fmt: skip


def _discount(n: int) -> str:
    return ngettext("customer buys more than half of it on offer, as far as can be sure.", "customers buy more than half of it on offer, as far as can be sure.", n)  # fmt: skip


def _value(case: Case) -> Short | None:
    totals = [each for each in case.result.about.get("totals") or [] if each.get("name") == "orders"]
    if not totals:
        return None
    first = totals[0]
    told = {
        "days": int(first["days"]), "low": desk.number(round(first["low"])), "high": desk.number(round(first["high"])),
        "sure": desk.share(first["level"]),
    }  # fmt: skip
    sentence = _("orders are expected in %(days)s days, %(low)s to %(high)s with %(sure)s certainty.") % told
    return str(desk.number(round(first["said"]))), sentence, ()


def _contracts(case: Case) -> Short | None:
    sums = case.sums(n=ibis._.count(), stays=ibis._.stays_year.mean())
    if not sums["n"] or sums["stays"] is None:
        return None
    sentence = _("of %(n)s customers with a contract are expected to have it still in a year.") % {
        "n": desk.number(int(sums["n"]))
    }
    return str(desk.share(float(sums["stays"]))), sentence, ()


def _worth(case: Case) -> Short | None:
    frame = case.opened.run(case.opened.lake.result(case.result).order_by("points"))
    if frame.empty:
        return None
    row = frame.iloc[-1]
    told = {
        "points": desk.number(float(row["points"])), "low": desk.share(float(row["change_share_low"]), 1),
        "high": desk.share(float(row["change_share_high"]), 1),
    }  # fmt: skip
    sentence = (
        _(
            "is what a customer would be worth more, with %(points)s points more of yearly retention (%(low)s to %(high)s)."
        )
        % told
    )
    return str(desk.share(float(row["change_share"]), 1)), sentence, ()


def _segments(case: Case) -> Short | None:
    counts = [each for each in case.counts("segment") if each[0]]
    if not counts:
        return None
    n = sum(each for _name, each in counts)
    told = {"n": desk.number(n), "most": counts[0][0]}
    return (
        str(desk.number(counts[0][1])),
        _("of %(n)s customers are in the largest segment: %(most)s.") % told,
        _bars(counts),
    )


def _moves(case: Case) -> Short | None:
    moved = [
        each
        for each in case.result.about.get("matrix") or []
        if each["was"] != each["now"] and "not here" not in (each["was"], each["now"])
    ]
    if not moved:
        return None
    ways = sorted(
        ((f"{each['was']} → {each['now']}", int(each["customers"])) for each in moved), key=lambda each: -each[1]
    )
    n = sum(each for _name, each in ways)
    return (
        str(desk.number(n)),
        ngettext(
            "customer moved to another segment within 90 days.", "customers moved to another segment within 90 days.", n
        ),
        _bars(ways),
    )


def _offers(case: Case) -> Short | None:
    n = int(case.sums(n=ibis._.customer_id.nunique())["n"] or 0)
    if not n:
        return None
    if case.result.about.get("list") == "popular":
        sentence = _(
            "customers can be offered what most buy: on the past it did no worse than what is bought together."
        )
    else:
        sentence = _("customers can be offered what is bought together with what they have.")
    return str(desk.number(n)), sentence, ()


def _spend(case: Case) -> Short | None:
    learned = case.result.about.get("model", {}).get("learned", {})
    found_ = learned.get("parameters_", {})
    if not {"p", "q", "gamma"} <= set(found_) or found_["q"] <= 1:
        return None
    mean = found_["p"] * found_["gamma"] / (found_["q"] - 1)
    sentence = _("is what a purchase brings on average, over all customers.")
    return str(desk.money(mean, learned.get("currency_") or case.opened.settings.currency)), sentence, ()


_SHORT: dict[str, Callable[[Case], Short | None]] = {
    "risk": _risk, "leaving": _leaving, "health": _health, "satisfied_but_silent": _listed(_silent),
    "paying_and_ignored": _listed(_ignored), "same_package": _listed(_same), "discount_dependent": _listed(_discount),
    "value": _value, "contracts": _contracts, "worth": _worth, "segments": _segments, "moves": _moves, "offers": _offers,
    "spend": _spend,
}  # fmt: skip
