"""What looks odd, though no law refuses it? Addresses without an @, days to come, strangers' orders, one country in two spellings."""

from collections.abc import Mapping as Tables
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
from django.utils.translation import ngettext

from keepwell.connectors.contract import Raw
from keepwell.connectors.mapping import Mapping
from keepwell.connectors.mapping.contents import Looker, quoted
from keepwell.connectors.translation import engine
from keepwell.web.imports.cells import cut
from keepwell.workspace import Workspace

_SHOWN, _MOST = 3, 10_000
"""Values that are shown of each; strangers that are looked for in the company's data."""


def odd(tables: Tables[str, Sequence[Path]], shop: Workspace, scratch: Path) -> list[str]:
    """
    What a person should look at, in sentences, each with how many rows and a few of their values.

    Args:
        tables: Canonical table -> its Parquet files, as they would come in.
        shop: The company.
        scratch: Existing folder to spill into.
    """
    today = shop.as_of.isoformat()
    with engine(scratch) as work:
        there = {name: _columns(work, paths) for name, paths in tables.items() if paths}
        told = [
            *_ahead(work, tables, there, today),
            *_countries(work, tables, there),
            *_strangers(work, tables, there, shop),
        ]
    return [each for each in told if each]


def mails(raw: Raw, mapping: Mapping | None) -> list[str]:
    """
    Addresses of a source that are none, and so are left empty.

    Args:
        raw: Its rows.
        mapping: What its columns mean; None where that is not asked.
    """
    column = mapping.columns.get("email") if mapping else None
    if column is None or column not in raw.columns:
        return []
    with Looker(raw) as look:
        cell = f"CAST({quoted(column)} AS VARCHAR)"
        found = look.ask(
            f"SELECT count(*), list(DISTINCT {cell})[:{_SHOWN}] FROM {look.rows} "
            f"WHERE trim({cell}) <> '' AND {cell} NOT LIKE '%_@_%'"
        )
    n, values = found[0]
    told = ngettext(
        "%(n)s e-mail address has no @ and is left empty: %(shown)s.", "%(n)s e-mail addresses have no @ and are left empty: %(shown)s.", n
    )  # fmt: skip
    return [told % {"n": f"{n:,}", "shown": ", ".join(cut(each) for each in values)}] if n else []


def _read(paths: Sequence[Path]) -> str:
    files = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{files}])"


def _columns(work: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> set[str]:
    return {str(row[0]) for row in work.sql(f"DESCRIBE SELECT * FROM {_read(paths)}").fetchall()}


def _met(work: duckdb.DuckDBPyConnection, paths: Sequence[Path], column: str, where: str) -> tuple[int, str]:
    """How many rows are so, and a few of their values."""
    asked = f"SELECT CAST({column} AS VARCHAR) AS said FROM {_read(paths)} WHERE {where}"
    row = work.sql(f"SELECT count(*), list(DISTINCT said)[:{_SHOWN}] FROM ({asked})").fetchone()
    n, values = row or (0, None)
    return int(n), ", ".join(str(each) for each in values or [])


def _ahead(work: Any, tables: Any, there: dict[str, set[str]], today: str) -> list[str]:
    if "starts_on" not in there.get("subscriptions", ()):
        return []
    n, shown = _met(work, tables["subscriptions"], "starts_on", f"starts_on > DATE '{today}'")
    told = ngettext(
        "%(n)s contract begins only after today: %(shown)s.", "%(n)s contracts begin only after today: %(shown)s.", n
    )
    return [told % {"n": f"{n:,}", "shown": shown}] if n else []


def _countries(work: Any, tables: Any, there: dict[str, set[str]]) -> list[str]:
    if "country" not in there.get("customers", ()):
        return []
    codes, _shown = _met(work, tables["customers"], "country", "length(country) = 2")
    n, shown = _met(work, tables["customers"], "country", "length(country) > 2")
    if not (n and codes):
        return []
    told = ngettext(
        "%(n)s country stands as a word beside codes of two letters: %(shown)s. They count as different ones.",
        "%(n)s countries stand as words beside codes of two letters: %(shown)s. They count as different ones.",
        n,
    )
    return [told % {"n": f"{n:,}", "shown": shown}]


def _strangers(work: Any, tables: Any, there: dict[str, set[str]], shop: Workspace) -> list[str]:
    if "customer_id" not in there.get("orders", ()):
        return []
    known = (
        f"SELECT customer_id FROM {_read(tables['customers'])}" if "customers" in there else "SELECT NULL WHERE false"
    )
    asked = (
        f"SELECT customer_id, count(*) AS n FROM {_read(tables['orders'])} o ANTI JOIN ({known}) USING (customer_id) "
        f"WHERE customer_id IS NOT NULL GROUP BY 1 ORDER BY 1 LIMIT {_MOST}"
    )
    found = {str(id): int(n) for id, n in work.sql(asked).fetchall()}
    if found and shop.lake.rows().get("customers"):
        people = shop.facts().read("customers")
        met = shop.run(people.filter(people.customer_id.isin(sorted(found))).select("customer_id"))
        found = {id: n for id, n in found.items() if id not in set(met["customer_id"])}
    elif "customers" not in there:
        return []  # orders alone tell of everybody there is
    n = sum(found.values())
    told = ngettext(
        "%(n)s order is of a customer nothing else is known of: %(shown)s.", "%(n)s orders are of customers nothing else is known of: %(shown)s.", n
    )  # fmt: skip
    return [told % {"n": f"{n:,}", "shown": ", ".join(list(found)[:_SHOWN])}] if n else []
