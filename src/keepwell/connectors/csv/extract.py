"""Is this a table Keepwell can understand from its columns alone?"""

from keepwell.connectors.contract import Match, Raw
from keepwell.connectors.mapping import recognise_any

NAME = "csv"


def recognise(raw: Raw) -> Match | None:
    """Whether a text file is a table of orders, customers, subscriptions or another of the language, by its columns."""
    return recognise_any(raw, NAME) if raw.form.get("format", "text") == "text" else None
