"""Who was about to be treated, and when? A log that only grows; whoever is held out gets the same row at the same moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from keepwell.errors import KeepwellError
from keepwell.prove.assignment import CONTROL, Assigned, Experiment
from keepwell.schema.assignments import ASSIGNMENTS

KEY = ("experiment", "version", "unit")
"""What is logged once: a unit in a version of an experiment."""


@dataclass(frozen=True)
class Reason:
    """
    Why a unit was about to be treated, as known at that moment.

    Args:
        eligible: What made it eligible, in a few words.
        triggered_at: When that happened; None is the moment of the row.
        score: The model's score it was chosen by, where there was one.
        model_version: Which model gave it.
    """

    eligible: str
    triggered_at: datetime | None = None
    score: float | None = None
    model_version: str | None = None


def exposure(
    experiment: Experiment, drawn: Assigned, at: datetime, reason: Reason, costs: Mapping[str, Decimal] | None = None
) -> dict[str, Any]:
    """
    The row of one unit: written for every arm at the moment the treated one is treated.

    The held out get a ghost exposure: the same row, with a planned cost of nothing. Analysis compares exactly these rows,
    whatever was delivered or opened later.

    Args:
        experiment: What was drawn.
        drawn: From assign().
        at: The moment, with its zone.
        reason: Why it was to be treated.
        costs: Arm -> planned cost of one contact, in the company's currency; null where an arm is not in it.

    Raises:
        KeepwellError: The unit takes no part, or a moment without a zone.
    """
    if drawn.arm is None:
        raise KeepwellError(
            f"{drawn.unit!r} takes no part in {experiment.id!r}.", drawn.why, "Write no exposure, and do not treat."
        )
    row = {
        "experiment": experiment.id,
        "unit": drawn.unit,
        "arm": drawn.arm,
        "assigned_at": _utc(at),
        "version": experiment.version,
        "salt": experiment.salt,
        "bucket": drawn.bucket,
        "propensity": drawn.propensity,
        "eligible_reason": reason.eligible,
        "triggered_at": _utc(reason.triggered_at or at),
        "score": reason.score,
        "model_version": reason.model_version,
        "planned_cost": _planned(costs).get(drawn.arm),
    }
    return {name: row[name] for name in ASSIGNMENTS.columns}


def exposures(
    drawn: ir.Table, experiment: Experiment, at: datetime, reason: Reason, costs: Mapping[str, Decimal] | None = None
) -> ir.Table:
    """
    The rows of many units at once.

    Args:
        drawn: From drawing.assigned(), only those about to be treated; columns eligible_reason, triggered_at, score and
            model_version, where it has them, go before what *reason* says for all.
        experiment: What was drawn.
        at: The moment, with its zone.
        reason: Why they were to be treated.
        costs: As for exposure().

    Returns:
        The columns of canonical assignments; who takes no part is not among them.
    """
    taking = drawn.filter(drawn.arm.notnull())
    money = ASSIGNMENTS.schema["planned_cost"]
    cases = [(taking.arm == arm, ibis.literal(cost, money)) for arm, cost in _planned(costs).items()]
    for_all = {
        "experiment": experiment.id,
        "assigned_at": _moment(at),
        "version": experiment.version,
        "salt": experiment.salt,
        "eligible_reason": reason.eligible,
        "triggered_at": _moment(reason.triggered_at or at),
        "score": reason.score,
        "model_version": reason.model_version,
        "planned_cost": ibis.cases(*cases, else_=ibis.null(money)),
    }
    own = {"unit", "arm", "bucket", "propensity"}
    own |= {"eligible_reason", "triggered_at", "score", "model_version"} & set(taking.columns)
    said = {name: taking[name] if name in own else for_all[name] for name in ASSIGNMENTS.columns}
    return first_only(taking.select(**{name: _typed(said[name], kind) for name, kind in ASSIGNMENTS.schema.items()}))


def _typed(value: Any, kind: dt.DataType) -> ir.Value:
    """A column or a literal of that type; None is unknown in every row."""
    if isinstance(value, ir.Value):
        return value if value.type() == kind else value.cast(kind)
    return ibis.null(kind) if value is None else ibis.literal(value, kind)


def first_only(log: ir.Table) -> ir.Table:
    """
    The first exposure of every unit in a version of an experiment: what analysis looks at.

    Args:
        log: Canonical assignments, repeats among them.
    """
    order = [log.assigned_at, *(log[name] for name in log.columns if name not in KEY and name != "assigned_at")]
    ranked = log.mutate(_place=ibis.row_number().over(ibis.window(group_by=list(KEY), order_by=order)))
    return ranked.filter(ranked["_place"] == 0).drop("_place")


def unseen(fresh: ir.Table, log: ir.Table) -> ir.Table:
    """
    The rows to be added to a log: units it does not have yet in that version.

    Args:
        fresh: From exposures().
        log: What is stored.
    """
    return fresh.anti_join(log, list(KEY))


def switched(log: ir.Table) -> ir.Table:
    """
    Units that stand in more than one arm of a version: there must be none, and none may be analysed.

    Args:
        log: Canonical assignments.

    Returns:
        Columns experiment, version, unit, arms (how many).
    """
    counted = log.group_by(list(KEY)).agg(arms=log.arm.nunique())
    return counted.filter(counted.arms > 1)


def _planned(costs: Mapping[str, Decimal] | None) -> dict[str, Decimal]:
    """Costs by arm; nothing is planned for the held out."""
    return {**(costs or {}), CONTROL: Decimal(0)}


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise KeepwellError(f"{at} has no time zone.", "Moments are exact.", "Give it with its zone, such as +00:00.")
    return at.astimezone(UTC)


def _moment(at: datetime) -> ir.TimestampScalar:
    return ibis.timestamp(_utc(at).strftime("%Y-%m-%d %H:%M:%S.%f"), timezone="UTC")
