"""What became of every source record? Exactly one of quantarined, accepted, duplicate; nothing is lost."""

from collections.abc import Mapping
from dataclasses import dataclass

from keepwell.errors import LakeError
from keepwell.lake.engines.duckdb import quoted
from keepwell.lake.staging.bench import Bench, columns
from keepwell.lake.staging.reading import Delivered
from keepwell.schema.table import SPARED

DUPLICATE, ACCEPTED, QUARANTINED = 1, 2, 3


@dataclass(frozen=True)
class Fates:
    """How many source records came to what."""

    read: int
    accepted: int
    quarantined: int
    duplicates: int
    spared: int
    """Of the others: how many came in without a value."""


def tell(bench: Bench, incoming: Delivered) -> None:
    """Put what became of the rows of one table into relation fates (source, row, fate); those withdrawn have a refused one beside them."""
    name, key = incoming.table.name, columns(incoming.table.key)
    bench.do(f"""
        INSERT INTO fates SELECT _source, _row, max(CASE
            WHEN _id IN (FROM "refused_{name}" SELECT _id) THEN {QUARANTINED}
            WHEN _id IN (FROM "superseded_{name}" SELECT _id) OR ({key}) IN (FROM "same_{name}" SELECT ({key})) THEN {DUPLICATE}
            ELSE {ACCEPTED} END)
        FROM "in_{name}" ANTI JOIN "withdrawn_{name}" USING (_id) GROUP BY ALL""")


def count(bench: Bench, sources: Mapping[str, int]) -> Fates:
    """
    Count records by fate.

    Args:
        bench: Holds fates, and rejected with the rows, and the values alone, refused before and here.
        sources: Source name -> records read from it.

    Raises:
        LakeError: Some record came to nothing, or to more than was read: a fault of Keepwell, told as such.
    """
    found = bench.rows(f"""
        SELECT source, fate, count(*), count(*) FILTER (spared) FROM (
            SELECT source, row, max(fate) AS fate, bool_or(spared) AS spared FROM (
                SELECT source, row, fate, false AS spared FROM fates UNION ALL
                SELECT source, row, CASE WHEN spared THEN 0 ELSE {QUARANTINED} END, spared
                FROM (SELECT source, row, suffix(coalesce(remedy, ''), {quoted(SPARED)}) AS spared FROM rejected)) GROUP BY source, row)
        GROUP BY ALL""")
    for source in {*sources, *(source for source, *_ in found)}:
        told = sum(records for name, fate, records, _ in found if name == source and fate)
        if told != sources.get(source, 0):
            raise LakeError(
                f"{source}: {sources.get(source, 0)} records were read, but {told} are accounted for.",
                "Every record must be accepted, quarantined or a known duplicate.",
                "This is a fault in Keepwell, nothing was imported; please report it.",
            )
    by = {fate: sum(row[2] for row in found if row[1] == fate) for fate in (DUPLICATE, ACCEPTED, QUARANTINED)}
    spared = sum(row[3] for row in found if row[1] != QUARANTINED)
    return Fates(sum(sources.values()), by[ACCEPTED], by[QUARANTINED], by[DUPLICATE], spared)
