"""Do the models of buying keep the house's contract: what they look at, when they refuse, what they put away?"""

import json
import math
from functools import cache

import numpy as np
import pandas as pd
import pytest
from tests.truth import published

from keepwell.config import Company
from keepwell.errors import ModelError
from keepwell.testing import world
from keepwell.testing.worlds import run
from keepwell.understand.buying import Buying
from keepwell.understand.donors import BgBb
from keepwell.understand.dropout import BgNbd, MbgNbd
from keepwell.understand.pareto import ParetoNbd
from keepwell.understand.regular import MbgCnbd

KINDS = [BgNbd, MbgNbd, ParetoNbd]
ORDERS = [
    ("Ann", "2025-01-01"), ("Ann", "2025-01-11 09:00"), ("Ann", "2025-01-11 18:00"), ("Ann", "2025-01-31"),
    ("Bob", "2025-01-01"), ("Cid", "2025-02-09"), ("Cid", "2025-02-10"), ("Dee", "2025-02-10"),
    ("Eve", "2025-01-05", 20, 20),
]  # fmt: skip
SHOP = world(as_of="2025-02-10", orders=ORDERS)


def people(model: Buying) -> dict[str, tuple[float, ...]]:
    """What the model sees of each customer of the shop."""
    needs = model.needs(SHOP)
    frame = run(needs.customers).set_index("customer_id")[list(needs.cell)]
    return {str(name): tuple(row) for name, row in zip(frame.index, frame.to_numpy().tolist(), strict=True)}


@cache
def simulated(
    people: int, *, seed: int, steps: int = 1, leave: float = 0.15, rate: float = 0.4, days: int = 728
) -> pd.DataFrame:
    """Customers whose coins are all alike or beta distributed around *leave*; the last 364 days are the future (bought)."""
    chance = np.random.default_rng(seed)
    rows = []
    for _who in range(people):
        pace, coin = chance.gamma(0.9, rate / 0.9) * steps, chance.beta(1.5, 1.5 / leave - 1.5) if leave else 0.0
        first = int(chance.integers(0, 180))
        bought, time = [first], float(first)
        while chance.random() >= coin:
            time += chance.gamma(steps, 7 / max(pace, 1e-9))
            if time >= days:
                break
            bought.append(int(time))
        known = sorted({day for day in bought if day < days - 364})
        gaps = round(1e6 * float(np.log(np.diff(known)).sum())) if len(known) > 1 else 0
        later = len({day for day in bought if day >= days - 364})
        rows.append((len(known) - 1, known[-1] - first, days - 365 - first, gaps, later))
    return pd.DataFrame(rows, columns=["repeats", "recency_days", "age_days", "log_gaps", "bought"])


def test_what_is_looked_at():
    """
    On the morning of 10 February: Ann came back on 2 days, the last 30 days after the first, 39 days ago (to the 9th).

    Bob never did. Cid bought first on the last known day: age 0. Dee's first purchase is not known yet, Eve gave all back.
    """
    assert people(BgNbd()) == {"Ann": (2, 30, 39), "Bob": (0, 0, 39), "Cid": (0, 0, 0)}


def test_days_are_the_company_s_own():
    """An order at 23:30 UTC is of the next day in Helsinki, so two orders an hour apart in UTC may be on two days."""
    company = Company(name="A shop", time_zone="Europe/Helsinki")
    orders = [("Ann", "2025-01-01 12:00"), ("Ann", "2025-01-02 00:30")]
    needs = BgNbd().needs(world(as_of="2025-02-10", company=company, orders=orders))
    assert run(needs.cells)[["repeats", "recency_days", "customers"]].to_numpy().tolist() == [[1, 1, 1]]


def test_opportunities_of_ten_days():
    """Ann's days 10 and 30 after the first lie in the first and third of three whole stretches of ten days; Cid had none."""
    assert people(BgBb(unit_days=10)) == {"Ann": (2, 3, 3), "Bob": (0, 0, 3), "Cid": (0, 0, 0)}


