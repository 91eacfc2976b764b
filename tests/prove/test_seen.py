"""Are exposures read as they were meant, held against the draw, and kept out of what is analysed?"""

from datetime import UTC, datetime
from typing import Any

import ibis
import pandas as pd
import pytest

from keepwell.config import Company
from keepwell.measure.accounts import by_account
from keepwell.measure.facts import Facts
from keepwell.prove.seen import Seen, read, shown, strays_table, unheard, unheard_table
from keepwell.testing import run, world

HALF = {"control": 0.5, "below": 0.5}
BEGINS = {1: datetime(2026, 3, 1, tzinfo=UTC), 2: datetime(2026, 4, 1, tzinfo=UTC)}


def exposed(unit: str | None, at: str, name: str = "widget", **properties: str) -> dict[str, Any]:
    """One exposure event."""
    return {"customer_id": unit, "happened_at": at, "kind": "exposure", "name": name, "properties": properties or None}


def facts(*events: dict[str, Any], **tables: Any) -> Facts:
    """What was known on the morning of 2026-05-01, in UTC."""
    return world(as_of="2026-05-01", company=Company(name="Shop", time_zone="UTC"), events=events, **tables)


def rows(table: ibis.Table) -> list[tuple[Any, ...]]:
    """The counted rows, in order; nulls as None."""
    frame = run(table)
    return sorted(
        (tuple(None if pd.isna(value) else value for value in row) for row in frame.itertuples(index=False)), key=str
    )


@pytest.mark.capability("S4-20")
def test_a_name_means_the_newest_version_that_had_begun() -> None:
    """Version 1 from 1 March, version 2 from 1 April: by moment where the name says none; before the start and after the morning nothing."""
    told = facts(
        exposed("early", "2026-02-28", arm="below"),
        exposed("ann", "2026-03-31", arm="below"),
        exposed("bob", "2026-04-01", arm=" control "),
        exposed("cyd", "2026-04-02", "widget:1", arm="below"),
        exposed("dan", "2026-03-02", "widget:2", arm="below"),
        exposed("eve", "2026-04-02", " widget:2"),
        exposed("fay", "2026-05-01", arm="below"),
        exposed("gus", "2026-04-02", "widgets", arm="below"),
        {**exposed("hal", "2026-04-02", arm="below"), "kind": "visit"},
    )
    assert rows(shown(told, "widget", 1, BEGINS)) == [("ann", "below"), ("cyd", "below")]
    assert rows(shown(told, "widget", 2, BEGINS)) == [("bob", "control"), ("eve", None)]


@pytest.mark.capability("S4-20")
def test_one_person_is_one_on_all_devices() -> None:
    """The telephone's id was merged into ann: what it showed, it showed ann; of accounts the people's showings are the account's."""
    events = (exposed("ann", "2026-03-02", arm="below"), exposed("phone", "2026-03-03", arm="below"))
    told = facts(*events, merges=[("phone", "ann")])
    assert rows(shown(told, "widget", 1, BEGINS).distinct()) == [("ann", "below")]
    people = [{"customer_id": name, "account_id": "firm"} for name in ("ann", "phone")]
    firm = by_account(facts(*events, customers=[{"customer_id": "firm", "kind": "account"}, *people]))
    assert rows(shown(firm, "widget", 1, BEGINS)) == [("firm", "below"), ("firm", "below")]


@pytest.mark.capability("S4-20")
def test_what_seems_its_own_and_is_not_counted_is_told() -> None:
    """Two showings before the start and one under Widget: told with their numbers; of version 2 only what names it; another play called WIDGET is that one's."""
    told = facts(
        exposed("ann", "2026-02-27", arm="below"),
        exposed("ann", "2026-02-28", "widget:1"),
        exposed("bob", "2026-03-02", "Widget "),
        exposed("cyd", "2026-03-02", "widget", arm="below"),
        exposed("dan", "2026-03-03", "widget:2"),
        exposed("eve", "2026-03-04", "WIDGET:1"),
        exposed("fay", "2026-05-01", "Widget"),
    )
    first, second = (unheard_table(told, "widget", version, BEGINS) for version in (1, 2))
    assert rows(first) == [("WIDGET:1", False, 1), ("Widget", False, 1), ("widget", True, 1), ("widget:1", True, 1)]
    assert rows(second) == [("widget:2", True, 1)]
    early, cased = unheard(run(first), "widget", others={"WIDGET"})
    assert early == "It was shown 2 times before its start, when nobody was drawn; those do not count as seen."
    assert "(Widget 1 time); capitals tell names apart" in cased
    assert unheard(run(first).head(0), "widget") == []


