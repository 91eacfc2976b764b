"""Does a look say what the figures allow, hide what an alarm spoils, and keep what was final?"""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.prove import look_words as words
from keepwell.prove import sequential
from keepwell.prove.comparing import Counted
from keepwell.prove.effect import Effect
from keepwell.prove.look import Evidence, Look, look, per
from keepwell.prove.plan import Endpoint, Plan
from keepwell.prove.seen import Seen
from keepwell.prove.verdict import SHOWN, corrected

END = date(2026, 3, 1)


def planned(**other: Any) -> Plan:
    """Two arms of a half each, 2,000 units, the share that is still kept after thirty days."""
    said = {
        "experiment": "thanks",
        "version": 1,
        "owner": "Ann",
        "what": "A letter.",
        "expected": "More stay.",
        "arms": {"control": 0.5, "letter": 0.5},
        "start": "2026-01-01",
        "end": "2026-03-01",
        "review": "2026-03-08",
        "smallest_effect": 0.05,
        "max_n": 2000,
        "primary": {"kind": "retained", "days": 30},
    }
    return Plan.of(said | other)


def shares(endpoint: Endpoint, **arms: tuple[int, int]) -> Counted:
    """What the engine counts of a yes or no: arm = (how many said yes, of how many)."""
    rows = [
        {"arm": arm, "n": n, "k0": n, "s0": float(yes), "p0_0": float(yes), "c0": 0.0} for arm, (yes, n) in arms.items()
    ]
    return Counted(endpoint, pd.DataFrame(rows), (endpoint.kind,))


def seen(
    plan: Plan, *, morning: date = END, rails: Mapping[str, tuple[int, int]] | None = None, **arms: tuple[int, int]
) -> Evidence:
    """The evidence of a look: what became of each arm; as many assigned as counted."""
    counted = {arm: n for arm, (_yes, n) in arms.items()}
    guards = [shares(one, **rails) for one in plan.guardrails] if rails else []
    return Evidence(morning, counted, shares(plan.primary, **arms), (), guards, last=morning >= plan.end)


def test_the_same_sums_in_another_order_are_the_same_look() -> None:
    """The last digits of a sum follow the order of the rows; the seventh does not."""
    evidence = seen(planned(), control=(500, 1000), letter=(600, 1000))
    frame = evidence.primary.frame
    noise, change = (
        replace(evidence, primary=replace(evidence.primary, frame=frame.assign(s0=frame["s0"] * factor)))
        for factor in (1 + 3e-15, 1 + 3e-6)
    )
    assert noise.primary.frame["s0"].tolist() != frame["s0"].tolist()
    assert evidence.digest == noise.digest
    assert evidence.digest != change.digest


@pytest.mark.parametrize(
    ("margin", "low", "high", "said"),
    [
        (0.4, 3.3, 8.9, "a head brings −0.06 EUR (between −1.18 and +1.06): it is not shown to pay."),
        (0.9, 3.3, 8.9, "a head brings +2.99 EUR (between +0.47 and +5.51): it pays."),
        (None, 3.3, 8.9, "is not known: say gross_margin in the settings. A margin of 41% would make it even."),
        (None, 0.1, 1.9, "(between −2.40 and −0.60), before the cost of what was sold: it does not pay."),
    ],
)
def test_what_pays_is_told_by_the_margin(margin: float | None, low: float, high: float, said: str) -> None:
    """Some euros more are sold a head at 2.50 a contact: of 40 % nothing is left, of 90 % enough; without a margin only what can never pay is said."""
    unknown = math.nan
    money = Effect((low + high) / 2, 1.0, low, high, 0.95, 0.01, unknown, unknown, unknown, 100, 100, "money", "")
    assert words._paying(money, 2.5, "EUR", margin).endswith(said)


def test_an_end_that_is_open_is_not_told_as_a_number() -> None:
    """One point more at most, of a tenth held out: relative at most 12 %, and no infinity; 4,740.0000000001 units are 4,740."""
    low = -math.inf
    effect = Effect(0.005, 0.003, low, 0.01, 0.95, 0.1, 0.05, low, 0.12, 100, 100, "share", "", side="below")
    told = words.whole(effect, "EUR")
    assert told.endswith("that is +5.0 %, at most +12.0 %")
    assert "inf" not in told
    assert (words._count(7900 * 0.6 + 1e-9), words._count(12.2)) == ("4,740", "13")


