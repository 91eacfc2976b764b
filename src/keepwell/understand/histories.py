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
        paid (days after the first that brought something) and spent (what they brought, in whole ten-thousandths, days wholly
        given back bringing nothing; null where no purchase was told in that currency).
    """
    days = purchase_days(facts, currency or facts.company.currency)
    days = days.mutate(gain=ibis.ifelse(days.parts < 0, 0, days.parts))
    bought = days.group_by("customer_id").agg(
        days=_.count(),
        first=_.day.min(),
        last=_.day.max(),
        paid=_.count(where=_.gain > 0),
        gain=_.gain.sum(),
        at_first=_.gain.argmin(_.day),
    )
    at_first = bought.at_first.fill_null(0)
    return bought.select(
        "customer_id",
        repeats=(bought.days - 1).cast("int64"),
        recency_days=(bought["last"] - bought["first"]).cast("int64"),
        age_days=(facts.today - 1 - bought["first"]).cast("int64"),
        paid=(bought.paid - (at_first > 0).cast("int64")).cast("int32"),
        spent=(bought.gain - at_first).cast("int64"),
    )


def purchase_days(facts: Facts, currency: str) -> ir.Table:
    """
    What each customer brought on each day with a purchase, less refunds.

    Returns:
        Columns customer_id, day, parts (whole ten-thousandths of the currency; null where nothing was told in it).
    """
    told = own_money(facts.purchases, "net", facts)
    parts = _in_parts(told.money, facts, currency).sum(where=told.currency == currency)
    return told.group_by("customer_id", "day").agg(parts=parts.cast("int64"))


def _in_parts(money: ir.DecimalValue, facts: Facts, currency: str) -> ir.IntegerValue:
    """Money in whole ten-thousandths; what was converted is rounded to the currency's minor unit first."""
    if facts.company.rates:
        money = minor(money, digits(ibis.literal(currency)))
    # Up to nine hundred thousand million the detour over floats is exact, and many times as quick as decimals.
    return (money.cast("float64") * PARTS).round().cast("int64")
