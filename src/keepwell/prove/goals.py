"""What is to be reached, from where, by when, and can it be? A goal has a measured baseline, or it is none."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Literal, Self

import numpy as np

from keepwell.errors import ProofError
from keepwell.prove.assignment import HOLDOUT, SMALL, SMALL_HOLDOUT
from keepwell.prove.unaided import Forecast, forecast, moves, noise

YEAR = {"day": 365, "week": 52, "month": 12, "quarter": 4, "half": 2, "year": 1}
"""Periods a year has, by their unit; of rolling ones, 365 over their days."""

Kind = Literal["consumable", "mixed", "varied", "unknown"]
Verdict = Literal["the wrong way", "by itself", "reachable", "ambitious", "unreasonable", "cannot be told"]

BARS: dict[Kind, tuple[float, float]] = {
    "consumable": (2.0, 3.0),
    "mixed": (1.5, 2.5),
    "varied": (1.25, 2.0),
    "unknown": (1.5, 2.5),
}
"""Kind of product -> from how many times the odds (of a share) or the figure (of anything else) on a goal is ambitious, and
beyond how many it is unreasonable. Rules of thumb of this house: 10 % -> 50 % is nine times the odds."""

_ASKS: Mapping[str, tuple[str, ...]] = {
    "fewer customers kept": (
        *("kept_share", "crr_net", "simple_ratio", "active_customers", "cohort_retention", "retention_curve"),
        *("retention_on", "retention_bracket", "retention_on_or_after", "survival"),
    ),
    "customers who leave sooner": ("median_lifetime",),
    "fewer customers who buy again": ("repeat_rate", "repeat_within", "lifetime_repeat"),
    "fewer orders per customer": ("purchase_frequency",),
    "less money per customer": ("revenue_per_customer", "arpa", "ltv_simple", "ltv_realised", "ltv_to_cac"),
    "less revenue": ("mrr", "cohort_revenue", "cohort_mrr"),
    "less revenue kept": ("grr", "nrr", "nrr_with_winback", "revenue_grr", "revenue_nrr", "quick_ratio"),
    "fewer deals won": ("win_rate",),
    "!more customers lost": ("churn_rate",),
    "!more customers at risk": ("at_risk",),
    "!more customers leaving": ("committed_churn",),
    "!more revenue lost": ("gross_revenue_churn", "net_revenue_churn", "committed_mrr_churn"),
    "!customers who wait longer to buy again": ("time_to_second_order", "order_gaps"),
    "!customers won at a higher cost": ("cac", "cac_paid"),
    "!customers who pay back later": ("payback_simple", "payback_observed"),
}
"""What a goal the wrong way asks for -> metrics: of those after "!" less is better, of the others more. Of any other metric
neither is better by itself (who keeps at a higher cost may keep more)."""

OFTEN, SELDOM = 60, 120
"""Half of all further orders come within so many days: what is used up and bought again; or only after so many: gifts, the varied."""

RETURNS = 0.4
"""So many buyers at least bought again where things are used up."""

MUCH_LESS = 2.0
"""A goal that divides the figure by so much is asked about: it may be a slip of the pen."""

_SEEN = 0.2
"""A goal whose figure comes by itself with this chance is ordinary movement: reaching it would show little."""

_TWO_SIDED, _POWER = 1.959963984540054, 0.8416212335729143
"""Normal scores of an alarm of 5 %, two-sided, and of 80 % power."""


@dataclass(frozen=True)
class Baseline:
    """
    Where the figure stood, measured from the company's own data.

    Args:
        value: The figure of the last whole period.
        period: Its label.
        start: First day of that period.
        end: The day after its last.
        n: What it rests on.
        of: What those are, such as "customers at start".
    """

    value: float
    period: str
    start: date
    end: date
    n: int
    of: str


@dataclass(frozen=True)
class Goal:
    """
    A figure to be reached.

    Args:
        name: What it is called.
        version: From 1; a goal that is set anew is a new version, and the old one stays on record.
        metric: Id of a registered metric.
        unit: What the metric is counted in: share, money, count ...
        target: The figure wanted, in that unit (0.75 for 75 %).
        by: On the evening of this day it is to be reached.
        owner: Who answers for it.
        baseline: Where it stood when the goal was set.
        past: The figure of every whole period up to the baseline, oldest first; nan where there was none. Frozen here, so that
            the forecast without action stays what it was.
        every: The periods: month, quarter, 30d ...
        ahead: Periods from the baseline to the target.
        bounded: Whether the figure is a share of a whole and cannot pass 1.
        cell: Cell columns with their values, such as (("currency", "EUR"),).
        where: Segment expression; "" is everybody.
        settings: The metric's own options.
    """

    name: str
    version: int
    metric: str
    unit: str
    target: float
    by: date
    owner: str
    baseline: Baseline | None
    past: tuple[float, ...]
    every: str = "month"
    ahead: int = 1
    bounded: bool = False
    cell: tuple[tuple[str, str], ...] = ()
    where: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what is no goal."""
        if self.baseline is None or not math.isfinite(self.baseline.value) or self.baseline.n < 1:
            raise no_baseline(self.metric)
        if not self.owner.strip():
            raise ProofError("The goal has no owner.", "Somebody answers for it.", "Name them with --owner.")
        if self.by < self.baseline.end or self.ahead < 1:
            raise ProofError(
                f"Until {self.by} no whole {_singular(self.every)} passes after the baseline of {self.baseline.period}.",
                "A goal is reached in a period to come.",
                f"Choose a day at least one whole {_singular(self.every)} after {self.baseline.end - timedelta(days=1)}.",
            )
        self._check_target(self.baseline)

    def _check_target(self, baseline: Baseline) -> None:
        if not math.isfinite(self.target):
            raise ProofError("The target is no number.", "", "Give the figure that is wanted.")
        if self.bounded and not 0 <= self.target <= 1:
            raise ProofError(
                f"{self.metric} is a share, and {self.target:g} is none.",
                "Shares lie between 0 and 1.",
                "Write 75 % as 75% or 0.75.",
            )
        if self.target == baseline.value:
            raise ProofError(
                f"{self.metric} stood at {self.target:g} already, in {baseline.period}.",
                "A goal is a figure that is not reached yet.",
                "Choose another.",
            )

    @property
    def measured(self) -> Baseline:
        """The baseline, which every goal has."""
        if self.baseline is None:
            raise no_baseline(self.metric)
        return self.baseline

    @property
    def id(self) -> str:
        """Name and version: "kept_share:1"."""
        return f"{self.name}:{self.version}"

    @property
    def change(self) -> float:
        """What is to be gained, or lost where less is wanted."""
        return self.target - self.measured.value

    @property
    def raises(self) -> bool:
        """Whether more is wanted, or less."""
        return self.change > 0

    @property
    def wrong_way(self) -> str:
        """What it asks for that nobody should want, such as "fewer customers kept"; "" where it asks for the better."""
        for asks, metrics in _ASKS.items():
            if self.metric in metrics and self.raises == asks.startswith("!"):
                return asks.removeprefix("!")
        return ""

    @property
    def doubtful(self) -> bool:
        """Whether it asks for less than half of what there was (the odds, of a share), of a figure nobody is known to want less of."""
        wanted = any(self.metric in metrics for asks, metrics in _ASKS.items() if asks.startswith("!"))
        return not (self.raises or self.wrong_way or wanted) and times(self) >= MUCH_LESS

    @property
    def bounds(self) -> tuple[float, float]:
        """What the figure can be at all."""
        return (
            0.0 if all(not value < 0 for value in (*self.past, self.measured.value)) else -math.inf,
            1.0 if self.bounded else math.inf,
        )

    @property
    def year(self) -> int:
        """Periods a year has."""
        return year_of(self.every)

    def unaided(self, ahead: int) -> Forecast:
        """Where the figure would be so many periods after the baseline, told from what was known when the goal was set."""
        floor, ceiling = self.bounds
        return forecast(self.past, ahead, year=self.year, floor=floor, ceiling=ceiling)

    def canonical(self) -> dict[str, Any]:
        """The goal as JSON can hold it; Goal.of() gives it again."""
        told = asdict(self)
        base = self.measured
        told["by"] = self.by.isoformat()
        told["past"] = [value if math.isfinite(value) else None for value in self.past]
        told["cell"] = [list(pair) for pair in self.cell]
        told["settings"] = dict(self.settings)
        told["baseline"] = {**asdict(base), "start": base.start.isoformat(), "end": base.end.isoformat()}
        return told

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        """The goal the ledger holds."""
        base = dict(said["baseline"])
        dated = {name: date.fromisoformat(base[name]) for name in ("start", "end")}
        past = tuple(math.nan if value is None else float(value) for value in said["past"])
        cell = tuple((str(name), str(value)) for name, value in said["cell"])
        rest = {"by": date.fromisoformat(said["by"]), "baseline": Baseline(**{**base, **dated}), "past": past}
        return cls(**{**said, **rest, "cell": cell})

    @property
    def digest(self) -> str:
        """Names all of it but its version: sha256 over canonical() as JSON with sorted keys and no spaces."""
        said = {name: value for name, value in self.canonical().items() if name != "version"}
        return sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def next(self) -> "Goal":
        """The same goal as the version after."""
        return replace(self, version=self.version + 1)


