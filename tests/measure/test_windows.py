"""Does the suggested window follow from customers' own silences?"""

import pandas as pd
import pytest

from keepwell.config import Company
from keepwell.measure.windows import chances, suggest, suggested_window, suggestion, typical_gap
from keepwell.testing import ask, people, run, world

SHOP = Company(name="A shop", active_by="purchase", activity_window_days=30)


def silences(returned: dict[int, int], silent: dict[int, int]) -> pd.DataFrame:
    """Counts of silences by length."""
    days = sorted({*returned, *silent})
    return pd.DataFrame(
        {"days": days, "returned": [returned.get(d, 0) for d in days], "silent": [silent.get(d, 0) for d in days]}
    )


def test_return_later_of_sixty_thirty_five_twelve_and_eight_percent_suggests_a_hundred_and_twenty():
    """
    9,200 never return. After 30 silent days 13,800 of 23,000 still do (60 %), after 60 days 4,954 (35 %), after 90 days 1,255 (12 %),
    after 120 days 800 (8 %): the window is 120 days, and customers are at risk from 96.
    """
    counts = silences({30: 5_000, 60: 13_800 - 4_954, 90: 4_954 - 1_255, 120: 1_255 - 800, 200: 800}, {800: 9_200})
    told = chances(counts).set_index("days")["chance"]
    assert [round(told[day], 2) for day in (30, 60, 90, 120)] == [0.60, 0.35, 0.12, 0.08]
    found = suggest(counts)
    assert (found.days, found.at_risk_days) == (120, 96)


def test_silences_that_still_last_count_for_as_long_as_they_were_seen():
    """
    Forty silences: 20 return after 10 days, 10 have lasted 15 days so far, 5 return after 20, 5 are silent at 40.

    Never: 1/2 x (10 - 5) / 10 = 1/4 of all; after 10 silent days 1 - (1/4) / (1/2) = 1/2 return later.
    """
    counts = silences({10: 20, 20: 5}, {15: 10, 40: 5})
    more = counts.assign(returned=counts["returned"] * 10, silent=counts["silent"] * 10)
    assert chances(more).set_index("days")["chance"].to_dict() == {0: 0.75, 10: 0.5, 15: 0.5, 20: 0, 40: 0}


@pytest.mark.parametrize(("day", "window"), [(5, 30), (1_000, 730)])
def test_windows_lie_between_thirty_and_seven_hundred_and_thirty_days(day, window):
    """When everybody who returns does so after 5 days the window is 30; when after 1,000, it is 730."""
    assert suggest(silences({day: 100}, {2_000: 100})).days == window


def test_too_few_returns_suggest_nothing():
    """29 returns are not enough; the sentence says the rule."""
    found = suggest(silences({10: 29}, {100: 50}))
    assert (found.days, found.why) == (
        None,
        "Not enough data: 29 returns were seen, and a window is suggested from 30 on.",
    )


def test_a_company_with_too_few_returns_gets_a_year():
    """Without a suggestion the window is 365 days."""
    facts = world(as_of="2025-07-01", company=SHOP, orders=[("Ann", "2025-03-01"), ("Ann", "2025-03-11")])
    assert (suggested_window(facts, run), suggestion(facts, run).returns) == (365, 1)


def test_silences_of_one_customer():
    """Ann buys twice on 1 March, on 11 March and never again by 1 July: silences of 10 days (back) and 112 days (not)."""
    facts = world(
        as_of="2025-07-01", company=SHOP, orders=[("Ann", "2025-03-01"), ("Ann", "2025-03-01"), ("Ann", "2025-03-11")]
    )
    answer = ask(facts, "return_later", start="2025-03-01")
    assert answer.frame[["days", "returned", "silent"]].to_numpy().tolist() == [[0, 0, 0], [10, 1, 0], [112, 0, 1]]
    assert people(answer, "silent", days=112) == ["Ann"]


def test_each_segment_suggests_its_own_window():
    """Forty Finns come back after 10 days, forty Swedes after 60; one Dane never: 30 at least, 60, and not enough to tell."""
    crowd = [(f"{country}{n}", country) for country in ("FI", "SE") for n in range(40)]
    again = {"FI": "2025-01-11", "SE": "2025-03-02"}
    orders = [(name, day) for name, country in crowd for day in ("2025-01-01", again[country])]
    facts = world(
        as_of="2026-07-01", company=SHOP, customers=[*crowd, ("Dane", "DK")], orders=[*orders, ("Dane", "2025-01-01")]
    )
    answer = ask(facts, "activity_window", start="2025-01-01", by="country")
    told = answer.frame[["by", "returns", "value"]].astype(object).where(answer.frame.notna(), None).values.tolist()
    assert told == [["DK", 0, None], ["FI", 40, 30.0], ["SE", 40, 60.0]]
    assert "0 returns were seen" in answer.explain()


def test_four_of_five_gaps():
    """Gaps of 4, 5, 20, 30 and 31 days: four of five are 30 or shorter."""
    days = [0, 4, 9, 29, 59, 90]
    facts = world(
        as_of="2025-07-01",
        company=SHOP,
        orders=[("Ann", str(pd.Timestamp("2025-01-01").date() + pd.Timedelta(days=d))) for d in days],
    )
    assert run(typical_gap(facts))["typical_gap"].tolist() == [30]
