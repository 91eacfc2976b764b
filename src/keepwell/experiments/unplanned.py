"""What does an experiment hint at that was brought in without a plan? Read, never entered, and never called proof."""

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import pandas as pd

from keepwell.errors import ProofError
from keepwell.experiments.counting import evidence
from keepwell.experiments.reading import UNPLANNED, morning_of, states
from keepwell.prove import look_words as words
from keepwell.prove import outcomes
from keepwell.prove.assignment import CONTROL, Arm
from keepwell.prove.comparing import compare
from keepwell.prove.effect import Effect
from keepwell.prove.look import Evidence, checks
from keepwell.prove.plain import Comparison
from keepwell.prove.plan import Endpoint, Plan
from keepwell.schema.clock import day_of
from keepwell.workspace import Workspace

DAYS = 60
"""The horizon where none is asked for: that of a plan which names none."""

NO_PROOF = (
    "A hint and no proof: nothing was said before its start, so whoever looks can choose what to look at, when, and among whom. "
    "Each interval is that of one look at one figure; looking daily is not protected: of 100 plays without any effect, about 28 seem to "
    "have one on some day of a month."
)
"""The rate is that of docs/explanation/peeking.md."""


@dataclass(frozen=True)
class Asked:
    """
    How an experiment without a plan is to be read.

    Args:
        days: The horizon, after the day of assignment.
        shares: Arm -> the share that was drawn; none: as stored with the assignments, otherwise equal ones.
        control: The arm that was held out; "" is the one called "control".
    """

    days: int = DAYS
    shares: Mapping[str, float] | None = None
    control: str = ""


@dataclass(frozen=True)
class Hint:
    """
    What was seen.

    Args:
        name: Experiment and version.
        morning: Everything before it is known.
        days: The horizon.
        control: The arm held out; "" where nobody is.
        assigned: Units per arm, as assigned.
        comparison: The check of the draw, and the effects it does not hide: treatment and outcome -> treated minus held out.
        told: Sentences.
    """

    name: str
    morning: date
    days: int
    control: str
    assigned: Mapping[str, int]
    comparison: Comparison
    told: tuple[str, ...]

    @property
    def state(self) -> Literal["hint", "hidden", "not measurable"]:
        """Whether figures are told, hidden by an alarm, or cannot be."""
        if not self.control:
            return "not measurable"
        return "hint" if self.comparison.effects else "hidden"


def unplanned(workspace: Workspace, experiment: str) -> str | None:
    """
    Experiment and version of assignments that were brought in without a plan; None where a plan is frozen, or nothing is assigned.

    Args:
        workspace: The company, opened.
        experiment: Its name, for the newest version, or name:version.
    """
    mine = [state for state in states(workspace) if experiment in (state.name, state.name.rpartition(":")[0])]
    if not mine or any(state.plan for state in mine):
        return None
    return max(mine, key=lambda state: int(state.name.rpartition(":")[2])).name


def hint(workspace: Workspace, name: str, asked: Asked, as_of: date | None = None) -> Hint:
    """
    Read an experiment without a plan: the draw is checked first, then who is kept, for how long, and what they spend, as assigned.

    Args:
        workspace: The company, opened.
        name: From unplanned().
        asked: How it is to be read.
        as_of: The morning; None is the workspace's own.

    Raises:
        ProofError: Nobody was assigned before that morning, or what is asked does not fit its arms.
    """
    morning = morning_of(workspace, as_of)
    stored = _stored(workspace, name, morning)
    arms = list(stored["arm"])
    if len(arms) < 2:
        assigned = {str(arm): int(n) for arm, n in zip(arms, stored["n"], strict=True)}
        return Hint(name, morning, asked.days, "", assigned, _nothing(assigned), (words.UNPROVEN,))
    control = _control(arms, asked.control)
    shares, source = _shares(stored, asked.shares)
    plan = _supposed(workspace, name, stored, asked.days, shares, morning, control)
    counted = evidence(workspace, plan, morning)
    alarms = checks(plan, counted)
    ringing = [alarm for alarm in alarms if alarm.hides_effect]
    told = [NO_PROOF, *(alarm.told for alarm in ringing or alarms[:1]), source]
    told += [*words.not_kept(counted.assigned, counted.kept), *counted.strays, *counted.shown]
    if ringing or (counted.seen and counted.seen.hides_effect):
        why, check = words.hidden(ratio=bool(ringing))
        told += [why, check]
        return Hint(name, morning, asked.days, control, counted.assigned, Comparison(alarms[0]), tuple(told))
    costs = _costs(stored)
    effects: dict[tuple[str, str], Effect] = {}
    for arm in plan.treatments:
        found, notes = _effects(counted, arm, control, costs, asked.days)
        effects |= {(arm, of): effect for of, effect in found.items()}
        told += [f"{arm}: {of}: {words.whole(effect, counted.currency)}." for of, effect in found.items()]
        told += [note for note in notes if note not in told]
    told.append(
        f"To prove it, plan version {plan.version + 1} before it starts: keepwell prove plan FILE.toml --freeze"
    )
    return Hint(name, morning, asked.days, control, counted.assigned, Comparison(alarms[0], effects), tuple(told))


