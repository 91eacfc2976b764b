"""What has to be counted of a company's tables before anything is asked of them? Once for a state of the data, for all processes."""

import zoneinfo
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

import ibis.expr.types as ir

from keepwell.config import Company
from keepwell.lake import Lake
from keepwell.lake.remembered import remembered
from keepwell.measure.facts import Facts
from keepwell.measure.span import earliest, first_and_last
from keepwell.measure.windows import suggested_window
from keepwell.schema.clock import day_of

_FORM = 1
"""Raised when what is remembered of the data is counted otherwise."""


class Counted:
    """
    Counts of one company's tables as they are now, remembered beside the lake.

    Args:
        lake: Where the tables rest.
        settings: The company's, as they are written down.
    """

    def __init__(self, lake: Lake, settings: Company) -> None:
        self._lake, self._settings = lake, settings
        self._zone = zoneinfo.ZoneInfo(settings.time_zone)

    def _kept(self, name: str, make: Callable[[], Any], *of: str) -> Any:
        known = [self._lake.state(), self._settings.model_dump(mode="json"), _FORM, *of]
        return remembered(self._lake.work, name, known, make)

    def rows(self) -> dict[str, int]:
        """Canonical table -> rows stored."""
        told: dict[str, int] = self._kept("rows", self._lake.rows)
        return told

    def span(self, tables: Mapping[str, ir.Table]) -> tuple[date, date]:
        """The first and the last day on which anything is known to have happened; today where nothing is."""
        today = datetime.now(self._zone).date()
        told = self._kept("span", partial(self._first_and_last, Facts(tables, self._settings, today)))
        first, last = map(date.fromisoformat, told or (str(today), str(today)))
        return first, min(last, today)

    def _first_and_last(self, facts: Facts) -> list[str]:
        found = self._lake.run(first_and_last(facts)).dropna()
        days = [
            day_of(at) if kind == "day" else datetime.fromtimestamp(at, self._zone).date()
            for kind, first, last in found[["kind", "first", "last"]].itertuples(index=False)
            for at in (int(first), int(last))
        ]
        return [str(min(days)), str(max(days))] if days else []

    def since(self, tables: Mapping[str, ir.Table], span: tuple[date, date]) -> date:
        """A day before which nothing at all was told, neither activity nor who was known."""
        facts = Facts(tables, self._settings, span[1])
        return date.fromisoformat(self._kept("since", partial(self._earliest, facts, span[0]), str(span)))

    def _earliest(self, facts: Facts, first: date) -> str:
        told = self._lake.run(earliest(facts))["at"].dropna()
        return str(min([first, *(datetime.fromtimestamp(int(at), self._zone).date() for at in told)]))

    def window(self, facts: Facts) -> int:
        """The activity window customers' own rhythm suggests, in days."""
        return int(self._kept("window", partial(suggested_window, facts, self._lake.run), str(facts.as_of)))
