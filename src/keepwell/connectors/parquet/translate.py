"""What does a Parquet file say in the language of the house? Canonical rows pass as they are, others as their mapping says."""

from collections.abc import Mapping as Pairs
from collections.abc import Sequence
from pathlib import Path

from keepwell.config import Company
from keepwell.connectors.contract import ROW, SOURCE, Match, Raw, Translated
from keepwell.connectors.mapping import Mapping, translate_mapped, understood
from keepwell.connectors.translation import Translation, text


def translate(
    raws: Sequence[tuple[Raw, Match]], company: Company, into: Path, confirmed: Pairs[str, Mapping] | None = None
) -> Translated:
    """
    Put Parquet files into the language.

    Args:
        raws: The sources; either all canonical or none, for a person brings one or the other.
        company: Zone and currency where a source does not say.
        into: Existing empty folder for the Parquet files.
        confirmed: Fingerprint of a header -> what its columns mean; sources without are guessed.

    Raises:
        UnrecognisedError: A guess has problems.
        SourceError: A mapped column is not there, or the disk is full.
    """
    ready = [raw for raw, _ in raws if "canonical" in raw.form]
    others = [(raw, match) for raw, match in raws if "canonical" not in raw.form]
    mapped = understood(others, company, confirmed or {})
    if not ready:
        return translate_mapped(mapped, company, into)
    with Translation(into) as translation:
        for raw in ready:
            translation.add(raw.form["canonical"], _taken(raw))
        if not mapped:
            return translation.finish()
        own = translation.finish()
    (into / "mapped").mkdir()
    return _joined(own, translate_mapped(mapped, company, into / "mapped"), into)


def _taken(raw: Raw) -> str:
    columns = ", ".join('"' + column + '"' for column in raw.columns)
    return f"SELECT file_row_number + 1 AS {ROW}, {text(raw.name)} AS {SOURCE}, {columns} FROM read_parquet({text(str(raw.rows_file))}, file_row_number = true)"


def _joined(one: Translated, other: Translated, into: Path) -> Translated:
    """Two translations as one; tables both speak of are put one after the other."""
    tables = {**other.tables, **one.tables}
    both = [table for table in one.tables if table in other.tables]
    if both:
        (into / "joined").mkdir()
        with Translation(into / "joined") as translation:
            for table in both:
                for path in (one.tables[table], other.tables[table]):
                    translation.add(table, f"SELECT * FROM read_parquet({text(str(path))})")
            tables |= translation.finish().tables
    return Translated(tables, other.rejected, (*one.notes, *other.notes))