def test_an_opportunity_that_is_not_over_is_left_out():
    """With stretches of 25 days only one of 39 days is over: Ann's purchase after 30 days is not looked at."""
    assert people(BgBb(unit_days=25)) == {"Ann": (1, 1, 1), "Bob": (0, 0, 1), "Cid": (0, 0, 0)}


def test_gaps_between_purchases_are_summed_in_logarithms():
    """Ann's gaps are 10 and 20 days; nobody else has one."""
    needs = MbgCnbd().needs(SHOP)
    counted = run(needs.cells)
    assert counted["log_gaps"].tolist() == [0, 0, round(1e6 * math.log(10)) + round(1e6 * math.log(20))]
    assert people(MbgCnbd()) == people(BgNbd())


def test_what_is_expected_goes_back_to_its_customers():
    """Every customer gets what was told of their cell."""
    model = BgNbd().fit(published.cells("sample"))
    needs = model.needs(SHOP)
    counted = run(needs.cells)
    told = counted[list(needs.cell)].join(model.predict(counted, days=91))
    joined = run(needs.told(_table(told))).set_index("customer_id")
    assert set(joined.index) == {"Ann", "Bob", "Cid"}
    alone = model.predict(pd.DataFrame({"repeats": [2], "recency_days": [30], "age_days": [39]}), days=91)
    assert joined.loc["Ann", "expected"] == pytest.approx(alone["expected"].item())


def _table(frame: pd.DataFrame):
    import ibis

    return ibis.memtable(frame)


@pytest.mark.parametrize("kind", KINDS)
def test_too_few_are_refused(kind):
    """Nineteen customers who bought again are not enough, and the message says how many there are."""
    cells = pd.DataFrame({"repeats": [0, 2], "recency_days": [0, 30], "age_days": [90, 90], "customers": [500, 19]})
    with pytest.raises(ModelError, match="Not enough data: 19 of 519 customers bought again"):
        kind().fit(cells)


def test_no_summit_is_refused_in_words():
    """Forty in a hundred never come again, all others come ever again: the chance to leave is 0 or 1, which no law of it says."""
    stayed = pd.DataFrame({"repeats": range(40, 60), "recency_days": 320, "age_days": 330, "customers": 10})
    left = pd.DataFrame({"repeats": [1], "recency_days": [3], "age_days": [330], "customers": [300]})
    with pytest.raises(ModelError, match=r"does not fit these data: the likelihood has no summit \(.*runs off") as told:
        BgNbd().fit(pd.concat([stayed, left], ignore_index=True))
    assert "nbd" not in str(told.value).split("another model")[1]


@pytest.mark.parametrize("kind", KINDS)
def test_customers_who_do_not_differ_are_an_answer(kind):
    """Everybody bought exactly ten times in 330 days: ten more are expected of each in as many days, of old and new alike, within a hundredth."""
    cells = pd.DataFrame({"repeats": [10], "recency_days": [330], "age_days": [330], "customers": [400]})
    model = kind().fit(cells)
    asked = pd.DataFrame({"repeats": [0, 10, 20], "recency_days": [0, 300, 330], "age_days": [330, 330, 330]})
    told = model.predict(asked, days=330)
    assert not model.leaves_
    assert told["expected"].tolist() == pytest.approx([10, 10, 10], rel=0.01)
    assert told["expected_error"].tolist() == pytest.approx([10 / 4000**0.5] * 3, rel=0.02)
    assert all(math.isnan(error) for error in model.standard_errors.values())
    assert "do not differ measurably in how often they buy" in model.explain()
    assert "standard error not known" in model.explain()
    again = kind.load(json.loads(json.dumps(model.save())))
    assert again.explain() == model.explain()


