"""The people of the invented company: one of each role, so that everybody's morning can be looked at."""

import secrets

from keepwell.demo.people import OWNERS
from keepwell.web import place
from keepwell.web.base import setup
from keepwell.web.base.models import Person, Team
from keepwell.web.base.roles import FIRST_REACH, Reach, Role

_FILE = "demo-sign-in"
_HOST = "harbour-goods.example"

_ROLES = (Role.ADMIN, Role.REP, Role.SUCCESS, Role.MARKETER, Role.ANALYST, Role.MANAGER)


def people() -> tuple[str, str]:
    """
    Make them where nobody is yet.

    Returns:
        The address and the password of the first of them, who may do everything; all have the same password.
    """
    path = place.desk_folder() / _FILE
    if not setup.done():
        path.touch(0o600)
        path.write_text(secrets.token_urlsafe(9), "utf-8")
        _make(path.read_text("utf-8"))
    return f"{_ROLES[0]}@{_HOST}", path.read_text("utf-8")


def others() -> list[str]:
    """Addresses of the others, one of each role."""
    return [f"{role}@{_HOST}" for role in _ROLES[1:]]


def _make(password: str) -> None:
    team = Team.objects.create(name="Harbour")
    names = ("Ainu Seaberg", OWNERS[1], OWNERS[0], "Marit Oarsund", "Anso Kelpen", "Mando Reefholt")
    # two owners of the data each, so that between them they look after everybody who has one
    called = {Role.REP: OWNERS[2], Role.SUCCESS: OWNERS[3]}
    for role, name in zip(_ROLES, names, strict=True):
        reach = Reach.ALL if role == Role.MANAGER else FIRST_REACH[role]
        known_as = called.get(role, "")
        Person.objects.create_user(
            f"{role}@{_HOST}", password, name=name, role=role, team=team, reach=reach, known_as=known_as
        )
