"""What did they buy and send back? Orders, their lines and refunds of one block of customers."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from keepwell.demo import columns as col
from keepwell.demo import world as w
from keepwell.demo.columns import Flags, Floats, Ints
from keepwell.demo.people import Block
from keepwell.demo.world import choose

CATEGORIES = ("kitchen", "garden", "sea", "home", "gifts", "tea", "books", "light")
_THINGS = ("kettle", "basket", "rope", "blanket", "card", "blend", "almanac", "lantern", "jar")
PRODUCTS = [f"{category} {thing}" for category in CATEGORIES for thing in _THINGS]
_CENTS = np.array([290 + 61 * (k * 31 % len(PRODUCTS)) for k in range(len(PRODUCTS))], np.int64)
_QUANTITIES, _LINES = (0.72, 0.2, 0.08), (0.42, 0.30, 0.18, 0.10)
CHANNELS, CHANNEL_SHARES = ("web", "store", "phone"), (0.80, 0.17, 0.03)
STATES = ("paid", "partly_refunded", "refunded", "pending", "failed", "cancelled")
PAID, PARTLY, WHOLLY, PENDING, FAILED, CANCELLED = range(6)
_PARTLY, _WHOLLY, _FAILED, _CANCELLED = 0.05, 0.03, 0.02, 0.025
_TWICE_A_DAY = 0.03
_WAITING_DAYS = 4
_REFUND_REASONS = ("damaged", "does not suit", "late", "wrong item")
_SHOPPING, _SETTLED = 2, 0.004
"""The purpose of the chance that orders are drawn by; an order is settled some minutes after it was begun."""
_PER_BLOCK = 1_000_000
"""Order numbers set aside for a block."""


@dataclass(frozen=True)
class Orders:
    """
    Orders of a block; every array has one entry per order.

    Args:
        customer: Place in the block; -1 for a guest.
        at: Moment, in days of the company.
        state: A place in STATES.
        gross: Cents to be paid.
        refunded: Cents given back before as_of.
        refunded_at: Moment of the refund; infinite where there is none.
        keys: Order ids.
    """

    customer: Ints
    at: Floats
    state: Ints
    gross: Ints
    refunded: Ints
    refunded_at: Floats
    keys: pa.Array

    def __len__(self) -> int:
        return len(self.at)

    @property
    def sold(self) -> Flags:
        """Which were bought."""
        return self.state <= WHOLLY


@dataclass(frozen=True)
class _Lines:
    """Lines of orders: the order's place, number in it, product, quantity, cents before and after discount."""

    order: Ints
    number: Ints
    product: Ints
    quantity: Ints
    full: Ints
    amount: Ints


def first_orders(block: Block) -> Floats:
    """When each of the block would order first, in days of the company; who is no buyer never does."""
    return np.where(block.buyer, _first(block, block.rng(_SHOPPING)) + _SETTLED, np.inf)


def _first(block: Block, rng: np.random.Generator) -> Floats:
    return block.joined + rng.exponential(2.0, len(block)) * (rng.random(len(block)) < 0.6)


