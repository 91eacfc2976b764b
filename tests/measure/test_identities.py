"""What must hold of any company, however its days went? Identities between metrics, on random ledgers."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from keepwell.config import Company
from keepwell.measure.facts import Facts
from keepwell.measure.metric import METRICS
from keepwell.testing import ask, world

START = date(2025, 1, 1)
DAYS = 150
"""About five months, known before 31 May."""

LARGE = settings(max_examples=4, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
"""A question costs the same of five customers as of twelve, so few large companies say more than many small ones; a failing one is told as it is."""

NAMES = "ABCDEFGHIJKL"
WHO = st.sampled_from(NAMES)
BOUGHT = st.lists(st.tuples(WHO, st.integers(0, DAYS - 1), st.integers(1, 900)), min_size=5, max_size=60)
SERVED = st.lists(
    st.tuples(
        WHO,
        st.integers(0, DAYS - 1),
        st.none() | st.integers(1, 90),
        st.sampled_from([10, 20, 50]),
        st.sampled_from(["paid", "paid", "paid", "paused", "past_due"]),
    ),
    min_size=3,
    max_size=25,
)
MERGED = st.lists(
    st.sampled_from([("B", "A"), ("C", "B"), ("E", "D"), ("F", "A"), ("H", "G")]), min_size=1, max_size=5, unique=True
)


def _day(number: int) -> str:
    return str(START + timedelta(number))


def company(bought: list, served: list = (), merged: list = (), active_by: str = "any", until: int = DAYS) -> Facts:
    """Orders of whole cents and stretches of subscriptions, with merges."""
    stretches = [
        {
            "customer_id": who, "subscription_id": f"s{n}", "starts_on": _day(begins), "mrr": mrr, "state": state,
            "ends_on": None if long is None else _day(begins + long),
        }
        for n, (who, begins, long, mrr, state) in enumerate(served)
    ]  # fmt: skip
    tables = {
        "customers": [(who, "FI") for who in NAMES],
        "orders": [(who, _day(day), Decimal(cents) / 100) for who, day, cents in bought],
        "subscriptions": stretches,
        **({"merges": merged} if merged else {}),
    }
    chosen = Company(name="Any company", active_by=active_by, activity_window_days=25)
    return world(as_of=_day(until), company=chosen, **tables)


def frame(facts: Facts, metric: str, **asked: object) -> pd.DataFrame:
    """The answer by month from the start."""
    return ask(facts, metric, start=START, **asked).frame


def _sums(facts: Facts, metric: str, *names: str) -> list[object]:
    found = frame(facts, metric)
    return [found.groupby("period")[name].sum().to_dict() for name in names]


@pytest.mark.slow
@LARGE
@given(BOUGHT, SERVED, MERGED)
@pytest.mark.capability("S0-01", "S1-04")
def test_merging_customers_moves_no_money_and_keeps_the_bridge(bought, served, merged):
    """Two names of one customer: sold and monthly money stay the same in every month, there are no more customers, and the bridge adds up."""
    apart, one = company(bought, served), company(bought, served, merged)
    for metric, names in {"sales_summary": ("gross", "refunds", "net"), "mrr": ("end",)}.items():
        assert _sums(one, metric, *names) == _sums(apart, metric, *names)
    before, after = frame(apart, "customer_bridge"), frame(one, "customer_bridge")
    assert (after["at_end"] <= before["at_end"]).all()
    assert after["acquired"].sum() <= before["acquired"].sum()
    steps = after["at_start"] - after["lost"] + after["new"] + after["returned"]
    assert steps.tolist() == after["at_end"].tolist()


@pytest.mark.slow
@LARGE
@given(BOUGHT, SERVED)
@pytest.mark.capability("S0-02", "S1-03")
def test_rates_of_keeping_lie_where_they_must(bought, served):
    """Kept share is at most 1 and 1 - churn; net retention is kept share plus who came back; the simple ratio also counts the new."""
    facts = company(bought, served)
    kept, net, simple, churn = (
        frame(facts, metric) for metric in ("kept_share", "crr_net", "simple_ratio", "churn_rate")
    )
    there = (kept["at_start"] > 0) & kept["complete"]
    assert kept["value"].isna().tolist() == (~there).tolist()
    assert kept.loc[there, "value"].between(0, 1).all()
    assert ((kept["value"] + churn["value"]).dropna().round(12) == 1).all()
    back, new = (kept[name] / kept["at_start"].where(there) for name in ("returned", "new"))
    assert (net["value"] - kept["value"] - back).dropna().round(12).eq(0).all()
    assert (simple["value"] - net["value"] - new).dropna().round(12).eq(0).all()
    assert (churn["voluntary"] + churn["involuntary"] + churn["unknown"]).tolist() == churn["lost"].tolist()


@pytest.mark.slow
@LARGE
@given(BOUGHT, SERVED)
@pytest.mark.capability("S3-24")
def test_kept_revenue_is_ordered(bought, served):
    """GRR is at most 1 and at most NRR, NRR at most NRR with win-backs; 1 less each is its churn; the same for purchases."""
    facts = company(bought, served)
    grr, nrr, back, lost, net = (
        frame(facts, metric)["value"]
        for metric in ("grr", "nrr", "nrr_with_winback", "gross_revenue_churn", "net_revenue_churn")
    )
    assert grr.dropna().between(0, 1).all()
    assert (grr.dropna() <= nrr.dropna()).all()
    assert (nrr.dropna() <= back.dropna()).all()
    assert ((grr + lost).dropna().round(12) == 1).all()
    assert ((nrr + net).dropna().round(12) == 1).all()
    kept, grown = frame(facts, "revenue_grr")["value"], frame(facts, "revenue_nrr")["value"]
    assert kept.dropna().between(0, 1).all()
    assert (kept.dropna() <= grown.dropna()).all()


@pytest.mark.slow
@LARGE
@given(BOUGHT, SERVED)
def test_triangles_and_curves_fall_only_where_they_must(bought, served):
    """Everybody is active at age 0 and in one cohort; who is there on or after N was on or after N - 1; survival never rises."""
    facts = company(bought, served)
    cells = frame(facts, "cohort_retention")
    assert (cells["active"] + cells["silent"]).tolist() == cells["customers"].tolist()
    assert (cells.loc[cells["age"] == 0, "active"] == cells.loc[cells["age"] == 0, "customers"]).all()
    sizes = cells.groupby("cohort")["customers"]
    assert sizes.min().equals(sizes.max())
    on, after = (frame(facts, metric, n="0-40") for metric in ("retention_on", "retention_on_or_after"))
    assert (on["retained"] <= after["retained"]).all()
    assert (after["retained"] <= after["eligible"]).all()
    for name in ("eligible", "retained"):
        assert after[name].is_monotonic_decreasing, name
    curve = frame(facts, "survival")
    assert curve["value"].dropna().is_monotonic_decreasing
    assert (curve["low"].dropna() <= curve["value"].reindex(curve["low"].dropna().index)).all()


@pytest.mark.slow
@LARGE
@given(BOUGHT)
@pytest.mark.capability("S4-03")
def test_repeat_buying_only_grows_with_time(bought):
    """More days for a second order find no fewer; buyers so far and buyers of two so far never fall; every buyer of a window is new or existing."""
    facts = company(bought, active_by="purchase")
    soon, later = (frame(facts, "repeat_within", days=days).set_index("cohort") for days in (10, 10_000))
    assert later["eligible"].sum() == 0
    assert (soon["repeated"] <= soon["eligible"]).all()
    ever = frame(facts, "lifetime_repeat")
    assert ever["buyers"].is_monotonic_increasing
    assert ever["repeated"].is_monotonic_increasing
    window, share = frame(facts, "repeat_rate"), frame(facts, "returning_share")
    assert window["returned"].tolist() == share["returning"].tolist()
    assert (share["returning"] + share["first_time"]).tolist() == share["buyers"].tolist()


@pytest.mark.slow
@LARGE
@given(BOUGHT, SERVED, st.integers(20, DAYS - 1))
def test_nothing_is_told_before_its_time(bought, served, until):
    """A cell whose period, or age, is not over on the morning of the look has no value, in any metric that is told by time."""
    facts = company(bought, served, until=until)
    over = {f"2025-{month:02d}": date(2025, month + 1, 1) <= facts.as_of for month in range(1, 7)}
    for metric in ("kept_share", "mrr", "grr", "repeat_rate", "sales_summary", "order_gaps", "basket"):
        told = frame(facts, metric, end=date(2025, 6, 1))
        early = told.loc[[not over[period] for period in told["period"]]]
        assert early["value"].isna().all(), metric
        assert not early["complete"].any(), metric
    labels = list(over)
    for metric in ("cohort_retention", "cohort_revenue"):
        cells = frame(facts, metric, end=date(2025, 6, 1))
        ripe = [over[labels[labels.index(c) + int(a)]] for c, a in cells[["cohort", "age"]].itertuples(index=False)]
        assert cells["complete"].tolist() == ripe, metric
        assert cells.loc[[not r for r in ripe], "value"].isna().all(), metric


def _counts(facts: Facts) -> Callable[[str], object]:
    return lambda metric: ask(facts, metric, start=START).frame


@pytest.mark.slow
@LARGE
@given(BOUGHT, SERVED, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(bought, served, chance):
    """Rows shuffled: every figure is the same."""
    mixed_bought, mixed_served = list(bought), list(served)
    chance.shuffle(mixed_bought)
    chance.shuffle(mixed_served)
    told, again = _counts(company(bought, served)), _counts(company(mixed_bought, mixed_served))
    for metric in ("customer_bridge", "mrr_movements", "cohort_retention", "order_gaps", "concentration", "rfm"):
        assert metric in METRICS
        pd.testing.assert_frame_equal(told(metric), again(metric))
