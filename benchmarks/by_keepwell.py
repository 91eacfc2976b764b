"""Keepwell: the activity index, and the plain facts where the index does not carry the question."""

import shutil
import sys
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import contest
import ibis

from keepwell.config import Company
from keepwell.lake.activity import MEMORY, Activity
from keepwell.lake.activity_engine import Bench
from keepwell.lake.activity_serving import Served
from keepwell.measure import activity_answers
from keepwell.measure.activity import place_bits
from keepwell.measure.facts import Facts
from keepwell.measure.periods import Periods, calendar

COMPANY = Company(name="A benchmark", active_by="any")
AS_OF = date(2025, 12, 31)
FIRST_DAYS = {"orders": ("orders.parquet",), "events": ("events.parquet",)}


@dataclass
class Opened:
    """What a question may use."""

    data: Path

    @cached_property
    def served(self) -> Served:
        """The newest version of the index, in memory."""
        return Activity(self.data / "index", COMPANY).serve()

    @cached_property
    def bench(self) -> Bench:
        """An engine over the data files."""
        return Bench(self.data / "index", MEMORY)

    @property
    def months(self) -> Periods:
        """All calendar months."""
        return calendar("month", date(2024, 1, 1), AS_OF, COMPANY)


def files(data: Path, *, last_day: bool = False) -> dict[str, list[str]]:
    """The data files: all but the last day, or all."""
    more = ("_last_day",) if last_day else ()
    return {name: [str(data / f"{name}{part}.parquet") for part in ("", *more)] for name in ("orders", "events")}


def opens(data: Path) -> Opened:
    """The index in memory; not for building it."""
    opened = Opened(data)
    if sys.argv[1] not in ("build", "one_day"):
        assert opened.served
    return opened


def build(opened: Opened) -> Any:
    """All activity tables anew, durably."""
    shutil.rmtree(opened.data / "index", ignore_errors=True)
    return Activity(opened.data / "index", COMPANY).refresh(files(opened.data))


def one_day(opened: Opened) -> Any:
    """A day more, durably; on a copy, so that the other questions see the same days as everybody."""
    return Activity(opened.data / "longer", COMPANY).refresh(files(opened.data, last_day=True))


def filtered(opened: Opened) -> Any:
    """The triangle of large purchases: straight from the facts."""
    tables = opened.bench.tables(files(opened.data))
    large = {**tables, "orders": tables["orders"].filter(ibis._.gross >= 30)}
    company = COMPANY.model_copy(update={"active_by": "purchase"})
    bits = place_bits(Facts(large, company, AS_OF, since=date(2024, 1, 1)), opened.months)
    asked = opened.bench.ibis.compile(activity_answers.triangle_by_place(bits, opened.months))
    return opened.bench.sql.execute(asked).to_arrow_table()


ANSWERS: dict[str, contest.Answer] = {
    "triangle": lambda o: o.served.triangle(o.months),
    "days": lambda o: o.served.day_curve(contest.DAYS),
    "after": lambda o: o.served.on_or_after(contest.DAYS),
    "bridge": lambda o: o.served.movements(o.months),
    "repeat": lambda o: o.served.second_orders(contest.WITHIN, AS_OF),
    "rfm": lambda o: o.served.ranks(AS_OF),
    "people": lambda o: o.served.people(o.months[contest.CELL[0]], o.months[contest.CELL[1]], 100),
    "filtered": filtered,
    "build": build,
    "one_day": one_day,
}


def told(question: str, answer: Any) -> Any:
    """Rows of whole numbers: cents, and ids without their letter."""
    import duckdb

    if question == "rfm":
        sums = "sum(recency_days), sum(orders), sum(net * 100)"
        return duckdb.sql(f"SELECT recency, frequency, money, count(*), {sums} FROM answer GROUP BY ALL").fetchall()
    if question in ("build", "one_day"):
        return []
    rows = answer.to_pylist()
    if question in ("triangle", "filtered"):
        return [(row["cohort"], row["age"], row["active"]) for row in rows]
    if question in ("days", "after"):
        return [(row["first_day"], row["age"], row["customers"]) for row in rows]
    if question == "bridge":
        return [(row["period"], *(int(row[name] * 100) for name in activity_answers.MOVED)) for row in rows]
    if question == "people":
        return [(row["customer_id"][1:],) for row in rows]
    return [tuple(row.values()) for row in rows]


if __name__ == "__main__":
    contest.compete(opens, ANSWERS, told)
