"""Does the bridge hold to the cent on ten thousand random ledgers, and end where a pencil would?"""

from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from keepwell.config import Company, Rate
from keepwell.measure.bridge import AMOUNTS
from keepwell.measure.facts import Facts
from keepwell.measure.periods import Periods, calendar
from keepwell.schema import TABLES
from keepwell.testing import ask

LEDGERS = 13_500
"""So many that ten thousand of them have MRR at some boundary."""
FIRST, LAST = date(2024, 1, 1), date(2024, 7, 1)
RATES = (
    Rate(currency="USD", value="0.90"),
    Rate.model_validate({"currency": "USD", "from": "2024-03-15", "value": "0.8765432101"}),
    Rate(currency="JPY", value="0.0061"),
)
CENTS = {"EUR": "0.01", "USD": "0.01", "JPY": "1"}


@pytest.fixture(scope="module")
def contracts() -> pd.DataFrame:
    """Three stretches a ledger on average, of one to three customers, in three currencies and every state."""
    chance = np.random.default_rng(20250101)
    count = LEDGERS * 3
    ledger = chance.integers(0, LEDGERS, count)
    starts = chance.integers(-200, 180, count)
    lengths = chance.integers(0, 260, count)
    open_ = chance.random(count) < 0.3
    return pd.DataFrame(
        {
            "subscription_id": [f"s{n}" for n in range(count)],
            "customer_id": [f"l{place}-{who}" for place, who in zip(ledger, chance.integers(0, 3, count), strict=True)],
            "ledger": [f"l{place}" for place in ledger],
            "starts_on": [FIRST + timedelta(int(day)) for day in starts],
            "ends_on": [
                None if o else FIRST + timedelta(int(day + long))
                for o, day, long in zip(open_, starts, lengths, strict=True)
            ],
            "state": chance.choice(["paid", "paid", "paid", "trial", "free"], count),
            "mrr": [Decimal(int(n)).scaleb(-4) for n in chance.integers(0, 9_000_000, count)],
            "currency": chance.choice(list(CENTS), count),
        }
    )


def world_of(contracts: pd.DataFrame, company: Company) -> Facts:
    """The contracts as canonical tables; a ledger is an account."""
    subscriptions = {name: contracts[name].tolist() for name in contracts.columns if name != "ledger"}
    people = contracts[["customer_id", "ledger"]].drop_duplicates("customer_id")
    customers = {"customer_id": people["customer_id"].tolist(), "account_id": people["ledger"].tolist()}
    tables = {"subscriptions": subscriptions, "customers": customers}
    return Facts({name: _table(name, columns) for name, columns in tables.items()}, company, LAST)


def _table(name: str, columns: dict[str, list[object]]) -> ibis.Table:
    schema = TABLES[name].schema
    rows = len(columns["customer_id"])
    arrays = {column: columns.get(column, [None] * rows) for column in schema}
    return ibis.memtable(pa.table(arrays, schema=schema.to_pyarrow()), schema=schema)


def pencil(contracts: pd.DataFrame, company: Company, months: Periods) -> dict[tuple[str, str, str], Decimal]:
    """MRR of every ledger at the close of every month, summed and rounded per customer by hand."""
    rates = {("EUR", day): Decimal(1) for day in (p.end for p in months)}
    for rate in sorted(company.rates, key=lambda rate: rate.from_day):
        rates |= {(rate.currency, p.end): rate.value for p in months if rate.from_day <= p.end}
    told: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    paying = contracts[(contracts["state"] == "paid")]
    for month in months:
        there = paying[
            [
                start < month.end and (pd.isna(end) or end >= month.end) and (pd.isna(end) or end > start)
                for start, end in zip(paying["starts_on"], paying["ends_on"], strict=True)
            ]
        ]
        sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
        for ledger, who, currency, mrr in there[["ledger", "customer_id", "currency", "mrr"]].itertuples(index=False):
            into = "EUR" if company.rates else currency
            sums[ledger, who, into] += mrr * rates[currency, month.end] if company.rates else mrr
        for (ledger, _who, currency), amount in sums.items():
            told[ledger, month.label, currency] += amount.quantize(Decimal(CENTS[currency]), ROUND_HALF_UP)
    return told


@pytest.mark.slow
@pytest.mark.capability("S1-04")
@pytest.mark.parametrize("rates", [(), RATES], ids=["apart", "converted"])
def test_ten_thousand_ledgers(contracts, rates):
    """Start + movements + fx = end in every cell; each month starts where the last ended; every end is the pencil's."""
    company = Company(name="Ledgers", rates=rates, active_by="subscription")
    months = calendar("month", FIRST, LAST, company)
    frame = ask(world_of(contracts, company), "grr", months, start=FIRST, by="account_id").frame
    assert frame["by"].nunique() >= 10_000
    steps = {name: frame[name].map(lambda amount: int(amount * 10_000)) for name in ("start", *AMOUNTS, "fx", "end")}
    moved = (
        steps["start"]
        + steps["new"]
        + steps["reactivation"]
        + steps["expansion"]
        - steps["contraction"]
        - steps["churn"]
        + steps["fx"]
    )
    assert (moved == steps["end"]).all()
    ordered = frame.assign(**steps).sort_values(["by", "currency", "period"])
    before = ordered.groupby(["by", "currency"])["end"].shift()
    assert (before.isna() | (before == ordered["start"])).all()
    assert (frame["value"].dropna() <= 1).all()
    expected = {key: amount for key, amount in pencil(contracts, company, months).items() if amount}
    found = {
        (by, period, currency): end
        for by, period, currency, end in frame[["by", "period", "currency", "end"]].itertuples(index=False)
        if end
    }
    assert found == expected
