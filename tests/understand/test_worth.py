"""Is a point of retention worth what pencil and paper say, from the company's own figures, and others' figures only cited?"""

import numpy as np
import pandas as pd
import pytest

from keepwell.config import Company
from keepwell.errors import ModelError
from keepwell.testing import ask, world
from keepwell.understand.worth import (
    REFERENCE,
    Money,
    explain,
    lifted,
    stays_as_seen,
    worth,
)

YEARLY = np.tile(np.repeat([1.0, 0.8, 0.64], [12, 12, 1]), (51, 1))
"""Yearly contracts, of which four fifths are renewed: certain, so every draw is the same."""


def chance() -> np.random.Generator:
    """The same chance each time."""
    return np.random.default_rng(4)


def money(**known) -> Money:
    """Ten a month, half of it margin; winning costs 27; ten new customers a month."""
    figures = {
        "currency": "EUR",
        "revenue": 10.0,
        "revenue_error": 0.0,
        "margin": 0.5,
        "keep": None,
        "win": 27.0,
        "win_error": 0.0,
    }
    return Money(**{**figures, "newcomers": 10.0, "months": 12, **known})


def test_five_points_more_of_yearly_retention():
    """From 80 to 85 %: 85 % after a year, 72.25 % after two; twenty points less are 60 and 36 %; never more than everybody."""
    assert lifted(YEARLY, 5)[0, [0, 11, 12, 23, 24]] == pytest.approx([1, 1, 0.85, 0.85, 0.7225])
    assert lifted(YEARLY, -20)[0, [12, 24]] == pytest.approx([0.6, 0.36])
    assert lifted(YEARLY, 30)[0, 24] == pytest.approx(1)


def test_points_are_yearly_however_contracts_are_billed():
    """Leaving month by month at 80 % a year: 85 % a year is 0.85^(1/12) a month; half a year at the end counts as half."""
    monthly = 0.8 ** (np.arange(31)[None, :] / 12)
    assert lifted(monthly, 5)[0] == pytest.approx(0.85 ** (np.arange(31) / 12))


def test_nobody_left_or_all_left_is_not_lifted():
    """Who all stay cannot stay more; who are all gone are not called back."""
    assert lifted(np.ones((1, 13)), 5)[0].tolist() == [1.0] * 13
    gone = np.append(np.ones(12), 0.0)[None, :]
    assert lifted(gone, 5)[0].tolist() == gone[0].tolist()


@pytest.mark.capability("S1-02")
def test_the_worth_of_five_points_by_hand():
    """
    Over two years at no discount: 5 x (12 + 12 x 0.8) = 108 before, 5 x (12 + 12 x 0.85) = 111 after.

    3 more, 2.8 %; of 120 newcomers a year 360; it may cost 60 x 0.6 / 22.2 = 1.62 per customer and year; 4 times the cost to win before.
    """
    row = worth(YEARLY, money(), chance=chance(), points=(5.0,), discount=0.0).iloc[0]
    assert (row["retention"], row["retention_after"]) == (pytest.approx(0.8), pytest.approx(0.85))
    assert [row["value"], row["after"], row["change"]] == pytest.approx([108, 111, 3])
    assert row["change_share"] == pytest.approx(3 / 108)
    assert row["together"] == pytest.approx(360)
    assert row["affordable"] == pytest.approx(60 * 0.6 / 22.2)
    assert [row["to_win"], row["to_win_after"]] == pytest.approx([4, 111 / 27])
    assert [row["change_low"], row["change_high"]] == pytest.approx([3, 3])


def test_what_the_change_costs_is_taken_off():
    """At what it may cost at most nothing is gained; at half of it half, nearly."""
    most = 60 * 0.6 / 22.2 / 12
    assert worth(YEARLY, money(), chance=chance(), points=(5.0,), discount=0.0, extra=most)["change"][
        0
    ] == pytest.approx(0, abs=1e-12)
    assert worth(YEARLY, money(), chance=chance(), points=(5.0,), discount=0.0, extra=most / 2)["change"][
        0
    ] == pytest.approx(1.5)


