"""Is one shop told by two sources? Orders that coincide with those of another source far more often than chance would have it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keepwell.lake.contract import Caution
from keepwell.lake.delta import BATCH
from keepwell.lake.engines.duckdb import quoted
from keepwell.lake.staging.bench import Bench, stored
from keepwell.schema import TABLES

FEWEST, SHARE, ABOVE_CHANCE = 3, 0.5, 2
"""Orders that coincide at least; their share of those that might; how many times more often than on other days."""
SAMPLE = 2_000_000
"""Orders that are looked at; of more, those of a sample of amounts and of customers, weighted."""
_KINDS = {
    "day, amount and currency": ("hash(gross, currency)", (7, -7, 28, 30, 31)),
    "day and customer": ("hash(who)", (7, -7)),
}
"""What coincides -> its SQL, and by how many days other orders are moved to see what chance does: a price or a customer that is
there every week or month coincides with every other one."""
_SAID = "order_id, customer_id, ordered_at, currency, CAST(gross AS DECIMAL(18, 4)) AS gross"


@dataclass(frozen=True)
class _Overlap:
    """Orders of a source that coincide with those of others, those that might, and how many there are."""

    hits: int
    might: int

    @property
    def share(self) -> float:
        return self.hits / self.might if self.might else 0.0


def told_twice(
    work: Bench, zone: str, stored: Mapping[str, Sequence[str]], batches: Mapping[str, str], people: bool
) -> list[Caution]:
    """
    Compare arriving orders with those of other sources, of the lake and of the same delivery, one to one.

    Args:
        work: Holds arriving_orders, and arriving_customers where *people*.
        zone: In which an order has its day.
        stored: Canonical table -> data files of the lake.
        batches: Id of a committed batch -> what it was read from, for people.
        people: Whether customers with e-mail addresses arrive.
    """
    sources = work.rows("SELECT DISTINCT _source FROM arriving_orders")
    if len(sources) < 2 and not stored.get("orders"):
        return []
    _see(work, zone, stored, people)
    every = max(1, work.count("seen") // SAMPLE)
    cautions: dict[str, Caution] = {}
    for what, (key, moves) in _KINDS.items():
        work.do(f"""
            CREATE OR REPLACE TABLE cells AS SELECT origin, arriving, day, key, count(*) * {every} AS n
            FROM (SELECT *, {key} AS key FROM seen) WHERE key IS NOT NULL AND key % {every} = 0 GROUP BY ALL""")
        for source, overlap in _striking(work, moves).items():
            caution = _caution(work, source, what, overlap, batches)
            cautions |= {source: caution} if caution and source not in cautions else {}
    return list(cautions.values())


def _striking(work: Bench, moves: Sequence[int]) -> dict[str, _Overlap]:
    """The arriving sources that have too much in common with others for chance."""
    many = {
        source: overlap
        for source, overlap in sorted(_overlaps(work, 0).items())
        if overlap.hits >= FEWEST and overlap.share >= SHARE
    }
    chance = [_overlaps(work, days) for days in moves] if many else []
    return {
        source: overlap
        for source, overlap in many.items()
        if overlap.share >= ABOVE_CHANCE * max((by[source].share for by in chance if source in by), default=0.0)
    }


def _see(work: Bench, zone: str, stored: Mapping[str, Sequence[str]], people: bool) -> None:
    """Make seen: orders that are new, by their source, and those of the lake around the same days, by their batch."""
    lake = f"SELECT {_SAID}, {BATCH} AS origin FROM {_read(stored, 'orders')}" if stored.get("orders") else ""
    work.do(f"""
        CREATE TABLE new_orders AS SELECT {_SAID}, min(_source) AS origin FROM arriving_orders
        {f"ANTI JOIN ({lake}) AS lake USING (order_id)" if lake else ""} WHERE gross > 0 GROUP BY ALL""")
    parts = [_by_day(zone, "new_orders", "true", "arriving_customers" if people else "")]
    if lake:
        first, last = work.row("SELECT min(ordered_at), max(ordered_at) FROM new_orders")
        around = f"ordered_at BETWEEN {quoted(str(first))}::TIMESTAMPTZ - INTERVAL 40 DAY AND {quoted(str(last))}::TIMESTAMPTZ + INTERVAL 40 DAY"
        work.do(f"CREATE VIEW old_orders AS SELECT * FROM ({lake}) WHERE gross > 0 AND {around if first else 'false'}")
        parts.append(
            _by_day(zone, "old_orders", "false", _read(stored, "customers") if stored.get("customers") else "")
        )
    work.do(f"CREATE TABLE seen AS {' UNION ALL '.join(parts)}")


def _read(files: Mapping[str, Sequence[str]], table: str) -> str:
    return stored(TABLES[table], files[table])


def _by_day(zone: str, orders: str, arriving: str, people: str) -> str:
    """The SQL of orders with their day, and with who bought: the e-mail address where it is known."""
    mail = (
        f"(SELECT customer_id, min(lower(email)) AS mail FROM {people} GROUP BY ALL)"
        if people
        else "(SELECT NULL::VARCHAR AS customer_id, NULL::VARCHAR AS mail)"
    )
    day = f"CAST(timezone({quoted(zone)}, ordered_at) AS DATE)"
    return f"""
        SELECT origin, {arriving} AS arriving, {day} AS day, gross, currency, coalesce(mail, lower(customer_id)) AS who
        FROM {orders} LEFT JOIN {mail} AS person USING (customer_id)"""


def _overlaps(work: Bench, days: int) -> dict[str, _Overlap]:
    """Arriving source -> what it has in common with all others when those are moved by some days."""
    found = work.rows(f"""
        WITH own AS (SELECT origin, arriving, day, sum(n) AS n FROM cells GROUP BY ALL),
        hits AS (
            SELECT mine.origin, sum(least(mine.n, every.n - coalesce(self.n, 0))) AS hits FROM cells AS mine
            JOIN (SELECT day - {days} AS day, key, sum(n) AS n FROM cells GROUP BY ALL) AS every USING (day, key)
            LEFT JOIN cells AS self ON self.origin = mine.origin AND self.key = mine.key AND self.day = mine.day + {days}
            WHERE mine.arriving GROUP BY ALL),
        might AS (
            SELECT mine.origin, sum(mine.n) AS mine, sum(every.n - coalesce(self.n, 0)) AS others FROM own AS mine
            JOIN (SELECT day - {days} AS day, sum(n) AS n FROM own GROUP BY ALL) AS every USING (day)
            LEFT JOIN own AS self ON self.origin = mine.origin AND self.day = mine.day + {days}
            WHERE mine.arriving AND every.n > coalesce(self.n, 0) GROUP BY ALL)
        SELECT origin, hits, least(mine, others) FROM hits JOIN might USING (origin)""")
    return {origin: _Overlap(int(hits), int(might)) for origin, hits, might in found}


def _caution(work: Bench, source: str, what: str, overlap: _Overlap, batches: Mapping[str, str]) -> Caution | None:
    """The sentence; None where only a source delivered later is meant, for that one is told."""
    others = work.rows(f"""
        SELECT other.origin, other.arriving FROM cells AS mine JOIN cells AS other USING (day, key)
        WHERE mine.arriving AND mine.origin = {quoted(source)} AND other.origin <> mine.origin
        GROUP BY ALL ORDER BY sum(least(mine.n, other.n)) DESC, 1""")
    here = [batch for batch, arriving in others if not arriving]
    beside = [name for name, arriving in others if arriving and name < source]
    if not here and not beside:
        return None
    told = [f"{batches.get(batch, 'an earlier import')} (batch {batch})" for batch in here[:2]] + beside[
        : 2 - len(here[:2])
    ]
    more = f" and {len(here) + len(beside) - len(told):,} more" if len(here) + len(beside) > len(told) else ""
    undo = f"take one of them back with keepwell undo {here[0]}" if here else "import only one of them"
    return Caution(
        "told twice",
        f"{overlap.hits:,} new orders of {source} have the same {what} as orders of {' and '.join(told)}{more}, of "
        f"{overlap.might:,} that could: it looks like one shop told by two sources, and everything would count twice. "
        f"If so, {undo}; if they are two shops, nothing need be done.",
        tuple(here),
    )
