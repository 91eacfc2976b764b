"""Do the rates say what their formulas say, on counts one can check by hand?"""

import math

import pytest

from keepwell.measure.facts import Facts
from keepwell.measure.periods import rolling
from keepwell.testing import ask, corner_shop, people, world


def base(*, stay: int, lost: int = 0, new: int = 0, back: int = 0, flash: int = 0) -> Facts:
    """Subscribers of March: some stay, some leave on the 10th, some are new on the 12th, some return then, some are there for a day."""
    spans = [
        *((f"stay-{n}", "2025-01-01", None) for n in range(stay)),
        *((f"lost-{n}", "2025-01-01", "2025-03-10") for n in range(lost)),
        *((f"new-{n}", "2025-03-12", None) for n in range(new)),
        *((f"back-{n}", "2025-01-01", "2025-02-01") for n in range(back)),
        *((f"back-{n}", "2025-03-12", None) for n in range(back)),
        *((f"flash-{n}", "2025-03-12", "2025-03-13") for n in range(flash)),
    ]
    return world(as_of="2025-04-01", subscriptions=spans)


def rate(facts: Facts, metric: str) -> float:
    """The metric's value for March, in percent."""
    return round(100 * ask(facts, metric, start="2025-03-01").frame["value"].iloc[0], 6)


@pytest.mark.capability("S0-02", "S2-23")
def test_ninety_two_percent():
    """50 at the start, 9 new, 55 at the end, 4 lost: net retention 92 %, churn 8 %, and kept 92 % since nobody came back."""
    march = base(stay=46, lost=4, new=9)
    assert [rate(march, id) for id in ("crr_net", "churn_rate", "kept_share", "simple_ratio")] == [92, 8, 92, 110]


@pytest.mark.capability("S0-02")
@pytest.mark.parametrize("metric", ["kept_share", "churn_rate", "crr_net", "simple_ratio", "base_needed"])
def test_nobody_at_the_start_is_not_defined(metric):
    """With only new customers there is no rate: NaN, and a reason, not 0."""
    answer = ask(base(stay=0, new=3), metric, start="2025-03-01")
    assert math.isnan(answer.frame["value"].iloc[0])
    assert "Not defined: Nobody was a customer at the start of the period." in answer.explain()


@pytest.mark.capability("S1-03", "S1-04")
def test_the_simple_ratio_hides_churn():
    """1 of 100 lost is 99 %; 21 lost and 20 won is 99 % too, while net retention says 79 %."""
    quiet, stormy = base(stay=99, lost=1), base(stay=79, lost=21, new=20)
    assert [rate(quiet, "simple_ratio"), rate(stormy, "simple_ratio"), rate(stormy, "crr_net")] == [99, 99, 79]


@pytest.mark.slow
@pytest.mark.capability("S4-05")
def test_seventy_eight_percent_where_the_text_prints_eighty_one():
    """50,000 at the start, 1,000 new, 40,000 at the end: (40,000 - 1,000) / 50,000 = 78 %."""
    assert rate(base(stay=39_000, lost=11_000, new=1_000), "crr_net") == 78


def test_returned_customers_part_net_retention_from_identity():
    """1,020 at the start, 117 lost, 4 back, 96 new: 88.9 % net against 88.5 % kept."""
    march = base(stay=903, lost=117, back=4, new=96)
    assert [round(rate(march, id), 1) for id in ("crr_net", "kept_share")] == [88.9, 88.5]


def test_the_trap_of_net_retention():
    """100 at the start, 15 lost, 5 of older times back, 20 new: 85 % are kept, (E - N) / S says 90 %."""
    march = base(stay=85, lost=15, back=5, new=20)
    assert [rate(march, "kept_share"), rate(march, "crr_net")] == [85, 90]


def test_came_and_went_is_counted_beside_the_rate():
    """100 at the start, 5 lost, 46 new who stay and 4 who come and go: churn is 5 %, acquired are 50."""
    row = ask(base(stay=95, lost=5, new=46, flash=4), "churn_rate", start="2025-03-01").frame.iloc[0]
    assert (row.value, row.came_and_went, row.new_and_gone, row.back_and_gone, row.acquired) == (0.05, 4, 4, 0, 50)


