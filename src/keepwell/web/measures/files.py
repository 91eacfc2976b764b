"""What a page's figures are as a file: text that no table program takes for a formula."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pandas as pd
from django.http import HttpResponse

from keepwell.charts.words import cell

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv(frame: pd.DataFrame, name: str) -> HttpResponse:
    """
    A frame as a CSV file.

    Args:
        frame: What stands in it.
        name: Of the file.
    """
    told = frame.assign(**{str(column): [_safe(value) for value in frame[column]] for column in _words(frame)})
    response = HttpResponse(told.to_csv(index=False, lineterminator="\n"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _words(frame: pd.DataFrame) -> Iterable[Any]:
    return [column for column in frame.columns if not pd.api.types.is_numeric_dtype(frame[column])]


def _safe(value: Any) -> Any:
    if isinstance(value, Decimal):
        return cell(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
