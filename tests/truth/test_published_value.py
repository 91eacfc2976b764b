"""Do the models of buying without a contract give the answers that were published?"""

import numpy as np
import pandas as pd
import pytest
from tests.truth import published

from keepwell.understand.buying import Buying
from keepwell.understand.donors import BgBb
from keepwell.understand.dropout import BgNbd, MbgNbd
from keepwell.understand.pareto import ParetoNbd

FITS = [
    (BgNbd, "sample", [0.2425945, 4.4136020, 0.7929219, 2.4259062], -9582.429207),
    (BgNbd, "rounded", [0.2425929, 4.4135316, 0.7928860, 2.4257528], -9582.425561),
    (BgNbd, "master", [0.2516240, 4.788943, 0.7234335, 2.161088], -95368.44393),
    (MbgNbd, "rounded", [0.524838, 6.182992, 0.891356, 1.613999], -9582.132685),
    (MbgNbd, "master", None, -95337.0),
    (ParetoNbd, "sample", [0.5532770, 10.577683, 0.6062400, 11.668735], -9594.976179),
    (ParetoNbd, "rounded", [0.5532755, 10.577612, 0.6062136, 11.667911], -9594.973930),
    (ParetoNbd, "master", [0.597420, 11.585658, 0.522186, 8.827759], -95415.11862),
]  # fmt: skip
PRINTED = {
    (BgNbd, "sample"): ([0.243, 4.414, 0.793, 2.426], 3, -9582.4, 1),
    (MbgNbd, "rounded"): ([0.525, 6.183, 0.891, 1.614], 3, None, 0),
    (ParetoNbd, "sample"): ([0.553, 10.578, 0.606, 11.669], 3, -9595.0, 1),
}


def counted(name: str) -> pd.DataFrame:
    """The data of that name, as cells."""
    return published.rounded() if name == "rounded" else published.cells(name)


def fitted(kind: type[Buying], name: str) -> Buying:
    """A model fitted to them, in weeks."""
    return kind(unit_days=100 if name == "rounded" else 7).fit(counted(name))


def having(kind: type[Buying], *parameters: float, unit_days: float = 1) -> Buying:
    """A model with published parameters, in their unit of time."""
    made = kind(unit_days=unit_days)
    made.parameters_ = dict(zip(kind.process.names, parameters, strict=True))
    made.covariance_, made.leaves_ = np.zeros((4, 4)), True
    return made


def seen(*rows: tuple[int, int, int]) -> pd.DataFrame:
    """Cells from repeats, recency_days, age_days."""
    return pd.DataFrame(rows, columns=["repeats", "recency_days", "age_days"])


@pytest.mark.parametrize(("kind", "name", "parameters", "height"), FITS)
def test_parameters_and_likelihood(kind, name, parameters, height):
    """As recomputed independently, to a millionth; the likelihood to the printed digits."""
    made = fitted(kind, name)
    if parameters:
        assert list(made.parameters_.values()) == pytest.approx(parameters, rel=1e-6)
    digits = len(str(height).split(".")[1])
    assert round(made.log_likelihood_, digits) == pytest.approx(height, abs=1.01 * 10**-digits)


@pytest.mark.parametrize(("kind", "name"), PRINTED)
def test_parameters_as_printed(kind, name):
    """As in the papers, to the printed digits."""
    parameters, digits, height, digits_ = PRINTED[kind, name]
    made = fitted(kind, name)
    assert [round(value, digits) for value in made.parameters_.values()] == parameters
    assert height is None or round(made.log_likelihood_, digits_) == height


def test_standard_errors_as_asserted():
    """BG/NBD on the sample by exact dates: se(r) .012557; Pareto/NBD on the printed sample: all four."""
    assert fitted(BgNbd, "sample").standard_errors["r"] == pytest.approx(0.012557, abs=5e-7)
    errors = list(fitted(ParetoNbd, "rounded").standard_errors.values())
    assert errors == pytest.approx([0.04763, 0.84272, 0.18728, 6.21103], abs=6e-6)


def test_bg_nbd_expects_what_the_paper_expects():
    """E[Y(39) | 2, 30.43, 38.86] = 1.226; of a newcomer, as fitted, E[X(t)] after 1 to 546 days."""
    paper = having(BgNbd, 0.243, 4.414, 0.793, 2.426, unit_days=100)
    assert paper.predict(seen((2, 3043, 3886)), days=3900)["expected"].round(3).tolist() == [1.226]
    made = fitted(BgNbd, "rounded")
    made.unit_days = 7
    told = [made.predict(seen((0, 0, 0)), days=days)["expected"].item() for days in (1, 7, 21, 223, 224, 546)]
    assert told == pytest.approx([0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576], abs=5e-4)  # by the sheet's own fit


