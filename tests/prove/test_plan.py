"""Is a plan written by people read as it stands, told in sentences, and kept as it was?"""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.prove.plans import told

from keepwell.errors import ProofError
from keepwell.prove.assignment import Arm, GlobalHoldout, Piece
from keepwell.prove.plan import Endpoint, Plan
from keepwell.prove.sequential import Spending

WRITTEN = """
experiment = "thanks"
version = 2
owner = "Sanna"
what = "A letter of thanks after the third order."
expected = "Of those held out 30 % leave within 60 days, of the others 27 %."
where = "orders >= 3"
start = 2026-07-01
end = 2026-09-29
review = 2026-10-06
smallest_effect = 0.85
max_n = 20000
strata = ["country"]
covariates = ["risk", "rfm"]
currency = "EUR"

[arms]
control = 0.1
letter = 0.9

[costs]
letter = "0.80"

[primary]
kind = "time_to_churn"
days = 60

[[secondary]]
kind = "ratio"
days = 60
of = "spend"
per = "orders"

[[guardrails]]
kind = "unsubscribe"
days = 60
margin = 0.005

[layer]
layer = "letters"
end = 5000
"""


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A plan file."""
    path = tmp_path / "thanks.toml"
    path.write_text(WRITTEN, "utf-8")
    return path


def test_a_file_is_read_as_it_stands(written: Path) -> None:
    """Every setting arrives."""
    plan = Plan.load(written)
    assert plan.arms == (Arm("control", 0.1), Arm("letter", 0.9))
    assert plan.costs == (("letter", Decimal("0.80")),)
    assert plan.primary == Endpoint("time_to_churn", 60)
    assert plan.secondary == (Endpoint("ratio", 60, of="spend", per="orders"),)
    assert plan.guardrails == (Endpoint("unsubscribe", 60, 0.005),)
    assert plan.layer == Piece("letters", 0, 5000)
    assert plan.spending == Spending()
    assert (plan.reference, plan.treatments, plan.holdout, plan.days) == ("control", ("letter",), 0.1, 90)
    assert plan.apart == GlobalHoldout(2026, 0.05)


def test_what_json_keeps_is_the_same_plan(written: Path) -> None:
    """The canonical form, through JSON, gives the plan and the digest again."""
    plan = Plan.load(written)
    again = Plan.of(json.loads(json.dumps(plan.canonical())))
    assert (again, again.digest) == (plan, plan.digest)


def test_the_digest_is_what_anybody_computes() -> None:
    """sha256 over sorted keys without spaces; one letter else is another digest."""
    from hashlib import sha256

    plan = Plan.of(told())
    text = json.dumps(plan.canonical(), sort_keys=True, separators=(",", ":"))
    assert plan.digest == sha256(text.encode()).hexdigest()
    assert Plan.of(told(owner="Sanne")).digest != plan.digest


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    """A file with four faults gets four sentences, each with the file's name."""
    path = tmp_path / "bad.toml"
    path.write_text(WRITTEN.replace('owner = "Sanna"\n', "").replace("max_n = 20000", 'max_n = "many"\nmaxn = 3'))
    path.write_text(path.read_text().replace('kind = "unsubscribe"', 'kind = "unsubscribed"'))
    with pytest.raises(ProofError) as refused:
        Plan.load(path)
    lines = str(refused.value).splitlines()
    assert len(lines) == 4
    assert all(line.startswith(str(path)) for line in lines)
    assert "there is no setting maxn; did you mean max_n?" in lines[0]
    assert "owner is missing; it is who answers for it." in lines[1]
    assert 'max_n is "many"' in lines[2]
    assert "known kind" in lines[3]


