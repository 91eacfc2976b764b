"""What may be said of an experiment this morning? One look: alarms first, then one verdict per treatment, then all beside it."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from hashlib import sha256
from typing import Any, Literal, Self

import numpy as np
import pandas as pd

from keepwell.prove import look_words as words
from keepwell.prove import samples, sequential
from keepwell.prove.comparing import Counted, Figure, caution, compare
from keepwell.prove.effect import Effect
from keepwell.prove.means import guardrail
from keepwell.prove.plan import Endpoint, Plan
from keepwell.prove.samples import SampleCheck
from keepwell.prove.seen import Seen
from keepwell.prove.verdict import Judged, Verdict, corrected, judge

State = Literal["running", "verdict", "hidden", "unproven"]


@dataclass(frozen=True)
class Evidence:
    """
    What was counted for one look.

    Args:
        morning: Everything before it is known.
        assigned: Units per arm; units in an arm that was not planned among them.
        primary: The primary endpoint.
        secondary: In the plan's order.
        guardrails: In the plan's order.
        kept: Units per arm that were customers when assigned, where the primary endpoint is a time to churn.
        days: Units per day of assignment (place) and arm, as samples.counts_table(by=...) counts them.
        strays: Sentences on units that are left out: assigned twice, or before the start.
        seen: Who was shown it; None where nothing tells of that.
        currency: Of the company.
        margin: Share of what is sold that is left after its cost; None where nobody said.
        last: Whether it is the planned end.
        stopped: Whether somebody ended it here.
    """

    morning: date
    assigned: Mapping[str, int]
    primary: Counted
    secondary: Sequence[Counted] = ()
    guardrails: Sequence[Counted] = ()
    kept: Mapping[str, int] | None = None
    days: pd.DataFrame | None = None
    strays: Sequence[str] = ()
    seen: Seen | None = None
    currency: str = ""
    margin: float | None = None
    last: bool = False
    stopped: bool = False

    @property
    def digest(self) -> str:
        """Names all that was counted: two looks of the same are one."""
        told = [self.morning.isoformat(), sorted(self.assigned.items()), self.last, self.stopped]
        for counted in (self.primary, *self.secondary, *self.guardrails):
            frame = counted.frame
            rows = frame.sort_values(list(frame.columns[:2]), kind="stable") if len(frame) else frame
            told.append(
                [counted.endpoint.words, counted.unripe, rows.astype(object).map(_noiseless).to_numpy().tolist()]
            )
        if self.seen:
            told.append(self.shown)
        return sha256(json.dumps(told, default=str).encode()).hexdigest()

    @property
    def shown(self) -> list[str]:
        """What exposures tell: what is wrong with them first."""
        return [*self.seen.alarm, *self.seen.told] if self.seen else []


def _noiseless(value: object) -> object:
    """A number to seven digits: sums of floating numbers end otherwise each time an engine's threads take the rows in another order."""
    return f"{value:.7g}" if isinstance(value, float | np.floating) else value


