"""May one look today, and do boundary, interval and verdict agree?"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.errors import KeepwellError
from keepwell.prove.sequential import (
    POCOCK,
    POWER,
    Look,
    Spending,
    boundaries,
    follow,
    interval,
    repeated_p_value,
)

SHAPES = st.sampled_from([Spending(), Spending(POCOCK), Spending(POWER, 1), Spending(POWER, 3)])
GROWING = st.lists(st.integers(1, 1000), min_size=1, max_size=12, unique=True).map(sorted)
ONCE = 1.9599639845400545


def test_one_look_at_the_end_is_the_plain_test():
    """Who looks once, at the end, needs 1.96 standard errors, whatever the spending."""
    for shape in (Spending(), Spending(POCOCK), Spending(POWER, 2)):
        assert boundaries([100], 100, shape) == pytest.approx([ONCE], abs=1e-9)


@pytest.mark.parametrize("shape", ["obrien-fleming", "pocock", "power"])
def test_all_is_spent_at_the_end_and_nothing_before_the_start(shape):
    """Spending goes from 0 to alpha, and no further."""
    spending = Spending(shape)
    assert [spending.spent(share, 0.05) for share in (0, 1, 1.7)] == [0, 0.05, 0.05]


def test_pocock_at_the_half():
    """.05 log(1 + (e - 1) / 2) = .05 x .62011 = .0310."""
    assert Spending(POCOCK).spent(0.5, 0.05) == pytest.approx(0.031006, abs=1e-6)


@settings(deadline=None, max_examples=25)
@given(GROWING, SHAPES)
def test_all_looks_together_spend_what_is_allowed(information, spending):
    """The chance of ever crossing, recounted by simulation of 20,000 walks, is what the spending function says; never more."""
    planned = max(information[-1], 500)
    found = np.array(boundaries(information, planned, spending))
    rng = np.random.default_rng(1)
    steps = np.sqrt(np.diff([0, *information])) * rng.standard_normal((20_000, len(information)))
    z = steps.cumsum(axis=1) / np.sqrt(information)
    crossed = (np.abs(z) > found).any(axis=1).mean()
    assert crossed == pytest.approx(spending.spent(information[-1] / planned, 0.05), abs=0.0062)


def test_two_looks_by_the_bivariate_normal():
    """At one third and at the end: the chance of neither crossing is 95 %, by the normal law of both together."""
    from scipy.stats import multivariate_normal

    first, second = boundaries([1, 3], 3, Spending(POCOCK))
    both = multivariate_normal(cov=[[1, math.sqrt(1 / 3)], [math.sqrt(1 / 3), 1]])
    inside = (
        both.cdf([first, second])
        - both.cdf([-first, second])
        - both.cdf([first, -second])
        + both.cdf([-first, -second])
    )
    assert inside == pytest.approx(0.95, abs=1e-7)


@settings(deadline=None, max_examples=40)
@given(GROWING, SHAPES, st.integers(1, 12))
def test_a_new_look_changes_no_earlier_boundary(information, spending, until):
    """What a look needed is the same number for ever, to the last digit."""
    assert boundaries(information, 1000, spending)[:until] == boundaries(information[:until], 1000, spending)


@settings(deadline=None, max_examples=40)
@given(GROWING, st.integers(2, 1000))
def test_the_unit_of_information_does_not_matter(information, times):
    """Customers or thousands of customers: the same boundaries."""
    counted = boundaries(information, 1000)
    assert boundaries([times * n for n in information], 1000 * times) == pytest.approx(counted, abs=1e-8)


def test_a_look_after_one_day_of_a_thousand_has_a_number():
    """The boundary of tiny shares is capped at 7.74, where one in 100 billion false alarms would be."""
    assert boundaries([1], 1000) == pytest.approx([7.739], abs=1e-3)


def test_a_look_too_soon_spends_little_and_costs_little():
    """Somebody looks again a minute later: that look needs much, the next one hardly more than without it."""
    without = boundaries([500, 700, 1000], 1000)
    within = boundaries([500, 500.001, 700, 1000], 1000)
    assert within[0] == without[0]
    assert within[1] > 4.5
    assert within[2:] == pytest.approx(without[1:], abs=1e-3)


def test_information_that_shrinks_does_no_harm():
    """Orders were taken back, so there are fewer events than yesterday: the look stands on what it may spend alone. Asked bare, it is refused."""
    looks = [Look(n, 0.0, 1.0) for n in (500, 480, 700, 1000)]
    found = [one.boundary for one in follow(looks, 1000)]
    assert found[1] == pytest.approx(7.739, abs=1e-3)
    assert found[2:] == pytest.approx(boundaries([500, 700, 1000], 1000)[1:], abs=1e-9)
    with pytest.raises(KeepwellError, match="Look 2 rests on 480, the one before it on 500"):
        boundaries([500, 480], 1000)


def test_more_than_planned_is_the_end():
    """810 came where 300 were planned: after looks at 100 and 200 the third spends all that is left, with its true correlation."""
    spending = Spending(POWER, 1)
    found = boundaries([100, 200, 810], 300, spending)
    assert found[:2] == boundaries([100, 200], 300, spending)
    assert found[2] > boundaries([100, 200, 300], 300, spending)[2]


def test_fewer_than_planned_on_the_last_day():
    """The plan's last day came with 900 of 1,000: all that is left may be spent, so less is needed than on any other day."""
    ordinary = boundaries([500, 900], 1000)
    final = boundaries([500, 900], 1000, last=True)
    assert final[0] == ordinary[0]
    assert final[1] < ordinary[1]
    assert final[1] == pytest.approx(1.967, abs=0.001)


