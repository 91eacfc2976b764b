"""Who may do what? Roles, the rights they bring, and how far a person sees."""

from collections.abc import Collection

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What a person does here."""

    REP = "rep", _("Sales rep")
    SUCCESS = "success", _("Customer-success manager")
    MARKETER = "marketer", _("Retention marketer")
    ANALYST = "analyst", _("Analyst")
    MANAGER = "manager", _("Manager")
    ADMIN = "admin", _("Administrator")


class Reach(TextChoices):
    """Whose customers a person sees."""

    OWN = "own", _("Own customers")
    TEAM = "team", _("Customers of the team")
    ALL = "all", _("All customers")


_EVERYBODY = frozenset(Role)
_WITH_CUSTOMERS = frozenset({Role.REP, Role.SUCCESS, Role.MARKETER, Role.MANAGER, Role.ADMIN})

RIGHTS: dict[str, frozenset[Role]] = {
    "today": _WITH_CUSTOMERS,
    "customers": _EVERYBODY,
    "customers.write": _WITH_CUSTOMERS,
    "measures": _EVERYBODY,
    "understanding": _EVERYBODY,
    "data": frozenset({Role.ANALYST, Role.ADMIN}),
    "board": frozenset({Role.ANALYST, Role.MANAGER, Role.ADMIN}),
    "goals": frozenset({Role.MANAGER, Role.ADMIN}),
    "people": frozenset({Role.ADMIN}),
    "audit": frozenset({Role.MANAGER, Role.ADMIN}),
    "seats": frozenset({Role.MANAGER, Role.ADMIN}),
    "self": _EVERYBODY,
}
"""Right -> who has it. A page names one right; a page that changes a customer's things names customers.write."""

FIRST_REACH: dict[str, Reach] = {
    Role.REP: Reach.OWN,
    Role.SUCCESS: Reach.OWN,
    Role.MARKETER: Reach.ALL,
    Role.ANALYST: Reach.ALL,
    Role.MANAGER: Reach.TEAM,
    Role.ADMIN: Reach.ALL,
}
"""How far a new person of a role sees, unless somebody says otherwise."""


def may(role: str, right: str) -> bool:
    """Whether people of a role have a right."""
    return role in RIGHTS[right]


def who_may(right: str) -> Collection[Role]:
    """Roles that have a right, in the order of Role."""
    return [role for role in Role if role in RIGHTS[right]]