def test_an_effect_is_found_at_the_end() -> None:
    """55 % against 45 % of a thousand each: ten points, 1.96 errors of 2.22 points wide, about 5.6 to 14.4 points."""
    plan = planned()
    told = look(plan, seen(plan, letter=(550, 1000), control=(450, 1000)))
    only, row = told.comparisons[0], told.comparisons[0].rows[0]
    assert (told.state, only.verdict, only.final, only.share) == ("verdict", "better", True, 1.0)
    assert row.difference == pytest.approx(0.1)
    assert (row.low, row.high) == pytest.approx((0.1 - 1.961 * 0.02225, 0.1 + 1.961 * 0.02225), abs=1e-4)
    assert "Keep the holdout after the roll-out and book what it shows from then on" in " ".join(only.told)


def test_an_interval_of_days_is_no_point() -> None:
    """From 2 thousandths of a day to 41: not "+0.0 to +0.0"; what differs in a tenth is told in tenths."""
    assert words.interval("days", 0.002, 0.041, "EUR") == "between +0.002 and +0.041 days"
    assert words.interval("days", -0.04, 0.26, "EUR") == f"between {words.signed(-0.04)} and +0.3 days"


def test_of_accounts_nothing_is_told_by_the_head() -> None:
    """Where accounts are drawn every figure is per account, and it is said that all its people are in it; of customers nothing changes."""
    words_of = "money spent per head within 60 days: +10.00 EUR per head; a head brings +2.00 EUR"
    accounts, customers = planned(unit="account"), planned()
    assert (
        per(accounts, words_of)
        == "money spent per account within 60 days: +10.00 EUR per account; an account brings +2.00 EUR"
    )
    assert per(customers, words_of) == words_of
    told = look(accounts, seen(accounts, letter=(550, 1000), control=(450, 1000))).told[-1]
    assert "every figure is per account, with all its people together, never per person" in told
    assert "account" not in look(customers, seen(customers, letter=(550, 1000), control=(450, 1000))).told[-1]


def test_early_on_the_same_shares_say_nothing() -> None:
    """At a tenth of the plan the boundary is far out: 55 of 100 against 45 is too early to say, and asks for no deed."""
    plan = planned()
    told = look(plan, seen(plan, morning=date(2026, 2, 10), letter=(55, 100), control=(45, 100)))
    assert (told.state, told.verdict, told.final) == ("running", "too early", False)
    assert told.comparisons[0].boundary > 5
    assert "do not act on it" in " ".join(told.sentences)


def test_nothing_shown_is_not_nothing_there() -> None:
    """Equal shares at the end: the verdict stands, and says whether the smallest effect is ruled out (4.4 points either way: five are)."""
    plan = planned()
    told = look(plan, seen(plan, letter=(500, 1000), control=(500, 1000)))
    assert (told.verdict, told.final) == ("no effect shown", True)
    assert "is ruled out" in " ".join(told.sentences)
    few = look(plan, seen(plan, letter=(50, 100), control=(50, 100)))
    assert "does not prove there is none" in " ".join(few.sentences)


@pytest.mark.capability("S4-19")
def test_an_alarm_hides_every_effect() -> None:
    """1,200 against 1,000 where halves were planned: chance does this twice in 100,000 draws, so not one effect is told."""
    plan = planned()
    told = look(plan, seen(plan, letter=(900, 1200), control=(450, 1000)))
    assert (told.state, told.verdict, told.final) == ("hidden", "hidden", False)
    assert told.comparisons[0].rows == ()
    assert told.comparisons[0].look is None
    assert "points" not in " ".join(told.sentences)


def test_who_was_a_customer_when_assigned_is_watched_too() -> None:
    """Arms of a size, but of those held out a third fewer were customers: the play changed who counts, and the effect is hidden."""
    plan = planned(primary={"kind": "time_to_churn", "days": 30}, smallest_effect=0.8)
    frame = pd.DataFrame({"arm": ["control", "letter"], "duration": [10, 10], "ended": [50, 50], "running": [550, 850]})
    counted = Counted(plan.primary, frame)
    told = look(plan, Evidence(END, {"control": 1000, "letter": 1000}, counted, kept={"control": 600, "letter": 900}))
    assert told.state == "hidden"


