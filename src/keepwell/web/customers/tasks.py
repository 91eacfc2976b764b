"""The index of customers as a job, where there are too many to make it while somebody waits."""

from typing import Any

from django_tasks import task

from keepwell.rounds import people
from keepwell.web import place
from keepwell.web.work.models import Job
from keepwell.web.work.queue import ask
from keepwell.workspace import Workspace


@task()
def index_customers(digest: str) -> dict[str, Any]:
    """Make the index of the data as they are now."""
    with Workspace.open(place.folder()) as opened:
        if people.standing(opened) == digest:
            return {"customers": 0}
        return {"customers": people.build(opened)}


def ask_index(digest: str) -> Job:
    """An index of these data, asked for once however many search."""
    return ask(index_customers, lane="index", key=f"index:{digest[:40]}", digest=digest)
