"""When does a subscription of any table end, and what does it bring a month? What lies ahead is no past."""

from decimal import Decimal
from pathlib import Path

from tests.connectors.tables import Brought

COLUMNS = "subscription_id, ends_on::VARCHAR, cancel_requested_at::DATE::VARCHAR"


def test_the_day_a_cancellation_comes_about_is_an_end(tmp_path: Path) -> None:
    """cancel_at lies ahead and is an end, no request; what has ended keeps its own day."""
    brought = Brought(
        tmp_path,
        "subscription_id,customer_id,status,started_at,ended_at,cancel_at,amount\n"
        "s1,c1,active,2026-01-10,,2027-05-31,9\ns2,c2,canceled,2026-02-10,2026-03-10,2026-03-31,9\ns3,c3,active,2026-06-10,,,9\n",
    )
    assert brought.rows("subscriptions", "subscription_id, ends_on::VARCHAR") == [
        ("s1", "2027-05-31"), ("s2", "2026-03-10"), ("s3", None),
    ]  # fmt: skip


def test_where_no_column_tells_ends_the_cancellation_does(tmp_path: Path) -> None:
    """Without a state it is an end; with one it is the end of what ended, and of what runs where it lies ahead."""
    told = (
        "subscription_id,customer_id,start_date,canceled_at,mrr\n"
        "s1,c1,2026-01-10,2026-03-10,9\ns2,c2,2026-02-10,2026-12-31,9\ns3,c3,2026-06-10,,9\n"
    )
    assert Brought(tmp_path / "1", told).rows("subscriptions", COLUMNS) == [
        ("s1", "2026-03-10", "2026-03-09"), ("s2", "2026-12-31", None), ("s3", None, None),
    ]  # fmt: skip
    stated = (
        "subscription_id,customer_id,start_date,canceled_at,mrr,status\n"
        "s1,c1,2026-01-10,2026-03-10,9,canceled\ns2,c2,2026-02-10,2026-12-31,9,active\ns3,c3,2026-06-10,2026-06-01,9,active\n"
    )
    assert Brought(tmp_path / "2", stated).rows("subscriptions", COLUMNS) == [
        ("s1", "2026-03-10", "2026-03-09"), ("s2", "2026-12-31", None), ("s3", None, "2026-05-31"),
    ]  # fmt: skip


def test_the_price_of_one_piece_is_multiplied(tmp_path: Path) -> None:
    """Three seats at 10 are 30 a month; an amount of 30 for three seats is 30."""
    row = "subscription_id,customer_id,start_date,{},seats\ns1,c1,2026-01-10,{},3\n"
    assert Brought(tmp_path / "1", row.format("price_per_seat", 10)).rows("subscriptions", "mrr") == [(Decimal(30),)]
    assert Brought(tmp_path / "2", row.format("amount", 30)).rows("subscriptions", "mrr") == [(Decimal(30),)]
