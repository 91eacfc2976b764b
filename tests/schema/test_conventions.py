"""Is what is said otherwise than the conventions want kept, and remarked upon?"""

import pytest

from keepwell.schema import TABLES, strays, violations
from keepwell.testing import run, world

HELD = {
    "events": [
        {"kind": "ticket", "value": 0, "properties": {"status": "Solved"}}, {"kind": "complaint"}, {"kind": "stock", "name": "tea", "value": 3},
        {"kind": "exposure", "name": "widget:2", "properties": {"arm": "below"}},
        {"kind": "dance", "name": None, "value": -1},
    ],
    "answers": [{"question": "sentiment", "score": 5}, {"question": "csat", "score": 1}, {"question": "mood", "score": 99}, {"question": "csat"}],
}  # fmt: skip
BROKEN = [
    ("events", {"kind": "ticket", "value": -1}, "ticket_hours"),
    ("events", {"kind": "complaint", "properties": {"status": "hmm"}}, "ticket_status"),
    ("events", {"kind": "stock", "name": None, "value": 3}, "stock_of_what"),
    ("events", {"kind": "stock", "name": "tea"}, "stock_of_what"),
    ("events", {"kind": "exposure", "name": None, "properties": {"arm": "below"}}, "exposure_of_what"),
    ("events", {"kind": "exposure", "name": "widget", "properties": {"colour": "red"}}, "exposure_of_what"),
    ("events", {"kind": "exposure", "name": "widget"}, "exposure_of_what"),
    ("answers", {"question": "sentiment", "score": 8}, "sentiment_scale"),
    ("answers", {"question": "renewal_in_doubt", "score": 8}, "doubt_scale"),
    ("answers", {"question": "csat", "score": 0}, "csat_scale"),
]


def rows(table, given):
    """The table of a small world in which these happened."""
    at = {"events": "happened_at", "answers": "answered_at"}[table]
    told = [{"customer_id": "ann", at: "2025-05-01", **row} for row in given]
    return world(as_of="2025-06-01", **{table: told}).tables[table]


@pytest.mark.parametrize("table", list(HELD))
def test_what_holds_is_not_remarked_upon(table):
    """Said as the conventions want, or of something they do not speak of."""
    assert run(strays(rows(table, HELD[table]), TABLES[table])).empty


@pytest.mark.parametrize(("table", "row", "convention"), BROKEN)
def test_what_strays_is_a_remark_and_no_refusal(table, row, convention):
    """One row is counted under its convention, with what to do; no law refuses it."""
    told = rows(table, [row, *HELD[table]])
    assert run(strays(told, TABLES[table]))[["convention", "rows"]].values.tolist() == [[convention, 1]]
    assert run(violations(told.mutate(_row=1), TABLES[table])).empty


def test_every_convention_is_shown():
    """Each has a row that strays from it, and says what to do."""
    there = {(name, law.id) for name, table in TABLES.items() for law in table.conventions}
    assert there == {(table, convention) for table, _row, convention in BROKEN}
