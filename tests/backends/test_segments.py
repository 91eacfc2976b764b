"""Does a segment mean the same people on every engine: every operator, every type, the unknown, quotes and days?"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import ibis.expr.types as ir
import pandas as pd
import pytest
from tests.backends.conftest import by_spark, stored

from keepwell.config import Company
from keepwell.lake import Lake
from keepwell.measure.facts import Facts
from keepwell.measure.profile import COLUMNS, profile
from keepwell.schema.clock import date_number
from keepwell.schema.expressions import parse
from keepwell.testing import world as small_world

needs_java = pytest.mark.skipif(
    shutil.which("java") is None, reason="Spark needs Java: apt-get install openjdk-17-jre-headless"
)

ZONE = "Europe/Helsinki"

PEOPLE = [
    {"customer_id": "ann", "name": "Ann", "country": "FI", "birthday": "1990-02-28", "acquired_at": "2025-01-31 23:30", "traits": {"industry": "food", "company size": "small"}},
    {"customer_id": "bob", "name": "O'Neil", "country": "HU", "birthday": "1992-02-29", "acquired_at": "2025-02-01 00:30", "traits": {"industry": "toys"}},
    {"customer_id": "cid", "name": 'Cid "the Kid"', "country": "fi", "birthday": "1969-12-31", "acquired_at": "2025-03-30 04:30", "traits": {}},
    {"customer_id": "dot", "name": "100 % Dot_Com", "country": "", "birthday": "2001-01-01", "acquired_at": "2024-10-27 03:30"},
    {"customer_id": "eve", "name": "back\\slash", "country": "JP", "acquired_at": "2024-02-29 12:00", "traits": {"industry": "O'Neil"}},
    {"customer_id": "fin", "name": "Ääkkönen 日本", "country": None},
    {"customer_id": "gus", "name": None, "country": "SE", "birthday": "1990-02-28"},
    {"customer_id": "hal", "name": " padded ", "country": "FI "},
]  # fmt: skip

ORDERS = [
    ("ann", "2025-01-05 10:00", "20.10"), ("ann", "2025-02-03 10:00", "20.20"), ("ann", "2025-03-20 10:00", "20.05"),
    ("bob", "2025-02-03 23:59", 5), ("bob", "2025-02-04 00:01", 5), ("cid", "2025-06-30 23:59", "0.01"),
    ("dot", "2025-03-30 12:00", 60, 60), ("eve", "2025-05-05 12:00", 60, "0.35"),
]  # fmt: skip

CLUB = [("ann", "2025-01-01", None, 20), ("gus", "2025-01-01", "2025-05-01"), ("hal", "2025-06-01", None, 0, "trial")]

NUMBERS = [
    "orders = 2", "orders == 2", "orders != 2", "orders <> 2", "orders < 2", "orders <= 2", "orders > 2", "orders >= 2", "2 <= orders",
    "orders between 1 and 2", "orders not between 1 and 2", "orders in (0, 3)", "orders not in (0, 3)", "recency_days > 90",
    "recency_days > -1", "recency_days is unknown", "recency_days is not null", "net = 60.35", "net > 59.65", "net >= 59.6500",
    "net in (10, 59.65)", "net between 0.01 and 10.00", "net < 0.5", "mrr = 20", "mrr > 0", "gap_days < 37.5", "gap_days >= 1",
    "gap_days = 37", "orders > gap_days", "recency_days > net", "orders = frequency_score", "net > recency_score", "tenure_days >= 0",
]  # fmt: skip
TEXTS = [
    'country = "FI"', "country = 'FI'", 'country != "FI"', 'country < "HU"', 'country >= "a"', 'country in ("FI", "HU")',
    'country not in ("FI", "HU")', 'country = ""', "country is unknown", "name = 'O''Neil'", 'name = "O\'Neil"',
    'name = "Cid ""the Kid"""', "name contains '\"'", "name contains '%'", "name contains '_'", "name contains '\\'",
    "name like '%''%'", "name like '_nn'", "name like '100 _ %'", "name not like '%n%'", "name starts with ' '",
    "name not starts with 'A'", "name not contains 'e'", "name starts with 'Ää'", "name contains '日'", "name like '%日_'",
    "name > 'a'", "name < 'Z'", "country = name", 'plan = "basic"', 'state in ("paid", "trial")', "customer_id > country",
]  # fmt: skip
DAYS = [
    'birthday = "1990-02-28"', 'birthday < "1970-01-01"', 'birthday > "1992-02-28"', 'birthday between "1990-02-28" and "1992-02-29"',
    'birthday not in ("1990-02-28", "2001-01-01")', "birthday is unknown", 'acquired_at = "2025-01-31"', 'acquired_at = "2025-02-01"',
    'acquired_at <= "2025-01-31"', 'acquired_at > "2025-03-29"', 'acquired_at = "2024-10-27"', 'acquired_at between "2024-02-29" and "2024-10-27"',
    "acquired_at is not unknown", 'first_order_on = "2025-02-03"', 'last_order_on >= "2025-06-30"', '"2025-02-04" = last_order_on',
    "first_order_on = last_order_on", "first_day = first_order_on", 'first_day in ("2025-02-03", "2025-05-05")', "birthday < acquired_at",
]  # fmt: skip
REST = [
    "kept", "not kept", "kept = true", "kept != true", "kept = false", "kept is unknown", "traits.industry = 'food'",
    "traits.industry = 'O''Neil'", 'traits."company size" is unknown', "traits.industry not in ('toys', 'food')", "traits.none is null",
    "orders > 1 and country = 'FI'", "orders > 1 or country = 'FI'", "not (orders > 1 and country = 'FI')", "not orders > 1 or net > 5",
    "country is unknown or orders >= 3 and not kept", "not not kept", "(kept or mrr > 0) and recency_days <= 150",
    "name contains 'e' and country = 'JP' or recency_days > 90", "mrr is unknown and traits is null",
]  # fmt: skip
EXPRESSIONS = [*NUMBERS, *TEXTS, *DAYS, *REST]


