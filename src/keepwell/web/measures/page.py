"""What does the page of one question show? The answer with everything it leads to, ready for its template."""

from collections.abc import Callable
from typing import Any

import pandas as pd
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from keepwell.charts.theme import NARROW
from keepwell.measure.traits import COLUMNS as TRAITS
from keepwell.web.customers.reach import Seen
from keepwell.web.measures import words
from keepwell.web.measures.answers import Told, kept, key
from keepwell.web.measures.asked import UNITS, Asked
from keepwell.web.measures.drawing import chart, picture
from keepwell.web.measures.tables import dims, flat, grid
from keepwell.workspace import Workspace

BROAD = 960
"""Width a chart is drawn for on a page, in pixels."""
_AT_ENTRY = ("first_plan", "first_currency", "first_channel", "first_country")


def shown(told: Told, currency: str) -> tuple[pd.DataFrame, str, list[str]]:
    """
    The rows of one currency, where the answer comes in several and has other cells too.

    Args:
        told: The answer.
        currency: The one asked for; "" is the one with the most behind it.

    Returns:
        The rows, their currency ("" where there is none, or several side by side), and all there are.
    """
    frame = told.frame
    if "currency" not in told.cell or frame.empty:
        return frame, "", []
    every = [str(each) for each in frame["currency"].value_counts().index]
    one = currency if currency in every else _largest(frame, every)
    return frame[frame["currency"] == one].reset_index(drop=True), one, every


def _largest(frame: pd.DataFrame, every: list[str]) -> str:
    sizes = frame.assign(size=frame["value"].abs()).groupby("currency")["size"].sum()
    return str(sizes.idxmax()) if sizes.any() else every[0]


def link_of(asked: Asked, told: Told) -> Callable[..., str]:
    """Where a row's figure leads: its customers; "" where nobody can be named."""
    base = reverse("measure_customers", args=[asked.metric])

    def link(row: Any, group: str = "") -> str:
        if not told.named:
            return ""
        cell = {f"cell.{column}": str(row[column]) for column in told.cell}
        return base + asked.query(**cell, group=group)

    return link


def drawn(opened: Workspace, asked: Asked, told: Told, whose: Seen, currency: str) -> list[str]:
    """The chart for a page and for a telephone; none where there is nothing to draw."""
    frame, one, _every = shown(told, currency)
    names, link = dims(told, frame), link_of(asked, told)

    def work() -> list[str]:
        found = [(chart(asked.definition, frame, names, one, width, link), width) for width in (BROAD, NARROW)]
        return [picture(each, f"chart-{width}") for each, width in found if each is not None]

    mine = whose if asked.narrowed(whose) else None
    return kept(key(opened, "chart", get_language(), asked.kept, one, whose=mine), work)


def answered(opened: Workspace, asked: Asked, told: Told, whose: Seen, currency: str) -> dict[str, Any]:
    """What the template tells of an answer."""
    frame, one, every = shown(told, currency)
    names, link, unit = dims(told, frame), link_of(asked, told), asked.definition.unit
    whole = frame[frame["value"].notna()]
    last = whole.iloc[-1] if len(whole) else None
    if names not in ((), ("period",)):
        last = None  # no one figure stands for all of them
    return {
        "told": told,
        "finding": words.finding(frame, names, unit, one),
        "figure": words.figure(last["value"], unit, one) if last is not None else "",
        "figure_url": link(last) if last is not None else "",
        "figure_period": words.period(str(last["period"])) if last is not None and "period" in frame else "",
        "base": words.base(last) if last is not None else None,
        "few": words.few(last) if last is not None and unit in ("share", "ratio") else "",
        "charts": drawn(opened, asked, told, whose, currency),
        "grid": grid(frame, names, unit, one, link),
        "table": flat(told, frame, names, unit, one, link),
        "currency": one,
        "currencies": every if len(every) > 1 else [],
        "explained": words.set_tight(told.explained).split("\n"),
        "apart": [words.set_tight(each) for each in told.apart],
        "narrowed": asked.narrowed(whose),
        "command": asked.command(told.periods, told.as_of),
        "first": told.periods[0].start,
    }


def choices(request: HttpRequest, asked: Asked, traits: list[str]) -> dict[str, Any]:
    """What the picker offers."""
    units = {
        "day": _("days"), "week": _("weeks"), "month": _("months"), "quarter": _("quarters"), "half": _("half years"), "year": _("years"),
        "30d": _("30 days"), "90d": _("90 days"), "365d": _("365 days"),
    }  # fmt: skip
    if asked.unit not in units:
        units[asked.unit] = asked.unit
    known = [*TRAITS, *_AT_ENTRY, *(f"traits.{name}" for name in traits)]
    options = [
        {"name": f"set.{name}", "label": name.replace("_", " "), "usual": _usual(usual), "truth": isinstance(usual, bool),
         "number": isinstance(usual, int | float) and not isinstance(usual, bool), "value": asked.plain.get(f"set.{name}", "")}
        for name, usual in asked.definition.options.items()
    ]  # fmt: skip
    return {
        "units": units.items(),
        "traits": [
            (name, words.trait(name)) for name in (*known, *([asked.by] if asked.by and asked.by not in known else []))
        ],
        "options": options,
        "link": request.build_absolute_uri(reverse("measure", args=[asked.metric]) + asked.query()),
        "usual_units": UNITS,
    }


def _usual(value: Any) -> str:
    if value is None or value == "":
        return _("nothing")
    return str(value).lower() if isinstance(value, bool) else str(value)