@pytest.mark.capability("S0-23")
def test_without_anybody_held_out_nothing_is_proven() -> None:
    """Everybody treated: unproven, anything is possible, however many stayed."""
    plan = planned(arms={"letter": 1.0})
    told = look(plan, seen(plan, letter=(990, 1000)))
    row = told.comparisons[0].rows[0]
    assert (told.state, told.verdict, told.final) == ("unproven", "unproven", False)
    assert (row.low, row.high) == (-math.inf, math.inf)
    assert math.isnan(row.difference)


def test_earlier_looks_are_paid_for() -> None:
    """A look at a tenth and one at the end have the boundaries of those two looks together."""
    plan = planned()
    first = look(plan, seen(plan, morning=date(2026, 2, 10), letter=(52, 100), control=(50, 100)))
    second = look(plan, seen(plan, letter=(520, 1000), control=(500, 1000)), [first])
    wanted = sequential.boundaries([200, 2000], 2000, plan.spending, 0.05, last=True)
    assert [first.comparisons[0].boundary, second.comparisons[0].boundary] == pytest.approx(wanted)


def test_what_was_final_stands() -> None:
    """Whatever comes later, a frozen verdict is told as it was, figures and all."""
    plan = planned()
    first = look(plan, seen(plan, letter=(550, 1000), control=(450, 1000)))
    later = look(plan, seen(plan, letter=(450, 1000), control=(550, 1000)), [first])
    assert later.comparisons == first.comparisons
    assert later.verdict == "better"


@pytest.mark.parametrize(("among", "held", "verdict"), [(10, 10, "safe"), (100, 10, "harm"), (50, 40, "unclear")])
def test_guardrails(among: int, held: int, verdict: str) -> None:
    """Two points are borne of 1,000 each: 10 against 10 are safe (at most .7 points), 100 against 10 harm, 50 against 40 (1 + 1.5) unclear."""
    plan = planned(guardrails=[{"kind": "unsubscribe", "days": 30, "margin": 0.02}])
    rails = {"letter": (among, 1000), "control": (held, 1000)}
    told = look(plan, seen(plan, rails=rails, letter=(500, 1000), control=(500, 1000)))
    row = next(row for row in told.comparisons[0].rows if row.role == "guardrail")
    assert (row.verdict, row.low) == (verdict, -math.inf)


def test_nobody_left_the_list() -> None:
    """Not one of 1,000 in either arm: there is no spread to tell a difference from, so it is not called safe, and 0.30 % are named (1 - .05^(1/1000))."""
    plan = planned(guardrails=[{"kind": "unsubscribe", "days": 30, "margin": 0.02}])
    rails = {"letter": (0, 1000), "control": (0, 1000)}
    told = " ".join(look(plan, seen(plan, rails=rails, letter=(500, 1000), control=(500, 1000))).sentences)
    assert "Not known to be safe" in told
    assert "at most 0.30 % of the treated" in told


def test_all_alike() -> None:
    """Every one of the held out stays: sums about a mean leave a variance a hair below zero, which is none."""
    plan = planned()
    counted = shares(plan.primary, letter=(290, 300), control=(293, 293))
    counted.frame["p0_0"] = counted.frame["p0_0"] - [0.0, 1e-9]
    told = look(plan, Evidence(END, {"letter": 300, "control": 293}, counted, last=True))
    assert told.comparisons[0].rows[0].difference == pytest.approx(290 / 300 - 1)


def test_corrected_by_rank() -> None:
    """Of .01, .04, .5 one is rejected (.01 <= .05/3): z of .05/3 is 2.394; of .01, .03, .5 two are: z of .1/3 is 2.128; never below the primary's."""
    assert corrected([0.01, 0.04, 0.5], 0.05, 0.0) == pytest.approx(2.394, abs=1e-3)
    assert corrected([0.01, 0.03, 0.5, math.nan], 0.05, 0.0) == pytest.approx(2.128, abs=1e-3)
    assert corrected([0.01, 0.03, 0.5], 0.05, 4.2) == 4.2


