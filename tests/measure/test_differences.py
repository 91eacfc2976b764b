"""Do the sentences name the very counts that part two definitions?"""

from datetime import date, timedelta

import pytest

from keepwell.measure.differences import by_hand, counts, differences, parting
from keepwell.testing import ask, corner_shop, world


def row(start: int, lost: int = 0, new: int = 0, back: int = 0, flash: int = 0) -> dict[str, int]:
    """The counts of one period."""
    return {"at_start": start, "new": new, "returned": back, "lost": lost, "came_and_went": flash,
            "at_end": start + new + back - lost, "kept": start - lost, "acquired": new + flash}  # fmt: skip


def test_who_came_back_parts_net_from_identity():
    """1,020 at the start, 117 lost, 4 back, 96 new: 88.9 % against 88.5 %."""
    assert parting(row(1020, lost=117, back=4, new=96)) == [
        "crr_net counts 4 customers who came back as kept: 88.9 % against 88.5 % by kept_share.",
        "simple_ratio sets 100 won against 117 lost: 98.3 %, which hides that 88.5 % were kept.",
    ]


def test_where_nobody_came_back_they_agree():
    """Lost 21 and won 20: both say 79 %, the simple ratio 99 %."""
    assert parting(row(100, lost=21, new=20)) == [
        "Nobody came back, so crr_net and kept_share agree: 79.0 %.",
        "simple_ratio sets 20 won against 21 lost: 99.0 %, which hides that 79.0 % were kept.",
    ]


def test_other_denominators_of_churn():
    """100 at the start, 5 lost, 46 new, 4 came and went: 5 % here, 9 of 150 = 6 % over everyone, 9 of 100 = 9 % over the start."""
    assert parting(row(100, lost=5, new=46, flash=4))[2:] == [
        "Of 50 acquired, 4 were gone again by the end and not among the new; taking all 50 off would give 91.0 %.",
        "Churn is 5.0 % of those there at the start; counting also the 4 who came and went, over everyone who was there at any time, gives 6.0 %, and over the start alone 9.0 %.",
    ]


@pytest.mark.capability("S4-05")
def test_seventy_eight_and_eighty_one():
    """The printed 81 % comes from 40,000 / 49,000."""
    assert by_hand(50_000, 1_000, 40_000) == (
        "(40,000 - 1,000) / 50,000 = 78.0 %. Dividing 40,000 by 50,000 - 1,000 = 49,000 gives 81.6 %:"
        " that takes the new customers off the start, where they never were, and leaves them in the end."
    )


def test_without_new_customers_there_is_nothing_to_slip_on():
    """No new customers: the formula alone; no customers at the start: not defined."""
    assert by_hand(100, 0, 99) == "(99 - 0) / 100 = 99.0 %."
    assert by_hand(0, 5, 5) == "Without customers at the start, net retention is not defined."


def test_the_corner_shop_explains_itself():
    """May: 7 at the start, Bela and Liu back, Fanni lost; four had bought in the shop before (Kaisa gave all back), Hanna and Liu buy again."""
    bridge = ask(corner_shop(), "crr_net", start="2025-05-01", end="2025-06-01")
    repeat = ask(corner_shop(), "repeat_rate", start="2025-05-01", end="2025-06-01")
    said = differences(bridge.frame, repeat.frame)
    assert said[0] == "2025-05: 7 at the start + 0 new + 2 returned - 1 lost = 8 at the end; 0 came and went."
    assert said[1] == "crr_net counts 2 customers who came back as kept: 114.3 % against 85.7 % by kept_share."
    assert said[-1] == (
        "repeat_rate asks who bought in the period, of all who had ever bought before it: 2 of 4 (50.0 %);"
        " kept_share asks who is still a customer at its end: 6 of 7 (85.7 %)."
    )
    assert all(sentence in bridge.explain() for sentence in said[:-1])


def test_what_has_no_rival_and_breakdowns_say_nothing():
    """Sales have one definition here; a breakdown is not explained this way."""
    assert differences(ask(corner_shop(), "sales_summary", start="2025-01-01").frame) == []
    assert differences(ask(corner_shop(), "kept_share", start="2025-01-01", by="country").frame) == []


def test_the_counts_read_as_a_sum():
    """Every term of the bridge is in the sentence."""
    assert counts(row(1_000, lost=30, new=20, back=5, flash=2)) == (
        "1,000 at the start + 20 new + 5 returned - 30 lost = 995 at the end; 2 came and went."
    )


CLUB = [
    ("A", "2024-06-01", "2025-02-10", 100), ("A", "2025-02-10", None, 200), ("B", "2024-06-01", "2025-02-10", 100),
    ("C", "2024-06-01", "2024-12-01", 50), ("C", "2025-02-10", None, 50), ("D", "2025-02-05", None, 30),
    ("G", "2024-06-01", "2025-02-15", 80), ("G", "2025-02-15", None, 60),
]  # fmt: skip
"""280 at the start: A +100, B -100, C back with 50, D new with 30, G -20; 340 at the end."""


