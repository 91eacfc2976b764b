"""What the worker does for programs: tells endpoints what happened, and puts what programs brought into the lake."""

import time
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from keepwell.web.api import webhooks
from keepwell.web.api.actions import ask_try
from keepwell.web.api.models import Delivery, Fate
from keepwell.web.work.queue import told


@task()
def tell(delivery: str, tries: int) -> dict[str, Any]:
    """
    One try of one delivery. Claimed before it is sent: a worker killed in between is followed by one that sends it again.

    Args:
        delivery: Its id.
        tries: How many came before; a try that was made already is not made again.
    """
    told("Telling", 0, 1)
    known = Delivery.objects.select_related("endpoint").get(pk=delivery)
    if known.state != Fate.WAITING or known.tries != tries or known.endpoint.withdrawn_at:
        return {"state": known.state}
    Delivery.objects.filter(pk=known.pk).update(claimed_at=timezone.now())
    at, id = int(time.time()), f"msg_{known.event.hex}"
    signed = webhooks.signature(webhooks.secret(known.endpoint), id, at, known.body)
    headers = {"Content-Type": "application/json", "User-Agent": "Keepwell", "webhook-id": id, "webhook-timestamp": str(at),
               "webhook-signature": signed}  # fmt: skip
    heard = webhooks.send(known.endpoint.url, headers, known.body, private=known.endpoint.private)
    return _heard(known, heard)


def _heard(known: Delivery, heard: webhooks.Heard) -> dict[str, Any]:
    """Keep what came of a try, and ask for the next one where it was not taken."""
    gone = heard.status == 410 or known.tries >= len(webhooks.TRIES_AFTER)
    with transaction.atomic():
        waited = known.tries
        mine = Delivery.objects.filter(pk=known.pk, state=Fate.WAITING, tries=waited, round=known.round)
        if not mine.update(tries=waited + 1):  # a worker taken for dead comes after the one that followed it
            return {"state": "told by another"}
        known.status, known.answer, known.tries = heard.status, heard.said, known.tries + 1
        if heard.taken:
            known.state, known.delivered_at, known.next_at = Fate.DELIVERED, timezone.now(), None
        elif gone:
            known.state, known.next_at = Fate.GIVEN_UP, None
        known.save()
        if known.state == Fate.WAITING:
            ask_try(known, webhooks.TRIES_AFTER[waited])
    return {"state": known.state, "status": heard.status}


@task()
def take_parcel(parcel: str) -> dict[str, Any]:
    """Put a parcel into the lake; stopped at any moment it goes on where it stopped, and never goes in twice."""
    from keepwell.web.api.parcels import take

    return take(parcel)