@dataclass(frozen=True)
class Row:
    """
    One figure as a table shows it; an unknown end of an interval is infinite, never a point.

    Args:
        role: "primary", "beside" (told with the primary, never judged by), "secondary" or "guardrail".
        of: What is compared, in words.
        unit: What the difference is counted in.
        treated: Units of the treated arm it rests on.
        held: Units of the arm it is compared with.
        difference: Treated minus held out.
        low: Lower end.
        high: Upper end.
        relative: Over the figure of the held out; of time to churn the hazard ratio less 1.
        relative_low: Lower end.
        relative_high: Upper end.
        verdict: Of its own kind; "" where it is not judged.
    """

    role: str
    of: str
    unit: str
    treated: int
    held: int
    difference: float
    low: float
    high: float
    relative: float
    relative_low: float
    relative_high: float
    verdict: str = ""

    @classmethod
    def told(cls, role: str, of: str, effect: Effect, verdict: str = "") -> Self:
        """The row of an effect."""
        relative = (effect.relative, effect.relative_low, effect.relative_high)
        if effect.unit == "log hazard":
            relative = tuple(
                math.expm1(end) if abs(end) < 700 else end for end in (effect.difference, effect.low, effect.high)
            )  # type: ignore[assignment]
        return cls(
            role, of, effect.unit, effect.treated, effect.control, effect.difference, effect.low, effect.high, *relative, verdict
        )  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """
    One treatment beside those held out.

    Args:
        arm: The treatment.
        verdict: The one verdict.
        final: Whether it stands for ever.
        since: The morning it stands from, or of this look.
        share: Of the plan reached.
        boundary: In standard errors; inf where nothing can be said yet.
        look: Information, estimate and error, for the boundaries of later looks; None where there was nothing to look at.
        rows: Its figures; none while they are hidden.
        told: Sentences.
    """

    arm: str
    verdict: Verdict
    final: bool
    since: date
    share: float
    boundary: float
    look: sequential.Look | None
    rows: tuple[Row, ...]
    told: tuple[str, ...]

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        """The comparison as the ledger has it."""
        rows = tuple(Row(**{key: _read(key, value) for key, value in row.items()}) for row in said["rows"])
        look = sequential.Look(**said["look"]) if said["look"] else None
        boundary = _read("high", said["boundary"])
        since = date.fromisoformat(said["since"])
        return cls(
            **{**said, "rows": rows, "look": look, "boundary": boundary, "since": since, "told": tuple(said["told"])}
        )


@dataclass(frozen=True)
class Look:
    """
    One look, whole.

    Args:
        experiment: Name and version.
        plan: Digest of the plan it was judged by.
        morning: Everything before it is known.
        state: "hidden": an alarm rings and no effect is shown; "unproven": there is nothing to compare with.
        assigned: Units per arm.
        comparisons: One per treatment, in the plan's order.
        told: Sentences on the whole: alarms first.
        digest: Of what was counted.
        curves: Treatment -> share kept by day and arm; kept in the ledger of the look that was final.
    """

    experiment: str
    plan: str
    morning: date
    state: State
    assigned: Mapping[str, int]
    comparisons: tuple[Comparison, ...]
    told: tuple[str, ...]
    digest: str
    curves: Mapping[str, pd.DataFrame] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        """The look as the ledger has it."""
        comparisons = tuple(Comparison.of(one) for one in said["comparisons"])
        own = {key: value for key, value in said.items() if key != "verdict"}
        curves = {arm: pd.DataFrame(curve) for arm, curve in said["curves"].items()}
        morning, told = date.fromisoformat(said["morning"]), tuple(said["told"])
        return cls(**{**own, "morning": morning, "comparisons": comparisons, "told": told, "curves": curves})

    def body(self) -> dict[str, Any]:
        """The look as JSON can hold it; Look.of() gives it again, its curves only where it is final."""
        told = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "curves"}
        drawn = {arm: curve.to_dict("list") for arm, curve in self.curves.items()} if self.final else {}
        compared = [asdict(one) for one in self.comparisons]
        return dict(_plain({**told, "comparisons": compared, "curves": drawn, "verdict": self.verdict}))

    @property
    def verdict(self) -> str:
        """All verdicts in a few words."""
        if len(self.comparisons) == 1:
            return self.comparisons[0].verdict
        return ", ".join(f"{one.arm}: {one.verdict}" for one in self.comparisons)

    @property
    def final(self) -> bool:
        """Whether nothing will change any more."""
        return bool(self.comparisons) and all(one.final for one in self.comparisons)

    @property
    def sentences(self) -> list[str]:
        """All of it, the most important first."""
        return [*self.told, *(line for one in self.comparisons for line in one.told)]


