"""How do facts become a part of the index, and parts one whole?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import ibis.expr.types as ir

from keepwell.config import Company
from keepwell.lake.activity_engine import Bench
from keepwell.lake.activity_parts import Manifest
from keepwell.lake.engines.duckdb import quoted
from keepwell.measure.activity import chained, customers, day_bits, revenue, with_money
from keepwell.measure.facts import Facts
from keepwell.measure.periods import Periods


@dataclass(frozen=True)
class Known:
    """
    The ids already given.

    Args:
        names: Query for them (id, customer_id).
        next_id: The first not yet given.
    """

    names: str = "SELECT NULL::UINTEGER AS id, NULL::VARCHAR AS customer_id WHERE false"
    next_id: int = 0


NOBODY = Known()
"""No id is given yet."""


@dataclass(frozen=True)
class Folded:
    """
    What a part holds.

    Args:
        last_day: The last day anybody was there in it, as a number; -1 where nobody was.
        newcomers: Customers never seen before.
        rows: Rows by customer and month.
    """

    last_day: int
    newcomers: int
    rows: int


def month_span(bench: Bench, tables: Mapping[str, ir.Table], known: Manifest | None = None) -> tuple[str, str]:
    """The calendar months that cover the tables and what is known: first day of the first, first day after the last (ISO)."""
    asked = [
        f"SELECT min({column}) AS early, max({column}) AS late FROM {tables[name].get_name()}"
        for name, column in (("orders", "ordered_at"), ("events", "happened_at"))
        if name in tables
    ]
    early, late = (
        bench.one(f"SELECT min(early), max(late) FROM ({' UNION ALL '.join(asked)})") if asked else (None, None)
    )
    spans = [] if known is None else [(known.first, known.end)]
    if early is not None and late is not None:
        first = (early.date() - timedelta(days=2)).replace(day=1)
        spans.append((first.isoformat(), _next_month(late.date() + timedelta(days=2)).isoformat()))
    return min(first for first, _ in spans or [("2020-01-01", "")]), max(
        end for _, end in spans or [("", "2020-02-01")]
    )


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def fold(
    bench: Bench, facts: Facts, retold: Facts | None, months: Periods, part: Path, known: Known = NOBODY
) -> Folded:
    """
    Write what some facts say as a part: names (of newcomers), days, spent.

    Args:
        bench: Where to compute.
        facts: All facts of a base, the new ones of a patch.
        retold: All facts of the customers a patch tells anew (its *only*), whose new ones then do not count twice.
        months: Calendar months that cover them.
        part: Folder to write into.
        known: The ids already given.
    """
    for name, told in (("days_new", day_bits), ("spent_new", revenue)):
        rows = told(facts, months)
        if retold is not None:
            rows = rows.anti_join(retold.only, "customer_id").union(told(retold, months))
        bench.keep(name, rows)
    bench.sql.execute(
        f"""
        CREATE OR REPLACE TABLE ids AS
        SELECT seen.customer_id, known.id IS NULL AS fresh, coalesce(known.id, {known.next_id} - 1 + row_number() OVER (
            PARTITION BY known.id IS NULL ORDER BY seen.first, seen.customer_id))::UINTEGER AS id
        FROM (SELECT customer_id, min(month + log2((used | bought) & -(used | bought))::INTEGER) AS first
              FROM days_new GROUP BY customer_id) AS seen
        LEFT JOIN ({known.names}) AS known USING (customer_id)
        """
    )
    bench.write("SELECT id, customer_id FROM ids WHERE fresh ORDER BY id", part / "names.parquet")
    bench.write(
        "SELECT id, month, used, bought FROM days_new JOIN ids USING (customer_id) ORDER BY id, month",
        part / "days.parquet",
    )
    bench.write(
        "SELECT id, currency, month, orders, net FROM spent_new JOIN ids USING (customer_id) ORDER BY id, currency, month",
        part / "spent.parquet",
    )
    last, rows = bench.one("SELECT max(month + floor(log2(used | bought))::INTEGER), count(*) FROM days_new")
    newcomers = bench.one("SELECT count(*) FROM ids WHERE fresh")[0]
    return Folded(-1 if last is None else int(last), int(newcomers), int(rows))


def finish_base(bench: Bench, part: Path, months: Periods, company: Company) -> None:
    """Add to a base what its days and revenue lead to: one row per customer, and revenue with its neighbours."""
    days, spent = (
        bench.ibis.read_parquet(part / f"{name}.parquet", table_name=f"{name}_base") for name in ("days", "spent")
    )
    _derive(bench, days, spent, months, company)
    bench.write("SELECT * FROM customers_told ORDER BY id", part / "customers.parquet")
    bench.write("SELECT * FROM spent_told ORDER BY id, currency, month", part / "spent_chained.parquet")
    (part / "spent_chained.parquet").replace(part / "spent.parquet")


def _derive(bench: Bench, days: ir.Table, spent: ir.Table, months: Periods, company: Company) -> None:
    """Tables customers_told and spent_told."""
    people = with_money(customers(days, months, company.active_by), spent, company.currency)
    bench.keep("customers_told", people)
    bench.keep("spent_told", chained(spent))


def gather(bench: Bench, folder: Path, manifest: Manifest, company: Company) -> None:
    """
    Make views of the whole index: names_now, days_now, spent_now, customers_now.

    Who is in no patch is read from the base as it stands; the others are put together from all parts:
    bits joined, counts and money added, what a later part tells anew forgotten.
    """
    paths = [folder / part for part in manifest.parts]
    view = "CREATE OR REPLACE VIEW {name} AS {select}"
    bench.sql.execute(view.format(name="names_now", select=_all(paths, "names")))
    if len(paths) == 1:
        for name in ("days", "spent", "customers"):
            bench.sql.execute(view.format(name=f"{name}_now", select=_all(paths, name)))
        return
    _gather_patched(bench, paths)
    _derive(bench, bench.ibis.table("days_patched"), bench.ibis.table("spent_patched"), manifest.months(), company)
    for name, told in (("days", "days_patched"), ("spent", "spent_told"), ("customers", "customers_told")):
        base = f"SELECT * FROM ({_all(paths[:1], name)}) ANTI JOIN patched USING (id)"
        select = f"SELECT {_columns(bench, told)} FROM ({base} UNION ALL BY NAME SELECT * FROM {told})"
        bench.sql.execute(view.format(name=f"{name}_now", select=select))


def _columns(bench: Bench, table: str) -> str:
    """The columns of a table; months that a base does not cover are months in which nobody of it was there."""
    names = bench.ibis.table(table).columns
    return ", ".join(f"coalesce({name}, 0) AS {name}" if name.startswith("months_") else name for name in names)


def _gather_patched(bench: Bench, paths: Sequence[Path]) -> None:
    """Tables patched (ids), days_patched and spent_patched: every row of who is in a patch."""
    bench.sql.execute(
        "CREATE OR REPLACE TABLE retold_at AS SELECT id, max(part) AS part FROM "
        f"({_numbered(paths[1:], 'retold', 'id')}) GROUP BY id"
    )
    bench.sql.execute(
        f"CREATE OR REPLACE TABLE patched AS {_all(paths[1:], 'days', 'id')} UNION {_all(paths[1:], 'retold', 'id')}"
    )
    for name, columns, folded, key in (
        ("days", "id, month, used, bought", "bit_or(used) AS used, bit_or(bought) AS bought", "id, month"),
        ("spent", "id, currency, month, orders, net", "sum(orders)::INTEGER AS orders, sum(net)::DECIMAL(18, 4) AS net", "id, currency, month"),
    ):  # fmt: skip
        base = f"SELECT 0 AS part, {columns} FROM ({_all(paths[:1], name)}) SEMI JOIN patched USING (id)"
        rows = f"{base} UNION ALL {_numbered(paths[1:], name, columns)}"
        bench.sql.execute(
            f"CREATE OR REPLACE TABLE {name}_patched AS SELECT {key}, {folded} FROM ({rows}) AS told "
            f"LEFT JOIN retold_at USING (id) WHERE told.part >= coalesce(retold_at.part, 0) GROUP BY {key}"
        )


def _all(paths: Sequence[Path], name: str, columns: str = "*") -> str:
    files = ", ".join(quoted(str(path / f"{name}.parquet")) for path in paths)
    return f"SELECT {columns} FROM read_parquet([{files}])"


def _numbered(paths: Sequence[Path], name: str, columns: str) -> str:
    """Rows of patches with the place of the part they are from; the base is 0."""
    return " UNION ALL ".join(
        f"SELECT {place} AS part, {columns} FROM read_parquet({quoted(str(path / f'{name}.parquet'))})"
        for place, path in enumerate(paths, 1)
    )
