"""Are renewals foretold as the laws say, with doubt where there is doubt, and refused where the data bear no law?"""

import json

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special

from keepwell.errors import ModelError
from keepwell.testing import run, world
from keepwell.understand.billing import period_days
from keepwell.understand.losses import Losses
from keepwell.understand.renewals import BetaDiscreteWeibull, OneRate, ShiftedBetaGeometric

BOTH = (ShiftedBetaGeometric, BetaDiscreteWeibull)


def cohort(there: list[int]) -> pd.DataFrame:
    """One cohort by how many were there after each renewal."""
    last = len(there) - 1
    lost = [there[k] - there[k + 1] for k in range(last)]
    return pd.DataFrame({"age": [*range(1, last + 1), last], "lost": [1] * last + [0], "customers": [*lost, there[-1]]})


def drawn(alpha: float, beta: float, c: float, customers: int, seed: int = 3) -> pd.DataFrame:
    """Customers who came over 36 periods, each with a chance of their own; ages at loss, or today's."""
    chance = np.random.default_rng(seed)
    alone = chance.beta(alpha, beta, customers)
    life = np.ceil((np.log(chance.random(customers)) / np.log1p(-alone)) ** (1 / c))
    seen = chance.integers(0, 36, customers)
    gone = life <= seen
    return pd.DataFrame({"age": np.where(gone, life, seen).astype(int), "lost": gone.astype(int), "life": life})


def cells(people: pd.DataFrame) -> pd.DataFrame:
    """People counted by age and loss."""
    return people.groupby(["age", "lost"], as_index=False).size().rename(columns={"size": "customers"})


def known(alpha: float = 1.0, beta: float = 3.0, **settings) -> ShiftedBetaGeometric:
    """A steady model that has learned these, surely."""
    found = ShiftedBetaGeometric(**settings)
    found.parameters_, found.covariance_ = {"alpha": alpha, "beta": beta}, np.zeros((2, 2))
    return found


REGULAR = cohort([1000, 631, 468, 382, 326, 289, 262, 241])


def test_survival_and_renewal_by_hand():
    """With alpha = 1 and beta = 3: S(t) = 3 / (3 + t), so 3/4, 3/5, and 4/5 of those who come to the second renewal make it."""
    assert known().survival(np.array([0.0, 1, 2])) == pytest.approx([1, 3 / 4, 3 / 5])
    assert known().renewal(np.array([1.0, 2])) == pytest.approx([3 / 4, 4 / 5])


def test_coming_renewals_by_hand():
    """Over two renewals at no discount: 3/4 + 3/5 for a new customer, 4/5 + 4/6 for one who made the first; at 25 % the later counts 0.8."""
    assert known().residual(np.array([0.0, 1]), discount=0, horizon=2) == pytest.approx([1.35, 4 / 5 + 4 / 6])
    assert known().residual(np.zeros(1), discount=0.25, horizon=2) == pytest.approx([0.75 + 0.8 * 0.6])
    assert known().residual(np.zeros(1), discount=0, horizon=0) == pytest.approx([0])


def test_how_many_renewals_in_a_year_by_hand():
    """By the quarter and half a period in: four renewals surely fall into 365 days, so S(k) = 3 / (3 + k) of a new customer; who left makes none."""
    rows = pd.DataFrame({"age": [0, 1, 1], "lost": [0, 0, 1], "into": [6, 6, 6]})
    told = known(each="quarter").reaching(rows, days=365, counts=[1, 4, 5])
    assert told[1].tolist() == pytest.approx([3 / 4, 4 / 5, 0])
    assert told[4].tolist() == pytest.approx([3 / 7, 4 / 8, 0])
    assert told[5].tolist() == pytest.approx([0, 0, 0])


@pytest.mark.parametrize("each", ["month", "quarter", "year"])
@pytest.mark.parametrize("days", [1, 90, 365, 800])
def test_chances_of_renewals_add_up_to_what_is_expected(each, days):
    """Wherever in the period a customer is, the chances of one or more, of two or more and so on add up to the expected number."""
    rows = pd.DataFrame({"age": [0, 3, 12] * 4, "lost": [0] * 12, "into": [0, 0, 0, 5, 5, 5, 11, 11, 11, 2, 2, 2]})
    for model in (known(each=each), known(0.3, 2.0, each=each)):
        for asked in (rows, rows.drop(columns="into")):
            told = model.reaching(asked, days=days, counts=range(1, 30))
            assert told.sum(axis=1).to_numpy() == pytest.approx(model.predict(asked, days=days)["renewals"].to_numpy())


