"""What was done at the desk becomes data before every round: its own touches and promises, read like any source."""

from typing import Any
from urllib.parse import quote

from django.db import connection
from django_tasks import task

from keepwell.intake import Progress
from keepwell.web import place
from keepwell.web.work.queue import told
from keepwell.workspace import Workspace


@task()
def bring_desk() -> dict[str, Any]:
    """Import the desk's touches and promises; what is in the data already is the same again."""
    with Workspace.open(place.folder()) as opened:
        if opened.settings.data_until:
            return {"read": 0}  # the company is looked at as of a fixed day, and what is done now lies after it
        return bring(opened, told)


def bring(opened: Workspace, progress: Progress | None = None) -> dict[str, Any]:
    """The same, of a company that is open already."""
    with opened.read(address()) as taken:
        if not sum(source.raw.rows for source in taken.sources):
            return {"read": 0}
        batch = opened.bring(taken, progress=progress)
        if not batch.accepted:
            opened.lake.discard(batch.id)  # every morning an import of nothing new would tell nobody anything
        elif batch.state == "staged":
            batch = opened.commit(batch, progress=progress)
        return {"batch": batch.id, "read": batch.read, "accepted": batch.accepted, "refused": batch.quarantined}


def address() -> str:
    """The desk's own database, as its door reads it."""
    from keepwell.connectors.desk.extract import PREFIX

    said = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"{PREFIX}sqlite:///{said['NAME']}"
    who = f"{quote(said['USER'])}:{quote(said['PASSWORD'], safe='')}@" if said["USER"] else ""
    port = f":{said['PORT']}" if said["PORT"] else ""
    if said["HOST"].startswith("/"):  # a socket
        return f"{PREFIX}postgresql://{who}/{said['NAME']}?host={quote(said['HOST'])}{port.replace(':', '&port=')}"
    return f"{PREFIX}postgresql://{who}{said['HOST']}{port}/{said['NAME']}"
