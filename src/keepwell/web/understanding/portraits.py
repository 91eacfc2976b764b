"""Who is everybody? Portraits of the newest round, those one sees, ordered by any of what is told."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import ibis.expr.types as ir
import pandas as pd
from django.utils.translation import gettext as _

from keepwell.errors import ModelError
from keepwell.rounds.reading import newest
from keepwell.schema.expressions import parse
from keepwell.web.base.templatetags import desk
from keepwell.web.customers.reach import Seen
from keepwell.web.measures.words import cell, defined
from keepwell.workspace import Workspace

SHOWN = 50
"""Portraits on one page."""
_COLUMNS = ("segment", "orders", "recency_days", "alive", "buys_soon", "value_year", "risk", "health", "mrr")
_SHARES, _MONEY = ("alive", "buys_soon", "risk"), ("value_year", "mrr")
_WORST_FIRST = ("health", "alive", "buys_soon")
"""Columns whose smallest values are looked for first."""


@dataclass(frozen=True)
class Sorted:
    """
    Which portraits, in which order.

    Args:
        by: The column.
        up: Whether the smallest come first.
        where: Segment expression over the portraits' columns.
    """

    by: str = "value_year"
    up: bool = False
    where: str = ""

    @classmethod
    def read(cls, said: Mapping[str, str]) -> "Sorted":
        """What the address says."""
        return cls(
            said.get("by", "")[:80] or "value_year",
            said.get("up") == "1",
            said.get("where", "").strip()[:20_000],
        )

    def query(self, **changed: Any) -> str:
        """The address with something changed."""
        told = {"by": self.by, "up": "1" if self.up else "", "where": self.where, **changed}
        return "?" + urlencode({name: value for name, value in told.items() if value})

    def heads(self) -> list[dict[str, Any]]:
        """Columns with the address that orders by each of them."""
        names = {
            "segment": _("segment"), "orders": _("orders"), "recency_days": _("days since the last"), "alive": _("still there"),
            "buys_soon": _("buys in 90 days"), "value_year": _("value of a year"), "risk": _("may leave"), "health": _("health"), "mrr": _("pays a month"),
        }  # fmt: skip
        told = []
        for name in _COLUMNS:
            here = name == self.by
            up = not self.up if here else name in _WORST_FIRST
            told.append(
                {
                    "name": names[name],
                    "here": here,
                    "up": self.up,
                    "url": self.query(by=name, up="1" if up else ""),
                }
            )
        return told


def listed(opened: Workspace, asked: Sorted, whose: Seen) -> ir.Table:
    """
    Portraits that are seen, in order; what is unknown stands last.

    Raises:
        ModelError: No round was taken, or there is no such column.
        ExpressionError: The expression is wrong.
    """
    people = opened.lake.result(opened.lake.kept(newest(opened))["portraits"])
    if asked.by not in people.columns or asked.by == "traits":
        near = difflib.get_close_matches(asked.by, people.columns, n=3) or _COLUMNS
        raise ModelError(
            _("Portraits have no column %(name)s.") % {"name": repr(asked.by)},
            _("Did you mean %(names)s?") % {"names": ", ".join(near)},
            _("Choose one of them."),
        )
    if asked.where:
        people = people.filter(parse(asked.where, people, zone=opened.settings.time_zone))
    column = people[asked.by]
    order = column.asc(nulls_first=False) if asked.up else column.desc(nulls_first=False)
    return whose.of(people).order_by(order, people.customer_id)


def shown(frame: pd.DataFrame, currency: str) -> list[dict[str, Any]]:
    """Portraits as a page has them."""
    return [
        {
            "customer_id": row["customer_id"],
            "name": row["name"] if defined(row["name"]) else row["customer_id"],
            "cells": [_cell(name, row.get(name), currency) for name in _COLUMNS],
        }
        for row in frame.to_dict("records")
    ]


def _cell(name: str, value: Any, currency: str) -> str:
    if not defined(value):
        return ""
    if name in _SHARES:
        return str(desk.share(value, int(value < 0.1)))
    if name == "health":
        return str(desk.number(round(value)))
    return str(desk.money(value, currency)) if name in _MONEY else cell(name, value, "count")
