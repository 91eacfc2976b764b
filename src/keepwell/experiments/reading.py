"""Which experiments are there, and how do they stand? Read from the ledger and from what was assigned."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ibis.expr.types as ir

from keepwell.errors import ProofError
from keepwell.experiments.definitions import counting_as
from keepwell.lake.ledger import Entry
from keepwell.measure.accounts import by_account
from keepwell.measure.facts import Facts
from keepwell.prove.assignment import CONTROL
from keepwell.prove.hindsight import drawn_late, entered_late, known_before
from keepwell.prove.plan import Plan
from keepwell.workspace import Workspace

UNPLANNED = "never planned"
ACTIVE = ("running", "to be decided")
"""Phases in which a play is going on, or has ended without a word on it."""


@dataclass(frozen=True)
class State:
    """
    One experiment as it stands on a morning.

    Args:
        name: Experiment and version, such as "thanks:1".
        phase: "planned", "running", "to be decided", "stopped", "decided", or UNPLANNED.
        plan: As frozen; None where assignments were brought in without one.
        units: Arm -> units assigned.
        looks: How often it was looked at.
        verdict: What was decided, or what the newest look says; "" where nothing was.
        overdue: Whether its review date is past without a decision.
        hindsight: Why it can prove nothing though it was planned; "" where it can.
        seen: What its newest look said, harm with it; "" where nobody looked.
    """

    name: str
    phase: str
    plan: Plan | None
    units: Mapping[str, int] = field(default_factory=dict)
    looks: int = 0
    verdict: str = ""
    overdue: bool = False
    hindsight: str = ""
    seen: str = ""

    @property
    def last_look(self) -> str:
        """What its newest look said, in words that never stand for a verdict where there is none."""
        if self.plan is None:
            return "not planned: a hint at most"
        if not self.measurable:
            return "not measurable"
        if self.hindsight and self.seen:
            return "unproven"
        return {"": "no look yet", "hidden": "hidden by an alarm"}.get(self.seen, self.seen)

    @property
    def measurable(self) -> bool:
        """Whether it can show anything: somebody is treated otherwise than others."""
        return self.plan.measurable if self.plan else self.held_out

    @property
    def held_out(self) -> bool:
        """Whether somebody is held out in fact, not only in the plan."""
        if self.plan is None:
            return len(self.units) > 1 and self.units.get(CONTROL, 0) > 0
        return self.units.get(self.plan.reference, 0) > 0 and self.plan.holdout > 0

    def told(self) -> str:
        """The experiment in a sentence or two."""
        drawn = ", ".join(f"{arm} {count:,}" for arm, count in self.units.items()) or "nobody yet"
        parts = [f"{self.name} is {self.phase}: {drawn}."]
        if self.plan is None:
            parts.append("Nothing was said before its start, so what it shows is a hint and no proof.")
            parts.append(f"Read the hint: keepwell prove look {shlex.quote(self.name)}")
        elif not self.measurable:
            parts.append("Not measurable: nobody is held out.")
        if self.hindsight:
            parts.append(self.hindsight)
        if self.plan and self.overdue:
            parts.append(
                f"Its review was due on {self.plan.review}; {self.plan.owner} has not decided: keep, change or stop."
            )
        if self.verdict:
            parts.append(f"Last word: {self.verdict}.")
        return " ".join(parts)


def frozen(workspace: Workspace) -> dict[str, Plan]:
    """Every frozen plan by its name, oldest first; the first that was entered under a name is the plan."""
    plans: dict[str, Plan] = {}
    for entry in workspace.lake.ledger():
        if entry.kind == "plan" and entry.about not in plans:
            plans[entry.about] = planned(entry)
    return plans


def planned(entry: Entry) -> Plan:
    """
    The plan of an entry.

    Raises:
        ProofError: It is not the plan whose digest was entered.
    """
    plan = Plan.of(entry.body["plan"], f"ledger entry {entry.number}")
    if plan.digest != entry.body["digest"]:
        raise ProofError(
            f"The plan of ledger entry {entry.number} is read as another one than was frozen.",
            "Its digest is not the one entered with it.",
            "Read it with the version of Keepwell that froze it.",
        )
    return plan


def known_of(workspace: Workspace, experiment: str) -> None:
    """
    Refuse an experiment nobody planned and nobody brought in.

    Args:
        workspace: The company, opened.
        experiment: Its name, or name:version.

    Raises:
        ProofError: There is none of that name; those there are, are named.
    """
    found = states(workspace)
    names = [state.name for state in found]
    if experiment in names or experiment in [name.rpartition(":")[0] for name in names]:
        return
    if not names:
        raise ProofError(
            f"There is no experiment {experiment!r}.",
            "None is planned, and none was brought in.",
            "Plan one, or import its assignments (docs/how-to/prove.md).",
        )
    planned = [state.name for state in found if state.plan]
    loose = [state.name for state in found if not state.plan]
    there = f"Planned are {', '.join(planned)}." if planned else "None is planned."
    there += f" Brought in without a plan: {', '.join(loose)}." if loose else ""
    asked = (
        f" One without a plan gives a hint, asked in the same way: keepwell prove look {shlex.quote(loose[0])}"
        if loose
        else ""
    )
    raise ProofError(f"There is no experiment {experiment!r}.", there, f"Give one of these names.{asked}")


def plan_of(workspace: Workspace, experiment: str) -> Plan:
    """
    The frozen plan of an experiment.

    Args:
        workspace: The company, opened.
        experiment: Its name, for the newest version, or name:version.

    Raises:
        ProofError: None was frozen under that name.
    """
    plans = frozen(workspace)
    mine = [plan for name, plan in plans.items() if experiment in (name, plan.experiment)]
    if not mine:
        raise ProofError(
            f"No plan of {experiment!r} is frozen.",
            f"There are {', '.join(plans)}." if plans else "None is frozen yet.",
            "Freeze one: keepwell prove plan FILE.toml --freeze",
        )
    return max(mine, key=lambda plan: plan.version)


def log_of(workspace: Workspace, plan: Plan, version: int | None = None) -> ir.Table:
    """The canonical assignments of a plan; of an earlier version of the lake where one is named."""
    log = workspace.lake.tables(version)["assignments"]
    return log.filter((log.experiment == plan.experiment) & (log.version == plan.version))


def known_up_to(workspace: Workspace) -> date:
    """The morning up to which anything is known of the company, whatever morning it is looked at from."""
    return max(workspace.as_of, workspace.span[1] + timedelta(days=1))


def morning_of(workspace: Workspace, as_of: date | None) -> date:
    """The morning something is looked at from: the one asked for, but none before which not everything is known; days without data are not days without purchases."""
    return min(as_of or workspace.as_of, known_up_to(workspace))


def entered_with(workspace: Workspace, plan: Plan) -> Mapping[str, Any] | None:
    """The definitions a plan was frozen with; None where it is not frozen, or was before they were kept."""
    mine = (entry for entry in workspace.lake.ledger() if entry.kind == "plan" and entry.about == plan.name)
    entry = next(mine, None)
    return entry.body.get("definitions") if entry else None


def begins(workspace: Workspace, plan: Plan) -> dict[int, datetime]:
    """
    When each version of a plan's experiment began, in UTC: planned ones on the morning of their start, others when first assigned.

    Args:
        workspace: The company, opened.
        plan: Of one version.
    """
    facts, log = workspace.facts(), workspace.lake.tables()["assignments"]
    mine = [plan, *(other for other in frozen(workspace).values() if other.experiment == plan.experiment)]
    known = {other.version: facts.on(other.start).morning for other in mine}
    others = log.filter((log.experiment == plan.experiment) & log.version.notin(list(known)))
    first = workspace.run(others.group_by("version").agg(at=others.assigned_at.min()))
    return known | {int(version): at.to_pydatetime() for version, at in zip(first["version"], first["at"], strict=True)}


def facts_for(workspace: Workspace, plan: Plan, as_of: date | None = None) -> Facts:
    """
    The facts with the plan's units as customers, by the definitions it was frozen with: accounts with everybody in them, where accounts are drawn.

    Raises:
        ProofError: Customers are to be drawn where the company counts accounts.
    """
    workspace = counting_as(workspace, entered_with(workspace, plan))
    counts = workspace.settings.count
    if plan.unit == "customer" and counts == "accounts":
        raise ProofError(
            f"{plan.name} draws customers, but this company counts accounts.",
            "People of one account would meet in different arms.",
            'Say unit = "account" in the plan.',
        )
    facts = workspace.facts(as_of=as_of)
    return by_account(facts) if plan.unit == "account" and counts == "customers" else facts


def states(workspace: Workspace, as_of: date | None = None) -> list[State]:
    """
    Every experiment as it stands, planned ones first, in the order in which they were frozen.

    Args:
        workspace: The company, opened.
        as_of: The morning; None is the workspace's own.
    """
    today, counts, plans = as_of or workspace.as_of, _counts(workspace), frozen(workspace)
    entries = workspace.lake.ledger()
    found = []
    for name, plan in plans.items():
        mine = [entry for entry in entries if entry.about == name]
        phase = _phase(plan, mine, today)
        overdue = plan.review < today and phase in ("planned", *ACTIVE)
        looks = sum(entry.kind == "look" for entry in mine)
        why = known_before(plan, _frozen_as(mine))
        found.append(State(name, phase, plan, counts.pop(name, {}), looks, _verdict(mine), overdue, why, _seen(mine)))
    return [*found, *(State(name, UNPLANNED, None, units) for name, units in sorted(counts.items()))]


def held_out_share(found: list[State]) -> tuple[int, int]:
    """How many of the active plays hold somebody out, and how many are active; plays nobody planned are among them."""
    active = [state for state in found if state.phase in (*ACTIVE, UNPLANNED)]
    return sum(state.held_out for state in active), len(active)


def footing(workspace: Workspace, plan: Plan, entries: Sequence[Entry]) -> tuple[str, str]:
    """
    What takes weight from a frozen plan by when it was frozen.

    Args:
        workspace: The company, opened.
        plan: The plan.
        entries: Of the ledger, about it.

    Returns:
        Why it can prove nothing, and what else must be said of it; each "" where there is nothing.
    """
    entry = next(entry for entry in entries if entry.kind == "plan")
    entered = entry.at.astimezone(ZoneInfo(workspace.settings.time_zone))
    late = (
        entered_late(plan, entry.body, entered),
        drawn_late([entry.body for entry in entries if entry.kind == "assigned"]),
    )
    return known_before(plan, entry.body), " ".join(filter(None, late))


def _frozen_as(entries: Sequence[Entry]) -> Mapping[str, Any]:
    return next(entry.body for entry in entries if entry.kind == "plan")


def _phase(plan: Plan, entries: list[Entry], today: date) -> str:
    kinds = {entry.kind for entry in entries}
    if "decided" in kinds:
        return "decided"
    if "stopped" in kinds:
        return "stopped"
    if today < plan.start:
        return "planned"
    over = (today >= plan.end and not plan.open_ended) or any(e.kind == "look" and e.body.get("final") for e in entries)
    return "to be decided" if over else "running"


def _verdict(entries: list[Entry]) -> str:
    """What was decided, otherwise what the newest look says."""
    for kind in ("decided", "stopped", "look"):
        said: list[Any] = [entry.body.get("verdict") for entry in entries if entry.kind == kind]
        if said and said[-1]:
            return str(said[-1])
    return ""


def _seen(entries: list[Entry]) -> str:
    """The verdict of the newest look, and whether a guardrail is shown to have got worse."""
    body: Mapping[str, Any] = next((entry.body for entry in reversed(entries) if entry.kind == "look"), {})
    rows = [row for one in body.get("comparisons", ()) for row in one["rows"]]
    harm = any((row["role"], row["verdict"]) == ("guardrail", "harm") for row in rows)
    return f"{body.get('verdict', '')}{', but harm' if harm else ''}"


def _counts(workspace: Workspace) -> dict[str, dict[str, int]]:
    """Experiment and version -> arm -> units."""
    log = workspace.lake.tables()["assignments"]
    counted = log.group_by("experiment", "version", "arm").agg(units=log.count())
    found: dict[str, dict[str, int]] = {}
    rows = workspace.run(counted.order_by("experiment", "version", "arm")).to_dict("records")
    for row in rows:
        found.setdefault(f"{row['experiment']}:{row['version']}", {})[row["arm"]] = int(row["units"])
    return found
