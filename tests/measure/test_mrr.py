"""Does the bridge of MRR say what a person with the contracts and a pencil says?"""

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.config import Company, Rate
from keepwell.errors import MetricError
from keepwell.measure.bridge import AMOUNTS
from keepwell.measure.periods import Period, Periods, calendar
from keepwell.testing import ask, corner_shop, people, world

FIVE = [
    ("A", "2025-01-01", "2025-02-10", 100), ("A", "2025-02-10", None, 200), ("B", "2025-01-01", "2025-02-20", 100),
    ("C", "2024-06-01", "2024-09-01", 50), ("C", "2025-02-05", None, 50), ("D", "2025-02-03", None, 30),
    ("G", "2025-01-01", "2025-02-15", 80), ("G", "2025-02-15", None, 60),
]  # fmt: skip
"""A 100 to 200, B 100 to 0, C back with 50, D new with 30, G 80 to 60: the worked example of the movements."""


def bridge(frame: pd.DataFrame, row: int = 0) -> dict[str, Decimal]:
    """The bridge of one cell."""
    return {name: frame[name].iloc[row] for name in ("start", *AMOUNTS, "fx", "end")}


def identity(frame: pd.DataFrame) -> pd.Series:
    """Start + new + reactivation + expansion - contraction - churn + fx - end of every cell."""
    return frame["start"] + frame["new"] + frame["reactivation"] + frame["expansion"] - frame["contraction"] - frame["churn"] + frame["fx"] - frame["end"]  # fmt: skip


@pytest.mark.capability("S1-04")
def test_movements_of_five_customers():
    """280 + 30 new + 50 reactivation + 100 expansion - 20 contraction - 100 churn = 340."""
    answer = ask(world(as_of="2025-03-01", subscriptions=FIVE), "mrr_movements", start="2025-02-01")
    expected = {
        "start": 280,
        "new": 30,
        "reactivation": 50,
        "expansion": 100,
        "contraction": 20,
        "churn": 100,
        "fx": 0,
        "end": 340,
    }
    assert bridge(answer.frame) == expected
    assert answer.frame["value"].tolist() == [60.0]
    assert people(answer, "churn", period="2025-02") == ["B"]
    assert people(answer, "reactivation", period="2025-02") == ["C"]


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("mrr", 340.0), ("arpa", 85.0), ("grr", 160 / 280), ("nrr", 260 / 280), ("nrr_with_winback", 310 / 280),
        ("gross_revenue_churn", 1 - 160 / 280), ("net_revenue_churn", 1 - 260 / 280), ("quick_ratio", 1.5),
    ],
)  # fmt: skip
def test_rates_of_five_customers(metric, expected):
    """GRR 160/280, NRR 260/280, with win-backs 310/280, quick ratio 180/120; four pay 340."""
    answer = ask(world(as_of="2025-03-01", subscriptions=FIVE), metric, start="2025-02-01")
    assert answer.frame["value"].tolist() == [expected]


def test_a_change_of_plan_is_one_movement():
    """50 in one subscription becomes 80 in another on the same day: expansion of 30, no churn, no new."""
    swap = [
        {"customer_id": "A", "subscription_id": "1", "starts_on": "2025-01-01", "ends_on": "2025-02-10", "mrr": 50},
        {"customer_id": "A", "subscription_id": "2", "starts_on": "2025-02-10", "mrr": 80},
    ]
    frame = ask(world(as_of="2025-03-01", subscriptions=swap), "mrr_movements", start="2025-02-01").frame
    assert bridge(frame) == {
        "start": 50,
        "new": 0,
        "reactivation": 0,
        "expansion": 30,
        "contraction": 0,
        "churn": 0,
        "fx": 0,
        "end": 80,
    }


def test_two_subscriptions_of_a_customer_are_rounded_once():
    """43.333 + 43.333 = 86.67 to the cent, not 86.66: one rounding per customer."""
    two = [
        {"customer_id": "A", "subscription_id": str(n), "starts_on": "2025-01-01", "mrr": "43.333"} for n in range(2)
    ]
    frame = ask(world(as_of="2025-03-01", subscriptions=two), "mrr", start="2025-02-01").frame
    assert frame["end"].tolist() == [Decimal("86.67")]


