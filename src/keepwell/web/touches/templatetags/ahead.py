"""Who turns to this customer soon? For every form that brings something to them."""

from typing import Any

from django import template
from django.utils import timezone

from keepwell.web.touches.ahead import address, coming

register = template.Library()


@register.inclusion_tag("touches/ahead.html")
def who_turns(customer_id: str) -> dict[str, Any]:
    """Open tasks of all of us with a customer in the next fortnight, and those that are late."""
    now = timezone.now()
    today = timezone.localdate(now)
    found = coming(customer_id, now)
    return {"rows": [(each, address(each), each.day < today) for each in found]}
