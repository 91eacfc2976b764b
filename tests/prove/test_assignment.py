"""Is everybody drawn once, for ever, and as described?"""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.errors import KeepwellError
from keepwell.prove.assignment import (
    CONTROL,
    Arm,
    Experiment,
    GlobalHoldout,
    Piece,
    assign,
    check_layers,
    refuse_change,
    usual_arms,
)
from keepwell.prove.buckets import bucket
from keepwell.prove.growthbook import hashed

THANKS = Experiment("thanks", 1, usual_arms("mail", eligible=50_000))
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


def test_a_tenth_is_held_out_and_a_fifth_of_few() -> None:
    """Below 20,000 eligible a tenth would show nothing; the treatments share the rest."""
    assert [(arm.name, round(arm.share, 6)) for arm in usual_arms("a", "b", eligible=20_000)] == [
        (CONTROL, 0.1),
        ("a", 0.45),
        ("b", 0.45),
    ]
    assert [round(arm.share, 6) for arm in usual_arms("a", "b", eligible=19_999)] == [0.2, 0.4, 0.4]


def test_arms_own_buckets_in_order() -> None:
    """The first 1,000 are held out, the others get the mail; the chance is the buckets' share."""
    assert THANKS.ranges == ((0, 1_000), (1_000, 10_000))
    assert (THANKS.propensity(CONTROL), THANKS.propensity("mail")) == (0.1, 0.9)
    drawn = assign(THANKS, "ann")
    assert drawn.bucket == bucket("thanks:1", "ann")
    assert drawn.arm == (CONTROL if drawn.bucket < 1_000 else "mail")
    assert drawn.why == f"Bucket {drawn.bucket} of 10000 under the salt thanks:1 falls to {drawn.arm}."


def test_thirds_miss_nobody() -> None:
    """3,333, 3,334 and 3,333 buckets."""
    thirds = Experiment("thirds", 1, tuple(Arm(name, 1 / 3) for name in "abc"))
    assert [end - start for start, end in thirds.ranges] == [3_333, 3_334, 3_333]


@pytest.mark.capability("S4-19", "S4-20")
@given(unit=IDS, version=st.integers(1, 9))
@settings(deadline=None)
def test_the_same_person_stays_in_the_same_arm(unit: str, version: int) -> None:
    """On every device and at every re-entry, from a description made anew each time."""
    first, again = (
        assign(Experiment("cadence", version, (Arm("weekly", 0.5), Arm("fortnightly", 0.5))), unit) for _ in range(2)
    )
    assert first == again


@pytest.mark.capability("S4-19")
def test_arms_have_their_shares() -> None:
    """Of 100,000, within what chance allows: chi-square of one degree below its 99.9 % (10.83)."""
    counts = Counter(assign(THANKS, f"c{n}").arm for n in range(100_000))
    off = counts[CONTROL] - 10_000
    assert off**2 / 10_000 + off**2 / 90_000 < 10.83


def test_a_new_version_is_drawn_anew() -> None:
    """Half of everybody changes arms between two versions of a coin."""
    one, two = (Experiment("coin", version, (Arm("a", 0.5), Arm("b", 0.5))) for version in (1, 2))
    same = sum(assign(one, f"c{n}").arm == assign(two, f"c{n}").arm for n in range(10_000))
    assert 4_800 < same < 5_200


def test_what_has_begun_cannot_change() -> None:
    """Other shares would move people; another version may do as it likes."""
    refuse_change(THANKS, Experiment("thanks", 1, usual_arms("mail", eligible=50_000)))
    refuse_change(THANKS, Experiment("thanks", 2, usual_arms("call", eligible=5_000)))
    with pytest.raises(KeepwellError, match="Make it version 2"):
        refuse_change(THANKS, Experiment("thanks", 1, usual_arms("mail", eligible=5_000)))


@pytest.mark.parametrize(
    ("arms", "told"),
    [
        ((), "sum to 0"),
        ((Arm("a", 0.5), Arm("b", 0.4)), "sum to 0.9"),
        ((Arm("a", 0.33), Arm("b", 0.33), Arm("c", 0.33)), "sum to 0.99"),
        ((Arm("a", 0.7), Arm("b", 0.4)), "sum to 1.1"),
        ((Arm("a", float("nan")), Arm("b", 0.4)), "sum to nan"),
        ((Arm("a", 1.2), Arm("b", -0.2)), "empty"),
        ((Arm("a", 1.0), Arm("b", 0.0)), "empty"),
        ((Arm("a", 0.99999), Arm("b", 0.00001)), "empty"),
        ((Arm("a", 0.5), Arm("a", 0.5)), "twice"),
        ((Arm("it's", 1.0),), "cannot be the name"),
    ],
)
def test_wrong_shares_are_told(arms: tuple[Arm, ...], told: str) -> None:
    """In words, before anybody is drawn."""
    with pytest.raises(KeepwellError, match=told):
        Experiment("x", 1, arms)


