"""How near is the goal, and whose doing is it? What would have come anyway, what plays are proven to have brought, and the rest."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from keepwell.prove.goals import Baseline, Goal
from keepwell.prove.quotients import Moved
from keepwell.prove.unaided import Forecast

Standing = Literal["not begun", "on track", "behind", "cannot be told", "reached", "missed"]

SURE = 0.8
"""With this chance to reach the target it is on track; with the rest of it at most, behind."""

SHOWN = ("better", "worse")
"""Verdicts that claim an effect."""

_KEPT = ("retained", "churned", "time_to_churn")

_SPEAKS = {
    "kept_share": _KEPT,
    "churn_rate": _KEPT,
    "revenue_per_customer": ("spend",),
    "purchase_frequency": ("orders",),
}
"""Metric -> which endpoints speak of it."""

OVER = {
    "kept_share": ("kept", "at_start"),
    "churn_rate": ("lost", "at_start"),
    "revenue_per_customer": ("net", "buyers"),
    "purchase_frequency": ("orders", "buyers"),
}
"""Metric -> its counts above and below."""


@dataclass(frozen=True)
class Shown:
    """
    What one treatment of one experiment showed.

    Args:
        name: Experiment and version.
        arm: The treatment.
        what: What is done, in words.
        kind: Kind of the primary endpoint.
        days: Its horizon.
        held_out: Whether anybody was held out to compare with.
        verdict: Of the newest look; "too early" where there was none.
        final: Whether it stands.
        share: Of the plan reached when it came to stand, at most 1.
        treated: Units treated whose horizon touches the period looked at.
        moved: What it changed in the goal's own figure, in the period; None where that was not counted.
        since: The morning it was decided to keep it, where all who are counted were drawn from then on; otherwise None.
        unit: What was drawn: "customer" or "account".
    """

    name: str
    arm: str
    what: str
    kind: str
    days: int
    held_out: bool
    verdict: str
    final: bool
    share: float
    treated: int = 0
    moved: Moved | None = None
    since: date | None = None
    unit: str = "customer"


@dataclass(frozen=True)
class Play:
    """
    What a play brought the goal's figure.

    Args:
        name: Experiment, version and treatment.
        what: What is done.
        credited: Whether it counts; only what is proven does.
        effect: On the goal's figure, all customers of its base together; nan where nothing may be said.
        error: Its standard error; nan likewise.
        low: Lower end of the 95 % interval; -inf where nothing may be said.
        high: Upper end; inf likewise.
        why: How it was booked, or why it was not.
    """

    name: str
    what: str
    credited: bool
    effect: float
    error: float
    low: float
    high: float
    why: str


@dataclass(frozen=True)
class Held:
    """
    The customers kept out of every play, in the period looked at.

    Args:
        value: Their figure.
        error: Its standard error.
        n: How many they are.
        together: What all plays together did to the figure of the whole base: (treated - held out) times the treated's part.
        together_error: Its standard error.
        alarm: Why nothing of it may be shown, as a sentence; "" where they are as many as was planned.
    """

    value: float
    error: float
    n: int
    together: float
    together_error: float
    alarm: str = ""


@dataclass(frozen=True)
class Part:
    """
    One step of the bridge from the baseline to now.

    Args:
        name: baseline, without action, a play, overlap, unexplained, now.
        value: A level of the figure (baseline, without action, now), otherwise a change.
        error: Standard error; 0 for what is counted, nan where not known.
    """

    name: str
    value: float
    error: float


@dataclass(frozen=True)
class Progress:
    """
    How a goal stands.

    Args:
        goal: The goal.
        now: The newest whole period, or that of the goal once it is over.
        standing: In a word or two.
        chance: That the target is met, as things go on; nan where unknown.
        without: The figure now had nothing been done.
        outlook: The figure on the day of the goal as things go on; None once that is over.
        plays: Every play, credited or not.
        overlap: What the plays' sum has too much (negative) or too little beside those held out of all plays; nan without such a holdout.
        overlap_error: Its standard error.
        held: Those held out of all plays; None without them.
        unexplained: What is left.
        unexplained_error: Its standard error; nan where not known.
    """

    goal: Goal
    now: Baseline
    standing: Standing
    chance: float
    without: Forecast
    outlook: Forecast | None
    plays: tuple[Play, ...]
    overlap: float
    overlap_error: float
    held: Held | None
    unexplained: float
    unexplained_error: float

    @property
    def proven(self) -> float:
        """The sum of what is proven."""
        return math.fsum(play.effect for play in self.plays if play.credited)

    @property
    def proven_error(self) -> float:
        """Its standard error; plays are drawn independently."""
        return math.sqrt(math.fsum(play.error**2 for play in self.plays if play.credited))

    @property
    def parts(self) -> tuple[Part, ...]:
        """The bridge; from *without action* on the changes sum to *now*."""
        base = self.goal.measured
        steps = [Part("baseline", base.value, 0.0), Part("without action", self.without.value, self.without.error)]
        steps += [Part(play.name, play.effect, play.error) for play in self.plays if play.credited]
        if self.held is not None:
            steps.append(Part("overlap", self.overlap, self.overlap_error))
        steps.append(Part("unexplained", self.unexplained, self.unexplained_error))
        return (*steps, Part("now", self.now.value, 0.0))


def speaks(goal: Goal, shown: Shown) -> bool:
    """Whether a play has a verdict that claims an effect, and its endpoint speaks of the goal's figure."""
    return shown.held_out and shown.final and shown.verdict in SHOWN and _speaks(goal, shown)