def test_rates_of_kept_revenue_say_what_parts_them():
    """Gross 160 and net 260 of 280; the minimum of the totals is 280; with C's 50 it is 310, with D's 30 too 340; (180 or 130) / 120."""
    answer = ask(world(as_of="2025-03-01", subscriptions=CLUB), "nrr", start="2025-02-01")
    said = [
        "2025-02 (EUR): of 280 the same customers still pay 160 without growth (57.1 %, gross) and 260 with it (92.9 %, net).",
        "The minimum is taken per customer; of the two totals it would say 100.0 %.",
        "Who came back brings 50: with them net is 110.7 %.",
        "End over start, the 30 of new customers included, is 121.4 %.",
        "The quick ratio is 1.50; without who came back it would be 1.08.",
    ]
    assert differences(answer.frame) == said
    assert all(sentence in answer.explain() for sentence in said)


def test_kept_revenue_that_nothing_parts():
    """10 at the start and at the end, of the same customer: one sentence."""
    answer = ask(world(as_of="2025-03-01", subscriptions=[("A", "2025-01-01")]), "grr", start="2025-02-01")
    assert differences(answer.frame) == [
        "2025-02 (EUR): of 10 the same customers still pay 10 without growth (100.0 %, gross) and 10 with it (100.0 %, net)."
    ]


def test_days_and_boundaries_are_parted():
    """50 in and out inside February is in the days only; in a month without such the two agree."""
    flash = [("A", "2025-01-01", None, 10), ("B", "2025-02-05", "2025-02-20", 50), ("C", "2025-03-05", None, 7)]
    facts = world(as_of="2025-04-01", subscriptions=flash)
    february = ask(facts, "mrr_ledger", start="2025-02-01", end="2025-03-01")
    assert differences(february.frame) == [
        (
            "2025-02 (EUR): day by day 50 came and 50 went; between the two boundaries 0 and 0:"
            " what came and went inside the period is in the first only."
        )
    ]
    march = ask(facts, "mrr_ledger", start="2025-03-01")
    assert differences(march.frame) == [
        "2025-03 (EUR): day by day 7 came and 0 went; between the two boundaries as much."
    ]


def test_averages_of_cohorts():
    """10 in January of whom 5 are active in February, 5 in February of whom 4 in March: 9 / 15 = 60 %, mean 65 %, size twice (50 + 20) / 125 = 56 %."""
    orders = [(f"j{n}", "2025-01-10") for n in range(10)] + [(f"j{n}", "2025-02-10") for n in range(5)]
    orders += [(f"f{n}", "2025-02-10") for n in range(5)] + [(f"f{n}", "2025-03-10") for n in range(4)]
    answer = ask(world(as_of="2025-04-01", orders=orders), "cohort_retention", start="2025-01-01")
    assert differences(answer.frame) == [
        (
            "At age 1: 9 of 15 customers of 2 cohorts is 60.0 % (retention_curve); the mean of the cohorts' rates is 65.0 %,"
            " and with each cohort's size counted twice it would be 56.0 %."
        )
    ]


def test_unripe_customers_are_told_from_ripe_ones():
    """Three are ripe for 30 days, two of them came back; the fourth came back already but is not ripe: 2 / 3, not 3 / 4."""
    days = {"a": [0, 20, 50], "b": [10], "c": [95, 99], "d": [40, 45]}
    orders = [(who, str(date(2025, 1, 1) + timedelta(day))) for who, told in days.items() for day in told]
    facts = world(as_of="2025-04-11", orders=orders)
    answer = ask(facts, "repeat_within", "year", start="2025-01-01", days=30)
    assert differences(answer.frame) == [
        (
            "Of 4 customers, 3 are long enough here to tell: 2 of them (66.7 %)."
            " With those who may still come back in the denominator it would be 3 of 4 (75.0 %)."
        )
    ]


def test_the_mean_of_gaps_is_no_median():
    """Gaps of 4, 5, 20 and 30 days: median 12.5, mean 59 / 4 = 14.75."""
    days = {"a": [0, 20, 50], "c": [45, 49], "d": [40, 45]}
    orders = [(who, str(date(2025, 1, 1) + timedelta(day))) for who, told in days.items() for day in told]
    answer = ask(
        world(as_of="2025-04-11", orders=orders), "order_gaps", "quarter", start="2025-01-01", end="2025-04-01"
    )
    assert differences(answer.frame) == ["2025-Q1: half of 4 gaps are 12.5 days or shorter; their mean is 14.8."]