def moments(block: Block, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """
    Who ordered when: the first order soon after joining, then a Poisson process in the time of demand until they leave.

    Returns:
        Places in the block, and moments in days of the company; guests, with place -1, come last.
    """
    world = block.world
    first = _first(block, rng)
    buyers = np.flatnonzero(block.buyer & (first < world.today - 0.02))
    days = np.arange(world.today + 1.0)
    low, high = np.interp(first[buyers], days, world.demand), np.interp(block.seen[buyers], days, world.demand)
    many = rng.poisson(block.rate[buyers] * np.maximum(high - low, 0))
    again = np.repeat(np.arange(len(buyers)), many)
    position = low[again] + rng.random(len(again)) * (high - low)[again]
    later = world.at_an_hour(np.minimum(np.interp(position, world.demand, days), world.today - 0.02), rng)
    customer = np.concatenate([buyers, buyers[again]])
    at = np.concatenate([first[buyers] + _SETTLED, np.maximum(later, first[buyers][again] + 0.01)])
    twin = rng.random(len(at)) < _TWICE_A_DAY
    guests = rng.poisson(w.GUESTS * len(block))
    walk_in = world.at_an_hour(np.interp(rng.random(guests), world.newcomers, days), rng)
    customer = np.concatenate([customer, customer[twin], np.full(guests, -1)])
    at = np.concatenate([at, np.floor(at[twin]) + np.minimum(at[twin] % 1 + 0.01, 0.9999), walk_in])
    return customer, np.minimum(at, world.today - 0.0005)


def draw(block: Block) -> tuple[Orders, dict[str, pa.Table]]:
    """Orders of a block, and the canonical tables orders, order_lines and refunds."""
    rng = block.rng(_SHOPPING)
    customer, at = moments(block, rng)
    lines = _lines(block, rng, customer, at)
    size = len(at)
    shipping = np.where(rng.random(size) < 0.5, 490, 0).astype(np.int64)
    gross = np.bincount(lines.order, lines.amount, size).astype(np.int64) + shipping
    full = np.bincount(lines.order, lines.full, size).astype(np.int64) + shipping
    state, refunded, refunded_at = _fate(block, rng, at, gross)
    numbers = block.number * _PER_BLOCK + np.arange(size)
    orders = Orders(customer, at, state, gross, refunded, refunded_at, col.numbered("o", numbers, 10))
    tables = {
        "orders": _orders(block, rng, orders, full - gross, shipping),
        "order_lines": _order_lines(orders, lines),
        "refunds": _refunds(block, rng, orders),
    }
    return orders, tables


def _lines(block: Block, rng: np.random.Generator, customer: Ints, at: Floats) -> _Lines:
    many = choose(rng, _LINES, len(at)) + 1
    order = np.repeat(np.arange(len(at)), many)
    product = rng.integers(len(PRODUCTS), size=len(order))
    basket = np.append([s.basket for s in w.SEGMENTS], 1.0)[np.append(block.segment, len(w.SEGMENTS))[customer[order]]]
    quantity = np.maximum(np.rint((choose(rng, _QUANTITIES, len(order)) + 1) * basket), 1).astype(np.int64)
    dearer = np.where(at[order] >= block.world.rise, 1 + w.PRICE_RISE, 1.0)
    full = np.rint(_CENTS[product] * dearer).astype(np.int64) * quantity
    percent = np.where(rng.random(len(at)) < 0.15, 10, 0)[order]
    number = np.arange(len(order)) - np.repeat(np.cumsum(many) - many, many) + 1
    return _Lines(order, number, product, quantity, full, full - full * percent // 100)


def _fate(block: Block, rng: np.random.Generator, at: Floats, gross: Ints) -> tuple[Ints, Ints, Floats]:
    """What became of each order: its state, cents given back, and when."""
    today, size = block.world.today, len(at)
    drawn = rng.random(size)
    state = np.where(drawn < _FAILED, FAILED, np.where(drawn < _FAILED + _CANCELLED, CANCELLED, PAID))
    state = np.where((state == PAID) & (at > today - _WAITING_DAYS) & (rng.random(size) < 0.3), PENDING, state)
    back = rng.random(size)
    when = at + rng.uniform(3, 35, size)
    given = (state == PAID) & (back < _PARTLY + _WHOLLY) & (when < today)
    partly = np.maximum((gross * rng.uniform(0.1, 0.8, size)).astype(np.int64), 1)
    refunded = np.where(given, np.where(back < _WHOLLY, gross, partly), 0)
    state = np.where(given, np.where(back < _WHOLLY, WHOLLY, PARTLY), state)
    return state, refunded, np.where(given, when, np.inf)


def _orders(block: Block, rng: np.random.Generator, orders: Orders, discount: Ints, shipping: Ints) -> pa.Table:
    world, size = block.world, len(orders)
    guest = orders.customer < 0
    delivered = orders.at + rng.uniform(1, 7, size)
    here = np.where(guest, 0, block.country[orders.customer])
    return col.canonical(
        "orders",
        {
            "order_id": orders.keys,
            "customer_id": col.some(block.known_as(np.maximum(orders.customer, 0), orders.at), ~guest),
            "ordered_at": col.instants(world.utc(orders.at)),
            "currency": col.pick([w.CURRENCY], np.zeros(size, np.int8)),
            "gross": col.money(orders.gross),
            "discount": col.money(discount),
            "tax": col.money(orders.gross * 24 // 124),
            "shipping": col.money(shipping),
            "refunded": col.money(orders.refunded),
            "net": col.money(orders.gross - orders.refunded),
            "status": col.pick(STATES, orders.state),
            "delivered_at": col.instants(world.utc(delivered), orders.sold & (delivered < world.today)),
            "channel": col.pick(CHANNELS, choose(rng, CHANNEL_SHARES, size)),
            "country": col.pick(w.COUNTRIES, here),
        },
        size,
    )


def _order_lines(orders: Orders, lines: _Lines) -> pa.Table:
    size = len(lines.order)
    return col.canonical(
        "order_lines",
        {
            "order_id": orders.keys.take(lines.order),
            "line_no": pa.array(lines.number),
            "product_id": col.pick([f"P{k:03d}" for k in range(len(PRODUCTS))], lines.product),
            "name": col.pick(PRODUCTS, lines.product),
            "category": col.pick(CATEGORIES, lines.product // len(_THINGS)),
            "quantity": col.count(lines.quantity),
            "amount": col.money(lines.amount),
            "returned": col.flags(np.zeros(size, np.bool_)),
        },
        size,
    )


def _refunds(block: Block, rng: np.random.Generator, orders: Orders) -> pa.Table:
    back = np.flatnonzero(orders.refunded > 0)
    customer, at = orders.customer[back], orders.refunded_at[back]
    return col.canonical(
        "refunds",
        {
            "refund_id": pc.binary_join_element_wise("r", orders.keys.take(back), "-"),
            "order_id": orders.keys.take(back),
            "customer_id": col.some(block.known_as(np.maximum(customer, 0), orders.at[back]), customer >= 0),
            "refunded_at": col.instants(block.world.utc(at)),
            "currency": col.pick([w.CURRENCY], np.zeros(len(back), np.int8)),
            "amount": col.money(orders.refunded[back]),
            "reason": col.pick(_REFUND_REASONS, rng.integers(len(_REFUND_REASONS), size=len(back))),
        },
        len(back),
    )