@pytest.mark.capability("S2-24")
def test_no_plan_without_an_expected_result() -> None:
    """What is expected is said before the start."""
    with pytest.raises(ProofError, match="expected is"):
        Plan.of(told(expected=" "))
    without = told()
    del without["expected"]
    with pytest.raises(ProofError, match="expected is missing"):
        Plan.of(without)


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"arms": {"control": 0.2, "letter": 0.9}}, "sum to 1.1"),
        ({"end": date(2026, 6, 1)}, "the end comes after the start"),
        ({"end": date(2026, 8, 1)}, "nobody could be watched to the end"),
        ({"review": date(2026, 9, 1)}, "review it then or later"),
        ({"smallest_effect": 1.2}, "hazard ratio below 1"),
        ({"primary": {"kind": "retained", "days": 60}, "smallest_effect": 3}, "between 0 and 1"),
        ({"primary": {"kind": "spend", "days": 60}, "smallest_effect": -3}, "size above 0"),
        ({"guardrails": [{"kind": "refund", "days": 60}]}, "no margin above 0"),
        ({"guardrails": [{"kind": "time_to_churn", "days": 60, "margin": 0.1}]}, "take churned"),
        ({"primary": {"kind": "spend", "days": 60, "margin": 1}}, "only guardrails"),
        ({"primary": {"kind": "spend"}}, "with its horizon"),
        ({"primary": {"kind": "ratio", "days": 60}}, "with both of them"),
        ({"primary": {"kind": "spend", "days": 60, "per": "orders"}}, "without of and per"),
        ({"costs": {"leter": "1"}}, "no arm"),
        ({"costs": {"letter": "1"}}, "no currency"),
        ({"costs": {"control": "1"}, "currency": "EUR"}, "no contact"),
        ({"costs": {"letter": "one"}}, "costs is"),
        ({"alpha": 5}, "alpha is 5, but it has to be a chance such as 0.05."),
        ({"version": True}, "version is True"),
        ({"experiment": "a:b"}, "cannot be the name"),
        ({"spending": "greedy"}, "no spending function"),
        ({"start": "1 July"}, 'start is "1 July", but it has to be a day'),
        ({"covariates": ["mood"]}, "covariates is"),
        ({"layer": {"name": "letters"}}, "layer is"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(other: dict[str, Any], says: str) -> None:
    """Each contradiction has its own words."""
    with pytest.raises(ProofError, match=says):
        Plan.of(told(**other))


def test_a_frozen_plan_does_not_change() -> None:
    """What changed is named; a new version is another plan."""
    frozen = Plan.of(told())
    frozen.refuse_change(Plan.of(told()))
    frozen.refuse_change(Plan.of(told(version=2, max_n=1)))
    with pytest.raises(ProofError, match="smallest_effect, max_n differ") as refused:
        frozen.refuse_change(Plan.of(told(max_n=1, smallest_effect=0.8)))
    assert "Make it version 2" in str(refused.value)


def test_two_treatments_share_the_chance_of_a_false_alarm() -> None:
    """Each comparison may use half of it; without anybody held out the first arm is the reference."""
    three = Plan.of(told(arms={"control": 0.2, "letter": 0.4, "call": 0.4}))
    assert (three.treatments, three.alpha_each) == (("letter", "call"), 0.025)
    cadence = Plan.of(told(arms={"weekly": 0.5, "fortnightly": 0.5}))
    assert (cadence.reference, cadence.treatments, cadence.holdout) == ("weekly", ("fortnightly",), 0.0)


@pytest.mark.capability("S2-24")
def test_treating_everybody_is_told_to_be_not_measurable() -> None:
    """One arm alone can be planned, but it can never show anything."""
    plan = Plan.of(told(arms={"letter": 1.0}))
    assert not plan.measurable
    said = " ".join(plan.told())
    assert "Not measurable: nobody is held out" in said
    assert all(word not in said for word in ("of 100", "smallest effect", "verdict rests", "never whether"))
    both = Plan.of(told(arms={"letter": 0.5, "card": 0.5}))
    assert "Nobody is held out: it can show which arm does better than letter, never whether" in " ".join(both.told())


def test_a_plan_is_told_in_sentences(written: Path) -> None:
    """A marketer reads what was promised."""
    lines = Plan.load(written).told()
    assert "Expected: Of those held out 30 % leave within 60 days, of the others 27 %." in lines
    assert (
        "The verdict rests on the time until a customer is lost, watched for 60 days;"
        " the smallest effect worth finding is 15 % fewer losses at any time (hazard ratio 0.85)." in lines
    )
    assert "Also looked at: spend per orders within 60 days." in lines
    assert "A contact in letter costs 0.80 EUR." in lines


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """Missing, a folder, not TOML, not UTF-8: each a sentence."""
    for name, content in (("a", None), ("b", b"x = = 1"), ("c", b"\xff\xfe1")):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(ProofError):
            Plan.load(tmp_path / name)
    with pytest.raises(ProofError):
        Plan.load(tmp_path)
