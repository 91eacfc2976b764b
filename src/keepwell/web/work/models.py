"""Work to be done in the background. A job belongs to the worker that holds its lease; a dead worker's lease runs out."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from keepwell.web.base.models import new_id


class State(models.TextChoices):
    """Where a job stands."""

    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class Job(models.Model):
    """
    One piece of work.

    Args:
        task: The function, as "module.name".
        lane: Jobs of one lane run one at a time; "" runs beside any.
        key: Of a key there is one job, however often it is asked for; null where each counts.
        lease_until: Until when the worker that has it is taken to be alive.
        attempts: How often it was taken up.
        says, done, total: How far it is.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    task = models.CharField(max_length=200)
    args = models.JSONField(default=dict)
    lane = models.CharField(max_length=40, blank=True)
    key = models.CharField(max_length=200, null=True, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    priority = models.SmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    run_after = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=80, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    says = models.CharField(max_length=200, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        """One running job a lane."""

        indexes = (models.Index(fields=["state", "-priority", "run_after"]),)
        constraints = (
            models.UniqueConstraint(
                fields=["lane"], condition=models.Q(state="running") & ~models.Q(lane=""), name="one_job_a_lane"
            ),
        )

    def __str__(self) -> str:
        """What it does and where it stands."""
        return f"{self.task.rpartition('.')[2]} ({self.state})"
