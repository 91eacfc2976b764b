"""Is what the value step tells of cells what the models say, is the season learned where there is one, and are totals told with intervals?"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from tests.conftest import invented
from tests.truth import published

from keepwell.lake.results import Result
from keepwell.measure.facts import Facts
from keepwell.rounds import buying
from keepwell.rounds.step import Made, Morning
from keepwell.rounds.trials import tried
from keepwell.testing import world
from keepwell.testing.worlds import run
from keepwell.understand.buying import Buying
from keepwell.understand.dropout import BgNbd, MbgNbd
from keepwell.understand.model import find
from keepwell.understand.pareto import ParetoNbd
from keepwell.understand.regular import MbgCnbd
from keepwell.workspace import Workspace

AS_OF = date(2026, 7, 1)
WAITS = np.array([1, 2, 3, 5, 7, 10, 14, 21, 28, 35, 45, 60, 75, 90, 120, 150, 180, 240, 300, 365])


def cells() -> pd.DataFrame:
    """Of the published customers, and some who buy far more than sixty times a year or have just bought."""
    often = pd.DataFrame({
        "repeats": [40, 70, 260, 0], "recency_days": [270, 268, 270, 0], "age_days": [272, 272, 270, 0], "customers": 1,
    })  # fmt: skip
    return pd.concat([published.cells("sample"), often], ignore_index=True)


def fitted(kind: type[Buying]) -> Buying:
    """A model that learned from the published customers; of evenness two steps."""
    model = kind().fit(published.cells("sample").assign(log_gaps=0))
    if isinstance(model, MbgCnbd):
        model.steps_, model.leaves_ = 2, True
    return model


@pytest.mark.parametrize("kind", [BgNbd, MbgNbd, ParetoNbd, MbgCnbd])
def test_cells_are_told_what_the_model_says(kind: type[Buying]) -> None:
    """Chance, orders, the fewest and the most, and the wait: quickly worked out, the same as plainly from predict() and distribution()."""
    model, asked = fitted(kind), cells()
    told = buying._told(model, asked)
    year = model.predict(asked, days=365)
    assert told["orders_year"].tolist() == year["expected"].tolist()
    assert told["alive"].tolist() == year["alive"].tolist()
    assert told["buys_soon"].tolist() == model.predict(asked, days=90)["chance"].tolist()
    until = model.distribution(asked, days=365, most=60).cumsum(axis=1).to_numpy()
    low, high = (until < 0.1).sum(axis=1), (until < 0.9).sum(axis=1)
    assert told["orders_low"].tolist() == low.tolist()
    assert told["orders_high"].clip(upper=61).tolist() == high.tolist()
    assert (high == 61).any()
    far = cells().iloc[[-2]]
    exact = model.distribution(far, days=365, most=500).cumsum(axis=1).to_numpy()
    ends = [float((exact < tail).sum()) for tail in (0.1, 0.9)]
    assert told.iloc[-2][["orders_low", "orders_high"]].tolist() == pytest.approx(ends, rel=0.011)
    chances = np.stack(
        [model.predict(asked, days=int(day), errors=False)["chance"].to_numpy() for day in WAITS], axis=1
    )
    place = (chances < 0.5).sum(axis=1)
    assert told["next_in_days"].fillna(0).tolist() == np.append(WAITS, 0)[place].tolist()
    assert 0 < (place < len(WAITS)).sum() < len(asked)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [BgNbd, MbgNbd, ParetoNbd, MbgCnbd])
def test_a_hundred_thousand_cells_are_told_at_once(kind: type[Buying]) -> None:
    """A cell each, and nothing that cannot be told is told without end."""
    chance, model = np.random.default_rng(2), fitted(kind)
    repeats, age = chance.geometric(0.3, 100_000) - 1, chance.integers(0, 730, 100_000)
    recency = np.where(repeats > 0, (age * chance.random(100_000)).astype("int64"), 0)
    many = pd.DataFrame({"repeats": repeats, "recency_days": recency, "age_days": age, "customers": 1})
    told = buying._told(model, many)
    assert len(told) == 100_000
    assert not np.isinf(told.to_numpy("float64")).any()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Four thousand customers of the invented company, who buy by the season."""
    yield from invented(tmp_path_factory.mktemp("company"), customers=4_000, seed=7, as_of=AS_OF)


