"""Who stands behind a number? The first customers of each group, and how many there are."""

from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir

from keepwell.measure.question import Question

SHOWN = 20
"""How many customers behind a number stand in the report itself."""


def excerpt(question: Question, cell: Mapping[str, Any]) -> ir.Table:
    """
    The first customers of every group of a cell, by id, as one expression; by currency where the metric tells money.

    Args:
        question: A question counted per customer.
        cell: Cell column -> its value, labels for periods; columns left out are not narrowed.

    Returns:
        Columns customer_id, currency (where there is money) and, per group, three: its name (1: is in it), its name with
        _place (the how manieth of it) and with _size (how many it has).
    """
    cases = question.cases
    rows = cases.rows.filter(cases.rows.customer_id.notnull())
    labels = [period.label for period in question.periods]
    for column, value in cell.items():
        rows = rows.filter(rows[column] == (labels.index(value) if column == "period" else value))
    keys = [column for column in cases.cell if column == "currency"]
    flags = {group: ibis.ifelse(where, 1, 0).max() for group, where in cases.groups.items()}
    people = rows.group_by("customer_id", *keys).agg(**flags)
    so_far = ibis.cumulative_window(group_by=keys, order_by="customer_id")
    places = {f"{group}_place": people[group].sum().over(so_far) for group in flags}
    sizes = {f"{group}_size": people[group].sum().over(ibis.window(group_by=keys)) for group in flags}
    told = people.mutate(**places, **sizes)
    return told.filter(ibis.or_(*((told[group] == 1) & (told[f"{group}_place"] <= SHOWN) for group in flags)))


def names(question: Question, ids: list[str]) -> ir.Table:
    """What customers are called: columns customer_id, name; only those of the ids."""
    asked = ibis.memtable({"customer_id": ids}, schema={"customer_id": "string"})
    return question.facts.read("customers").semi_join(asked, "customer_id").select("customer_id", "name")
