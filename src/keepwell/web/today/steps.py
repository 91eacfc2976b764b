"""Where is the next step done? For every reason the page on which it can be done at once."""

from urllib.parse import urlencode

from django.urls import reverse

_TOUCHES = {
    "risk": {"channel": "call"},
    "quiet": {"channel": "call"},
    "unhappy": {"channel": "call"},
    "ticket": {"channel": "mail", "value": "answer"},
    "unanswered": {"channel": "mail", "value": "answer"},
    "silent": {"channel": "mail", "value": "idea"},
    "ignored": {"channel": "call"},
    "birthday": {"channel": "post", "value": "thanks"},
    "welcome": {"channel": "mail", "value": "thanks"},
}
"""Reason -> what a contact for it begins with."""


def step_url(reason: str, customer: str) -> str:
    """
    Where the step a reason asks for is done.

    Args:
        reason: Id of one of the reasons of the round.
        customer: Whom it is about.
    """
    if reason == "renewal":
        return reverse("renewal", args=[customer])
    if reason in _TOUCHES:
        return f"{reverse('new_touch')}?{urlencode({'customer': customer, **_TOUCHES[reason]})}"
    return reverse("customer", args=[customer]) + "#offers"
