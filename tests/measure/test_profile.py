"""Is each neighbour's row what the corner shop knows of them on the morning of 1 July?"""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from keepwell.config import Company, Rate
from keepwell.measure.profile import COLUMNS, profile
from keepwell.schema.expressions import parse
from keepwell.testing import corner_shop, run, world
from keepwell.testing.worlds import full_shop


@pytest.fixture(scope="module")
def rows():
    """The profiles of the full corner shop, by customer."""
    return run(profile(full_shop())).set_index("customer_id")


def test_everybody_has_one_row(rows):
    """Twelve neighbours, each once, with every column there is a meaning for."""
    assert len(rows) == 12
    assert rows.index.is_unique
    assert set(COLUMNS) <= set(rows.columns)


def test_hanna_bought_five_times(rows):
    """5 January to 20 June, 100 in all; gaps 29, 45, 51, 41: median 43; 11 days since the last, 177 since the first."""
    hanna = rows.loc["Hanna"]
    assert hanna[["orders", "net", "gap_days", "recency_days", "tenure_days"]].tolist() == [5, 100, 43.0, 11, 177]
    assert (hanna["first_order_on"].date(), hanna["last_order_on"].date()) == (date(2025, 1, 5), date(2025, 6, 20))
    assert hanna["nps"] == 10


def test_who_never_bought_has_no_recency(rows):
    """Kaisa gave all back: no orders and nothing spent, but days since the last order are not known rather than 0."""
    kaisa = rows.loc["Kaisa"]
    assert kaisa[["orders", "net", "spells"]].tolist() == [0, 0, 0]
    assert pd.isna(kaisa["recency_days"])
    assert not kaisa["kept"]


def test_the_club(rows):
    """Chloe is on plus for 20; Bela came twice; Fanni was lost on 1 May; Dai only tries."""
    assert rows.loc["Chloe", ["mrr", "plan", "state"]].tolist() == [20, "plus", "paid"]
    assert rows.loc["Bela", ["spells", "mrr", "kept"]].tolist() == [2, 10, True]
    assert rows.loc["Fanni", "left_on"].date() == date(2025, 5, 1)
    assert not rows.loc["Fanni", "kept"]
    assert rows.loc["Hanna", "state"] is None or pd.isna(rows.loc["Hanna", "state"])


def test_contacts(rows):
    """Hanna was written to on 2 January, 180 days ago, and has never written."""
    assert rows.loc["Hanna", "touched_days"] == 180
    assert pd.isna(rows.loc["Hanna", "heard_days"])


def test_a_segment_is_a_filter_of_profiles():
    """Who bought more than 90 days ago: Ilona alone; Liu, Jun and Hanna were here since."""
    people = profile(corner_shop())
    assert run(people.filter(parse("recency_days > 90", people)))["customer_id"].tolist() == ["Ilona"]


def test_only_what_is_asked_for_is_computed():
    """Asked for recency, the table has what orders tell and nothing of subscriptions."""
    people = profile(corner_shop(), columns={"recency_days", "country"})
    assert "recency_days" in people.columns
    assert "mrr" not in people.columns


def test_without_orders_nothing_is_said_of_orders():
    """A company that brought no orders does not have customers with 0 orders."""
    row = run(profile(world(as_of="2025-03-01", subscriptions=[("A", "2025-01-01", None)]))).iloc[0]
    assert pd.isna(row["orders"])
    assert row["mrr"] == 10


def test_money_elsewhere_is_counted_and_not_summed():
    """20 euros, 10 dollars at 0.90 and 5 crowns without a rate: 29 euros, and one order elsewhere."""
    orders = [
        {"customer_id": "A", "ordered_at": f"2025-01-0{n}", "gross": gross, "currency": currency}
        for n, (gross, currency) in enumerate([(20, "EUR"), (10, "USD"), (5, "SEK")], 1)
    ]
    facts = world(
        as_of="2025-03-01",
        company=Company(name="A company", rates=(Rate(currency="USD", value="0.90"),)),
        orders=orders,
    )
    assert run(profile(facts))[["net", "orders", "orders_elsewhere"]].values.tolist() == [[29, 3, 1]]


def test_scores_are_fifths_of_the_buyers():
    """
    Four buyers on 1 July: last orders 20 Jan (Ilona), 15 Apr (Jun), 20 May (Liu), 20 Jun (Hanna).

    Four fifths of four are 0.8, 1.6, 2.4, 3.2 buyers, reached by the 1st, 2nd, 3rd and 4th: nobody is above the last cut, so
    they score 1 to 4. Orders 1, 2, 2, 5: the cuts are 1, 2, 2, 5, so 1, 2, 2 and 4. Money 15, 60, 70, 100: 1 to 4.
    """
    scored = run(profile(corner_shop(), columns={"recency_score"})).set_index("customer_id")
    names = ["recency_score", "frequency_score", "monetary_score"]
    found = {who: scored.loc[who, names].tolist() for who in ("Ilona", "Jun", "Liu", "Hanna")}
    assert found == {"Ilona": [1, 1, 1], "Jun": [2, 2, 2], "Liu": [3, 2, 3], "Hanna": [4, 4, 4]}
    assert scored.loc["Aino", names].isna().all()


def test_a_segment_can_ask_for_scores():
    """Lately but seldom: Liu alone."""
    people = profile(corner_shop())
    assert run(people.filter(parse("recency_score >= 3 and frequency_score <= 2", people)))["customer_id"].tolist() == [
        "Liu"
    ]


def test_who_is_at_risk(rows):
    """
    The shop keeps for 60 days, so 48 silent ones are a risk: Liu's last order is 42 days ago, Hanna's 11, Jun's 77 (lost).

    On 10 July Liu's is 51 days ago; the club's customers are kept by what they pay.
    """
    assert not rows["at_risk"].any()
    later = replace(full_shop(), as_of=date(2025, 7, 10))
    people = run(profile(later, columns={"at_risk", "kept"})).set_index("customer_id")
    assert people.index[people["at_risk"]].tolist() == ["Liu"]
    assert people.loc["Liu", "kept"]