@pytest.mark.parametrize("discount", [0.5, 0.1, 0.008, 0.0005])
@pytest.mark.parametrize(("alpha", "beta"), [(3.8, 15.2), (0.067, 0.267), (0.3, 40.0)])
def test_coming_renewals_without_end_are_the_closed_form(alpha, beta, discount):
    """The sum is b / (a + b) 2F1(1, b + 1; a + b + 1; 1 / (1 + d)) with b = beta + renewals made (Fader and Hardie 2010), to nine digits."""
    made = np.array([0.0, 4, 60])
    far = beta + made
    closed = far / (alpha + far) * special.hyp2f1(1, far + 1, alpha + far + 1, 1 / (1 + discount))
    assert known(alpha, beta).residual(made, discount=discount) == pytest.approx(closed, rel=1e-9)


def test_a_long_horizon_is_nearly_no_horizon():
    """Three hundred renewals at 10 % and all of them differ by less than a trillionth; no discount and no end is refused."""
    made = np.arange(5.0)
    steady = known(0.7, 1.2)
    assert steady.residual(made, discount=0.1, horizon=300) == pytest.approx(
        steady.residual(made, discount=0.1), rel=1e-12
    )
    with pytest.raises(ModelError, match=r"may have no end\. Without a horizon the discount is at least"):
        steady.residual(made, discount=0.0)


def test_a_new_customers_lifetime():
    """The first period for sure, then the coming renewals a period later: over three periods at no discount 1 + 3/4 + 3/5."""
    assert known().lifetime(discount=0, horizon=3) == pytest.approx(2.35)
    assert known().lifetime(discount=0, horizon=1) == 1
    assert known(3.8, 15.2).lifetime(discount=0.1) == pytest.approx(1 + 3.310 / 1.1, abs=1e-3)


@pytest.mark.parametrize("kind", BOTH)
def test_the_summit_is_found_by_another_road_too(kind):
    """Nelder and Mead's search, started elsewhere, finds the same height and no higher one."""
    fitted = kind().fit(REGULAR)
    seen = Losses.of(REGULAR)
    count = len(fitted.parameters_)
    found = optimize.minimize(
        lambda logs: -seen.surface(np.exp(logs))[0], np.full(count, 0.3), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 5_000}
    )  # fmt: skip
    assert -found.fun == pytest.approx(fitted.log_likelihood_, abs=1e-7)
    assert np.exp(found.x) == pytest.approx(list(fitted.parameters_.values()), rel=1e-4)


@pytest.mark.parametrize(
    ("kind", "truth"), [(ShiftedBetaGeometric, (0.8, 4.0, 1.0)), (BetaDiscreteWeibull, (0.8, 6.0, 1.4))]
)
def test_what_was_drawn_is_found_again(kind, truth):
    """Of 200,000 customers of 36 cohorts the parameters lie within three standard errors of the truth."""
    fitted = kind().fit(cells(drawn(*truth, 200_000)))
    for (name, value), wanted in zip(fitted.parameters_.items(), truth, strict=False):
        assert abs(value - wanted) < 3 * fitted.standard_errors[name], name


def test_the_future_kept_aside_is_as_told():
    """Of 100,000 customers as many leave in three periods more as told, within three standard deviations, at every age."""
    people = drawn(0.8, 4.0, 1.0, 100_000)
    counted = cells(people)
    fitted = ShiftedBetaGeometric().fit(counted)
    there = people[people["lost"] == 0]
    left = (there["life"] <= there["age"] + 3).groupby(there["age"]).agg(["sum", "count"])
    days = round(3 * period_days("month"))
    told = fitted.predict(pd.DataFrame({"age": left.index, "lost": 0}), days=days)["chance"].to_numpy()
    apart = (left["sum"].to_numpy() - told * left["count"]) / np.sqrt(told * (1 - told) * left["count"])
    assert np.abs(apart).max() < 3.5
    assert abs(apart.sum()) / np.sqrt(len(apart)) < 3


def test_half_a_period_is_half_a_step():
    """Half a year of yearly contracts: half of the renewals fall into it, so half of a quarter leaves; who left has left."""
    told = known(each="year").predict(pd.DataFrame({"age": [0, 3], "lost": [0, 1]}, index=[7, 9]), days=183)
    share = 183 / 365.25
    assert told["chance"].tolist() == pytest.approx([share * 0.25, 1.0])
    assert told["renewals"].tolist() == pytest.approx([share * 0.75, 0.0])
    assert told["residual"].tolist() == pytest.approx([float(known().residual(np.zeros(1), discount=0.1)[0]), 0.0])
    assert told.index.tolist() == [7, 9]


