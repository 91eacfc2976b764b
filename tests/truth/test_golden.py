"""Are the golden cases answered as worked out by hand? One TOML file per subject, readable by anybody's program."""

import math
import re
import tomllib
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from keepwell.config import Company
from keepwell.measure.facts import Facts
from keepwell.measure.metric import find
from keepwell.measure.periods import calendar, rolling
from keepwell.measure.question import Question
from keepwell.testing.worlds import run, world

HERE = Path(__file__).parent / "cases"


def _cases(path: Path) -> list[dict[str, Any]]:
    """The cases of a file; what a case's world says holds where the case itself is silent."""
    told = tomllib.loads(path.read_text("utf-8"))
    return [{**told.get("worlds", {}).get(case.get("world"), {}), **case} for case in told["case"]]


CASES = [
    pytest.param(case, id=f"{path.stem}/{case['id']}") for path in sorted(HERE.glob("*.toml")) for case in _cases(path)
]


@pytest.mark.parametrize("case", CASES)
def test_golden(case: dict[str, Any]) -> None:
    """Each expected cell is there with the values worked out by hand, and members are the people named."""
    facts = _facts(case)
    question = Question(find(case["metric"]), facts, _periods(case, facts), case.get("by"), None, _options(case))
    frame = question.answer(run(question.totals)).frame
    for expected in case["expect"]:
        _same(_cell(frame, expected, question.cases.cell), expected)
    for listed in case.get("members", []):
        found = run(question.members(listed.get("cell", {}), listed.get("group")))
        assert list(found["customer_id"]) == listed["are"], listed
    if "cells" in case:
        assert len(frame) == case["cells"]


def test_the_suite_is_large_enough_and_names_are_unique() -> None:
    """At least two hundred cases, none named twice."""
    names = [str(param.id) for param in CASES]
    assert len(names) >= 200
    assert len(set(names)) == len(names)


def test_every_definition_and_every_rule_has_its_case() -> None:
    """The 24 definitions and the 27 rules of the page of definitions; of tax (rule 10) the imports know, see test_mrr_intervals."""
    told = " ".join(case.values[0].get("source", "") for case in CASES)
    assert {int(number) for number in re.findall(r"METRICS (\d+)", told)} == set(range(1, 25))
    assert {int(number) for number in re.findall(r"rule (\d+)", told)} == set(range(1, 28)) - {10}


def _facts(case: dict[str, Any]) -> Facts:
    settings = {"name": case["id"], "active_by": "purchase", "activity_window_days": 30, **case.get("company", {})}
    tables = {name: list(rows) for name, rows in case.get("tables", {}).items()}
    for crowd in case.get("crowd", []):
        rows = [_numbered(crowd["row"], n) for n in range(1, crowd["count"] + 1)]
        tables.setdefault(crowd["table"], []).extend(rows)
    return world(as_of=str(case["as_of"]), company=Company.model_validate(settings), **tables)


def _numbered(row: Any, number: int) -> Any:
    """A row of a crowd, with its number in place of {n}."""
    if isinstance(row, dict):
        return {name: _numbered(value, number) for name, value in row.items()}
    if isinstance(row, list):
        return [_numbered(value, number) for value in row]
    return row.replace("{n}", str(number)) if isinstance(row, str) else row


def _periods(case: dict[str, Any], facts: Facts) -> Any:
    start, end = _day(case.get("start", case["as_of"])), _day(case.get("end", case["as_of"]))
    if "rolling" in case:
        return rolling(case["rolling"], end, case.get("count", 1))
    return calendar(case.get("unit", "month"), start, end, facts.company)


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(value)


def _options(case: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in case.get("options", {}).items()}


def _cell(frame: pd.DataFrame, expected: dict[str, Any], cell: tuple[str, ...]) -> "pd.Series[Any] | None":
    """The one row of the frame that the expectation's cell columns name; None where there is none."""
    names = [name for name in (*cell, "by") if name in expected]
    rows = frame
    for name in names:
        rows = rows[rows[name] == expected[name]]
    assert len(rows) <= 1, f"{expected} names {len(rows)} cells; it must name one"
    return None if rows.empty else rows.iloc[0]


def _same(row: "pd.Series[Any] | None", expected: dict[str, Any]) -> None:
    if expected.get("absent"):
        assert row is None
        return
    assert row is not None, f"no cell {expected}"
    for name, value in expected.items():
        found = row[name]
        if value == "undefined":
            assert pd.isna(found), f"{name} is {found}, expected it undefined"
        elif isinstance(value, float):
            assert math.isclose(float(found), value, rel_tol=0, abs_tol=5e-7), f"{name} is {found}, expected {value}"
        elif isinstance(found, Decimal):
            assert found == Decimal(str(value)), f"{name} is {found}, expected {value}"
        else:
            assert found == value, f"{name} is {found}, expected {value}"