def test_an_open_end_goes_on_after_its_review() -> None:
    """A play without an end is reviewed at its day, and looked at on: no verdict of none is ever final, one somebody stopped is."""
    plan = planned(open_ended=True)
    first = look(plan, seen(plan, letter=(505, 1000), control=(500, 1000)))
    assert (first.verdict, first.final) == ("too early", False)
    again = look(plan, seen(plan, morning=date(2026, 4, 1), letter=(1100, 2000), control=(1000, 2000)), [first])
    assert again.comparisons[0].boundary > first.comparisons[0].boundary
    ended = Evidence(
        END,
        {"letter": 1000, "control": 1000},
        shares(plan.primary, letter=(505, 1000), control=(500, 1000)),
        stopped=True,
    )
    assert look(plan, ended).verdict == "stopped"


def test_the_ledger_gives_it_again() -> None:
    """A look written down and read again is the same, open ends of intervals among it."""
    plan = planned(guardrails=[{"kind": "unsubscribe", "days": 30, "margin": 0.02}])
    rails = {"letter": (10, 1000), "control": (10, 1000)}
    told = look(plan, seen(plan, rails=rails, letter=(550, 1000), control=(450, 1000)))
    assert Look.of(told.body()).body() == told.body()
    assert Look.of(told.body()).comparisons[0].rows[1].low == -math.inf


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 100), st.booleans())
def test_interval_and_verdict_agree_and_names_only_turn_signs(one: int, other: int, early: int, last: bool) -> None:
    """The interval excludes zero exactly when an effect is told; with the arms' names exchanged all signs turn and nothing else."""
    morning = END if last else date(2026, 2, 15)
    verdicts, rows = [], []
    for order in (("a", "b"), ("b", "a")):
        plan = planned(arms=dict.fromkeys(order, 0.5), max_n=800)
        before = look(plan, seen(plan, morning=date(2026, 2, 10), a=(early, 100), b=(50, 100)))
        told = look(plan, seen(plan, morning=morning, a=(one, 400), b=(other, 400)), [before])
        row = told.comparisons[0].rows[0]
        assert (row.low > 0 or row.high < 0) == (told.verdict in SHOWN)
        verdicts.append(told.verdict)
        rows.append(row)
    turned = {"better": "worse", "worse": "better"}
    assert verdicts[0] == turned.get(verdicts[1], verdicts[1])
    if not before.final and math.isfinite(rows[0].low):
        assert (rows[0].low, rows[0].high) == pytest.approx((-rows[1].high, -rows[1].low))


@pytest.mark.capability("S4-20")
def test_strays_hide_the_effect_and_a_diagnosis_changes_nothing() -> None:
    """Thirty of a thousand held out were shown the letter: nothing but the alarm. Two were: the very same figures, with a word on it."""
    plan = planned()
    plain = seen(plan, letter=(550, 1000), control=(450, 1000))
    shares, treated = {"control": 0.5, "letter": 0.5}, ("letter",)

    def exposed(other: int) -> Seen:
        return Seen(
            plain.assigned,
            shares,
            {"letter": 400, "control": other},
            {("control", "letter"): other},
            treatments=treated,
        )

    hidden = look(plan, replace(plain, seen=exposed(30)))
    assert (hidden.state, hidden.comparisons[0].rows) == ("hidden", ())
    assert "(30 of control saw letter): the draw is not what decides." in " ".join(hidden.told)
    assert "shown to others than were drawn for it" in hidden.comparisons[0].told[0]
    shown, without = look(plan, replace(plain, seen=exposed(2))), look(plan, plain)
    assert shown.comparisons == without.comparisons
    told = " ".join(shown.told)
    assert "Those are too few to spoil the comparison." in told
    assert "Seen by 400 of 1,000 of letter, 2 of 1,000 of control; all 2,000 count as assigned" in told
    assert "about 2.5 times fewer customers" in told
    assert (shown.digest == without.digest, Look.of(shown.body()).told) == (False, shown.told)