def test_bg_nbd_counts_of_newcomers():
    """P(X(39) = 0) = .5737864; P(X(2) = 10) = 1.07869e-07; P(X(30) = n) from n = 11 to 20."""
    paper = having(BgNbd, 0.243, 4.414, 0.793, 2.426)
    newcomer = seen((0, 0, 0))
    assert paper.distribution(newcomer, days=39)[0].item() == pytest.approx(0.5737864, abs=5e-8)
    assert paper.distribution(newcomer, days=2)[10].item() == pytest.approx(1.07869e-07, rel=5e-6)
    shares = paper.distribution(newcomer, days=30)
    assert shares[11].item() == pytest.approx(0.0019995214, abs=5e-11)
    assert shares[20].item() == pytest.approx(0.0002222260, abs=5e-11)


def test_customer_1516_by_bg_nbd():
    """26 repeats, the last in week 30.86 of 31: expected in 52 weeks 25.75659, alive .9688523; a newcomer 1.444004."""
    made = fitted(BgNbd, "sample")
    told = made.predict(seen((26, 216, 217), (0, 0, 0)), days=364)
    assert told["expected"].tolist() == pytest.approx([25.75659, 1.444004], abs=1e-3)
    assert told["alive"].tolist() == pytest.approx([0.9688523, 1], abs=1e-5)


def test_customer_1516_by_pareto_nbd():
    """Expected in 52 weeks 25.45647, alive .997874; a newcomer 1.473434; by a fit that stopped a little earlier."""
    told = fitted(ParetoNbd, "sample").predict(seen((26, 216, 217), (0, 0, 0)), days=364)
    assert told["expected"].tolist() == pytest.approx([25.45647, 1.473434], rel=2e-4)
    assert told["alive"].tolist() == pytest.approx([0.997874, 1], abs=2e-6)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(BgNbd, [0.3474606, 0.04283391, 0.004158973, 0.0003583685]), (ParetoNbd, [0.7062289, 0.1442396, 0.02250658, 0.00309267])],
)  # fmt: skip
def test_more_purchases_then_silence_is_leaving(kind, expected):
    """The increasing frequency paradox: last in week 20 of 39, with 10, 15, 20, 25 repeats, ever less is expected in 52 weeks."""
    told = fitted(kind, "sample").predict(seen(*((x, 140, 273) for x in (10, 15, 20, 25))), days=364)
    assert told["expected"].tolist() == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (BgNbd, [0.225, 0.523, 1.044, 1.520, 2.164, 2.654, 3.504, 6.157]),
        (ParetoNbd, [0.138, 0.600, 1.196, 1.714, 2.399, 2.907, 3.819, 6.403]),
    ],
)
def test_expected_of_the_year_after_by_repeats(kind, expected):
    """Over the 39 weeks kept aside by repeats 0 to 6, and 7 and more; cells of 1411 439 214 100 62 38 29 64 customers."""
    year = published.held_out()
    told = (
        fitted(kind, "sample")
        .predict(year, days=273)
        .assign(repeats=year["repeats"].clip(upper=7), bought=year["bought"])
    )
    by = told.groupby("repeats")
    assert by.size().tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]
    assert by["bought"].mean().round(3).tolist() == [0.237, 0.697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359]
    assert by["expected"].mean().round(3).tolist() == pytest.approx(expected, abs=1.1e-3)


def test_likelihood_of_nine_customers_of_the_sample():
    """The paper's parameters, customers of 38.86 weeks: by repeats and the week of the last one, as its note tells (to two in a thousand)."""
    rows = [(2, 3043), (1, 171), (0, 0), (7, 2943), (1, 500), (2, 3571), (5, 2443), (10, 3414), (1, 486)]
    printed = [-9.4596, -4.4711, -0.5538, -21.8644, -4.8651, -9.5367, -17.3593, -27.3144, -4.8520]
    one = [BgNbd(unit_days=100)._seen(seen((*row, 3886))) for row in rows]
    told = [BgNbd.process.surface(np.array([0.243, 4.414, 0.793, 2.426]), row)[0] for row in one]
    assert told == pytest.approx(printed, rel=2e-3)


