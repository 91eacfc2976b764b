"""Who is drawn today, into which arm? The eligible of a morning, each once and for ever; what was drawn goes into the lake."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from keepwell.errors import ProofError
from keepwell.experiments.booking import kept_since
from keepwell.experiments.planning import eligible
from keepwell.experiments.reading import facts_for, known_up_to, log_of, plan_of
from keepwell.lake import Delivery
from keepwell.measure.facts import Facts
from keepwell.prove import samples
from keepwell.prove.assignment import Assigned, assign
from keepwell.prove.buckets import BUCKETS, digest_column
from keepwell.prove.drawing import arm_counts, assigned, balance
from keepwell.prove.exposures import Reason, exposures
from keepwell.prove.plan import Plan
from keepwell.workspace import Workspace

SLICE = 1_000_000
"""About so many rows are held in memory at a time."""


@dataclass(frozen=True)
class Drawn:
    """
    What a draw did.

    Args:
        plan: The plan.
        as_of: The morning.
        new: Units drawn now.
        units: Arm -> units assigned in all, in the plan's order.
        barred: Units that were eligible and take no part, by why.
        balance: Stratum, arm, units, expected and off, of those drawn now.
        check: Whether the arms have the units the plan says.
        kept: Whether it was decided to keep the play; then it goes on without end, those held out with it.
    """

    plan: Plan
    as_of: date
    new: int
    units: dict[str, int]
    barred: dict[str, int]
    balance: pd.DataFrame
    check: samples.SampleCheck
    kept: bool = False

    def told(self) -> list[str]:
        """What was done, in sentences."""
        total = sum(self.units.values())
        lines = [f"{self.new:,} {self.plan.unit}s were drawn on {self.as_of}; {total:,} take part in all."]
        lines += [f"{count:,} eligible take no part. {why}" for why, count in self.barred.items()]
        if total:
            lines.append(self.check.told)
        if total >= self.plan.max_n and not self.kept:
            lines.append(f"The most the plan allows, {self.plan.max_n:,}, is reached; nobody else is drawn.")
        if not self.plan.measurable:
            lines.append("Not measurable: nobody is held out.")
        return lines


def draw(workspace: Workspace, experiment: str, as_of: date | None = None) -> Drawn:
    """
    Assign everybody who is eligible and was not assigned yet, and enter it in the ledger.

    Whoever was assigned stays in that arm for ever; taken again, on the same morning or after being killed, nobody is drawn twice.
    The held out get the same row at the same moment.

    Args:
        workspace: The company, opened.
        experiment: Name of the experiment, for the newest version, or name:version.
        as_of: The morning; None is the workspace's own. Units are assigned at its first moment.

    Raises:
        ProofError: No such plan is frozen, it has not begun, or it takes nobody any more.
    """
    plan, today = plan_of(workspace, experiment), as_of or workspace.as_of
    _open_on(workspace, plan, today)
    facts = facts_for(workspace, plan, today)
    fresh = _not_yet(eligible(workspace, plan, today), facts, log_of(workspace, plan))
    drawn = workspace.lake.aside(assigned(fresh, plan.drawn, plan.apart))
    barred = _barred(workspace, drawn)
    drawn = _as_many_as_allowed(workspace, plan, drawn, fresh)
    odd = balance(workspace.run(arm_counts(drawn)), plan.drawn)
    _bring(workspace, plan, facts, drawn)
    units = _units(workspace, plan)
    check = samples.check(units, {arm.name: plan.drawn.propensity(arm.name) for arm in plan.arms})
    kept = kept_since(workspace.lake.ledger(), plan.name) is not None
    found = Drawn(plan, today, int(odd["units"].sum()), units, barred, odd, check, kept)
    _enter(workspace, found)
    return found


def who(workspace: Workspace, experiment: str, unit: str) -> tuple[Plan, Assigned, Any]:
    """
    The arm of one unit, and why.

    Args:
        workspace: The company, opened.
        experiment: As for draw().
        unit: Its id.

    Returns:
        The plan, what was drawn, and the stored row, a mapping; None where it was not assigned (yet): then the draw says
        what it would get.

    Raises:
        ProofError: No such plan; or its arms are drawn within strata and the unit is not among the assigned.
    """
    plan = plan_of(workspace, experiment)
    log = log_of(workspace, plan)
    rows = workspace.run(log.filter(log.unit == unit)).to_dict("records")
    if not rows and plan.strata:
        raise ProofError(
            f"{unit!r} is not assigned in {plan.name}.",
            "Its arms are drawn within strata, for all who are eligible together.",
            f"Draw them: keepwell prove assign {plan.experiment}",
        )
    if not rows:
        return plan, assign(plan.drawn, unit, plan.apart, account=_account(workspace, unit)), None
    row = rows[0]
    within = f" within its stratum ({', '.join(plan.strata)})" if plan.strata else ""
    why = f"Bucket {row['bucket']} of {BUCKETS} under the salt {row['salt']}{within} falls to {row['arm']}."
    return plan, Assigned(unit, row["arm"], row["bucket"], row["propensity"], why), row


def _open_on(workspace: Workspace, plan: Plan, today: date) -> None:
    """Whether it takes units on that morning."""
    entries = workspace.lake.ledger()
    if (since := kept_since(entries, plan.name)) and since <= today:
        return  # rolled out: those held out go on being held out, for what it brings is booked from them
    closed = {entry.kind for entry in entries if entry.about == plan.name} & {"stopped", "decided"}
    watched = plan.primary.family == "survival" or plan.open_ended
    last = plan.end if watched else plan.end - timedelta(days=plan.primary.days + 1)  # the day of the draw counts too
    if closed:
        raise ProofError(f"{plan.name} is {closed.pop()}.", "It takes nobody any more.", "Plan a new version.")
    if today < plan.start:
        raise ProofError(
            f"{plan.name} starts on {plan.start}; this morning is {today}.",
            "Nobody is drawn before the start.",
            "Bring the data up to that day, or say --as-of.",
        )
    if today > last or (today == plan.end and not plan.open_ended):
        raise ProofError(
            f"{plan.name} takes nobody after {last}; this morning is {today}.",
            f"Who comes later could not be watched for {plan.primary.days} days before its end on {plan.end}.",
            f"Look at it: keepwell prove look {plan.experiment!r}",
        )


def _not_yet(units: ir.Table, facts: Facts, log: ir.Table) -> ir.Table:
    """The units that are not assigned; who was assigned under an id that was merged since is."""
    known = log.select("unit")
    if "merges" in facts.tables:
        aliases = facts.aliases
        known = known.union(known.inner_join(aliases, known.unit == aliases.customer_id).select(unit="known_as"))
    return units.anti_join(known.distinct(), "unit")


def _barred(workspace: Workspace, drawn: ir.Table) -> dict[str, int]:
    barred = drawn.filter(drawn.barred.notnull())
    counted = workspace.run(barred.group_by("barred").agg(units=barred.count()).order_by("barred"))
    return {str(why): int(units) for why, units in zip(counted["barred"], counted["units"], strict=True)}


def _as_many_as_allowed(workspace: Workspace, plan: Plan, drawn: ir.Table, fresh: ir.Table) -> ir.Table:
    """Those who take part, at most so many that the plan's max_n is kept; who waits is chosen by a hash of its own."""
    taking = drawn.filter(drawn.arm.notnull())
    if kept_since(workspace.lake.ledger(), plan.name):
        return taking
    room = plan.max_n - sum(_units(workspace, plan).values())
    if int(workspace.run(taking.agg(n=taking.count()))["n"].iloc[0]) <= room:
        return taking
    queue = taking.order_by(digest_column(f"queue/{plan.name}", taking.unit)).limit(max(0, room)).select("unit")
    first = workspace.lake.aside(fresh.semi_join(queue, "unit"))
    return workspace.lake.aside(assigned(first, plan.drawn, plan.apart))