def test_a_look_after_the_end_is_refused():
    """When the plan was reached, there is nothing left to spend."""
    with pytest.raises(KeepwellError, match="There was a look after the planned end"):
        boundaries([500, 1000, 1001], 1000)


@pytest.mark.parametrize(
    ("information", "planned", "alpha", "told"),
    [
        ([0], 10, 0.05, "before anybody was in the experiment"),
        ([math.nan], 10, 0.05, "before anybody was in the experiment"),
        ([1], 0, 0.05, "A plan of 0"),
        ([1], 10, 0, "a chance between 0 and 1"),
    ],
)
def test_looks_that_make_no_sense_are_refused(information, planned, alpha, told):
    """Each with its reason."""
    with pytest.raises(KeepwellError, match=told):
        boundaries(information, planned, alpha=alpha)


def test_unknown_spending_is_refused():
    """The known functions are named."""
    with pytest.raises(KeepwellError, match='no spending function "haybittle"'):
        Spending("haybittle")
    with pytest.raises(KeepwellError, match="must be above 0"):
        Spending(POWER, 0)


@settings(deadline=None, max_examples=40)
@given(
    st.floats(-1e6, 1e6, allow_nan=False),
    st.floats(1e-9, 1e6),
    st.lists(st.integers(1, 1200), min_size=1, max_size=8, unique=True).map(sorted),
)
def test_the_interval_excludes_zero_exactly_when_there_is_an_effect(estimate, error, information):
    """At every look, whatever is seen."""
    for told in follow([Look(n, estimate, error) for n in information], 1000):
        assert (told.low > 0 or told.high < 0) == (told.verdict == "effect")


@settings(deadline=None, max_examples=40)
@given(st.floats(0.1, 4), GROWING)
def test_an_estimate_at_its_boundary_is_no_effect_and_beyond_it_is(error, information):
    """The verdict turns where the interval touches zero, not a hair elsewhere."""
    needed = boundaries(information, 2000)[-1]
    quiet = [Look(n, 0, error) for n in information[:-1]]
    n = information[-1]
    assert follow([*quiet, Look(n, needed * error, error)], 2000)[-1].verdict == "undecided"
    assert follow([*quiet, Look(n, -needed * error * (1 + 1e-9), error)], 2000)[-1].verdict == "effect"


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(-6, 6), min_size=2, max_size=10), st.booleans())
def test_turned_round_only_the_signs_turn(scores, ends):
    """With the arms' names exchanged the boundaries and verdicts are the same and the intervals are mirrored."""
    looks = [Look(100 * (i + 1), z, 1, last=ends and i == len(scores) - 1) for i, z in enumerate(scores)]
    turned = [Look(look.information, -look.estimate, 1, look.last) for look in looks]
    for one, other in zip(follow(looks, 1500), follow(turned, 1500), strict=True):
        assert (one.verdict, one.boundary, one.final) == (other.verdict, other.boundary, other.final)
        assert (one.low, one.high) == (-other.high, -other.low)


