"""Are the factors by which kinds of customers differ found again, and refused where there are none?"""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest
from tests.truth import published

from keepwell.errors import ModelError
from keepwell.testing import world
from keepwell.testing.worlds import run
from keepwell.understand.covariates import BuyingByTraits
from keepwell.understand.dropout import BgNbd
from keepwell.understand.pareto import ParetoNbd


@cache
def simulated(people: int, *, faster: float, seed: int) -> pd.DataFrame:
    """Half from Hungary, who buy *faster* times as often as those from Finland; a year is known and one is kept aside (bought)."""
    chance = np.random.default_rng(seed)
    rows = []
    for who in range(people):
        country = "HU" if who % 2 else "FI"
        rate = chance.gamma(0.8, 0.5) * (faster if country == "HU" else 1.0)
        coin = chance.beta(0.8, 2.4)
        time, bought, first = 0.0, [0], int(chance.integers(0, 150))
        while True:
            time += chance.exponential(7 / max(rate, 1e-9))
            if time + first >= 730:
                break
            bought.append(int(time))
            if chance.random() < coin:
                break
        known = sorted({day for day in bought if day + first < 365})
        later = len({day for day in bought if day + first >= 365})
        rows.append((len(known) - 1, known[-1], 364 - first, country, later, 1))
    return pd.DataFrame(rows, columns=["repeats", "recency_days", "age_days", "country", "bought", "customers"])


def test_a_factor_is_found_again():
    """Hungarians buy twice as often, and leave alike: 2 and 1 lie within the intervals; the words say that traits tell."""
    seen = simulated(6000, faster=2.0, seed=1)
    made = BuyingByTraits().fit(seen)
    reference = made.values_["country"][0]
    pace = made.parameters_[f"buying, country {made.values_['country'][1]}"]
    assert pace == pytest.approx(0.5 if reference == "HU" else 2.0, rel=0.12)
    leaving = next(value for name, value in made.parameters_.items() if name.startswith("leaving"))
    assert leaving == pytest.approx(1, abs=0.25)
    assert made.log_likelihood_ > BgNbd().fit(seen).log_likelihood_ + 50
    assert "Traits tell customers apart" in made.explain()


def test_both_kinds_are_foretold():
    """Of each country's purchases in the year kept aside, within 10 %; without traits the newest Hungarians are taken for Finns."""
    seen = simulated(6000, faster=2.0, seed=1)
    told = BuyingByTraits().fit(seen).predict(seen, days=365)
    sums = pd.DataFrame({"said": told["expected"], "came": seen["bought"]}).groupby(seen["country"]).sum()
    assert (sums["said"] / sums["came"]).tolist() == pytest.approx([1, 1], abs=0.1)


def test_no_difference_is_said_to_be_none():
    """Countries alike: the factors are about 1, and the words say that traits may tell nothing."""
    made = BuyingByTraits(kind="pareto_nbd").fit(simulated(3000, faster=1.0, seed=2))
    assert [value for name, value in made.parameters_.items() if ", " in name] == pytest.approx([1, 1], abs=0.3)
    assert "Traits may tell nothing" in made.explain()


@pytest.mark.parametrize("kind", [BgNbd, ParetoNbd])
def test_a_trait_that_says_nothing_changes_nothing(kind):
    """The sample split at random like a coin: what is expected is within three standard errors of the plain model's."""
    plain = published.cells("sample")
    split = plain.loc[plain.index.repeat(2)].assign(
        country=["a", "b"] * len(plain), customers=lambda f: f["customers"] / 2
    )
    made = BuyingByTraits(kind=kind.id).fit(split.reset_index(drop=True))
    told, alone = (model.predict(frame, days=273) for model, frame in ((made, split), (kind().fit(plain), plain)))
    assert told["expected"].to_numpy()[::2] == pytest.approx(alone["expected"].to_numpy(), rel=1e-4)


def test_put_away_and_taken_out():
    """Through JSON, and it answers the same."""
    seen = simulated(1500, faster=2.0, seed=3)
    made = BuyingByTraits().fit(seen)
    again = BuyingByTraits.load(json.loads(json.dumps(made.save())))
    pd.testing.assert_frame_equal(again.predict(seen, days=91), made.predict(seen, days=91))


def test_values_are_counted_in_the_engine():
    """Two values are told apart: the commonest, FI, and then HU; JP is "other", who has none "not known" would be too rare: other."""
    people = [("a", "FI"), ("b", "FI"), ("c", "FI"), ("d", "HU"), ("e", "HU"), ("f", "JP"), ("g", None)]
    facts = world(as_of="2025-02-01", customers=people, orders=[(name, "2025-01-01") for name, _country in people])
    needs = BuyingByTraits(most=2).needs(facts)
    counted = run(needs.cells).set_index("country")["customers"]
    assert counted.to_dict() == {"FI": 3, "HU": 2, "other": 2}


def test_what_cannot_differ_is_refused():
    """BG/BB has no factors; a single value explains nothing."""
    seen = simulated(500, faster=1.0, seed=4)
    with pytest.raises(ModelError, match="bg_bb cannot differ"):
        BuyingByTraits(kind="bg_bb").fit(seen)
    with pytest.raises(ModelError, match="nothing that traits could explain"):
        BuyingByTraits().fit(seen.assign(country="FI"))
