"""Do our effects meet the published answers? GrowthBook's own test vectors, and Criteo's uplift data."""

import math

import pytest

from keepwell.prove.effect import delta_relative
from keepwell.prove.means import chance_to_win, mean_effect, share_effect
from keepwell.prove.moments import Moments
from keepwell.prove.quantiles import Quantile, quantile_effect
from keepwell.prove.ratios import ratio_effect
from keepwell.prove.samples import check

# GrowthBook, packages/stats/tests (MIT), commit 8f1db445: sums, sums of squares, units; its arm b is treated.
A_3407, A_3000, B = (1396.87, 52377.9767, 3407), (1396.87, 52377.9767, 3000), (2422.7, 134698.29, 3461)


def _sums(total, squares, n):
    return Moments.of_sums(["spend"], n, [total], [[squares]])


def test_welch_absolute():
    """.29, .04538 to .53462, p .02016."""
    effect = mean_effect(_sums(*B), _sums(*A_3407), "spend")
    assert [effect.difference, effect.low, effect.high, effect.p_value] == pytest.approx(
        [0.29, 0.04538, 0.53462, 0.02016], abs=5e-6
    )


def test_welch_relative_by_delta():
    """.70732, -.03526 to 1.44989, p .06191; ours is Fieller's, and sides with the absolute test."""
    effect = mean_effect(_sums(*B), _sums(*A_3407), "spend")
    theirs = delta_relative(effect)
    told = [theirs.difference, theirs.low, theirs.high, theirs.p_value]
    assert told == pytest.approx([0.70732, -0.03526, 1.44989, 0.06191], abs=5e-6)
    assert effect.relative == pytest.approx(0.70732, abs=5e-6)
    assert (effect.proven, effect.relative_low > 0, theirs.proven) == (True, True, False)


def test_share_relative_by_delta():
    """14 of 28 against 16 of 30: .06667, -.47767 to .61101, p .80707."""
    effect = share_effect(Moments.of_share("stayed", 16, 30), Moments.of_share("stayed", 14, 28), "stayed")
    theirs = delta_relative(effect)
    told = [theirs.difference, theirs.low, theirs.high, theirs.p_value]
    assert told == pytest.approx([0.06667, -0.47767, 0.61101, 0.80707], abs=5e-6)


def test_one_sided_absolute():
    """.234376..., lower .0207914800..., p .0355427248..."""
    effect = mean_effect(_sums(*B), _sums(*A_3000), "spend", side="above")
    told = [effect.difference, effect.low, effect.p_value]
    assert told == pytest.approx([0.23437666666666668, 0.020791480063255735, 0.03554272489873023], rel=1e-9)
    assert effect.high == math.inf


def test_one_sided_relative_by_delta():
    """.503361..., lower -.0451366758..., p .0655826286..."""
    theirs = delta_relative(mean_effect(_sums(*B), _sums(*A_3000), "spend", side="above"))
    told = [theirs.difference, theirs.low, theirs.p_value]
    assert told == pytest.approx([0.5033610858562358, -0.045136675850396046, 0.06558262868467746], rel=1e-9)


def test_one_sided_lesser():
    """The other side: upper .4479618532..., p .9644572751...; relative upper 1.0518588475..., p .9344173713..."""
    effect = mean_effect(_sums(*B), _sums(*A_3000), "spend", side="below")
    theirs = delta_relative(effect)
    assert [effect.high, effect.p_value] == pytest.approx([0.44796185327007765, 0.9644572751012698], rel=1e-9)
    assert [theirs.high, theirs.p_value] == pytest.approx([1.0518588475628676, 0.9344173713153225], rel=1e-9)


def test_flat_belief_of_shares():
    """49 and 51 of 100: .04082, -.24779 to .32943, chance .60918, risks .0814 and .04058."""
    effect = share_effect(Moments.of_share("stayed", 51, 100), Moments.of_share("stayed", 49, 100), "stayed")
    told = chance_to_win(delta_relative(effect))
    assert [told.mean, told.low, told.high, told.chance] == pytest.approx(
        [0.04082, -0.24779, 0.32943, 0.60918], abs=5e-6
    )
    assert [told.risk_of_not, told.risk_of_treating] == pytest.approx([0.0814, 0.04058], abs=5e-6)