def test_yen_have_no_cents():
    """1250.5 yen are told as 1251."""
    yen = [{"customer_id": "A", "starts_on": "2025-01-01", "mrr": "1250.5", "currency": "JPY"}]
    frame = ask(world(as_of="2025-03-01", subscriptions=yen), "mrr", start="2025-02-01").frame
    assert frame["value"].tolist() == [1251.0]


def test_the_first_day_belongs_to_its_own_period():
    """Who starts on 1 March is new in March; whose first day without service is 1 March was lost in March."""
    table = [("A", "2025-03-01", None), ("B", "2025-01-01", "2025-03-01")]
    frame = ask(world(as_of="2025-04-01", subscriptions=table), "mrr_movements", start="2025-02-01").frame
    assert frame["end"].tolist() == [10, 10]
    assert (frame["new"].tolist(), frame["churn"].tolist()) == ([0, 10], [0, 10])


def test_new_and_gone_in_one_month_nets_to_nothing():
    """Boundary states only: fifty in and fifty out between two boundaries is no movement."""
    table = [("A", "2025-02-03", "2025-02-20", 50), ("B", "2025-01-01", None, 10)]
    frame = ask(world(as_of="2025-03-01", subscriptions=table), "mrr_movements", start="2025-02-01").frame
    assert bridge(frame) == {
        "start": 10,
        "new": 0,
        "reactivation": 0,
        "expansion": 0,
        "contraction": 0,
        "churn": 0,
        "fx": 0,
        "end": 10,
    }


def test_trials_and_free_plans_bring_nothing_and_free_after_paid_is_churn():
    """A trial is no MRR; paid, then free is churn; free, then paid is new."""
    table = [
        ("Trial", "2025-01-01", None, 40, "trial"), ("Down", "2025-01-01", "2025-02-10", 30), ("Down", "2025-02-10", None, 0, "free"),
        ("Up", "2025-01-01", "2025-02-10", 0, "free"), ("Up", "2025-02-10", None, 20),
    ]  # fmt: skip
    answer = ask(world(as_of="2025-03-01", subscriptions=table), "mrr_movements", start="2025-02-01")
    assert bridge(answer.frame) == {
        "start": 30,
        "new": 20,
        "reactivation": 0,
        "expansion": 0,
        "contraction": 0,
        "churn": 30,
        "fx": 0,
        "end": 20,
    }


def test_a_pause_is_a_contraction_and_after_ninety_days_a_loss():
    """Paused from 10 February: contraction (paused) of 50; 90 days run out on 11 May: a pause run out; no second movement."""
    table = [("A", "2025-01-01", "2025-02-10", 50), ("A", "2025-02-10", None, 50, "paused")]
    answer = ask(world(as_of="2025-07-01", subscriptions=table), "mrr_movements", start="2025-02-01")
    assert answer.frame["contraction"].tolist() == [50, 0, 0, 0, 0]
    assert answer.frame["paused"].tolist() == [50, 0, 0, 0, 0]
    assert answer.frame["churn"].tolist() == [0, 0, 0, 0, 0]
    assert answer.frame["pauses_run_out"].tolist() == [0, 0, 0, 1, 0]
    assert people(answer, "pauses_run_out", period="2025-05") == ["A"]


def test_a_pause_that_ends_is_a_reactivation_told_as_resumed():
    """Paused in February, paying again in April: 50 back, all of it resumed."""
    table = [
        ("A", "2025-01-01", "2025-02-10", 50),
        ("A", "2025-02-10", "2025-04-10", 50, "paused"),
        ("A", "2025-04-10", None, 50),
    ]
    frame = ask(world(as_of="2025-05-01", subscriptions=table), "mrr_movements", start="2025-04-01").frame
    assert (frame["reactivation"].tolist(), frame["resumed"].tolist()) == ([50], [50])


def test_past_due_counts_for_the_days_of_grace():
    """Past due from 15 February: still there at the close of February, churned on 17 March, after 30 days."""
    table = [("A", "2025-01-01", "2025-02-15", 50), ("A", "2025-02-15", None, 50, "past_due")]
    frame = ask(world(as_of="2025-04-01", subscriptions=table), "mrr_movements", start="2025-02-01").frame
    assert (frame["end"].tolist(), frame["churn"].tolist()) == ([50, 0], [0, 50])


def test_paid_before_never_expires():
    """Paid in 2015 and again in 2025: a reactivation."""
    table = [("A", "2015-01-01", "2015-02-01", 50), ("A", "2025-02-03", None, 50)]
    frame = ask(world(as_of="2025-03-01", subscriptions=table), "mrr_movements", start="2025-02-01").frame
    assert (frame["new"].tolist(), frame["reactivation"].tolist()) == ([0], [50])