def _bring(workspace: Workspace, plan: Plan, facts: Facts, drawn: ir.Table) -> None:
    """Store what was drawn as a batch of its own; one a killed draw left staged goes on, or gives way."""
    costs = {arm: Decimal(cost) for arm, cost in plan.costs}
    known = _scored(workspace, plan, facts.as_of, drawn)
    rows = exposures(known, plan.drawn, facts.morning, Reason(plan.where or "kept"), costs)
    source = f"experiment {plan.name}"
    with tempfile.TemporaryDirectory(prefix="keepwell-draw-") as scratch:
        files, count = _written(workspace, rows, source, Path(scratch))
        content = sha256(b"".join(sha256(file.read_bytes()).digest() for file in files)).hexdigest()
        delivery = Delivery({source: count}, content, {"assignments": tuple(files)}, zone=facts.company.time_zone)
        for batch in workspace.batches():
            if batch.state == "staged" and set(batch.sources) == {source} and batch.digest != content:
                workspace.lake.discard(batch.id)
        if count:
            workspace.commit(workspace.lake.stage(delivery))


def _scored(workspace: Workspace, plan: Plan, today: date, drawn: ir.Table) -> ir.Table:
    """With the churn score of the newest round up to that morning, as it was then, and which round gave it; accounts have none."""
    for morning in reversed([day for day in workspace.lake.mornings() if day <= today and plan.unit == "customer"]):
        kept = workspace.lake.kept(morning).get("portraits")
        if kept is None or "risk" not in kept.columns:
            continue
        told = workspace.lake.result(kept)
        scores = told.filter(told.risk.notnull()).select(
            unit=told.customer_id,
            score=told.risk.cast("float64"),
            model_version=ibis.literal(f"round of {morning}, {kept.digest[:12]}"),
        )
        return drawn.left_join(scores, "unit").drop("unit_right")
    return drawn