def test_later_money_is_worth_less():
    """At 10 % a year, a month k ahead counts 1.1^(-k / 12)."""
    later = 1.1 ** (-np.arange(24) / 12)
    wanted = 5 * float(YEARLY[0, :24] @ later)
    assert worth(YEARLY, money(), chance=chance())["value"][0] == pytest.approx(wanted)


def test_keeping_is_taken_off_and_what_is_unknown_is_not_made_up():
    """Keeping at 2 a month leaves 3 of 5: 64.80. Without a cost to win there is no ratio, and the sentence says so."""
    told = worth(YEARLY, money(keep=2.0, win=None), chance=chance(), discount=0.0)
    assert told["value"][0] == pytest.approx(3 * 21.6)
    assert told[["to_win", "to_win_low", "to_win_high"]].iloc[0].isna().all()
    said = explain(told, money(keep=2.0, win=None), years=2, discount=0.0)
    assert "Keeping one costs 2.00 a month, taken off." in said
    assert "What winning a customer costs is not known." in said
    assert "not recorded, so it is not taken off" in explain(told, money(), years=2, discount=0.0)


def test_a_loss_has_no_share():
    """Where keeping costs more than a customer brings, a longer stay loses more, and per cent of a loss mean nothing."""
    told = worth(YEARLY, money(keep=6.0), chance=chance(), discount=0.0)
    assert (told["change"] < 0).all()
    assert told["change_share"].isna().all()
    said = explain(told, money(keep=6.0), years=2, discount=0.0)
    assert "nan" not in said
    assert "That may cost" not in said


def test_doubt_about_money_is_in_the_range():
    """Revenue of 10 +- 1 and a cost to win of 27 +- 3: the value's interval is 108 +- 1.645 x 10.8 within a tenth."""
    many = np.tile(YEARLY[0], (20_001, 1))
    row = worth(many, money(revenue_error=1.0, win_error=3.0), chance=chance(), discount=0.0).iloc[0]
    assert [row["value_low"], row["value_high"]] == pytest.approx([108 - 17.76, 108 + 17.76], abs=0.5)
    assert row["to_win_low"] < row["value_low"] / 27 < 4 < row["to_win_high"]


@pytest.mark.capability("S1-02")
def test_the_quoted_range_is_a_reference_and_no_result():
    """The sentences end with where 25 to 95 % come from; the company's own 3 % stand for themselves."""
    told = worth(YEARLY, money(), chance=chance(), points=(5.0,), discount=0.0)
    said = explain(told, money(), years=2, discount=0.0)
    assert said.endswith(REFERENCE)
    assert "+5 points of yearly retention, on average from 80.0% to 85.0% a year" in said
    assert "from 108.00 to 111.00 EUR (+2.8%, +2.8% to +2.8%)" in said
    assert "That may cost up to 1.62 per customer and year (90 % interval 1.62 to 1.62)." in said
    assert "A customer brings back 4.0 times what winning one costs (4.0 to 4.0)." in said
    assert told["change_share"][0] < 0.25


