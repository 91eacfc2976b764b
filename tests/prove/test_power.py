"""Does the planner say what published tables say, and does it tell who can show nothing?"""

import math
from datetime import date
from typing import Any

import pytest
from tests.prove.plans import told

from keepwell.errors import ProofError
from keepwell.prove import power
from keepwell.prove.plan import Plan
from keepwell.prove.power import Base, feasible
from keepwell.prove.sequential import Spending

# Points of retention that can be shown with 80 % power from a level of 70 %: sizes of the base by part held out.
SHOWN = {
    5_000: (12.97, 8.33, 6.05, 4.54, 3.63),
    20_000: (6.48, 4.17, 3.03, 2.27, 1.82),
    100_000: (2.90, 1.86, 1.35, 1.01, 0.81),
    400_000: (1.45, 0.93, 0.68, 0.51, 0.41),
    1_000_000: (0.92, 0.59, 0.43, 0.32, 0.26),
}


def plan(**other: Any) -> Plan:
    """A million at most, without a global holdout."""
    return Plan.of(told(max_n=1_000_000, global_holdout=0.0) | other)


def test_shares_are_planned_as_published() -> None:
    """From .20 to .22, 80 %, two-sided 5 %: 6,506.72 an arm by Wald, 6,507.33 by angles."""
    assert power.units_for_shares(0.20, 0.22) / 2 == pytest.approx(6506.72, abs=0.005)
    assert power.units_for_shares_by_angles(0.20, 0.22) / 2 == pytest.approx(6507.33, abs=0.005)


@pytest.mark.parametrize(
    ("ratio", "even", "tenth"), [(0.9, 2829, 7857), (0.85, 1189, 3302), (0.8, 631, 1752), (0.7, 247, 686)]
)
def test_losses_are_planned_as_published(ratio: float, even: int, tenth: int) -> None:
    """Schoenfeld's number of events, half held out and a tenth held out."""
    assert math.ceil(power.events_for_hazards(ratio)) == even
    assert math.ceil(power.events_for_hazards(ratio, 0.1)) == tenth
    assert power.smallest_hazard_ratio(power.events_for_hazards(ratio, 0.1), 0.1) == pytest.approx(ratio)


def test_what_a_base_can_show_is_the_known_table() -> None:
    """Base 70 %: every size and part held out, to the printed digits."""
    deviation = math.sqrt(0.7 * 0.3)
    for size, row in SHOWN.items():
        shown = [100 * power.smallest_difference(deviation, size, held) for held in (0.02, 0.05, 0.1, 0.2, 0.5)]
        assert shown == pytest.approx(row, abs=0.0051)


def test_means_and_their_smallest_difference_are_inverse() -> None:
    """Deviation 10, difference 1, half held out: 4 x 7.8489 x 100 = 3,139.55 units."""
    units = power.units_for_means(10, 1)
    assert units == pytest.approx(4 * 7.848880 * 100, rel=1e-6)
    assert power.smallest_difference(10, units) == pytest.approx(1)


def test_no_difference_and_no_units_show_nothing() -> None:
    """Infinitely many units; no effect small enough."""
    assert power.units_for_shares(0.2, 0.2) == math.inf
    assert power.smallest_difference(1, 0) == math.inf
    assert power.smallest_hazard_ratio(0) == 0
    with pytest.raises(ProofError, match="usual"):
        power.z_both(0.05, 0.01)


def test_looking_often_costs_what_was_measured() -> None:
    """Thirty looks: about 1.05 times as many by O'Brien and Fleming, 1.27 by Pocock."""
    assert power.looking_costs(Spending()) == pytest.approx(1.05, abs=0.02)
    assert power.looking_costs(Spending("pocock")) == pytest.approx(1.27, abs=0.03)


