"""What did the round find? Each step's sentences and rows, for people."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
import pandas as pd
from django.utils.translation import gettext as _

from keepwell import rounds
from keepwell.lake.results import Result
from keepwell.understand.watchlists import WATCHLISTS
from keepwell.web.base.templatetags import desk
from keepwell.web.customers.reach import Seen
from keepwell.web.measures.words import cell, defined
from keepwell.web.understanding import columns
from keepwell.workspace import Workspace

HIDDEN = ("portraits", "today", "pressing")
"""Steps with a page of their own."""
_SHARES = frozenset(
    {
        "risk",
        "risk_low",
        "risk_high",
        "share",
        "share_of_all",
        "alive",
        "buys_soon",
        "stays_soon",
        "stays_year",
        "chance",
        "retention",
        "retention_after",
        "change_share",
        "known",
    }
)

_INSIDE = re.compile(
    r"customers we said had|^Said [\d.,]+:|Brier|standard error|likelihood|log score|correlation|\b(?:p|q|r|s|c|a|b|alpha|beta|gamma|rate|kappa) = "
)
BETWEEN = re.compile(r"(?<=[.!?]) (?=[A-Z“]|[a-z]+ = )")
_PERCENT = re.compile(r"(?<=\d)[ \u00a0]%")
_FROM = re.compile(r"(?=\bAssumes: )")
"""A model's own figures; where a sentence ends; a blank before a per cent sign; what is taken for granted, which stands last."""


@dataclass(frozen=True)
class Found:
    """
    What one step found.

    Args:
        name: Of the step.
        says: What it tells, as a title.
        told: Its sentences, in plain words.
        refused: Whether the data do not bear it; the sentences say why.
        worked: How it was worked out: parameters, errors, what is taken for granted.
    """

    name: str
    says: str
    told: tuple[str, ...]
    refused: bool
    worked: tuple[str, ...] = ()


def told(name: str, result: Result) -> Found:
    """What a step found, in its sentences."""
    says = _says(name)
    refused = str(result.about.get("refused", ""))
    sentences = tuple(str(each) for each in result.about.get("told", [])) or tuple(filter(None, [refused]))
    plain, worked = _apart(sentences)
    return Found(name, says[:1].upper() + says[1:], plain, bool(refused), worked)


def _says(name: str) -> str:
    """What a step tells, in the reader's language; a list is called by its question."""
    if name in WATCHLISTS:
        return _(WATCHLISTS[name].question).rstrip("?？")
    return next((_(step.says) for step in rounds.STEPS if step.name == name), name)


def _apart(told: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What anybody can read, and what only tells how it was worked out: from the assumptions on, and all with a model's parameters."""
    plain, worked = [], []
    for paragraph in (_PERCENT.sub("%", each) for each in told):
        said, *assumed = _FROM.split(paragraph, maxsplit=1)
        sentences = BETWEEN.split(said.strip())
        plain.append(" ".join(each for each in sentences if each and not _INSIDE.search(each)))
        inside = [each for each in sentences if _INSIDE.search(each)]
        worked.append(" ".join([*inside, *assumed]))
    return tuple(filter(None, plain)), tuple(filter(None, worked))


def every(kept: Mapping[str, Result]) -> list[Found]:
    """All that a round found, in the order of its steps."""
    return [told(step.name, kept[step.name]) for step in rounds.STEPS if step.name in kept and step.name not in HIDDEN]


def rows(opened: Workspace, result: Result, whose: Seen) -> ir.Table:
    """The rows of a finding; where they are of customers, only of those that are seen, with their names."""
    table = opened.lake.result(result)
    if "customer_id" not in table.columns:
        return table
    people = opened.facts().read("customers").select("customer_id", customer="name", owner="owner")
    named = whose.of(table.drop(*({"owner"} & set(table.columns))).inner_join(people, "customer_id"))
    others = [name for name in table.columns if name not in ("customer_id", "owner")]
    return named.select("customer_id", "customer", "owner", *others).order_by("customer_id")


def heads(frame: pd.DataFrame) -> list[str]:
    """The columns' names as people read them."""
    names = [columns.head(name) for name in columns.shown(frame)]
    return [_("customer"), *names] if "customer_id" in frame else names


def written(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for a page: whose, and the cells with whether they are numbers; an estimate carries its interval."""
    names = columns.shown(frame)
    return [
        {
            "customer_id": row.get("customer_id", ""),
            "name": row["customer"] if defined(row.get("customer")) else row.get("customer_id", ""),
            "cells": [(_estimate(name, row), _numeric(row[name])) for name in names],
        }
        for row in ({str(name): value for name, value in each.items()} for each in frame.to_dict("records"))
    ]


_FEW, _MANY = 4, 8
"""Rows so few, with columns so many, are told side by side."""


def turned(names: list[str], rows: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """A table of few rows and many columns, each column on a line of its own; none where it reads well as it is."""
    if not rows or rows[0]["customer_id"] or len(rows) > _FEW or len(names) < _MANY:
        return []
    return [(name, [row["cells"][place][0] for row in rows]) for place, name in enumerate(names)]


def _numeric(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _estimate(name: str, row: Mapping[str, Any]) -> str:
    told, ends = _cell(name, row[name]), columns.interval(name, row)
    if ends is None or not all(map(defined, ends)):
        return told
    words = {"value": told, "low": _cell(name, ends[0]), "high": _cell(name, ends[1])}
    return _("%(value)s (%(low)s to %(high)s)") % words


def _cell(name: str, value: Any) -> str:
    if not defined(value):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in _SHARES and isinstance(value, float):
        return str(desk.share(value, 1))
    return ", ".join(map(str, value)) if isinstance(value, list | tuple | dict) else cell(name, value, "count")
