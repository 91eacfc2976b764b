"""Questions that somebody keeps to look at again."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from keepwell.web.base.models import Record


class View(Record):
    """A question under a name: one's own, or for everybody."""

    name = models.CharField(_("name"), max_length=80)
    metric = models.CharField(max_length=80, editable=False)
    question = models.JSONField(default=dict, editable=False)
    shared = models.BooleanField(_("for everybody"), default=False)

    def __str__(self) -> str:
        """Its name."""
        return self.name
