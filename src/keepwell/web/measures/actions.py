"""Keeping a question and letting it go."""

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.errors import ConfigError
from keepwell.web.base.models import Person
from keepwell.web.measures.asked import Asked
from keepwell.web.measures.models import View

_MOST = 200
"""Views one person keeps."""


def open_to(person: Person) -> QuerySet[View]:
    """Views a person may open: their own, and those for everybody."""
    return (
        View.objects.filter(Q(created_by=person) | Q(shared=True)).select_related("created_by").order_by("name", "id")
    )


def keep(person: Person, asked: Asked, name: str, *, shared: bool) -> View:
    """
    Keep a question under a name.

    Raises:
        ConfigError: There is a view of one's own of that name, or there are too many.
    """
    own = View.objects.filter(created_by=person)
    if own.filter(name=name).exists():
        raise ConfigError(_("You keep a view of that name already."), "", _("Choose another name, or remove that one."))
    if own.count() >= _MOST:
        raise ConfigError(_("You keep %(n)s views.") % {"n": _MOST}, _("More are not kept."), _("Remove one first."))
    return View.objects.create(created_by=person, name=name, metric=asked.metric, question=asked.plain, shared=shared)


def withdraw(person: Person, view: View) -> None:
    """
    Let a view go.

    Raises:
        ConfigError: Somebody else keeps it.
    """
    if view.created_by_id != person.pk:
        raise ConfigError(_("Somebody else keeps this view."), "", _("Only they can remove it."))
    view.withdrawn_at = timezone.now()
    view.save()