def no_baseline(metric: str) -> ProofError:
    """The refusal of a goal without a baseline."""
    return ProofError(
        f"{metric} has no whole period with a figure to start from, so this is no goal but a wish.",
        "A goal has a measured baseline.",
        f"See what there is: keepwell measure {metric}; then wait, or import more.",
    )


def year_of(every: str) -> int:
    """Periods a year has: 12 of a month, 12 of 30d."""
    return YEAR[every] if every in YEAR else max(1, round(365 / int(every.removesuffix("d"))))


@dataclass(frozen=True)
class Rhythm:
    """
    What sort of thing is sold, told from when it is bought again.

    Args:
        kind: consumable, varied, mixed; unknown where too few bought again.
        sentence: How that was told.
    """

    kind: Kind
    sentence: str


def rhythm(gaps: int, median: float, returned: float) -> Rhythm:
    """
    What sort of thing is sold.

    Args:
        gaps: How many times somebody bought again.
        median: Days until they did, in half of the cases.
        returned: Share of the buyers who ever did.
    """
    if gaps < 30 or not math.isfinite(median) or not math.isfinite(returned):
        return Rhythm("unknown", "Too few bought again to tell what sort of thing is sold; the bars between apply.")
    seen = f"half of {gaps:,} further orders came within {median:.0f} days, and {100 * returned:.0f} % of buyers bought again"
    if median <= OFTEN and returned >= RETURNS:
        return Rhythm("consumable", f"Bought like things that are used up ({seen}): goals may be ambitious.")
    if median > SELDOM or returned < RETURNS / 2:
        return Rhythm("varied", f"Bought like gifts or things that vary ({seen}): goals should be conservative.")
    return Rhythm("mixed", f"Bought neither like things that are used up nor like gifts ({seen}).")