@pytest.mark.parametrize(("kind", "alike"), [(MbgNbd, "leave"), (ParetoNbd, "leave")])
def test_all_alike_in_buying_and_leaving_is_the_limit_law(kind, alike):
    """One rate, one chance to leave after every purchase, of fifteen hundred: the chance to be there is Bayes' rule of the limit law."""
    model = kind().fit(alike_in_all(1500, seed=1, rate=0.25, coin=0.15))
    assert model.leaves_
    assert any(alike in what for what in model.alike_)
    seen = pd.DataFrame({"repeats": [0, 2, 5], "recency_days": [0, 100, 300], "age_days": [140, 170, 380]})
    told = model.predict(seen, days=70)["alive"]
    parameters = list(model.parameters_.values())
    rate, leave = parameters[0] / parameters[1], parameters[2] / parameters[3]
    silent = (seen["age_days"] - seen["recency_days"]) / model.unit_days
    if kind is MbgNbd:  # a toss after the last purchase said go on, and none came; or it said stop
        stay = 1 - leave / (1 + leave)
        limit = stay * np.exp(-rate * silent) / (stay * np.exp(-rate * silent) + 1 - stay)
    else:  # neither a purchase nor leaving since; or leaving at some time in between
        both = np.exp(-(rate + leave) * silent)
        limit = both / (both + leave / (rate + leave) * (1 - both))
    assert told.to_numpy() == pytest.approx(limit.to_numpy(), rel=0.02)


def alike_in_all(people: int, *, seed: int, rate: float, coin: float) -> pd.DataFrame:
    """Customers who buy at one rate a week, and leave after any purchase with one chance; seen for 320 to 500 days."""
    chance, rows = np.random.default_rng(seed), []
    for age in chance.integers(320, 500, people):
        bought, time = [0], 0.0
        while chance.random() >= coin and (time := time + chance.exponential(7 / rate)) < age:
            bought.append(int(time))
        rows.append((len(set(bought)) - 1, max(bought), int(age)))
    counted = pd.DataFrame(rows, columns=["repeats", "recency_days", "age_days"]).value_counts()
    return counted.rename("customers").reset_index()


@pytest.mark.parametrize("kind", [*KINDS, MbgCnbd])
def test_small_samples_are_not_refused(kind):
    """Three hundred customers, chances to leave beta(1, 10), five draws of them: every one is fitted, and what it foretells is finite."""
    for seed in range(5):
        cells = simulated(300, seed=seed, leave=0.09, rate=0.25)
        assert np.isfinite(kind().fit(cells).predict(cells, days=365).to_numpy()).all()


@pytest.mark.parametrize("kind", [*KINDS, MbgCnbd])
def test_many_cells_are_fitted_as_few_are(kind):
    """Twelve thousand customers hardly two of whom are alike: beyond five thousand cells, coarser ones still more than that."""
    chance = np.random.default_rng(5)
    age, pace = chance.integers(300, 5000, 12_000), chance.gamma(1.5, 0.02, 12_000)
    there = np.minimum(chance.exponential(1500, 12_000), age)
    repeats = chance.poisson(pace * there)
    recency = np.where(repeats > 0, there * chance.random(12_000) ** (1 / np.maximum(repeats, 1)), 0).astype("int64")
    gaps = np.where(
        repeats > 0, np.rint(1e6 * repeats * np.log(np.maximum(recency, 1) / np.maximum(repeats, 1) + 1)), 0
    )
    seen = pd.DataFrame({"repeats": repeats, "recency_days": recency, "age_days": age, "log_gaps": gaps})
    model = kind().fit(seen)
    assert model.leaves_
    assert np.isfinite(model.predict(seen.head(100), days=90).to_numpy()).all()


def test_a_stay_of_ages_is_not_told_in_figures():
    """Half have left after beta (2 ** (1 / s) - 1): with s .001 that is a number of 301 digits."""
    words = ParetoNbd.process.words(np.array([1.0, 10.0, 0.001, 50.0]), 7)
    assert words.endswith("after longer than can be told: more than a hundred years.")
    assert ParetoNbd.process.words(np.array([1.0, 10.0, 1.0, 50.0]), 7).endswith("after 350 days.")


def test_no_more_than_chance_is_no_leaving():
    """Nobody leaves among two thousand, ten times: none of ten fits says that somebody does."""
    fits = [MbgNbd().fit(simulated(400, seed=seed, leave=0)) for seed in range(10)]
    assert [model.leaves_ for model in fits] == [False] * 10
    assert all(model.log_likelihood_ == model.null_log_likelihood_ for model in fits)