def test_a_base_too_small_is_told_before_the_start() -> None:
    """5,000 units of which 20 % leave: of about 900 losses 3,302 and more are needed; no time is long enough."""
    found = feasible(plan(), Base(5_000, 0, 4_800, 0.2, 0.2))
    assert found.provable is False
    assert found.needed == pytest.approx(3301.9 * power.looking_costs(Spending()), rel=1e-4)
    assert found.coming == pytest.approx(5_000 * (0.1 * 0.2 + 0.9 * (1 - 0.8**0.85)))
    assert found.days == math.inf
    assert "Not provable with your base as planned." in found.told
    assert "No time is long enough" in found.told[-1]
    assert power.smallest_hazard_ratio(found.coming / power.looking_costs(Spending()), 0.1) == found.detectable


def test_who_waits_long_enough_may_show_it() -> None:
    """A thousand enter a day: enough come, after the days told and not a day sooner."""
    base = Base(5_000, 1_000, 4_800, 0.2, 0.2)
    short = plan(end=date(2026, 9, 1), review=date(2026, 9, 1))
    days = feasible(short, base).days
    assert 60 < days < 90
    longer = feasible(plan(), base)
    assert longer.provable
    assert longer.days == days
    assert longer.detectable > 0.85
    assert any(line.startswith("This can be shown.") for line in longer.told)


@pytest.mark.parametrize("kind", ["retained", "churned", "spend", "ratio"])
def test_every_family_is_planned(kind: str) -> None:
    """Twice the effect needs about a quarter of the units."""
    of = {"of": "spend", "per": "orders"} if kind == "ratio" else {}
    primary = {"kind": kind, "days": 60, **of}
    base = Base(100_000, 0, 90_000, 0.3, 0.5 if kind in ("retained", "churned") else 40.0, 80.0)
    small, large = (0.02, 0.04) if kind in ("retained", "churned") else (2.0, 4.0)
    one, two = (feasible(plan(primary=primary, smallest_effect=size), base) for size in (small, large))
    assert one.needed / two.needed == pytest.approx(4, rel=0.01)
    assert one.coming == 100_000


def test_a_share_cannot_rise_above_everybody() -> None:
    """98 % retained cannot become 103 %: nothing is enough."""
    base = Base(100_000, 0, 90_000, 0.02, 0.98)
    found = feasible(plan(primary={"kind": "retained", "days": 60}, smallest_effect=0.05), base)
    assert (found.provable, found.needed) == (False, math.inf)


def test_what_is_not_known_is_not_told_as_a_figure() -> None:
    """Too small a past; and one arm alone is never measurable."""
    unknown = feasible(plan(), Base(5_000, 10, 12, 0.2, 0.2))
    assert unknown.provable is None
    assert math.isnan(unknown.needed)
    found = feasible(plan(arms={"letter": 1.0}), Base(5_000, 10, 4_800, 0.2, 0.2))
    assert found.provable is False
    assert [line.split(",")[0] for line in found.told] == ["Not measurable: nobody is held out"]
    assert [math.isfinite(told) for told in (found.needed, found.coming, found.detectable, found.days)] == [False] * 4


def test_two_treatments_and_a_layer_need_more() -> None:
    """Half the layer's buckets, a share of .45 of each treatment, alpha halved."""
    two = plan(arms={"control": 0.1, "letter": 0.45, "call": 0.45}, layer={"layer": "letters", "end": 5000})
    found = feasible(two, Base(100_000, 0, 90_000, 0.2, 0.2))
    held = 0.1 / 0.55
    assert found.needed == pytest.approx(
        power.events_for_hazards(0.85, held, 0.025) * power.looking_costs(Spending(), 0.025), rel=1e-6
    )
    assert found.coming == pytest.approx(100_000 * 0.5 * 0.55 * (held * 0.2 + (1 - held) * (1 - 0.8**0.85)))


def test_an_open_end_costs_a_little() -> None:
    """The review spends .045 of .05."""
    ended, open_ = (plan(primary={"kind": "spend", "days": 60}, smallest_effect=2, open_ended=o) for o in (False, True))
    base = Base(100_000, 0, 90_000, 0.3, 40.0, 80.0)
    once = power.units_for_means(80, 2, 0.1)
    assert feasible(open_, base).needed / once == pytest.approx((power.z_both(0.045) / power.z_both()) ** 2)
    assert feasible(ended, base).needed / once == pytest.approx(power.looking_costs(Spending()))
