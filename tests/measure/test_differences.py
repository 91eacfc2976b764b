"""Do the sentences name the very counts that part two definitions?"""

import pytest

from keepwell.measure.differences import by_hand, counts, differences, parting
from keepwell.testing import ask, corner_shop


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
    """100 at the start, 5 lost, 46 new, 4 came and went: 5 % here, 9 of 150 = 6 % over everyone."""
    assert parting(row(100, lost=5, new=46, flash=4))[2:] == [
        "Of 50 acquired, 4 were gone again by the end and are not in N; taking all of them off would give 91.0 %.",
        "Churn is 5.0 % of those there at the start; counting also the 4 who came and went, over everyone who was there at any time, gives 6.0 %.",
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


def test_frames_without_a_bridge_say_nothing():
    """A cohort triangle, and a breakdown, are not explained this way."""
    assert differences(ask(corner_shop(), "cohort_retention", start="2025-01-01").frame) == []
    assert differences(ask(corner_shop(), "kept_share", start="2025-01-01", by="country").frame) == []


def test_the_counts_read_as_a_sum():
    """Every term of the bridge is in the sentence."""
    assert counts(row(1_000, lost=30, new=20, back=5, flash=2)) == (
        "1,000 at the start + 20 new + 5 returned - 30 lost = 995 at the end; 2 came and went."
    )
