"""What should a person know of a delivery though every row of it holds? Shops told twice, ends that are none, orders of nothing."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from keepwell.lake.contract import Caution, Delivery
from keepwell.lake.engines.duckdb import quoted
from keepwell.lake.staging.bench import Bench, bench, parquet
from keepwell.lake.twice import told_twice
from keepwell.schema.table import SPARED

MANY, SHARE, TOWERS = 5, 0.2, 3
"""Ends on the last day that are worth a word: so many, such a share of all, and so many times those of any other day."""


def remarks(
    delivery: Delivery, refused: Path, stored: Mapping[str, Sequence[str]], batches: Mapping[str, str], into: Path
) -> tuple[tuple[str, ...], tuple[Caution, ...]]:
    """
    Look a delivery over.

    Args:
        delivery: The rows that ask to be let in.
        refused: Parquet file of those that are not let in (source, row).
        stored: Canonical table -> data files of the lake.
        batches: Id of a committed batch -> what it was read from, for people.
        into: Folder for what does not fit into memory.

    Returns:
        Notes, and cautions that stand until somebody acted on them.
    """
    with bench(into) as work:
        work.do(
            f"CREATE TABLE refused AS SELECT DISTINCT source, row FROM {parquet([str(refused)])} WHERE NOT suffix(coalesce(remedy, ''), {quoted(SPARED)})"
        )
        notes = _named_twice(work, delivery)
        cautions: list[Caution] = []
        if _arrives(work, delivery, "orders", ("order_id", "ordered_at", "currency", "gross")):
            notes += _orders_of_nothing(work)
            people = _arrives(work, delivery, "customers", ("customer_id", "email"))
            cautions += told_twice(work, delivery.zone, stored, batches, people)
        if _arrives(work, delivery, "subscriptions", ("subscription_id", "starts_on", "ends_on")):
            cautions += _ends_of_the_data(work)
    return tuple(notes), tuple(cautions)


def _arrives(work: Bench, delivery: Delivery, table: str, needed: Sequence[str]) -> bool:
    """Make arriving_<table>, the rows that are let in; False where nothing is told of the columns that are needed."""
    paths = [str(path) for path in delivery.tables.get(table, ())]
    if not paths:
        return False
    read = parquet(paths, "union_by_name = true")
    if not set(needed) <= {name for name, *_ in work.rows(f"DESCRIBE SELECT * FROM {read}")}:
        return False
    work.do(f"""
        CREATE VIEW arriving_{table} AS SELECT * FROM {read} AS told
        ANTI JOIN refused ON refused.source = told._source AND refused.row = told._row""")
    return True


def _named_twice(work: Bench, delivery: Delivery) -> list[str]:
    """Customers whose rows in one delivery do not agree on their name: two people under one number, or a slip."""
    paths = [str(path) for path in delivery.tables.get("customers", ())]
    read = parquet(paths, "union_by_name = true") if paths else ""
    if not paths or not {"customer_id", "name"} <= {name for name, *_ in work.rows(f"DESCRIBE SELECT * FROM {read}")}:
        return []
    found = work.rows(
        f"SELECT customer_id, count(*) OVER () FROM {read} WHERE customer_id IS NOT NULL GROUP BY 1 HAVING count(DISTINCT name) > 1 ORDER BY 1 LIMIT 5"
    )
    if not found:
        return []
    told, count = ", ".join(str(key) for key, _ in found), int(found[0][1])
    what = "1 customer stands" if count == 1 else f"{count:,} customers stand"
    more = " …" if count > len(found) else ""
    return [f"{what} in several rows under different names; the last row counts: {told}{more}."]


def _orders_of_nothing(work: Bench) -> list[str]:
    count = int(work.row("SELECT count(*) FROM arriving_orders WHERE gross = 0")[0])
    if not count:
        return []
    what = (
        "1 order has an amount of zero; it is" if count == 1 else f"{count:,} orders have an amount of zero; they are"
    )
    return [f"{what} kept, but counted as orders only with count_zero_orders = true in keepwell.toml."]


def _ends_of_the_data(work: Bench) -> list[Caution]:
    """Ends that all lie on the last day: the day of the export, written as if the subscription had ended on it."""
    work.do("""
        CREATE TABLE ended AS SELECT max_by(ends_on, starts_on) AS day, max(starts_on) AS begun
        FROM arriving_subscriptions GROUP BY subscription_id""")
    total, open_, last, begun = work.row("SELECT count(*), count(*) - count(day), max(day), max(begun) FROM ended")
    if last is None or open_ or last < begun:
        return []
    days = dict(work.rows("SELECT day, count(*) FROM ended GROUP BY day ORDER BY count(*) DESC LIMIT 2"))
    there = days.pop(last, 0)
    if there < MANY or there < SHARE * total or there < TOWERS * max(days.values(), default=0):
        return []
    says = (
        f"{there:,} of {total:,} subscriptions end on the last day of the data ({last}), and none is still running: if that is "
        f"the day of the export, or the end of a term that renews itself, they have not ended, and would count as lost on it. "
        f"Leave the end of those that still run empty, and import the file again."
    )
    return [Caution("ends", says)]
