"""Where does work wait? In the desk's own database: asked for through Django's task interface, held by a lease while it is done."""

import logging
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskResult, TaskResultStatus
from django_tasks.exceptions import TaskResultDoesNotExist
from simple_history.models import HistoricalRecords

from keepwell.errors import KeepwellError, LakeBusyError
from keepwell.web.base.models import Person
from keepwell.web.work.models import Job, State

LEASE = timedelta(seconds=10)
"""A worker that was not heard of for so long is dead."""

ATTEMPTS = 5
"""A job whose workers died so often is given up, and says so."""

AGAIN = timedelta(seconds=3)
"""When a job is tried again that found the lake being written from outside, by the command line."""

_TELL = 0.2
"""Seconds between two notes of how far a job is."""

_log = logging.getLogger(__name__)
_told_at: ContextVar[tuple[str, float]] = ContextVar("told_at", default=("", 0.0))
_current: ContextVar[Job | None] = ContextVar("job", default=None)

_STATUS = {
    State.WAITING: TaskResultStatus.READY,
    State.RUNNING: TaskResultStatus.RUNNING,
    State.DONE: TaskResultStatus.SUCCESSFUL,
    State.FAILED: TaskResultStatus.FAILED,
}


def ask(
    task: "Task[Any, Any]", *, lane: str = "", key: str | None = None, by: Person | None = None, **args: Any
) -> Job:
    """
    Ask for a piece of work.

    Args:
        task: What is done.
        lane: Of a lane one job runs at a time.
        key: Asked for again under the same key it is the same job.
        by: Who asks.
        args: What it is told, as JSON can hold it.

    Returns:
        The job, waiting, or the one that was asked for before.
    """
    made = {
        "task": task.module_path,
        "args": args,
        "lane": lane,
        "asked_by": by,
        "run_after": task.run_after or timezone.now(),
        "priority": task.priority,
    }
    if key is None:
        return Job.objects.create(**made)
    job, _new = Job.objects.get_or_create(key=key, defaults=made)
    return job


class Queue(BaseTaskBackend):
    """The backend behind Task.enqueue(); its jobs have no lane and no key."""

    supports_defer = True
    supports_get_result = True
    supports_priority = True

    def enqueue(self, task: "Task[Any, Any]", args: Any, kwargs: Any) -> "TaskResult[Any]":
        """Put a task in the line; its arguments go by name."""
        assert not args, "arguments of jobs have names"
        return self._result(ask(task, **kwargs))

    def get_result(self, result_id: str) -> "TaskResult[Any]":
        """How far a job is."""
        job = Job.objects.filter(pk=result_id).first()
        if job is None:
            raise TaskResultDoesNotExist(result_id)
        return self._result(job)

    def _result(self, job: Job) -> "TaskResult[Any]":
        result: TaskResult[Any] = TaskResult(
            task=import_string(job.task), id=str(job.pk), status=_STATUS[State(job.state)], enqueued_at=job.created_at,
            started_at=job.started_at, finished_at=job.finished_at, last_attempted_at=job.started_at, args=[], kwargs=job.args,
            backend=self.alias, errors=[], worker_ids=[job.worker] if job.worker else [],
        )  # fmt: skip
        object.__setattr__(result, "_return_value", job.result)
        return result


def claim(worker: str) -> Job | None:
    """
    Take the most pressing job nobody holds.

    Args:
        worker: Who takes it.

    Returns:
        The job with a fresh lease, or None where nothing is to be done now.
    """
    for _try in range(3):
        try:
            return _claim(worker)
        except IntegrityError:  # another worker took one of the same lane at the same moment; there may be others
            continue
    return None


def _claim(worker: str) -> Job | None:
    now = timezone.now()
    free = Q(state=State.WAITING, run_after__lte=now) | Q(state=State.RUNNING, lease_until__lt=now)
    if not Job.objects.filter(free).exists():  # looked at without a lock, for there mostly is nothing
        return None
    busy = Job.objects.filter(lane=OuterRef("lane"), state=State.RUNNING).exclude(lane="").exclude(pk=OuterRef("pk"))
    with transaction.atomic():
        waiting = Job.objects.filter(free).filter(~Exists(busy)).order_by("state", "-priority", "created_at")
        if connection.features.has_select_for_update_skip_locked:
            waiting = waiting.select_for_update(skip_locked=True, of=("self",))
        job = waiting.first()  # "running" sorts first: what a dead worker left goes before what waits
        if job is None:
            return None
        job.state, job.worker, job.lease_until = State.RUNNING, worker, now + LEASE
        job.attempts, job.started_at = job.attempts + 1, job.started_at or now
        job.save()
    return job


