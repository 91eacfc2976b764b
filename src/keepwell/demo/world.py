"""What is Harbour Goods, an invented shop with a club, and what is really true of it?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt

from keepwell.demo.columns import Floats, Ints
from keepwell.schema.clock import day_number, offsets

COMPANY, CURRENCY, ZONE = "Harbour Goods", "EUR", "Europe/Helsinki"
MONTHS = 30
"""How long the company has existed on the morning of as_of."""
YEAR = 365.25


@dataclass(frozen=True)
class Segment:
    """
    One hidden kind of customer.

    Args:
        name: What the truth calls it.
        share: Of the customers.
        orders: Orders a year while they stay, on average; gamma among customers.
        orders_shape: Shape of that gamma.
        leaving: Dropouts a year, on average; gamma among customers.
        leaving_shape: Shape of that gamma.
        basket: Factor on quantities.
        club: Share of buyers who join the club.
    """

    name: str
    share: float
    orders: float
    orders_shape: float
    leaving: float
    leaving_shape: float
    basket: float
    club: float


SEGMENTS = (
    Segment("devoted", 0.15, 8.0, 3.0, 0.12, 2.0, 1.3, 0.60),
    Segment("regular", 0.40, 4.0, 2.0, 0.40, 2.0, 1.0, 0.35),
    Segment("seasonal", 0.25, 1.8, 1.5, 0.55, 1.5, 1.2, 0.10),
    Segment("bargain", 0.20, 2.4, 1.5, 1.10, 1.5, 0.8, 0.20),
)


@dataclass(frozen=True)
class Source:
    """Where customers come from: share of the newcomers, factor on their dropout rate, cost in cents of winning one."""

    name: str
    share: float
    leaving: float
    cents: int


SOURCES = (
    Source("search", 0.30, 1.0, 900),
    Source("ads", 0.27, 1.5, 2_600),
    Source("social", 0.15, 1.2, 1_500),
    Source("referral", 0.13, 0.55, 700),
    Source("marketplace", 0.10, 1.3, 1_100),
    Source("partner", 0.05, 0.8, 3_500),
)


@dataclass(frozen=True)
class Plan:
    """A plan of the club: price a month in cents, per seat for accounts; the plan above and below, -1 for none."""

    name: str
    cents: int
    up: int
    down: int


PLANS = (
    Plan("Club", 990, 1, -1),
    Plan("Club Plus", 1_990, -1, 0),
    Plan("Crew", 2_900, 3, -1),
    Plan("Crew Max", 4_900, -1, 2),
)

REASONS = ("price", "no longer needed", "service", "competitor", "moved away")
REASON_SHARES = (0.22, 0.30, 0.20, 0.18, 0.10)
REASON_SHARES_AFTER_RISE = (0.55, 0.15, 0.10, 0.15, 0.05)

COUNTRIES = ("FI", "SE", "EE", "HU", "DE")
COUNTRY_SHARES = (0.58, 0.16, 0.10, 0.09, 0.07)
LANGUAGES = ("fi", "sv", "et", "hu", "de")
COUNTRY_ZONES = ("Europe/Helsinki", "Europe/Stockholm", "Europe/Tallinn", "Europe/Budapest", "Europe/Berlin")

ACCOUNTS = 0.06
"""Share of customers that are accounts with people in them."""
PERSON_BUYS, ACCOUNT_BUYS = 0.88, 0.35
"""Share of known people, and of accounts courted, that ever buy."""
DUPLICATES = 0.006
"""Share of customers who are known under two ids until it is found out."""
GUESTS = 0.12
"""Guest orders per customer."""

PRICE_RISE = 0.12
"""How much dearer the club and the goods became at the rise."""
RISE_PUSH, RISE_PUSH_DAYS = 2.2, 60
"""Factor on every dropout rate after the rise, and for how many days."""
THANKED, THANKS_EFFECT = 0.5, 0.80
"""Share of buyers who are thanked, by coin; factor on their dropout rate."""
WELCOMED, WELCOME_EFFECT = 0.8, 0.75
"""Share of club members who are welcomed by a call, by coin; factor on their rate of leaving the club."""

SEASON = (0.75, 0.75, 0.90, 0.95, 1.10, 1.10, 0.85, 0.95, 1.00, 1.05, 1.35, 1.65)
"""Factor on orders and newcomers, January to December."""
WEEK = (1.00, 0.95, 0.95, 1.00, 1.10, 1.10, 0.90)
"""The same, Monday to Sunday."""
GROWTH = 0.25
"""Growth of newcomers a year."""
HOURS = (9, 4, 2, 1, 1, 1, 3, 8, 14, 20, 24, 26, 28, 24, 22, 22, 24, 28, 34, 42, 46, 40, 28, 18)
"""Weight of each hour of the day."""


@dataclass(frozen=True)
class World:
    """
    One run of the invented company: its days are counted from 0, the day it opened.

    Args:
        as_of: Everything before this day is known.
        customers: How many real customers there are.
        seed: Chooses the world.
    """

    as_of: date
    customers: int
    seed: int

    @cached_property
    def opened(self) -> date:
        """First day of the company: the first of a month."""
        number = self.as_of.year * 12 + self.as_of.month - 1 - MONTHS
        return date(number // 12, number % 12 + 1, 1)

    @property
    def first(self) -> int:
        """Day number of the opening day."""
        return day_number(self.opened)

    @property
    def today(self) -> int:
        """as_of as a day of the company."""
        return day_number(self.as_of) - self.first

    @cached_property
    def dates(self) -> list[date]:
        """Every day before as_of."""
        return [self.opened + timedelta(days=n) for n in range(self.today)]

    @cached_property
    def rise(self) -> int:
        """The day of the price rise: the first of a month, 11 months before as_of's."""
        number = self.as_of.year * 12 + self.as_of.month - 1 - 11
        return day_number(date(number // 12, number % 12 + 1, 1)) - self.first

    @cached_property
    def months(self) -> list[date]:
        """First days of the months from the opening to the one of as_of."""
        return sorted({day.replace(day=1) for day in self.dates})

    @cached_property
    def month_of_day(self) -> Ints:
        """Place in *months* of every day before as_of."""
        return np.array([self.months.index(day.replace(day=1)) for day in self.dates], np.int64)

    @cached_property
    def demand(self) -> Floats:
        """Season and weekday, summed up to the start of every day, the last one being as_of."""
        daily = [SEASON[day.month - 1] * WEEK[day.weekday()] for day in self.dates]
        return np.concatenate([[0.0], np.cumsum(daily)])

    @cached_property
    def newcomers(self) -> Floats:
        """Share of all newcomers who came before the start of every day."""
        daily = np.diff(self.demand) * (1 + GROWTH) ** (np.arange(self.today) / YEAR)
        return np.concatenate([[0.0], np.cumsum(daily)]) / daily.sum()

    def pressure(self, day: Floats) -> Floats:
        """The time of leaving: days, but the days after the price rise count for more."""
        return day + (RISE_PUSH - 1) * np.clip(day - self.rise, 0, RISE_PUSH_DAYS)

    def released(self, pressure: Floats) -> Floats:
        """The day at which a pressure is reached; the reverse of *pressure*."""
        inside = RISE_PUSH * RISE_PUSH_DAYS
        return np.where(
            pressure < self.rise,
            pressure,
            np.where(
                pressure < self.rise + inside,
                self.rise + (pressure - self.rise) / RISE_PUSH,
                pressure - (RISE_PUSH - 1) * RISE_PUSH_DAYS,
            ),
        )

    def at_an_hour(self, day: npt.NDArray[np.generic], rng: np.random.Generator) -> Floats:
        """The same days, each at an hour at which people do things."""
        hour = rng.choice(24, len(day), p=np.array(HOURS) / sum(HOURS))
        return np.floor(day.astype(np.float64)) + (hour + rng.random(len(day))) / 24

    def utc(self, moment: Floats) -> Ints:
        """Epoch seconds of moments told in the company's days and zone."""
        local = np.floor((self.first + moment) * 86_400).astype(np.int64)
        since, east = np.array(offsets(ZONE)[::-1]).T
        place = np.clip(np.searchsorted(since + east, local, side="right") - 1, 0, None)
        return local - east[place]

    def rng(self, block: int, purpose: int) -> np.random.Generator:
        """Chance for one purpose in one block of customers; the same whatever else is drawn."""
        return np.random.default_rng([self.seed, block, purpose])


def choose(rng: np.random.Generator, shares: Sequence[float], size: int) -> Ints:
    """Numbers 0, 1, … with these shares."""
    edges = np.cumsum(shares)
    return np.minimum(np.searchsorted(edges / edges[-1], rng.random(size), side="right"), len(shares) - 1)
