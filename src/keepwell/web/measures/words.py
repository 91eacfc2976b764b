"""How is a figure set, and what does an answer say in a sentence? In the reader's language."""

import math
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.report.parts import FEW
from keepwell.schema.clock import day_of
from keepwell.web.base.templatetags import desk

_BASES = (
    "at_start", "existing", "eligible", "customers_at_start", "before", "closed", "buyers", "customers", "orders", "journeys",
    "gaps", "at_risk", "acquired", "kept", "at_end",
)  # fmt: skip
"""Columns that say on how many a figure rests, the first of those there are."""
_LIKE_THE_VALUE = frozenset({"low", "high", "median", "p80", "survival", "mean"})


def defined(value: Any) -> bool:
    """Whether there is a figure at all."""
    return (
        value is not None
        and value is not pd.NA
        and value is not pd.NaT
        and not (isinstance(value, float | Decimal) and math.isnan(value))
    )


def figure(value: Any, unit: str, currency: str = "") -> str:
    """
    A metric's value as the reader's language writes it; "–" where there is none.

    Args:
        value: The figure.
        unit: Of the metric.
        currency: Of money.
    """
    if not defined(value):
        return "–"
    if unit == "share":
        return str(desk.share(float(value), 1))
    if unit == "money" and currency:
        return str(desk.money(value, currency))
    told = str(desk.number(round(float(value), 2)))
    if unit == "days":
        return _("%(n)s days") % {"n": told}
    return _("%(n)s months") % {"n": told} if unit == "months" else told


def set_tight(sentence: str) -> str:
    """A sentence whose per cents are written as everywhere on the desk: 98.4%, not 98.4 %."""
    return re.sub(r"(?<=\d)[ \N{NO-BREAK SPACE}]%", "%", sentence)


def cell(column: str, value: Any, unit: str, currency: str = "") -> str:
    """
    Any column's value.

    Args:
        column: Its name: intervals and medians are written like the metric's value.
        value: The value.
        unit: Of the metric.
        currency: Of the row.
    """
    if not defined(value):
        return "–"
    if column == "end_day":
        return date_format(day_of(int(value)), "DATE_FORMAT")
    if column == "value" or (column in _LIKE_THE_VALUE and unit != "count"):
        return figure(value, unit, currency)
    if column.startswith("share_of_") or column.endswith("_rate") or column == "churn":
        return str(desk.share(float(value), 1))
    if isinstance(value, Decimal):
        return str(desk.money(value, currency)) if currency else str(desk.number(value))
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    return str(desk.number(int(value) if float(value).is_integer() else round(float(value), 2)))


def head(column: str) -> str:
    """A column's name as people read it."""
    usual = {
        "period": _("period"), "cohort": _("came in"), "age": _("periods after"), "by": _("of whom"), "value": _("figure"),
        "currency": _("currency"), "at_start": _("at the start"), "at_end": _("at the end"), "low": _("from"), "high": _("to"),
        "n": _("window"), "duration": _("days"), "who": _("who"), "end_day": _("day"),
        "customers_at_start": _("customers at the start"), "customers_at_end": _("customers at the end"),
    }  # fmt: skip
    return usual.get(column) or column.replace("_", " ")


def trait(name: str) -> str:
    """A trait as people read it: Industry for traits.industry."""
    usual = {
        "account_id": _("account they belong to"), "acquired_at": _("customer since"), "birthday": _("birthday"), "country": _("country"),
        "kind": _("person or company"), "language": _("language"), "name": _("name"), "owner": _("who looks after them"),
        "source": _("where they came from"), "time_zone": _("time zone"), "first_plan": _("first plan"),
        "first_currency": _("first currency"), "first_channel": _("first channel or shop"), "first_country": _("first country"),
    }  # fmt: skip
    return usual.get(name) or name.removeprefix("traits.").replace("_", " ")


def period(label: str) -> str:
    """June 2026 for 2026-06; other labels as they are."""
    year, dash, month = label.partition("-")
    if dash and len(year) == 4 and len(month) == 2 and (year + month).isdecimal() and 1 <= int(month) <= 12:
        return date_format(date(int(year), int(month), 1), "YEAR_MONTH_FORMAT")
    return label


def base(row: Any) -> tuple[int, str] | None:
    """On how many a row's figure rests, and who they are; None where that is not counted."""
    column = next((name for name in _BASES if name in row.index and defined(row[name])), None)
    return (int(row[column]), _whom(column)) if column else None


def _whom(column: str) -> str:
    """Who a base is, in one wording wherever it stands."""
    usual = {"at_start": _("customers at the start"), "at_end": _("customers at the end")}
    return usual.get(column) or head(column)


def few(row: Any) -> str:
    """The warning that goes with a share of few; "" where there are enough."""
    found = base(row)
    if found is None or not 0 < found[0] < FEW:
        return ""
    return ngettext(
        "It rests on only %(n)s (%(who)s): too few to compare by.",
        "It rests on only %(n)s (%(who)s): too few to compare by.",
        found[0],
    ) % {"n": found[0], "who": found[1]}


def finding(shown: pd.DataFrame, dims: tuple[str, ...], unit: str, currency: str = "") -> list[str]:
    """
    What the answer says, in a sentence or two.

    Args:
        shown: The rows of an answer, of the currency that is shown.
        dims: Columns that tell its cells apart.
        unit: Of the metric.
        currency: That is shown.
    """
    whole = shown[shown["value"].notna()]
    if whole.empty:
        return _nothing(shown)
    if not dims:
        return [*_why(whole)]
    if dims == ("period",):
        return _over_time(whole, unit, currency)
    if dims[0] == "period":
        return _groups(whole, dims[1:], unit, currency)
    return _span(whole, dims, unit, currency)


