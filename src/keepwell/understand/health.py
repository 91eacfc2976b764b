"""What could we do something about, customer by customer? A score of visible parts, never mixed with the predicted risk."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _

from keepwell.errors import ModelError
from keepwell.measure.facts import Facts
from keepwell.understand import features
from keepwell.understand.freshness import DOUBT, NOTE, Freshness
from keepwell.understand.judging import jeffreys, percent
from keepwell.understand.trial import FEWEST

NOTE_DAYS, ANSWER_DAYS = 60, 180
"""After how many days a colleague's note of how a customer feels (an answer to the question NOTE, 1 to 5) and an answer expire."""
DOUBT_DAYS = 365
"""After how many days what they said of their last renewal expires."""
LIGHTS = ("red", "amber", "green", "unknown")
_LEAST, _HALF = 0.25, 0.5
"""Share of the weight that must be known for a score; and more than which must be known for a light: a guess has no colour."""


@dataclass(frozen=True)
class Part:
    """
    One thing a person can change.

    Args:
        name: What it is called.
        source: Canonical table it comes from.
        feed: What of that table must still be told for it to be known, see freshness.SOURCES.
        points: From the columns of features.looks(), 0 (bad) to 100 (good); null where not known.
        says: How points are given.
        usual: Whether it should be known of everybody; one that is not takes weight only where it is known.
    """

    name: str
    source: str
    feed: str
    points: Callable[[ir.Table], ir.FloatingValue]
    says: str
    usual: bool = True


def _line(value: ir.NumericValue, none: float, full: float) -> ir.FloatingValue:
    """0 points at *none*, 100 at *full*, straight between them; null stays null."""
    share = (value.cast("float64") - none) / (full - none) * 100.0
    return ibis.cases((share < 0, 0.0), (share > 100, 100.0), else_=share)


def _use(t: ir.Table) -> ir.FloatingValue:
    silent = (t.use_days_30 == 0) & (t.use_days_before == 0)
    return ibis.cases((t.last_use.isnull(), ibis.null("float64")), (silent, 0.0), else_=_line(t.use_trend, 0.25, 1.0))


def _payment(t: ir.Table) -> ir.FloatingValue:
    return ibis.cases(
        (t.past_due == 1, 0.0),
        (t.times_past_due > 1, 30.0),
        (t.times_past_due == 1, 60.0),
        (t.past_due == 0, 100.0),
        else_=ibis.null("float64"),
    )


def _tickets(t: ir.Table) -> ir.FloatingValue:
    return ibis.cases(
        (t.tickets_open > 1, 0.0),
        (t.tickets_open == 1, 40.0),
        (t.tickets_90 > 0, _line(t.tickets_90, 4, 0)),
        else_=ibis.null("float64"),
    )


def _answer(t: ir.Table) -> ir.FloatingValue:
    return ibis.ifelse(t.score_days <= ANSWER_DAYS, _line(t.last_score, 3, 10), ibis.null("float64"))


def _note(t: ir.Table) -> ir.FloatingValue:
    return ibis.ifelse(t.note_days <= NOTE_DAYS, _line(t.note, 1, 5), ibis.null("float64"))


def _doubt(t: ir.Table) -> ir.FloatingValue:
    return ibis.ifelse(t.doubt_days <= DOUBT_DAYS, (1.0 - t.doubt) * 100.0, ibis.null("float64"))


PARTS = {
    "rhythm": Part("Buying in their own rhythm", "orders", "orders", lambda t: _line(t.order_late, 3, 1),
                   "100 up to one usual gap since the last order, 0 from three on; unknown after a single order"),
    "use": Part("Using it as before", "events", "use", _use,
                "100 where days of use in 30 days are as many as before, 0 at a quarter of it or after 90 silent days; unknown without any use"),
    "payment": Part("Paying", "subscriptions", "contracts", _payment,
                    "0 while a payment is open, 60 after one failed payment in a year, 30 after several, otherwise 100; unknown without a subscription"),
    "tickets": Part("Helped when they asked", "events", "tickets", _tickets,
                    "40 with one ticket not solved, 0 with several; solved ones of 90 days cost 25 each; has weight only where they asked"
                    " within 90 days", usual=False),
    "answer": Part("What they said", "answers", "answers", _answer,
                   f"100 for a ten, 0 for three or less; expires after {ANSWER_DAYS} days"),
    "contact": Part("In touch with a person", "touches", "contacts", lambda t: _line(t.last_spoken, 365, 60),
                    "100 where one of us spoke to them within 60 days, 0 after a year; unknown where that never happened"),
    "note": Part("What we feel", "answers", "notes", _note,
                 f"a colleague's note from 1 (0) to 5 (100); expires after {NOTE_DAYS} days"),
    "doubt": Part("Sure of the last renewal", "answers", "doubts", _doubt,
                  f"asked why they stay: 0 where the renewal was in doubt, 100 where not; expires after {DOUBT_DAYS} days, and has weight"
                  " only where they were asked", usual=False),
}  # fmt: skip
"""Every part there is, by id."""


