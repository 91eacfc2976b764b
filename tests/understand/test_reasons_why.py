"""Are reasons told in plain words, with the customer's own numbers, the strongest first?"""

import numpy as np
import pandas as pd
import pytest

from keepwell.understand.reasons_why import reasons


@pytest.mark.parametrize(
    ("theme", "row", "told"),
    [
        ("order", {"last_order": 83, "order_gap": 21.0, "gap_days": 15.0}, "No order for 83 days; usually every 15 days."),
        ("order", {"last_order": 40, "order_gap": None}, "No order for 40 days; only one so far."),
        ("order", {"last_order": None}, "No order so far."),
        ("order", {"last_order": 1, "order_gap": 0.5, "gap_days": 0.5}, "Ordered yesterday; usually every 1 day."),
        ("money", {"spent_90": 12.5, "spent_before": 1200}, "Spent 12 in the last 90 days, 1,200 in the 90 before."),
        ("size of orders", {"usual_order": 19.9}, "An order is 20 on average."),
        ("orders so far", {"order_days": 1}, "Has ordered on 1 day so far."),
        ("offers", {"offer_share": 0.25}, "25 % of the orders were on offer."),
        ("offers", {}, "Whether they buy on offer is not known."),
        ("refunds", {"refunds_180": 1}, "1 refund in the last half year."),
        ("time with us", {"kept_days": 30, "came_back": 2}, "A customer for 30 days, having come back 2 times."),
        ("plan", {"plan": "basic", "billed": "year"}, "On the plan basic, billed by the year."),
        ("price", {"mrr": 8, "mrr_discount": 0.2}, "Pays 8 a month, 20 % below the list price."),
        ("changes", {"mrr_change": -5, "price_days": 12}, "Subscription: down by 5 a month in 90 days; plan and price as now for 12 days."),
        ("payment", {"past_due": 1}, "A payment is open."),
        ("payment", {"past_due": 0, "times_past_due": 2}, "2 failed payments in the last year."),
        ("term", {"term_left": 12}, "The paid term ends in 12 days."),
        ("notice", {"notice": 1}, "Has given notice."),
        ("pause", {"paused": 1}, "The subscription is paused."),
        ("use", {"use_days_30": 1, "use_days_before": 6.5, "last_use": 20}, "Used on 1 day of the last 30, before that on 6.5; last 20 days ago."),
        ("use", {}, "Has never used it."),
        ("tickets", {"tickets_90": 3, "tickets_open": 1}, "3 tickets in the last 90 days, 1 not solved."),
        ("our word", {"last_spoken": 200}, "We last spoke to them 200 days ago."),
        ("their word", {}, "Has never written or called."),
        ("recommendation", {"last_score": 3, "score_days": 12, "unanswered_180": 1},
         "Would recommend us 3 of 10, said 12 days ago. 1 question of the last half year left unanswered."),
        ("Contract", {"Contract": "Month-to-month"}, "Contract: Month-to-month."),
        ("trait_size", {"trait_size": 12.0}, "Size: 12."),
        ("country", {"country": None}, "Country: not known."),
    ],
)  # fmt: skip
def test_a_theme_in_words(theme, row, told):
    """Each theme, with numbers and without."""
    [[reason]] = reasons(pd.DataFrame([{"customer_id": "A"} | row], dtype=object), np.ones((1, 1)), [theme])
    assert reason.text == told


TWO = pd.DataFrame({"last_order": [83, 2], "order_gap": [21.0, 20.0], "tickets_90": [0, 4], "country": ["FI", "SE"]})
PARTS = np.array([[0.5, 0.4, -0.2, 0.01], [-0.6, -0.1, 1.0, 0.3]])


def test_columns_of_one_theme_are_one_reason():
    """Recency and usual gap add up to 0.9; tickets speak against; the country's hundredth is no reason."""
    first, second = reasons(TWO, PARTS, list(TWO.columns))
    assert [(r.about, round(r.part, 2)) for r in first] == [("order", 0.9), ("tickets", -0.2)]
    assert [r.text for r in second] == [
        "4 tickets in the last 90 days, 0 not solved.",
        "Country: SE.",
        "No order for 2 days.",
    ]


def test_only_the_strongest_are_told():
    """One reason asked for: the tickets of the second customer."""
    assert [[r.about for r in own] for own in reasons(TWO, PARTS, list(TWO.columns), most=1)] == [
        ["order"],
        ["tickets"],
    ]


ENDED = {
    "mrr": None,
    "mrr_change": None,
    "past_due": None,
    "times_past_due": 0,
    "term_left": None,
    "notice": None,
    "paused": None,
}
CALM = {
    "mrr_change": 0.0,
    "past_due": 0,
    "times_past_due": 0,
    "notice": 0,
    "paused": 0,
    "refunds_180": 0,
    "tickets_90": 0,
    "tickets_open": 0,
}


@pytest.mark.parametrize("row", [ENDED, CALM])
def test_what_has_not_happened_is_no_reason_to_leave(row):
    """No change of price, no notice, no open payment, a contract that has ended: none is told as a reason, the silence behind them is."""
    frame = pd.DataFrame([row | {"last_order": 83}], dtype=object)
    parts = np.array([[1.0] * len(row) + [0.1]])
    assert [r.about for r in reasons(frame, parts, list(frame.columns), most=1)[0]] == ["order"]


def test_what_has_not_happened_speaks_for_staying():
    """That no payment failed is told where it lowers the risk."""
    [[reason]] = reasons(pd.DataFrame([CALM], dtype=object), -np.ones((1, 1)), ["past_due"])
    assert reason.text == "No failed payment in the last year."
