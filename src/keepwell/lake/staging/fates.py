"""What became of every source record? Exactly one of quantarined, accepted, duplicate; nothing is lost."""

from collections.abc import Mapping
from dataclasses import dataclass

from keepwell.errors import LakeError
from keepwell.lake.staging.bench import Bench, columns
from keepwell.lake.staging.reading import Delivered

DUPLICATE, ACCEPTED, QUARANTINED = 1, 2, 3


@dataclass(frozen=True)
class Fates:
    """How many source records came to what."""

    read: int
    accepted: int
    quarantined: int
    duplicates: int


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
        bench: Holds fates, and rejected with the rows refused before and here.
        sources: Source name -> records read from it.

    Raises:
        LakeError: Some record came to nothing, or to more than was read: a fault of Keepwell, told as such.
    """
    found = bench.rows("""
        SELECT source, fate, count(*) FROM (
            SELECT source, row, max(fate) AS fate FROM (
                FROM fates UNION ALL SELECT source, row, 3 FROM rejected) GROUP BY ALL)
        GROUP BY ALL""")
    for source in {*sources, *(source for source, *_ in found)}:
        told = sum(records for name, _, records in found if name == source)
        if told != sources.get(source, 0):
            raise LakeError(
                f"{source}: {sources.get(source, 0)} records were read, but {told} are accounted for.",
                "Every record must be accepted, quarantined or a known duplicate.",
                "This is a fault in Keepwell, nothing was imported; please report it.",
            )
    by = {fate: sum(records for _, of, records in found if of == fate) for fate in (DUPLICATE, ACCEPTED, QUARANTINED)}
    return Fates(sum(sources.values()), by[ACCEPTED], by[QUARANTINED], by[DUPLICATE])