@dataclass(frozen=True)
class HealthVersion:
    """
    One way of weighing the parts; changed weights are a new version.

    Args:
        version: Its number, told beside every score.
        weights: Part id -> weight above 0; parts not named are not in it.
        red_below: Scores below that are red.
        green_from: Scores from that on are green; between them amber.
    """

    version: int
    weights: Mapping[str, float]
    red_below: float = 40
    green_from: float = 70

    def __post_init__(self) -> None:
        wrong = sorted(set(self.weights) - set(PARTS)) + [name for name, weight in self.weights.items() if weight <= 0]
        if wrong or not self.weights or not 0 <= self.red_below <= self.green_from <= 100:
            raise ModelError(
                f"This is no way to weigh health: {', '.join(wrong) or 'no parts, or red above green'}.",
                f"Wanted: weights above 0 for some of {', '.join(PARTS)}, and 0 <= red_below <= green_from <= 100.",
                "Correct the weights.",
            )

    def sentences(self) -> list[str]:
        """What the score is made of, the heaviest part first."""
        whole = sum(self.weights.values())
        heaviest = sorted(self.weights.items(), key=lambda part: -part[1])
        parts = [f"{PARTS[id].name}, {weight / whole:.0%} of the weight: {PARTS[id].says}." for id, weight in heaviest]
        lights = f"red below {self.red_below:g}, green from {self.green_from:g}"
        told = "It has a colour only where more than half of the weight is known."
        return [f"Version {self.version} of health weighs {len(parts)} parts; {lights}.", told, *parts]


FIRST = HealthVersion(
    2, {"rhythm": 3, "use": 3, "payment": 3, "tickets": 2, "answer": 2, "contact": 1, "note": 2, "doubt": 2}
)
"""What holds until a company has weights of its own."""


def health(facts: Facts, version: HealthVersion = FIRST, stale: Collection[str] = ()) -> ir.Table:
    """
    The health of everybody kept on the morning of the facts.

    A part that is not known is left out of the score, and shown as not known: points_… is null. So is a part whose source does
    not tell any more; and who would be green without it is not: nobody knows.

    Args:
        facts: The tables; a segment's, where it has a version of its own.
        version: The weights.
        stale: Parts whose source does not tell any more, see stale().

    Returns:
        customer_id, health (0 to 100; null: too little known), light (red, amber, green; unknown: no more than half of the weight is known), known (share of the weight),
        version, stale (the parts of this customer that would be known, were their sources fresh; null: none), and points_<part>
        of every part.
    """
    looks = _noted(features.this_morning(facts), facts, [facts.today])
    would = {
        name: PARTS[name].points(looks)
        for name in stale
        if name in version.weights and PARTS[name].source in facts.tables
    }
    looks = looks.mutate(stale=_named({name: points.notnull() for name, points in would.items()}))
    scored = _scored(looks, version, facts, stale)
    hidden = (scored.light == "green") & scored.stale.notnull()
    scored = scored.mutate(light=ibis.ifelse(hidden, "unknown", scored.light))
    points = [f"points_{name}" for name in version.weights]
    return scored.select("customer_id", "health", "light", "known", "stale", *points).mutate(
        version=ibis.literal(version.version, "int32")
    )


def _named(there: Mapping[str, ir.BooleanValue]) -> ir.StringValue:
    """The names of what is there, with commas between; null where nothing is."""
    if not there:
        return ibis.null("string")
    joined = _sum(ibis.ifelse(is_there, f", {name}", "") for name, is_there in there.items())
    return joined.substr(2).nullif("")


def _noted(table: ir.Table, facts: Facts, mornings: Sequence[int]) -> ir.Table:
    """What is known on some mornings, with the colleagues' notes and what customers said of their renewal."""
    if "answers" not in facts.tables:
        return table
    noted = features.beside(table, _last_said(facts, mornings, NOTE, "note", lambda score: score.min()))
    return features.beside(noted, _last_said(facts, mornings, DOUBT, "doubt", lambda score: score.max()))


def _last_said(
    facts: Facts, mornings: Sequence[int], question: str, name: str, worst: Callable[[ir.Column], ir.Value]
) -> ir.Table:
    """The last score of each customer for a question, of one day the worst, and how many days ago: name and name_days."""
    table = facts.read("answers")
    noted = table.filter((table.question == question) & table.score.notnull())
    noted = features.on_mornings(noted.select("customer_id", "score", day=facts.day(noted.answered_at)), mornings)
    last = noted.group_by("customer_id", "cut_day").agg(day=_.day.max())
    both = noted.semi_join(last, ["customer_id", "cut_day", "day"])
    told = both.group_by("customer_id", "cut_day", "day").agg(**{name: worst(both.score)})
    return told.mutate(**{f"{name}_days": (told.cut_day - told.day).cast("int32")}).drop("day")


