"""python -m tests.faults.desk WORDS: a desk's line of jobs from outside the worker: ask for some, and say how they stand."""

import itertools
import json
import sys
from datetime import datetime

import django

django.setup()

from django.db import transaction  # noqa: E402
from tests.faults import deeds  # noqa: E402

from keepwell.web.base.models import Person, Team  # noqa: E402
from keepwell.web.work.queue import ask  # noqa: E402
from keepwell.web.work.tasks import ask_round, morning_round  # noqa: E402


def edit() -> None:
    """Make teams and rename them, each with its history in one transaction, for ever; says when some are made."""
    for number in itertools.count():
        with transaction.atomic():
            team = Team.objects.create(name=f"made {number}")
            team.name = f"team {number}"
            team.save()
        if number == 20:
            print(number, flush=True)


def somebody() -> None:
    """A person who signs in, and a team made and renamed."""
    Person.objects.create_user("ada@example.com", "a long walk to the sea", name="Ada", role="admin")
    team = Team.objects.create(name="one more")
    team.name = "one more, renamed"
    team.save()


def teams() -> None:
    """How many teams there are, their changes, and how many of them have another history than theirs."""
    made = Team.history.filter(history_type="+").count()
    changed = Team.history.count()
    broken = sum(team.history.count() != 2 for team in Team.everything.all()) + abs(made - Team.everything.count())
    print(json.dumps([Team.everything.count(), changed, broken]))


def main(what: str, *words: str) -> None:
    """Do one thing."""
    if what == "notes":
        folder, many, seconds, lane = words
        for number in range(int(many)):
            ask(deeds.note, lane=lane, folder=folder, name=str(number), seconds=float(seconds))
    elif what == "deadly":
        ask(deeds.deadly)
    elif what == "faulty":
        ask(deeds.faulty)
    elif what == "round":
        ask_round()
    elif what == "mornings":
        for moment in words:
            morning_round(datetime.fromisoformat(moment))
    elif what == "edits":
        edit()
    else:
        {"somebody": somebody, "teams": teams}[what]()


main(*sys.argv[1:])
