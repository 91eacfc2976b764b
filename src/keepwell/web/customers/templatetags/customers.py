"""One line of a customer's timeline in words."""

from collections.abc import Callable

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.rounds.timeline import Entry
from keepwell.web.base.templatetags.desk import exact, known, number

register = template.Library()


def _joined(*parts: str | None) -> str:
    return " · ".join(part for part in parts if part)


def _order(entry: Entry) -> tuple[str, str]:
    states = {
        "paid": _("paid"), "partly_refunded": _("partly given back"), "refunded": _("given back"), "pending": _("not paid yet"),
        "failed": _("payment failed"), "cancelled": _("cancelled"),
    }  # fmt: skip
    what = _("Order %(id)s") % {"id": entry.key}
    return what, _joined(states.get(entry.what or "", entry.what), _channel(entry.who))


def _refund(entry: Entry) -> tuple[str, str]:
    return _("Money given back"), _joined(entry.words)


def _subscription(entry: Entry) -> tuple[str, str]:
    plan = entry.what or _("Subscription")
    states = {
        "paid": _("runs, paid by the month at this price"), "trial": _("on trial"), "free": _("free"), "paused": _("paused"),
        "past_due": _("a payment is open"), "ended": _("ended"), "cancel_requested": _("they asked to cancel"),
    }  # fmt: skip
    return plan, _joined(states.get(entry.how or "", entry.how), entry.words)


def _channel(name: str | None) -> str | None:
    names = {
        "mail": _("mail"), "phone": _("phone"), "meeting": _("meeting"), "chat": _("chat"), "call": _("call"), "video": _("video"),
        "visit": _("visit"), "post": _("post"), "web": _("web"), "store": _("store"),
    }  # fmt: skip
    return names.get(name or "", name)


def _touch(entry: Entry) -> tuple[str, str]:
    way = _("They to us: %(channel)s") if entry.how == "in" else _("We to them: %(channel)s")
    who = _("a machine") if entry.who == "machine" else entry.who
    return way % {"channel": _channel(entry.what)}, _joined(who, entry.words)


_SCALES = {"nps": 10, "csat": 5, "sentiment": 5}


def _answer(entry: Entry) -> tuple[str, str]:
    if entry.how == "silent":
        return _("Asked (%(question)s), no answer") % {"question": entry.what}, ""
    if known(entry.score):
        full = _SCALES.get(entry.what or "")
        said = _("%(score)s of %(full)s") if full else "%(score)s"
        score = said % {"score": number(entry.score), "full": full}
        return _("Answered %(score)s (%(question)s)") % {"score": score, "question": entry.what}, _joined(
            entry.how, entry.words
        )
    return _("Answered (%(question)s)") % {"question": entry.what}, _joined(entry.how, entry.words)


def _ticket(entry: Entry) -> tuple[str, str]:
    solved = entry.how in ("closed", "solved", "resolved", "done")
    if known(entry.score):
        state = _("solved after %(hours)s hours") % {"hours": number(round(entry.score or 0, 1))}
    else:
        state = _("solved") if solved else _("not solved, as far as is known")
    return _("Ticket: %(what)s") % {"what": entry.what or _("without a name")}, state


def _event(entry: Entry) -> tuple[str, str]:
    times = int(entry.score or 1)
    many = ngettext("%(n)s time that day", "%(n)s times that day", times) % {"n": number(times)} if times > 1 else None
    kinds = {"usage": _("use"), "visit": _("visit"), "value": _("something new"), "exposure": _("saw an experiment")}
    return entry.what or kinds.get(entry.how or "", entry.how or ""), _joined(
        kinds.get(entry.how or "", entry.how), many
    )


_TOLD: dict[str, Callable[[Entry], tuple[str, str]]] = {
    "order": _order, "refund": _refund, "subscription": _subscription, "touch": _touch, "answer": _answer, "ticket": _ticket,
    "event": _event,
}  # fmt: skip


def _other(entry: Entry) -> tuple[str, str]:
    """What another room says of its own."""
    return entry.what or "", _joined(entry.who, entry.how, entry.words)


@register.filter
def line_name(entry: Entry) -> str:
    """What happened."""
    return _TOLD.get(entry.kind, _other)(entry)[0]


@register.filter
def line_more(entry: Entry) -> str:
    """How, by whom and what was said."""
    return _TOLD.get(entry.kind, _other)(entry)[1]


@register.filter
def line_money(entry: Entry) -> str:
    """The money of it, "" where there is none."""
    if entry.amount is None or not entry.currency or (entry.kind == "subscription" and not entry.amount):
        return ""
    amount = -entry.amount if entry.kind == "refund" else entry.amount
    return exact(amount, entry.currency)