def test_after_an_effect_nothing_changes():
    """Found at the second look: what comes later repeats it."""
    told = follow([Look(200, 1, 1), Look(400, 4, 1), Look(600, 0, 1), Look(1000, -9, 1)], 1000)
    assert [one.verdict for one in told] == ["undecided", "effect", "effect", "effect"]
    assert [one.look for one in told] == [1, 2, 2, 2]
    assert told[3] == told[1]


def test_after_the_end_nothing_changes():
    """Nothing was found by the end; a large effect seen afterwards is for a new experiment."""
    told = follow([Look(500, 1, 1), Look(1000, 1.5, 1), Look(2000, 9, 1)], 1000)
    assert [(one.verdict, one.final) for one in told] == [
        ("undecided", False),
        ("no effect shown", True),
        ("no effect shown", True),
    ]


def test_the_last_day_ends_the_plan_whatever_was_reached():
    """700 of 1,000 on the last day: the verdict is final, at the boundary that spends all."""
    told = follow([Look(500, 1, 1), Look(700, 2.05, 1, last=True), Look(900, 9, 1)], 1000)
    assert [one.verdict for one in told] == ["undecided", "effect", "effect"]
    assert told[1].share == 1


def test_stopped_by_hand_spends_no_more_than_any_look():
    """Who stops because of what he saw gets no easier boundary, and no second chance."""
    told = follow([Look(500, 1, 1), Look(700, 2.05, 1, stopped=True), Look(900, 9, 1)], 1000)
    assert [(one.verdict, one.final) for one in told] == [
        ("undecided", False),
        ("no effect shown", True),
        ("no effect shown", True),
    ]
    assert told[1].boundary == boundaries([500, 700], 1000)[1]


def test_without_an_error_there_is_no_interval():
    """Nobody has bought yet in either arm: the error is 0 or unknown, and nothing is decided."""
    assert interval(1, 0, 2) == (-math.inf, math.inf)
    assert [told.verdict for told in follow([Look(10, 1, 0), Look(20, math.nan, math.nan)], 100)] == [
        "undecided",
        "undecided",
    ]


def test_no_looks_no_standing():
    """Before the first look there is nothing to say."""
    assert follow([], 100) == []


def test_one_look_has_its_own_p_value():
    """Looked at once, at the end: z 1.96 has p .05."""
    assert repeated_p_value([Look(100, ONCE, 1)], 100) == pytest.approx(0.05, rel=2e-3)


def test_p_value_and_verdict_agree_at_every_chance():
    """After looks at daily 1.5, 2, 2.5: an effect is declared at alpha exactly when the p-value is below it."""
    looks = [Look(300, 1.5, 1), Look(600, 2.0, 1), Look(900, 2.5, 1)]
    p_value = repeated_p_value(looks, 1000)
    assert 0.0124 < p_value < 0.05
    for alpha, declared in ((p_value * 0.99, False), (p_value * 1.01, True)):
        assert (follow(looks, 1000, alpha=alpha)[-1].verdict == "effect") is declared


def test_overwhelming_evidence_has_a_least_p_value():
    """Forty standard errors at the end: told as one in a million."""
    assert repeated_p_value([Look(100, 40, 1)], 100) == 1e-6


def test_nothing_new_needs_no_more_than_before():
    """The same figures the next day, but for the last digits of their sums: the same interval; other figures of the same units need far more."""
    once = Look(500, 1.0, 1.0)
    first, again, other = follow([once, Look(500, 1.0 + 1e-12, 1.0), Look(500, 1.1, 1.0)], 1000)
    assert again.boundary == first.boundary
    assert other.boundary > 7
    later = follow([once, once, Look(800, 1.0, 1.0)], 1000)[-1]
    assert later.boundary == follow([once, Look(800, 1.0, 1.0)], 1000)[-1].boundary


def test_at_the_end_what_is_left_is_spent_though_nothing_new_came():
    """Of 5 % about 2.4 are spent at four fifths: what is left needs 2.23, the look before it 2.2504 standard errors; the smaller one holds."""
    looks = [Look(800, 2.25, 1.0), Look(800, 2.25, 1.0, last=True)]
    before, end = follow(looks, 1000)
    assert before.verdict == "undecided"
    assert end.boundary < before.boundary
    assert (end.verdict, end.final) == ("effect", True)
