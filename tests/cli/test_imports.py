"""Do the import and the doctor say what may be wrong though every row holds?"""

from datetime import date, timedelta
from pathlib import Path

from tests.cli.conftest import ORDERS, Keepwell


def _write(path: Path, header: str, lines: list[str]) -> str:
    path.write_text("\n".join([header, *lines]) + "\n", "utf-8")
    return path.name


def _shop(path: Path, prefix: str, extra: str = "") -> str:
    """Thirty orders, each on its own day over its own amount."""
    days = [date(2026, 1, 1) + timedelta(days=3 * n) for n in range(30)]
    lines = [f"{prefix}{n},c{n % 9}@x.com,{day},{10 + n}.{n:02}{extra}" for n, day in enumerate(days)]
    return _write(path, f"order_id,email,order_date,total{',note' if extra else ''}", lines)


def test_a_shop_imported_from_two_platforms_is_warned_of(keepwell: Keepwell, tmp_path: Path) -> None:
    """The dry run, the import and the doctor say so and how to take one back; once it is taken back the doctor is content."""
    keepwell("new", "Shop", "-w", "w")
    keepwell("import", _shop(tmp_path / "old.csv", "A"), "-w", "w", "--yes")
    again = _shop(tmp_path / "platform.csv", "#1", ",x")
    dry = keepwell("import", again, "-w", "w", "--dry-run")
    real = keepwell("import", again, "-w", "w", "--yes")
    first, second = (batch["batch"] for batch in keepwell("batches", "-w", "w", "--json").json)
    says = f"30 new orders of platform.csv have the same day, amount and currency as orders of old.csv (batch {first})"
    for told in (dry, real):
        assert told.code == 0
        assert f"Look at this: {says}" in told.out
    looked = keepwell("doctor", "-w", "w")
    assert looked.code == 0
    assert f"look at  told twice   batch {second}: {says}" in looked.out
    assert f"keepwell undo {first}" in looked.out
    keepwell("undo", first, "-w", "w")
    assert "told twice" not in keepwell("doctor", "-w", "w").out


def test_a_row_that_is_refused_twice_is_counted_once(shop: Keepwell) -> None:
    """The same file again brings no second row to correct."""
    quarantine = _quarantine(shop)
    assert quarantine == "1 source row to be corrected: keepwell rejected"
    shop("import", "orders.csv", "-w", "shop", "--yes")
    assert _quarantine(shop) == (
        "1 source row to be corrected, refused 2 times in all (the same row of the same file counts once): keepwell rejected"
    )


def test_another_wrong_row_in_the_same_place_counts(shop: Keepwell, tmp_path: Path) -> None:
    """Row 7 with another fault is another row."""
    (tmp_path / "orders.csv").write_text(ORDERS.replace("the third of April", "nobody knows when"), "utf-8")
    shop("import", "orders.csv", "-w", "shop", "--yes")
    assert _quarantine(shop) == "2 source rows to be corrected: keepwell rejected"


def _quarantine(shop: Keepwell) -> str:
    return next(c["says"] for c in shop("doctor", "-w", "shop", "--json").json if c["check"] == "quarantine")


def test_ends_on_the_day_of_the_export_are_flagged(keepwell: Keepwell, tmp_path: Path) -> None:
    """Subscriptions that all end on the last day: said at import with the numbers, and by the doctor after it."""
    lines = [f"s{n},c{n},2025-0{1 + n % 9}-11,2026-06-30,9.90" for n in range(20)] + [
        "s90,c90,2025-02-01,2025-08-02,9.90"
    ]
    name = _write(tmp_path / "subs.csv", "subscription_id,customer_id,start_date,end_date,mrr", lines)
    keepwell("new", "Club", "-w", "w")
    told = keepwell("import", name, "-w", "w", "--yes")
    assert "Look at this: 20 of 21 subscriptions end on the last day of the data (2026-06-30)" in told.out
    assert "look at  ends         batch" in keepwell("doctor", "-w", "w").out


def test_orders_of_nothing_are_said_with_their_count(keepwell: Keepwell, tmp_path: Path) -> None:
    """Two free samples among three orders."""
    lines = ["1,a,2026-01-05,0", "2,b,2026-01-06,0.00", "3,c,2026-01-07,9"]
    keepwell("new", "Shop", "-w", "w")
    told = keepwell(
        "import", _write(tmp_path / "o.csv", "order_id,customer_id,order_date,total", lines), "-w", "w", "-y"
    )
    assert "Note: 2 orders have an amount of zero; they are kept" in told.out
