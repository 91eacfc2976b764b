"""Is the need for new customers what a simulation says, and are announced ends told?"""

import pytest

from keepwell.testing import ask, corner_shop, people, world


@pytest.mark.capability("S3-04")
def test_winning_what_is_needed_holds_the_base():
    """100 subscribers, 8 leave in every month; winning what the metric says for the next month holds them at 100."""
    left = [(f"{month}-{n}", "2024-01-01" if month == 1 else f"2025-{month - 1:02d}-15", f"2025-{month:02d}-20")
            for month in (1, 2, 3) for n in range(8)]  # fmt: skip
    stay = [(f"stay-{n}", "2024-01-01", None) for n in range(92)]
    won = [(f"won-{n}", "2025-03-15", None) for n in range(8)]
    frame = ask(world(as_of="2025-04-01", subscriptions=[*left, *stay, *won]), "base_needed", start="2025-01-01").frame
    assert frame["at_start"].tolist() == [100, 100, 100]
    assert frame["value"].tolist() == [8, 8, 8]
    assert frame["needed_next"].tolist() == [8, 8, 8]
    assert frame["won"].tolist() == [8, 8, 8]


@pytest.mark.capability("S3-04")
def test_growth_is_needed_on_top():
    """4 of 50 lost and 10 % growth wanted: 4 + 5 = 9 in the month."""
    spans = [(f"c{n}", "2025-01-01", "2025-03-10" if n < 4 else None) for n in range(50)]
    frame = ask(world(as_of="2025-04-01", subscriptions=spans), "base_needed", start="2025-03-01", growth=0.1).frame
    assert frame["value"].tolist() == [9]
    assert frame["needed_next"].round(6).tolist() == [round(46 * 0.18, 6)]


def test_an_announced_end_is_told_and_not_yet_lost():
    """Goro has said he leaves on 1 August: he is a customer at the end of June, and leaving already."""
    answer = ask(corner_shop(), "committed_churn", start="2025-06-01")
    assert answer.frame[["leaves_on", "customers"]].to_numpy().tolist() == [["2025-08-01", 1]]
    assert people(answer, "leaving") == ["Goro"]
    assert "Goro" in people(ask(corner_shop(), "active_customers", start="2025-06-01"), "at_end")


def test_a_change_of_plan_ahead_is_no_announced_end():
    """Ann's basic ends on 1 June where her plus begins; Bob's ends on 1 June for good."""
    spans = [("Ann", "2025-01-01", "2025-06-01"), ("Ann", "2025-06-01", None, 20), ("Bob", "2025-01-01", "2025-06-01")]
    answer = ask(world(as_of="2025-05-01", subscriptions=spans), "committed_churn", start="2025-04-01")
    assert people(answer) == ["Bob"]


def test_what_was_said_later_was_not_known_then():
    """On 1 May nobody could know of a cancellation of 10 May."""
    cancelled = {
        "customer_id": "Ann",
        "starts_on": "2025-01-01",
        "ends_on": "2025-06-01",
        "cancel_requested_at": "2025-05-10",
    }
    then = ask(world(as_of="2025-05-01", subscriptions=[cancelled]), "committed_churn", start="2025-04-01")
    later = ask(world(as_of="2025-05-11", subscriptions=[cancelled]), "committed_churn", start="2025-04-01")
    assert (len(then.frame), people(later)) == (0, ["Ann"])
