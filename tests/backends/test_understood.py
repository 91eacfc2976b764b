"""Do segments, ideal customers, offers, journeys, lists and reasons say the same on DuckDB and on Spark?"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pytest
from tests.backends.conftest import by_spark, stored

from keepwell.config import Company
from keepwell.lake import Lake
from keepwell.measure.facts import Facts
from keepwell.measure.periods import calendar
from keepwell.testing import world as small_world
from keepwell.understand import ideal_customer as ic
from keepwell.understand import journeys, leaving, offers, segments
from keepwell.understand.watchlists import WATCHLISTS

needs_java = pytest.mark.skipif(
    shutil.which("java") is None, reason="Spark needs Java: apt-get install openjdk-17-jre-headless"
)
AS_OF, EARLIER = date(2025, 12, 1), date(2025, 6, 1)
_REASONS = ("too_expensive", "Liian kallis!", "他社に乗り換え", "C'est trop cher", "C-17", None, None)


def _crowd() -> Facts:
    """Two hundred customers who buy, use, complain, answer, pay and leave by a seeded coin."""
    rng, opened = np.random.default_rng(5), date(2024, 1, 1)

    def day(who: int) -> str:
        return f"{opened + timedelta(days=int(rng.integers(who % 200, 690)))} {rng.integers(24):02}:30"

    who = [f"c{n:03}" for n in range(200)]
    people = [
        {"customer_id": c, "country": "FI" if n % 3 else "SE", "source": ("ads", "friend", None)[n % 3 if n % 7 else 2], "traits": {"industry": ("food", "toys")[n % 2]}}
        for n, c in enumerate(who)
    ]  # fmt: skip
    orders = [
        {"order_id": f"o{n}", "customer_id": who[n % 160], "ordered_at": day(n), "gross": int(rng.integers(5, 90)), "discount": int(rng.integers(3)) or None}
        for n in range(900)
    ]  # fmt: skip
    lines = [
        {"order_id": f"o{n}", "line_no": k, "product_id": f"p{(n % 160 % 6 + int(rng.integers(3)) * 6) % 18:02}"}
        for n in range(900)
        for k in (1, 2)
    ]
    members = [
        {"customer_id": who[n], "starts_on": f"2024-{n % 12 + 1:02}-15", "ends_on": None if n % 3 else f"2025-{n % 11 + 1:02}-10", "cancel_reason": None if n % 3 else _REASONS[n // 3 % len(_REASONS)]}
        for n in range(120)
    ]  # fmt: skip
    events = [
        {"customer_id": who[n % 180], "happened_at": day(n), "kind": ("visit", "usage", "ticket")[n % 3], "name": ("sea", "tea", None)[n % 5 % 3], "value": float(n % 40), "properties": {}}
        for n in range(600)
    ]  # fmt: skip
    touches = [{"customer_id": who[n % 150], "touched_at": day(n), "direction": ("out", "in")[n % 4 == 0], "channel": ("mail", "phone")[n % 3 == 0]} for n in range(300)]  # fmt: skip
    answers = [{"customer_id": who[n % 110], "answered_at": day(n), "question": ("nps", "csat")[n % 5 == 0], "score": n % 5 + (5 if n % 5 else 0), "text": _REASONS[n % len(_REASONS)]} for n in range(250)]  # fmt: skip
    company = Company(name="A crowd", time_zone="Europe/Helsinki", active_by="any", activity_window_days=60)
    return small_world(
        as_of=AS_OF, company=company, customers=people, orders=orders, order_lines=lines, subscriptions=members, events=events,
        touches=touches, answers=answers,
    )  # fmt: skip


_WEIGHED = pd.DataFrame(
    {
        "trait": ["source", "industry"],
        "value": ["friend", "toys"],
        "points": [40, -12],
        "part": [9, 3],
        "customers": [60, 90],
    }
)


def _early(facts: Facts) -> Facts:
    return replace(facts, as_of=EARLIER)


TABLES: dict[str, Callable[[Facts], ir.Table]] = {
    "segments": segments.segments,
    "value segments": segments.value_segments,
    "moves": lambda f: segments.matrix(segments.moves(segments.segments(_early(f)), segments.segments(f))),
    "ideal cohort": lambda f: ic.cohort(f, ic.Ideal(50, 3)),
    "traits": lambda f: ic.counted(f, ic.Ideal(50, 3, 10), ("source", "country", "industry", "first_plan")),
    "own traits": ic.own_traits,
    "scores": lambda f: ic.scored(f, ic.stays(f), _WEIGHED),
    "reasons of scores": lambda f: ic.reasons(f, ic.leads(f), _WEIGHED),
    "outcomes": lambda f: ic.outcomes(f, date(2024, 6, 1), _WEIGHED, days=90),
    "together": offers.together,
    "offers": offers.offers,
    "popular": offers.popular,
    "open issues": offers.open_issues,
    "hits": lambda f: offers.hits(f, learned=EARLIER, days=90, most=2),
    "sources": journeys.sources,
    "paths": journeys.paths,
    "flows": journeys.flows,
    "waits": journeys.waits,
    "friction": lambda f: journeys.friction(f, since=EARLIER),
    "losses": leaving.losses,
    "reasons": lambda f: leaving.counted(leaving.losses(f), calendar("month", date(2025, 1, 1), AS_OF, f.company)),
    "overdue": lambda f: (lost := leaving.losses(f)).filter(leaving.overdue(f, lost)),
    **{each.id: each.rows for each in WATCHLISTS.values()},
}
"""What the engine counts, by name."""


@pytest.fixture(scope="module")
def crowd() -> Facts:
    """The two hundred."""
    return _crowd()


@pytest.fixture(scope="module")
def both(crowd: Facts, spark: Lake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lake, Lake]]:
    """Their lake through DuckDB and through Spark."""
    folder = stored(crowd, tmp_path_factory.mktemp("understood"))
    with Lake.open(str(folder)) as here, by_spark(folder) as there:
        yield here, there


def _rows(lake: Lake, crowd: Facts, ask: Callable[[Facts], ir.Table]) -> list[list[str]]:
    frame = lake.run(ask(Facts(lake.tables(), crowd.company, crowd.as_of, since=crowd.since)))
    return sorted([_text(value) for value in row] for row in frame.itertuples(index=False))


def _text(value: object) -> str:
    if pd.isna(value):
        return "unknown"
    if isinstance(value, float | np.floating):
        return repr(round(float(value), 12))
    return str(value).removesuffix(" 00:00:00")


@pytest.mark.slow
@pytest.mark.spark
@needs_java
@pytest.mark.parametrize("name", TABLES)
def test_both_engines_say_the_same(both: tuple[Lake, Lake], crowd: Facts, name: str) -> None:
    """Row by row the same on both engines, and not because there is nothing."""
    here, there = (_rows(lake, crowd, TABLES[name]) for lake in both)
    assert there == here
    assert here
