"""Are baskets, shares of the best buyers, and repeat against first-time spend what the receipts say?"""

import math

import pytest

from keepwell.measure.periods import rolling
from keepwell.testing import ask, corner_shop, people, world
from keepwell.testing.worlds import full_shop

TOPS = ["share_of_top_1", "share_of_top_5", "share_of_top_10", "share_of_top_20"]


def spent(*amounts):
    """A world in which each buyer spends one amount in January."""
    return world(as_of="2025-02-01", orders=[(f"c{n:03d}", "2025-01-05", amount) for n, amount in enumerate(amounts)])


def test_a_basket_leaves_out_what_was_wholly_given_back():
    """February: Hanna's 20 and the guest's 12 make 16 an order; Kaisa's 25 came back."""
    frame = ask(corner_shop(), "basket", start="2025-02-01", end="2025-03-01").frame
    assert frame[["orders", "net", "value"]].values.tolist() == [[2, 32, 16.0]]


def test_items_are_told_only_where_lines_are_known():
    """Liu's order of 1 March has two loaves and a bun; Hanna's order of March has no lines: three items in one order."""
    frame = ask(full_shop(), "basket", start="2025-03-01", end="2025-04-01").frame
    assert frame[["orders", "orders_with_lines", "items_per_order"]].values.tolist() == [[2, 1, 3.0]]
    frame = ask(full_shop(), "basket", start="2025-01-01", end="2025-02-01").frame
    assert frame["items_per_order"].isna().tolist() == [True]


def test_the_best_fifth_is_rounded_up_to_whole_buyers():
    """Ten buyers of 10 to 100: the best hundredth, twentieth and tenth are one (100 of 550), the best fifth two (190)."""
    answer = ask(spent(*range(10, 101, 10)), "concentration", start="2025-01-01")
    assert answer.frame[TOPS].values.tolist() == [[100 / 550, 100 / 550, 100 / 550, 190 / 550]]
    assert people(answer, "top_20", period="2025-01") == ["c008", "c009"]


def test_gini_of_small_worlds():
    """Equal buyers 0; 1 and 3: (2 x (1 + 6) - 3 x 4) / (2 x 4) = 0.25; one buyer alone is equal to itself."""
    ginis = [
        ask(spent(*amounts), "concentration", start="2025-01-01").frame["gini"].tolist()
        for amounts in ((5, 5, 5), (1, 3), (9,))
    ]
    assert ginis == [[0.0], [0.25], [0.0]]


def test_equals_at_the_cut_make_no_difference():
    """Five buyers of 7: whoever is called the best fifth has a fifth."""
    assert ask(spent(7, 7, 7, 7, 7), "concentration", start="2025-01-01").frame["value"].tolist() == [0.2]


def test_a_rank_among_all_is_no_rank_in_a_country():
    """Broken down, the shares are not defined, and the answer says what to ask instead."""
    answer = ask(spent(1, 3), "concentration", start="2025-01-01", by="country")
    assert answer.frame[["value", "gini"]].isna().values.tolist() == [[True, True]]
    assert "with a segment instead of a breakdown" in answer.explain()


@pytest.mark.capability("S0-06")
def test_repeat_buyers_spend_twice_as_much():
    """In February A and B (seen in January) spend 40 and 60, C and D (new) 20 and 30: 50 against 25, ratio 2, n 2 and 2.

    Variances of the means over their squares: 200/2/2500 and 50/2/625, together 0.08; interval 2 x exp(-+1.96 x 0.2828).
    """
    orders = [
        ("A", "2025-01-05"),
        ("B", "2025-01-06"),
        ("A", "2025-02-05", 40),
        ("B", "2025-02-06", 60),
        ("C", "2025-02-05", 20),
        ("D", "2025-02-05", 30),
    ]
    answer = ask(world(as_of="2025-03-01", orders=orders), "repeat_spend", start="2025-02-01")
    row = answer.frame.iloc[0]
    assert row[["returning", "first_time", "returning_mean", "first_time_mean", "value"]].tolist() == [
        2,
        2,
        50.0,
        25.0,
        2.0,
    ]
    assert row["low"] == pytest.approx(2 * math.exp(-1.959964 * math.sqrt(0.08)))
    assert row["high"] == pytest.approx(2 * math.exp(1.959964 * math.sqrt(0.08)))
    assert people(answer, "returning", period="2025-02") == ["A", "B"]


def test_one_kind_of_buyer_has_no_ratio():
    """With nobody returning there is nothing to compare, and the answer says so."""
    answer = ask(spent(5, 7), "repeat_spend", rolling(31, spent(5).as_of, 1), start="2025-01-01")
    assert answer.frame["value"].isna().tolist() == [True]
    assert "not both returning and first-time buyers" in answer.explain()


def test_large_spenders_are_squared_without_overflow():
    """Somebody who spends 106,443.34 fits: first-time A 106,443.34 in March, returning B 200, 200 / 106,443.34."""
    orders = [("B", "2025-01-05", 10), ("B", "2025-03-05", 200), ("A", "2025-03-06", "106443.34")]
    frame = ask(world(as_of="2025-04-01", orders=orders), "repeat_spend", start="2025-03-01").frame
    assert frame["ratio"].tolist() == pytest.approx([200 / 106443.34])
