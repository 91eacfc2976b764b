"""Tokens, what was answered to them, what they brought, and whom we tell what happened."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from keepwell.web.base.models import Record, new_id


class Scope(models.TextChoices):
    """What a token is for; it never brings more than its person's role and reach."""

    READ = "read", _("Read")
    WRITE = "write", _("Write")
    IMPORT = "import", _("Bring data in")
    ADMIN = "admin", _("People")


SCOPE_RIGHTS = {Scope.READ: "self", Scope.WRITE: "customers", Scope.IMPORT: "data", Scope.ADMIN: "people"}
"""The right without which a scope brings nothing; it is not offered to people whose role lacks it."""


class Token(Record):
    """A key with which a program speaks for a person. Only its digest is kept; withdrawn it is revoked."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(_("name"), max_length=80)
    scopes = models.JSONField(default=list)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        """What it is called."""
        return self.name

    @property
    def over(self) -> bool:
        """Whether its time is over."""
        return self.expires_at <= timezone.now()


class Use(models.Model):
    """How often a token was used in its newest minute: the rate, and when it was last used."""

    token = models.OneToOneField(Token, primary_key=True, on_delete=models.CASCADE, related_name="use")
    minute = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)


class Answered(models.Model):
    """A write that was answered: asked again under its key, the answer is given again. Kept two days."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        """A key is one write."""

        constraints = (models.UniqueConstraint(fields=["person", "key"], name="one_answer_a_key"),)


class Parcel(models.Model):
    """
    Rows a program brought, once per key for good; emptied when they are in the lake.

    Args:
        rows: How many.
        content: The rows as compressed JSON, empty once they are in.
        batch: The lake's batch, known before it is committed.
        told: What became of them, as the lake counts.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    table = models.CharField(max_length=40)
    source = models.CharField(max_length=80)
    rows = models.PositiveIntegerField()
    content = models.BinaryField(default=bytes)
    job = models.ForeignKey("work.Job", null=True, on_delete=models.PROTECT, related_name="+")
    batch = models.CharField(max_length=40, blank=True)
    told = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """A key is one parcel."""

        constraints = (models.UniqueConstraint(fields=["person", "key"], name="one_parcel_a_key"),)


class Endpoint(Record):
    """An address that is told what happened. Its secret is not kept: it follows from the desk's own and *turn*."""

    url = models.CharField(_("address"), max_length=500)
    events = models.JSONField(default=list)
    private = models.BooleanField(
        _("It may lie inside our own network"),
        default=False,
        help_text=_("Otherwise private and local addresses are refused."),
    )
    turn = models.CharField(max_length=40, editable=False)

    def __str__(self) -> str:
        """Where it is."""
        return self.url


class Fate(models.TextChoices):
    """Where a delivery stands."""

    WAITING = "waiting", _("waiting")
    DELIVERED = "delivered", _("delivered")
    GIVEN_UP = "given_up", _("given up")


class Delivery(models.Model):
    """One event for one endpoint: made with the event, claimed before each try, tried until it is taken or given up."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="deliveries")
    event = models.UUIDField()
    kind = models.CharField(max_length=40)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=Fate.choices, default=Fate.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    round = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        """An endpoint is told of an event once."""

        constraints = (models.UniqueConstraint(fields=["endpoint", "event"], name="one_delivery_an_event"),)
        indexes = (models.Index(fields=["state"]),)

    def __str__(self) -> str:
        """What is told to whom."""
        return f"{self.kind} → {self.endpoint_id}"
