"""Are the assignments of an experiment that was run elsewhere known for what they are?"""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.connectors.tables import COMPANY, Brought

from keepwell.connectors.files import read_file
from keepwell.connectors.mapping import Mapping, guess

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
DRAWN = [("thanks", "c1", "mail", NOON, 1), ("thanks", "c2", "control", NOON, 1)]
COLUMNS = "experiment, unit, arm, assigned_at, version"


@pytest.mark.parametrize(
    "headings",
    [
        "experiment,unit,arm,assigned_at",
        "experiment_id,customer_id,variant,date",
        "test,user_id,group,timestamp",
        "Experiment Name,Account ID,Variation,Exposure Time",
    ],
)
def test_an_experiment_a_unit_and_an_arm_are_assignments(headings: str, tmp_path: Path) -> None:
    """Whatever the columns are called and whatever else stands there, the rows are assignments of version 1, and nobody's customers."""
    rows = f"{headings},country\nthanks,c1,mail,2026-01-05T12:00:00Z,FI\nthanks,c2,control,2026-01-05T12:00:00Z,SE\n"
    brought = Brought(tmp_path, rows)
    assert brought.mapping.table == "assignments"
    assert brought.rows("assignments", COLUMNS) == DRAWN
    assert brought.translated.tables.keys() == {"assignments"}


def test_customers_with_much_else_are_still_assignments(tmp_path: Path) -> None:
    """Name, address, language and country beside them do not make a log of a test a list of customers, acquired that day."""
    brought = Brought(
        tmp_path,
        "customer_id,name,email,phone,country,language,experiment,variant,date\n"
        "c1,Ann Bell,ann@example.com,1,FI,fi,thanks,mail,2026-01-05\n",
    )
    at = datetime(2026, 1, 4, 22, tzinfo=UTC)  # midnight of the company's Helsinki
    assert brought.rows("assignments", COLUMNS) == [("thanks", "c1", "mail", at, 1)]


def test_every_column_of_the_table_has_its_place(tmp_path: Path) -> None:
    """Version, chance, bucket and cost are read as they are written; a chance is kept to its last figure."""
    brought = Brought(
        tmp_path,
        "experiment,version,unit,arm,assigned_at,propensity,bucket,salt,planned_cost\n"
        "thanks,2,17850.0,mail,2026-01-05 14:00,0.333333,42,thanks:2,0.40\n",
    )
    told = brought.rows("assignments", f"{COLUMNS}, propensity, bucket, salt, CAST(planned_cost AS DOUBLE)")
    assert told == [("thanks", "17850", "mail", NOON, 2, 0.333333, 42, "thanks:2", 0.4)]


def test_the_first_word_on_a_unit_counts(tmp_path: Path) -> None:
    """A log of exposures: seen again in its arm says the same twice, seen in another one is refused, without an arm or a day refused."""
    brought = Brought(
        tmp_path,
        "experiment,user_id,variant,timestamp\n"
        "thanks,c1,control,2026-01-06T12:00:00Z\n"
        "thanks,c1,mail,2026-01-05T12:00:00Z\n"
        "thanks,c2,control,2026-01-05T12:00:00Z\n"
        "thanks,c2,control,2026-01-07T12:00:00Z\n"
        "thanks,c3,,2026-01-05T12:00:00Z\n"
        "thanks,c4,mail,\n",
    )
    assert brought.rows("assignments", COLUMNS) == [*DRAWN, DRAWN[1]]
    assert brought.rejected() == [(1, "variant", "control"), (5, "variant", None), (6, "timestamp", None)]


def test_a_mapping_names_what_no_column_says(tmp_path: Path) -> None:
    """Experiment and version as constants; the customer's column may be called by either name."""
    said = Mapping(
        table="assignments",
        columns={"customer_id": "who", "arm": "what", "assigned_at": "at"},
        constants={"experiment": "thanks", "version": "3"},
    )
    brought = Brought(tmp_path, "who,what,at\nc1,mail,2026-01-05T12:00:00Z\n", mapping=said)
    assert brought.rows("assignments", COLUMNS) == [("thanks", "c1", "mail", NOON, 3)]


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("orders", "order_id,customer_id,date,total,experiment,variant\n1,c1,2026-01-05,20.00,thanks,mail\n"),
        ("events", "kind,name,customer_id,happened_at,test,arm\nexposure,thanks,c1,2026-01-05,thanks,mail\n"),
        ("events", "user_id,event_name,event_time,experiment,variant\nc1,view,2026-01-05,,\nc2,buy,2026-01-05,,\n"),
    ],
)
def test_orders_and_events_that_were_tagged_stay_what_they_are(table: str, rows: str, tmp_path: Path) -> None:
    """An order with its number and amount, an event with its kind, and a log in which hardly any row names an experiment."""
    assert Brought(tmp_path, rows).mapping.table == table


def test_customers_in_groups_stay_customers(tmp_path: Path) -> None:
    """A group without an experiment is a trait."""
    brought = Brought(tmp_path, "customer_id,email,signup_date,group\nc1,ann@example.com,2026-01-05,gold\n")
    assert (brought.mapping.table, brought.mapping.traits) == ("customers", ("group",))


def test_without_a_day_it_is_asked_for(tmp_path: Path) -> None:
    """Arms alone are no list of plans, and no customers: the missing day is named."""
    (tmp_path / "table.csv").write_text("experiment,customer_id,variant\nthanks,c1,mail\nthanks,c2,control\n", "utf-8")
    found = guess(read_file(tmp_path / "table.csv", tmp_path / "read"), COMPANY)
    told = "no column looks like the day on which a unit was put into its arm: experiment, customer_id, variant."
    assert (found.mapping.table, found.problems) == ("assignments", (told,))


def test_a_unit_may_be_an_address(tmp_path: Path) -> None:
    """In lower case, as customers without an id are called; rows with neither id nor address are no unit, and are left for the lake to refuse."""
    alone = Brought(tmp_path / "a", "email,experiment,variant,date\nAnn@Example.com,thanks,mail,2026-01-05T12:00:00Z\n")
    assert alone.rows("assignments", COLUMNS) == [("thanks", "ann@example.com", "mail", NOON, 1)]
    both = Brought(
        tmp_path / "b",
        "user_id,email,experiment,variant,date\n"
        "c1,ann@example.com,thanks,mail,2026-01-05T12:00:00Z\n"
        ",Bob@example.com,thanks,control,2026-01-05T12:00:00Z\n"
        ",,thanks,mail,2026-01-05T12:00:00Z\n"
        ",,thanks,control,2026-01-05T12:00:00Z\n",
    )
    known = [("c1", "mail"), ("bob@example.com", "control")]
    assert both.rows("assignments", "unit, arm") == [*known, (None, "mail"), (None, "control")]