@pytest.mark.slow
def test_the_season_is_learned_where_there_is_one(shop: Workspace) -> None:
    """The best model by the months of the year beats all others; it is put away with its season, and its totals are nearer."""
    morning = Morning(shop, AS_OF)
    made = buying.VALUE.work(morning)
    saved = made.about["model"]
    assert saved["settings"]["season"] is not None
    assert max(saved["settings"]["season"]) > 1.3
    again = find(saved["model"]).load(saved)
    asked = shop.run(again.needs(morning.facts).cells)
    told = buying._told(again, asked).sort_values(["repeats", "recency_days", "age_days"], ignore_index=True)
    kept = shop.run(made.table.order_by("repeats", "recency_days", "age_days"))
    pd.testing.assert_frame_equal(told, kept, check_dtype=False)
    scores = pd.DataFrame(made.about["scores"]).set_index("model")
    evenly = scores.loc[saved["model"]]
    by_season = scores.loc[f"{saved['model']}_by_season"]
    assert by_season["count_score"] < evenly["count_score"]
    assert abs(by_season["bias"]) < abs(evenly["bias"])
    _totals_are_told(made)


def _totals_are_told(made: Made) -> None:
    """Of ninety days and of a year, each within its interval, and each in a sentence."""
    totals = made.about["totals"]
    assert [(total["name"], total["days"]) for total in totals] == [("orders", buying.SOON), ("orders", buying.YEAR)]
    for total in totals:
        assert total["low"] < total["said"] < total["high"]
        assert total["stretch"] >= 1
    year = totals[1]
    sentence = (
        f"In the next 365 days {year['said']:,.0f} orders are expected of the {year['customers']:,} customers so far, "
    )
    assert any(said.startswith(sentence) for said in made.about["told"])


def real(facts: Facts, first: date) -> Made:
    """The value step of a company that is only its orders."""
    alone = {"share": lambda *_asked: None, "chance": lambda: np.random.default_rng(1)}
    morning = SimpleNamespace(facts=facts, first=first, run=run, **alone)
    return buying.VALUE.work(morning)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [BgNbd, MbgNbd, ParetoNbd, MbgCnbd])
def test_thousands_of_orders_have_limits(kind: type[Buying]) -> None:
    """2,600 purchase days in 272: the fewest and the most are told, about the expected number."""
    asked = pd.DataFrame({"repeats": [2600, 75], "recency_days": [272, 272], "age_days": [272, 272], "customers": 1})
    told = buying._told(fitted(kind), asked)
    assert (told["orders_low"] < told["orders_year"]).all()
    assert (told["orders_year"] < told["orders_high"]).all()
    assert told["orders_high"].iloc[0] > 2000


def gifts() -> list[tuple[str, str]]:
    """Published donors, a tenth of each kind, given dates: each gives about a year after the last time, if they give."""
    chance, given, donor = np.random.default_rng(1), [], 0
    for kind in published.donations().itertuples():
        for _one in range(max(1, round(kind.customers / 10))):
            donor, first = donor + 1, date(1995, 1, 1) + timedelta(days=int(chance.integers(0, 365)))
            inner = chance.choice(np.arange(1, kind.last), kind.repeats - 1, replace=False) if kind.repeats > 1 else []
            later = [*map(int, inner), *([int(kind.last)] if kind.repeats else [])]
            days = [first, *(first + timedelta(days=365 * year + int(chance.integers(-20, 20))) for year in later)]
            given += [(f"d{donor}", str(day)) for day in days if day < date(2002, 1, 1)]
    return given


@pytest.mark.slow
def test_what_beats_no_rule_of_thumb_tells_nothing() -> None:
    """Donors give once a year, which no model of buying at random foretells: of nobody anything is told; what did better is, with all scores."""
    made = real(world(as_of="2002-01-01", orders=gifts()), date(1995, 1, 1))
    assert run(made.table).empty
    why = made.about["refused"]
    assert "no model beat the rules of thumb" in why
    assert "Of the rules Recency rule came nearest" in why
    assert not made.about["beats_the_rules"]
    tried_ = tried({"value": Result("", {}, {}, made.about)}, "value")[0]
    assert tried_.refused
    assert tried_.told[0] == why
    assert set(buying.CANDIDATES) <= set(tried_.scores["model"])  # none of them was refused on a morning
    assert len(tried_.calibration)