def test_likelihood_of_single_customers_by_bg_nbd():
    """With a .8, b 2.5, r .25, alpha 4: never again in 40: -.59947382; 200 times, the last at 38 of 40: 100.7957."""
    process, parameters = BgNbd.process, np.array([0.25, 4, 0.8, 2.5])
    one = [process.surface(parameters, BgNbd(unit_days=1)._seen(seen(row)))[0] for row in ((0, 0, 40), (200, 38, 40))]
    assert one == [pytest.approx(-0.59947382, abs=5e-9), pytest.approx(100.7957, abs=5e-5)]


def test_likelihood_of_a_single_customer_by_pareto_nbd():
    """With r .55, alpha 10.58, s .61, beta 11.67; one repeat at 1.5 of 12: -4.00694866."""
    row = ParetoNbd(unit_days=2)._seen(seen((1, 3, 24)))
    assert ParetoNbd.process.surface(np.array([0.55, 10.58, 0.61, 11.67]), row)[0] == pytest.approx(
        -4.00694866, abs=5e-9
    )


def test_one_customer_as_told_elsewhere():
    """Two repeats, the last after 213 of 272 days: alive .8691655, in 39 weeks 1.4553208, for ever at log(1.1) a week .42509343."""
    made = having(ParetoNbd, 0.55327, 10.5778, 0.60602, 11.66391, unit_days=7)
    told = made.predict(seen((2, 213, 272)), days=273)
    assert told["alive"].tolist() == pytest.approx([0.8691655], abs=1e-7)
    assert told["expected"].tolist() == pytest.approx([1.4553208], abs=1e-7)
    part = next(iter(made._parts(seen((2, 213, 272)))))
    told = part.alive * part.ahead[0].discounted(np.log(1.1), None)
    assert told.tolist() == pytest.approx([0.42509343], abs=1.5e-8)


def test_discounted_for_ever_by_pareto_nbd():
    """At .0027 a week: 7 repeats, the last at 35 of 77.86: 1.8641833; 1 to 10 repeats, the last at 30."""
    made = having(ParetoNbd, 0.5629966, 12.5590370, 0.4081095, 10.5148048, unit_days=100)
    yearly = np.expm1(0.0027 * 3.65)
    told = made.discounted(seen((7, 3500, 7786)), yearly_rate=yearly)
    assert told.tolist() == pytest.approx([1.8641833], abs=5e-8)
    told = made.discounted(seen(*((x, 3000, 7786) for x in range(1, 11))), yearly_rate=yearly)
    printed = [2.1992, 2.8435, 2.8671, 2.4454, 1.8405, 1.2624, 0.8096, 0.4948, 0.2920, 0.1679]
    assert told.round(4).tolist() == printed


def test_where_others_overflow():
    """Customers with hundreds of purchases: the chance of being there is a number between 0 and 1."""
    made = having(ParetoNbd, 0.5143, 2.8845, 0.2856, 14.1087, unit_days=7)
    told = made.predict(seen((221, 724, 725), (254, 680, 681), (161, 663, 686), (204, 690, 696)), days=364)
    assert told["alive"].between(0, 1).all()
    assert np.isfinite(told.to_numpy()).all()


def test_no_step_between_132_and_133_repeats():
    """With r .55, alpha 10.58, s .61, beta 11.67; expected in 10: 6.20605 after 132 repeats, 6.25287 after 133, the last at 200 of 200."""
    made = having(ParetoNbd, 0.55, 10.58, 0.61, 11.67)
    told = made.predict(seen((132, 200, 200), (133, 200, 200)), days=10)
    assert told["expected"].tolist() == pytest.approx([6.20605, 6.25287], abs=5e-6)


DONORS = [(6, 6), (5, 6), (4, 6), (3, 6), (2, 6), (1, 6), (5, 5), (4, 5), (3, 5), (2, 5), (1, 5), (4, 4), (3, 4), (2, 4), (1, 4),
          (3, 3), (2, 3), (1, 3), (2, 2), (1, 2), (1, 1), (0, 0)]  # fmt: skip
"""Years with a donation, and the last of them, of six."""
THEIR_LOGS = [
    -2.18167018824, -4.29485034929, -5.38473334360, -5.80915881601, -5.65172964525, -4.88370164695, -3.71682127437, -5.09558227343,
    -5.61576884108, -5.50636893346, -4.76723821904, -3.84829625138, -5.05936147828, -5.19562191019, -4.57070931973, -3.52745257839,
    -4.51620272962, -4.22465969453, -3.01199924784, -3.58817880928, -2.28882847451, -1.16751622367,
]  # fmt: skip