def test_evenness_stays_where_nobody_leaves():
    """Every fourth step at random, for ever: k is 4, nobody leaves, as likely as the same k if nobody left; the year after is foretold."""
    seen = simulated(600, seed=3, steps=4, leave=0)
    model = MbgCnbd().fit(seen)
    assert (model.steps_, model.leaves_) == (4, False)
    assert model.log_likelihood_ == model.null_log_likelihood_
    assert model.log_likelihood_ > MbgNbd().fit(seen).log_likelihood_ + 100
    assert "the last of 4 steps at random" in model.explain()
    told = model.predict(seen, days=364)
    assert told["alive"].tolist() == [1.0] * len(seen)
    assert told["expected"].sum() == pytest.approx(seen["bought"].sum(), rel=0.03)
    assert model.staying(seen, days=364).tolist() == [1.0] * len(seen)
    assert np.isinf(model.lifetime(seen).to_numpy()).all()
    one_year, for_ever = (model.discounted(seen.head(), yearly_rate=0.5, days=days) for days in (365, None))
    assert (one_year < for_ever).all()
    again = MbgCnbd.load(json.loads(json.dumps(model.save())))
    pd.testing.assert_frame_equal(again.predict(seen, days=91), model.predict(seen, days=91))


@pytest.mark.parametrize("kind", KINDS)
def test_impossible_histories_are_refused(kind):
    """A last purchase after the last known day."""
    cells = pd.DataFrame({"repeats": [2], "recency_days": [300], "age_days": [90], "customers": [400]})
    with pytest.raises(ModelError, match="after the last day that is known"):
        kind().fit(cells)


@pytest.mark.parametrize("kind", [*KINDS, MbgCnbd])
def test_where_nobody_leaves_that_is_the_answer(kind):
    """Two thousand customers who never leave: it is said in words, everybody counts as there, and the rate is right."""
    seen = simulated(2000, seed=4, leave=0)
    model = kind().fit(seen)
    assert not model.leaves_
    assert "Nobody is seen to leave" in model.explain()
    told = model.predict(seen, days=364)
    assert told["alive"].tolist() == [1.0] * len(seen)
    assert told["expected"].sum() == pytest.approx(seen["bought"].sum(), rel=0.03)


@pytest.mark.parametrize("kind", KINDS)
def test_put_away_and_taken_out(kind):
    """Through JSON, and it answers the same."""
    model = kind(unit_days=1).fit(published.cells("sample"))
    again = kind.load(json.loads(json.dumps(model.save())))
    cells = published.cells("sample").head(50)
    pd.testing.assert_frame_equal(again.predict(cells, days=91), model.predict(cells, days=91))
    assert again.explain() == model.explain()


def test_donors_are_put_away_too():
    """Through JSON, and it answers the same."""
    model = BgBb(unit_days=365).fit(published.donations())
    again = BgBb.load(json.loads(json.dumps(model.save())))
    assert again.explain() == model.explain()


