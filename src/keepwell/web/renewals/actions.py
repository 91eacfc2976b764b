"""What people say of renewals."""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.errors import ConfigError
from keepwell.web.base.models import Person
from keepwell.web.renewals.models import Renewal


def renewal(customer_id: str, subscription_id: str, renews_on: date) -> Renewal:
    """What was said of a renewal; nothing yet is an empty record that is not kept."""
    named = {"customer_id": customer_id, "subscription_id": subscription_id, "renews_on": renews_on}
    return Renewal.objects.filter(**named).first() or Renewal(**named)


def assess(kept: Renewal, by: Person, assessment: str, because: str) -> Renewal:
    """
    Say how a renewal will end.

    Raises:
        ConfigError: It has ended.
    """
    if kept.outcome:
        raise ConfigError(_("This renewal was decided already."), "", _("Load the page again."))
    with transaction.atomic():
        kept.assessment, kept.because, kept.assessed_by = assessment, because.strip(), by
        kept.save()
    return kept


def decide(kept: Renewal, outcome: str, because: str, yearly: Decimal | None) -> Renewal:
    """Say how a renewal ended."""
    with transaction.atomic():
        kept.outcome, kept.outcome_because, kept.yearly = outcome, because.strip(), yearly
        kept.save()
    return kept
