"""One invented shop, exported by two platforms: both must give the figures known of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.connectors.exports import answers, read, rows, translated

EXPORTS = {
    "shopify": ("shopify_orders_export.csv", "shopify_customers_export.csv"),
    "stripe": ("stripe_payments.csv",),
}


@pytest.fixture(scope="module")
def known(shared_data: Path) -> dict[str, Any]:
    """The figures any correct import finds."""
    found: dict[str, Any] = json.loads((shared_data / "platform_exports" / "ANSWERS.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("platform", ["shopify", "stripe"])
def test_both_platforms_give_exactly_the_known_figures(
    platform: str, known: dict[str, Any], shared_data: Path, tmp_path: Path
) -> None:
    """Sales, guests, customers, repeat rate, money and every month in store time are what is known of the shop."""
    sources = [read(tmp_path, shared_data / "platform_exports" / name) for name in EXPORTS[platform]]
    found = answers(translated(platform, tmp_path, *sources), "America/New_York")
    assert found == {name: known[name] for name in found}


def test_both_platforms_know_the_same_customers(shared_data: Path, tmp_path: Path) -> None:
    """Whoever bought in Shopify bought in Stripe, under the same key."""
    buyers = {}
    for platform, names in EXPORTS.items():
        folder = tmp_path / platform
        folder.mkdir()
        said = translated(platform, folder, read(folder, shared_data / "platform_exports" / names[0]))
        buyers[platform] = {
            key for key, state in rows(said, "orders", "customer_id", "status") if state in ("paid", "refunded")
        }
    assert buyers["shopify"] == buyers["stripe"]


def test_no_order_of_the_known_shop_is_lost(known: dict[str, Any], shared_data: Path, tmp_path: Path) -> None:
    """All orders are there, those that are no sales with the state that says so."""
    said = translated("shopify", tmp_path, read(tmp_path, shared_data / "platform_exports" / EXPORTS["shopify"][0]))
    states = [state for (state,) in rows(said, "orders", "status")]
    assert len(states) == known["orders_all"]
    assert (states.count("cancelled"), states.count("pending")) == (5, 8)
