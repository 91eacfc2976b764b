"""Is what the steps kept of their trials told alike, and is said what they did not keep?"""

import pytest

from keepwell.lake.results import Result
from keepwell.rounds.trials import tried

TENTHS = [{"said": 0.3, "happened": 0.31, "low": 0.28, "high": 0.34, "customers": 900.0}]
MORNINGS = [{"morning": "2026-01-02", "days": 90, "customers": 900, "said": 100.0, "happened": 104.0, "error": 10.0}]
RISK = {
    "told": ["What was learned."],
    "trials": {
        "model": "churn_hazard", "beats_the_rules": True, "calibration": TENTHS, "mornings": MORNINGS,
        "scores": [{"model": "churn_hazard", "name": "Chance of leaving", "auc": 0.8}, {"model": "last_rate", "name": "Last period's rate", "auc": 0.5}],
        "told": ["Tried on one morning."],
    },
}  # fmt: skip
VALUE = {
    "model": {"model": "pareto_nbd"}, "told": ["Best."], "calibration": TENTHS,
    "scores": [{"model": "pareto_nbd_by_season", "auc": 0.8}, {"model": "pareto_nbd", "auc": 0.7}, {"model": "recency_rule", "auc": 0.6}],
}  # fmt: skip


def kept(**about: object) -> dict[str, Result]:
    """A round that kept so."""
    return {name: Result("", {}, {}, told) for name, told in about.items()}  # type: ignore[arg-type]


def test_what_was_tried_of_risk() -> None:
    """Sentences of the trial, not of the learning; 100 said with an error of 10: 80.4 to 119.6 in 95 of 100."""
    (risk,) = tried(kept(risk=RISK))
    assert (risk.id, risk.happened, risk.model, risk.told) == (
        "risk",
        "left",
        "churn_hazard",
        ("Tried on one morning.",),
    )
    assert (risk.own["name"], risk.rules["name"].tolist()) == ("Chance of leaving", ["Last period's rate"])
    assert risk.mornings[["low", "high"]].iloc[0].tolist() == pytest.approx([80.4, 119.6])
    assert (risk.beats, risk.missing) == (True, "")


def test_the_best_way_of_using_a_model_is_its_own() -> None:
    """The seasonal way came first and has a name of its own; what an older round kept nothing of is named."""
    (value,) = tried(kept(value=VALUE))
    assert value.own["name"] == "Purchases until an unseen end (Pareto/NBD), by season"
    assert value.rules["model"].tolist() == ["recency_rule"]
    assert value.missing == (
        "This round kept nothing of the totals of each morning and whether the forecasts are too wide or too narrow: take keepwell round again."
    )


def test_a_round_before_there_were_trials_says_what_it_lacks() -> None:
    """Its sentences are told, and three things are missing."""
    (risk,) = tried(kept(risk={"told": ["What was learned."], "model": {"model": "churn_hazard"}}))
    assert risk.told == ("What was learned.",)
    assert risk.own.empty
    assert risk.missing.startswith(
        "This round kept nothing of the scores beside the rules of thumb, what was said by tenths"
    )


def test_contracts_are_told_by_billing_interval_and_refusals_as_they_are() -> None:
    """One by the month, one refused by the year; value refused lacks nothing."""
    by = {"month": {"model": {"model": "sbg"}, "told": ["So."]}, "year": {"refused": "Too few."}}
    found = tried(kept(value={"refused": "No history."}, contracts={"by_interval": by, "told": []}))
    assert [(each.id, each.told, each.refused) for each in found] == [
        ("value", ("No history.",), True), ("contracts_month", ("So.",), False), ("contracts_year", ("Too few.",), True),
    ]  # fmt: skip
    assert [each.missing for each in found] == ["", "", ""]


def test_what_could_not_be_tried_says_why_and_lacks_nothing() -> None:
    """Another round would not help."""
    (risk,) = tried(
        kept(risk={"told": ["Learned."], "trials": {"told": ["It could not be tried on the past. Too short."]}})
    )
    assert (risk.told, risk.refused, risk.missing) == (("It could not be tried on the past. Too short.",), True, "")


def test_one_step_alone() -> None:
    """Only what was asked for."""
    assert [each.id for each in tried(kept(value=VALUE, risk=RISK), "risk")] == ["risk"]