def booked(goal: Goal, shown: Shown, now: Baseline, barred: str = "") -> Play:
    """
    What a play may be credited with towards a goal: what its arms changed in the figure itself, above and below, in the period.

    An effect per assigned head is none on the figure: that is over those who bought in the period, or were there at its start.

    Args:
        goal: The goal.
        shown: What the play showed.
        now: The goal's figure in the period looked at.
        barred: Why it does not count all the same; "" where it does.
    """
    why, found = _why_not(goal, shown) or barred, shown.moved
    if why:
        return _play(shown, math.nan, math.nan, why)
    if not shown.treated:
        why = f"Proven, but in {now.period} nothing of it is credited: its horizon of {shown.days} days ended before, for everybody it treated."
        return _play(shown, math.nan, math.nan, why)
    if found is None or found.refused or not found.error > 0:
        reason = (found.refused if found else "") or "there is nobody to compare with, or no spread in what they did"
        why = f"Proven by the head, but what it changed in {goal.metric} in {now.period} cannot be told: {reason}. Nothing is credited."
        return _play(shown, math.nan, math.nan, why)
    effect, drawn = _shrunk(found, shown)
    why = (
        f"Proven: the figure of {now.period} less what it would be had the treated done in it as those held out did, as"
        f" assigned, above and below. It reached {found.reached:,} of the {now.n:,} {now.of} the figure is of ({shown.treated:,}"
        f" {shown.unit}{'s' * (shown.treated != 1)} drawn were treated).{drawn} What it does to anybody after its horizon of {shown.days} days"
        " is measured by no experiment and credited to nobody."
    )
    return _play(shown, effect, found.error, why)


def _why_not(goal: Goal, shown: Shown) -> str:
    """Why a play is not credited; "" where it may be."""
    if not shown.held_out or shown.verdict == "unproven":
        return "Unproven: nobody is held out, so it may have done any harm or any good. Nothing is credited."
    if shown.verdict == "hidden":
        return "Its arms are not as they were planned; until it is known why, nothing is credited."
    if not (shown.final and shown.verdict in SHOWN):
        return f"No effect is proven ({shown.verdict}). Nothing is credited."
    if not _speaks(goal, shown):
        return f"Proven {shown.verdict}, but in another figure than {goal.metric}: it is not added to this one."
    return ""