@pytest.fixture(scope="module")
def crowd() -> Facts:
    """Eight people with names that trip up quoting, days at the edges of months and clocks, and much that is not known."""
    company = Company(name="A shop", time_zone=ZONE, active_by="any", activity_window_days=60)
    people = [{"traits": None, **row} for row in PEOPLE]
    return small_world(as_of="2025-07-01", company=company, customers=people, orders=ORDERS, subscriptions=CLUB)


@pytest.fixture(scope="module")
def crowd_folder(crowd: Facts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The eight people, stored."""
    return stored(crowd, tmp_path_factory.mktemp("crowd"))


@pytest.fixture(scope="module")
def both(crowd_folder: Path, spark: Lake) -> Iterator[tuple[Lake, Lake]]:
    """Their lake through DuckDB and through Spark."""
    with Lake.open(str(crowd_folder)) as here, by_spark(crowd_folder) as there:
        yield here, there


def _people(lake: Lake, crowd: Facts) -> ir.Table:
    people = profile(Facts(lake.tables(), crowd.company, crowd.as_of, since=crowd.since))
    return people.mutate(first_day=date_number(people.first_order_on))


def _told(lake: Lake, crowd: Facts, texts: list[str]) -> dict[str, list[object]]:
    """What each expression says of everybody: true, false or unknown; a hundred are asked in one query."""
    people = _people(lake, crowd)
    said = {f"said_{n}": parse(text, people, zone=ZONE) for n, text in enumerate(texts)}
    frame = lake.run(people.select("customer_id", **said).order_by("customer_id"))
    return {
        text: [None if pd.isna(value) else bool(value) for value in frame[f"said_{n}"]] for n, text in enumerate(texts)
    }


@pytest.mark.slow
@pytest.mark.spark
@pytest.mark.capability("S2-11")
@needs_java
def test_every_expression_says_the_same_of_everybody(both: tuple[Lake, Lake], crowd: Facts) -> None:
    """True, false or unknown: row by row the same on DuckDB and on Spark, and none of them says the same of all by accident."""
    here, there = (_told(lake, crowd, EXPRESSIONS) for lake in both)
    assert there == here
    assert len(EXPRESSIONS) == len(set(EXPRESSIONS)) >= 100
    assert sum(len(set(said)) > 1 for said in here.values()) >= 90


def test_the_unknown_by_hand(crowd_folder: Path, crowd: Facts) -> None:
    """What a few of them say, worked out: Fin has no country and Gus no name: nothing is said of what is not known."""
    with Lake.open(str(crowd_folder)) as lake:
        told = _told(lake, crowd, ['country = "FI"', "name contains 'e'", 'acquired_at = "2025-01-31"', "not kept"])
    assert list(told.values()) == [
        [True, False, False, False, False, None, False, False],
        [False, True, True, False, False, True, None, True],
        [True, False, False, False, False, None, None, None],
        [False, True, False, True, False, True, True, True],
    ]


@pytest.mark.slow
@pytest.mark.spark
@needs_java
def test_every_column_of_a_profile_is_the_same(both: tuple[Lake, Lake], crowd: Facts) -> None:
    """All that is worked out of a customer is equal on both engines, value by value."""
    frames = [
        lake.run(profile(Facts(lake.tables(), crowd.company, crowd.as_of, since=crowd.since)).order_by("customer_id"))
        for lake in both
    ]
    here, there = (
        [
            [None if pd.isna(value) else str(value).removesuffix(" 00:00:00") for value in frame[name]]
            for name in COLUMNS
        ]
        for frame in frames
    )
    assert there == here
