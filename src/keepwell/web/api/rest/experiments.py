"""Experiments: which arm is this customer in, and what was shown to them?"""

from datetime import date
from hashlib import sha256
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from keepwell.experiments.assigning import who
from keepwell.experiments.reading import plan_of, states
from keepwell.web.api import cursors
from keepwell.web.api.models import Scope
from keepwell.web.api.once import Deed, once
from keepwell.web.api.parcels import MOST
from keepwell.web.api.problems import PROBLEMS
from keepwell.web.api.rest.imports import Import, Rows, bringing
from keepwell.web.api.rest.records import must_see
from keepwell.web.api.rest.told import Body, Cursor, Key, Limit, Moment, Word, page, plain
from keepwell.web.api.tokens import Bearer, person
from keepwell.web.base.company import company
from keepwell.web.base.roles import Reach

router = Router(tags=["Experiments"])


class Experiment(Schema):
    """An experiment as it stands: planned, running, to be decided, stopped or decided."""

    name: str
    phase: str
    units: dict[str, int]
    measurable: bool
    overdue: bool
    start: date | None
    end: date | None


class Experiments(Schema):
    """A page of experiments, in the order of their plans."""

    items: list[Experiment]
    next: str | None


class Arm(Schema):
    """
    The arm of a customer, or of an account, and why.

    assigned_at is null where it is not assigned (yet): show it only what everybody else always saw.
    """

    experiment: str
    unit: str
    arm: str | None
    bucket: int | None
    propensity: float | None
    why: str
    washout: bool
    assigned_at: str | None


class Shown(Body):
    """What was shown to one customer, control too, at the moment when the others see theirs."""

    customer_id: Word
    arm: Word
    at: Moment


class Exposures(Body):
    """What was shown to customers."""

    exposures: list[Shown] = Field(min_length=1, max_length=MOST)


@router.get(
    "/experiments",
    auth=Bearer(Scope.READ, "measures"),
    response={200: Experiments, **PROBLEMS},
    operation_id="experiments",
)
def experiments(request: HttpRequest, limit: Limit = 100, cursor: Cursor = None) -> Experiments:
    """Every experiment, and how it stands."""
    after = int(cursors.after(request, cursor) or 0)
    with company() as opened:
        found, more = page(states(opened)[after : after + limit + 1], limit)
    items = [
        Experiment(
            name=each.name, phase=each.phase, units=dict(each.units), measurable=each.measurable, overdue=each.overdue,
            start=each.plan.start if each.plan else None, end=each.plan.end if each.plan else None,
        )
        for each in found
    ]  # fmt: skip
    return Experiments(items=items, next=cursors.before(request, after + limit) if more else None)


@router.get(
    "/experiments/{name}/arm", auth=Bearer(Scope.READ, "customers"), response={200: Arm, **PROBLEMS}, operation_id="arm"
)
def arm(
    request: HttpRequest,
    name: str,
    customer: Annotated[str, Query(min_length=1, max_length=200, description="Id of a customer, or of an account.")],
) -> Arm:
    """The arm of one customer: the same answer as keepwell prove who. name, for the newest version, or name:version."""
    if person(request).reach != Reach.ALL:
        must_see(request, customer)
    with company() as opened:
        plan, drawn, row = who(opened, name, customer)
        at = row["assigned_at"].tz_convert(opened.settings.time_zone) if row else None
    told: dict[str, Any] = {
        each: plain(getattr(drawn, each)) for each in ("unit", "arm", "bucket", "propensity", "why", "washout")
    }
    return Arm(experiment=plan.name, assigned_at=plain(at), **told)


@router.post(
    "/experiments/{name}/exposures",
    auth=Bearer(Scope.IMPORT, "data"),
    response={202: Import, **PROBLEMS},
    operation_id="bring_exposures",
)
@once(202)
def exposures(request: HttpRequest, name: str, said: Exposures, idempotency_key: Key) -> Deed:
    """Tell up to 10,000 times what an experiment has shown. They come in as events of the kind exposure; one told twice is one."""
    with company() as opened:
        plan_of(opened, name)
    rows = [
        {"event_id": _id(name, each), "customer_id": each.customer_id, "happened_at": each.at.isoformat(), "kind": "exposure",
         "name": name, "properties": {"arm": each.arm}}
        for each in said.exposures
    ]  # fmt: skip
    return bringing(request, "events", Rows(source="exposures", rows=rows), idempotency_key)


def _id(name: str, shown: Shown) -> str:
    told = "\n".join((name, shown.customer_id, shown.arm, shown.at.isoformat()))
    return f"exposure-{sha256(told.encode()).hexdigest()[:32]}"
