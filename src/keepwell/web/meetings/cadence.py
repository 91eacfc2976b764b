"""Who should have heard from us by now? Contacts by the cadence, of the customers a person sees."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import ibis
import pandas as pd
from django.apps import apps
from django.db.models import Max

from keepwell.act import cadence
from keepwell.act.renewals import next_renewal
from keepwell.rounds.reading import newest
from keepwell.schema.clock import day_number
from keepwell.web.base.paging import before
from keepwell.web.customers.models import Seat
from keepwell.web.customers.reach import Seen
from keepwell.web.meetings.models import Meeting, Rhythm
from keepwell.workspace import Workspace


@dataclass(frozen=True)
class Contacts:
    """
    Contacts of one morning.

    Args:
        morning: Which.
        rows: As act.cadence.contacts() tells them, the longest overdue first.
        overdue: How many are overdue in all.
        whole: Of how many customers with a rhythm.
    """

    morning: date
    rows: list[dict[str, Any]]
    overdue: int
    whole: int


def contacts(opened: Workspace, whose: Seen, *, page: int = 1, limit: int = 100, only: str | None = None) -> Contacts:
    """
    Overdue contacts, the longest first.

    Args:
        opened: The company.
        whose: The customers that are seen.
        page: Which part of them, counted from one.
        limit: Rows of a page.
        only: One customer, overdue or not.

    Raises:
        ModelError: No round was taken.
    """
    morning = newest(opened)
    facts = opened.facts(as_of=morning)
    people = whose.of(opened.lake.result(opened.lake.kept(morning)["portraits"]))
    people = people.filter(people.kept)
    if only is not None:
        people = people.filter(people.customer_id == only)
    people = people.select("customer_id", "name", "owner", "value_segment", "kept_since_on")
    people = people.left_join(next_renewal(facts), "customer_id").drop("customer_id_right")
    told = cadence.contacts(facts, people, _said())
    told = told.mutate(late=cadence.overdue(told).cast("int64"))
    counted = opened.run(told.agg(whole=told.count(), late=told.late.sum().fill_null(0))).iloc[0]
    whole, late = int(counted["whole"]), int(counted["late"])
    shown = told if only is not None else told.filter(told.late == 1)
    order = [ibis.desc(shown.ago.isnull()), ibis.desc("over"), "customer_id"]
    rows = opened.run(shown.order_by(order).limit(limit, offset=before(late, page, limit))).to_dict("records")
    found = [{str(name): _plain(value) for name, value in row.items()} for row in rows]
    return Contacts(morning, found, late, whole)


def _said() -> cadence.Known:
    rhythms = pd.DataFrame.from_records(
        Rhythm.objects.values_list("customer_id", "wish", "stage"), columns=["customer_id", "wish", "said"]
    )
    spoke = (
        pd.DataFrame([*_met(), *_touched()], columns=["customer_id", "at"]).groupby("customer_id", as_index=False).max()
    )
    met = spoke.assign(met_day=[day_number(at.date()) for at in spoke["at"]]).astype({"met_day": "int64"})
    seats = Seat.objects.filter(until__isnull=True).values_list("customer_id", flat=True).distinct()
    wishes, stages = rhythms[rhythms["wish"].notna()], rhythms[rhythms["said"] != ""]
    return cadence.Known(
        wishes.astype({"wish": "int64"}),
        stages,
        met,
        pd.DataFrame({"customer_id": list(seats)}),
    )


def _met() -> Iterable[tuple[str, datetime]]:
    """When each customer's last meeting with a note was."""
    held = Meeting.objects.filter(called_off=False, noted_at__isnull=False)
    return held.values_list("customer_id").annotate(at=Max("starts_at"))


def _touched() -> Iterable[tuple[str, datetime]]:
    """When a person of ours last turned to each customer, where the desk has a room for touches."""
    try:
        kind: Any = apps.get_app_config("touches").get_model("Touch")
    except LookupError:
        return []
    return kind.objects.filter(direction="out", state="done").values_list("customer_id").annotate(at=Max("at"))


def _plain(value: Any) -> Any:
    return None if value is None or value != value else value  # noqa: PLR0124  NaN is not equal to itself
