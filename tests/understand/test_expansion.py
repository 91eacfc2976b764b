"""Is growth counted among those who stay, and does the path of MRR hold what then happens?"""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from keepwell.config import Company
from keepwell.errors import ModelError
from keepwell.measure.periods import calendar
from keepwell.testing import run, world
from keepwell.understand.expansion import explain, growth, path, rates, standing
from keepwell.understand.renewals import ShiftedBetaGeometric

CLUB = [
    ("Ann", "2024-12-10", "2025-02-01", 10),
    ("Ann", "2025-02-01", None, 20),
    ("Bo", "2025-01-15", "2025-03-20", 30),
    ("Bo", "2025-03-20", "2025-04-10", 15),
    ("Cy", "2025-01-05", "2025-03-01", 10),
    ("Cy", "2025-03-01", None, 0, "paused"),
]
SUMS = ["customers", "grew", "shrank", "before", "expansion", "contraction"]
SQUARES = ["before_2", "expansion_2", "contraction_2", "before_expansion", "before_contraction"]


def club():
    """Ann doubles in February; Bo halves in March and leaves in April; Cy pauses from March on."""
    return world(as_of="2025-05-01", subscriptions=CLUB)


def months(since: date, facts):
    """Calendar months up to as_of."""
    return calendar("month", since, facts.as_of, Company(name="Any"))


def known(alpha: float = 1.0, beta: float = 3.0) -> ShiftedBetaGeometric:
    """A model that has learned these, surely: S(t) = 3 / (3 + t)."""
    found = ShiftedBetaGeometric()
    found.parameters_, found.covariance_ = {"alpha": alpha, "beta": beta}, np.zeros((2, 2))
    return found


def moved(**sums: float) -> pd.DataFrame:
    """One cell as growth() counts it: 100 customer-months of 10 each in the first month of tenure, nobody moving."""
    nothing = dict.fromkeys([*SUMS, *SQUARES], 0.0)
    return pd.DataFrame(
        [{"currency": "EUR", "tenure": 1, **nothing, "customers": 100, "before": 1000.0, "before_2": 10_000.0, **sums}]
    )


def test_customer_months_by_hand():
    """
    In the first month after the one they came in: Ann in January, Bo and Cy in February, 50 together.

    In the second Ann grows by 10 from 10 in February, Bo shrinks by 15 from 30 in March; Cy's pause in March counts nowhere.
    Bo's last month does not count either: he left in it.
    """
    rows = run(growth(club(), months(date(2025, 1, 1), club())))
    assert rows["tenure"].tolist() == [1, 2, 3, 4]
    assert rows[SUMS].astype("float64").values.tolist() == [
        [3, 0, 0, 50, 0, 0],
        [2, 1, 1, 40, 10, 15],
        [1, 0, 0, 20, 0, 0],
        [1, 0, 0, 20, 0, 0],
    ]
    assert rows.loc[1, SQUARES].astype("float64").tolist() == [1000, 100, 225, 100, 450]


def test_only_months_are_counted():
    """Thirty days are no month."""
    with pytest.raises(ModelError, match=r"single months\. Ask by month"):
        growth(club(), calendar("quarter", date(2025, 1, 1), date(2025, 5, 1), Company(name="Any")))


def test_who_pays_today():
    """Ann alone, who has renewed four times since 10 December, in her fifth month after it, at 20."""
    rows = run(standing(club(), "month"))
    assert rows.astype({"mrr": float, "mrr_2": float}).values.tolist() == [["EUR", 4, 5, 1, 20.0, 400.0]]