@pytest.mark.parametrize(
    ("mean", "variance", "expected"),
    [(0.0, math.inf, [0.05, -0.02, 0.12, 0.91923]), (0.1, 0.1, [0.05063, -0.01893, 0.12019, 0.92315])],
)
def test_belief_of_means(mean, variance, expected):
    """10 units each, 10.0 and 10.5: flat, and with a belief of .1 with variance .1."""
    effect = mean_effect(_sums(105, 1111.5, 10), _sums(100, 1002.25, 10), "spend")
    told = chance_to_win(delta_relative(effect), prior_mean=mean, prior_variance=variance)
    assert [told.mean, told.low, told.high, told.chance] == pytest.approx(expected, abs=5e-6)


def test_upper_tenth():
    """Quantiles .9 with their neighbours: .5365124375579775, .4572559589115422 to .6157689162044128."""
    control = Quantile(7.157987489967789, 7.098780136176828, 7.217194843758751, 11054)
    treated = Quantile(7.694499927525767, 7.64180598628119, 7.747193868770344, 10861)
    effect = quantile_effect(treated, control)
    told = [effect.difference, effect.low, effect.high]
    assert told == pytest.approx([0.5365124375579775, 0.4572559589115422, 0.6157689162044128], rel=1e-12)


def test_ratio_less_the_ratio_before():
    """Relative -.0007, error .00391, -.00841 to .007, p .85771; slope .82900443. Products as in test_two_sided_ttest_test_runs_ratio_ra."""
    names = ["top", "bottom", "top_0", "bottom_0"]
    control = Moments.of_sums(
        names,
        100,
        [485.112236689623, 679.9093275844917, 192.59138069991536, 290.1398399750233],
        [
            [2715.484666118136, 3602.146836776702, 1113.6215759318352, 1559.2878434944676],
            [3602.146836776702, 4939.424001640236, 1460.3181079276983, 2130.9404074446747],
            [1113.6215759318352, 1460.3181079276983, 460.076026390857, 634.239482353647],
            [1559.2878434944676, 2130.9404074446747, 634.239482353647, 920.9461385038898],
        ],
    )
    treated = Moments.of_sums(
        names,
        100,
        [514.7757826608777, 705.4090874383759, 206.94157227402536, 302.54389139107326],
        [
            [2994.897482705013, 3918.1561431600717, 1237.0953021125997, 1701.0287270040265],
            [3918.1561431600717, 5291.36604146392, 1604.0759503266522, 2292.081739775257],
            [1237.0953021125997, 1604.0759503266522, 514.2903702246757, 698.4173425817908],
            [1701.0287270040265, 2292.081739775257, 698.4173425817908, 994.4506208125663],
        ],
    )
    told = ratio_effect(treated, control, "top", "bottom", before=("top_0", "bottom_0"))
    theirs = delta_relative(told.effect)
    assert told.slope == pytest.approx(0.82900443, abs=5e-9)
    assert [theirs.difference, theirs.error, theirs.low, theirs.high, theirs.p_value] == pytest.approx(
        [-0.0007, 0.00391, -0.00841, 0.00700, 0.85771], abs=5.1e-6
    )


def test_sample_ratio():
    """1,000 and 1,200 of a planned half each: p 2.007865612426481e-05, and the effect is hidden."""
    told = check({"control": 1000, "mail": 1200}, {"control": 0.5, "mail": 0.5})
    assert told.p_value == pytest.approx(2.007865612426481e-05, rel=1e-10)
    assert told.hides_effect


@pytest.mark.parametrize(
    ("control", "treated", "expected"),
    [
        (80105, 576824, [0.010342403129198284, 0.00014631642098864926, 0.010055628213713731, 0.010629178044682837]),
        (4063, 36711, [0.0011518730521316279, 3.437168357507502e-05, 0.0010845057902364738, 0.001219240314026782]),
    ],
    ids=["visit", "conversion"],
)
def test_criteo(control, treated, expected):
    """Criteo Uplift v2.1, all 13,979,592 rows: visits and conversions of 11,882,655 treated and 2,096,937 held out."""
    effect = share_effect(
        Moments.of_share("did", treated, 11_882_655), Moments.of_share("did", control, 2_096_937), "did"
    )
    assert [effect.difference, effect.error, effect.low, effect.high] == pytest.approx(expected, rel=1e-6)
