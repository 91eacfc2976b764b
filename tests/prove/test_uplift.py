"""Is it found for whom it makes a difference?"""

import json
from dataclasses import replace

import numpy as np
import pytest
from tests.prove.uplift_worlds import trial

from keepwell.errors import ModelError
from keepwell.prove.uplift import WAYS, Uplift, foretell, usual

PLAIN = ["t-logistic", "t-ridge", "dr-ridge"]


def rising(columns):
    """Five points for all, ten more per unit of a."""
    return 0.05 + 0.1 * columns["a"]


LOG, ADDED = trial(6000, rising)


@pytest.mark.parametrize("way", PLAIN)
def test_the_true_order_is_found(way):
    """What is foretold of units never seen goes with the true effect, and is right on average."""
    told = foretell(LOG, np.random.default_rng(0), way=way)
    assert np.corrcoef(told.uplift[:, 1], ADDED)[0, 1] > 0.9
    assert told.uplift[:, 1].mean() == pytest.approx(ADDED.mean(), abs=0.03)


@pytest.mark.slow
def test_trees_find_it_too():
    """Less well in a straight world, but they do."""
    told = foretell(LOG, np.random.default_rng(0), way="t-trees")
    assert np.corrcoef(told.uplift[:, 1], ADDED)[0, 1] > 0.6


def test_the_effect_on_money_is_found():
    """Any outcome, unequal shares: by the line of the difference."""
    read, added = trial(6000, lambda columns: 2 + 3 * columns["a"], kind="money", share=0.8)
    told = foretell(read, np.random.default_rng(0))
    assert told.way == "dr-ridge"
    assert np.corrcoef(told.uplift[:, 1], added)[0, 1] > 0.9


@pytest.mark.parametrize("way", PLAIN)
def test_relabelling_the_arms_flips_the_signs_only(way):
    """Who was treated is called held out and the other way round."""
    other = replace(LOG, place=1 - LOG.place)
    one, two = (foretell(log, np.random.default_rng(0), way=way) for log in (LOG, other))
    if way != "dr-ridge":  # its inner lines are the same, its penalty may be found a rounding apart
        assert two.uplift == pytest.approx(-one.uplift, abs=1e-8)
    assert two.uplift == pytest.approx(-one.uplift, abs=1e-4)
    assert two.scores == pytest.approx(one.scores[:, ::-1], abs=1e-8)


@pytest.mark.parametrize("way", PLAIN)
def test_put_away_it_is_the_same(way):
    """By JSON text, for customers who were not in the trial, some values unknown."""
    model = Uplift(way).fit(LOG, chance=np.random.default_rng(0))
    again = Uplift.load(json.loads(json.dumps(model.save())))
    new = trial(50, 0, seed=9)[0].features
    new.loc[:9, "a"] = np.nan
    assert again.predict(new).equals(model.predict(new))
    assert list(again.predict(new)) == ["alone", "uplift treat"]


def test_trees_are_put_away_too():
    """By LightGBM's own text."""
    read, _added = trial(800, 0.1)
    model = Uplift("t-trees").fit(read, chance=np.random.default_rng(0))
    again = Uplift.load(json.loads(json.dumps(model.save())))
    assert again.predict(read.features).equals(model.predict(read.features))


def test_words_are_learned_from():
    """Customers in the city gain, those in the country do not."""
    chance = np.random.default_rng(1)
    place = np.where(chance.random(4000) < 0.5, "city", "country")
    read, added = trial(4000, lambda columns: 0.2 * (place == "city") + 0 * columns["a"])
    read = replace(read, features=read.features.assign(place=place))
    told = foretell(read, chance)
    city = place == "city"
    assert told.uplift[city, 1].mean() == pytest.approx(added[city].mean(), abs=0.05)
    assert told.uplift[~city, 1].mean() == pytest.approx(0, abs=0.05)


def test_several_arms_have_an_effect_each():
    """Nothing for the first, ten points for the second."""
    chance = np.random.default_rng(3)
    read, _added = trial(6000, 0)
    place = chance.integers(0, 3, 6000)
    outcome = (chance.random(6000) < 0.3 + 0.1 * (place == 2)).astype("float64")
    three = replace(read, place=place, outcome=outcome, propensity=np.full(6000, 1 / 3), arms=("control", "a", "b"))
    told = foretell(three, chance)
    assert told.uplift.mean(axis=0) == pytest.approx([0, 0, 0.1], abs=0.04)


def test_the_same_chance_gives_the_same():
    """Nothing else is drawn."""
    one, two = (foretell(LOG, np.random.default_rng(5), way="dr-ridge").uplift for _time in range(2))
    assert (one == two).all()


def test_what_does_not_fit_is_refused():
    """An unknown way, chances of money, a model of something else, one that learned nothing, columns that tell nothing."""
    money, _added = trial(400, 1, kind="money")
    with pytest.raises(ModelError, match="Choose one of them"):
        foretell(LOG, np.random.default_rng(0), way="oracle")
    with pytest.raises(ModelError, match="Choose dr-ridge or t-ridge"):
        foretell(money, np.random.default_rng(0), way="t-logistic")
    with pytest.raises(ModelError, match="Fit the model again"):
        Uplift.load({"form": 1, "model": "churn"})
    with pytest.raises(ModelError, match="Call fit"):
        Uplift().predict(LOG.features)
    with pytest.raises(ModelError, match="judge the play as a whole"):
        foretell(replace(money, features=money.features[["a"]] * 0), np.random.default_rng(0))


def test_the_usual_way():
    """A logistic line per arm for yes or no, otherwise the line of the difference; both are listed."""
    assert (usual(LOG), usual(trial(10, 0, kind="money")[0])) == ("t-logistic", "dr-ridge")
    assert {"t-logistic", "dr-ridge"} <= set(WAYS)
