"""What of the other rooms is announced? Records they make; rooms that do more announce it themselves."""

from typing import Any

from django.db.models.signals import post_save

from keepwell.web.api.actions import announce
from keepwell.web.today.models import Decision


def begin() -> None:
    """Listen to the rooms."""
    post_save.connect(_decided, sender=Decision, dispatch_uid="api.decision.made")


def _decided(instance: Decision, *, created: bool, raw: bool = False, **_said: Any) -> None:
    if raw or not created:
        return
    told = {
        "decision_id": str(instance.pk),
        "customer_id": instance.customer_id,
        "reason": instance.reason,
        "kind": instance.kind,
        "until": instance.until.isoformat(),
    }
    announce("decision.made", told, key=str(instance.pk))
