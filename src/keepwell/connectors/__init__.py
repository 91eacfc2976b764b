"""Doors in: one folder per source."""

import importlib
from functools import cache

from keepwell.connectors.contract import Connector, Match, Raw
from keepwell.errors import SourceError

NAMES = (
    "desk",
    "shopify",
    "stripe",
    "square",
    "magento",
    "woocommerce",
    "hubspot",
    "chargebee",
    "csv",
    "parquet",
    "sql",
)
"""Every door, those that know their own exports first."""


@cache
def connector(name: str) -> Connector:
    """
    One door, loaded when it is asked for.

    Raises:
        SourceError: There is no such door.
    """
    if name not in NAMES:
        raise SourceError(f"There is no connector {name!r}.", f"Connectors: {', '.join(NAMES)}.", "Choose one of them.")
    found: Connector = importlib.import_module(f"keepwell.connectors.{name}").CONNECTOR
    return found


def recognise(raw: Raw) -> Match | None:
    """The surest door for a source; the first of equals in the order of NAMES; None where no door knows it."""
    matches = [match for name in NAMES if (match := connector(name).recognise(raw))]
    return max(matches, key=lambda match: match.sure, default=None)


__all__ = ["NAMES", "connector", "recognise"]