@pytest.mark.slow
def test_leaving_within_the_period_does_not_mislead():
    """
    Eight hundred days of newcomers by the year, of whom a fifth leaves within the year on any day: 80 % make the first renewal.

    Counted as the engine counts them, early leavers of young cohorts must not outweigh those who have not come so far.
    """
    chance = np.random.default_rng(8)
    rows, today = [], np.datetime64("2025-07-01")
    for n in range(3_000):
        began = today - np.timedelta64(int(chance.integers(1, 800)), "D")
        left = began + np.timedelta64(int(chance.integers(1, 365)), "D") if chance.random() < 0.2 else None
        gone = str(left) if left is not None and left < today else None
        rows.append({"customer_id": f"c{n}", "starts_on": str(began), "ends_on": gone, "interval": "year"})
    counted = run(known(each="year").needs(world(as_of="2025-07-01", subscriptions=rows)).cells)
    seen = Losses.of(counted)
    rate = seen.lost[1] / seen.exposed[1]
    assert rate == pytest.approx(0.2, abs=3 * np.sqrt(0.16 / seen.exposed[1]))
    told = known(each="year").predict(counted, days=30)
    assert told.loc[counted["lost"] == 2, "chance"].eq(1).all()


def test_who_knows_the_date_knows_more():
    """
    In 30 days (.082 of a year) nobody renews whose year is half over; of those in its last twelfth nearly all.

    With the twelfth known the chance of one renewal is that of dates spread over that twelfth: (11/12 + 1/12 + .082 - 1) x 12.
    Over 366 days everybody comes to one renewal; of the last twelfth those whose date is within .75 of a day to a second.
    """
    yearly = known(each="year")
    cells = pd.DataFrame({"age": 0, "lost": 0, "into": [6, 11, 0]})
    told = yearly.predict(cells, days=30)
    assert told["chance"].tolist() == pytest.approx([0, 0.25 * 12 * 30 / 365.25, 0])
    assert told["renewals"].tolist() == pytest.approx([0, 0.75 * 12 * 30 / 365.25, 0])
    told = yearly.predict(cells, days=366)
    again = 12 * 0.75 / 365.25
    assert told["renewals"].tolist() == pytest.approx([0.75, 0.75 + again * 0.6, 0.75])


def test_dates_spread_evenly_are_all_twelfths_together():
    """The mean over the twelve twelfths is what is told where the date is not known."""
    for days in (1, 30, 100, 400):
        each = known(each="year").predict(pd.DataFrame({"age": 2, "lost": 0, "into": range(12)}), days=days)
        blind = known(each="year").predict(pd.DataFrame({"age": [2], "lost": [0]}), days=days)
        assert each[["chance", "renewals"]].mean().tolist() == pytest.approx(
            blind[["chance", "renewals"]].iloc[0].tolist()
        )


def test_limits_are_what_draws_show():
    """The 90 % interval of survival at 7 of a fit is that of 4,000 Laplace draws, within a fifth of its width."""
    fitted = ShiftedBetaGeometric().fit(REGULAR)
    row = fitted.curve(7).iloc[7]
    seen = np.quantile(fitted.drawn_survival(7, np.random.default_rng(1), 4_000)[:, 7], [0.05, 0.95])
    width = row["high"] - row["low"]
    assert row["low"] < 0.241 < row["high"]
    assert [row["low"], row["high"]] == pytest.approx(seen.tolist(), abs=0.2 * width)


def test_limits_hold_the_truth_as_often_as_they_say():
    """In 200 worlds of 500 customers the 90 % interval of survival at 12 holds the truth in 84 to 96 % of them."""
    truth = float(known(0.8, 4.0).survival(np.array([12.0]))[0])
    held = 0
    for seed in range(200):
        row = ShiftedBetaGeometric().fit(cells(drawn(0.8, 4.0, 1.0, 500, seed))).curve(12).iloc[12]
        held += row["low"] <= truth <= row["high"]
    assert 168 <= held <= 192


def test_a_curve_goes_on_from_where_a_customer_is():
    """Who made one renewal: 4/5 make the next, 4/6 the one after; renewals are numbered from there."""
    told = known().curve(2, made=1)
    assert told["renewal"].tolist() == [1, 2, 3]
    assert told["survival"].tolist() == pytest.approx([1, 4 / 5, 4 / 6])
    assert told["rate"].tolist()[1:] == pytest.approx([4 / 5, 5 / 6])


