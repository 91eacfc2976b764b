"""When and for how much has each customer bought? One row each, with all that models of buying and of spending look at."""

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.measure.buyers import own_money
from keepwell.measure.facts import Facts, shared
from keepwell.measure.money import digits, minor

PARTS = 10_000
"""Money in cells is whole: ten-thousandths of the currency's unit, as finely as orders are kept."""


@shared
def histories(facts: Facts, *, currency: str | None = None) -> ir.Table:
    """
    One row per customer who bought before as_of.

    Args:
        facts: The tables.
        currency: ISO 4217; None is the company's own. Money in others is converted where the settings have rates, and otherwise left out.

    Returns:
        customer_id, repeats (later days with a purchase), recency_days (first to last), age_days (first to the day before as_of),
        here (whether anything was told in that currency), paid (days after the first that brought something) and
        spent (what they brought, in whole ten-thousandths; days wholly given back bring nothing).
    """
    days = purchase_days(facts, currency or facts.company.currency)
    days = days.mutate(gain=ibis.greatest(days.parts, 0))
    bought = days.group_by("customer_id").agg(
        days=_.count(),
        first=_.day.min(),
        last=_.day.max(),
        here=_.here.max(),
        paid=(_.gain > 0).cast("int64").sum(),
        gain=_.gain.sum(),
        at_first=_.gain.argmin(_.day),
    )
    return bought.select(
        "customer_id",
        "here",
        repeats=(_.days - 1).cast("int64"),
        recency_days=(_.last - _.first).cast("int64"),
        age_days=(facts.today - 1 - _.first).cast("int64"),
        paid=(_.paid - (_.at_first > 0).cast("int64")).cast("int32"),
        spent=(_.gain - _.at_first).cast("int64"),
    )


def purchase_days(facts: Facts, currency: str) -> ir.Table:
    """
    What each customer brought on each day with a purchase, less refunds.

    Returns:
        Columns customer_id, day, parts (whole ten-thousandths of the currency), here (whether any of it was told in that currency).
    """
    told = own_money(facts.purchases, "net", facts)
    here = told.currency == currency
    parts = ibis.ifelse(here, _in_parts(told.money, facts, currency), 0)
    return told.group_by("customer_id", "day").agg(parts=parts.sum().cast("int64"), here=here.max())


def _in_parts(money: ir.DecimalValue, facts: Facts, currency: str) -> ir.IntegerValue:
    """Money in whole ten-thousandths; what was converted is rounded to the currency's minor unit first."""
    if facts.company.rates:
        money = minor(money, digits(ibis.literal(currency)))
    # Up to nine hundred thousand million the detour over floats is exact, and many times as quick as decimals.
    return (money.cast("float64") * PARTS).round().cast("int64")
