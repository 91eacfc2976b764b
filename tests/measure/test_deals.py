"""Are deals with existing customers told apart from others, and open ones neither won nor lost?"""

import math

import pytest

from keepwell.measure.deals import wilson
from keepwell.testing import ask, people, world
from keepwell.testing.worlds import full_shop

SOLD = [("Old", "2024-12-01"), ("Late", "2025-02-15")]
TRIED = [
    ("Old", "2025-01-10", "2025-02-05", "won"), ("Old", "2025-01-11", "2025-02-06", "won"), ("Old", "2025-01-12", "2025-02-07", "lost"),
    ("Late", "2025-02-01", "2025-02-20", "won"), ("Cold", "2025-01-01", "2025-02-08", "lost"), ("Cold", "2025-02-10", None, "open"),
    (None, "2025-02-01", "2025-02-09", "lost"),
]  # fmt: skip


@pytest.mark.capability("S3-02")
def test_win_rate_with_existing_and_with_new():
    """Existing: 2 of 3 (Old bought before); new: 1 of 2 (Late's first order came after the deal was opened); one deal is open."""
    answer = ask(world(as_of="2025-03-01", orders=SOLD, deals=TRIED), "win_rate", start="2025-02-01")
    told = answer.frame.set_index("who")
    assert told[["closed", "won", "lost", "open_deals"]].loc["existing"].tolist() == [3, 2, 1, 0]
    assert told[["closed", "won", "lost", "open_deals"]].loc["new"].tolist() == [2, 1, 1, 1]
    assert told[["closed", "won", "lost", "open_deals"]].loc["unknown"].tolist() == [1, 0, 1, 0]
    assert told["value"].to_dict() == {"existing": 2 / 3, "new": 0.5, "unknown": 0.0}
    assert people(answer, "customers_won", period="2025-02", who="existing") == ["Old"]


def test_only_open_deals_have_no_rate():
    """Nothing closed: not 0 %, but not defined, and the open one is counted."""
    frame = ask(
        world(as_of="2025-03-01", deals=[("A", "2025-02-10", None, "open")]), "win_rate", start="2025-02-01"
    ).frame
    assert frame["value"].isna().tolist() == [True]
    assert frame["open_deals"].tolist() == [1]


def test_a_deal_closed_on_or_after_the_morning_is_still_open():
    """On 5 February the deal won that day is not yet known to be won."""
    facts = world(as_of="2025-02-05", deals=[("A", "2025-01-10", "2025-02-05 12:00", "won")])
    frame = ask(facts, "win_rate", start="2025-01-01", end="2025-02-01").frame
    assert frame[["closed", "open_deals"]].values.tolist() == [[0, 1]]


def test_an_earlier_win_makes_a_customer():
    """Without orders, the deal after a won one is with an existing customer."""
    facts = world(
        as_of="2025-03-01", deals=[("A", "2025-01-01", "2025-01-10", "won"), ("A", "2025-02-01", "2025-02-10", "lost")]
    )
    frame = ask(facts, "win_rate", start="2025-01-01").frame
    assert frame[["period", "who", "closed", "won"]].values.tolist() == [
        ["2025-01", "new", 1, 1],
        ["2025-02", "existing", 1, 0],
    ]


def test_wilsons_interval():
    """Published: 0 of 10 gives 0 to 0.278, 5 of 10 gives 0.237 to 0.763; nothing of nothing has none."""
    assert wilson(0, 10) == (0.0, pytest.approx(0.2775, abs=1e-4))
    assert wilson(5, 10) == (pytest.approx(0.2366, abs=1e-4), pytest.approx(0.7634, abs=1e-4))
    assert math.isnan(wilson(0, 0)[0])


@pytest.mark.capability("S2-06")
def test_returning_customers_decide_faster():
    """First: A 10 days, B 20, C waiting since 1 January (58); repeat: A 2 days after the next contact. Medians 20 and 2."""
    touches = [("A", "2025-01-01"), ("B", "2025-01-01"), ("C", "2025-01-01"), ("A", "2025-01-20"), ("A", "2025-01-21")]
    orders = [("A", "2025-01-11"), ("B", "2025-01-21"), ("A", "2025-01-22")]
    answer = ask(world(as_of="2025-03-01", touches=touches, orders=orders), "time_to_order", start="2025-01-01")
    told = answer.frame.set_index("journey")
    assert told[["journeys", "ended", "waiting", "median"]].loc["first"].tolist() == [3, 2, 1, 20.0]
    assert told[["journeys", "ended", "waiting", "median"]].loc["repeat"].tolist() == [1, 1, 0, 2.0]
    assert people(answer, "waiting", journey="first") == ["C"]


def test_known_before_contacted():
    """Known from 1 January, contacted on the 5th, bought on the 8th: 7 days. Contact on the day of the order: 0."""
    customers = [{"customer_id": "A", "acquired_at": "2025-01-01"}]
    facts = world(
        as_of="2025-03-01",
        customers=customers,
        touches=[("A", "2025-01-05"), ("A", "2025-02-01 08:00")],
        orders=[("A", "2025-01-08"), ("A", "2025-02-01 09:00")],
    )
    told = ask(facts, "time_to_order", start="2025-01-01").frame.set_index("journey")["value"]
    assert told.to_dict() == {"first": 7.0, "repeat": 0.0}


def test_the_corner_shop_wins():
    """In February Hanna's and Goro's are won, both opened before they first paid: new; Ilona's, opened after her order, is lost."""
    told = ask(full_shop(), "win_rate", start="2025-02-01", end="2025-03-01").frame.set_index("who")
    assert told.loc["new", ["closed", "won"]].tolist() == [2, 2]
    assert told.loc["existing", ["closed", "won"]].tolist() == [1, 0]
