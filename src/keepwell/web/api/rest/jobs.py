"""Rounds and jobs: ask for a round, and see how far work is."""

# ruff: noqa: ARG001  the framework reads what a view takes

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Router, Schema

from keepwell.web.api import cursors
from keepwell.web.api.models import Scope
from keepwell.web.api.once import Deed, once
from keepwell.web.api.problems import PROBLEMS
from keepwell.web.api.rest.told import Cursor, Key, Limit, page
from keepwell.web.api.tokens import Bearer, person
from keepwell.web.work import models
from keepwell.web.work.tasks import ask_round

router = Router(tags=["Rounds and jobs"])


class Job(Schema):
    """Where a piece of work stands: waiting, running, done or failed."""

    id: str
    task: str
    state: str
    says: str
    done: int
    total: int | None
    created_at: datetime
    finished_at: datetime | None
    error: str | None


class Jobs(Schema):
    """A page of jobs, the newest first."""

    items: list[Job]
    next: str | None


_DATA = Bearer(Scope.READ, "data")


def told_job(job: models.Job) -> Job:
    """A job as programs see it; a fault of ours is told without its insides."""
    error = job.error or None
    if error and error.startswith("Traceback"):
        error = "It went wrong on our side; the desk's page of work says more."
    return Job(
        id=str(job.pk), task=job.task.rpartition(".")[2], state=job.state, says=job.says, done=job.done, total=job.total,
        created_at=job.created_at, finished_at=job.finished_at, error=error,
    )  # fmt: skip


@router.post("/rounds", auth=Bearer(Scope.WRITE, "data"), response={202: Job, **PROBLEMS}, operation_id="ask_round")
@once(202)
def take_round(request: HttpRequest, idempotency_key: Key) -> Deed:
    """Ask for a round now; one that waits already is enough."""
    me = person(request)
    return lambda: told_job(ask_round(by=me))


@router.get("/jobs", auth=_DATA, response={200: Jobs, **PROBLEMS}, operation_id="jobs")
def jobs(request: HttpRequest, limit: Limit = 100, cursor: Cursor = None) -> Jobs:
    """Rounds, imports and other work, the newest first."""
    listed = models.Job.objects.order_by("-id")
    if last := cursors.after(request, cursor):
        listed = listed.filter(id__lt=UUID(last))
    found, more = page(listed[: limit + 1], limit)
    return Jobs(
        items=[told_job(each) for each in found], next=cursors.before(request, str(found[-1].pk)) if more else None
    )


@router.get("/jobs/{uuid:id}", auth=_DATA, response={200: Job, **PROBLEMS}, operation_id="job")
def job(request: HttpRequest, id: UUID) -> Job:
    """How far one piece of work is."""
    found = models.Job.objects.filter(pk=id).first()
    if found is None:
        raise Http404
    return told_job(found)
