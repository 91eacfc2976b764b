"""Where do databases lie? Each address, which holds a password, in a file of its own that nobody else reads and no page shows."""

import os

from django.utils.translation import gettext as _

from keepwell.errors import ConfigError, SourceError
from keepwell.web import place
from keepwell.web.imports.models import Source

FOLDER = "addresses"


def keep(source: Source, address: str) -> None:
    """Keep a source's address."""
    folder = place.desk_folder() / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    making = folder / f"{source.pk}.new"
    with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(address)
    making.rename(folder / str(source.pk))


def of(source: Source) -> str:
    """
    A source's address, password and all; for the door that opens it, never for a page.

    Raises:
        SourceError: It is not here, as after a restore without secrets.
    """
    try:
        return (place.desk_folder() / FOLDER / str(source.pk)).read_text("utf-8")
    except FileNotFoundError:
        raise SourceError(
            _("The address of %(name)s is not here any more.") % {"name": source.name},
            _("A backup leaves out passwords unless they are asked for."),
            _("An administrator types it in again."),
        ) from None


def shown(address: str) -> str:
    """
    An address without its password.

    Raises:
        ConfigError: It is no address of a database.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise ConfigError(
            _("This is no address of a database."), "", _("Write it as postgresql://name:password@host:5432/database")
        ) from None
    return url.set(query={}).render_as_string(hide_password=True)[:500]