def test_currencies_without_rates_are_told_apart():
    """Ten euros and ten dollars are two cells, never twenty of anything."""
    table = [("A", "2025-01-01", None), {"customer_id": "B", "starts_on": "2025-01-01", "currency": "USD"}]
    frame = ask(world(as_of="2025-03-01", subscriptions=table), "mrr", start="2025-02-01").frame
    assert list(zip(frame["currency"], frame["value"], strict=True)) == [("EUR", 10.0), ("USD", 10.0)]


RATES = (
    Rate(currency="USD", value="0.90"),
    Rate.model_validate({"currency": "USD", "from": "2025-03-01", "value": "0.80"}),
)


def test_a_moving_rate_is_a_line_of_its_own():
    """100 dollars at 0.90, then 0.80: 90 at the start, fx -10, 80 at the end, and nothing expands or contracts."""
    company = Company(name="A company", rates=RATES)
    table = [{"customer_id": "B", "starts_on": "2025-01-01", "currency": "USD", "mrr": 100}]
    frame = ask(
        world(as_of="2025-04-01", company=company, subscriptions=table), "mrr_movements", start="2025-02-01"
    ).frame
    expected = {
        "start": 90,
        "new": 0,
        "reactivation": 0,
        "expansion": 0,
        "contraction": 0,
        "churn": 0,
        "fx": -10,
        "end": 80,
    }
    assert bridge(frame) == expected
    assert frame["currency"].tolist() == ["EUR", "EUR"]
    assert frame["start"].tolist() == [90, 80]


def test_large_sums_are_converted():
    """A hundred thousand million dollars at 0.90 are 90,000 million euros; a yen's 1,234,567.00 at 0.0061 are 7,530.86."""
    rates = (*RATES, Rate(currency="JPY", value=Decimal("0.0061")))
    table = [
        {"customer_id": "B", "starts_on": "2025-01-01", "currency": "USD", "mrr": Decimal(99_999_999_999)},
        {"customer_id": "J", "starts_on": "2025-01-01", "currency": "JPY", "mrr": Decimal(1_234_567)},
    ]
    company = Company(name="A company", rates=rates)
    frame = ask(world(as_of="2025-03-01", company=company, subscriptions=table), "mrr", start="2025-02-01").frame
    assert frame["before"].tolist() == [Decimal("89999999999.10") + Decimal("7530.86")]


def test_a_currency_without_a_rate_stays_apart_and_is_named():
    """Dollars become euros, crowns stay crowns, and the answer says so."""
    company = Company(name="A company", rates=RATES)
    table = [{"customer_id": name, "starts_on": "2025-01-01", "currency": name} for name in ("EUR", "USD", "SEK")]
    answer = ask(world(as_of="2025-03-01", company=company, subscriptions=table), "mrr", start="2025-02-01")
    assert list(zip(answer.frame["currency"], answer.frame["value"], strict=True)) == [("EUR", 18.0), ("SEK", 10.0)]
    assert "SEK has no rate" in answer.explain()


@pytest.mark.capability("S3-24")
def test_revenue_kept_by_owner():
    """Kim keeps 100 of 100 and grows it, GRR 100 %; Lee keeps 20 of 80, GRR 25 %; never above 100 %."""
    customers = [{"customer_id": "A", "owner": "Kim"}, {"customer_id": "B", "owner": "Lee"}]
    table = [
        ("A", "2025-01-01", "2025-02-05", 100),
        ("A", "2025-02-05", None, 300),
        ("B", "2025-01-01", "2025-02-05", 80),
        ("B", "2025-02-05", None, 20),
    ]
    facts = world(as_of="2025-03-01", customers=customers, subscriptions=table)
    frame = ask(facts, "grr", start="2025-02-01", by="owner").frame
    assert dict(zip(frame["by"], frame["value"], strict=True)) == {"Kim": 1.0, "Lee": 0.25}