def donors(*rows: tuple[int, int]) -> pd.DataFrame:
    """Donors by years with a donation and the last of them, of six."""
    return pd.DataFrame(rows, columns=["repeats", "last"]).assign(opportunities=6)


def test_donors_as_published():
    """11,104 donors over six years: 1.204, .750, .657, 2.783 and LL -33225.58; as recomputed 1.203522, .749716, .656719, 2.783447."""
    made = BgBb(unit_days=365).fit(published.donations())
    assert [round(value, 3) for value in made.parameters_.values()] == [1.204, 0.750, 0.657, 2.783]
    assert list(made.parameters_.values()) == pytest.approx(
        [1.203522, 0.749716, 0.656719, 2.783447], rel=2e-6
    )  # which stopped just short
    assert made.log_likelihood_ == pytest.approx(-33225.5813, abs=6e-5)


def test_likelihood_of_every_kind_of_donor():
    """All 22 kinds, as the note's sheet tells them by its own fit, which it rounds in print."""
    parameters = np.array([1.203522, 0.749716, 0.656718, 2.783442])
    told = [BgBb.process.surface(parameters, BgBb()._seen(donors(kind)))[0] for kind in DONORS]
    assert told == pytest.approx(THEIR_LOGS, abs=5e-6)


def test_who_still_donates_in_the_year_after():
    """There in 2002: .1081 who never gave again, .5896 with (2, 4), .9304 with (6, 6)."""
    made = BgBb(unit_days=365).fit(published.donations())
    there = made.staying(donors((0, 0), (2, 4), (6, 6)), days=365)
    assert there.tolist() == pytest.approx([0.1081, 0.5896, 0.9304], abs=2e-4)


def test_donations_to_come():
    """Of a newcomer in 1 to 11 years; in ten of (0, 0) .1302169 and of (4, 5) 3.627858; of all together in five 12884.2."""
    made = BgBb(unit_days=365).fit(published.donations())
    newcomer = donors((0, 0)).assign(opportunities=0)
    told = [made.predict(newcomer, days=365 * years)["expected"].item() for years in range(1, 12)]
    printed = [0.4985, 0.9233, 1.2969, 1.6323, 1.9381, 2.2202, 2.4826, 2.7285, 2.9603, 3.1798, 3.3887]
    assert told == pytest.approx(printed, abs=1.1e-4)
    told = made.predict(donors((0, 0), (4, 5)), days=3650)["expected"]
    assert told.tolist() == pytest.approx([0.1302169, 3.627858], rel=1e-4)
    all_of_them = made.predict(published.donations(), days=365 * 5)["expected"] @ published.donations()["customers"]
    assert all_of_them == pytest.approx(12884.2, abs=0.5)


def test_how_many_never_gave_again():
    """By the fit 3454.9 of 11,104 newcomers give in none of six years, and 1253.1 in all."""
    made = BgBb(unit_days=365).fit(published.donations())
    shares = made.distribution(donors((0, 0)).assign(opportunities=0), days=365 * 6, most=6)
    assert (11104 * shares[[0, 6]]).to_numpy().tolist() == [pytest.approx([3454.9, 1253.1], abs=0.06)]


@pytest.mark.parametrize(("kind", "total"), [(BgNbd, -0.121), (ParetoNbd, -0.115)])
def test_all_that_came_in_the_year_after(kind, total):
    """1,882 days with a purchase came in the 39 weeks kept aside; the models told 12.1 % and 11.5 % less."""
    year = published.held_out()
    assert year["bought"].sum() == 1882
    told = fitted(kind, "sample").predict(year, days=273)["expected"].sum()
    assert told / 1882 - 1 == pytest.approx(total, abs=5e-4)


def test_single_customers_lie_where_they_were_told_to():
    """Of nine in ten customers what came lies between the 5 % and the 95 % told by BG/NBD: of .884 of the sample (randomised)."""
    year = published.held_out()
    shares = fitted(BgNbd, "sample").distribution(year, days=273, most=int(year["bought"].max()) + 1).to_numpy()
    until = np.cumsum(shares, axis=1)
    rows, came = np.arange(len(year)), year["bought"].to_numpy()
    low, high = until[rows, came] - shares[rows, came], until[rows, came]
    inside = (np.minimum(high, 0.95) - np.maximum(low, 0.05)).clip(0) / (high - low)
    assert inside.mean() == pytest.approx(0.884, abs=0.006)