def look(plan: Plan, evidence: Evidence, earlier: Sequence[Look] = ()) -> Look:
    """
    One look at an experiment.

    Args:
        plan: As it was frozen.
        evidence: What was counted as of the morning.
        earlier: All looks before, oldest first; what was final in them stands as it was.

    Raises:
        MetricError: Units in an arm that was not planned, or figures that cannot be counted.
    """
    if not plan.measurable:
        return _unproven(plan, evidence)
    alarms = checks(plan, evidence)
    hidden = [alarm for alarm in alarms if alarm.hides_effect]
    stand = {one.arm: one for before in earlier for one in before.comparisons if one.final}
    if hidden or (evidence.seen and evidence.seen.hides_effect):
        return _hidden(plan, evidence, hidden, stand)
    open_arms = [arm for arm in plan.treatments if arm not in stand]
    judged = {arm: _judge(plan, evidence, arm, earlier) for arm in open_arms}
    beside = _secondary(plan, evidence, judged)
    comparisons = tuple(
        stand.get(arm) or _comparison(plan, evidence, arm, judged[arm], beside[arm]) for arm in plan.treatments
    )
    state: State = "verdict" if all(one.final for one in comparisons) else "running"
    told = [alarm.told for alarm in alarms if alarm.verdict != "balanced" or not alarm.where]
    told += words.not_kept(evidence.assigned, evidence.kept)
    curves = {arm: one.figure.curves for arm, one in judged.items() if one.figure.curves is not None}
    return _look(
        plan, evidence, state, comparisons, (*told, *evidence.strays, *evidence.shown, words.footing(plan)), curves
    )


def _look(
    plan: Plan,
    evidence: Evidence,
    state: State,
    comparisons: tuple[Comparison, ...],
    told: Sequence[str],
    curves: Mapping[str, pd.DataFrame] | None = None,
) -> Look:
    assigned, digest = dict(evidence.assigned), evidence.digest
    return Look(
        plan.name, plan.digest, evidence.morning, state, assigned, comparisons, tuple(told), digest, curves or {}
    )


def _unproven(plan: Plan, evidence: Evidence) -> Look:
    """Everybody is treated: nothing is known, from endless loss to endless gain."""
    nothing = (math.nan, -math.inf, math.inf)
    arm = plan.arms[0].name
    row = Row("primary", plan.primary.words, "", evidence.assigned.get(arm, 0), 0, *nothing, *nothing, "unproven")
    only = Comparison(arm, "unproven", False, evidence.morning, 0.0, math.inf, None, (row,), (words.UNPROVEN,))
    return _look(plan, evidence, "unproven", (only,), ())


def checks(plan: Plan, evidence: Evidence) -> list[SampleCheck]:
    """Whether chance drew the arms: of all, of those compared, and of every day."""
    shares = {arm.name: plan.drawn.propensity(arm.name) for arm in plan.arms}
    found = [samples.check(evidence.assigned, shares)]
    if evidence.kept is not None:
        found.append(samples.check(evidence.kept, shares, where="those who were customers when assigned"))
    if evidence.days is not None and len(evidence.days):
        found += samples.checks(evidence.days, shares)[:1]
    return found


def _hidden(plan: Plan, evidence: Evidence, alarms: Sequence[SampleCheck], stand: Mapping[str, Comparison]) -> Look:
    why, check = words.hidden(ratio=bool(alarms))
    comparisons = tuple(
        stand.get(arm)
        or Comparison(arm, "hidden", False, evidence.morning, math.nan, math.inf, None, (), (f"{arm}: {why}",))
        for arm in plan.treatments
    )
    told = (*(alarm.told for alarm in alarms), *evidence.shown, *evidence.strays, check)
    return _look(plan, evidence, "hidden", comparisons, told)


def _judge(plan: Plan, evidence: Evidence, arm: str, earlier: Sequence[Look]) -> Judged:
    figure = compare(evidence.primary, arm, plan.reference, 1 - plan.alpha_each)
    looks = [one.look for before in earlier for one in before.comparisons if one.arm == arm and one.look is not None]
    return judge(plan, arm, figure, looks, last=evidence.last, stopped=evidence.stopped)


