"""Who will buy again, who may leave, and what is it worth? What the newest round of the same morning found, and how far to trust it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.charts.words import SPACE, known, number, percent
from keepwell.lake.results import Result
from keepwell.report.asking import Asking
from keepwell.report.behind import SHOWN
from keepwell.report.parts import Behind, Figure, Number, Section
from keepwell.report.sections import evidence
from keepwell.rounds.trials import Tried, tried

_LIKELY = 0.5
_YEAR = 365
_LETTERS = 300
_TITLE = "What is to come"


def section(asking: Asking) -> Section | None:
    """What is expected of the next year; nothing where no round was taken of the morning."""
    kept = asking.workspace.lake.kept(asking.as_of)
    if "portraits" not in kept:
        return None
    people = asking.workspace.lake.result(kept["portraits"])
    stale = [evidence.CHANGED] if evidence.changed(asking) else []
    found = {each.id: each for each in tried(kept)}
    value, risk = found["value"], found.get("risk")
    if value.refused:
        told = f"It is not told who will buy again. {value.told[0]}"
        return Section("ahead", _TITLE, [*stale, told], (), _risk(asking, risk), _notes(kept))
    evidence.define(asking, value)
    numbers = _numbers(asking, people, value.model, kept["value"].about.get("totals", []))
    blocks = [evidence.calibrated(asking, value), *_risk(asking, risk)]
    return Section("ahead", _TITLE, [*stale, *value.told[:2]], numbers, blocks, _notes(kept))


def _risk(asking: Asking, risk: Tried | None) -> list[Figure]:
    """Whether what was said of leaving held, where that was tried."""
    if risk is None or risk.calibration.empty:
        return []
    evidence.define(asking, risk)
    return [evidence.calibrated(asking, risk)]


def _numbers(asking: Asking, people: ir.Table, model: str, totals: Sequence[Mapping[str, Any]]) -> list[Number]:
    """Orders and money of the next year with their intervals, and who has probably gone."""
    bought = people.filter(_.alive.notnull())
    told = asking.workspace.run(
        bought.agg(
            buyers=_.count(),
            orders=_.orders_year.sum(),
            money=_.orders_value.sum(),
            gone=(_.alive < _LIKELY).cast("int64").sum(),
        )
    ).iloc[0]
    currency = asking.workspace.company.currency
    n = f"n {number(float(told['buyers']))} who bought before"
    ahead = "the 365 days from then on"
    last = f"alive < {_LIKELY}"
    numbers = [
        Number(
            "Orders expected", number(float(told["orders"])), ahead, n, model,
            why=_between(totals, "orders"), command=_command(asking, "orders_year"), behind=_first(asking, bought, "orders_year", "alive is not null"),
        ),
        Number(
            "Probably gone", number(float(told["gone"])), "as of the morning", n, model, "lost",
            why="They bought before; they are more likely gone than not.",
            command=_command(asking, "orders_value", last),
            behind=_first(asking, bought.filter(_.alive < _LIKELY), "orders_value", last),
        ),
    ]  # fmt: skip
    if pd.notna(told["money"]):
        money = f"{number(float(told['money']))} {currency}"
        behind = _first(asking, bought, "orders_value", "alive is not null")
        command = _command(asking, "orders_value")
        numbers.insert(
            1,
            Number(
                "Expected from orders",
                money,
                ahead,
                n,
                model,
                why=_between(totals, "money", currency),
                command=command,
                behind=behind,
            ),
        )
    return numbers


def _between(totals: Sequence[Mapping[str, Any]], name: str, unit: str = "") -> str:
    """The interval of a total over the year, as wide as it would have had to be in the past."""
    row = next((row for row in totals if row.get("name") == name and row.get("days") == _YEAR), None)
    if row is None or any(known(row.get(end)) is None for end in ("low", "high", "level")):
        return "How sure that is, is not known."
    ends = f"{number(row['low'])} to {number(row['high'])}{SPACE}{unit}".rstrip(SPACE)
    return f"{ends}, with a chance of {percent(row['level'], 0)}."


def _command(asking: Asking, by: str, where: str = "alive is not null") -> str:
    return f"keepwell portraits --as-of {asking.as_of} --where '{where}' --by {by} --csv"


def _first(asking: Asking, people: ir.Table, by: str, where: str) -> tuple[Behind, ...]:
    """The first customers behind a number, those with the most first."""
    counted = int(asking.workspace.run(people.agg(n=_.count()))["n"].iloc[0])
    if not counted:
        return ()
    first = asking.workspace.run(
        people.order_by(people[by].desc(), people.customer_id).select("customer_id").limit(SHOWN)
    )
    ids = tuple(sorted(first["customer_id"]))
    return (
        Behind(f"{number(counted)} customers, the first by {by}", ids, counted - len(ids), _command(asking, by, where)),
    )


def _notes(kept: Mapping[str, Result]) -> list[str]:
    """What else the round found, in a few sentences each, and what it could not tell."""
    told = [
        _short((kept[name].about.get("told") or [kept[name].about.get("refused", "")])[0], f"keepwell findings {name}")
        for name in ("risk", "contracts", "offers")
        if name in kept
    ]
    return [sentence for sentence in told if sentence]


def _short(text: str, command: str) -> str:
    """The first sentences of a text, and the command that tells all of it."""
    first, *rest = re.split(r"(?<=[.:]) (?=[A-Z])", text)
    while rest and len(first) + len(rest[0]) < _LETTERS:
        first = f"{first} {rest.pop(0)}"
    return f"{first} More: {command}" if rest else first
