"""Are small worlds told rightly, and does the corner shop keep whom its story says?"""

import pytest

from keepwell.config import Company
from keepwell.errors import MetricError
from keepwell.testing import ask, corner_shop, people, run, world


def test_what_a_short_row_leaves_out_is_filled_in():
    """An order of 20 of which 5 came back is partly refunded, in euros, net 15, at the zone's noon."""
    company = Company(name="x", time_zone="Europe/Helsinki")
    facts = world(as_of="2025-02-01", company=company, orders=[("Ann", "2025-01-15 12:00", 20, 5)])
    row = run(facts.tables["orders"]).iloc[0]
    told = (row.order_id, row.net, row.currency, row.status, row.ordered_at.isoformat())
    assert told == ("orders-1", 15, "EUR", "partly_refunded", "2025-01-15T10:00:00+00:00")


def test_everyone_named_is_a_customer():
    """Ann is given, Bob is only named by an order: both are customers."""
    facts = world(as_of="2025-02-01", customers=[("Ann", "FI")], orders=[("Bob", "2025-01-15")])
    assert sorted(run(facts.tables["customers"])["customer_id"]) == ["Ann", "Bob"]


def test_a_word_outside_the_language_is_refused():
    """A column that orders do not have is named."""
    with pytest.raises(MetricError, match="orders has no column 'price'"):
        world(as_of="2025-02-01", orders=[{"customer_id": "Ann", "price": 3}])


def test_the_corner_shop_in_march():
    """
    At the start of March: Aino, Chloe, Eino, Fanni and the window's Hanna, Ilona, Jun (bought on 31 January); Bela, whose last day
    was 28 February, stood there too and is lost, as is Ilona on 21 March. Jun is kept until 1 April, so he stands at the end.
    """
    answer = ask(corner_shop(), "kept_share", start="2025-03-01", end="2025-04-01")
    assert people(answer, "at_start") == ["Aino", "Bela", "Chloe", "Eino", "Fanni", "Hanna", "Ilona", "Jun"]
    assert people(answer, "lost") == ["Bela", "Ilona"]
    assert people(answer, "new") == ["Goro", "Liu"]
    assert answer.frame["value"].tolist() == [6 / 8]
