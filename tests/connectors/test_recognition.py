"""Of the header lines of 23 exports, each door knows its own and no other."""

import json
from pathlib import Path

import pytest
from tests.connectors.exports import door, source

OURS = {
    "shopify_orders": ("shopify", "orders"),
    "shopify_orders_old": ("shopify", "orders"),
    "shopify_customers": ("shopify", "customers"),
    "woocommerce_analytics_orders": ("woocommerce", "analytics"),
    "stripe_payments_new": ("stripe", "payments"),
    "stripe_payments_old": ("stripe", "payments"),
    "stripe_customers": ("stripe", "customers"),
    "stripe_subscriptions": ("stripe", "subscriptions"),
    "hubspot_contacts": ("hubspot", "contacts"),
    "hubspot_companies": ("hubspot", "companies"),
    "hubspot_deals": ("hubspot", "deals"),
    "square_transactions": ("square", "transactions"),
    "square_items": ("square", "items"),
    "magento_orders": ("magento", "orders"),
    "magento_customers": ("magento", "customers"),
    "chargebee_subscriptions_report": ("chargebee", "subscriptions"),
}
DOORS = ("shopify", "stripe", "square", "magento", "woocommerce", "hubspot", "chargebee")


@pytest.fixture(scope="module")
def headers(shared_data: Path) -> dict[str, list[str]]:
    """Export -> its headings."""
    told = json.loads((shared_data / "platform_exports" / "headers.json").read_text("utf-8"))
    return {name: header["columns"].split(",") for name, header in told.items()}


@pytest.mark.parametrize("dress", ["as it is", "turned round, in capitals, with columns added"])
def test_each_door_knows_its_own_and_no_other(dress: str, headers: dict[str, list[str]], tmp_path: Path) -> None:
    """Every supported export is one door's, whatever the order, the case and the additions; every other one is nobody's."""
    found = {}
    for name, columns in headers.items():
        worn = columns if dress == "as it is" else [f" {column.upper()} " for column in reversed(columns)] + ["Our own"]
        raw = source(tmp_path, f"{name}.csv", worn, [])
        matches = [match for platform in DOORS if (match := door(platform).recognise(raw))]
        found[name] = [(match.connector, match.export) for match in matches]
    assert found == {name: [OURS[name]] if name in OURS else [] for name in headers}
