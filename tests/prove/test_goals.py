"""Is a goal without a baseline refused, and is every other one judged by the company's own past and size?"""

import math
from dataclasses import replace
from datetime import date

import pytest

from keepwell.errors import ProofError
from keepwell.measure.metric import find
from keepwell.prove import goals
from keepwell.prove.goal_words import judged, wanted
from keepwell.prove.goals import Baseline, Goal, Rhythm, experiment, feasibility, rhythm, times

BASE = Baseline(0.10, "2026-06", date(2026, 6, 1), date(2026, 7, 1), 1000, "customers at start")
PAST = (0.10, 0.11, 0.10, 0.09) * 6 + (0.10,)
CONSUMED = Rhythm("consumable", "Bought like things that are used up.")


def goal(target: float = 0.13, **changes: object) -> Goal:
    """10 % to *target* in three months, of 1,000."""
    made = Goal("g", 1, "repeat_rate", "share", target, date(2026, 9, 30), "Ann", BASE, PAST, ahead=3, bounded=True)
    return replace(made, **changes)


@pytest.mark.capability("S4-06")
def test_without_a_baseline_it_is_refused():
    """None, not a number, or resting on nobody."""
    for baseline in (None, replace(BASE, value=math.nan), replace(BASE, n=0)):
        with pytest.raises(ProofError, match="no goal but a wish"):
            goal(baseline=baseline)


def test_what_is_no_goal_is_refused():
    """Nobody answers for it, it is over already, no share, or reached already."""
    for changes in ({"owner": " "}, {"by": date(2026, 6, 30)}, {"ahead": 0}, {"target": 75.0}, {"target": 0.10}):
        with pytest.raises(ProofError):
            goal(**changes)


@pytest.mark.capability("S4-06")
def test_from_ten_to_fifty_percent_is_unreasonable():
    """Odds of 1 to 9 become 1 to 1: nine times."""
    wanted = goal(0.50)
    assert times(wanted) == pytest.approx(9)
    found = feasibility(wanted, CONSUMED)
    assert found.verdict == "unreasonable"
    assert judged(wanted, found)[0].startswith("Unreasonable")


@pytest.mark.capability("S4-06")
@pytest.mark.parametrize(
    ("metric", "target", "asks"),
    [
        ("kept_share", 0.05, "fewer customers kept"),
        ("kept_share", 0.5, ""),
        ("churn_rate", 0.2, "more customers lost"),
        ("churn_rate", 0.05, ""),
        ("cost_to_retain", 0.05, ""),
    ],
)
def test_a_goal_the_wrong_way_is_named_as_such(metric, target, asks):
    """From 10 % down of those kept, up of those lost; of a metric that is neither good nor bad nothing is said."""
    wanted_ = goal(target, metric=metric)
    found = feasibility(wanted_, CONSUMED)
    assert wanted_.wrong_way == asks
    assert (found.verdict == "the wrong way") == bool(asks)
    said = f"this goal asks for {asks}."
    assert (said in judged(wanted_, found)[0], said in wanted(wanted_).replace("This", "this")) == (bool(asks),) * 2


def test_every_metric_with_a_better_way_is_one():
    """Each is registered, and named once."""
    named = [metric for metrics in goals._ASKS.values() for metric in metrics]
    assert [find(metric).id for metric in named] == named
    assert len(set(named)) == len(named)


def test_lower_is_judged_like_higher():
    """Odds of 1 to 9 become 1 to 19."""
    assert times(goal(1 / 20)) == pytest.approx(19 / 9)


@pytest.mark.capability("S4-06")
def test_what_is_sold_moves_the_bar():
    """To 20 % is 2.25 times the odds: allowed to what is used up, too much for gifts."""
    wanted = goal(0.20)
    assert feasibility(wanted, CONSUMED).verdict == "ambitious"
    assert feasibility(wanted, Rhythm("varied", "")).verdict == "unreasonable"


def test_ordinary_movement_comes_by_itself():
    """The figure goes up and down by a point without any order."""
    restless = tuple(0.10 + 0.01 * math.sin(place * place) for place in range(30))
    found = feasibility(goal(0.101, past=restless), CONSUMED)
    assert found.verdict == "by itself"
    assert found.by_itself > 0.2


def test_stretches_of_the_past_are_counted():
    """25 months have 22 stretches of three; over three months it rose by at most 1 point, never by 3."""
    found = feasibility(goal(), CONSUMED)
    assert (found.stretches, found.as_far) == (22, 0)
    assert found.farthest == pytest.approx(0.01)


def test_needed_customers_by_hand():
    """10 % -> 13 %, a fifth held out: (1.96 + 0.8416)^2 (.09 / .2 + .1131 / .8) / .03^2 = 5,158 rounded up."""
    smallest, needed = experiment(goal(), 0.2)
    assert needed == math.ceil(7.848879734 * (0.45 + 0.141375) / 0.0009)
    assert smallest == pytest.approx(2.801585 * math.sqrt(0.1131 * 6.25 / 1000), rel=1e-6)


def test_totals_are_not_split_into_arms():
    """A number of customers has no difference between arms."""
    wanted = goal(unit="count", bounded=False)
    assert all(math.isnan(told) for told in experiment(wanted, 0.2))


def test_a_short_past_says_so():
    """Three months."""
    found = feasibility(goal(past=(0.1, 0.11, 0.1)), CONSUMED)
    assert found.verdict == "cannot be told"


@pytest.mark.capability("S4-06")
def test_what_sort_of_thing_is_sold():
    """Quickly and mostly bought again; seldom; between; too few to tell."""
    kinds = [rhythm(*told).kind for told in ((100, 30, 0.6), (100, 200, 0.6), (100, 90, 0.3), (29, 30, 0.6))]
    assert kinds == ["consumable", "varied", "mixed", "unknown"]


def test_it_comes_back_from_json():
    """With a gap in its past and a cell."""
    wanted = goal(past=(math.nan, 0.1), cell=(("age", "3"),), settings={"within": 30})
    again = Goal.of(wanted.canonical())
    assert again.canonical() == wanted.canonical()
    assert again.digest == wanted.digest == wanted.next().digest


def test_far_less_than_there_was_is_asked_about():
    """Odds of 1 to 9 become 1 to 19, by 2.1: asked about where nobody is known to want less; not where less is better, nor for a little less."""
    told = "asks for far less than there was, 5.0 % after 10.0 %"
    for metric, target, asked in (
        ("returning_share", 0.05, True),
        ("returning_share", 0.08, False),
        ("churn_rate", 0.05, False),
    ):
        wish = goal(target, metric=metric)
        assert (wish.doubtful, told in wanted(wish)) == (asked, asked)
    assert not goal(0.05, metric="kept_share").doubtful  # it is marked as the wrong way