def few(days: int, people: int = 400) -> Made:
    """Customers of a shop that is so many days old, who buy at random for a while."""
    chance, orders, first = np.random.default_rng(4), [], date(2025, 1, 1)
    for who in range(people):
        day, rate = float(chance.uniform(0, days / 2)), chance.gamma(0.7, 0.12)
        while day < days:
            orders.append((f"c{who}", str(first + timedelta(days=int(day)))))
            if chance.random() < 0.15:
                break
            day += chance.exponential(1 / max(rate, 1e-9))
    return real(world(as_of=str(first + timedelta(days=days)), orders=orders), first)


@pytest.mark.parametrize(("days", "ahead"), [(212, 60), (100, 30)])
def test_short_histories_are_tried_over_shorter_times(days: int, ahead: int) -> None:
    """212 days bear no trial over 90, but one over 60; 100 days one over 30; that is said."""
    told = few(days).about["told"]
    assert any(f"{ahead} days ahead each" in said for said in told)


def test_too_short_a_history_says_how_long_to_wait() -> None:
    """Of 80 days nothing can be tried; an option nobody has is not named."""
    why = few(80).about["refused"]
    assert "Not enough data: what is known spans 80 days. A trial over 30 days needs 90" in why
    assert why.endswith("Wait 10 days, or bring in what is older.")


def test_too_few_customers_are_said_once() -> None:
    """Twelve customers: not enough data, the four models named once in one sentence."""
    why = few(400, people=12).about["refused"]
    assert why.startswith("Not enough data to tell who will buy again.")
    assert why.count("Not enough data: ") == 1
    assert why.count("(BG/NBD)") == why.count("(Pareto/NBD)") == 1
    assert "fits" not in why


@pytest.mark.slow
@pytest.mark.shared_data
def test_a_real_shop_of_eighteen_months(shared_data: Path) -> None:
    """The music shop: nine months before the first morning tell no season, and that is said; totals are told with intervals."""
    lines = (shared_data / "cdnow_sample" / "CDNOW_sample.txt").read_text().splitlines()
    bought = sorted({(who, f"{day[:4]}-{day[4:6]}-{day[6:]}") for who, _own, day, *_rest in map(str.split, lines)})
    made = real(world(as_of="1998-07-01", orders=bought), date(1997, 1, 1))
    assert made.about["model"]["settings"]["season"] is None
    refused = [said for said in made.about["told"] if "by the months of the year was not tried to the end" in said]
    assert len(refused) == 1
    assert "9 whole months. A season is learned from at least 500 in 12" in refused[0]
    assert made.about["beats_the_rules"]
    _totals_are_told(made)


@pytest.mark.slow
@pytest.mark.shared_data
def test_a_real_shop_whose_customers_buy_evenly(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gift shop, sixty days ahead: shops buy from it at even distances, which foretells better than buying at random."""
    lines = pd.read_parquet(shared_data / "online_retail_h1" / "online_retail_2010-12_2011-06.parquet")
    sold = lines[lines["CustomerID"].notna() & (lines["Quantity"] > 0) & (lines["UnitPrice"] > 0)]
    sold = sold[~sold["InvoiceNo"].astype(str).str.startswith("C")]
    days = pd.to_datetime(sold["InvoiceDate"]).dt.strftime("%Y-%m-%d")
    bought = sorted(set(zip(sold["CustomerID"].astype(str), days, strict=True)))
    monkeypatch.setattr(buying, "SOON", 60)
    made = real(world(as_of="2011-07-01", orders=bought), date(2010, 12, 1))
    assert made.about["model"]["model"] == "mbg_cnbd"
    assert made.about["model"]["learned"]["steps_"] == 2
    scores = pd.DataFrame(made.about["scores"]).set_index("model")
    assert scores.loc["mbg_cnbd", "count_score"] < scores.loc["mbg_nbd", "count_score"] - 0.01
    assert abs(scores.loc["mbg_cnbd", "bias"]) < abs(scores.loc["mbg_nbd", "bias"])
    _totals_are_told(made)
