"""Keeping a segment, changing whom it means, and letting it go."""

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.errors import ConfigError
from keepwell.schema.expressions import canonical
from keepwell.web.base.models import Person
from keepwell.web.understanding.models import Segment


def segments_of(person: Person) -> QuerySet[Segment]:
    """Segments a person may use: their own, and those for everybody."""
    mine = Q(created_by=person) | Q(shared=True)
    return Segment.objects.filter(mine).select_related("created_by").order_by("name", "id")


def keep(person: Person, name: str, where: str, *, shared: bool) -> Segment:
    """
    Keep a segment; under a name one has used already, whom it means is changed.

    Args:
        person: Who keeps it.
        name: Of the segment.
        where: Its expression.
        shared: Whether everybody may use it.

    Raises:
        ExpressionError: The expression is wrong.
        ConfigError: Somebody else keeps a segment of that name for everybody.
    """
    written = canonical(where)
    if shared and Segment.objects.filter(name=name, shared=True).exclude(created_by=person).exists():
        raise ConfigError(
            _("Somebody else keeps a segment of that name for everybody."),
            "",
            _("Choose another name, or keep it for yourself."),
        )
    known = Segment.objects.filter(name=name, created_by=person).first()
    if known is None:
        return Segment.objects.create(created_by=person, name=name, expression=written, shared=shared)
    known.expression, known.shared = written, shared
    known.save()
    return known


def withdraw(person: Person, segment: Segment) -> None:
    """
    Let a segment go.

    Raises:
        ConfigError: Somebody else keeps it.
    """
    if segment.created_by_id != person.pk:
        raise ConfigError(_("Somebody else keeps this segment."), "", _("Only they can remove it."))
    segment.withdrawn_at = timezone.now()
    segment.save()
