"""People and teams, and what every record of the desk has: who made it, when, and all it ever was."""

import os
import time
import uuid
from typing import Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from keepwell.config import FILE_NAME, Company
from keepwell.web import place
from keepwell.web.base.roles import FIRST_REACH, Reach, Role, may


def new_id() -> uuid.UUID:
    """An id that sorts by when it was made (UUID version 7, RFC 9562)."""
    stamp = time.time_ns() // 1_000_000
    number = int.from_bytes(stamp.to_bytes(6, "big") + os.urandom(10), "big")
    number = number & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=number & ~(0x3 << 62) | 0x2 << 62)


_Kind_co = TypeVar("_Kind_co", bound=models.Model, covariant=True)


class Standing(models.Manager[_Kind_co]):
    """Records that were not withdrawn."""

    def get_queryset(self) -> models.QuerySet[_Kind_co]:
        """What stands."""
        return super().get_queryset().filter(withdrawn_at__isnull=True)


class Kept(models.Model):
    """What is kept with all it ever was: the row and its history are written together, or not at all."""

    class Meta:
        """Records and people are built on it."""

        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep it; whoever is killed in between leaves neither."""
        with transaction.atomic(using=kwargs.get("using"), savepoint=False):
            super().save(*args, **kwargs)


class Record(Kept):
    """
    What somebody decided or did. Everything it ever was is kept: who changed what, when, before and after.

    A record is never deleted: it is withdrawn, and can be put back.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        "base.Person", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    history = HistoricalRecords(inherit=True)
    everything: ClassVar[models.Manager[Self]] = models.Manager()
    objects: ClassVar[Standing[Self]] = Standing()

    class Meta:
        """Every app's records are built on it."""

        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep it; a new one remembers who asked for it."""
        if self._state.adding and self.created_by_id is None:
            request = getattr(HistoricalRecords.context, "request", None)
            user = getattr(request, "user", None)
            self.created_by = user if isinstance(user, Person) else None
        super().save(*args, **kwargs)


class Setting(Record):
    """A setting of the company that was said at the desk. What holds stands in its file, which is written with it."""

    name = models.CharField(max_length=40, unique=True, editable=False)
    value = models.CharField(_("value"), max_length=40, blank=True)

    def __str__(self) -> str:
        """What it is called."""
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write it into the file as well, or neither."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            said = self.value if self.value and self.withdrawn_at is None else None
            Company.change(place.folder() / FILE_NAME, self.name, said)


class Team(Record):
    """People who look after customers together."""

    name = models.CharField(_("name"), max_length=80, unique=True)

    def __str__(self) -> str:
        """Its name."""
        return self.name


class People(BaseUserManager["Person"]):
    """Everybody who signs in."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        """A person who signs in with an e-mail address; without a password only by a link or single sign-on."""
        fields.setdefault("reach", FIRST_REACH[fields.get("role", Role.REP)])
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(Kept, AbstractBaseUser):
    """Somebody who signs in."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.REP)
    reach = models.CharField(_("sees"), max_length=4, choices=Reach.choices, default=Reach.OWN)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="people")
    known_as = models.TextField(
        _("called in the data"), blank=True, help_text=_("How the data name this person as an owner, one name a line.")
    )
    time_zone = models.CharField(_("time zone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    is_active = models.BooleanField(_("may sign in"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    history = HistoricalRecords(excluded_fields=["password", "last_login"])

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = People()

    def __str__(self) -> str:
        """What people call them."""
        return self.name or self.email

    def may(self, right: str) -> bool:
        """Whether their role brings a right."""
        return may(self.role, right)

    @property
    def tongue(self) -> str:
        """In which language they are written to where no browser tells: their own choice, or the desk's."""
        return self.language or settings.LANGUAGE_CODE

    def names(self) -> set[str]:
        """Under which names the data may call them an owner."""
        return {self.email, self.name, *(line.strip() for line in self.known_as.splitlines())} - {""}
