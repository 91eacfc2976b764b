"""Is spend per purchase what each customer's own purchases and everybody's say, to the cent and with honest doubt?"""

import json
import math

import numpy as np
import pandas as pd
import pytest
from scipy import special

from keepwell.config import Company, Rate
from keepwell.errors import ModelError
from keepwell.testing import run, world
from keepwell.understand.histories import PARTS
from keepwell.understand.spend import GammaGamma, _Seen, _six_digits

P, Q, GAMMA = 4.0, 3.0, 20.0


def drawn(customers: int, seed: int = 1) -> pd.DataFrame:
    """Customers whose levels and purchases are drawn from the model: p = 4, q = 3, gamma = 20, so a purchase brings 40."""
    chance = np.random.default_rng(seed)
    repeats = chance.integers(1, 8, customers)
    levels = chance.gamma(Q, 1 / GAMMA, customers)
    spent = chance.gamma(P * repeats, 1 / levels)
    return pd.DataFrame(
        {"currency": "EUR", "repeats": repeats, "spent": np.round(spent * PARTS).astype("int64"), "customers": 1}
    )


def known(**parameters: float) -> GammaGamma:
    """A model that has learned these parameters, surely."""
    found = GammaGamma()
    found.parameters_ = {"p": P, "q": Q, "gamma": GAMMA, **parameters}
    found.covariance_ = np.zeros((3, 3))
    found.seen_mean_ = 40.0
    return found


def counted(facts, **settings) -> list[tuple]:
    """Cells of a small world: currency, repeats, spent, customers."""
    return [tuple(row) for row in run(GammaGamma(**settings).needs(facts).cells).itertuples(index=False)]


def test_cells_count_days_after_the_first():
    """Ann: 10 first, then 20 + 5 on one day and 30; Bo only once: (0 repeats, nothing) and (2 repeats, 55.00)."""
    orders = [
        ("Ann", "2025-01-01", 10),
        ("Ann", "2025-02-01 09:00", 20),
        ("Ann", "2025-02-01 18:00", 5),
        ("Ann", "2025-03-01", 30),
    ]
    facts = world(as_of="2025-06-01", orders=[*orders, ("Bo", "2025-01-05", 99)])
    assert counted(facts) == [("EUR", 0, 0, 1), ("EUR", 2, 55 * PARTS, 1)]


def test_what_was_given_back_is_not_spent():
    """Of 30 on the second day 12 came back: 18 is left; a day wholly given back is no purchase."""
    orders = [("Ann", "2025-01-01", 10), ("Ann", "2025-02-01", 30, 12), ("Ann", "2025-03-01", 40, 40)]
    assert counted(world(as_of="2025-06-01", orders=orders)) == [("EUR", 1, 18 * PARTS, 1)]


def test_nothing_from_the_morning_on_is_looked_at():
    """A purchase on as_of itself is not known yet."""
    facts = world(as_of="2025-02-01", orders=[("Ann", "2025-01-01", 10), ("Ann", "2025-02-01", 30)])
    assert counted(facts) == [("EUR", 0, 0, 1)]


def test_other_money_is_converted_or_left_out():
    """20 dollars at 0.9 are 18 euros; without a rate they are in no cell, and Cy, who only pays so, is nobody's."""
    orders = [
        ("Ann", "2025-01-01", 10),
        {"customer_id": "Ann", "ordered_at": "2025-02-01", "gross": 20, "currency": "USD"},
        {"customer_id": "Cy", "ordered_at": "2025-02-01", "gross": 7, "currency": "USD"},
    ]
    priced = Company(name="A shop", rates=(Rate(currency="USD", value="0.9"),))
    assert counted(world(as_of="2025-06-01", company=priced, orders=orders)) == [
        ("EUR", 0, 0, 1),
        ("EUR", 1, 18 * PARTS, 1),
    ]
    assert counted(world(as_of="2025-06-01", orders=orders)) == [("EUR", 0, 0, 1)]
    assert counted(world(as_of="2025-06-01", orders=orders), currency="USD") == [
        ("USD", 0, 0, 1),
        ("USD", 1, 20 * PARTS, 1),
    ]


def test_sums_keep_six_leading_digits():
    """0.01, 0.9999 and 9,999.99 stay as they are; 1,234,567.89 becomes 1,234,570, 9,999,995 becomes 10,000,000."""
    import ibis

    given = [100, 9_999, 99_999_900, 12_345_678_900, 99_999_950_000, 10**18 + 4 * 10**11]
    table = ibis.memtable({"parts": given}, schema={"parts": "int64"})
    told = run(table.select(told=_six_digits(table.parts)))["told"].tolist()
    assert told == [100, 9_999, 99_999_900, 12_345_700_000, 100_000_000_000, 10**18]


