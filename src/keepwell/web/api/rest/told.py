"""How is it said to a program? Lists with a cursor, and values JSON can hold; what is not known is null."""

import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import pandas as pd
from django.db.models import TextChoices
from ninja import Header, Query, Schema
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)


class Body(Schema):
    """What a request says; a field nobody reads is refused, for whoever sent it meant something by it."""

    model_config = ConfigDict(extra="forbid")


Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
"""A text without a nought in it, which databases do not keep."""

Cursor = Annotated[
    str | None, Query(description="What next said of the page before; the first page has none.", max_length=2000)
]
Limit = Annotated[int, Query(ge=1, le=500, description="How many at most.")]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="Names this write, such as a UUID: sent again under its key it is done once and answered the same.",
    ),
]


def listed(choices: type[TextChoices]) -> WithJsonSchema:
    """
    How the description shows one of some words: as they are. A name of their own would be one for all kinds, states and outcomes.

    Args:
        choices: The words.
    """
    return WithJsonSchema({"type": "string", "enum": list(choices.values)})


def plain(value: Any) -> Any:
    """A value as JSON holds it; not-a-number and nothing are null."""
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset) or type(value).__name__ == "ndarray":
        return [plain(each) for each in value]
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        value = float(value)
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, str | int | bool) else str(value)


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a frame, each a plain object."""
    return [plain(row) for row in frame.to_dict("records")]


def page(found: Iterable[Any], limit: int) -> tuple[list[Any], bool]:
    """The first *limit* of what was found with one more than that asked for, and whether there is more."""
    listed = list(found)
    return listed[:limit], len(listed) > limit


def _text(said: Any) -> Any:
    if said is None or isinstance(said, str | date):
        return said
    raise ValueError("is wanted as a text, such as 2026-06-30")


def _near(at: datetime) -> datetime:
    if not _FIRST.year <= at.year <= _LAST.year:
        raise ValueError(f"lies between the years {_FIRST.year} and {_LAST.year}")
    return at


_FIRST, _LAST = date(1990, 1, 1), date(2199, 12, 31)
Day = Annotated[date, BeforeValidator(_text), Field(ge=_FIRST, le=_LAST)]
"""A day, as 2026-06-30."""
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""A time of a clock, as 09:30."""
Moment = Annotated[AwareDatetime, BeforeValidator(_text), AfterValidator(_near)]
"""A moment with its offset, as 2026-06-30T08:00:00Z."""
Said = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]
"""A sentence or two."""
