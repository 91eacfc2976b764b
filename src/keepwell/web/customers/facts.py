"""The figures at the head of a customer's page: each with its unit, its period, how many it rests on, and what it means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.act.customer import Contribution
from keepwell.rounds.customer import Known
from keepwell.web.base.templatetags.desk import known, money, number, share, unknown


@dataclass(frozen=True)
class Fact:
    """
    One figure.

    Args:
        name: What it is.
        value: As it is shown; unknown is told as such.
        more: Its interval, period and what it rests on.
        means: How it is worked out and when it misleads.
        id: Of the definition in the reference.
        href: The list behind it.
        tone: kept, risk, lost or "".
        was: What it was on the morning before, "" where it did not change or nobody knows.
    """

    name: str
    value: str
    more: str
    means: str
    id: str
    href: str = ""
    tone: str = ""
    was: str = ""


def facts(told: Known, contracts: list[dict[str, Any]], brought: Contribution, currency: str) -> list[Fact]:
    """The figures of one customer, in the order in which people ask for them."""
    row = told.portrait
    return [
        _risk(told), _value(told, currency), _renewal(contracts), _health(told), _bought(row, currency), _rhythm(row),
        _touched(told), _contribution(brought, currency),
    ]  # fmt: skip


def _percent(value: float) -> str:
    """Small chances with a digit more: nought per cent would be a promise."""
    return share(value, 0 if value >= 0.095 else 1)


def _interval(low: str, high: str) -> str:
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def _was(told: Known, name: str, show: Any) -> str:
    then, now = told.before.get(name), told.portrait.get(name)
    if not known(then) or not known(now) or show(then) == show(now):
        return ""
    day = date_format(told.before["morning"], "DATE_FORMAT")
    return _("was %(then)s on %(day)s") % {"then": show(then), "day": day}


def _risk(told: Known) -> Fact:
    row = told.portrait
    means = _(
        "The chance of leaving within 90 days, learned from the company's own past. It says who, not whether a call helps."
    )
    if not known(row.get("risk")):
        why = _refused(told, "risk") or (
            _("Told only of who is a customer now.") if row and not row.get("kept") else _("No round knows it yet.")
        )
        return Fact(_("Risk of leaving, 90 days"), unknown(), why, means, "risk", "#why")
    between = _interval(_percent(row["risk_low"]), _percent(row["risk_high"]))
    tone = "lost" if row["risk"] >= 0.5 else "risk" if row["risk"] >= 0.2 else ""
    return Fact(
        _("Risk of leaving, 90 days"), _percent(row["risk"]), between, means, "risk", "#why", tone, _was(told, "risk", _percent)
    )  # fmt: skip


def _refused(told: Known, step: str) -> SafeString | str:
    """Why a round did not work it out is told where rounds are told of, not customer by customer; "" where it did."""
    if step not in told.refused:
        return ""
    link, words = reverse("finding", args=[step]), _("Why stands under Understanding.")
    return format_html('{} <a href="{}">{}</a>', _("The round could not work it out."), link, words)


def _value(told: Known, currency: str) -> Fact:
    row = told.portrait
    means = _("What orders and contracts are expected to bring in the next 365 days, before costs. Four of five customers like this end up between the two limits.")  # fmt: skip
    if not known(row.get("value_year")):
        why = _("Neither orders nor a contract tell it.")
        if row.get("orders"):
            why = _refused(told, "value") or why
        return Fact(_("Value of the next year"), unknown(), why, means, "value_year")
    low, high = row.get("value_year_low"), row.get("value_year_high")
    between = (
        _interval(money(low, currency), money(high, currency)) if known(low) and known(high) else _("no interval known")
    )
    if known(high) and high < row["value_year"]:
        between = _("On average; most like them bring nothing more, a few come back.")
    was = _was(told, "value_year", lambda value: money(value, currency))
    return Fact(
        _("Value of the next year"),
        money(row["value_year"], currency),
        between,
        means,
        "value_year",
        "#timeline",
        "",
        was,
    )


def _renewal(contracts: list[dict[str, Any]]) -> Fact:
    means = _("The first day on which a running contract is renewed, and what one renewal brings at today's price.")
    if not contracts:
        return Fact(_("Next renewal"), "–", _("No contract runs."), means, "renews_on", "?kind=subscription#timeline")
    first = contracts[0]
    price = money(first["price"], first["currency"]) if known(first["price"]) else unknown()
    plan = first["plan"] or _("a contract without a name")
    more = format_html("{} · {}", price, plan)
    if len(contracts) > 1:
        others = ngettext("and %(n)s more contract", "and %(n)s more contracts", len(contracts) - 1) % {
            "n": len(contracts) - 1
        }
        more = format_html("{} · {}", more, others)
    day = date_format(first["renews_on"], "DATE_FORMAT") if first["renews_on"] else unknown()
    return Fact(_("Next renewal"), day, more, means, "renews_on", "?kind=subscription#timeline")


_LIGHTS = {"red": "lost", "amber": "risk", "green": "kept"}


def _health(told: Known) -> Fact:
    row = told.portrait
    means = _(
        "What people can change, in visible parts from 0 to 100. It is no forecast, and is never mixed with the risk."
    )
    if not known(row.get("health")):
        return Fact(_("Health"), unknown(), _("Too little is known of its parts."), means, "health", "#health")
    lights = {"red": _("red"), "amber": _("amber"), "green": _("green"), "unknown": _("not known")}
    light = row.get("light") or "unknown"
    of_it = _("%(share)s of its parts known") % {"share": share(row.get("health_known"))}
    silent = [part.name for part in told.parts if part.stale]
    more = format_html("{} · {}", lights[light], of_it)
    if silent:
        stale = _("stale: nothing is told any more of %(parts)s") % {"parts": ", ".join(silent)}
        more = format_html('{} · <span class="unknown">{}</span>', more, stale)
    if light == "unknown" and not silent:
        more = format_html('<span class="unknown">{}</span> · {}', _("not enough known for a colour"), of_it)
    value = _("%(points)s of 100") % {"points": number(round(row["health"]))}
    was = _was(told, "health", lambda points: number(round(points)))
    return Fact(_("Health"), value, more, means, "health", "#health", _LIGHTS.get(light, ""), was)


def _bought(row: Mapping[str, Any], currency: str) -> Fact:
    means = _(
        "Orders of all time, less what was given back, in the company's currency; wholly refunded ones are left out."
    )
    orders: Any = row.get("orders")
    if not known(orders):
        return Fact(_("Bought so far"), unknown(), _("No orders are recorded."), means, "net", "?kind=order#timeline")
    more = ngettext("%(n)s order", "%(n)s orders", orders) % {"n": number(orders)}
    if row.get("orders_elsewhere"):
        more = format_html("{} · {}", more, _("%(n)s in other currencies, not added") % {"n": row["orders_elsewhere"]})
    return Fact(_("Bought so far"), money(row.get("net"), currency), more, means, "net", "?kind=order#timeline")


def _rhythm(row: Mapping[str, Any]) -> Fact:
    means = _("Days since the last order, beside the median of their own gaps.")
    days: Any = row.get("recency_days")
    if not known(days):
        return Fact(_("Last order"), "–", _("No order is known."), means, "recency_days", "?kind=order#timeline")
    value = ngettext("%(n)s day ago", "%(n)s days ago", days) % {"n": number(days)}
    gap: Any = row.get("gap_days")
    more = (
        _("usually every %(days)s days") % {"days": number(round(gap))}
        if known(gap)
        else _("no rhythm: fewer than two orders")
    )
    return Fact(_("Last order"), value, more, means, "recency_days", "?kind=order#timeline")


def _touched(told: Known) -> Fact:
    row = told.portrait
    means = _("Days since one of us, or a machine of ours, wrote or spoke to them, and since they did to us.")

    def ago(days: Any) -> str | SafeString:
        return ngettext("%(n)s day ago", "%(n)s days ago", days) % {"n": number(days)} if known(days) else unknown()

    more = format_html("{} {}", _("they to us:"), ago(row.get("heard_days")))
    if not known(row.get("touched_days")) and not known(row.get("heard_days")):
        more = SafeString(escape(told.lacking.get("paying_and_ignored") or _("No contact with them is known.")))
    return Fact(
        _("Last contact by us"), ago(row.get("touched_days")), more, means, "touched_days", "?kind=touch#timeline"
    )


def _contribution(brought: Contribution, currency: str) -> Fact:
    means = _("Money of the last 365 days times the margin, less the costs of serving and keeping that name this customer. Costs that name nobody are in no customer's figure.")  # fmt: skip
    name = _("Contribution, last 365 days")
    taken = money(brought.revenue, currency)
    if brought.value is None:
        why = (
            _("No cost that names a customer is recorded.") if brought.costs is None
            else _("The margin is not known: say it under Settings, or bring the costs of goods.")
        )  # fmt: skip
        return Fact(
            name,
            unknown(),
            _("%(money)s taken. %(why)s") % {"money": taken, "why": why},
            means,
            "contribution",
            "#keep",
        )
    more = _("%(money)s taken, %(costs)s costs by name, margin %(margin)s") % {
        "money": taken,
        "costs": money(brought.costs, currency),
        "margin": share(brought.margin) if known(brought.margin) else _("in the costs"),
    }
    return Fact(
        name, money(brought.value, currency), more, means, "contribution", "#keep", "lost" if brought.loses else ""
    )