def pending() -> bool:
    """Whether anything is being done or waits to be done soon."""
    soon = timezone.now() + 20 * AGAIN
    return Job.objects.filter(Q(state=State.RUNNING) | Q(state=State.WAITING, run_after__lte=soon)).exists()


def beat(job: Job, worker: str) -> bool:
    """Say that one is alive; False where the job belongs to somebody else by now."""
    mine = Job.objects.filter(pk=job.pk, worker=worker, state=State.RUNNING, attempts=job.attempts)
    return bool(mine.update(lease_until=timezone.now() + LEASE))


def work(job: Job, worker: str) -> None:
    """
    Do a claimed job and keep what came of it; a fault is told in the job and reaches nobody else.

    Raises:
        OperationalError: The desk's own database is away; the job stays the next worker's.
    """
    token = _current.set(job)
    try:
        if job.attempts > ATTEMPTS:
            _finish(job, worker, error=_("Given up: its worker died %(n)s times.") % {"n": ATTEMPTS})
            return
        _finish(job, worker, result=_run(job))
    except LakeBusyError as busy:
        _lay_down(job, worker, says=str(busy)[:200], run_after=timezone.now() + AGAIN)
    except KeepwellError as fault:
        _finish(job, worker, error=str(fault))
    except (OperationalError, InterfaceError):
        raise
    except Exception as fault:  # noqa: BLE001  whatever it was: it is told, and the worker lives
        _log.exception("Job %s (%s) failed.", job.pk, job.task)
        told = _(
            "Keepwell met a fault of its own (%(fault)s). Nothing half-done was made visible. The log of the worker says more."
        )
        _finish(job, worker, error=told % {"fault": type(fault).__name__})
    finally:
        _current.reset(token)


def _run(job: Job) -> Any:
    function: Callable[..., Any] = import_string(job.task).func
    HistoricalRecords.context.request = _Asked(job.asked_by)  # what a job changes, its asker changed
    try:
        return function(**job.args)
    finally:
        del HistoricalRecords.context.request


class _Asked:
    """Stands where a request would: says who asked."""

    def __init__(self, user: Person | None) -> None:
        self.user = user


def _finish(job: Job, worker: str, *, result: Any = None, error: str = "") -> None:
    state = State.FAILED if error else State.DONE
    mine = Job.objects.filter(pk=job.pk, worker=worker, attempts=job.attempts, state=State.RUNNING)
    mine.update(
        state=state,
        result=result,
        error=error,
        finished_at=timezone.now(),
        lease_until=None,
        done=F("done") if error else Coalesce(F("total"), F("done")),
    )


def died(worker: str) -> None:
    """
    Whoever knows that a worker is dead says so: its job need not wait until its lease runs out.

    Args:
        worker: How its name begins.
    """
    Job.objects.filter(state=State.RUNNING, worker__startswith=worker).update(
        lease_until=timezone.now() - timedelta(seconds=1)
    )


def give_back(job: Job, worker: str) -> None:
    """Lay a job down unfinished: the next worker takes it up at once, and it does not count as a death."""
    _lay_down(job, worker)


def _lay_down(job: Job, worker: str, **told: Any) -> None:
    mine = Job.objects.filter(pk=job.pk, worker=worker, attempts=job.attempts, state=State.RUNNING)
    mine.update(state=State.WAITING, worker="", lease_until=None, attempts=F("attempts") - 1, **told)


def told(says: str, done: int, total: int | None) -> None:
    """How far the job of this moment is; outside a job it is told nobody, and not oftener than eyes can follow."""
    job, (before, at) = _current.get(), _told_at.get()
    if job is None or (says == before and time.monotonic() - at < _TELL):
        return
    _told_at.set((says, time.monotonic()))
    Job.objects.filter(pk=job.pk, attempts=job.attempts, worker=job.worker).update(
        says=says[:200], done=done, total=total
    )
