"""How fresh are the data? Read from the lake: what each import told, its rows, its refusals, and its newest day."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import duckdb
import pandas as pd
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.act.imports import Freshness, Told, family, freshness
from keepwell.lake import Batch
from keepwell.rounds.reading import mornings
from keepwell.schema import TABLES
from keepwell.schema.table import SPARED
from keepwell.understand.health import PARTS
from keepwell.web.imports.models import Import
from keepwell.workspace import Workspace

_DATED = {
    "orders": "ordered_at", "refunds": "refunded_at", "subscriptions": "starts_on", "events": "happened_at",
    "touches": "touched_at", "answers": "answered_at", "deals": "opened_at",
}  # fmt: skip
"""Table -> the column that says when something happened."""


def sources(opened: Workspace, now: datetime) -> list[Freshness]:
    """
    Every source that stands in the lake, those that are late first.

    Args:
        opened: The company.
        now: The moment of the look, in the reader's zone.
    """
    batches = [batch for batch in opened.batches() if batch.state == "committed"]
    newest, refused, tables = _newest(opened, now), _refused(opened, batches), _tables(batches)
    told = [
        Told(
            source,
            batch.id,
            batch.made_at,
            rows,
            refused.get((batch.id, source), 0),
            _day(newest, batch, source, tables.get((batch.id, source))),
        )
        for batch in batches
        for source, rows in batch.sources.items()
    ]
    return freshness(told, now)


def late(opened: Workspace, now: datetime) -> list[str]:
    """
    What does not tell any more, each in a few words, the longest silent first: sources that are late by their own rhythm, and parts
    of health the round of the morning left out because nothing was told of them.

    Args:
        opened: The company.
        now: The moment of the look, in the reader's zone.
    """
    heard, silent = _heard(opened)
    found = [each for each in freshness(heard, now) if each.state == "stale"]
    told = [
        ngettext("%(name)s, %(n)s day", "%(name)s, %(n)s days", each.since) % {"name": each.name, "n": each.since}
        for each in sorted(found, key=lambda each: (-each.since, each.name))
    ]
    return [*told, *(_("health: %(part)s") % {"part": part} for part in silent)]


_HEARD: dict[Any, tuple[list[Told], list[str]]] = {}
"""What was heard of the newest state of the lake."""


def _heard(opened: Workspace) -> tuple[list[Told], list[str]]:
    """When each source came in, and the parts of health left out; read anew when the lake changes."""
    taken = mornings(opened)
    name = (str(opened.folder), str(opened.lake.state()), str(taken))
    known = _HEARD.get(name)
    if known is None:
        standing = [batch for batch in opened.batches() if batch.state == "committed"]
        heard = [
            Told(source, batch.id, batch.made_at, rows, None, None)
            for batch in standing
            for source, rows in batch.sources.items()
        ]
        kept = opened.lake.kept(taken[-1]) if taken else {}
        silent = kept["health"].about.get("stale", {}) if "health" in kept else {}
        known = heard, [PARTS[part].name for part in silent if part in PARTS]
        _HEARD.clear()
        _HEARD[name] = known
    return known


def _tables(batches: list[Batch]) -> dict[tuple[str, str], str]:
    """Import and source -> the table it told of, where a person brought it here."""
    asked = [
        batch.id
        for batch in batches
        if len(batch.sources) > 1 and not all(_named(source) in TABLES for source in batch.sources)
    ]
    brought = Import.objects.filter(batch__in=asked) if asked else []
    return {(each.batch, file["name"]): file["table"] for each in brought for file in each.files if file.get("table")}


def _named(source: str) -> str:
    """The table a source is called like, where there is one."""
    return family(source).replace(" ", "_")


def _day(newest: dict[tuple[str, str], date], batch: Batch, source: str, table: str | None) -> date | None:
    """The newest day of one source: of an import of several it is told only where the source's table is known, or is its name."""
    if len(batch.sources) > 1:
        return newest.get((batch.id, table or _named(source)))
    return max((day for (id, _table), day in newest.items() if id == batch.id), default=None)


def _refused(opened: Workspace, batches: list[Batch]) -> dict[tuple[str, str], int]:
    """Records that were refused, by import and source."""
    if not any(batch.quarantined for batch in batches):
        return {}
    refused = opened.lake.rejected()
    whole = refused.filter(~refused.remedy.fill_null("").endswith(SPARED))
    rows = whole.select("batch", "source", "row").distinct()
    found: pd.DataFrame = opened.run(rows.group_by("batch", "source").agg(n=lambda t: t.count()))
    return {(batch, source): int(n) for batch, source, n in found[["batch", "source", "n"]].itertuples(index=False)}


def _newest(opened: Workspace, now: datetime) -> dict[tuple[str, str], date]:
    """Import and table -> the newest day told; not known of lakes that lie elsewhere, whose files would all have to be fetched."""
    if "://" in opened.settings.lake:
        return {}
    state = tuple(sorted((name, version) for name, version in opened.lake.state().items() if name in _DATED))
    files = {name: tuple(paths) for name, paths in opened.lake.data_files().items() if name in _DATED and paths}
    return _newest_of(state, tuple(sorted(files.items())), now.date(), opened.settings.time_zone)


@lru_cache(maxsize=8)
def _newest_of(
    _state: Any, files: tuple[tuple[str, tuple[str, ...]], ...], today: date, zone: str
) -> dict[tuple[str, str], date]:
    """By the clocks of the company: an order of its midnight is of that day. Moments are compared, which costs less than their days."""
    parts = [
        f"SELECT _batch, '{name}', CAST(max({_DATED[name]}) AS DATE) FROM read_parquet({list(paths)!r}, union_by_name = true)"
        f" WHERE {_DATED[name]} < TIMESTAMPTZ '{today + timedelta(days=1)}' GROUP BY _batch"
        for name, paths in files
    ]
    if not parts:
        return {}
    with duckdb.connect() as engine:
        engine.execute(f"SET TimeZone = '{zone}'")
        rows = engine.execute(" UNION ALL ".join(parts)).fetchall()
    return {(batch, name): day for batch, name, day in rows}
