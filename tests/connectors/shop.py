"""An invented shop, its known figures, and how each of five platforms would export it."""

import random
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

ZONE = zoneinfo.ZoneInfo("America/New_York")
BEGIN = datetime(2025, 10, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Sale:
    """One order: state is paid, pending or cancelled; a buyer of None is a guest; some sales had a failed attempt before."""

    number: int
    at: datetime
    buyer: int | None
    total: Decimal
    refunded: Decimal
    refunded_at: datetime
    state: str
    attempts: int

    @property
    def email(self) -> str:
        """As the customer typed it this time: the case differs, blanks trail."""
        if self.buyer is None:
            return ""
        plain = f"buyer.{self.buyer}@example.com"
        return (plain, plain.upper(), f"{plain} ")[self.number % 3]


def sales(seed: int = 7, count: int = 400) -> list[Sale]:
    """Orders over nine months, both changes of the clocks among them, newest first."""
    chance = random.Random(seed)
    found = []
    for number in range(1, count + 1):
        at = BEGIN + timedelta(seconds=chance.randrange(270 * 86_400) // 60 * 60)
        total = Decimal(chance.randrange(500, 250_000)) / 100
        state = chance.choices(["paid", "pending", "cancelled"], [92, 4, 4])[0]
        share = (
            chance.choices([Decimal(0), Decimal(1), Decimal(1) / 4], [88, 5, 7])[0] if state == "paid" else Decimal(0)
        )
        buyer = None if chance.random() < 0.05 else int(chance.paretovariate(0.7)) % 97
        back = (total * share).quantize(Decimal("0.01"))
        later = at + timedelta(days=chance.randrange(0, 60))
        found.append(Sale(number, at, buyer, total, back, later, state, chance.choices([0, 1], [9, 1])[0]))
    return sorted(found, key=lambda sale: sale.at, reverse=True)


def figures(shop: list[Sale]) -> dict[str, Any]:
    """What any right import finds, counted here without the house."""
    sold = [sale for sale in shop if sale.state == "paid"]
    known = [sale.buyer for sale in sold if sale.buyer is not None]
    repeat = {buyer for buyer in known if known.count(buyer) > 1}
    months: dict[str, list[Sale]] = {}
    for sale in sorted(sold, key=lambda sale: sale.at):
        months.setdefault(sale.at.astimezone(ZONE).strftime("%Y-%m"), []).append(sale)
    gross, refunds = sum(sale.total for sale in sold), sum(sale.refunded for sale in sold)
    return {
        "sales": len(sold),
        "guest_sales": len(sold) - len(known),
        "customers": len(set(known)),
        "repeat_customers": len(repeat),
        "repeat_rate_pct": round(100 * len(repeat) / len(set(known)), 4),
        "gross": float(gross),
        "refunds": float(refunds),
        "net": float(gross - refunds),
        "fully_refunded_sales": sum(sale.refunded == sale.total for sale in sold),
        "months": {
            month: {
                "orders": len(those),
                "buyers": len({sale.buyer for sale in those} - {None}),
                "gross": float(sum(sale.total for sale in those)),
                "refunds_of_these_orders": float(sum(sale.refunded for sale in those)),
            }
            for month, those in months.items()
        },
    }


def shopify(shop: list[Sale]) -> Iterator[dict[str, str]]:
    """Times with the offset of the day; a second row for every third order."""
    for sale in shop:
        part = "refunded" if sale.refunded == sale.total else "partially_refunded" if sale.refunded else "paid"
        created = sale.at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S %z")
        line = {
            "Name": f"#{sale.number}",
            "Created at": created,
            "Lineitem quantity": "1",
            "Lineitem name": "Mug",
            "Lineitem price": "5.00",
        }
        yield line | {
            "Email": sale.email,
            "Financial Status": part if sale.state == "paid" else "pending" if sale.state == "pending" else "voided",
            "Total": str(sale.total),
            "Currency": "USD",
            "Refunded Amount": str(sale.refunded),
            "Cancelled at": created if sale.state == "cancelled" else "",
            "Id": f"'70{sale.number}",
        }
        if sale.number % 3 == 0:
            yield line


def stripe(shop: list[Sale]) -> Iterator[dict[str, str]]:
    """Minutes in UTC, e-mail or customer id, failed attempts as rows of their own."""
    for sale in shop:
        status = {
            "paid": "Refunded" if sale.refunded == sale.total else "Paid",
            "pending": "Pending",
            "cancelled": "Canceled",
        }[sale.state]
        row = {
            "id": f"ch_{sale.number}",
            "Created (UTC)": sale.at.strftime("%Y-%m-%d %H:%M"),
            "Amount": f"{sale.total:,}",
            "Amount Refunded": str(sale.refunded),
            "Currency": "usd",
            "Status": status,
            "Captured": "true" if sale.state == "paid" else "false",
            "Customer ID": "" if sale.buyer is None else f"cus_{sale.buyer}",
            "Customer Email": sale.email,
        }
        yield row
        if sale.attempts:
            yield row | {"id": f"ch_{sale.number}x", "Status": "Failed", "Captured": "false", "Amount Refunded": "0.00"}


def square(shop: list[Sale]) -> Iterator[dict[str, str]]:
    """Wall clock in two columns, dollars and commas, refunds as rows of their own days."""
    for sale in shop:
        row = {
            "Time Zone": "Eastern Time (US & Canada)",
            "Transaction ID": f"T{sale.number}",
            "Payment ID": f"P{sale.number}",
            "Customer ID": "" if sale.buyer is None else f"C{sale.buyer}",
            "Customer Name": "Somebody",
        }
        status = {"paid": "Complete", "pending": "Pending", "cancelled": "Voided"}[sale.state]
        yield (
            row
            | _clock(sale.at)
            | {"Event Type": "Payment", "Total Collected": f"${sale.total:,}", "Transaction Status": status}
        )
        if sale.refunded:
            yield (
                row
                | _clock(sale.refunded_at)
                | {
                    "Event Type": "Refund",
                    "Total Collected": f"-${sale.refunded:,}",
                    "Payment ID": f"R{sale.number}",
                }
            )


def _clock(at: datetime) -> dict[str, str]:
    there = at.astimezone(ZONE)
    return {"Date": there.strftime("%Y-%m-%d"), "Time": there.strftime("%H:%M:%S")}


def magento(shop: list[Sale]) -> Iterator[dict[str, str]]:
    """The grid: its own way to write days, states as labels."""
    for sale in shop:
        status = {
            "paid": "Closed" if sale.refunded == sale.total else "Complete",
            "pending": "Pending",
            "cancelled": "Canceled",
        }[sale.state]
        yield {
            "ID": f"{sale.number:09}",
            "Purchase Date": sale.at.astimezone(ZONE).strftime("%b %-d, %Y %-I:%M:%S %p"),
            "Grand Total (Base)": f"${sale.total:,}",
            "Grand Total (Purchased)": f"${sale.total:,}",
            "Total Refunded": f"${sale.refunded:,}",
            "Status": status,
            "Customer Email": sale.email,
            "Bill-to Name": "Somebody",
            "Purchase Point": "Main Website",
        }


def woocommerce(shop: list[Sale]) -> Iterator[dict[str, str]]:
    """An order export with billing e-mails, times of the site."""
    for sale in shop:
        status = {
            "paid": "refunded" if sale.refunded == sale.total else "completed",
            "pending": "on-hold",
            "cancelled": "cancelled",
        }[sale.state]
        yield {
            "Order ID": str(sale.number),
            "Order Date": sale.at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S"),
            "Order Status": f"wc-{status}",
            "Order Total": str(sale.total),
            "Order Refund Amount": str(sale.refunded),
            "Billing Email": sale.email,
        }


PLATFORMS = {"shopify": shopify, "stripe": stripe, "square": square, "magento": magento, "woocommerce": woocommerce}