@dataclass(frozen=True)
class Feasibility:
    """
    Whether a goal can be reached, and seen to be reached.

    Args:
        verdict: In a word or two.
        rhythm: What sort of thing is sold.
        forecast: Where the figure would be on the day of the goal without anything being done.
        by_itself: The chance that the goal is met that way; nan where unknown.
        stretches: How many stretches as long as the goal's the past has.
        as_far: In how many of them the figure moved as far, the same way.
        farthest: How far it moved at most, that way; nan where unknown.
        times: How many times the odds (of a share), or the figure, the goal is.
        detectable: The smallest change an experiment on the whole base can find, in the metric's unit; nan where unknown.
        needed: Customers such an experiment needs to find the goal's change; nan likewise.
        holdout: The share held out in it.
    """

    verdict: Verdict
    rhythm: Rhythm
    forecast: Forecast
    by_itself: float
    stretches: int
    as_far: int
    farthest: float
    times: float
    detectable: float
    needed: float
    holdout: float


def feasibility(goal: Goal, rhythm: Rhythm) -> Feasibility:
    """
    Judge a goal by the company's own past and size.

    Args:
        goal: What is wanted.
        rhythm: What sort of thing is sold.
    """
    ahead = goal.unaided(goal.ahead)
    way = 1 if goal.raises else -1
    past = way * moves(goal.past, goal.ahead)
    chance = ahead.chance(goal.target, raise_=goal.raises)
    holdout = SMALL_HOLDOUT if goal.measured.n < SMALL else HOLDOUT
    detectable, needed = experiment(goal, holdout)
    return Feasibility(
        verdict=_verdict(goal, rhythm, chance, past),
        rhythm=rhythm,
        forecast=ahead,
        by_itself=chance,
        stretches=len(past),
        as_far=int((past >= abs(goal.change)).sum()),
        farthest=float(past.max()) if len(past) else math.nan,
        times=times(goal),
        detectable=detectable,
        needed=needed,
        holdout=holdout,
    )


