"""What is said of files and their columns, in the browser."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell import currencies
from keepwell.connectors import NAMES
from keepwell.connectors.mapping import Mapping
from keepwell.connectors.mapping.guess import NEEDS
from keepwell.connectors.mapping.states import (
    DIRECTIONS,
    INTERVALS,
    OUTCOMES,
    PURPOSES,
    STATES,
    SUBSCRIPTION_STATES,
    TICKET_STATES,
)
from keepwell.connectors.mapping.states import canonical as meaning
from keepwell.connectors.mapping.words import FIELDS
from keepwell.errors import ConfigError
from keepwell.web.base.forms import ZONES
from keepwell.web.imports import wording

TRAIT = "trait"
"""What a column means that is kept by its name."""

WORDED = {
    "status": STATES, "state": SUBSCRIPTION_STATES, "interval": INTERVALS, "purpose": PURPOSES, "outcome": OUTCOMES, "direction": DIRECTIONS,
    "ticket_status": TICKET_STATES,
    "kind": {"person": "person", "account": "account"},
}  # fmt: skip
"""Field -> its canonical words."""


class Form(forms.Form):
    """How a text file is written, and which door knows it, where looking was not enough."""

    encoding = forms.CharField(
        label=_("Encoding"), max_length=30, required=False, help_text=_("utf-8, cp1250, shift_jis …")
    )
    delimiter = forms.ChoiceField(
        label=_("What parts the columns"),
        required=False,
        choices=[
            ("", _("found by looking")),
            (",", ", "),
            (";", ";"),
            ("tab", _("tab")),
            ("|", "|"),
            ("blanks", _("blanks")),
        ],
    )
    columns = forms.CharField(
        label=_("Names of the columns"),
        max_length=5000,
        required=False,
        help_text=_("Of a file without headings, joined by commas."),
    )
    connector = forms.ChoiceField(
        label=_("It is an export of"),
        required=False,
        choices=[("", _("found by looking")), *((name, name) for name in NAMES)],
    )


class Database(forms.Form):
    """Where data are fetched from."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("What you call it, such as Shop."))
    address = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "postgresql://name:password@host:5432/database. It is kept for this machine only and not shown again."
        ),
    )
    query = forms.CharField(label=_("Table, or one SELECT"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))


def tables() -> list[str]:
    """What a row of a file can be."""
    return list(NEEDS)


def called(table: str) -> list[tuple[str, str]]:
    """What a column of such a table can mean, each with what people call it."""
    return [(name, wording.field(table, name)) for name in fields(table)]


def means(said: QueryDict, file: dict[str, Any]) -> dict[str, str]:
    """Column -> field, as far as a form says it."""
    chosen = ((each["column"], said.get(f"means-{at}", "")) for at, each in enumerate(file["columns"]))
    return {column: field for column, field in chosen if field}


def unasked(said: QueryDict, file: dict[str, Any]) -> bool:
    """Whether a column has words nobody was asked about and nobody knows."""
    asked = words(said.get("table", ""), file, means(said, file))
    return any(
        not known and f"word-{each['field']}-{at}" not in said
        for each in asked
        for at, (_word, known) in enumerate(each["words"])
    )


def fields(table: str) -> list[str]:
    """What a column of such a table can mean."""
    known = FIELDS["orders" if table == "order_lines" else table]
    return [*known, TRAIT] if table in ("customers", "events", "tickets") else list(known)


def words(table: str, file: dict[str, Any], means: dict[str, str]) -> list[dict[str, Any]]:
    """
    Words of state that want a meaning.

    Args:
        table: What a row is.
        file: What was understood of the file.
        means: Column -> field.
    """
    found = []
    for column in file["columns"]:
        field = means.get(column["column"], "")
        if field in WORDED and (field != "kind" or table == "customers"):
            known = WORDED[field]
            said = ((file["mapping"] or {}).get("words") or {}).get(field, {})
            each = [(word, said.get(word) or meaning(word, known) or "") for word in column["values"]]
            found.append(
                {
                    "field": field,
                    "column": column["column"],
                    "words": each,
                    "choices": [(name, wording.word(name)) for name in known],
                }
            )
    return found


