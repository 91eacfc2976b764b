"""How did what the round says do on the company's own past? What each step kept of its trials, told alike for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from keepwell.lake.results import Result
from keepwell.understand import MODELS, risk_trials

STEPS = {
    "value": ("Who will buy again?", "bought"),
    "risk": ("Who will leave?", "left"),
    "contracts": ("Which contracts will end?", "ended"),
    "spend": ("What does a purchase bring?", "came"),
}
"""Steps that are tried on the past -> what they foretell, and what happened, in the past tense."""

_KEPT = {
    "scores": "the scores beside the rules of thumb",
    "calibration": "what was said by tenths beside what happened",
    "mornings": "the totals of each morning",
    "pit": "whether the forecasts are too wide or too narrow",
}
_WANTED = {"value": ("scores", "calibration", "mornings", "pit"), "risk": ("scores", "calibration", "mornings")}
_SURE = 1.96


@dataclass(frozen=True)
class Tried:
    """
    How one thing that is foretold did on mornings of the past.

    Args:
        id: Step of the round; contracts are told by billing interval, as in contracts_month.
        title: The question.
        happened: What happened, in the past tense.
        model: Id of the model; "" where none could be fitted.
        told: Sentences.
        scores: A row per model and rule of thumb: model (id), name, and means over the mornings.
        calibration: Tenths of the customers: said, happened, low, high, customers.
        mornings: A row per morning: morning (text), customers, said, happened, low and high (95 %, were the model right).
        pit: Where what came lay in the forecasts: low, high, share.
        beats: Whether the model tells more than every rule of thumb; None where that was not kept.
        refused: Whether nothing is told, which the sentence explains.
    """

    id: str
    title: str
    happened: str
    model: str
    told: tuple[str, ...]
    scores: pd.DataFrame = field(default_factory=pd.DataFrame)
    calibration: pd.DataFrame = field(default_factory=pd.DataFrame)
    mornings: pd.DataFrame = field(default_factory=pd.DataFrame)
    pit: pd.DataFrame = field(default_factory=pd.DataFrame)
    beats: bool | None = None
    refused: bool = False

    @property
    def own(self) -> "pd.Series[Any]":
        """The scores of the model that speaks, the best way of using it; empty where none were kept."""
        if self.scores.empty:
            return pd.Series(dtype=object)
        ids = self.scores["model"].astype(str)
        rows = self.scores[(ids == self.model) | ids.str.startswith(f"{self.model}_")]
        return rows.iloc[0] if len(rows) else pd.Series(dtype=object)

    @property
    def rules(self) -> pd.DataFrame:
        """The scores of the rules of thumb."""
        return self.scores[self.scores["model"].isin(risk_trials.RULES)] if len(self.scores) else self.scores

    @property
    def missing(self) -> str:
        """What the round kept nothing of though it is told today; "" where all is there."""
        lacks = [_KEPT[name] for name in _WANTED.get(self.id, ()) if getattr(self, name).empty]
        if self.refused or not lacks:
            return ""
        *most, last = lacks
        named = f"{', '.join(most)} and {last}" if most else last
        return f"This round kept nothing of {named}: take keepwell round again."

    @property
    def plain(self) -> dict[str, Any]:
        """All of it, for programs."""
        return {
            "title": self.title,
            "model": self.model,
            "told": list(self.told),
            "beats_the_rules": self.beats,
            **{name: getattr(self, name) for name in _KEPT},
            "missing": self.missing,
        }


def tried(kept: Mapping[str, Result], step: str | None = None) -> list[Tried]:
    """
    What a round kept of its trials.

    Args:
        kept: Step -> what it kept; see reading.kept.
        step: One of STEPS; None is all of them.
    """
    found: list[Tried] = []
    for name in [step] if step else STEPS:
        if name not in kept:
            continue
        about, (title, happened) = kept[name].about, STEPS[name]
        intervals = about.get("by_interval", {})
        found += [
            _tried(f"{name}_{each}", title.replace("contracts", f"contracts by the {each}"), happened, part)
            for each, part in intervals.items()
        ]
        if not intervals:
            found.append(_tried(name, title, happened, about))
    return found


def _tried(id: str, title: str, happened: str, about: Mapping[str, Any]) -> Tried:
    """One of them: what was tried stands in "trials", or where the trial chose the model beside all else."""
    if "refused" in about and not about.get("scores"):
        return Tried(id, title, happened, "", (str(about["refused"]),), refused=True)
    trials = about.get("trials", about)
    if trials is not about and not trials.get("scores"):  # it was tried, and could not be
        return Tried(id, title, happened, "", tuple(trials.get("told", ())), refused=True)
    model = trials.get("model", about.get("model", ""))
    kept: dict[str, Any] = {name: pd.DataFrame(trials.get(name, [])) for name in _KEPT}
    kept["scores"], kept["mornings"] = _named(kept["scores"]), _limits(kept["mornings"])
    kept["told"] = tuple(trials.get("told") or about.get("told") or ())
    kept["beats"], kept["refused"] = trials.get("beats_the_rules"), "refused" in about
    return Tried(id, title, happened, model["model"] if isinstance(model, Mapping) else str(model), **kept)


def _named(scores: pd.DataFrame) -> pd.DataFrame:
    """Every way with its name."""
    if scores.empty or "name" in scores:
        return scores
    return scores.assign(name=[_name(str(id)) for id in scores["model"]])


def _name(id: str) -> str:
    """A model's name; a way of using it, such as pareto_nbd_by_season, begins with its id."""
    if id in MODELS:
        return MODELS[id].name
    base = max((known for known in MODELS if id.startswith(f"{known}_")), key=len, default="")
    return f"{MODELS[base].name}, {id.removeprefix(base + '_').replace('_', ' ')}" if base else id


def _limits(mornings: pd.DataFrame) -> pd.DataFrame:
    """Totals with the limits between which they should lie, where their error is known."""
    if mornings.empty or "low" in mornings:
        return mornings
    error = mornings["error"].astype("float64") if "error" in mornings else np.nan
    return mornings.assign(low=(mornings["said"] - _SURE * error).clip(lower=0), high=mornings["said"] + _SURE * error)
