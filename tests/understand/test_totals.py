"""Do intervals of totals hold what comes about as often as they say, and are they wider where the past was surprising?"""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from tests.truth import published

from keepwell.understand.backtest import Examination, Trial, look
from keepwell.understand.buying import Buying
from keepwell.understand.dropout import BgNbd, MbgNbd
from keepwell.understand.model import Needs
from keepwell.understand.pareto import ParetoNbd
from keepwell.understand.regular import MbgCnbd
from keepwell.understand.totals import Total

DAYS, MORNINGS, LEVEL = 90, (360, 450, 540), 0.8
"""Three mornings of the past, and today, 630 days after the first purchase of all."""
TODAY = 630


def test_what_is_said_of_a_total():
    """1,000 expected, give or take 30, were the model right, and 40 (4 %) besides: give or take 50; 80 % lie within 1.2816 times that."""
    told = Total(1000.0, 30.0, 400.0).said(days=90, beyond=0.04, level=0.8)
    assert told["stretch"] == pytest.approx(50 / 30)
    assert (told["low"], told["high"]) == pytest.approx((1000 - 64.08, 1000 + 64.08), abs=0.01)
    assert (told["days"], told["said"], told["customers"], told["level"]) == (90, 1000.0, 400, 0.8)


def test_a_total_of_which_nothing_was_tried_has_no_interval():
    """Unknown is not narrow."""
    told = Total(1000.0, 30.0, 400.0).said(days=90, beyond=float("nan"), level=0.8)
    assert (told["low"], told["high"], told["stretch"]) == (None, None, None)


def test_no_total_is_below_nothing():
    """Two expected, give or take three: from none on."""
    assert Total(2.0, 3.0, 9.0).said(days=90, beyond=0.0, level=0.8)["low"] == 0.0


@pytest.mark.parametrize("kind", [BgNbd, MbgNbd, ParetoNbd])
def test_the_error_of_a_total(kind):
    """Its square is what single customers vary by, each for themselves, and what the total varies by over drawn parameters."""
    cells = published.cells("master")
    model = kind().fit(cells)
    total, who = model.total(cells, days=182), cells["customers"].to_numpy("float64")
    shares, counts = model.distribution(cells, days=182, most=80).to_numpy(), np.arange(82)
    chance = float(who @ (shares @ counts**2 - (shares @ counts) ** 2))
    drawn = []
    for _place, row in model.draws(np.random.default_rng(4), 150).iterrows():
        other = kind.load(model.save())
        other.parameters_ = row.to_dict()
        drawn.append(float(who @ other.predict(cells, days=182, errors=False)["expected"]))
    assert total.expected == pytest.approx(float(who @ model.predict(cells, days=182)["expected"]))
    assert total.customers == who.sum()
    assert total.error == pytest.approx((chance + np.var(drawn)) ** 0.5, rel=0.05)


def days_bought(people: int, *, seed: int, shock: float = 0.0) -> pd.DataFrame:
    """Customers who come in a year, buy at random and leave by a coin; *shock* of all purchases of the second trial never came."""
    chance = np.random.default_rng(seed)
    end = TODAY + DAYS
    time, rate, stops = chance.uniform(0, 360, people), chance.gamma(0.9, 1 / 40, people), chance.beta(0.9, 3.5, people)
    rows, who = [np.stack([np.arange(people), time])], np.flatnonzero(chance.random(people) >= stops)
    while len(who):
        time[who] += chance.exponential(1 / np.maximum(rate[who], 1e-9))
        who = who[time[who] < end]
        rows.append(np.stack([who, time[who]]))
        who = who[chance.random(len(who)) >= stops[who]]
    days = pd.DataFrame(np.concatenate(rows, axis=1).T.astype("int64"), columns=["customer", "day"]).drop_duplicates()
    within = (days["day"] >= MORNINGS[1]) & (days["day"] < MORNINGS[1] + DAYS)
    return days[~within | (chance.random(len(days)) >= shock)]


def seen(days: pd.DataFrame, today: int) -> pd.DataFrame:
    """What is known of each customer on a morning, and how many days with a purchase then came."""
    known = days[days["day"] < today].groupby("customer")["day"].agg(["min", "max", "count"])
    came = days[(days["day"] >= today) & (days["day"] < today + DAYS)].groupby("customer").size()
    cells = pd.DataFrame({"repeats": known["count"] - 1, "recency_days": known["max"] - known["min"]})
    cells = cells.assign(
        age_days=today - 1 - known["min"], happened=came.reindex(known.index).fillna(0).astype("int64")
    )
    return cells.value_counts().rename("customers").reset_index()


def foretold(days: pd.DataFrame) -> tuple[dict, float]:
    """What is said today of the next ninety days, by what three trials taught, and what came."""
    asked, model = Needs(None, (*Buying.columns, "happened")), MbgNbd()
    looks = [look(model, asked, seen(days, day), Trial(date(2025, 1, 1), DAYS)) for day in MORNINGS]
    found = Examination({"mbg_nbd": looks}, {}, {}, ())
    now = seen(days, TODAY)
    said = model.fit(now).total(now, days=DAYS).said(days=DAYS, beyond=found.beyond("mbg_nbd", LEVEL), level=LEVEL)
    return said, float(now["happened"] @ now["customers"])


@pytest.mark.slow
def test_intervals_hold_as_often_as_they_say():
    """
    Sixty worlds in which the model is true: of intervals that are to hold in 80 of 100, 75 to 97 of 100 do.

    By theory 87 do: three mornings that went well by luck do not narrow them below what the model says itself.
    """
    held = []
    for seed in range(60):
        said, came = foretold(days_bought(1200, seed=seed))
        held.append(said["low"] <= came <= said["high"])
    assert 0.75 <= np.mean(held) <= 0.97


def test_a_shock_widens_the_intervals():
    """Half of the purchases of one of the three stretches tried never came: its interval is twice as wide at least."""
    calm, shaken = (foretold(days_bought(1200, seed=3, shock=shock))[0] for shock in (0.0, 0.5))
    wide = [(said["high"] - said["low"]) / said["said"] for said in (calm, shaken)]
    assert wide[1] > 2 * wide[0]
    assert shaken["stretch"] > 2 * calm["stretch"]


def test_evenly_too():
    """The same of purchases at even distances: the error's square by the distribution of each customer."""
    days = days_bought(900, seed=8)
    cells = seen(days, TODAY).assign(log_gaps=0)
    model = MbgCnbd().fit(cells)
    model.steps_ = 2
    shares, counts = model.distribution(cells, days=90, most=80).to_numpy(), np.arange(82)
    who = cells["customers"].to_numpy("float64")
    chance = float(who @ (shares @ counts**2 - (shares @ counts) ** 2))
    model.covariance_ = np.zeros((4, 4))
    assert model.total(cells, days=90).error == pytest.approx(chance**0.5, rel=1e-6)