def test_slope_and_bend_are_those_of_the_likelihood():
    """By small differences at a place that is no summit."""
    seen = _Seen.of(drawn(50))
    place = np.array([2.0, 1.7, 0.8])
    _, slope, bend = seen.surface(place)
    for k in range(3):
        step = np.zeros(3)
        step[k] = 1e-5
        higher, lower = seen.surface(place + step), seen.surface(place - step)
        assert slope[k] == pytest.approx((higher[0] - lower[0]) / 2e-5, rel=1e-6)
        assert bend[k] == pytest.approx((higher[1] - lower[1]) / 2e-5, rel=1e-5, abs=1e-6)


def test_what_was_drawn_is_found_again():
    """Of 50,000 customers the parameters lie within three standard errors of the truth, which are below 5 %."""
    fitted = GammaGamma().fit(drawn(50_000))
    errors = fitted.standard_errors
    for name, truth in {"p": P, "q": Q, "gamma": GAMMA}.items():
        assert abs(fitted.parameters_[name] - truth) < 3 * errors[name] < 0.15 * truth
    assert fitted.typical == pytest.approx(40, rel=0.02)


def test_rounded_sums_change_nothing_that_matters():
    """Sums of six digits move the parameters by less than a thousandth of a standard error."""
    cells = drawn(20_000)
    exact = GammaGamma().fit(cells)
    size = 10 ** np.maximum(np.floor(np.log10(cells["spent"])) - 5, 0)
    rounded = GammaGamma().fit(cells.assign(spent=((cells["spent"] / size).round() * size).astype("int64")))
    for name, error in exact.standard_errors.items():
        assert abs(rounded.parameters_[name] - exact.parameters_[name]) < error / 1_000


def test_a_cell_of_many_is_as_many_cells():
    """Weights are heads: three cells of one are a cell of three, whoever bought once beside them."""
    cells = drawn(200)
    alone = GammaGamma().fit(pd.concat([cells] * 3, ignore_index=True))
    once = pd.DataFrame({"currency": ["EUR"], "repeats": [0], "spent": [0], "customers": [1_000]})
    heavy = GammaGamma().fit(pd.concat([cells.assign(customers=3), once], ignore_index=True))
    assert list(heavy.parameters_.values()) == pytest.approx(list(alone.parameters_.values()), rel=1e-9)
    assert heavy.customers_ == 600


def test_expectation_moves_from_everybodys_to_ones_own():
    """Of a new customer 4 x 20 / 2 = 40; after one purchase of 10: 4 x 30 / 6 = 20; after a hundred of 10 nearly 10."""
    told = known().expected(np.array([0, 1, 100.0]), np.array([0, 10, 1000.0]))
    assert told == pytest.approx([40, 20, 4 * 1020 / 402])


def test_a_mean_without_end_is_not_told():
    """With q = 0.8 everybody's mean has no end; after one purchase it has."""
    heavy = known(q=0.8)
    assert np.isnan(heavy.typical)
    assert heavy.expected(np.ones(1), np.full(1, 10.0)) == pytest.approx(4 * 30 / 3.8)


def test_quantiles_are_those_of_the_mixture():
    """Of a million next purchases drawn by hand, 5 % lie below the lower end, 5 % above the upper one."""
    chance = np.random.default_rng(5)
    levels = chance.gamma(P * 2 + Q, 1 / (GAMMA + 60), 1_000_000)
    bought = chance.gamma(P, 1 / levels)
    told = known().predict(pd.DataFrame({"repeats": [2], "spent": [60 * PARTS]}), days=30).iloc[0]
    assert (bought < told["low"]).mean() == pytest.approx(0.05, abs=0.001)
    assert (bought > told["high"]).mean() == pytest.approx(0.05, abs=0.001)
    assert (bought > 40).mean() == pytest.approx(told["chance"], abs=0.002)
    assert bought.mean() == pytest.approx(told["spend"], rel=0.005)


def test_the_error_of_an_expectation_is_what_draws_show():
    """The delta method against 20,000 Laplace draws, for a new customer and a known one."""
    fitted = GammaGamma().fit(drawn(3_000))
    repeats, spent = np.array([0, 3.0]), np.array([0, 150.0])
    p, q, gamma = fitted.draws(np.random.default_rng(2), 20_000).T[:, :, None]
    drawn_means = p * (gamma + spent) / (p * repeats + q - 1)
    assert fitted.error(repeats, spent) == pytest.approx(drawn_means.std(axis=0), rel=0.05)


def test_what_is_told_joins_back_to_customers():
    """Each buyer gets the expectation of their own cell, one-time buyers everybody's."""
    facts = world(
        as_of="2025-06-01", orders=[("Ann", "2025-01-01", 10), ("Ann", "2025-02-01", 10), ("Bo", "2025-01-05", 99)]
    )
    import ibis

    needs = GammaGamma().needs(facts)
    cells = run(needs.cells)
    told = pd.concat([cells[list(needs.cell)], known().predict(cells, days=30)], axis=1)
    people = run(needs.told(ibis.memtable(told)).order_by("customer_id"))
    assert people["customer_id"].tolist() == ["Ann", "Bo"]
    assert people["spend"].tolist() == pytest.approx([20, 40])


def test_two_currencies_are_refused():
    """Euros and dollars in one fit mean nothing."""
    cells = drawn(40)
    cells.loc[:5, "currency"] = "USD"
    with pytest.raises(ModelError, match=r"The spending is in EUR, USD\. A fit is of one currency\."):
        GammaGamma().fit(cells)