@pytest.mark.parametrize("kind", KINDS)
def test_the_unit_of_time_changes_no_answer(kind):
    """By days and by weeks the same is expected, and the same said of discounted purchases and lifetimes."""
    cells = published.cells("sample")
    days, weeks = (kind(unit_days=unit).fit(cells) for unit in (1, 7))
    pd.testing.assert_frame_equal(days.predict(cells, days=91), weeks.predict(cells, days=91), rtol=1e-5)
    pd.testing.assert_series_equal(
        days.discounted(cells, yearly_rate=0.1), weeks.discounted(cells, yearly_rate=0.1), rtol=1e-5
    )
    pd.testing.assert_frame_equal(days.lifetime(cells), weeks.lifetime(cells), rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_standard_errors_are_the_spread_of_draws(kind):
    """What is expected of three customers spreads over 60 drawn parameters about as the standard error says."""
    model = kind().fit(published.cells("master"))
    cells = pd.DataFrame({"repeats": [0, 2, 9], "recency_days": [0, 200, 250], "age_days": [270, 270, 260]})
    told = model.predict(cells, days=182)
    drawn = []
    for _place, row in model.draws(np.random.default_rng(1), 60).iterrows():
        other = kind.load(model.save())
        other.parameters_ = row.to_dict()
        drawn.append(other.predict(cells, days=182)["expected"])
    assert np.std(drawn, axis=0) == pytest.approx(told["expected_error"].to_numpy(), rel=0.3)


def test_numbers_of_further_purchases_sum_to_one():
    """Of every customer, and their mean is what is expected."""
    model = ParetoNbd().fit(published.cells("sample"))
    cells = published.cells("sample").sample(200, random_state=1)
    shares = model.distribution(cells, days=91, most=60)
    assert shares.sum(axis=1).to_numpy() == pytest.approx(1)
    assert (shares >= -1e-12).all(axis=None)
    told = model.predict(cells, days=91)
    assert shares.to_numpy() @ np.arange(62) == pytest.approx(told["expected"].to_numpy(), rel=1e-6)
    assert 1 - shares[0].to_numpy() == pytest.approx(told["chance"].to_numpy())


@pytest.mark.slow
def test_evenness_is_found_and_foretells_better():
    """Purchases as every third step at random: k is 3, the likelihood far above k = 1, the year after foretold within 5 %."""
    seen = simulated(1500, seed=2, steps=3)
    even, plain = MbgCnbd().fit(seen), MbgNbd().fit(seen)
    assert even.steps_ == 3
    assert even.log_likelihood_ > plain.log_likelihood_ + 100
    assert "the last of 3 steps at random" in even.explain()
    again = MbgCnbd.load(json.loads(json.dumps(even.save())))
    pd.testing.assert_frame_equal(again.predict(seen, days=91), even.predict(seen, days=91))
    assert even.parameters_["r"] == pytest.approx(0.9, rel=0.15)
    expected = even.predict(seen, days=364)["expected"]
    assert expected.sum() == pytest.approx(seen["bought"].sum(), rel=0.05)
    off = (even.predict(seen, days=364)["expected"] - seen["bought"]).abs().mean()
    assert off < (plain.predict(seen, days=364)["expected"] - seen["bought"]).abs().mean()


@pytest.mark.parametrize("kind", [*KINDS, MbgCnbd])
def test_of_nobody_nothing_is_told(kind):
    """No cells, no rows, no complaint."""
    seen = simulated(300, seed=2, steps=2)
    model, nobody = kind().fit(seen), seen.iloc[:0]
    assert model.predict(nobody, days=30).empty
    assert model.distribution(nobody, days=30).empty
    assert model.lifetime(nobody).empty
    assert model.discounted(nobody, yearly_rate=0.1).empty
    assert model.staying(nobody, days=30).empty


@pytest.mark.parametrize(("yearly_rate", "days"), [(0.0, None), (-1.0, 30), (-0.1, None), (10, 30), (math.nan, 30)])
def test_worth_for_ever_needs_discounting(yearly_rate, days):
    """For ever without a rate is infinite; a rate of -100 % is none; 10 was meant to be ten per cent."""
    model = BgNbd().fit(published.cells("sample"))
    with pytest.raises(ModelError, match="yearly discount rate"):
        model.discounted(published.cells("sample"), yearly_rate=yearly_rate, days=days)


def test_a_day_at_least_is_looked_ahead():
    """Nothing can be told of no time; nothing of less than an opportunity."""
    with pytest.raises(ModelError, match="0 days ahead"):
        BgNbd().fit(published.cells("sample")).predict(published.cells("sample"), days=0)
    with pytest.raises(ModelError, match="365 days apart"):
        BgBb(unit_days=365).fit(published.donations()).predict(published.donations(), days=91)


def test_nothing_is_told_before_anything_was_learned():
    """It says to fit first."""
    with pytest.raises(ModelError, match="has learned nothing yet"):
        BgNbd().predict(published.cells("sample"), days=30)