def test_a_years_gross_retention_compares_the_same_customers_a_year_apart():
    """A falls 100 to 50 and recovers to 100 within the year: 100 % over the year, though one month says 50 %."""
    table = [
        ("A", "2024-01-01", "2024-05-10", 100),
        ("A", "2024-05-10", "2024-08-10", 50),
        ("A", "2024-08-10", None, 100),
    ]
    facts = world(as_of="2025-03-01", subscriptions=table)
    trailing = Periods([Period("a year", date(2024, 3, 1), date(2025, 3, 1))], unit="12 months")
    assert ask(facts, "grr", trailing, start="2024-03-01").frame["value"].tolist() == [1.0]
    assert ask(facts, "grr", start="2024-05-01", end="2024-06-01").frame["value"].tolist() == [0.5]


def test_nothing_lost_has_no_quick_ratio():
    """With nothing lost the ratio is not defined, rather than 0 or endless."""
    frame = ask(
        world(as_of="2025-03-01", subscriptions=[("A", "2025-01-01", None)]), "quick_ratio", start="2025-02-01"
    ).frame
    assert frame["value"].isna().tolist() == [True]


def test_what_is_cancelled_is_leaving_but_not_gone():
    """A leaves on 10 April (said so), B changes plan then, C said so only tomorrow: 50 will go in April; MRR still has all."""
    table = [
        {"customer_id": "A", "starts_on": "2025-01-01", "ends_on": "2025-04-10", "mrr": 50, "cancel_requested_at": "2025-02-20 09:00"},
        ("B", "2025-01-01", "2025-04-10", 30), ("B", "2025-04-10", None, 60),
        {"customer_id": "C", "starts_on": "2025-01-01", "ends_on": "2025-05-10", "mrr": 70, "cancel_requested_at": "2025-03-01 09:00"},
    ]  # fmt: skip
    facts = world(as_of="2025-03-01", subscriptions=table)
    answer = ask(facts, "committed_mrr_churn", start="2025-02-01")
    assert answer.frame[["month", "currency", "value"]].values.tolist() == [["2025-04", "EUR", 50.0]]
    assert people(answer, "customers", month="2025-04") == ["A"]
    assert ask(facts, "mrr", start="2025-02-01").frame["value"].tolist() == [150.0]


def test_the_bread_club():
    """At the close of June: Aino 10, Bela 10, Chloe 20, Eino 10, Goro 10."""
    frame = ask(corner_shop(), "mrr", start="2025-01-01").frame
    assert frame["value"].iloc[-1] == 60.0


LEDGERS = st.lists(
    st.tuples(
        st.sampled_from("ABCD"), st.sampled_from(["EUR", "USD", "JPY", "KWD"]), st.integers(0, 300), st.one_of(st.none(), st.integers(0, 200)),
        st.decimals(0, 5000, places=4), st.sampled_from(["paid", "paid", "paid", "past_due", "paused", "free", "trial"]),
    ),
    max_size=12,
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(LEDGERS, st.booleans())
@pytest.mark.capability("S1-04")
def test_the_bridge_adds_up_on_any_ledger(ledger, with_rates):
    """Start + movements + fx = end to the cent; each period starts where the last ended; GRR <= NRR and <= 1."""
    first = date(2024, 3, 1)
    rows = [
        {
            "customer_id": who, "subscription_id": str(n), "currency": currency, "mrr": mrr, "state": state,
            "starts_on": first + pd.Timedelta(days=start), "ends_on": None if length is None else first + pd.Timedelta(days=start + length),
        }
        for n, (who, currency, start, length, mrr, state) in enumerate(ledger)
    ]  # fmt: skip
    rates = (
        *RATES,
        Rate.model_validate({"currency": "USD", "from": "2024-06-11", "value": "1.2345678"}),
        Rate(currency="JPY", value="0.0061"),
    )
    company = Company(name="Any", rates=rates if with_rates else ())
    facts = world(as_of="2025-03-01", company=company, subscriptions=rows)
    frame = ask(facts, "nrr", calendar("month", first, date(2025, 3, 1), company), start=first).frame
    assert identity(frame).map(lambda left: left == 0).all()
    for _, cells in frame.groupby("currency"):
        assert cells["end"].tolist()[:-1] == cells["start"].tolist()[1:]
    assert (frame["held"] <= frame["held_or_grown"]).all()
    assert (frame["held"] <= frame["before"]).all()


def test_a_trailing_year_needs_periods_that_end_with_a_month():
    """Weeks end where they like: the error says what to ask."""
    facts = world(as_of="2025-03-01", subscriptions=[("A", "2024-01-01")])
    with pytest.raises(MetricError, match="periods that end with a month"):
        ask(facts, "grr", "week", start="2025-02-01", over_months=12)