def _secondary(
    plan: Plan, evidence: Evidence, judged: Mapping[str, Judged]
) -> dict[str, list[tuple[Endpoint, Figure]]]:
    """Secondary figures of every open treatment, drawn so that of all that are shown few are false."""
    found = {
        arm: [(one.endpoint, compare(one, arm, plan.reference, 1 - plan.alpha)) for one in evidence.secondary]
        for arm in judged
    }
    chances = [figure.effect.p_value for figures in found.values() for _endpoint, figure in figures]
    return {
        arm: [
            (endpoint, figure.at(corrected(chances, plan.alpha, _least(judged[arm])))) for endpoint, figure in figures
        ]
        for arm, figures in found.items()
    }


def _least(judged: Judged) -> float:
    """Where the primary endpoint says nothing, secondary ones are looked at once, at the end."""
    return 0.0 if judged.final and math.isinf(judged.boundary) else judged.boundary


def _comparison(
    plan: Plan, evidence: Evidence, arm: str, judged: Judged, beside: Sequence[tuple[Endpoint, Figure]]
) -> Comparison:
    currency, figure = evidence.currency, judged.figure
    rows = [Row.told("primary", plan.primary.words, figure.effect, judged.verdict)]
    rows += [Row.told("beside", name, effect) for name, effect in figure.beside]
    told = words.verdict(plan, arm, judged, currency)
    harm_rows, harm_told = _guardrails(plan, evidence, arm)
    told += [*harm_told, caution(figure), *figure.notes]
    for endpoint, other in beside:
        rows.append(Row.told("secondary", endpoint.words, other.effect, _shown(endpoint, other.effect)))
        rows += [Row.told("beside", f"{endpoint.words}, {name}", effect) for name, effect in other.beside]
        told += [words.secondary(endpoint, other.effect, currency), *other.notes]
    told += words.worth(plan, arm, judged, _money(figure, beside), (currency, evidence.margin))
    return Comparison(
        arm,
        judged.verdict,
        judged.final,
        evidence.morning,
        judged.share,
        judged.boundary,
        judged.look,
        tuple(replace(row, of=per(plan, row.of)) for row in (*rows, *harm_rows)),
        tuple(dict.fromkeys(per(plan, line) for line in told if line)),
    )


def _guardrails(plan: Plan, evidence: Evidence, arm: str) -> tuple[list[Row], list[str]]:
    """One-sided, each at 95 % by itself: to be called safe every one must show it."""
    rows, told = [], []
    for counted in evidence.guardrails:
        endpoint = counted.endpoint
        figure = compare(counted, arm, plan.reference)
        rail = guardrail(figure.effect, endpoint.margin or 0.0, "higher" if endpoint.better < 0 else "lower")
        rows.append(Row.told("guardrail", endpoint.words, rail.effect, rail.verdict))
        told.append(words.guardrail(endpoint, rail, evidence.currency))
    return rows, told


def per(plan: Plan, told: str) -> str:
    """
    Words on figures per unit: of accounts never by the head.

    Args:
        plan: Says what was drawn.
        told: The words.
    """
    return told.replace("per head", "per account").replace("a head", "an account") if plan.unit == "account" else told


def _shown(endpoint: Endpoint, effect: Effect) -> str:
    if not effect.proven:
        return "not shown"
    return "better" if effect.difference * endpoint.better > 0 else "worse"


def _money(figure: Figure, beside: Sequence[tuple[Endpoint, Figure]]) -> Effect | None:
    told = [figure, *(other for _endpoint, other in beside)]
    return next((one.effect for one in told if one.effect.unit == "money"), None)


_UNBOUNDED = {"low": -math.inf, "relative_low": -math.inf, "high": math.inf, "relative_high": math.inf}


def _read(key: str, value: Any) -> Any:
    """A figure of the ledger: what JSON cannot hold is an interval's open end, or not known."""
    if value is not None:
        return value
    return _UNBOUNDED.get(key, math.nan)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value.item() if hasattr(value, "item") else value