ASSIGNED = [("ann", "below"), ("bob", "control"), ("cyd", "below"), ("dan", "control"), ("eve", None)]


def counted(*shows: tuple[str | None, str | None]) -> ibis.Table:
    """The cells of a few units assigned to a half each, shown these."""
    units = pd.DataFrame(ASSIGNED, columns=["unit", "arm"]).astype("string")
    seen = pd.DataFrame(shows, columns=["unit", "arm"]).astype("string")
    return strays_table(ibis.memtable(units), ibis.memtable(seen))


@pytest.mark.capability("S4-20")
def test_strays_are_counted_by_hand() -> None:
    """Ann right and twice, bob also the other arm, cyd told nothing of, eve and zed in no arm, two showings to strangers."""
    table = counted(
        ("ann", "below"), ("ann", "below"), ("bob", "control"), ("bob", "below"), ("cyd", None), ("eve", "below"), ("zed", None),
        (None, "below"), (None, "below"),
    )  # fmt: skip
    assert rows(table) == [
        ("", "", 1), ("", "below", 1), ("", None, 2), ("below", "", 2), ("control", "below", 1),
    ]  # fmt: skip
    told = read(run(table), {"control": 2, "below": 2}, HALF, ("below",))
    assert told is not None
    assert (told.exposed, told.others) == ({"below": 2, "control": 1}, {("control", "below"): 1})
    assert (told.never, told.strangers, told.units, told.strays) == ({"": 1, "below": 1}, 2, 5, 3)


def test_who_was_shown_nothing_is_not_told_of() -> None:
    """Without any exposure there is nothing to say."""
    assert read(run(counted()), {"control": 2, "below": 2}, HALF) is None


def seen(n: int = 10_000, *, exposed: int = 0, other: int = 0, never: int = 0, noun: str = "customer") -> Seen:
    """Two arms of *n* each; of the treated so many were exposed, of the control so many to the other arm, never assigned so many."""
    others = {("control", "below"): other} if other else {}
    strangers = {"below": never} if never else {}
    counts = {"control": n, "below": n}
    return Seen(counts, HALF, {"below": exposed, "control": other}, others, strangers, 0, ("below",), noun)


@pytest.mark.parametrize(
    ("case", "hides"),
    [
        (seen(1_000_000, exposed=500_000, other=1), False),
        (seen(exposed=4, other=4), False),  # half of all, but four are a slip
        (seen(exposed=490, other=5), True),  # 5 of 495 are above one in a hundred
        (seen(exposed=495, other=5), False),  # 5 of 500 are one in a hundred
        (seen(exposed=490, never=5), True),
        (seen(1_000_000, exposed=900_000, never=4_000), False),  # chi-squared 4000^2 / 2,004,000 = 8.0, p .005
        (
            seen(1_000_000, exposed=900_000, never=6_000),
            True,
        ),  # 6000^2 / 2,006,000 = 17.9, p .00002, of .7 in a hundred
        (seen(1_000_000, exposed=900_000, other=6_000), False),  # nobody is lost from an arm
    ],
)
def test_a_slip_is_borne_and_more_hides_the_effect(case: Seen, hides: bool) -> None:
    """At least five, and more than one in a hundred, or enough to upset the arms."""
    assert case.hides_effect is hides
    assert case.alarm[-1].startswith("So no effect is shown" if hides else "Those are too few")


def test_what_is_wrong_is_said_in_sentences() -> None:
    """Both sorts of strays, with how many of whom; nothing where all is well."""
    told = seen(exposed=88, other=10, never=2).alarm
    assert told[:2] == [
        "2 of 100 customers who were shown it were never assigned: something shows the play without asking who may see it.",
        "10 of 100 customers who were shown it saw another arm than theirs (10 of control saw below): the draw is not what decides.",
    ]
    assert seen(exposed=100).alarm == []


@pytest.mark.capability("S4-20")
def test_how_many_saw_it_is_a_diagnosis() -> None:
    """412 of 5,000: all count; a draw at the moment of exposure needs 12 times fewer; of 4,000 nothing is saved worth a word."""
    told = seen(5000, exposed=412, noun="account").told
    assert told[0] == "Seen by 412 of 5,000 of below; all 5,000 count as assigned, whoever saw it."
    assert told[1].startswith("Only 8.2 % of the treated have seen it")
    assert told[1].endswith("would need about 12 times fewer accounts.")
    assert len(seen(5000, exposed=4000).told) == 1
    assert seen().told == []
