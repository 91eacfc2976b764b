"""One invented shop as five platforms export it: the same figures from each."""

from pathlib import Path

import pytest
from tests.connectors.exports import SHOP, answers, door, rows, sheet, translated
from tests.connectors.shop import PLATFORMS, figures, sales

from keepwell.testing.check_connector import check_connector


def _columns(listed: list[dict[str, str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for row in listed for name in row))


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("seed", [7, 8])
def test_every_platform_gives_the_shops_own_figures(platform: str, seed: int, tmp_path: Path) -> None:
    """Sales, guests, customers, repeat rate, money and every month are those counted without the house."""
    shop = sales(seed)
    listed = list(PLATFORMS[platform](shop))
    said = translated(platform, tmp_path, sheet(tmp_path, f"{platform}.csv", _columns(listed), listed))
    assert answers(said, "America/New_York") == figures(shop)
    assert said.rejected is None


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_order_of_columns_and_rows_does_not_matter(platform: str, tmp_path: Path) -> None:
    """Columns the other way round, oldest first, the export in two files that overlap: the same figures."""
    shop = sales(9, 120)
    listed = list(PLATFORMS[platform](shop[::-1]))
    columns = (*reversed(_columns(listed)), "Our own")
    half = len(listed) // 2
    while platform == "shopify" and "Total" not in listed[half]:
        half += 1
    parts = (listed[: half + 3], listed[half:])
    said = translated(platform, tmp_path, *(sheet(tmp_path, f"{n}.csv", columns, part) for n, part in enumerate(parts)))
    once = dict(rows(said, "orders", "order_id", "(gross, refunded, status, customer_id)::VARCHAR"))
    assert len(once) == len(set(rows(said, "orders", "order_id", "gross", "refunded", "status", "customer_id")))
    assert len(once) == len(shop) + (sum(sale.attempts for sale in shop) if platform == "stripe" else 0)


def test_square_files_refunds_on_their_own_days(tmp_path: Path) -> None:
    """What was given back adds up to the shop's, day by day."""
    shop = sales()
    listed = list(PLATFORMS["square"](shop))
    said = translated("square", tmp_path, sheet(tmp_path, "square.csv", _columns(listed), listed))
    told = sorted(rows(said, "refunds", "refunded_at", "CAST(amount AS DOUBLE)"))
    assert told == sorted(
        (f"{sale.refunded_at:%Y-%m-%d %H:%M:%S}", float(sale.refunded)) for sale in shop if sale.refunded
    )


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_door_passes_the_public_examination(platform: str, tmp_path: Path) -> None:
    """It speaks the language, loses nothing and says the same twice."""
    listed = list(PLATFORMS[platform](sales(10, 150)))
    into = tmp_path / "into"
    into.mkdir()
    check_connector(door(platform), [sheet(tmp_path, f"{platform}.csv", _columns(listed), listed)], SHOP, into)