def test_customers_who_do_not_differ_have_one_rate():
    """Losses rarer than any spread of chances explains: one rate, 25 %, its standard error, no runaway; and it says so."""
    fitted = ShiftedBetaGeometric().fit(cohort([10_000, 7_500, 5_600, 4_150, 3_050]))
    assert fitted.alike_
    rate = 6_950 / (10_000 + 7_500 + 5_600 + 4_150)
    assert fitted.survival(np.arange(5.0)) == pytest.approx((1 - rate) ** np.arange(5.0), rel=1e-4)
    low, high = fitted.curve(1).iloc[1][["low", "high"]]
    assert high - low == pytest.approx(2 * 1.645 * np.sqrt(rate * (1 - rate) / 27_250), rel=0.01)
    assert "see bdw" in fitted.explain()


def test_a_steady_rate_is_not_called_rising():
    """Exactly a fifth leaves each time, but for one more at the end: alike, and no warning."""
    fitted = ShiftedBetaGeometric().fit(cohort([1_000, 800, 640, 512, 408]))
    assert fitted.alike_
    assert "each renewal is as likely as the last" in fitted.explain()
    assert "Of 100 customers 20.05 leave at the first renewal (standard error 0.74)." in fitted.explain()


@pytest.mark.parametrize(
    ("there", "message"),
    [
        ([100, 90, 85], r"Not enough data: 15 contracts ended\. .* at least 20"),
        ([100, 100, 100], r"Not enough data: no contracts ended"),
        ([100, 60], r"Not enough data: nobody has come further than renewal 1"),
        ([1000, 600, 600, 600], r"The losses fit no law of this kind.*survival curve"),
    ],
)
def test_data_that_bear_no_law_are_refused(there, message):
    """Too few losses, too young customers, and some who leave at once while the others never do."""
    with pytest.raises(ModelError, match=message):
        ShiftedBetaGeometric().fit(cohort(there))


def test_leaving_at_once_or_never_fits_the_wider_law_neither():
    """No power of time makes the later renewals certain."""
    with pytest.raises(ModelError, match="The losses fit no law of this kind"):
        BetaDiscreteWeibull().fit(cohort([1000, 600, 600, 600, 600]))


def test_customers_alike_whose_risk_moves():
    """S(t) = 0.9^(t^1.5) for all: c is found and survival kept, with an interval; and the sentences say that nobody differs."""
    there = [round(100_000 * 0.9 ** (t**1.5)) for t in range(9)]
    fitted = BetaDiscreteWeibull().fit(cohort(there))
    assert fitted.parameters_["c"] == pytest.approx(1.5, abs=0.01)
    assert fitted.survival(np.arange(9.0)) == pytest.approx(np.array(there) / 100_000, abs=1e-4)
    row = fitted.curve(8).iloc[8]
    assert row["low"] < there[8] / 100_000 < row["high"] < 1.05 * row["survival"]
    assert "A customer's own risk to leave rises with time: c = 1.50 (99 % interval" in fitted.explain()
    assert "Beside that, no sign was found that customers differ." in fitted.explain()
    assert "Of 100 customers 10.00 leave at the first renewal" in fitted.explain()


def test_memoryless_leaving_is_seldom_called_rising_or_falling():
    """A tenth leave at each renewal, whatever their age: of forty samples at most two (one in a hundred is expected) say that the risk changes."""
    said = []
    for seed in range(40):
        chance = np.random.default_rng(seed)
        life, watched = chance.geometric(0.1, 1000), chance.integers(1, 24, 1000)
        rows = pd.DataFrame({"age": np.minimum(life, watched), "lost": (life <= watched).astype("int64")})
        model = BetaDiscreteWeibull().fit(rows.value_counts().rename("customers").reset_index())
        said.append("cannot be told: c = " not in model.explain())
    assert sum(said) <= 2


def test_alike_and_steady_is_the_same_by_both_laws():
    """A fifth leaves each time: c = 1 within its error, and the curves agree."""
    rows = cohort([10_000, 8_000, 6_400, 5_120, 4_096])
    steady, wider = ShiftedBetaGeometric().fit(rows), BetaDiscreteWeibull().fit(rows)
    assert abs(wider.parameters_["c"] - 1) < 2 * wider.standard_errors["c"]
    assert wider.survival(np.arange(5.0)) == pytest.approx(steady.survival(np.arange(5.0)), abs=1e-3)


