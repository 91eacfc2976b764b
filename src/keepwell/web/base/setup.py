"""How does a new desk begin? With one code, printed where it was started, and the first person, who is its administrator."""

import secrets
from functools import cache

from keepwell.web import place
from keepwell.web.base.models import Person
from keepwell.web.base.roles import Reach, Role

_FILE = "setup-code"


@cache
def _somebody() -> bool:
    """Kept once true: people are never deleted."""
    found = Person.objects.exists()
    if not found:
        raise LookupError
    return found


def done() -> bool:
    """Whether there is anybody yet."""
    try:
        return _somebody()
    except LookupError:
        return False


def forget() -> None:
    """Ask the database again; tests begin with nobody."""
    _somebody.cache_clear()


def code() -> str:
    """The code that whoever sets the desk up must know, so that no stranger on the network does."""
    path = place.desk_folder() / _FILE
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(0o600)
        path.write_text(secrets.token_hex(4), "utf-8")
    return path.read_text("utf-8").strip()


def first_person(email: str, name: str, password: str, time_zone: str) -> Person:
    """Make the administrator; the code is worth nothing afterwards."""
    made = Person.objects.create_user(email, password, name=name, role=Role.ADMIN, reach=Reach.ALL, time_zone=time_zone)
    (place.desk_folder() / _FILE).unlink(missing_ok=True)
    return made
