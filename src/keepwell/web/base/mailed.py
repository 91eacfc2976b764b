"""What became of a mail to one of us: it is entered before it is sent, and never sent on a guess."""

import smtplib
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.web.base.models import new_id

TRIES, AGAIN = 4, timedelta(minutes=15)
"""A mail the server did not take is tried so often, so far apart."""


class Fate(models.TextChoices):
    """What became of a mail."""

    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    SHOWN = "shown", _("shown on Today")
    FAILED = "failed", _("not sent")
    UNKNOWN = "unknown", _("not known")
    LEFT = "left", _("not meant for them any more")


class Mailed(models.Model):
    """
    One mail about one thing to one person; there is one, whoever asks how often.

    It is entered before it is sent. Whose worker died in between is not known to be sent, and is not sent again.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=Fate.choices, default=Fate.SENDING)
    tries = models.PositiveSmallIntegerField(default=0)
    told_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=300, blank=True)

    class Meta:
        """Each kind has its own table, and says what there is one of."""

        abstract = True

    def again(self, tries: int) -> bool:
        """
        Whether one that was entered before is sent now: only one the server is known not to have taken, by the try after.

        Args:
            tries: How many came before.
        """
        if self.state == Fate.SENDING:  # who entered it died; whether it went out nobody can tell
            died = gettext("The worker died while it was being sent. It may have gone out, so it is not sent again.")
            self.tell(Fate.UNKNOWN, died)
            return False
        failed = type(self)._default_manager.filter(pk=self.pk, state=Fate.FAILED, tries=tries)
        return bool(failed.update(state=Fate.SENDING, tries=tries + 1))

    def tell(self, fate: Fate, why: str = "") -> Fate:
        """Keep what became of it, and say it."""
        mine = type(self)._default_manager.filter(pk=self.pk)
        mine.update(state=fate, why=str(why)[:300], told_at=timezone.now())
        self.state = fate
        return fate


def send(mail: EmailMessage) -> tuple[Fate, str]:
    """Send one mail: what became of it, and why where it was not sent or nobody can tell."""
    try:
        mail.send()
    except smtplib.SMTPServerDisconnected as fault:  # it may have taken it
        return Fate.UNKNOWN, gettext("The mail server hung up: %(said)s") % {"said": fault}
    except (smtplib.SMTPException, ConnectionError) as fault:
        return Fate.FAILED, gettext("The mail server did not take it: %(said)s") % {"said": fault}
    except OSError as fault:
        return Fate.UNKNOWN, gettext("The mail server did not answer: %(said)s") % {"said": fault}
    return Fate.SENT, ""