def test_rates_by_hand():
    """Ten of 100 who pay 10 come to pay 12: 2 % on top; the spread of a ratio of sums is 10 x 1.8^2 + 90 x 0.2^2 = 36, so +- 0.99 %."""
    counted = moved(grew=10, expansion=20.0, expansion_2=40.0, before_expansion=200.0)
    told = rates(counted)
    whole = told[told["since"] == 0].iloc[0]
    assert (whole["n"], whole["grew"], whole["expansion"], whole["net"]) == (100, 10, 0.02, 0.02)
    assert whole["net_error"] == pytest.approx(0.006)
    assert [whole["expansion_low"], whole["expansion_high"]] == pytest.approx(
        [0.02 - 1.645 * 0.006, 0.02 + 1.645 * 0.006], abs=1e-5
    )


def test_no_moves_leave_their_size_unknown():
    """Nobody shrank: the rate seen is 0, its interval is not told; nor is a rate where nobody was."""
    told = rates(moved())
    assert told["n"].tolist() == [100, 0, 0, 0, 100]
    assert told["contraction"].iloc[0] == 0
    assert told[["contraction_low", "contraction_high"]].iloc[0].isna().all()
    assert np.isnan(told["expansion"].iloc[1])


def test_bands_of_tenure():
    """Tenure 3 is in the first band, 4 in the second, 60 in the last; currencies stand apart."""
    counted = pd.concat([moved().assign(tenure=n, customers=n) for n in (3, 4, 60)] + [moved().assign(currency="USD")])
    told = rates(counted)
    assert told["currency"].tolist() == ["EUR"] * 5 + ["USD"] * 5
    assert told["n"].tolist() == [3, 4, 0, 60, 67, 100, 0, 0, 0, 100]
    assert told["until"].tolist()[:3] == [4, 13, 25]


def there(**columns) -> pd.DataFrame:
    """Fifty new customers with 10 each."""
    return pd.DataFrame(
        [{"currency": "EUR", "age": 0, "tenure": 1, "customers": 50, "mrr": 500.0, "mrr_2": 5_000.0, **columns}]
    )


def test_a_path_by_hand():
    """Three quarters, then three fifths, stay of 50; each month those pay 2 % more: 500, 382.5, 312.12."""
    counted = moved(grew=10, expansion=20.0, expansion_2=40.0, before_expansion=200.0)
    told = path(there(), rates(counted), known(), months=2, chance=np.random.default_rng(1))
    assert told["month"].tolist() == [0, 1, 2]
    assert told["n"].tolist() == [50, 50, 50]
    assert told["customers"].tolist() == pytest.approx([50, 37.5, 30])
    assert told["mrr"].tolist() == pytest.approx([500, 500 * 0.75 * 1.02, 500 * 0.6 * 1.02**2])
    assert told["mrr_without_growth"].tolist() == pytest.approx([500, 375, 300])
    assert told.loc[0, ["low", "high"]].tolist() == [500, 500]
    assert (told["low"] < told["mrr"]).tolist() == [False, True, True]


def test_a_band_with_too_few_takes_the_rate_of_all():
    """Twenty customer-months in the second band that doubled are too few: the month is as all months are."""
    grow = {"grew": 20, "expansion": 200.0, "expansion_2": 2_000.0, "before_expansion": 2_000.0}
    counted = pd.concat([moved(), moved(customers=20, before=200.0, before_2=2_000.0, **grow).assign(tenure=5)])
    told = path(there(tenure=5), rates(counted), known(), months=1, chance=np.random.default_rng(1))
    assert told["mrr"].iloc[1] == pytest.approx(500 * 0.75 * (1 + 200 / 1200))


def test_what_cannot_be_foretold_is_refused():
    """Twenty-nine customer-months, none in dollars, or nobody who pays."""
    chance = np.random.default_rng(1)
    with pytest.raises(ModelError, match="Not enough data: 29 customer-months in EUR"):
        path(there(), rates(moved(customers=29)), known(), months=1, chance=chance)
    with pytest.raises(ModelError, match="Not enough data: 0 customer-months in USD"):
        path(there(currency="USD"), rates(moved()), known(), months=1, chance=chance)
    with pytest.raises(ModelError, match="Nobody pays today"):
        path(there().head(0), rates(moved()), known(), months=1, chance=chance)


