"""Do spend, renewals, stays and growth count the same on every engine, to the last digit?"""

import shutil
from collections.abc import Callable
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd
import pytest

from keepwell.lake import Lake
from keepwell.measure.facts import Facts
from keepwell.measure.periods import Periods, calendar
from keepwell.understand.billing import monthly_price, renewals
from keepwell.understand.expansion import growth, standing
from keepwell.understand.spend import GammaGamma
from keepwell.understand.survival import durations


def half_in_dollars(facts: Facts) -> Facts:
    """The same orders, those of even months in dollars: some customers begin in one currency and go on in the other."""
    orders = facts.tables["orders"]
    dollars = ibis.ifelse(orders.ordered_at.month() % 2 == 0, "USD", "EUR")
    return Facts({**facts.tables, "orders": orders.mutate(currency=dollars)}, facts.company, facts.as_of)


COUNTED: dict[str, Callable[[Facts, Periods], ir.Table]] = {
    "spend": lambda facts, periods: GammaGamma().needs(facts).cells,
    "spend of each": lambda facts, periods: GammaGamma().needs(facts).customers.order_by("customer_id"),
    "dollars of each": lambda facts, periods: (
        GammaGamma(currency="USD").needs(half_in_dollars(facts)).customers.order_by("customer_id")
    ),
    "renewals": lambda facts, periods: renewals(facts, "month").order_by("customer_id"),
    "prices": lambda facts, periods: monthly_price(facts).order_by("customer_id", "currency"),
    "stays": lambda facts, periods: durations(facts, periods, by="country"),
    "growth": growth,
    "standing": lambda facts, periods: standing(facts, "month"),
}


@pytest.mark.slow
@pytest.mark.spark
@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java: apt-get install openjdk-17-jre-headless")
@pytest.mark.parametrize("name", COUNTED)
def test_counts_are_the_same_on_spark(name: str, world: Facts, duck: Lake, spark: Lake) -> None:
    """What DuckDB and Spark counted is equal, whatever width of whole numbers an engine chose, and is not nothing."""
    periods = calendar("month", date(2025, 1, 1), world.as_of, world.company)
    mine, theirs = (
        lake.run(COUNTED[name](Facts(lake.tables(), world.company, world.as_of), periods)) for lake in (duck, spark)
    )
    assert len(mine) > 0
    assert plain(mine) == plain(theirs)


def plain(frame: pd.DataFrame) -> list[dict]:
    """Rows as plain values."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")