def test_too_few_renewals_for_the_wider_law():
    """Two renewals cannot tell three things."""
    with pytest.raises(ModelError, match="renewal 3 or later"):
        BetaDiscreteWeibull().fit(cohort([1000, 700, 600]))


def test_a_rising_risk_is_told():
    """A c near 1.4 is beyond two standard errors of 1 in 200,000 customers."""
    told = BetaDiscreteWeibull().fit(cells(drawn(0.8, 6.0, 1.4, 200_000))).explain()
    assert "A customer's own risk to leave rises with time" in told
    assert (
        "Whether a customer's own risk changes with time cannot be told" in BetaDiscreteWeibull().fit(REGULAR).explain()
    )


@pytest.mark.parametrize("kind", BOTH)
def test_it_is_put_away_and_taken_out(kind):
    """After a round through JSON it expects the same; a model that learned nothing expects nothing."""
    fitted = kind(each="year", discount=0.08).fit(REGULAR)
    again = kind.load(json.loads(json.dumps(fitted.save())))
    pd.testing.assert_frame_equal(again.predict(REGULAR, days=400), fitted.predict(REGULAR, days=400))
    assert again.explain() == fitted.explain()
    with pytest.raises(ModelError, match="has learned nothing yet"):
        kind().predict(REGULAR, days=30)


def test_discounts_are_by_the_billing_period():
    """10 % a year is 10 % per yearly period and 0.797 % per monthly one."""
    assert known(each="year").per_period(0.1) == pytest.approx(0.1)
    assert known().per_period(0.1) == pytest.approx(1.1 ** (1 / 12) - 1)


def test_worth_of_each_customer():
    """Ann pays 10 a month by the month; her coming renewals times 10. By the year it would be times 120. Bo left: nothing to come."""
    facts = world(as_of="2025-07-01", subscriptions=[("Ann", "2025-01-01"), ("Bo", "2025-01-01", "2025-03-01")])
    needs = known().needs(facts)
    counted = run(needs.cells)
    told = pd.concat([counted[list(needs.cell)], known().predict(counted, days=30)], axis=1)
    people = needs.told(ibis.memtable(told))
    rows = run(known().worth(people, facts))
    wanted = 10 * float(known().residual(np.array([5.0]), discount=known().per_period())[0])
    assert rows[["customer_id", "currency"]].values.tolist() == [["Ann", "EUR"]]
    assert rows["worth"].tolist() == pytest.approx([wanted])
    assert run(known(each="year").worth(people, facts))["worth"].tolist() == pytest.approx([12 * wanted])


def test_one_rate_by_hand():
    """Of 1,000 then 800 then 640 then 512 contracts 488 of 2,440 renewals were not made: a fifth, whoever it is; error sqrt(.2 x .8 / 2440)."""
    fitted = OneRate(each="year").fit(cohort([1000, 800, 640, 512]))
    assert fitted.survival(np.array([1.0, 2])) == pytest.approx([0.8, 0.64])
    assert fitted.standard_errors["rate"] * 0.8 == pytest.approx((0.2 * 0.8 / 2440) ** 0.5)
    told = fitted.predict(pd.DataFrame({"age": [0, 40], "lost": [0, 0]}), days=365)
    assert told["chance"].tolist() == pytest.approx([0.2, 0.2], abs=1e-3)
    assert (told["low"] < told["chance"]).all()
    assert (told["chance"] < told["high"]).all()
    assert "Of 100 customers 20.00 leave at the first renewal (standard error 0.81)" in fitted.explain()
    again = OneRate.load(json.loads(json.dumps(fitted.save())))
    assert again.survival(np.ones(1)) == fitted.survival(np.ones(1))


def test_one_rate_fits_what_no_law_of_differing_customers_does():
    """Half leave at once and of the others hardly anybody ever: the laws refuse, the plain share of renewals that were not made is told."""
    there = [1000, 500, 499, 499, 499, 498, 498]
    fitted = OneRate().fit(cohort(there))
    assert fitted.survival(np.ones(1)) == pytest.approx([1 - 502 / (1000 + 500 + 499 * 3 + 498)])


def test_everybody_left_is_no_rate():
    """Thirty contracts, none renewed."""
    with pytest.raises(ModelError, match="All 30 contracts ended at their first renewal"):
        OneRate().fit(cohort([30, 0]))
