"""Is a season told apart from customers' own course, and does the clock that runs by it help?"""

import json
import math

import numpy as np
import pandas as pd
import pytest

from keepwell.errors import ModelError
from keepwell.testing import world
from keepwell.testing.worlds import run
from keepwell.understand.dropout import BgNbd
from keepwell.understand.regular import MbgCnbd
from keepwell.understand.seasons import MONTHS, by_clock, clock, counted, learn, running

FLAT = (1.0,) * MONTHS
WINTER = (0.7, 0.7, 0.8, 0.9, 0.9, 0.9, 0.8, 0.8, 1.0, 1.1, 1.5, 1.9)
"""Mean 1; December runs more than twice as fast as January."""


def test_an_even_clock_is_the_calendar():
    """Day 0 ends at 1, day 1 at 2."""
    assert running(FLAT, 3).tolist() == [1.0, 2.0, 3.0]


def test_a_fast_month_has_more_days():
    """January 1970 at 0.7 is 21.7 days long, February 19.6."""
    shown = running(WINTER, 59)
    assert shown[[30, 58]].tolist() == pytest.approx([21.7, 41.3])


def test_the_clock_is_read_in_the_engine():
    """Days of a table by the clock: 1 January 1970 ends at 0.7, the 31st at 21.7."""
    import ibis

    days = ibis.memtable({"customer_id": ["Ann", "Ann"], "day": [0, 30]})
    assert sorted(run(clock(days, WINTER, 59))["shown"]) == pytest.approx([0.7, 21.7])


def test_a_history_by_the_clock():
    """Known until 28 February 1970 (41.3, so 41): who came on 1 January (0.7, so 1) and last on the 31st (21.7, so 22) has 21 and 40 days."""
    told = by_clock(WINTER, 59, np.array([30]), np.array([58]))
    assert [int(days.item()) for days in told] == [21, 40]


def test_what_a_season_is_learned_from():
    """
    On 10 March 2025 whole months end with February. Ann came in January and bought on two later days in February,
    Bob came in February and again; months are counted since January 1970: January 2025 is 660.
    """
    orders = [("Ann", "2025-01-05"), ("Ann", "2025-02-01 08:00"), ("Ann", "2025-02-01 20:00"), ("Ann", "2025-02-20"),
              ("Bob", "2025-02-03"), ("Bob", "2025-02-04"), ("Bob", "2025-03-02")]  # fmt: skip
    told = run(counted(world(as_of="2025-03-10", orders=orders)))
    assert told[["came", "month", "purchases", "newcomers"]].to_numpy().tolist() == [
        [660, 660, 0, 1], [660, 661, 2, 1], [661, 661, 1, 1],
    ]  # fmt: skip


def months(season: tuple[float, ...], *, newcomers: int = 4000, span: int = 30) -> pd.DataFrame:
    """Purchases as expected, of newcomers of each of so many months, thinning out with the months since."""
    rows = []
    for came in range(600, 600 + span):
        for month in range(came, 600 + span):
            days = int(
                (
                    np.datetime64(month + 1, "M").astype("datetime64[D]")
                    - np.datetime64(month, "M").astype("datetime64[D]")
                ).astype(int)
            )
            hoped = newcomers * days / 30 * season[month % MONTHS] * 0.5 / (1 + month - came)
            rows.append((came, month, round(hoped), newcomers))
    return pd.DataFrame(rows, columns=["came", "month", "purchases", "newcomers"])


def test_a_season_is_found_again():
    """From purchases that follow one exactly, to one in a hundred; its errors are small; it is told in words."""
    found = learn(months(WINTER))
    assert found.speeds == pytest.approx(WINTER, rel=0.01)
    assert max(found.errors) < 0.02
    assert "+90% in December" in found.explain()


def test_no_season_is_none():
    """Thinning out alone is not taken for one."""
    assert learn(months(FLAT)).speeds == pytest.approx(FLAT, rel=0.01)


@pytest.mark.parametrize("span", [3, 11])
def test_less_than_a_year_is_refused(span):
    """It says how many months there are."""
    with pytest.raises(ModelError, match=f"{span} whole months"):
        learn(months(WINTER, span=span))


def seasonal(people: int, *, seed: int) -> pd.DataFrame:
    """Customers who came in 2023, buying by the clock and leaving by a coin: first, and days bought, until 2025."""
    chance = np.random.default_rng(seed)
    start, end = 19358, 19358 + 730
    shown = running(WINTER, end)
    rows = []
    for who in range(people):
        rate, coin = chance.gamma(0.9, 0.05), chance.beta(1.0, 9.0)
        day = int(chance.integers(start, start + 300))
        rows.append((who, day))
        time = float(shown[day])
        while True:
            time += chance.exponential(1 / max(rate, 1e-9))
            if time >= shown[-1]:
                break
            rows.append((who, int(np.searchsorted(shown, time, side="right"))))
            if chance.random() < coin:
                break
    return pd.DataFrame(rows, columns=["customer", "day"]).drop_duplicates()


def cells(days: pd.DataFrame, today: int) -> pd.DataFrame:
    """What needs() would count."""
    told = days[days["day"] < today].groupby("customer")["day"].agg(["min", "max", "count"])
    return pd.DataFrame({
        "repeats": told["count"] - 1, "recency_days": told["max"] - told["min"], "age_days": today - 1 - told["min"], "today": today,
    })  # fmt: skip


def test_the_quiet_and_the_busy_months_are_foretold():
    """Looking from 1 November 2024 over two busy months: without the clock a third too few are foretold, with it about right."""
    days = seasonal(6000, seed=3)
    today = 19358 + 670
    came = len(days[(days["day"] >= today) & (days["day"] < today + 60)])
    told, seen = {}, cells(days, today)
    for name, season in (("even", None), ("season", WINTER)):
        told[name] = BgNbd(season=season).fit(seen).predict(seen, days=60)["expected"].sum() / came
    assert told["even"] < 0.75
    assert told["season"] == pytest.approx(1, abs=0.08)


def test_cells_tell_the_day_they_were_counted_on():
    """Ann's two days in December and January, known until the end of February 2025: 1 repeat, 30 and 80 days, and today."""
    facts = world(as_of="2025-03-01", orders=[("Ann", "2024-12-10"), ("Ann", "2025-01-09")])
    assert run(BgNbd(season=WINTER).needs(facts).cells).to_numpy().tolist() == [[1, 30, 80, facts.today, 1]]


def test_gaps_by_the_clock():
    """From 10 December 2024 to 9 January 2025: 21 days at 1.9 and 9 at 0.7, 46.2 by the clock."""
    facts = world(as_of="2025-03-01", orders=[("Ann", "2024-12-10"), ("Ann", "2025-01-09")])
    assert run(MbgCnbd(season=WINTER).needs(facts).cells)["log_gaps"].tolist() == [round(1e6 * math.log(46.2))]


def test_a_model_is_put_away_with_its_season():
    """Through JSON, and it answers the same, by the same clock."""
    days = seasonal(800, seed=5)
    seen = cells(days, 19358 + 670)
    model = BgNbd(season=WINTER).fit(seen)
    again = BgNbd.load(json.loads(json.dumps(model.save())))
    pd.testing.assert_frame_equal(again.predict(seen, days=61), model.predict(seen, days=61))
    assert (
        again.predict(seen, days=61)["expected"] != model.predict(seen.assign(today=19358 + 700), days=61)["expected"]
    ).any()
