"""What tests of the doors for any table share: a file written, read, guessed and translated."""

from collections.abc import Mapping as Pairs
from pathlib import Path
from typing import Any

import duckdb

from keepwell.config import Company
from keepwell.connectors.contract import Translated
from keepwell.connectors.files import read_file
from keepwell.connectors.mapping import Guess, Mapping, guess, translate_mapped

COMPANY = Company(name="Corner Shop", currency="EUR", time_zone="Europe/Helsinki")


class Brought:
    """A file, read, guessed and translated."""

    def __init__(
        self, folder: Path, text: str, *, company: Company = COMPANY, mapping: Mapping | None = None, **said: str
    ) -> None:
        folder.mkdir(exist_ok=True)
        path = folder / "table.csv"
        path.write_bytes(text.encode("utf-8"))
        self.raw = read_file(path, folder / "read", form=said)
        self.guess: Guess | None = None if mapping else guess(self.raw, company)
        self.mapping = mapping or self.guess.mapping  # type: ignore[union-attr]
        into = folder / "translated"
        into.mkdir()
        self.translated: Translated = translate_mapped([(self.raw, self.mapping)], company, into)
        self._check_nothing_lost()

    def rows(self, table: str, columns: str, order: str = "_row") -> list[tuple[Any, ...]]:
        """Columns of a translated table."""
        return asked(f"SELECT {columns} FROM '{self.translated.tables[table]}' ORDER BY {order}")

    def rejected(self) -> list[tuple[Any, ...]]:
        """Row, column, value of every rejected cell."""
        return (
            asked(f"SELECT _row, \"column\", value FROM '{self.translated.rejected}' ORDER BY ALL")
            if self.translated.rejected
            else []
        )

    def _check_nothing_lost(self) -> None:
        files = [*self.translated.tables.values(), *([self.translated.rejected] if self.translated.rejected else [])]
        union = " UNION ".join(f"SELECT _row FROM '{file}'" for file in files)
        assert asked(f"SELECT _row FROM '{self.raw.rows_file}' EXCEPT ({union})") == []


def asked(sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query; times in UTC."""
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        return engine.execute(sql).fetchall()


def as_csv(rows: list[Pairs[str, str]]) -> str:
    """Rows with the same names as text."""
    return "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]) + "\n"
