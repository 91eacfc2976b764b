"""What came since? From data files that came and went: whose history is only longer, and whose must be told anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir

from keepwell.config import Company
from keepwell.lake.activity_engine import NEEDED, Bench, rows_of
from keepwell.measure.facts import Facts

TOO_MUCH = 0.2
"""Share of the rows rewritten above which building anew is cheaper than finding out what changed."""


@dataclass(frozen=True)
class Changes:
    """
    What came since.

    Args:
        appended: Canonical table -> new rows under new keys; nothing else of them was known.
        arrived: Canonical table -> every row not seen before, the corrected ones too.
        retold: Table with a customer_id: customers of whom a row was changed or taken away, or who were merged.
        any_retold: Whether there are such.
    """

    appended: Mapping[str, ir.Table]
    arrived: Mapping[str, ir.Table]
    retold: ir.Table
    any_retold: bool


def changes(
    bench: Bench, before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]], company: Company
) -> Changes | None:
    """
    Compare two versions of the data files.

    Args:
        bench: Where to compute.
        before: Canonical table -> data files the index knows.
        after: The same, now.
        company: For merges and exclusions.

    Returns:
        None where so much was rewritten that building anew is cheaper.
    """
    bench.sql.execute("CREATE OR REPLACE TABLE touched (customer_id VARCHAR)")
    appended, arrived = {}, {}
    for name in ("orders", "events"):
        came, gone = _difference(before, after, name), _difference(after, before, name)
        if gone and _rows(bench, name, gone) > TOO_MUCH * _rows(bench, name, before[name]):
            return None
        if gone:
            appended[name], arrived[name] = _compared(bench, name, gone, came)
        elif came:
            bench.sql.execute(f"CREATE OR REPLACE VIEW came_{name} AS {rows_of(name, came)}")
            appended[name] = arrived[name] = bench.ibis.table(f"came_{name}")
    _carry_over(bench, before, after, company)
    return Changes(appended, arrived, bench.ibis.table("retold"), bench.one("SELECT count(*) FROM retold")[0] > 0)


def _difference(before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]], name: str) -> list[str]:
    return sorted(set(after.get(name, ())) - set(before.get(name, ())))


def _rows(bench: Bench, name: str, paths: Sequence[str]) -> int:
    found = bench.one(f"SELECT count(*) FROM ({rows_of(name, paths)})")
    return int(found[0])


def _compared(bench: Bench, name: str, gone: Sequence[str], came: Sequence[str]) -> tuple[ir.Table, ir.Table]:
    """Rows of rewritten files: the same ones fall away, changed and lost ones touch their customers, the rest is new."""
    key = NEEDED[name][0]
    old, new = rows_of(name, gone), rows_of(name, came)
    bench.sql.execute(f"CREATE OR REPLACE TABLE lost AS (({old}) EXCEPT ({new}))")
    bench.sql.execute(f"CREATE OR REPLACE TABLE found_{name} AS (({new}) EXCEPT ({old}))")
    bench.sql.execute("INSERT INTO touched SELECT customer_id FROM lost WHERE customer_id IS NOT NULL")
    bench.sql.execute(
        f"INSERT INTO touched SELECT customer_id FROM found_{name} SEMI JOIN lost USING ({key}) WHERE customer_id IS NOT NULL"
    )
    bench.sql.execute(f"CREATE OR REPLACE TABLE came_{name} AS SELECT * FROM found_{name} ANTI JOIN lost USING ({key})")
    return bench.ibis.table(f"came_{name}"), bench.ibis.table(f"found_{name}")


def _carry_over(
    bench: Bench, before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]], company: Company
) -> None:
    """Table retold: who the touched ones are and were, and everybody whom a merge now makes another."""
    old, new = list(before.get("merges", ())), list(after.get("merges", ()))
    if set(old) == set(new):
        bench.keep("retold", _known_as(bench, "touched", new, company).select("customer_id").distinct())
        return
    ids = [f"SELECT unnest([from_customer_id, into_customer_id]) AS customer_id FROM ({rows_of('merges', paths)})"
           for paths in (old, new) if paths]  # fmt: skip
    everybody = " UNION ".join([*ids, "SELECT customer_id FROM touched"])
    bench.sql.execute(f"CREATE OR REPLACE TABLE perhaps AS SELECT DISTINCT customer_id FROM ({everybody})")
    bench.keep("were", _known_as(bench, "perhaps", old, company))
    bench.keep("are", _known_as(bench, "perhaps", new, company))
    bench.sql.execute(
        "CREATE OR REPLACE TABLE retold AS SELECT DISTINCT unnest([were.customer_id, are.customer_id]) AS customer_id "
        "FROM were JOIN are USING (raw) WHERE were.customer_id <> are.customer_id OR raw IN (SELECT customer_id FROM touched)"
    )


def _known_as(bench: Bench, table: str, merges: Sequence[str], company: Company) -> ir.Table:
    """Customers by the id they have after merges, and their own (raw)."""
    people = bench.ibis.table(table)
    tables = {"people": people.mutate(raw=people.customer_id), **bench.tables({"merges": merges}, "known_")}
    settings = company.model_copy(update={"excluded_customers": ()})
    return Facts(tables, settings, date.max).read("people")