def _play(shown: Shown, effect: float, error: float, why: str) -> Play:
    """A play with its effect; not credited where that is nan."""
    name, credited = f"{shown.name}, {shown.arm}", math.isfinite(effect)
    far = 1.959963984540054 * error if credited else math.inf
    low, high = (effect - far, effect + far) if credited else (-math.inf, math.inf)
    return Play(name, shown.what, credited, effect, error, low, high, why)


def _speaks(goal: Goal, shown: Shown) -> bool:
    """Whether the endpoint speaks of the goal's figure."""
    return shown.kind in _SPEAKS.get(goal.metric, ())


def _shrunk(found: Moved, shown: Shown) -> tuple[float, str]:
    """
    An effect that ended its experiment early is too large on average: it is drawn towards none by its own doubt.

    Its size is kept by 1 - (error / effect)^2, the weight a normal prior around none has whose spread is learned from this
    one effect (Robbins 1956, empirical Bayes); the error stays as it was, which is rather too much.
    """
    if shown.since:
        return (
            found.effect,
            f" Booked after roll-out: all of them were drawn since {shown.since}, and had no part in the verdict.",
        )
    if shown.share >= 1 or not found.effect:
        return found.effect, ""
    kept = max(0.0, 1 - (found.error / found.effect) ** 2)
    told = (
        f" It was stopped at {shown.share:.0%} of its plan, where effects look too large: {kept:.0%} of it is booked."
    )
    return found.effect * kept, told


def progress(
    goal: Goal, now: Baseline, steps: int, outlook: Forecast | None, plays: Sequence[Play], held: Held | None = None
) -> Progress:
    """
    How a goal stands.

    Args:
        goal: The goal.
        now: The newest whole period, at most that of the goal.
        steps: How many periods after the baseline it is.
        outlook: Where the figure goes from now to the day of the goal, as it did lately; None where that day is now.
        plays: What every play may be credited with.
        held: Those held out of all plays, where there are any: a stronger answer to what would have been than any forecast.
            Where its alarm rings, it is told why, and nothing of them is shown.
    """
    over = steps >= goal.ahead
    alarm, held = (held.alarm, None if held.alarm else held) if held else ("", None)
    without = _without(goal, now, steps, held)
    if alarm:
        without = replace(without, method=f"{without.method} Those kept out of every play are not compared: {alarm}")
    proven = math.fsum(play.effect for play in plays if play.credited)
    doubt = math.sqrt(math.fsum(play.error**2 for play in plays if play.credited))
    overlap = held.together - proven if held else math.nan
    rest = now.value - without.value - proven - (overlap if held else 0.0)
    chance = math.nan if outlook is None else outlook.chance(goal.target, raise_=goal.raises)
    return Progress(
        goal=goal,
        now=now,
        standing=_standing(goal, now, chance, over=over, begun=steps > 0),
        chance=chance,
        without=without,
        outlook=None if over else outlook,
        plays=tuple(plays),
        overlap=overlap,
        overlap_error=math.hypot(held.together_error, doubt) if held else math.nan,
        held=held,
        unexplained=rest,
        unexplained_error=0.0 if held else math.hypot(without.error, doubt),
    )


def _without(goal: Goal, now: Baseline, steps: int, held: Held | None) -> Forecast:
    if held is not None:
        far = 1.959963984540054 * held.error
        said = (
            f"The figure of the {held.n:,} customers kept out of every play, who live in the same times as all others."
        )
        return Forecast(held.value, held.error, math.inf, held.value - far, held.value + far, held.n, said)
    if steps < 1:
        value = now.value
        return Forecast(value, 0.0, math.inf, value, value, 0, "Nothing has passed since the baseline.")
    return goal.unaided(steps)


def _standing(goal: Goal, now: Baseline, chance: float, *, over: bool, begun: bool) -> Standing:
    if over:
        there = now.value >= goal.target if goal.raises else now.value <= goal.target
        return "reached" if there else "missed"
    if not begun:
        return "not begun"
    if math.isnan(chance):
        return "cannot be told"
    return "on track" if chance >= SURE else "behind" if chance <= 1 - SURE else "cannot be told"
