"""Whom somebody means: a condition on customers under a name."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from keepwell.web.base.models import Record


class Segment(Record):
    """Customers by an expression; who they are is found anew whenever it is asked."""

    name = models.CharField(_("name"), max_length=80)
    expression = models.TextField(max_length=20_000, editable=False)
    shared = models.BooleanField(_("for everybody"), default=True)

    def __str__(self) -> str:
        """Its name."""
        return self.name
