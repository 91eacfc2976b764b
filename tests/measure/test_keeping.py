"""Is it said what keeps a customer, and are those gone quiet within it told?"""

import pytest

from keepwell.config import Company
from keepwell.measure.keeping import at_risk_days, rule
from keepwell.testing import ask, corner_shop, people, world


@pytest.mark.parametrize(
    ("active_by", "says"),
    [
        ("purchase", "A customer is kept by a purchase for 45 days."),
        ("usage", "A customer is kept by use for 45 days."),
        (
            "subscription",
            "A customer is kept by paid service (30 days of grace when past due, 90 days of pause).",
        ),
        (
            "any",
            "A customer is kept by paid service (30 days of grace when past due, 90 days of pause), or by a purchase or use for 45 days.",
        ),
    ],
)
def test_every_answer_says_what_keeps_a_customer(active_by, says):
    """The activity that counts, and how long it counts, stand in the explanation of every figure."""
    company = Company(name="A company", active_by=active_by, activity_window_days=45)
    facts = world(as_of="2025-03-01", company=company, orders=[("A", "2025-01-10")])
    assert rule(facts) == says
    assert says in ask(facts, "kept_share", start="2025-02-01").explain()


@pytest.mark.parametrize(("window", "days"), [(30, 24), (31, 25), (60, 48), (1, 1), (120, 96)])
def test_at_risk_from_eight_tenths(window, days):
    """0.8 of the window, rounded up to a whole day."""
    company = Company(name="A company", activity_window_days=window)
    assert at_risk_days(world(as_of="2025-03-01", company=company, orders=[])) == days


def test_the_corner_shop_at_the_end_of_march():
    """Ilona was lost on 21 March; Jun's 31 January is 60 days before 1 April: still kept, and at risk. Hanna and Liu are not."""
    answer = ask(corner_shop(), "at_risk", start="2025-03-01", end="2025-04-01")
    assert answer.frame["at_risk"].tolist() == [1]
    assert people(answer, "at_risk", period="2025-03") == ["Jun"]


def test_every_answer_says_how_it_was_asked():
    """What was chosen and what holds otherwise: exact hours are told from calendar days by this line."""
    facts = corner_shop()
    by_day = ask(facts, "retention_on", start="2025-01-01", n="1,7").explain()
    by_hours = ask(facts, "retention_on", start="2025-01-01", n="1,7", each="24h").explain()
    assert "Options: n = 1,7, each = day, cohorts = false, entry = first_ever, matching = none." in by_day
    assert "each = 24h" in by_hours
    assert "Options" not in ask(facts, "kept_share", start="2025-01-01").explain()