def test_too_few_are_told_so():
    """Nineteen customers are not enough, one who bought once does not count, and none is none."""
    with pytest.raises(ModelError, match="Not enough data: 19 customers bought again"):
        GammaGamma().fit(drawn(19))
    with pytest.raises(ModelError, match="Not enough data: 0 customers bought again"):
        GammaGamma().fit(drawn(30).assign(repeats=0))


def test_prices_without_scatter_are_everybody_s_own():
    """Where levels differ as the law says (q = 3) but each always pays their own, that is what is expected of each."""
    levels = 80 / special.gammaincinv(3, (np.arange(500) + 0.5) / 500)
    own = [(times, round(times * level * PARTS)) for times in (1, 2, 5, 9) for level in levels]
    same = pd.DataFrame(own, columns=["repeats", "spent"]).assign(currency="EUR", customers=10)
    model = GammaGamma().fit(same)
    told = model.predict(same, days=30)
    mean = same["spent"] / PARTS / same["repeats"]
    assert told["spend"].to_numpy() == pytest.approx(mean.to_numpy(), rel=0.002)
    assert (told["low"] < mean).all()
    assert (mean < told["high"]).all()
    assert "pays the same at every purchase" in model.explain()


def test_of_customers_alike_the_mean_of_all_is_expected():
    """Where purchases scatter but customers do not differ: of everybody, new or old, 40 is expected, with a standard error and an interval."""
    chance = np.random.default_rng(3)
    repeats = chance.integers(1, 8, 4_000)
    # Sums as even as they can be: every customer at the middle of what chance would give.
    even = np.round(repeats * 40.0 * (1 + 0.2 * chance.choice([-1, 1], 4_000) / np.sqrt(repeats)), 2)
    alike = pd.DataFrame(
        {"currency": "EUR", "repeats": repeats, "spent": np.round(even * PARTS).astype("int64"), "customers": 1}
    )
    model = GammaGamma().fit(alike)
    told = model.predict(alike, days=30)
    assert told["spend"].to_numpy() == pytest.approx(40, rel=0.01)
    assert model.typical == pytest.approx(40, rel=0.01)
    assert ((told["low"] < 40) & (told["high"] > 40)).all()
    assert (told["spend_error"] < 1).all()
    assert math.isnan(model.standard_errors["q"])
    assert "Customers do not differ measurably in what they spend" in model.explain()
    again = GammaGamma.load(json.loads(json.dumps(model.save())))
    assert again.explain() == model.explain()


def test_one_price_for_all_is_that_price():
    """Everybody always pays 20: of everybody 20 is expected, and next to nothing else."""
    cells = pd.DataFrame(
        {"currency": "EUR", "repeats": [1, 2, 5], "spent": [20 * PARTS, 40 * PARTS, 100 * PARTS], "customers": 40}
    )
    model = GammaGamma().fit(cells)
    told = model.predict(cells, days=30)
    assert told["spend"].tolist() == pytest.approx([20] * 3, rel=1e-3)
    assert (told["high"] - told["low"] < 2).all()
    assert model.alike_ == ["q", "p"]


def test_customers_nearly_alike_are_the_same_case():
    """Six samples of customers all alike, some with a summit far out and some without: of all about the mean is expected, and it is said."""
    for seed in range(6):
        chance = np.random.default_rng(seed)
        repeats = chance.integers(1, 8, 400)
        spent = np.round(chance.gamma(4.0 * repeats, 10) * PARTS).astype("int64")
        cells = pd.DataFrame({"currency": "EUR", "repeats": repeats, "spent": spent, "customers": 1})
        model = GammaGamma().fit(cells)
        told = model.predict(cells, days=30)
        assert told.notna().all(axis=None)
        assert model.typical == pytest.approx(40, rel=0.06)
        assert (model.alike_ == ["q"]) == (model.parameters_["q"] > 1000)


def test_it_is_put_away_and_taken_out():
    """After a round through JSON it expects the same; a model that learned nothing expects nothing."""
    fitted = GammaGamma(level=0.8).fit(drawn(500))
    again = GammaGamma.load(json.loads(json.dumps(fitted.save())))
    cells = drawn(10)
    pd.testing.assert_frame_equal(again.predict(cells, days=30), fitted.predict(cells, days=30))
    assert again.explain() == fitted.explain()
    with pytest.raises(ModelError, match="has learned nothing yet"):
        GammaGamma().predict(cells, days=30)


def test_it_tells_what_it_learned():
    """Customers, currency, the mean, the weight of one purchase and the correlation are in the sentences."""
    told = GammaGamma().fit(drawn(5_000)).explain()
    assert "Learned from 5000 customers who bought again, in EUR." in told
    assert "do not spend noticeably otherwise" in told
    tied = drawn(5_000).assign(spent=lambda cells: cells["spent"] * cells["repeats"])
    assert "Mind: how often and how much go together" in GammaGamma().fit(tied).explain()