def test_yearly_contracts_are_renewed_along_the_year():
    """Half a year on, half of the yearly renewals have come up: one eighth of the MRR is gone."""
    yearly = ShiftedBetaGeometric(each="year")
    yearly.parameters_, yearly.covariance_ = {"alpha": 1.0, "beta": 3.0}, np.zeros((2, 2))
    told = path(there(), rates(moved()), yearly, months=6, chance=np.random.default_rng(1))
    assert told["mrr"].iloc[6] == pytest.approx(500 * (1 - 0.25 / 2))


@pytest.mark.slow
def test_the_interval_holds_what_happens():
    """In 150 worlds of 400 customers with a past, the 90 % interval of MRR six months on holds it in 80 to 97 %."""
    held = 0
    for seed in range(150):
        chance = np.random.default_rng(seed)
        own = chance.beta(1.5, 25, 400)
        life, came = chance.geometric(own), chance.integers(1, 25, 400)
        mrr, sums = np.full(400, 20.0), np.zeros(len(SUMS) + len(SQUARES))
        for age in range(1, 25):
            up = np.where((chance.random(400) < 0.04) & (life > age), 0.25 * mrr, 0.0)
            seen = (life > age) & (came >= age)
            b, e = mrr[seen], up[seen]
            sums += [seen.sum(), (e > 0).sum(), 0, b.sum(), e.sum(), 0, (b**2).sum(), (e**2).sum(), 0, (b * e).sum(), 0]
            mrr = np.where(seen, mrr + up, mrr)
        lost = life <= came
        cells = pd.DataFrame({"age": np.where(lost, life, came), "lost": lost.astype(int), "customers": 1})
        counted = pd.DataFrame([{"currency": "EUR", "tenure": 1, **dict(zip([*SUMS, *SQUARES], sums, strict=True))}])
        now = pd.DataFrame(
            {"currency": "EUR", "age": came, "tenure": came, "customers": 1, "mrr": mrr, "mrr_2": mrr**2}
        )[~lost]
        told = path(now, rates(counted), ShiftedBetaGeometric().fit(cells), months=6, chance=chance, count=200).iloc[6]
        for age in range(6):
            mrr = np.where((chance.random(400) < 0.04) & (life > came + age + 1), 1.25 * mrr, mrr)
        held += told["low"] <= mrr[life > came + 6].sum() <= told["high"]
    assert 120 <= held <= 146


def test_it_tells_what_was_learned():
    """Months, movers, both rates and the net with its interval; nobody is said to be nobody."""
    told = explain(rates(moved(grew=10, expansion=20.0, expansion_2=40.0, before_expansion=200.0)))
    assert told.startswith("In 100 months of customers who stayed, in EUR, 10 paid more at the end and 0 less.")
    assert "2.00% of MRR came on top a month and 0.00% went: net +2.00% (90 % interval +1.01% to +2.99%)." in told
    assert explain(rates(moved(customers=0))) == "Not enough data: nobody stayed for a month."


def test_growth_by_kind():
    """Ann (FI) 10 of 10 in her second month; Bo and Cy, of whom nobody knows where, are unknown: 40 before in February."""
    told = run(
        growth(
            world(as_of="2025-05-01", customers=[("Ann", "FI")], subscriptions=CLUB),
            months(date(2025, 1, 1), club()),
            by="country",
        )
    )
    assert told.groupby("by")["expansion"].sum().astype(float).to_dict() == {"FI": 10.0, "unknown": 0.0}
    whole = run(growth(club(), months(date(2025, 1, 1), club())))
    assert told["customers"].sum() == whole["customers"].sum()
    grown = rates(told)
    assert grown.loc[grown["since"] == 0, "by"].tolist() == ["FI", "unknown"]
    assert explain(grown).startswith("FI: Not enough data: ")