def test_stays_as_they_were_seen():
    """
    A hundred stays: ten end in each of the first six months, the rest is seen for longer: 0.9, 0.8 ... 0.4.

    Later on they leave as in the months seen, 60 of the 450 that were there: 13.3 % a month.
    """
    counted = pd.DataFrame({"duration": range(7), "ended": [10] * 6 + [0], "running": [0] * 6 + [40]})
    told = stays_as_seen(counted, months=9, chance=chance(), count=200)
    assert told[0, :7] == pytest.approx([1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
    rate = 60 / (100 + 90 + 80 + 70 + 60 + 50 + 20)
    assert told[0, 7] == pytest.approx(0.4)  # the seventh month was seen: nobody left in it
    assert told[0, 8:] == pytest.approx([0.4 * (1 - rate), 0.4 * (1 - rate) ** 2])
    low, high = np.quantile(told[1:, 6], [0.05, 0.95])
    assert low < 0.4 < high


def test_a_curve_needs_months():
    """Five months of thirty stays are no curve, nobody none at all."""
    counted = pd.DataFrame({"duration": range(5), "ended": [10] * 5, "running": [0] * 4 + [40]})
    with pytest.raises(ModelError, match="Not enough data: 5 months in which 30 stays were seen"):
        stays_as_seen(counted, months=9, chance=chance())
    with pytest.raises(ModelError, match="Not enough data: 0 months"):
        stays_as_seen(counted.head(0), months=9, chance=chance())


def test_the_range_of_a_curve_holds_the_truth_as_often_as_it_says():
    """In 300 worlds of 300 stays of 25 months on average, cut off at random, the 90 % interval of S(24) holds exp(-24 / 25) in 84 to 96 %."""
    held, truth = 0, np.exp(-24 / 25)
    for seed in range(300):
        draw = np.random.default_rng(seed)
        life, cut = draw.exponential(25, 300), draw.uniform(6, 24, 300)
        frame = pd.DataFrame({"duration": np.minimum(life, cut).astype(int), "ended": (life < cut).astype(int)})
        frame = frame.assign(running=1 - frame["ended"]).groupby("duration", as_index=False).sum()
        low, high = np.quantile(stays_as_seen(frame, months=24, chance=draw, count=200)[1:, 24], [0.05, 0.95])
        held += low <= truth <= high
    assert 252 <= held <= 288


def test_money_from_the_metrics():
    """
    Ten members at 20 a month from January on, two more in March; 60 spent on winning these two, 20 a month on keeping.

    Revenue 20, margin 60 % as set, keeping 20 a month over 10 kept each: 2; winning: 60 over 2, as the other months tell nothing.
    """
    company = Company(name="Club", active_by="subscription", gross_margin="0.6")
    club = [(f"c{n}", "2024-12-01", None, 20) for n in range(10)] + [
        (f"n{n}", "2025-03-10", None, 20) for n in range(2)
    ]
    costs = [("2025-03-01", "acquire", 60)] + [(f"2025-0{month}-01", "retain", 20) for month in (1, 2, 3)]
    facts = world(as_of="2025-04-15", company=company, subscriptions=club, costs=costs)
    earned, kept = (ask(facts, name, start="2025-01-01").frame for name in ("ltv_to_cac", "cost_to_retain"))
    told = Money.of(earned, kept, "EUR")
    assert (told.revenue, told.revenue_error, told.margin, told.keep, told.win) == pytest.approx((20, 0, 0.6, 2, 30))
    assert (told.newcomers, told.months) == (pytest.approx(2 / 3), 3)
    assert told.monthly == pytest.approx(10)


def test_no_margin_no_value():
    """Without a margin or cost of goods a value would be made up; nor is there one in a currency nobody pays."""
    facts = world(as_of="2025-03-01", company=Company(name="Club"), subscriptions=[("Ann", "2024-12-01")])
    earned, kept = (ask(facts, name, start="2025-01-01").frame for name in ("ltv_to_cac", "cost_to_retain"))
    with pytest.raises(ModelError, match="The margin is not known"):
        Money.of(earned, kept, "EUR")
    with pytest.raises(ModelError, match="no whole month with revenue in USD"):
        Money.of(earned, kept, "USD")


def test_points_there_is_no_room_for_are_told():
    """Years that keep 99 % and 80 %: five points more are 100 % and 85 %, on average from 89.0 % (root of 0.792) to 92.2 % (root of 0.85), and not five."""
    stays = np.tile([1.0] * 12 + [0.99] * 12 + [0.792], (3, 1))
    told = worth(stays, money(), chance=chance(), points=(5.0,), discount=0.0)
    assert told["retention"][0] == pytest.approx(0.792**0.5)
    assert told["retention_after"][0] == pytest.approx(0.85**0.5)
    said = explain(told, money(), years=2, discount=0.0)
    assert (
        "+5 points of yearly retention (not all of them, for in some years nearly everybody stays), on average from 89.0% to 92.2% a year"
        in said
    )
