"""By what can figures be broken down? A trait of each customer, by name."""

import ibis.expr.types as ir

from keepwell.errors import MetricError
from keepwell.measure.facts import Facts

COLUMNS = ("kind", "source", "country", "language", "owner", "account_id")
"""Columns of customers that can be asked for by their own name."""


def trait(facts: Facts, name: str) -> ir.Table:
    """
    One value per customer.

    Args:
        facts: The tables.
        name: A column of customers (country, source …), a named trait ("industry" or "traits.industry"),
            or a value frozen when the customer first came: "first_plan", "first_currency", "first_channel", "first_country".

    Returns:
        Columns customer_id and by (text, null where not known).

    Raises:
        MetricError: The name could not be a trait.
    """
    if name in _AT_ENTRY:
        return _at_entry(facts, name)
    if not name.replace("traits.", "", 1).strip():
        raise MetricError(
            f"{name!r} is not a trait.",
            f"Known: {', '.join((*COLUMNS, *_AT_ENTRY))}, or any named trait.",
            "Choose one.",
        )
    customers = facts.read("customers")
    if name in COLUMNS:
        return customers.select("customer_id", by=customers[name])
    return customers.select("customer_id", by=customers.traits.get(name.removeprefix("traits.")))


def named(name: str) -> bool:
    """Whether every company has this trait, known or not; other names are of its own making."""
    return name in COLUMNS or name in _AT_ENTRY


def nobody_has(name: str) -> MetricError:
    """What to say when no customer has a trait of that name."""
    return MetricError(
        f"No customer has a trait {name!r}.",
        f"Everywhere there are {', '.join((*COLUMNS, *_AT_ENTRY))}; beside them what the imported customers brought.",
        "Check its spelling; `keepwell segment 'traits.NAME is not null'` shows who has one.",
    )


_AT_ENTRY = {
    "first_plan": ("stretches", "plan", "start_day"),
    "first_currency": ("sales", "currency", "day"),
    "first_channel": ("sales", "channel", "day"),
    "first_country": ("sales", "country", "day"),
}


def _at_entry(facts: Facts, name: str) -> ir.Table:
    """The value on the customer's first day; the smallest, where that day has several."""
    table_name, column, day = _AT_ENTRY[name]
    table: ir.Table = getattr(facts, table_name)
    table = table.filter(table.customer_id.notnull()).select("customer_id", by=column, day=day)
    first = table.group_by("customer_id").agg(day=table.day.min())
    return table.semi_join(first, ["customer_id", "day"]).group_by("customer_id").agg(by=table.by.min())
