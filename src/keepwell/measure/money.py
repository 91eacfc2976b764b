"""What is money worth beside other money? Minor units, and fixed rates into the company's own currency."""

from datetime import date, timedelta
from decimal import Decimal

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.config import Company
from keepwell.measure.facts import Facts
from keepwell.measure.periods import Period, Periods
from keepwell.schema.table import MONEY

ZERO = ibis.literal(Decimal(0), type=MONEY)
"""Nothing, as money."""

_RATE = "decimal(18, 10)"
_WIDE = "decimal(38, 14)"
_ROOMY = "decimal(24, 10)"
"""Money about to be multiplied: of two factors of 18 digits DuckDB makes a product of 18, with four before the point; Spark's stays exact."""
_COMMON = ("EUR", "USD", "GBP")
"""Asked about first, so that most rows need no further question."""
_DIGITS = {
    0: ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"),
    3: ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"),
}


def digits(currency: ir.StringValue) -> ir.IntegerValue:
    """How many digits a currency's minor unit has (ISO 4217): most two, the yen none, the dinar three."""
    others = [(currency.isin(names), count) for count, names in _DIGITS.items()]
    return ibis.cases((currency.isin(_COMMON), 2), *others, else_=2).cast("int32")


def minor(amount: ir.DecimalValue, digits: ir.IntegerValue) -> ir.DecimalValue:
    """Money rounded once to that many digits, halves away from zero. What was never converted has four digits and is rounded as such."""
    if amount.type().scale == 4:
        amount = amount.cast(MONEY)
    others = [(digits == count, amount.round(count).cast(MONEY)) for count in _DIGITS]
    return ibis.cases((digits == 2, amount.round(2).cast(MONEY)), *others, else_=ibis.null(MONEY))


def exchange(facts: Facts, periods: Periods) -> ir.Table:
    """
    What each currency with a rate is worth in the company's own at both ends of every period.

    A rate holds from its day on. A currency counts as having one only where it is known at every boundary asked about;
    others are left apart, so that no period is converted and the next one not.

    Returns:
        Columns currency, period, into (the company's currency), rate_start, rate_end; no rows where no rates are given.
    """
    rows: list[tuple[str, int, str, Decimal | None, Decimal | None]] = []
    for currency in _convertible(facts.company, periods):
        for place, period in enumerate(periods):
            first, last = (_rate(facts.company, currency, day) for day in (period.start, period.end))
            rows.append((currency, place, facts.company.currency, first, last))
    schema = {"currency": "string", "period": "int32", "into": "string", "rate_start": _RATE, "rate_end": _RATE}
    return ibis.memtable({name: [row[i] for row in rows] for i, name in enumerate(schema)}, schema=schema)


def _convertible(company: Company, periods: Periods) -> list[str]:
    days = [day for period in periods for day in (period.start, period.end)]
    named = {rate.currency for rate in company.rates} | ({company.currency} if company.rates else set())
    return sorted(name for name in named if all(_rate(company, name, day) is not None for day in days))


def _rate(company: Company, currency: str, day: date) -> Decimal | None:
    """The youngest rate from that day or before, to ten digits; the company's own currency is worth 1."""
    if currency == company.currency:
        return Decimal(1)
    known = [rate for rate in company.rates if rate.currency == currency and rate.from_day <= day]
    return round(max(known, key=lambda rate: rate.from_day).value, 10) if known else None


def converted(table: ir.Table, facts: Facts, periods: Periods) -> ir.Table:
    """
    The table with the columns rate_start and rate_end, its currency replaced by the one it is told in, digits by that one's.

    Args:
        table: With columns currency, digits and period.
        facts: For the company's rates.
        periods: The periods its places belong to.
    """
    one = ibis.literal(Decimal(1), type=_RATE)
    if not facts.company.rates:
        return table.mutate(rate_start=one, rate_end=one)
    told = exchange(facts, periods).mutate(told_digits=digits(_["into"]))
    joined = table.left_join(told, ["currency", "period"])
    return joined.mutate(
        currency=ibis.coalesce(joined["into"], joined.currency),
        digits=ibis.coalesce(joined.told_digits, joined.digits),
        rate_start=ibis.coalesce(joined.rate_start, one),
        rate_end=ibis.coalesce(joined.rate_end, one),
    ).select(*table.columns, "rate_start", "rate_end")


def worth(amount: ir.DecimalValue, rate: ir.DecimalValue, facts: Facts) -> ir.DecimalValue:
    """Money times a rate, exact: four digits by ten. Without rates in the settings the money itself."""
    return (amount.cast(_ROOMY) * rate).cast(_WIDE) if facts.company.rates else amount


def months(period: Period) -> int | None:
    """How many whole calendar months a period has; None where it does not begin and end with one."""
    if period.start.day != 1 or period.end.day != 1:
        return None
    last = period.end - timedelta(days=1)
    return (last.year - period.start.year) * 12 + last.month - period.start.month + 1


def earlier(first: date, count: int) -> date:
    """The first of a month, *count* months before another first of a month."""
    number = first.year * 12 + first.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)