def mapping(said: QueryDict, file: dict[str, Any]) -> Mapping:
    """
    A column mapping as the form says it.

    Args:
        said: table, means-<number of the column>, word-<field>-<number>, and how days and cents are spelt.
        file: What was understood of the file.

    Raises:
        ConfigError: Two columns mean the same, a table lacks what it needs, or a choice is none.
    """
    table = said.get("table", "")
    if table not in NEEDS:
        raise ConfigError(
            gettext("A row cannot be “%(table)s”.") % {"table": table},
            gettext("It is one of %(tables)s.") % {"tables": ", ".join(str(wording.TABLES[each]) for each in NEEDS)},
            gettext("Choose what a row is."),
        )
    columns, traits = _columns(said, file, table)
    either = gettext(" or ")
    lacking = [
        either.join(wording.field(table, name) for name in group)
        for group in NEEDS[table]
        if not any(field in columns for field in group)
    ]
    if lacking:
        told = "; ".join(lacking)
        raise ConfigError(
            gettext("%(name)s lacks %(what)s.") % {"name": file["name"], "what": told},
            gettext("A table of “%(table)s” needs it.") % {"table": wording.TABLES[table]},
            gettext("Say which column means it."),
        )
    told_words: dict[str, dict[str, str]] = {}
    for each in words(table, file, {column: field for field, column in columns.items()}):
        told_words[each["field"]] = {
            word: chosen
            for at, (word, known) in enumerate(each["words"])
            if (chosen := said.get(f"word-{each['field']}-{at}", known))
        }
    before = file["mapping"] if (file["mapping"] or {}).get("table") == table else {}
    constants = dict(before.get("constants") or {})
    if "currency" not in columns and said.get("currency") in currencies.CODES:
        constants["currency"] = said["currency"]
    constants = {field: value for field, value in constants.items() if field not in columns}
    whole = {
        "table": table, "columns": columns, "constants": constants, "traits": traits, "words": told_words,
        "rows": "lines" if table == "order_lines" or said.get("rows") == "lines" else "records",
        **{name: said[name] for name in ("date_order", "decimals", "negatives", "ends") if said.get(name)},
        "zone": said["zone"] if said.get("zone") in dict(ZONES) else None,
    }  # fmt: skip
    try:
        return Mapping.model_validate(whole)
    except ValueError:
        raise ConfigError(
            gettext("The choices do not fit together."), "", gettext("Load the page again, and choose anew.")
        ) from None


def _columns(said: QueryDict, file: dict[str, Any], table: str) -> tuple[dict[str, str], list[str]]:
    columns: dict[str, str] = {}
    traits = []
    for at, each in enumerate(file["columns"]):
        field = said.get(f"means-{at}", "")
        if field == TRAIT:
            traits.append(each["column"])
        elif field in fields(table):
            if field in columns:
                raise ConfigError(
                    gettext("“%(one)s” and “%(other)s” are both said to be %(what)s.")
                    % {"one": columns[field], "other": each["column"], "what": wording.field(table, field)},
                    gettext("One column means it."),
                    gettext("Choose another meaning for one of them."),
                )
            columns[field] = each["column"]
    return columns, traits


def spelling(table: str) -> dict[str, Any]:
    """What is asked beside the columns."""
    return {
        "date_orders": [("year_first", _("2026-07-01, year first")), ("day_first", _("01/07/2026, day first")), ("month_first", _("07/01/2026, month first"))],
        "decimals": [("point", _("1,234.50, a point")), ("comma", _("1.234,50, a comma"))],
        "zones": ZONES,
        "currencies": sorted(currencies.CODES) if "currency" in fields(table) else [],
        "lines": table == "orders",
        "ends": table == "subscriptions",
        "negatives": table == "orders",
    }  # fmt: skip
