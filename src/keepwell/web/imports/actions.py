"""What brings data in and takes it back: every rule of it."""

import shutil
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.errors import ConfigError
from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.imports import addresses
from keepwell.web.imports.models import Import, Source, Stage
from keepwell.web.imports.receiving import Arrived, apart, refuse_empty, refuse_strange
from keepwell.web.imports.tasks import bring, look, take_back
from keepwell.web.work.models import Job, State
from keepwell.web.work.queue import ask
from keepwell.web.work.tasks import LAKE


def receive(files: list[Arrived], by: Person) -> Import:
    """
    Take uploaded files over, together, and have them looked at.

    Raises:
        SourceError: One of them is empty, or holds no table.
        ConfigError: There are none.
    """
    if not files:
        raise ConfigError(_("No file was chosen."), "", _("Choose one or more files, and bring them again."))
    for each in files:
        refuse_empty(str(each.name), each.size)
        refuse_strange(str(each.name), each.path)
    made, taken = Import(created_by=by), set[str]()
    made.folder.mkdir(mode=0o700)
    for each in files:
        name = apart(str(each.name), taken)
        each.keep(made.folder / name)
        made.files.append({"name": name, "bytes": each.size})
    return _look(made, by)


def fetch(source: Source, by: Person) -> Import:
    """Look into a database."""
    return _look(Import(created_by=by, source=source), by)


def _look(made: Import, by: Person) -> Import:
    with transaction.atomic():
        made.stage = Stage.LOOKING
        made.job = ask(look, by=by, id=str(made.pk))
        made.save()
    return made


def again(known: Import, by: Person) -> None:
    """
    Do what failed once more.

    Raises:
        ConfigError: It did not fail.
    """
    if known.job is None or known.job.state != State.FAILED or known.stage in (Stage.DONE, Stage.LEFT):
        raise ConfigError(_("This did not fail."), "", _("Load the page again."))
    if known.stage == Stage.BRINGING:
        _bring(known, by)
    else:
        _look(known, by)


def bring_again(known: Import, by: Person) -> Import:
    """
    Have what was taken back looked at anew, with all that was said of it; what was brought before stays as it is.

    Raises:
        ConfigError: It was not taken back, or its files are kept no more.
    """
    with company() as opened:
        state = next((each.state for each in opened.batches() if each.id == known.batch), "")
    if state != "undone":
        raise ConfigError(_("This was not taken back: it cannot be brought again."), "", _("Load the page again."))
    if not known.kept:
        raise ConfigError(
            _("The files of this import are kept no more."), "", _("Bring them as you did the first time.")
        )
    files = [{name: each[name] for name in ("name", "bytes", "plain") if name in each} for each in known.files]
    made = Import(created_by=by, said=known.said, files=files)
    made.folder.mkdir(mode=0o700)
    for each in files:
        shutil.copyfile(known.folder / each["name"], made.folder / each["name"])
        (made.folder / each["name"]).chmod(0o600)
    return _look(made, by)


def say(known: Import, file: str, said: dict[str, Any], by: Person) -> None:
    """
    Keep what a person says of one file, and look again.

    Raises:
        ConfigError: It comes in already, or there is no such file.
    """
    _refuse_settled(known)
    names = [each["name"] for each in known.files] or [str(known.source)]
    if file not in names:
        raise ConfigError(_("There is no such file here."), "", _("Load the page again."))
    known.said = {**known.said, file: {**known.of(file), **said}}
    _look(known, by)


def confirm(known: Import, by: Person) -> None:
    """
    Import what was understood.

    Raises:
        ConfigError: It is not understood yet, or comes in already.
    """
    _refuse_settled(known)
    if known.stage != Stage.READY:
        raise ConfigError(_("This is not understood yet."), "", _("Say what its columns mean, or leave it out."))
    _bring(known, by)


def _bring(known: Import, by: Person) -> None:
    with transaction.atomic():
        known.stage = Stage.BRINGING
        known.job = ask(bring, lane=LAKE, by=by, id=str(known.pk))
        known.save()


def leave(known: Import) -> None:
    """
    Leave it out; its files go, that it was brought stays known.

    Raises:
        ConfigError: It comes in already.
    """
    _refuse_settled(known)
    known.stage = Stage.LEFT
    known.save()
    for each in known.folder.iterdir() if known.folder.is_dir() else ():
        each.unlink()


def _refuse_settled(known: Import) -> None:
    if known.stage in (Stage.BRINGING, Stage.DONE, Stage.LEFT):
        raise ConfigError(
            _("This import is settled: it is %(stage)s.") % {"stage": known.get_stage_display()},
            "",
            _("An import that is in can be taken back on its page."),
        )


def ask_back(batch: str, by: Person) -> Job:
    """
    Have an import taken back.

    Raises:
        ConfigError: There is no such import, or it was taken back before.
    """
    with company() as opened:
        state = next((each.state for each in opened.batches() if each.id == batch), "")
    if state != "committed":
        raise ConfigError(
            _("This import does not stand: nothing of it can be taken back."), "", _("Look at the list of imports.")
        )
    open_ = Job.objects.filter(task=take_back.module_path, args__batch=batch, state__in=(State.WAITING, State.RUNNING))
    return open_.first() or ask(take_back, lane=LAKE, by=by, batch=batch, by_whom=str(by.pk))


def keep_source(name: str, address: str, query: str) -> Source:
    """
    Keep where data are fetched from.

    Raises:
        ConfigError: The address is not one of a database.
    """
    made = Source(name=name, shown=addresses.shown(address), query=query)
    addresses.keep(made, address)
    made.save()
    return made
