"""What happened between the orders? Visits, use of the club, tickets, contacts and answers of one block of customers."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from keepwell.demo import columns as col
from keepwell.demo import world as w
from keepwell.demo.club import TRIAL, Stretches, last_day
from keepwell.demo.columns import Flags, Floats, Ints
from keepwell.demo.people import INTERESTS, OWNERS, Block
from keepwell.demo.shop import Orders, first_orders
from keepwell.demo.world import choose

VISITS, VISITS_BEFORE, LETTERS, TICKETS, MEETINGS = 3.0, 1.2, 2.5, 0.25, 4.0
"""A year of every customer: visits, visits before they are known (in all), letters, tickets; meetings of an account."""
USES = 18.0
"""Uses of the club a year, on average; gamma of shape 1 among members."""
FADING_DAYS, FADED = 45, 0.3
"""In the last days of a membership use falls to this share."""
ASKED_AFTER_ORDER, ASKED_AFTER_TICKET, ANSWERS = 0.06, 0.25, 0.35
_TICKETS = ("delivery", "quality", "billing", "club", "how to")
_USES = ("used a benefit", "opened the catalogue", "booked a workshop", "read a guide")
_WORDS = (
    "I will not come back.", "Slow, and nobody told me why.", "It was all right.", "Good things, a bit dear.",
    "Friendly people.", "Exactly what I wanted.",
)  # fmt: skip
_PER_BLOCK = 1_000_000


@dataclass(frozen=True)
class Tickets:
    """Tickets of a block: whose, when, and hours to resolve."""

    customer: Ints
    at: Floats
    hours: Floats

    def __len__(self) -> int:
        return len(self.at)


def scattered(rng: np.random.Generator, rate: Floats, start: Floats, end: Floats) -> tuple[Ints, Floats]:
    """
    Moments of Poisson processes between start and end.

    Args:
        rng: Chance.
        rate: A day, one per customer.
        start: First moment of each.
        end: Last moment of each; none come where it is not after the start.

    Returns:
        Place of the customer, and moment, of every happening.
    """
    span = np.maximum(end - start, 0)
    many = rng.poisson(rate * span)
    who = np.repeat(np.arange(len(rate)), many)
    return who, start[who] + rng.random(len(who)) * span[who]


def tickets(block: Block) -> Tickets:
    """Tickets, more of them before customers leave for bad service."""
    rng, size = block.rng(5), len(block)
    who, at = scattered(rng, np.full(size, TICKETS / w.YEAR), block.joined, block.seen)
    hurt = block.buyer & (w.REASONS[2] == np.array(w.REASONS)[block.reason])
    last = np.maximum(block.left - 60, block.joined)
    more, later = scattered(rng, np.where(hurt, 1.6 / 60, 0.0), last, block.seen)
    who, at = np.concatenate([who, more]), np.concatenate([at, later])
    bad = np.arange(len(who)) >= len(who) - len(more)
    hours = np.round(rng.lognormal(2.2, 0.8, len(who)) * np.where(bad, 3.0, 1.0), 1)
    return Tickets(who, _inside(block, block.world.at_an_hour(at, rng), who), hours)


def _inside(block: Block, at: Floats, who: Ints) -> Floats:
    """Never before the customer is known, never on or after as_of."""
    return np.minimum(np.maximum(at, block.joined[who] + 0.002), block.world.today - 0.001)


def events(block: Block, stretches: Stretches, asked: Tickets) -> pa.Table:
    """Canonical events: visits, known and not yet known, use of the club, tickets."""
    return pa.concat_tables([_visits(block), _uses(block, stretches), _ticket_events(block, asked)])


def _visits(block: Block) -> pa.Table:
    rng, world, size = block.rng(6), block.world, len(block)
    early = np.maximum(block.joined - 30, 0)
    unknown, before = scattered(rng, VISITS_BEFORE / np.maximum(block.joined - early, 0.1), early, block.joined)
    known, after = scattered(rng, np.full(size, VISITS / w.YEAR), block.joined, block.seen)
    who = np.concatenate([unknown, known])
    at = np.concatenate([before, _inside(block, world.at_an_hour(after, rng), known)])
    anonymous = np.arange(len(who)) < len(unknown)
    own = rng.random(len(who)) < 0.6
    topic = col.pick(INTERESTS, np.where(own, block.interest[who], rng.integers(len(INTERESTS), size=len(who))))
    visitor = pc.replace_substring(block.ids, "c", "w").take(who)
    properties = col.named({"topic": topic, "visitor": visitor}, len(who))
    return _events(block, "v", who, at, {"kind": "visit", "name": topic, "properties": properties}, ~anonymous)


def _uses(block: Block, stretches: Stretches) -> pa.Table:
    """Use between the first paid day and the last day; it fades before the end."""
    rng, world, of = block.rng(7), block.world, stretches.of
    start = np.full(len(block), np.inf)
    paid = of.state != TRIAL
    np.minimum.at(start, of.customer[paid], of.day[paid].astype(np.float64))
    end = last_day(block, stretches)
    rate = rng.standard_exponential(len(block)) * USES / w.YEAR
    start = np.where(np.isfinite(start), start, 0.0)
    who, at = scattered(rng, np.where(end > 0, rate, 0.0), start, np.minimum(end, world.today))
    kept = (at < end[who] - FADING_DAYS) | (rng.random(len(who)) < FADED)
    who, at = who[kept], _inside(block, world.at_an_hour(at[kept], rng), who[kept])
    name = col.pick(_USES, choose(rng, (0.4, 0.35, 0.1, 0.15), len(who)))
    return _events(block, "u", who, at, {"kind": "usage", "name": name})


def _ticket_events(block: Block, asked: Tickets) -> pa.Table:
    rng = block.rng(8)
    name = col.pick(_TICKETS, choose(rng, (0.35, 0.25, 0.15, 0.10, 0.15), len(asked)))
    solved = asked.at + asked.hours / 24 < block.world.today
    value = col.numbers(asked.hours, solved)
    return _events(block, "t", asked.customer, asked.at, {"kind": "ticket", "name": name, "value": value})


def _events(
    block: Block, prefix: str, who: Ints, at: Floats, told: dict[str, pa.Array | str], known: Flags | None = None
) -> pa.Table:
    """Events of one kind; *known* says whose customer can be named."""
    size = len(who)
    customer = block.known_as(who, at)
    columns = {
        **told,
        "event_id": col.numbered(prefix, block.number * _PER_BLOCK + np.arange(size), 11),
        "customer_id": customer if known is None else col.some(customer, known),
        "happened_at": col.instants(block.world.utc(at)),
        "kind": col.pick([str(told["kind"])], np.zeros(size, np.int8)),
    }
    return col.canonical("events", columns, size)


@dataclass(frozen=True)
class _Touch:
    """Contacts of one sort: with whom, when, and what they have in common or one by one."""

    who: Ints
    at: Floats
    direction: str
    channel: str
    team: str
    reason: str | None
    subject: str
    human: bool = True


def touches(block: Block, stretches: Stretches, asked: Tickets) -> pa.Table:
    """Canonical touches: letters, thanks, welcomes to the club, tickets and their answers, meetings with accounts."""
    rng, world, size = block.rng(9), block.world, len(block)
    reader, sent = scattered(rng, np.full(size, LETTERS / w.YEAR), block.joined, block.seen)
    thanked = np.flatnonzero(block.thanked & block.buyer)
    member, first = np.unique(stretches.of.customer, return_index=True)
    called = stretches.of.welcomed[first]
    met, meeting = scattered(rng, np.where(block.account & block.buyer, MEETINGS / w.YEAR, 0), block.joined, block.seen)
    sorts = [
        _Touch(reader, sent, "out", "mail", "marketing", "news", "letter", human=False),
        _Touch(thanked, first_orders(block)[thanked] + rng.uniform(2, 6, len(thanked)), "out", "mail", "sales", "thanks", "thank you"),
        _Touch(member[called], stretches.of.day[first][called].astype(np.float64) + 1.45, "out", "phone", "success", "idea", "welcome to the club"),
        _Touch(asked.customer, asked.at, "in", "chat", "support", None, "ticket"),
        _Touch(asked.customer, asked.at + asked.hours / 24, "out", "mail", "support", "answer", "ticket"),
        _Touch(met, np.floor(meeting) + 0.5, "out", "meeting", "sales", "result", "review"),
    ]  # fmt: skip
    return _touches(block, [_before(world, sort) for sort in sorts])


def _before(world: w.World, touch: _Touch) -> _Touch:
    past = touch.at < world.today
    return replace(touch, who=touch.who[past], at=touch.at[past])


def _touches(block: Block, sorts: list[_Touch]) -> pa.Table:
    sizes = [len(sort.who) for sort in sorts]
    who, at = np.concatenate([s.who for s in sorts]), np.concatenate([s.at for s in sorts])
    sort = np.repeat(np.arange(len(sorts)), sizes)
    human = np.array([s.human for s in sorts])[sort]
    met = np.array([s.channel == "meeting" for s in sorts])[sort]
    first_contact = pc.binary_join_element_wise(block.ids.take(who), "p1", "-")
    columns = {
        name: col.pick([getattr(s, name) for s in sorts], sort)
        for name in ("direction", "channel", "team", "reason", "subject")
    }
    columns |= {
        "touch_id": col.numbered("h", block.number * _PER_BLOCK + np.arange(len(who)), 11),
        "customer_id": block.known_as(who, at),
        "contact_id": col.some(first_contact, met),
        "touched_at": col.instants(block.world.utc(at)),
        "human": col.flags(human),
        "by": col.some(col.pick(OWNERS, block.owner[who]), human),
    }
    return col.canonical("touches", columns, len(who))


def answers(block: Block, orders: Orders, asked: Tickets) -> pa.Table:
    """Canonical answers to how likely they are to recommend us, asked after orders and tickets; most stay silent."""
    rng, world = block.rng(10), block.world
    bought = np.flatnonzero(orders.sold & (orders.customer >= 0) & (rng.random(len(orders)) < ASKED_AFTER_ORDER))
    solved = np.flatnonzero(rng.random(len(asked)) < ASKED_AFTER_TICKET)
    who = np.concatenate([orders.customer[bought], asked.customer[solved]])
    when = np.concatenate([orders.at[bought] + 10, asked.at[solved] + asked.hours[solved] / 24 + 1])
    after_ticket = np.arange(len(who)) >= len(bought)
    past = when < world.today
    who, when, after_ticket = who[past], when[past], after_ticket[past]
    back = when + rng.uniform(0.1, 5, len(who))
    spoke = (rng.random(len(who)) < ANSWERS) & (back < world.today)
    leaving = block.left[who] - when < 90
    score = np.clip(
        np.rint(8.4 + 1.2 * block.content[who] - 3.0 * leaving - 0.8 * after_ticket + rng.normal(0, 0.9, len(who))),
        0,
        10,
    )
    return col.canonical(
        "answers",
        {
            "answer_id": col.numbered("a", block.number * _PER_BLOCK + np.arange(len(who)), 11),
            "customer_id": block.known_as(who, when),
            "asked_at": col.instants(world.utc(when)),
            "answered_at": col.instants(world.utc(back), spoke),
            "touchpoint": col.pick(["purchase", "support"], after_ticket.astype(np.int8)),
            "question": col.pick(["nps"], np.zeros(len(who), np.int8)),
            "score": col.numbers(score, spoke),
            "text": col.some(col.pick(_WORDS, (score // 2).astype(np.int64)), spoke & (rng.random(len(who)) < 0.4)),
        },
        len(who),
    )
