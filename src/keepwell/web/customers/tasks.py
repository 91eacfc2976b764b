"""What makes finding customers and opening their pages quick, as a job after every round: too long to make while somebody waits."""

from typing import Any

from django_tasks import task

from keepwell.rounds import people
from keepwell.rounds.customer import lay
from keepwell.web import place
from keepwell.web.work.models import Job
from keepwell.web.work.queue import ask
from keepwell.workspace import Workspace


@task()
def index_customers(digest: str) -> dict[str, Any]:
    """Make the index of the data as they are now, and lay large tables in the order of customers for the page of one."""
    with Workspace.open(place.folder()) as opened:
        laid = lay(opened)
        anew = people.standing(opened) != digest
        return {"customers": people.build(opened) if anew else 0, "laid": laid}


def ask_index(digest: str) -> Job:
    """An index of these data, asked for once however many search."""
    return ask(index_customers, lane="index", key=f"index:{digest[:40]}", digest=digest)