def _stored(workspace: Workspace, name: str, morning: date) -> pd.DataFrame:
    """Per arm what the assignments before a morning say: units, first day, the chance it was drawn with, and its cost."""
    experiment, _, version = name.rpartition(":")
    facts = workspace.facts(as_of=morning)
    log = outcomes.log(facts, experiment, int(version))
    log = log.mutate(day=facts.day(log.assigned_at))
    told = workspace.run(
        log.group_by("arm")
        .agg(
            n=log.count(), first=log.day.min(), chances=log.propensity.count(), chance=log.propensity.mean(),
            costs=log.planned_cost.count(), cost=log.planned_cost.cast("float64").mean(),
        )
        .order_by("arm")
    )  # fmt: skip
    if told.empty:
        raise ProofError(
            f"Nobody was assigned in {name} before the morning of {morning}.",
            "A look shows what happened before its morning.",
            "Look at a later one.",
        )
    return told


def _control(arms: Sequence[str], asked: str) -> str:
    control = asked or CONTROL
    if control in arms:
        return control
    raise ProofError(
        f"No arm is called {control!r}; there are {', '.join(arms)}.",
        "One of them was held out, and the others are compared with it.",
        f"Say which: --control {shlex.quote(arms[0])}",
    )


def _shares(stored: pd.DataFrame, asked: Mapping[str, float] | None) -> tuple[dict[str, float], str]:
    """The shares the arms are held against, and where those come from."""
    arms = [str(arm) for arm in stored["arm"]]
    if asked:
        if sorted(asked) != sorted(arms) or min(asked.values()) <= 0 or abs(math.fsum(asked.values()) - 1) > 0.001:
            raise ProofError(
                f"The shares asked for are {', '.join(f'{arm}={share:g}' for arm, share in asked.items())}.",
                f"Every arm has one above 0, and they add up to 1; the arms are {', '.join(arms)}.",
                "Say each: --share ARM=0.5",
            )
        return _whole(
            dict(asked)
        ), "They are held against the shares you named; name those that were drawn, not those that came out."
    if (
        (stored["chances"] == stored["n"]).all()
        and abs(stored["chance"].sum() - 1) < 0.01
        and (stored["chance"] > 0).all()
    ):
        recorded = dict(zip(arms, stored["chance"].astype(float), strict=True))
        return _whole(recorded), "They are held against the chances stored with the assignments."
    equal = dict.fromkeys(arms, 1 / len(arms))
    return (
        equal,
        "They are held against equal shares, for nobody said others; if they were drawn otherwise: --share ARM=0.1 for each.",
    )


def _whole(shares: dict[str, float]) -> dict[str, float]:
    total = math.fsum(shares.values())
    return {arm: share / total for arm, share in shares.items()}


def _supposed(
    workspace: Workspace,
    name: str,
    stored: pd.DataFrame,
    days: int,
    shares: Mapping[str, float],
    morning: date,
    control: str,
) -> Plan:
    """What is counted, as if it had been planned; nothing of it but the arms and the horizon is ever told."""
    experiment, _, version = name.rpartition(":")
    ordered = [control, *(arm for arm in shares if arm != control)]
    return Plan(
        experiment,
        int(version),
        owner=UNPLANNED,
        what=UNPLANNED,
        expected=UNPLANNED,
        arms=tuple(Arm(arm, shares[arm]) for arm in ordered),
        start=day_of(int(stored["first"].min())),
        end=morning,
        review=morning,
        smallest_effect=0.5,
        max_n=int(stored["n"].sum()),
        unit=_unit(workspace, experiment, int(version), morning),
        primary=Endpoint(days=days),
        secondary=(Endpoint("retained", days), Endpoint("spend", days)),
        open_ended=True,
        global_holdout=0.0,
    )


def _unit(workspace: Workspace, experiment: str, version: int, morning: date) -> Literal["customer", "account"]:
    """Accounts, where the company counts them or every unit is the account of somebody."""
    if workspace.settings.count == "accounts":
        return "account"
    facts = workspace.facts(as_of=morning)
    log, people = outcomes.log(facts, experiment, version), facts.read("customers")
    several = people.filter(people.account_id.notnull() & (people.account_id != people.customer_id))
    others = log.anti_join(several.select(unit="account_id").distinct(), "unit")
    return "customer" if int(workspace.run(others.agg(n=others.count()))["n"].iloc[0]) else "account"


def _costs(stored: pd.DataFrame) -> dict[str, float]:
    """What a contact of each arm was to cost; none where that is not known of all."""
    if (stored["costs"] < stored["n"]).any():
        return {}
    return dict(zip(stored["arm"], stored["cost"].astype(float), strict=True))


def _effects(
    counted: Evidence, arm: str, control: str, costs: Mapping[str, float], days: int
) -> tuple[dict[str, Effect], list[str]]:
    """Who is kept, days kept, and money, each by itself at 95 %; and what must be said with them."""
    times, kept, spent = (compare(one, arm, control) for one in (counted.primary, *counted.secondary))
    found = {kept.endpoint.words: kept.effect, spent.endpoint.words: spent.effect}
    if "days kept" in dict(times.beside):
        found[f"days kept, of {days}"] = dict(times.beside)["days kept"]
    cost = costs.get(arm, 0.0) - costs.get(control, 0.0)
    if cost and spent.effect.known:
        effect = spent.effect
        found[f"{spent.endpoint.words}, less {cost:,.2f} planned for a contact"] = replace(
            effect,
            difference=effect.difference - cost,
            low=effect.low - cost,
            high=effect.high - cost,
            relative=math.nan,
            relative_low=math.nan,
            relative_high=math.nan,
        )
    notes = [*kept.notes, *(note for note in spent.notes if note not in kept.notes)]
    return found, notes


def _nothing(assigned: Mapping[str, int]) -> Comparison:
    from keepwell.prove import samples

    return Comparison(samples.check(assigned, dict.fromkeys(assigned, 1.0)))
