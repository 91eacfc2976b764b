"""The language: one file per canonical table, each with its columns, types, units, key and laws."""

from keepwell.schema.answers import ANSWERS
from keepwell.schema.assignments import ASSIGNMENTS
from keepwell.schema.contacts import CONTACTS
from keepwell.schema.costs import COSTS
from keepwell.schema.customers import CUSTOMERS
from keepwell.schema.deals import DEALS
from keepwell.schema.events import EVENTS
from keepwell.schema.merges import MERGES
from keepwell.schema.orders import ORDER_LINES, ORDERS, REFUNDS
from keepwell.schema.subscriptions import SUBSCRIPTIONS
from keepwell.schema.table import CanonicalTable, Column, Law, strays, violations
from keepwell.schema.touches import TOUCHES

TABLES: dict[str, CanonicalTable] = {
    table.name: table
    for table in (
        CUSTOMERS, CONTACTS, ORDERS, ORDER_LINES, REFUNDS, SUBSCRIPTIONS, EVENTS, TOUCHES, ANSWERS, COSTS, DEALS, MERGES, ASSIGNMENTS,
    )
}  # fmt: skip
"""Every canonical table by name, in the order they can be loaded (a table comes after those it refers to)."""

__all__ = ["TABLES", "CanonicalTable", "Column", "Law", "strays", "violations"]