def _nothing(shown: pd.DataFrame) -> list[str]:
    if shown.empty:
        return [_("Not enough data: no customer has a part in it.")]
    if not shown["complete"].any():
        return [_("Not enough data: every figure waits for days that are not over yet.")]
    return _why(shown) or [_("Not defined in any of these cells: there is nothing to divide by.")]


def _why(shown: pd.DataFrame) -> list[str]:
    """Reasons that the rows themselves give."""
    return [str(why) for why in shown["reason"].dropna().unique()[:3]] if "reason" in shown else []


def _over_time(whole: pd.DataFrame, unit: str, currency: str) -> list[str]:
    last = whole.iloc[-1]
    words = {"period": period(str(last["period"])), "value": figure(last["value"], unit, currency)}
    if len(whole) < 2:
        return [_("%(period)s: %(value)s.") % words]
    before = whole.iloc[-2]
    words |= {"before": figure(before["value"], unit, currency), "earlier": period(str(before["period"]))}
    if words["before"] == words["value"]:
        return [_("%(period)s: %(value)s, as in %(earlier)s.") % words]
    up = last["value"] > before["value"]
    told = (
        _("%(period)s: %(value)s, up from %(before)s in %(earlier)s.")
        if up
        else _("%(period)s: %(value)s, down from %(before)s in %(earlier)s.")
    )
    return [told % words]


def change(whole: pd.DataFrame, unit: str, currency: str = "") -> tuple[str, str]:
    """
    How the last figure moved since the one before it.

    Args:
        whole: Rows over time that have a figure, in order.
        unit: Of the metric; shares move by points.
        currency: Of money.

    Returns:
        In words, and "up", "down" or "same"; both "" where there is one figure only.
    """
    if len(whole) < 2:
        return "", ""
    last, before = whole.iloc[-1], whole.iloc[-2]
    words = {"before": figure(before["value"], unit, currency), "earlier": period(str(before["period"]))}
    moved = float(last["value"]) - float(before["value"])
    by = abs(round(100 * moved, 1)) if unit == "share" else abs(moved)
    if figure(last["value"], unit, currency) == words["before"] or not by:
        return _("as in %(earlier)s") % words, "same"
    if unit == "share":
        words["by"] = desk.number(by)
        told = ngettext("%(by)s point", "%(by)s points", 1 if by == 1 else 2) % words
    else:
        told = figure(by, unit, currency)
    words["by"] = told
    if moved > 0:
        return _("up %(by)s from %(before)s in %(earlier)s") % words, "up"
    return _("down %(by)s from %(before)s in %(earlier)s") % words, "down"


def _groups(whole: pd.DataFrame, others: tuple[str, ...], unit: str, currency: str) -> list[str]:
    last = whole[whole["period"] == whole["period"].iloc[-1]].sort_values("value", ascending=False)
    told = [(name_of(row, others), figure(row["value"], unit, currency)) for _i, row in last.iterrows()]
    when = period(str(last["period"].iloc[0]))
    if len(told) == 1:
        return [_("%(period)s: %(name)s %(value)s.") % {"period": when, "name": told[0][0], "value": told[0][1]}]
    if told[0][1] == told[-1][1]:
        return [_("%(period)s: %(value)s in all of them.") % {"period": when, "value": told[0][1]}]
    words = {"period": when, "most": told[0][0], "value": told[0][1], "least": told[-1][0], "other": told[-1][1]}
    return [_("%(period)s: highest is %(most)s with %(value)s, lowest %(least)s with %(other)s.") % words]


def _span(whole: pd.DataFrame, dims: tuple[str, ...], unit: str, currency: str) -> list[str]:
    if dims[:2] == ("cohort", "age") and (whole["age"] > 0).any():
        return _cohorts(whole[whole["age"] == whole.loc[whole["age"] > 0, "age"].min()], unit, currency)
    first, last = whole.iloc[0], whole.iloc[-1]
    words = {"name": name_of(first, dims), "value": figure(first["value"], unit, currency),
             "last": name_of(last, dims), "other": figure(last["value"], unit, currency)}  # fmt: skip
    if len(whole) == 1:
        return [_("%(name)s: %(value)s.") % words]
    return [_("From %(value)s (%(name)s) to %(other)s (%(last)s).") % words]


def _cohorts(whole: pd.DataFrame, unit: str, currency: str) -> list[str]:
    """The oldest and the newest cohort at the first age that both have reached."""
    first, last = whole.iloc[0], whole.iloc[-1]
    age = int(first["age"])
    words = {
        "age": age, "first": period(str(first["cohort"])), "value": figure(first["value"], unit, currency),
        "last": period(str(last["cohort"])), "other": figure(last["value"], unit, currency),
    }  # fmt: skip
    return [
        ngettext(
            "%(age)s period after they came: %(value)s of those of %(first)s, %(other)s of those of %(last)s.",
            "%(age)s periods after they came: %(value)s of those of %(first)s, %(other)s of those of %(last)s.",
            age,
        )
        % words
    ]


def name_of(row: Any, dims: tuple[str, ...]) -> str:
    """What tells a row from the others, in words."""
    parts = []
    for column in dims:
        value = row[column]
        if column in ("period", "cohort"):
            parts.append(period(str(value)))
        elif column == "n" and "last" in row and row["last"] != value:
            parts.append(
                _("%(what)s %(first)s to %(last)s") % {"what": head(column), "first": value, "last": row["last"]}
            )
        elif column in ("by", "who", "journey", "currency"):
            parts.append(_("not known") if str(value) == "unknown" else str(value))
        else:
            parts.append(_("%(what)s %(value)s") % {"what": head(column), "value": cell(column, value, "count")})
    return " · ".join(parts)
