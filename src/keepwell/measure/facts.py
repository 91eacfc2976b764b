"""What may a metric look at? The canonical tables as known on one morning, one company's rules applied."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from functools import cached_property, wraps
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from keepwell.config import Company
from keepwell.schema import TABLES
from keepwell.schema.clock import date_number, day_number, local_day

SALES = ("paid", "partly_refunded", "refunded")
"""Order states in which the customer bought; refunded ones count as bought and given back."""


@dataclass(frozen=True)
class Facts:
    """
    The canonical tables as known before the morning of *as_of*.

    Merged customers are one, excluded ones are gone, and only customers of *only* are told where it is given.

    Args:
        tables: Canonical table name -> Ibis table; missing ones count as empty.
        company: Settings.
        as_of: Everything before this day is known; nothing from it on is looked at.
        only: Table with a customer_id column: a segment; None is everybody.
        since: A day before which nothing happened: the fewer years, the shorter every expression; None is 1990.
    """

    tables: Mapping[str, ir.Table]
    company: Company
    as_of: date
    only: ir.Table | None = None
    since: date | None = None
    computed: dict[str, ir.Table] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was computed of these very facts already, see shared(); facts made from these begin without."""

    _earlier: dict[date, "Facts"] = field(default_factory=dict, init=False, repr=False, compare=False)

    def on(self, morning: date) -> "Facts":
        """The tables as known on another morning; asked again, the same ones, with what was computed of them."""
        if morning == self.as_of:
            return self
        return self._earlier.setdefault(morning, replace(self, as_of=morning))

    @property
    def today(self) -> int:
        """as_of as a day number."""
        return day_number(self.as_of)

    @property
    def morning(self) -> datetime:
        """The first moment of as_of where the company is, in UTC: what is known lies before it."""
        return datetime.combine(self.as_of, time(), ZoneInfo(self.company.time_zone)).astimezone(UTC)

    @property
    def _look(self) -> ir.TimestampScalar:
        # Compared as a moment, not as a day: engines then skip whole blocks and compute no day in vain.
        return ibis.timestamp(f"{self.morning:%Y-%m-%d %H:%M:%S}", timezone="UTC")

    def read(self, name: str) -> ir.Table:
        """
        One canonical table, merges, exclusions and segment applied to its customer_id.

        Rows without a customer (guests) stay, unless a segment is asked for.
        """
        table = self.tables.get(name)
        if table is None:
            return _empty(name)
        if "customer_id" not in table.columns:
            return table
        if "merges" in self.tables:
            table = self._under_one_name(name, table)
        if self.company.excluded_customers:
            table = self._without_excluded(table)
        if self.only is not None:
            table = table.semi_join(self.only, "customer_id")
        return table

    @cached_property
    def aliases(self) -> ir.Table:
        """
        Merged customers under the id that stays; chains of up to eight merges are followed.

        Returns:
            Columns customer_id (given up) and known_as.
        """
        steps = self.tables["merges"].select(given_up="from_customer_id", known_as="into_customer_id")
        for _ in range(3):  # each round doubles the length that is followed
            further = steps.select(via="given_up", then="known_as")
            joined = steps.left_join(further, [("known_as", "via")])
            steps = joined.mutate(known_as=ibis.coalesce(joined.then, joined.known_as)).select("given_up", "known_as")
        return steps.select(customer_id="given_up", known_as="known_as")

    def _without_excluded(self, table: ir.Table) -> ir.Table:
        """The table without excluded customers, by whichever of their ids they are named."""
        named = self.company.excluded_customers
        table = table.filter(~table.customer_id.isin(named).fill_null(False))
        if "merges" not in self.tables:
            return table
        also = self.aliases.filter(self.aliases.customer_id.isin(named)).select(customer_id="known_as")
        return table.anti_join(also, "customer_id")

    def _under_one_name(self, name: str, table: ir.Table) -> ir.Table:
        """The table with merged customers as one; of several rows of customers the id that stays tells its own."""
        joined = table.left_join(self.aliases, "customer_id")
        named = joined.mutate(
            given_up=joined.customer_id, customer_id=ibis.coalesce(joined.known_as, joined.customer_id)
        )
        if name == "customers":
            order = [named.known_as.notnull(), named.given_up]
            named = named.mutate(place=ibis.row_number().over(group_by="customer_id", order_by=order))
            named = named.filter(named.place == 0)
        return named.select(*table.columns)

    def day(self, instant: ir.TimestampValue) -> ir.IntegerValue:
        """The company's day of an instant, as a day number."""
        return local_day(instant, self.company.time_zone, since=self.since, until=self.as_of)

    @cached_property
    def sales(self) -> ir.Table:
        """
        Orders that were bought before as_of: canonical columns plus day.

        Fully refunded orders are among them; so are guests (customer_id null).
        """
        orders = self.read("orders")
        bought = orders.filter(orders.status.isin(SALES))
        if not self.company.count_zero_orders:
            bought = bought.filter(bought.gross > 0)
        bought = bought.filter(bought.ordered_at < self._look)
        return bought.mutate(day=self.day(bought.ordered_at))

    @cached_property
    def purchases(self) -> ir.Table:
        """Sales by known customers that were not wholly given back: what keeps a customer."""
        return self.sales.filter(self.sales.customer_id.notnull() & (self.sales.net > 0) | self._nothing_paid())

    def _nothing_paid(self) -> ir.BooleanValue:
        """Orders of nothing, where the company counts them."""
        counted = ibis.literal(self.company.count_zero_orders)
        return counted & (self.sales.gross == 0) & self.sales.customer_id.notnull()

    @cached_property
    def uses(self) -> ir.Table:
        """Events of kind usage before as_of by known customers: canonical columns plus day."""
        events = self.read("events")
        used = events.filter((events.kind == "usage") & events.customer_id.notnull())
        used = used.filter(used.happened_at < self._look)
        return used.mutate(day=self.day(used.happened_at))

    @cached_property
    def stretches(self) -> ir.Table:
        """
        Subscription stretches as known before as_of: canonical columns plus start_day and end_day.

        One that starts later is left out; an end that lies at or after as_of is not yet an end (end_day null).
        A stretch that ends on its first day never ran and is left out.
        """
        table = self.read("subscriptions")
        table = table.mutate(start_day=date_number(table.starts_on), known_end=date_number(table.ends_on))
        table = table.filter(
            (table.start_day < self.today) & (table.known_end.isnull() | (table.known_end > table.start_day))
        )
        end = ibis.ifelse(table.known_end < self.today, table.known_end, ibis.null("int32"))
        return table.mutate(end_day=end).drop("known_end")


def shared(work: Callable[..., ir.Table]) -> Callable[..., ir.Table]:
    """A table of the facts that many expressions begin with: whoever has it computed puts it into facts.computed for all of them."""

    @wraps(work)
    def told(facts: Facts, **asked: Any) -> ir.Table:
        found = facts.computed.get(known_as(work, **asked))
        return work(facts, **asked) if found is None else found

    return told


def known_as(work: Callable[..., ir.Table], **asked: Any) -> str:
    """Under which name the table of a shared function is among facts.computed; an argument of None is one not given."""
    given = sorted((name, value) for name, value in asked.items() if value is not None)
    return f"{work.__module__}.{work.__name__} {given}"


def _empty(name: str) -> ir.Table:
    schema = TABLES[name].schema
    return ibis.memtable(schema.to_pyarrow().empty_table(), schema=schema)
