"""Who are the customers? Drawn in blocks: what the company knows of them, and what only the truth knows."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from keepwell.demo import columns as col
from keepwell.demo import world as w
from keepwell.demo.columns import Flags, Floats, Ints
from keepwell.demo.world import World, choose

_STARTS = (
    "Aa",
    "Be",
    "Da",
    "E",
    "Fi",
    "Ha",
    "I",
    "Jo",
    "Ka",
    "Li",
    "Ma",
    "Ne",
    "O",
    "Pe",
    "Ro",
    "Sa",
    "Ti",
    "U",
    "Ve",
    "Yl",
)
_ENDS = ("bel", "dra", "fen", "lia", "mir", "na", "nik", "ra", "ris", "sto", "ta", "vi")
_PLACES = ("Alder", "Birch", "Cove", "Dune", "Elm", "Fjord", "Gale", "Heath", "Isle", "Keel", "Lake", "Marsh", "North", "Oak", "Pine", "Reed", "Shore", "Tide")  # fmt: skip
_KINDS = ("berg", "by", "dal", "ford", "holm", "lund", "mark", "nes", "sund", "vik", "wick", "worth")
GIVEN = [start + end for start in _STARTS for end in _ENDS]
FAMILY = [place + kind for place in _PLACES for kind in _KINDS]
_TRADES = ("Supply", "Works", "Kitchen", "Studio", "Outfitters", "Partners", "Hotel", "Cafe")
_FORMS = ("Oy", "AB", "Ltd", "GmbH", "Kft")
INDUSTRIES = ("food", "hotel", "crafts", "office", "school")
SIZES = ("small", "middle", "large")
INTERESTS = ("kitchen", "garden", "sea", "home", "gifts")
OWNERS = ("Aabel Keelvik", "Madra Pineholm", "Rolia Shoreby", "Tifen Lakesund")
_ROLES = ("decides", "uses", "pays")
_ROLE_SHARES = (0.35, 0.45, 0.20)


@dataclass(frozen=True)
class Block:
    """
    A block of customers; every array has one entry per customer.

    Args:
        world: The company.
        number: Which block.
        ids: Keys.
        joined: Moment they became known, in days of the company.
        left: Moment they are truly gone, as_of or not.
        reason: Why, a place in REASONS.
        segment: A place in SEGMENTS.
        source: A place in SOURCES.
        country: A place in COUNTRIES.
        account: Whether it is an account with people in it.
        buyer: Whether they ever buy.
        rate: Orders a day at season 1 while they stay.
        thanked: Whether they were thanked, by coin.
        content: How content they are, standard normal.
        split: Moment from which they are known under a second id; infinite for most.
        interest: A place in INTERESTS.
        owner: A place in OWNERS: who looks after them.
    """

    world: World
    number: int
    ids: pa.Array
    joined: Floats
    left: Floats
    reason: Ints
    segment: Ints
    source: Ints
    country: Ints
    account: Flags
    buyer: Flags
    rate: Floats
    thanked: Flags
    content: Floats
    split: Floats
    interest: Ints
    owner: Ints

    def __len__(self) -> int:
        return len(self.joined)

    @property
    def seen(self) -> Floats:
        """Moment until which they are with us: gone, or as_of."""
        return np.minimum(self.left, self.world.today)

    def rng(self, purpose: int) -> np.random.Generator:
        """Chance for one purpose of this block."""
        return self.world.rng(self.number, purpose)

    def second_ids(self) -> pa.Array:
        """The keys of customers known under two."""
        return pc.replace_substring(self.ids, "c", "d")

    def known_as(self, customer: Ints, moment: Floats) -> pa.Array:
        """The key under which a customer is known at a moment."""
        second = moment >= self.split[customer]
        return pc.if_else(pa.array(second), self.second_ids().take(customer), self.ids.take(customer))


def draw(world: World, number: int, start: int, size: int) -> Block:
    """
    One block of customers.

    Args:
        world: The company.
        number: Which block.
        start: Number of its first customer.
        size: How many customers.
    """
    rng = world.rng(number, 0)
    coming = np.interp(rng.random(size), world.newcomers, np.arange(world.today + 1.0))
    joined = np.minimum(world.at_an_hour(coming, rng), world.today - 0.01)
    segment, source = choose(rng, [s.share for s in w.SEGMENTS], size), choose(rng, [s.share for s in w.SOURCES], size)
    account = rng.random(size) < w.ACCOUNTS
    buyer = rng.random(size) < np.where(account, w.ACCOUNT_BUYS, w.PERSON_BUYS)
    thanked = rng.random(size) < w.THANKED
    rate = _gamma(rng, segment, "orders") / w.YEAR
    leaving = _gamma(rng, segment, "leaving") / w.YEAR * np.array([s.leaving for s in w.SOURCES])[source]
    leaving = leaving * np.where(thanked, w.THANKS_EFFECT, 1.0)
    pressure = world.pressure(joined) + rng.standard_exponential(size) / leaving
    left = np.minimum(world.released(pressure), 60_000.0)
    split = np.where(rng.random(size) < w.DUPLICATES, joined + rng.random(size) * (world.today - joined), np.inf)
    return Block(
        world, number, col.numbered("c", np.arange(start, start + size)), joined, left,
        _reasons(world, rng, left), segment, source, choose(rng, w.COUNTRY_SHARES, size), account, buyer,
        rate, thanked, rng.standard_normal(size), np.where(buyer, split, np.inf),
        rng.integers(len(INTERESTS), size=size), rng.integers(len(OWNERS), size=size),
    )  # fmt: skip


def _gamma(rng: np.random.Generator, segment: Ints, name: str) -> Floats:
    """Rates a year: gamma in every segment."""
    mean = np.array([getattr(s, name) for s in w.SEGMENTS])[segment]
    shape = np.array([getattr(s, f"{name}_shape") for s in w.SEGMENTS])[segment]
    return np.maximum(rng.standard_gamma(shape) * mean / shape, 1e-4)


def _reasons(world: World, rng: np.random.Generator, left: Floats) -> Ints:
    pushed = (left >= world.rise) & (left < world.rise + w.RISE_PUSH_DAYS)
    usual, after = choose(rng, w.REASON_SHARES, len(left)), choose(rng, w.REASON_SHARES_AFTER_RISE, len(left))
    return np.where(pushed, after, usual)


def tables(block: Block) -> dict[str, pa.Table]:
    """Canonical customers, contacts and merges of a block."""
    rng = block.rng(1)
    customers = _customers(block, rng)
    twice = np.flatnonzero(np.isfinite(block.split))
    second = customers.take(twice).set_column(0, "customer_id", block.second_ids().take(twice))
    place = second.schema.get_field_index("acquired_at")
    second = second.set_column(place, "acquired_at", col.instants(block.world.utc(block.split[twice])))
    return {
        "customers": pa.concat_tables([customers, second]).combine_chunks(),
        "contacts": _contacts(block, rng),
        "merges": _merges(block, rng, twice),
    }


def _customers(block: Block, rng: np.random.Generator) -> pa.Table:
    size, account = len(block), block.account
    given, family = rng.integers(len(GIVEN), size=size), rng.integers(len(FAMILY), size=size)
    person = pc.binary_join_element_wise(col.pick(GIVEN, given), col.pick(FAMILY, family), " ")
    firm = pc.binary_join_element_wise(
        col.pick(FAMILY, family), col.pick(_TRADES, given % len(_TRADES)), col.pick(_FORMS, block.country), " "
    )
    mail = pc.binary_join_element_wise(pc.utf8_lower(pc.replace_substring(person, " ", ".")), block.ids, "-")
    born = col.days(rng.integers(-10_000, 13_500, size), ~account & (rng.random(size) < 0.4))
    return col.canonical(
        "customers",
        {
            "customer_id": block.ids,
            "kind": col.pick(["person", "account"], account.astype(np.int64)),
            "name": pc.if_else(pa.array(account), firm, person),
            "email": pc.binary_join_element_wise(mail, "@example.com", ""),
            "acquired_at": col.instants(block.world.utc(block.joined)),
            "source": col.pick([s.name for s in w.SOURCES], block.source),
            "country": col.pick(w.COUNTRIES, block.country),
            "language": col.pick(w.LANGUAGES, block.country),
            "time_zone": col.pick(w.COUNTRY_ZONES, block.country),
            "birthday": born,
            "owner": col.some(col.pick(OWNERS, block.owner), account),
            "traits": _traits(block, rng),
        },
        size,
    )


def _traits(block: Block, rng: np.random.Generator) -> pa.Array:
    size = len(block)
    told = rng.random(size) < 0.7
    return col.named(
        {
            "interest": col.some(col.pick(INTERESTS, block.interest), told),
            "industry": col.some(col.pick(INDUSTRIES, rng.integers(len(INDUSTRIES), size=size)), block.account),
            "size": col.some(col.pick(SIZES, choose(rng, (0.6, 0.3, 0.1), size)), block.account),
        },
        size,
    )


def _contacts(block: Block, rng: np.random.Generator) -> pa.Table:
    accounts = np.flatnonzero(block.account)
    many = rng.integers(1, 5, len(accounts))
    account = np.repeat(accounts, many)
    size = len(account)
    within = np.arange(size) - np.repeat(np.cumsum(many) - many, many)
    key = pc.binary_join_element_wise(block.ids.take(account), pa.array(within + 1).cast(pa.string()), "-p")
    name = pc.binary_join_element_wise(
        col.pick(GIVEN, rng.integers(len(GIVEN), size=size)),
        col.pick(FAMILY, rng.integers(len(FAMILY), size=size)),
        " ",
    )
    return col.canonical(
        "contacts",
        {
            "contact_id": key,
            "customer_id": block.ids.take(account),
            "name": name,
            "email": pc.binary_join_element_wise(key, "@example.com", ""),
            "role": col.pick(_ROLES, choose(rng, _ROLE_SHARES, size)),
            "language": col.pick(w.LANGUAGES, block.country[account]),
        },
        size,
    )


def _merges(block: Block, rng: np.random.Generator, twice: Ints) -> pa.Table:
    found = np.minimum(block.split[twice] + rng.uniform(5, 120, len(twice)), block.world.today - 0.01)
    return col.canonical(
        "merges",
        {
            "from_customer_id": block.second_ids().take(twice),
            "into_customer_id": block.ids.take(twice),
            "merged_at": col.instants(block.world.utc(found)),
        },
        len(twice),
    )