def test_left_and_back_inside_the_period_is_kept():
    """Ann stops on 5 March and starts again on the 20th: kept in March, and in no other count."""
    facts = world(as_of="2025-04-01", subscriptions=[("Ann", "2025-01-01", "2025-03-05"), ("Ann", "2025-03-20", None)])
    row = ask(facts, "kept_share", start="2025-03-01").frame.iloc[0]
    assert (row.value, row.kept, row.lost, row.returned, row.came_and_went) == (1, 1, 0, 0, 0)


def test_an_earlier_customer_who_only_drops_in_is_no_new_one():
    """Ann of January is there from 5 to 9 March: she came and went, back and gone."""
    facts = world(
        as_of="2025-04-01", subscriptions=[("Ann", "2025-01-01", "2025-02-01"), ("Ann", "2025-03-05", "2025-03-09")]
    )
    row = ask(facts, "customer_bridge", start="2025-03-01").frame.iloc[0]
    assert (row.came_and_went, row.new_and_gone, row.back_and_gone, row.acquired) == (1, 0, 1, 0)


@pytest.mark.capability("S0-01")
def test_month_quarter_and_rolling_days_of_one_shop():
    """
    The corner shop, with the counts beside each rate.

    June: 8 there, Jun lost. Second quarter: Aino, Chloe, Eino, Fanni, Goro, Hanna, Jun and Liu there; Fanni and Jun lost, Bela back.
    The 90 days before July begin on 2 April: Jun's window ended with 31 March, so seven are there, and he only drops in.
    """
    shop = corner_shop()
    asked = [("month", "2025-06-01"), ("quarter", "2025-04-01"), (rolling(90, shop.as_of, 1), "2025-04-02")]
    rows = [ask(shop, "kept_share", unit, start=start).frame.iloc[0] for unit, start in asked]
    told = [(r.at_start, r.new, r.returned, r.lost, r.at_end, r.value) for r in rows]
    assert told == [(8, 0, 0, 1, 7, 7 / 8), (8, 0, 1, 2, 7, 6 / 8), (7, 0, 1, 1, 7, 6 / 7)]


@pytest.mark.capability("S1-04")
def test_every_count_opens_to_its_customers():
    """May in the corner shop: Bela and Liu return, Fanni is lost; lists are as long as the counts."""
    answer = ask(corner_shop(), "customer_bridge", start="2025-05-01", end="2025-06-01")
    row = answer.frame.iloc[0]
    names = {
        group: people(answer, group, period="2025-05") for group in ("returned", "lost", "new", "at_start", "at_end")
    }
    assert (names["returned"], names["lost"], names["new"]) == (["Bela", "Liu"], ["Fanni"], [])
    assert {group: len(listed) for group, listed in names.items()} == {group: row[group] for group in names}


def test_churn_says_who_wanted_to_go():
    """In the corner shop Bela asked (March), Fanni's payments failed (May), of shoppers nobody knows."""
    frame = ask(corner_shop(), "churn_rate", start="2025-03-01").frame
    assert frame["voluntary"].tolist() == [1, 0, 0, 0]
    assert frame["involuntary"].tolist() == [0, 0, 1, 0]
    assert frame["unknown"].tolist() == [1, 1, 0, 1]


def test_by_a_trait_the_parts_add_up():
    """Broken down by country, the counts of each month add up to the whole."""
    whole = ask(corner_shop(), "customer_bridge", start="2025-01-01").frame
    parts = ask(corner_shop(), "customer_bridge", start="2025-01-01", by="country").frame
    assert (
        parts.groupby("period")[["new", "lost", "at_end"]].sum().to_numpy().tolist()
        == whole[["new", "lost", "at_end"]].to_numpy().tolist()
    )


def test_a_period_that_is_not_over_has_no_rate():
    """July has not begun when the look is on its first morning: its cell is not complete and carries no value."""
    frame = ask(corner_shop(), "kept_share", start="2025-06-01", end="2025-08-01").frame
    assert frame["complete"].tolist() == [True, False]
    assert frame["value"].isna().tolist() == [False, True]


def test_active_customers_of_the_corner_shop():
    """Month by month 7, 8, 8, 7, 8, 7."""
    assert ask(corner_shop(), "active_customers", start="2025-01-01").frame["value"].tolist() == [7, 8, 8, 7, 8, 7]
