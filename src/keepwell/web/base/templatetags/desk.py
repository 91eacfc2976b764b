"""Filters and tags every template knows: money, shares, and unknown told as unknown."""

import math
from decimal import Decimal
from hashlib import sha256
from typing import Any

from babel.numbers import format_compact_decimal, format_decimal
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from keepwell.act import wording
from keepwell.web.base.devices import device

register = template.Library()
register.filter("device", device)


def locale() -> str:
    """The reader's language, as Babel names it."""
    language = get_language() or "en"
    return {"zh-hans": "zh_Hans"}.get(language, language.replace("-", "_"))


def known(value: Any) -> bool:
    """Whether it is a figure at all: neither nothing nor not-a-number."""
    return value is not None and not (isinstance(value, float | Decimal) and math.isnan(value))


def unknown() -> SafeString:
    """The word for what nobody knows; never zero, never green."""
    return format_html('<span class="unknown">{}</span>', gettext("not known"))


@register.filter
def money(value: Any, currency: str) -> str:
    """An amount in a currency, as the reader's language writes it; whole units from a hundred on."""
    if not known(value):
        return unknown()
    return wording.money(value, currency, cents=abs(value) < 100)


@register.filter
def exact(value: Any, currency: str) -> str:
    """An amount in a list of amounts: every one with the decimals of its currency, so that they stand under each other."""
    return wording.money(value, currency, cents=True) if known(value) else unknown()


@register.filter
def share(value: Any, digits: int = 0) -> str:
    """A share as per cent."""
    return wording.share(value, digits) if known(value) else unknown()


@register.filter
def number(value: Any) -> str:
    """A number as the reader's language writes it."""
    return format_decimal(value, locale=locale()) if known(value) else unknown()


@register.filter
def compact(value: Any) -> str:
    """A large number in short."""
    return format_compact_decimal(value, locale=locale(), fraction_digits=1) if known(value) else unknown()


_ICONS = {
    "today": "M3 5h14v12H3zM3 9h14M7 3v3M13 3v3M7 13l2 2 4-4",
    "customers": "M7 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 17c0-3 2-5 5-5s5 2 5 5M13 4a3 3 0 0 1 0 5M14 12c2.500 0 4 2 4 5",
    "measures": "M3 17V3M3 17h14M7 14V9M11 14V6M15 14v-3",
    "understanding": "M10 3a5 5 0 0 0-3 9v2h6v-2a5 5 0 0 0-3-9zM8 17h4",
    "plays": "M4 4l12 6-12 6z",
    "proof": "M10 3l6 2v5c0 4-3 6-6 7-3-1-6-3-6-7V5zM7 10l2 2 4-4",
    "promises": "M3 10l4 4 10-10",
    "data": "M3 5c0-1 3-2 7-2s7 1 7 2-3 2-7 2-7-1-7-2zM3 5v10c0 1 3 2 7 2s7-1 7-2V5M3 10c0 1 3 2 7 2s7-1 7-2",
    "board": "M3 3h6v8H3zM11 3h6v5h-6zM11 10h6v7h-6zM3 13h6v4H3z",
    "plans": "M5 2h8l3 3v13H5zM8 8h5M8 11h5M8 14h3",
    "settings": "M4 6h7M15 6h1M4 14h1M9 14h7M13 4v4M7 12v4",
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A room's sign; the word stands beside it."""
    return format_html(
        '<svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><path d="{}"/></svg>', _ICONS.get(name, "")
    )


@register.filter
def undo_id(tags: str) -> str:
    """What a passing message offers to undo: "undo:promises.promise:17" among its tags."""
    return next((tag.removeprefix("undo:") for tag in tags.split() if tag.startswith("undo:")), "")


@register.filter
def job_name(job: Any) -> str:
    """What a job does, in words."""
    names = {"take_round": gettext("Round"), "bring": gettext("Import"), "take_back": gettext("Import taken back"),
             "send_view": gettext("Mail of a view")}  # fmt: skip
    name = job.task.rpartition(".")[2]
    return names.get(name, name.replace("_", " ").capitalize())


@register.filter
def said(message: str) -> str:
    """What the engine's rooms say of themselves, in the reader's language."""
    return gettext(message) if message else ""


@register.filter
def worded(field: Any) -> SafeString:
    """A field of a form whose empty choice says so in words, not in dashes."""
    words = gettext("Choose one") if field.field.required else gettext("none")
    return SafeString(str(field).replace(">---------</option>", format_html(">{}</option>", words)))


@register.filter
def row_id(key: str) -> str:
    """The id of a row on a page: an id of a customer may hold anything."""
    return f"row-{sha256(key.encode()).hexdigest()[:16]}"


@register.simple_tag(takes_context=True)
def other_page(context: Any, number: int, under: str = "") -> str:
    """
    The address as it is, with another page of a list.

    Args:
        context: Of the template.
        number: Which page.
        under: The id of the list's heading, which is also its name in the address; "" where the page has one list.
    """
    query = context["request"].GET.copy()
    query[under or "page"] = number
    return f"?{query.urlencode()}{'#' if under else ''}{under}"
