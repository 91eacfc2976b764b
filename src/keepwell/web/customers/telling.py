"""What people wrote down about a customer, judged by the day: goals on or off track, words that grew old, needs whose day has come."""

from datetime import date
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from keepwell.act.customer import FRESH_DAYS, speaks_now, stale, state, way
from keepwell.web.customers.models import Goal, Measured, Need, Words

STATES = {
    "reached": ("kept", _("reached")), "on_track": ("kept", _("on track")), "off_track": ("risk", _("off track")),
    "missed": ("lost", _("missed")), "unknown": ("", _("not known")),
}  # fmt: skip


def goals_of(customer_id: str, today: date) -> list[dict[str, Any]]:
    """A customer's goals, the next due first, each with its state and what was measured."""
    values = Prefetch("values", Measured.objects.order_by("-day", "-created_at"), to_attr="measured")
    told = []
    for goal in Goal.objects.filter(customer_id=customer_id).prefetch_related(values).order_by("due"):
        known: list[Measured] = goal.measured
        found = state(goal.aim, [(each.day, each.value) for each in reversed(known)], today)
        tone, words = STATES[found]
        told.append({
            "goal": goal, "state": found, "tone": tone, "words": words, "values": known, "last": known[0] if known else None,
            "way": way(goal.aim, known[0].value) if known else None, "over": today > goal.due,
        })  # fmt: skip
    return told


def words_of(customer_id: str, today: date) -> dict[str, Any]:
    """What they said we are worth to them, the latest first, and whether that is a gap."""
    said = list(Words.objects.filter(customer_id=customer_id).order_by("-day", "-created_at")[:10])
    return {"said": said, "said_gap": stale([each.day for each in said], today), "fresh_days": FRESH_DAYS}


def needs_of(customer_id: str, today: date) -> dict[str, Any]:
    """Open needs of now and of next time; one whose day has come is one of now."""
    open_ones = list(Need.objects.filter(customer_id=customer_id, met_on=None).order_by("day", "created_at"))
    now = [need for need in open_ones if speaks_now(need.horizon, need.day, today)]
    return {"needs_now": now, "needs_next": [need for need in open_ones if need not in now]}


def surfaced(today: date) -> list[Need]:
    """Every open need of next time whose day has come, of all customers, the oldest first."""
    return list(Need.objects.filter(met_on=None, horizon="next", day__lte=today).order_by("day", "created_at"))
