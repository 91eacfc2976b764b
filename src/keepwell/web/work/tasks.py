"""The round as a job: every morning in the company's time zone, and whenever somebody asks."""

import zoneinfo
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import translation
from django_tasks import task
from django_tasks.base import Task

from keepwell import rounds
from keepwell.config import FILE_NAME, Company
from keepwell.rounds import people
from keepwell.web import place
from keepwell.web.api.actions import announce
from keepwell.web.base.models import Person
from keepwell.web.base.roles import Reach
from keepwell.web.customers.tasks import ask_index
from keepwell.web.work.models import Job
from keepwell.web.work.own import bring_desk
from keepwell.web.work.queue import ask, told
from keepwell.workspace import Workspace

LAKE = "lake"
"""The lane of whatever writes to the lake."""

MORNING = 5
"""The hour, on the company's clocks, from which the round of the day is taken."""


@task()
def take_round() -> dict[str, Any]:
    """Take the round of the company's morning, once there are data; stopped at any moment it goes on where it stopped."""
    with Workspace.open(place.folder()) as opened:
        if not any(opened.lake.rows().values()):
            return {}
        done = list(rounds.go(opened, progress=told))
        ask_index(people.digest(opened))  # before the first who searches has to wait for it
        ask(make_pages_ready, lane="pages")
        became = {"morning": opened.as_of.isoformat(), "steps": len(done), "anew": sum(step.anew for step in done)}
    announce("round.done", became)
    return became


READY: list[Callable[[Workspace, Person], object]] = []
"""Asked after a round to work out what the first who looks would wait for; rooms add theirs when they are ready."""


@task()
def make_pages_ready() -> dict[str, Any]:
    """Work out what whoever sees everybody would wait for in the morning, once a language."""
    everybody = Person.objects.filter(is_active=True, reach=Reach.ALL).order_by("created_at")
    readers = {each.tongue: each for each in everybody}
    with Workspace.open(place.folder()) as opened:
        for language, reader in readers.items():
            with translation.override(language):
                for ready in READY:
                    ready(opened, reader)
    return {"languages": len(readers)}


def ask_round(by: Person | None = None) -> Job:
    """A round as soon as the lake is free, after what was done at the desk; ones that wait already are enough."""
    _once(bring_desk, by)
    return _once(take_round, by)


def round_after(began: datetime) -> Job | None:
    """The first round that was taken up after something else began to write; None while it waits."""
    taken = Job.objects.filter(task=take_round.module_path, started_at__gt=began)
    return taken.order_by("started_at").first()


def _once(wanted: "Task[Any, Any]", by: Person | None) -> Job:
    waiting = Job.objects.filter(task=wanted.module_path, state="waiting").first()
    return waiting or ask(wanted, lane=LAKE, by=by)


def morning_round(now: datetime) -> Job | None:
    """
    The round of the day, once a day, from five in the morning on, after what was done at the desk the day before.

    Args:
        now: The moment, with its zone.

    Returns:
        Its job, or None before five or where there is no company.
    """
    path = place.folder() / FILE_NAME
    if not path.exists():
        return None
    there = now.astimezone(zoneinfo.ZoneInfo(Company.load(path).time_zone))
    if there.hour < MORNING:
        return None
    ask(bring_desk, lane=LAKE, key=f"desk:{there.date()}")
    return ask(take_round, lane=LAKE, key=f"round:{there.date()}")


CLOCK: list[Callable[[datetime], object]] = [morning_round]
"""Asked twice a minute by every worker what is to be done now; rooms add theirs when they are ready. Each asks for a job by its key."""
