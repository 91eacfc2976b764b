"""How near is the goal, and whose doing is it? What would have come anyway, what plays are proven to have brought, and the rest."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from keepwell.prove.goals import Baseline, Goal
from keepwell.prove.quotients import Moved
from keepwell.prove.unaided import Forecast

Standing = Literal["not begun", "on track", "behind", "cannot be told", "reached", "missed"]

SURE = 0.8
"""With this chance to reach the target it is on track; with the rest of it at most, behind."""

SHOWN = ("better", "worse")
"""Verdicts that claim an effect."""

_KEPT = {"retained": 1, "churned": -1, "time_to_churn": 1}
"""Endpoints on who is kept -> whether their difference is of the kept (of time to churn: of those still kept at the horizon)."""

_SPEAKS = {
    "kept_share": ("kept", 1),
    "churn_rate": ("kept", -1),
    "revenue_per_customer": ("spend", 1),
    "purchase_frequency": ("orders", 1),
}
"""Metric -> which endpoints speak of it, and with which sign."""

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
        difference: Treated minus control: points of a share (of time to churn: of those kept at the horizon), or per head.
        error: Its standard error.
        control: The control's figure; nan where not needed.
        treated: Units treated whose horizon touches the period looked at.
        after: How it was booked from those held out after the roll-out, as a sentence; "" where the figure is that of the verdict.
        moved: What it changed in the goal's own figure, in the period; None where that was not counted.
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
    difference: float
    error: float
    control: float
    treated: int
    after: str = ""
    moved: Moved | None = None


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
    return shown.held_out and shown.final and shown.verdict in SHOWN and bool(_sign(goal, shown))


def booked(goal: Goal, shown: Shown, now: Baseline, barred: str = "") -> Play:
    """
    What a play may be credited with towards a goal.

    Where the figure is over those who bought in the period, or the play treated others than those it is over, an effect per
    assigned head is none on the figure: then only what the arms change in its numerator and denominator is credited.

    Args:
        goal: The goal.
        shown: What the play showed.
        now: The goal's figure in the period looked at.
        barred: Why it does not count all the same; "" where it does.
    """
    why = _why_not(goal, shown) or barred
    if not why and not shown.treated:
        why = f"Proven, but in {now.period} nothing of it is credited: its horizon of {shown.days} days ended before, for everybody it treated."
    if not why:
        settled = (
            OVER[goal.metric][1] == "at_start" and shown.moved is not None and shown.moved.reached == shown.treated
        )
        return _by_heads(goal, shown, now.n) if settled else _by_arms(goal, shown, now)
    return _play(shown, math.nan, math.nan, why)


def _why_not(goal: Goal, shown: Shown) -> str:
    """Why a play is not credited; "" where it may be."""
    if not shown.held_out or shown.verdict == "unproven":
        return "Unproven: nobody is held out, so it may have done any harm or any good. Nothing is credited."
    if shown.verdict == "hidden":
        return "Its arms are not as they were planned; until it is known why, nothing is credited."
    if not (shown.final and shown.verdict in SHOWN):
        return f"No effect is proven ({shown.verdict}). Nothing is credited."
    if not _sign(goal, shown):
        return f"Proven {shown.verdict}, but in another figure than {goal.metric}: it is not added to this one."
    if not (math.isfinite(shown.difference) and shown.error > 0):
        return "Its effect has no standard error, so nothing is credited."
    return ""


def _play(shown: Shown, effect: float, error: float, why: str) -> Play:
    """A play with its effect; not credited where that is nan."""
    name, credited = f"{shown.name}, {shown.arm}", math.isfinite(effect)
    far = 1.959963984540054 * error if credited else math.inf
    low, high = (effect - far, effect + far) if credited else (-math.inf, math.inf)
    return Play(name, shown.what, credited, effect, error, low, high, why)


def _by_heads(goal: Goal, shown: Shown, base: int) -> Play:
    """The effect of the endpoint, told for the goal's period and base: who is in that was settled before the play."""
    difference, error, drawn = _shrunk(shown)
    effect, error = _per_period(goal, shown, difference, error)
    reach = _sign(goal, shown) * min(1.0, shown.treated / base) if base else 0.0
    why = (
        f"Proven: measured over {shown.days} days against those held out, told for {_days(goal)} days and for the"
        f" {shown.treated:,} of {base:,} it reached.{drawn}"
    )
    return _play(shown, effect * reach, error * abs(reach), why)


def _by_arms(goal: Goal, shown: Shown, now: Baseline) -> Play:
    """What the arms changed in the figure's own numerator and denominator."""
    found = shown.moved
    if found is None or found.refused or not found.error > 0:
        reason = (found.refused if found else "") or "it could not be counted by arm"
        why = f"Proven by the head, but what it changed in {goal.metric} cannot be told: {reason}. Nothing is credited."
        return _play(shown, math.nan, math.nan, why)
    effect, error, drawn = _shrunk(replace(shown, difference=found.effect, error=found.error, after=""))
    why = (
        f"Proven: the figure of {now.period} less what it would be had the treated done in it as those held out did, as"
        f" assigned, above and below. It reached {found.reached:,} of the {now.n:,} the figure is of ({shown.treated:,} were"
        f" treated).{drawn}"
    )
    return _play(shown, effect, error, why)


def _sign(goal: Goal, shown: Shown) -> int:
    """1 or -1 where the endpoint speaks of the goal's figure; otherwise 0."""
    speaks, sign = _SPEAKS.get(goal.metric, ("", 0))
    if speaks == "kept":
        return sign * _KEPT.get(shown.kind, 0)
    return sign if shown.kind == speaks else 0


def _shrunk(shown: Shown) -> tuple[float, float, str]:
    """
    An effect that ended its experiment early is too large on average: it is drawn towards none by its own doubt.

    Its size is kept by 1 - (error / difference)^2, the weight a normal prior around none has whose spread is learned from this
    one effect (Robbins 1956, empirical Bayes); the error stays as it was, which is rather too much.
    """
    if shown.after:
        return shown.difference, shown.error, f" {shown.after}"
    if shown.share >= 1 or not shown.difference:
        return shown.difference, shown.error, ""
    kept = max(0.0, 1 - (shown.error / shown.difference) ** 2)
    told = (
        f" It was stopped at {shown.share:.0%} of its plan, where effects look too large: {kept:.0%} of it is booked."
    )
    return shown.difference * kept, shown.error, told


def _per_period(goal: Goal, shown: Shown, difference: float, error: float) -> tuple[float, float]:
    """
    The effect over the goal's period, from that over the endpoint's horizon.

    Who is kept over D days with share S is kept over d days with S^(d/D), were the risk the same every day; money and orders
    grow with the days.
    """
    part = _days(goal) / shown.days
    if shown.kind not in _KEPT:
        return difference * part, error * part
    control = 1 - shown.control if shown.kind == "churned" else shown.control
    kept = -1 if shown.kind == "churned" else 1
    treated = min(max(control + kept * difference, 1e-9), 1.0)
    if not 0 < control <= 1:
        return difference * min(part, 1.0), error * min(part, 1.0)
    return kept * (treated**part - control**part), part * treated ** (part - 1) * error


def _days(goal: Goal) -> int:
    return (goal.measured.end - goal.measured.start).days


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