def _verdict(goal: Goal, rhythm: Rhythm, chance: float, past: Sequence[float] | np.ndarray) -> Verdict:
    ambitious, unreasonable = BARS[rhythm.kind]
    if goal.wrong_way:
        return "the wrong way"
    if times(goal) > unreasonable:
        return "unreasonable"
    if math.isnan(chance):
        return "cannot be told"
    if chance >= _SEEN:
        return "by itself"
    farther = not len(past) or max(past) < abs(goal.change)
    return "ambitious" if times(goal) >= ambitious or farther else "reachable"


def times(goal: Goal) -> float:
    """How many times the odds (of a bounded share), or the figure (of anything else), the goal is; above 1 in either direction."""
    start, end = goal.measured.value, goal.target
    if goal.bounded:
        start, end = (value / (1 - value) if value < 1 else math.inf for value in (start, end))
    if min(start, end) <= 0 or math.isinf(max(start, end)):
        return math.inf
    return max(start, end) / min(start, end)


def experiment(goal: Goal, holdout: float) -> tuple[float, float]:
    """
    What an experiment on the base can find with 80 % power at 5 %, and how many customers the goal's change needs.

    Of a share, by the binomial law; of other figures per customer, by the company's own restlessness from period to period
    taken as if all of it came from single customers, which asks for rather too many. Totals cannot be split into arms.

    Args:
        goal: What is wanted.
        holdout: The share held out.

    Returns:
        The smallest change, and the number; nan where nothing can be said.
    """
    base, reach = goal.measured, _TWO_SIDED + _POWER
    if goal.bounded:
        own, wanted = base.value * (1 - base.value), goal.target * (1 - goal.target)
        smallest = reach * math.sqrt(max(own, wanted) * (1 / holdout + 1 / (1 - holdout)) / base.n)
        needed = reach**2 * (own / holdout + wanted / (1 - holdout)) / goal.change**2
        return smallest, math.ceil(needed)
    deviation = noise(goal.past)
    if goal.unit == "count" or not math.isfinite(deviation):
        return math.nan, math.nan
    smallest = reach * deviation * math.sqrt(1 / holdout + 1 / (1 - holdout))
    return smallest, math.ceil(base.n * (smallest / goal.change) ** 2)


def _singular(every: str) -> str:
    return every if every in YEAR else f"stretch of {every.removesuffix('d')} days"
