"""Which types of promise are there, and which are never to be given? Those a company begins with, and what it says of them."""

from django.utils.translation import gettext as _

from keepwell.act.promises import SORTS, Sort
from keepwell.web.promises.models import SortRule


def sorts() -> dict[str, Sort]:
    """Every type by its id, in the order of the list: those to choose first, then those never to give."""
    told = {sort.id: Sort(sort.id, _(sort.name), sort.never, sort.signs) for sort in SORTS}
    for rule in SortRule.objects.order_by("name"):
        signs = tuple(line.strip() for line in rule.signs.splitlines() if line.strip())
        told[rule.code] = Sort(rule.code, rule.name, rule.never, signs)
    return dict(sorted(told.items(), key=lambda item: item[1].never))


def names() -> dict[str, str]:
    """What people call each type."""
    return {id: sort.name for id, sort in sorts().items()}


def _said() -> list[str]:
    """For those who collect the words of the desk: names of the types a company begins with."""
    return [
        _("Follow-up"), _("Answer"), _("Something to send"), _("Meeting"), _("Something to be done"), _("Delivery date"),
        _("Unreleased feature"), _("Guarantee"), _("Price or term nobody approved"),
    ]  # fmt: skip