def _scored(looks: ir.Table, version: HealthVersion, facts: Facts, stale: Collection[str] = ()) -> ir.Table:
    """Points (null for everybody where the company lacks the table, or it is stale), the share of weight known, the score and its light."""
    told = {name for name in version.weights if PARTS[name].source in facts.tables} - set(stale)
    there = {name: PARTS[name].points(looks) for name in version.weights if name in told}
    points = {f"points_{name}": there.get(name, ibis.null("float64")) for name in version.weights}
    told = looks.mutate(**points)
    weights = {f"points_{name}": float(weight) for name, weight in version.weights.items()}
    known = _sum(ibis.ifelse(told[name].notnull(), weight, 0.0) for name, weight in weights.items())
    got = _sum((told[name] * weight).fill_null(0.0) for name, weight in weights.items())
    share = known / _sum(
        ibis.ifelse(told[f"points_{name}"].notnull() | PARTS[name].usual, float(weight), 0.0)
        for name, weight in version.weights.items()
    )
    told = told.mutate(known=share, health=ibis.ifelse(share >= _LEAST, got / known.nullif(0.0), ibis.null("float64")))
    light = ibis.cases(
        (told.health.isnull() | (told.known <= _HALF), "unknown"), (told.health < version.red_below, "red"), (told.health < version.green_from, "amber"), else_="green"
    )  # fmt: skip
    return told.mutate(light=light)


def _sum(values: Any) -> Any:
    first, *others = values
    for value in others:
        first = first + value
    return first


def stale(fresh: Mapping[str, Freshness], version: HealthVersion = FIRST) -> dict[str, str]:
    """
    Parts whose source has been silent for longer than its own rhythm allows, each with the reason.

    Args:
        fresh: What freshness.freshness() told.
        version: Whose parts matter.
    """
    silent = {name: fresh.get(PARTS[name].feed) for name in version.weights}
    return {name: f"Stale, so not known: {feed}" for name, feed in silent.items() if feed and feed.stale}


def looked_back(facts: Facts, version: HealthVersion, *, days: int = 60, mornings: int = 6) -> ir.Table:
    """
    What lights customers had on mornings of the past, and who of them had left *days* days later.

    Args:
        facts: The tables.
        version: The weights, judged on the company's own history.
        days: How long after the look.
        mornings: How many looks, that many days apart, the last one as many days before as_of.

    Returns:
        light, customers (looks at them), lost.
    """
    days_back = [facts.today - days * back for back in range(mornings, 0, -1)]
    looked = _noted(features.looks(facts, days_back), facts, days_back)
    scored = _scored(looked, version, facts)
    lost = (scored.left_after < days).fill_null(False).cast("int64")
    return scored.group_by("light").agg(customers=_.count(), lost=lost.sum()).order_by("light")


@dataclass(frozen=True)
class HealthTest:
    """
    How a version would have done.

    Args:
        version: Which.
        days: How long after the look.
        looks: Light -> looks at customers.
        lost: Light -> how many of them had left *days* days later.
    """

    version: int
    days: int
    looks: dict[str, int]
    lost: dict[str, int]

    @classmethod
    def of(cls, counted: pd.DataFrame, version: HealthVersion, days: int = 60) -> "HealthTest":
        """
        From what looked_back() counted.

        Raises:
            ModelError: Nobody was a customer then.
        """
        told = counted.set_index("light").reindex(list(LIGHTS)).fillna(0).astype("int64")
        if not told["customers"].sum():
            raise ModelError("Nobody was a customer on any of the mornings.", "", "Test it on a longer past.")
        looks, lost = (dict(zip(LIGHTS, told[name].tolist(), strict=True)) for name in ("customers", "lost"))
        return cls(version.version, days, looks, lost)

    def share(self, light: str) -> tuple[float, float, float]:
        """Of the looks with a light the share lost, and its 95 % interval; NaN where there are none."""
        lost, looks = np.array([float(self.lost[light])]), np.array([float(self.looks[light])])
        low, high = jeffreys(lost, looks)
        return float(lost[0] / looks[0]) if looks[0] else math.nan, float(low[0]), float(high[0])

    @property
    def tells_apart(self) -> bool:
        """Whether red ones left more often than green ones by more than chance: the intervals do not meet."""
        return self.share("red")[1] > self.share("green")[2]

    def sentences(self) -> list[str]:
        """How many of the lost were red, how many reds stayed, and whether red means anything."""
        lost, red = sum(self.lost.values()), self.looks["red"]
        if not lost:
            return [f"Nobody was lost within {self.days} days of a look: version {self.version} cannot be judged yet."]
        others = ", ".join(f"{self.lost[light]:,} {light}" for light in LIGHTS[1:])
        were = f"{self.lost['red']:,} ({percent(self.lost['red'] / lost)}) were red then; {others}."
        told = [f"Of {lost:,} lost within {self.days} days of a look, {were}"]
        if red:
            stayed = red - self.lost["red"]
            told.append(f"Of {red:,} red ones {stayed:,} ({percent(stayed / red)}) stayed.")
        if red < FEWEST:
            return [*told, f"Only {red:,} looks were red: too few to say whether they warn."]
        if not self.tells_apart:
            return [*told, "Red ones did not leave clearly more often than green ones: these weights do not warn."]
        ones, others_ = self.share("red")[0], self.share("green")[0]
        return [
            *told,
            f"Red ones left {ones / others_:.1f} times as often as green ones." if others_ else "No green one left.",
        ]