def _written(workspace: Workspace, rows: ir.Table, source: str, folder: Path) -> tuple[list[Path], int]:
    files, count = [], 0
    for number, part in enumerate(_slices(workspace, rows)):
        marks = pa.array(range(count + 1, count + len(part) + 1), pa.int64())
        told = part.append_column("_row", marks).append_column("_source", pa.array([source] * len(part)))
        files.append(folder / f"assignments-{number:05d}.parquet")
        pq.write_table(told, files[-1])
        count += len(part)
    return files, count


def _slices(workspace: Workspace, rows: ir.Table) -> Iterator[pa.Table]:
    """The rows in parts that fit in memory, always the same ones in the same order."""
    count = int(workspace.run(rows.agg(n=rows.count()))["n"].iloc[0])
    parts = -(-count // SLICE)
    for part in range(parts):
        low, high = BUCKETS * part // parts, BUCKETS * (part + 1) // parts
        yield workspace.lake.arrow(rows.filter((rows.bucket >= low) & (rows.bucket < high)).order_by("unit"))


def _units(workspace: Workspace, plan: Plan) -> dict[str, int]:
    log = log_of(workspace, plan)
    counted = workspace.run(log.group_by("arm").agg(units=log.count()))
    seen = {str(arm): int(units) for arm, units in zip(counted["arm"], counted["units"], strict=True)}
    return {arm.name: seen.pop(arm.name, 0) for arm in plan.arms} | seen


def _enter(workspace: Workspace, found: Drawn) -> None:
    """Enter what is not entered yet: also what a draw that was killed after storing left untold."""
    mine = [e for e in workspace.lake.ledger() if e.kind == "assigned" and e.about == found.plan.name]
    told = dict(mine[-1].body["units"]) if mine else {}
    if found.units == told or not any(found.units.values()):
        return
    body = {
        "as_of": found.as_of.isoformat(),
        "known_to": known_up_to(workspace).isoformat(),
        "plan": found.plan.digest,
        "new": sum(found.units.values()) - sum(told.values()),
        "units": found.units,
        "barred": found.barred,
        "sample_ratio_p": found.check.p_value,
        "sample_ratio": found.check.verdict,
    }
    workspace.lake.enter("assigned", found.plan.name, body)


def by_whole_accounts(workspace: Workspace, plan: Plan) -> bool:
    """
    Whether the global holdout of a plan that draws customers keeps whole accounts out, as some customers belong to one.

    Args:
        workspace: The company, opened.
        plan: The plan.
    """
    people = workspace.facts().read("customers")
    if plan.apart is None or plan.unit == "account" or "account_id" not in people.columns:
        return False
    return bool(workspace.run(people.agg(known=people.account_id.count()))["known"].iloc[0])


def _account(workspace: Workspace, unit: str) -> str | None:
    people = workspace.facts().read("customers")
    found = workspace.run(people.filter(people.customer_id == unit).select("account_id").limit(1))
    accounts = found["account_id"].dropna()
    return str(accounts.iloc[0]) if len(accounts) else None
