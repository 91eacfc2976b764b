"""For whom does it make a difference? What each customer would do in each arm, learned from a trial and told of others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd

from keepwell.errors import ModelError
from keepwell.prove.crossfit import FOLDS, Floats, Foretold, Log, apart, common, finite, scores
from keepwell.prove.lines import Line
from keepwell.understand.calibration import chances
from keepwell.understand.encoding import columns as numbers
from keepwell.understand.encoding import encoding
from keepwell.understand.learners import LEARNERS, Logistic, Trees

WAYS = {
    "t-logistic": "a logistic line per arm",
    "t-ridge": "a line per arm",
    "dr-ridge": "a line of the difference itself, on doubly robust scores",
    "t-trees": "boosted trees per arm",
}
"""How it can be learned, and what that is; those of logistic and trees need an outcome of yes or no."""
FORM = 1
"""Of what is put away; raised when that changes."""
_INNER = 2
"""Folds inside a fold, where scores are learned from."""


class Expects(Protocol):
    """What learned what to expect in one arm."""

    def expected(self, columns: Floats) -> Floats:
        """The outcome of each row, shape (n,)."""

    def plain(self) -> dict[str, Any]:
        """As JSON can hold it once arrays are lists."""


@dataclass(frozen=True)
class Chance:
    """
    The chance of a yes, by a learner of log-odds.

    Args:
        learner: A logistic line, or trees.
    """

    learner: Logistic | Trees

    def expected(self, columns: Floats) -> Floats:
        """See Expects."""
        return chances(self.learner.log_odds(columns))

    def plain(self) -> dict[str, Any]:
        """See Expects."""
        return self.learner.plain()


@dataclass(frozen=True)
class Learned:
    """
    What was learned from one part of a log.

    Args:
        expects: What to expect, one per arm, control first.
        effects: What each other arm adds; empty where that is the difference of what to expect.
    """

    expects: tuple[Expects, ...]
    effects: tuple[Line, ...]

    def expected(self, columns: Floats) -> Floats:
        """Outcome under each arm, shape (n, arms)."""
        return np.stack([arm.expected(columns) for arm in self.expects], axis=1)

    def uplift(self, columns: Floats, expected: Floats) -> Floats:
        """What each arm adds to being left alone, shape (n, arms), zeros for control."""
        if not self.effects:
            return expected - expected[:, :1]
        added = [effect.expected(columns) for effect in self.effects]
        return np.stack([np.zeros(len(columns)), *added], axis=1)


def _expecting(kind: str, columns: Floats, outcome: Floats) -> Expects:
    if kind == "ridge":
        return Line.learn(columns, outcome)
    return Chance(LEARNERS[kind].learn(columns, outcome, np.ones(len(outcome))))


def _arms(kind: str, columns: Floats, log: Log) -> tuple[Expects, ...]:
    """One learner per arm, each of its own units only."""
    each = [log.place == arm for arm in range(len(log.arms))]
    return tuple(_expecting(kind, columns[own], log.outcome[own]) for own in each)


def _learn(way: str, columns: Floats, log: Log, chance: np.random.Generator) -> Learned:
    kind = way.removeprefix("t-")
    if way != "dr-ridge":
        return Learned(_arms(kind, columns, log), ())
    kind = "logistic" if log.yes_no else "ridge"
    expected = np.zeros((len(columns), len(log.arms)))
    for others, own in apart(log.place, _INNER, chance):
        first = Learned(_arms(kind, columns[others], log.of(others)), ())
        expected[own] = first.expected(columns[own])
    told = scores(log.place, log.outcome, log.propensity, expected)
    effects = tuple(Line.learn(columns, told[:, arm] - told[:, 0]) for arm in range(1, len(log.arms)))
    return Learned(_arms(kind, columns, log), effects)


def _checked(way: str, log: Log) -> None:
    if way not in WAYS:
        raise ModelError(f"There is no way {way!r}.", f"Wanted: one of {', '.join(WAYS)}.", "Choose one of them.")
    if way in {"t-logistic", "t-trees"} and not log.yes_no:
        raise ModelError(
            f"The outcome is not only yes or no, which {way} needs.", "Wanted: 1 or 0.", "Choose dr-ridge or t-ridge."
        )


def _known(log: Log) -> dict[str, list[str] | None]:
    known = encoding(log.features, log.features.columns)
    if not known:
        raise ModelError(
            "Every column is the same for everybody, or differs for each.",
            "Wanted: at least one that tells customers apart.",
            "Name other columns, or judge the play as a whole.",
        )
    return known


def usual(log: Log) -> str:
    """The way for a log, where none was named: a logistic line per arm for yes or no, otherwise the line of the difference."""
    return "t-logistic" if log.yes_no else "dr-ridge"


def foretell(log: Log, chance: np.random.Generator, *, way: str | None = None, count: int = FOLDS) -> Foretold:
    """
    What would become of each unit in each arm, learned from other units only.

    Args:
        log: Of a trial.
        chance: Deals out the folds.
        way: One of WAYS; None for the usual one.
        count: Folds.

    Raises:
        ModelError: The way is unknown or does not fit the outcome, or nothing tells units apart.
    """
    way = way or usual(log)
    _checked(way, log)
    columns = numbers(log.features, _known(log))
    expected, uplift = np.zeros((2, len(columns), len(log.arms)))
    for others, own in apart(log.place, count, chance):
        learned = _learn(way, columns[others], log.of(others), chance)
        expected[own] = learned.expected(columns[own])
        uplift[own] = learned.uplift(columns[own], expected[own])
    told = scores(log.place, log.outcome, log.propensity, expected)
    return Foretold(expected, uplift, told, log.arms, way, common(log, expected))


class Uplift:
    """
    What each arm adds, told of customers who were not in the trial.

    Settings are the constructor's arguments; what was learned ends in an underscore.

    Args:
        way: One of WAYS; None for the usual one of the log.
    """

    def __init__(self, way: str | None = None) -> None:
        self.way = way
        self.way_: str = ""
        self.arms_: tuple[str, ...] = ()
        self.known_: Mapping[str, Sequence[str] | None] = {}
        self.learned_: Learned | None = None

    def fit(self, log: Log, *, chance: np.random.Generator) -> Self:
        """
        Learn from all units of a log.

        Args:
            log: Of a trial.
            chance: Deals out folds, where the way needs them.

        Raises:
            ModelError: See foretell.
        """
        self.way_ = self.way or usual(log)
        _checked(self.way_, log)
        self.known_, self.arms_ = _known(log), log.arms
        self.learned_ = _learn(self.way_, numbers(log.features, self.known_), log, chance)
        return self

    def predict(self, features: pd.DataFrame) -> pd.DataFrame:
        """
        What to expect of each customer.

        Args:
            features: The columns that were learned from.

        Returns:
            ``alone`` (outcome expected when left alone) and for every other arm ``uplift <arm>``; the index of *features*.

        Raises:
            ModelError: Nothing was learned yet, or a column is missing.
        """
        if self.learned_ is None:
            raise ModelError("Nothing was learned yet.", "", "Call fit() first.")
        finite(features)
        columns = numbers(features, self.known_)
        expected = self.learned_.expected(columns)
        uplift = self.learned_.uplift(columns, expected)
        told = {"alone": expected[:, 0]}
        told |= {f"uplift {arm}": uplift[:, place] for place, arm in enumerate(self.arms_) if place}
        return pd.DataFrame(told, index=features.index)

    def save(self) -> dict[str, Any]:
        """All that is needed to answer again, as what JSON can hold."""
        learned: dict[str, Any] = {}
        if self.learned_:
            expects = [{"kind": type(_inside(arm)).__name__, **_lists(arm.plain())} for arm in self.learned_.expects]
            effects = [_lists(effect.plain()) for effect in self.learned_.effects]
            learned = {"way": self.way_, "arms": list(self.arms_), "known": dict(self.known_)}
            learned |= {"expects": expects, "effects": effects}
        return {"form": FORM, "model": "uplift", "settings": {"way": self.way}, "learned": learned}

    @classmethod
    def load(cls, saved: Mapping[str, Any]) -> Self:
        """
        What was put away.

        Args:
            saved: What save() gave.

        Raises:
            ModelError: It is something else, or was put away in another form.
        """
        if (saved.get("form"), saved.get("model")) != (FORM, "uplift"):
            raise ModelError(
                f"What was put away is {saved.get('model')}, form {saved.get('form')}.",
                f"Wanted: uplift, form {FORM}.",
                "Fit the model again.",
            )
        again, learned = cls(**saved["settings"]), saved["learned"]
        if learned:
            again.way_, again.arms_, again.known_ = learned["way"], tuple(learned["arms"]), learned["known"]
            effects = tuple(Line(**_arrays(effect)) for effect in learned["effects"])
            again.learned_ = Learned(tuple(_again(arm) for arm in learned["expects"]), effects)
        return again


def _inside(arm: Expects) -> Any:
    return arm.learner if isinstance(arm, Chance) else arm


def _again(plain: Mapping[str, Any]) -> Expects:
    """A learner of one arm, by the name of its kind."""
    rest = _arrays({name: value for name, value in plain.items() if name != "kind"})
    if plain["kind"] == Line.__name__:
        return Line(**rest)
    kinds = {kind.__name__: kind for kind in LEARNERS.values()}
    return Chance(kinds[plain["kind"]](**rest))


def _lists(plain: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in plain.items()}


def _arrays(plain: Mapping[str, Any]) -> dict[str, Any]:
    return {name: np.array(value, "float64") if isinstance(value, list) else value for name, value in plain.items()}