@pytest.mark.parametrize("name", ["", "a:1", "layer/x", " x", "x ", "a'b", "a\\b", "a\nb"])
def test_names_cannot_run_into_each_other(name: str) -> None:
    """No two descriptions have one salt."""
    with pytest.raises(KeepwellError, match="cannot be the name"):
        Experiment(name, 1, (Arm("a", 1.0),))


@pytest.mark.parametrize("version", [0, -1, 1.5, True, "1"])
def test_versions_are_counted(version: object) -> None:
    """From one."""
    with pytest.raises(KeepwellError, match="Version"):
        Experiment("x", version, (Arm("a", 1.0),))  # type: ignore[arg-type]


@pytest.mark.capability("S0-23")
def test_a_play_for_everybody_cannot_be_measured() -> None:
    """One arm leaves nothing to compare with."""
    assert (Experiment("all", 1, (Arm("mail", 1.0),)).measurable, THANKS.measurable) == (False, True)


HALVES = (Arm(CONTROL, 0.5), Arm("mail", 0.5))


@given(unit=IDS, cut=st.integers(1, 9_999))
@settings(deadline=None)
def test_experiments_of_a_layer_never_share_a_unit(unit: str, cut: int) -> None:
    """Whoever is in the one is not in the other, and everybody is in one of them."""
    one = Experiment("one", 1, HALVES, piece=Piece("mail", 0, cut))
    two = Experiment("two", 1, HALVES, piece=Piece("mail", cut, 10_000))
    check_layers([one, two])
    taking = [experiment.id for experiment in (one, two) if assign(experiment, unit).arm]
    assert len(taking) == 1


def test_overlapping_pieces_are_told() -> None:
    """Of one layer; other layers, and experiments without one, meet freely."""
    one = Experiment("one", 1, HALVES, piece=Piece("mail", 0, 5_001))
    two = Experiment("two", 1, HALVES, piece=Piece("mail", 5_000, 10_000))
    free = Experiment("three", 1, HALVES, piece=Piece("page", 0, 10_000))
    check_layers([one, free, THANKS])
    with pytest.raises(KeepwellError, match="share no bucket"):
        check_layers([one, free, two])
    with pytest.raises(KeepwellError, match="Two experiments are called 'thanks'"):
        check_layers([THANKS, THANKS])
    with pytest.raises(KeepwellError, match="has no buckets"):
        Piece("mail", 5, 5)


def test_the_global_holdout_comes_first_and_rotates() -> None:
    """Five in a hundred get nothing this year; those of last year are flagged; letters of duty reach everybody."""
    year = GlobalHoldout(2026)
    units = [f"c{n}" for n in range(20_000)]
    drawn = [assign(THANKS, unit, year) for unit in units]
    out = [told for told in drawn if told.arm is None]
    assert {told.unit for told in out} == {unit for unit in units if bucket("global/holdout:2026", unit) < 500}
    assert 880 < len(out) < 1_120
    assert out[0].why == "Kept out of every play in 2026, so that all plays together can be seen to work."
    assert (out[0].bucket, out[0].propensity) == (None, None)
    assert {told.unit for told in drawn if told.washout} == {u for u in units if bucket("global/holdout:2025", u) < 500}
    duty = Experiment("invoice", 1, THANKS.arms, purpose="transactional")
    assert all(assign(duty, unit, year).arm and not assign(duty, unit, year).washout for unit in units[:2_000])


def test_whole_accounts_are_kept_out() -> None:
    """Colleagues share the fate of their account."""
    year = GlobalHoldout(2026, share=0.5)
    account = next(f"a{n}" for n in range(100) if year.keeps_out(f"a{n}"))
    assert [assign(THANKS, f"c{n}", year, account=account).arm for n in range(20)] == [None] * 20


@pytest.mark.parametrize("share", [0, 1, -0.1, 0.00001, float("nan")])
def test_a_global_holdout_holds_somebody_out(share: float) -> None:
    """And not everybody."""
    with pytest.raises(KeepwellError, match="global holdout"):
        GlobalHoldout(2026, share)


def test_nobody_cannot_be_drawn() -> None:
    """Without an id everybody would be one person; strata need everybody."""
    with pytest.raises(KeepwellError, match="no id"):
        assign(THANKS, "")
    with pytest.raises(KeepwellError, match="stored assignments"):
        assign(Experiment("s", 1, HALVES, strata=("country",)), "ann")
    with pytest.raises(KeepwellError, match="no arm 'call'"):
        THANKS.propensity("call")


def test_growthbook_pages_and_keepwell_agree() -> None:
    """With the salt as GrowthBook's seed and equal weights, below .5 is the first variation."""
    coin = Experiment("coin", 1, HALVES, hashing="growthbook")
    for n in range(500):
        drawn = assign(coin, f"c{n}")
        assert drawn.arm == ("control" if hashed("coin:1", f"c{n}") < 0.5 else "mail")
        assert drawn.bucket == round(hashed("coin:1", f"c{n}") * 10_000)
    with pytest.raises(KeepwellError, match="knows no strata"):
        Experiment("coin", 1, HALVES, strata=("country",), hashing="growthbook")
