"""Who was shown what, and was it what was drawn for them? Exposure events held against the assignments; never what is analysed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pandas as pd

from keepwell.measure.facts import Facts
from keepwell.prove import samples

KIND, ARM = "exposure", "arm"
"""The kind of event a page sends when it has shown an experiment, and its property that says what."""

TOLERATED, FEW = 0.01, 5
"""
Strays hide the effect when they are more than one in a hundred of those exposed: a comparison diluted by a hundredth is off by
less than it is unsure of, one diluted by more was not decided by the draw. Fewer than five are a slip or somebody's test, which
must not hide an effect for ever, whatever their share. Of very many units a hundredth is much; there the never assigned hide it
as soon as the arms would fail their sample-ratio check with them in: then somebody is lost from the log whom chance would not lose.
Units that stand in two arms are told and left out of both, and hide nothing by themselves: what leaving them out does to
the arms, the sample-ratio check sees.
"""

THIN = 0.5
"""Where at most so many of the treated were exposed, it is said how many fewer would do if they were drawn when exposed."""


def shown(facts: Facts, experiment: str, version: int, begins: Mapping[int, datetime]) -> ir.Table:
    """
    The exposures of one version, as known on the morning of the facts; merged customers under one name, accounts where facts count them.

    Args:
        facts: The tables.
        experiment: Its id. An event named "x:2" is of version 2, one named "x" of the newest version that had begun by then.
        version: Of the experiment; what came before it had begun is left out.
        begins: Version -> the moment it began, in UTC.

    Returns:
        Columns unit (null: a visitor not yet known) and arm (what was shown; null where the event does not say).
    """
    events = facts.read("events")
    events = events.filter(events.kind == KIND)
    at, name = events.happened_at, events.name.strip()
    own = name == experiment
    if later := [begin for other, begin in begins.items() if other > version]:
        own = own & (at < _moment(min(later)))
    known = (at >= _moment(begins[version])) & (at < _moment(facts.morning))
    events = events.filter(known & (own | (name == f"{experiment}:{version}")))
    return events.select(unit="customer_id", arm=events.properties.get(ARM).strip().nullif(""))


def unheard_table(facts: Facts, experiment: str, version: int, begins: Mapping[int, datetime]) -> ir.Table:
    """
    Exposures that shown() leaves out though they seem to be of this experiment: before its start, or under its name in another case.

    Args:
        facts: The tables.
        experiment: Its id.
        version: Of the experiment; what came before it under the bare name is told of the first version only.
        begins: As for shown().

    Returns:
        Columns name (as it was written), early (whether under its own name, before the start) and events.
    """
    events = facts.read("events")
    events = events.filter((events.kind == KIND) & (events.happened_at < _moment(facts.morning)))
    name, at = events.name.strip(), events.happened_at
    first = version == min(begins)
    own = ([experiment] if first else []) + [f"{experiment}:{version}"]
    alike = name.lower().isin([text.lower() for text in (experiment, f"{experiment}:{version}")])
    later = [begin for other, begin in begins.items() if other > version]
    within = (at >= _moment(begins[version])) & ((at < _moment(min(later))) if later else True)
    early = name.isin(own) & (at < _moment(begins[version]))
    other = alike & ~name.isin([experiment, f"{experiment}:{version}"]) & within
    events = events.filter(early | other).select(name=name, early=early)
    return events.group_by("name", "early").agg(events=events.count()).order_by("name", "early")


def unheard(frame: pd.DataFrame, experiment: str, others: Collection[str] = ()) -> list[str]:
    """
    What unheard_table() counted, as sentences; none where it counted nothing.

    Args:
        frame: The counted table.
        experiment: Its id.
        others: Ids of other experiments: one of them may be named so on purpose.
    """
    rows = list(frame[["name", "early", "events"]].itertuples(index=False))
    early = sum(int(n) for _name, before, n in rows if before)
    cased = {name: int(n) for name, before, n in rows if not before and name.partition(":")[0] not in others}
    said = []
    if early:
        said.append(
            f"It was shown {early:,} time{'s' * (early != 1)} before its start, when nobody was drawn; those do not count as seen."
        )
    if cased:
        named = ", ".join(f"{name} {n:,} time{'s' * (n != 1)}" for name, n in cased.items())
        said.append(
            f"Something was shown under a name like its own ({named}); capitals tell names apart, so those do not count as seen."
            f" If it was this play, have it logged as {experiment}."
        )
    return said


def strays_table(assigned: ir.Table, exposures: ir.Table) -> ir.Table:
    """
    How many units were shown something, by the arm they are in and by what they were shown that is not theirs.

    Args:
        assigned: Columns unit and arm, one row per unit; units without an arm are not assigned.
        exposures: Columns unit and arm (what they were shown; null is not told), any number of rows per unit.

    Returns:
        Columns arm ("": never assigned), other (an arm they were shown that is not theirs, the first by name; "": none, or
        not told) and units; visitors not yet known are counted apart, in events, as arm "" and other null.
    """
    seen = exposures.select(seen="unit", saw="arm")
    belongs = assigned.filter(assigned.arm.notnull()).select("unit", "arm")
    joined = seen.filter(seen.seen.notnull()).distinct().left_join(belongs, [("seen", "unit")])
    wrong = joined.arm.isnull() | (joined.saw != joined.arm)
    each = joined.group_by("seen").agg(arm=joined.arm.min(), other=joined.saw.min(where=wrong))
    each = each.mutate(arm=each.arm.fill_null(""), other=each.other.fill_null(""))
    counted = each.group_by("arm", "other").agg(units=each.count())
    unknown = seen.filter(seen.seen.isnull())
    strangers = unknown.agg(units=unknown.count()).select(
        arm=ibis.literal(""), other=ibis.null("string"), units="units"
    )
    return counted.union(strangers.filter(strangers.units > 0))


@dataclass(frozen=True)
class Seen:
    """
    Exposures held against assignments. It never changes who is compared: all who were assigned are, as assigned.

    Args:
        assigned: Units per arm.
        shares: Planned shares per arm.
        exposed: Arm -> units of it that were shown anything.
        others: Arm and what was shown -> units shown an arm that is not theirs.
        never: What was shown ("" where that is not told) -> units shown it without being assigned.
        strangers: Exposures of visitors not yet known.
        treatments: Arms that are treated.
        noun: What a unit is.
    """

    assigned: Mapping[str, int]
    shares: Mapping[str, float]
    exposed: Mapping[str, int]
    others: Mapping[tuple[str, str], int] = field(default_factory=dict)
    never: Mapping[str, int] = field(default_factory=dict)
    strangers: int = 0
    treatments: tuple[str, ...] = ()
    noun: str = "customer"

    @property
    def units(self) -> int:
        """All known units that were shown anything."""
        return sum(self.exposed.values()) + sum(self.never.values())

    @property
    def strays(self) -> int:
        """Of them, those who were never assigned, or shown another arm than theirs."""
        return sum(self.others.values()) + sum(self.never.values())

    @property
    def hides_effect(self) -> bool:
        """Whether no effect may be shown until the cause is found; see TOLERATED."""
        if self.strays < FEW:
            return False
        return self.strays > TOLERATED * self.units or self._lopsided

    @property
    def _lopsided(self) -> bool:
        """Whether the arms were not as planned if the never assigned stood in the arm they were shown."""
        counts = {arm: self.assigned.get(arm, 0) + self.never.get(arm, 0) for arm in self.shares}
        return any(self.never.values()) and samples.check(counts, self.shares).hides_effect

    @property
    def alarm(self) -> list[str]:
        """What is wrong with who was shown it, as sentences; none where nothing is."""
        never, others, said = sum(self.never.values()), sum(self.others.values()), []
        if never:
            were = "was" if never == 1 else "were"
            said.append(
                f"{never:,} of {self.units:,} {self.noun}s who were shown it {were} never assigned: something shows the play without"
                " asking who may see it."
            )
        if others:
            which = ", ".join(f"{n:,} of {arm} saw {saw}" for (arm, saw), n in self.others.items())
            said.append(
                f"{others:,} of {self.units:,} {self.noun}s who were shown it saw another arm than theirs ({which}): the draw is not"
                " what decides."
            )
        if not said:
            return []
        if self.hides_effect:
            return [*said, "So no effect is shown: mend what shows the play, and start a new version."]
        return [*said, "Those are too few to spoil the comparison. Find out why it happens all the same."]

    @property
    def told(self) -> list[str]:
        """How many of each arm were exposed, as sentences: a diagnosis."""
        arms = [arm for arm in self.assigned if arm in self.treatments or self.exposed.get(arm)]
        if not arms or not (self.units or self.strangers):
            return []
        seen = ", ".join(f"{self.exposed.get(arm, 0):,} of {self.assigned[arm]:,} of {arm}" for arm in arms)
        whole = sum(self.assigned[arm] for arm in arms)
        lines = [f"Seen by {seen}; all {whole:,} count as assigned, whoever saw it.", *self._thin()]
        if self.strangers:
            lines.append(
                f"It was shown {self.strangers:,} time{'s' * (self.strangers != 1)} to visitors nobody knows yet: they are of no arm."
            )
        return lines

    def _thin(self) -> list[str]:
        """What drawing at the moment of exposure would save: so many times fewer are needed as one of so many is exposed."""
        whole = sum(self.assigned.get(arm, 0) for arm in self.treatments)
        there = sum(self.exposed.get(arm, 0) for arm in self.treatments)
        if not there or there > THIN * whole:
            return []
        part = (
            f"Only {100 * there / whole:.2g} % of the treated have seen it, and the others thin out whatever it does."
        )
        saved = (
            f"{part} A new version that assigns at the moment of exposure (a triggered analysis) would need about"
            f" {whole / there:.2g} times fewer {self.noun}s."
        )
        return [saved]


def read(
    frame: pd.DataFrame,
    assigned: Mapping[str, int],
    shares: Mapping[str, float],
    treatments: tuple[str, ...] = (),
    noun: str = "customer",
) -> Seen | None:
    """
    What strays_table() counted, read; None where nothing was ever shown.

    Args:
        frame: The counted table.
        assigned: Units per arm.
        shares: Planned shares per arm.
        treatments: Arms that are treated.
        noun: What a unit is.
    """
    if frame.empty:
        return None
    exposed: dict[str, int] = {}
    others: dict[tuple[str, str], int] = {}
    never: dict[str, int] = {}
    strangers = 0
    ordered = frame.sort_values(["arm", "other"], na_position="last")
    for arm, other, units in ordered[["arm", "other", "units"]].itertuples(index=False):
        if pd.isna(other):
            strangers += int(units)
        elif not arm:
            never[other] = int(units)
        else:
            exposed[arm] = exposed.get(arm, 0) + int(units)
            if other:
                others[arm, other] = int(units)
    return Seen(assigned, shares, exposed, others, never, strangers, treatments, noun)


def _moment(at: datetime) -> ir.TimestampScalar:
    return ibis.timestamp(f"{at:%Y-%m-%d %H:%M:%S}", timezone="UTC")
