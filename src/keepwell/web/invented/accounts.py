"""Whom the team looks after, and its calendar: what the records of the quarter hang on."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from keepwell.rounds.reading import kept, newest, table
from keepwell.web.base.models import Person
from keepwell.web.base.roles import Role
from keepwell.web.customers.reach import Seen
from keepwell.web.interviews import reading, register
from keepwell.workspace import Workspace

There = dict[str, tuple[str, ...]]
"""Customer -> who is there, by what they do: decides, pays, uses."""

Renews = dict[str, tuple[str, date]]
"""Customer -> the subscription that renews next, and when."""


@dataclass(frozen=True)
class Account:
    """
    One customer with an owner.

    Args:
        id: Their key.
        zone: Their time zone.
        industry: Their trade.
        came_on: Since when they are known.
        owner: Who of us looks after them.
        people: Who is there, the one who decides first.
        plan: What they subscribe to; "" where nothing.
        renews: Subscription and day of the next renewal; None where they renew by the month, or not.
    """

    id: str
    zone: str
    industry: str
    came_on: date
    owner: Person
    people: tuple[str, ...]
    plan: str
    renews: tuple[str, date] | None


@dataclass(frozen=True)
class Days:
    """
    The quarter's calendar, counted back from a morning; nobody works at weekends.

    Args:
        morning: Of today.
        zone: Where the company is.
    """

    morning: date
    zone: str

    def day(self, back: int) -> date:
        """A working day so many days back, or ahead where it is negative; today is today, whatever day it is."""
        found = self.morning - timedelta(days=back)
        weekend = max(0, found.weekday() - 4)
        if not back or not weekend:
            return found
        return found - timedelta(days=weekend) if back > 0 else found + timedelta(days=3 - weekend)

    def at(self, back: int, hour: int = 10, minute: int = 0) -> datetime:
        """A moment of that day on the company's clock."""
        return datetime.combine(self.day(back), time(hour, minute), ZoneInfo(self.zone))


@dataclass(frozen=True)
class Known:
    """
    What is known before anything is written.

    Args:
        days: The calendar.
        crew: Role -> its person.
        accounts: Kept customers with an owner of the crew: those who renew first, then the dearest.
        asked: Interviews that should be held: customer, kind, because and day.
        lost: Losses without a reason: customer and day.
    """

    days: Days
    crew: dict[str, Person]
    accounts: list[Account]
    asked: list[dict[Any, Any]] = field(default_factory=list)
    lost: list[tuple[str, date]] = field(default_factory=list)


def known(opened: Workspace) -> Known:
    """Read it from the company and its newest round."""
    crew = {each.role: each for each in Person.objects.order_by("created_at")}
    lost = register.losses(opened, Seen(None), register.Asked(root=""), limit=400)
    return Known(
        Days(newest(opened), opened.settings.time_zone),
        crew,
        _accounts(opened, crew),
        reading.due(opened, Seen(None), limit=100)[0].to_dict("records"),
        [(row["customer_id"], row["left_on"].date()) for row in lost.rows],
    )


def _accounts(opened: Workspace, crew: dict[str, Person]) -> list[Account]:
    owners = {name: each for each in (crew[Role.REP], crew[Role.SUCCESS]) for name in each.names()}
    people = table(opened, kept(opened), "portraits")
    ours = opened.run(people.filter(people.kept & people.owner.isin(sorted(owners))))
    ours = ours.sort_values(["value_year", "customer_id"], ascending=[False, True], na_position="last")
    there, renews = _there(opened), _renewals(opened)
    rows = [(row, owners[row["owner"]]) for row in ours.to_dict("records")]
    found = [_account(row, owner, opened.settings.time_zone, there, renews) for row, owner in rows]
    return sorted(found, key=lambda each: each.renews is None)


def _account(row: dict[Any, Any], owner: Person, zone: str, there: There, renews: Renews) -> Account:
    id = row["customer_id"]
    industry = dict(row["traits"] or {}).get("industry", "")
    return Account(id, row["time_zone"] or zone, industry, row["acquired_at"].date(), owner, there.get(id, ()), row["plan"] or "", renews.get(id))  # fmt: skip


def _there(opened: Workspace) -> There:
    found = opened.run(opened.facts().read("contacts")).sort_values(["role", "contact_id"])
    return {str(customer): tuple(rows["name"]) for customer, rows in found.groupby("customer_id")}


def _renewals(opened: Workspace) -> Renews:
    """Those of a contract of a quarter or longer: what runs by the month renews by itself."""
    contracts = opened.facts().read("subscriptions")
    ahead = contracts.filter(
        contracts.renews_on.notnull() & contracts.ends_on.isnull() & (contracts.interval != "month")
    )
    found = opened.run(ahead).sort_values("renews_on").drop_duplicates("customer_id")
    return {
        row["customer_id"]: (row["subscription_id"], pd.Timestamp(row["renews_on"]).date())
        for row in found.to_dict("records")
    }
