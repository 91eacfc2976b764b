"""What people brought: files that wait to be looked at, confirmed and imported, and addresses data are fetched from."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from keepwell.web import place
from keepwell.web.base.models import Record
from keepwell.web.work.models import Job


def uploads() -> Path:
    """Where files wait: readable by nobody else."""
    folder = place.desk_folder() / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


class Source(Record):
    """
    A database something is fetched from again and again. Its address, which holds a password, lies in a file of its own.

    Args:
        name: What people call it.
        shown: Its address without the password.
        query: A table, or one SELECT.
    """

    name = models.CharField(_("name"), max_length=80)
    shown = models.CharField(_("address"), max_length=500)
    query = models.TextField(_("table or SELECT"))

    def __str__(self) -> str:
        """Its name."""
        return self.name


class Stage(models.TextChoices):
    """How far an import is."""

    LOOKING = "looking", _("being looked at")
    READY = "ready", _("understood, waits for your word")
    UNCLEAR = "unclear", _("not understood yet")
    BRINGING = "bringing", _("coming in")
    DONE = "done", _("in")
    LEFT = "left", _("left out")


class Import(Record):
    """
    Files that were brought together, or one look into a database.

    Args:
        stage: How far it is.
        files: [{"name", "bytes"}]; each lies in folder() under its name.
        said: Name of a file -> what a person said of it: "mapping" (TOML), "connector", "encoding", "delimiter", "columns".
        source: The database it is fetched from, instead of files.
        batch: The lake's batch, once it is staged.
        counts: What became of its rows.
        job: What is done for it now, or was done last.
    """

    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.LOOKING)
    files = models.JSONField(default=list)
    said = models.JSONField(default=dict)
    source = models.ForeignKey(Source, null=True, blank=True, on_delete=models.PROTECT, related_name="imports")
    batch = models.CharField(max_length=40, blank=True)
    counts = models.JSONField(default=dict)
    job = models.ForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        """What it is made of."""
        names = [str(each["name"]) for each in self.files] or [str(self.source or "")]
        return ", ".join(names) if len(names) < 3 else f"{names[0]} + {len(names) - 1}"

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        return folder_of(self.pk)

    @property
    def kept(self) -> bool:
        """Whether it can be looked at anew: it came as files, and they lie here still. A database is fetched from by its own name."""
        return bool(self.files) and all((self.folder / each["name"]).exists() for each in self.files)

    def of(self, name: str) -> dict[str, Any]:
        """What a person said of a file."""
        return dict(self.said.get(name, {}))


def folder_of(id: UUID) -> Path:
    """Where the files of an import lie."""
    return uploads() / str(id)
