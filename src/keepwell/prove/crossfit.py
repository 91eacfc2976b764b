"""Who is judged by what was learned from others? The log of a trial, its folds, and the score of every arm for every unit."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keepwell.errors import ModelError
from keepwell.prove import sound
from keepwell.prove.means import doubted

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
CONTROL = "control"
"""The arm that is left alone."""
FOLDS = 5
FEWEST = 100
"""Units an arm must have before anything is learned from it."""
EXPECTED = 20
"""Of a yes or no, so many of the rarer answer must be expected in every arm, or the small arm's luck tells whom to treat."""
Z = 1.959963984540054
"""Standard errors to either end of an interval of 95 %."""


@dataclass(frozen=True)
class Log:
    """
    What was assigned by chance, and what came of it: one place per unit in all four.

    Args:
        features: What was known of each unit before it was assigned.
        place: The arm each unit was assigned, as a place in *arms*, shape (n,).
        outcome: What came of it, more being better (kept 1 or 0, money spent), shape (n,).
        propensity: The chance with which the unit got the arm it got, shape (n,).
        arms: Names; the first is control.
    """

    features: pd.DataFrame
    place: Places
    outcome: Floats
    propensity: Floats
    arms: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse what nothing can be learned from: unknown outcomes, chances that are none, infinite features, arms that are not there."""
        n = len(self.features)
        sound.known("The outcome", self.outcome, (n,))
        placed(self.place, n, len(self.arms))
        sound.known("The propensity", self.propensity, (n,))
        if not ((self.propensity > 0) & (self.propensity <= 1)).all():
            raise ModelError(
                "Some propensities are no chances.", "Wanted: above 0, at most 1.", "Log them at assignment."
            )
        finite(self.features)

    @property
    def yes_no(self) -> bool:
        """Whether the outcome is only ever 1 or 0."""
        return bool(np.isin(self.outcome, (0.0, 1.0)).all())

    def of(self, units: Any) -> "Log":
        """The log of some units only."""
        part = {name: getattr(self, name)[units] for name in ("place", "outcome", "propensity")}
        return replace(self, features=self.features.iloc[units], **part)


def placed(place: Places, n: int, arms: int) -> None:
    """
    Refuse places that are no arms.

    Args:
        place: The arm of each unit.
        n: How many units there are.
        arms: How many arms.

    Raises:
        KeepwellError: Another number of them, or a place without an arm.
    """
    sound.known("The arms of the units", place, (n,))
    if not np.isin(place, np.arange(arms)).all():
        raise ModelError("Some units stand in no arm there is.", f"Wanted: places 0 to {arms - 1}.", "Mend the log.")


def finite(features: pd.DataFrame) -> None:
    """
    Refuse infinite features; unknown ones are told apart, and may stay.

    Raises:
        ModelError: Some number is infinite; its column is named.
    """
    numbers = features.select_dtypes("number")
    bad = [str(name) for name in numbers if np.isinf(numbers[name].to_numpy("float64", na_value=np.nan)).any()]
    if bad:
        raise ModelError(
            f"{', '.join(bad)} holds infinite numbers.",
            "Wanted: numbers, or nothing where unknown.",
            "Mend the column.",
        )


def log(
    frame: pd.DataFrame,
    features: Sequence[str],
    *,
    outcome: str,
    arm: str = "arm",
    propensity: str = "propensity",
    control: str = CONTROL,
) -> Log:
    """
    The log of a trial, as assigned.

    Args:
        frame: One row per unit.
        features: Its columns known before assignment.
        outcome: Its column of what came of it, more being better.
        arm: Its column of arms.
        propensity: Its column of the chance with which the unit got its arm.
        control: What the arm that is left alone is called there; it is "control" from then on.

    Raises:
        ModelError: A column or control is missing, an outcome is unknown, a propensity is no chance, an arm has too few units, or too few
            of one answer where the outcome is yes or no.
    """
    lacking = [name for name in (*features, outcome, arm, propensity) if name not in frame]
    if lacking or not features:
        what = f"The log lacks {', '.join(lacking)}." if lacking else "No column was named to tell customers apart by."
        raise ModelError(what, "Wanted: features, arm, propensity and outcome.", "Name columns the log has.")
    arms_of = frame[arm].astype(str).replace({str(control): CONTROL})
    counts = arms_of.value_counts()
    arms = (CONTROL, *sorted(set(counts.index) - {CONTROL}))
    _enough(counts, arms)
    chance = frame[propensity].to_numpy("float64", na_value=np.nan)
    came = frame[outcome].to_numpy("float64", na_value=np.nan)
    if not np.isfinite(came).all():
        raise ModelError(
            f"The outcome of {np.sum(~np.isfinite(came)):,} units is unknown.",
            "Wanted: a number for everybody assigned; nobody may drop out, or the arms are no longer alike.",
            "Wait until the horizon is over for all, or count who is not seen as what he is.",
        )
    if not ((chance > 0) & (chance <= 1)).all():
        raise ModelError(
            "Some units have no chance between 0 and 1 with which they got their arm.",
            "Wanted: the propensity logged at assignment.",
            "Log propensities; without them nothing can be proven from this log.",
        )
    place = np.array([arms.index(name) for name in counts.index])[pd.Index(counts.index).get_indexer(arms_of)]
    _of_the_arm_received(place, chance, arms)
    _common_enough(came, counts, arms)
    return Log(frame[list(features)], place.astype("int64"), came, chance, arms)


def _of_the_arm_received(place: Places, chance: Floats, arms: Sequence[str]) -> None:
    """Units weighed by one over the chance of the arm they got stand for everybody; where they do not, the chances are of another arm."""
    for number, name in enumerate(arms):
        weights = np.where(place == number, 1 / chance, 0.0)
        whole, error = float(weights.mean()), float(weights.std()) / math.sqrt(len(weights))
        if abs(whole - 1) > max(0.1, 5 * error):
            raise ModelError(
                f"By their propensities the units of {name} stand for {whole:.0%} of all, not for everybody.",
                "Wanted: of each unit the chance of the arm it got; of who is held out, the chance of being held out.",
                "Where the log has the chance of being treated, take one less that for those held out.",
            )


def _common_enough(came: Floats, counts: pd.Series, arms: Sequence[str]) -> None:
    """Refuse a yes or no of which a small arm has too few to tell luck from an effect."""
    share = float(came.mean())
    least = min(arms, key=lambda name: counts[name])
    expected = min(share, 1 - share) * counts[least]
    if np.isin(came, (0.0, 1.0)).all() and expected < EXPECTED:
        answer = "yes" if share <= 0.5 else "no"
        raise ModelError(
            f"Not enough data: with {share:.2%} of all, about {expected:.0f} of {counts[least]:,} in {least} would say {answer} by themselves.",
            f"Wanted: at least {EXPECTED} in every arm before it is learned whom to treat.",
            "Judge the play as a whole, or wait for more.",
        )


def _enough(counts: pd.Series, arms: Sequence[str]) -> None:
    if CONTROL not in counts.index or len(arms) < 2:
        raise ModelError(
            f"The log has the arms {', '.join(sorted(counts.index)) or 'of nobody'}.",
            f"Wanted: {CONTROL} and at least one other.",
            "Say control=... where it has another name; where nobody was held out, nothing can be said of the effect.",
        )
    few = [name for name in arms if counts[name] < FEWEST]
    if few:
        raise ModelError(
            f"Not enough data: {few[0]} has {counts[few[0]]:,} units.",
            f"Wanted: at least {FEWEST} in every arm before it is learned whom to treat.",
            "Judge the play as a whole, or wait for more.",
        )


def folds(place: Places, count: int, chance: np.random.Generator) -> Places:
    """
    Units dealt out at random, every arm evenly: the fold of each, shape (n,).

    Args:
        place: Arm of each unit.
        count: How many folds.
        chance: Draws them.
    """
    if not 2 <= sound.count("Folds", count) <= len(place):
        raise ModelError(
            f"{count} folds of {len(place):,} units.", "Wanted: 2 folds or more, none empty.", "5 is usual."
        )
    dealt = np.empty(len(place), dtype="int64")
    order = chance.permutation(len(place))
    for arm in np.unique(place):  # each arm by itself, so that the names of the arms change nothing
        own = order[place[order] == arm]
        dealt[own] = np.arange(len(own)) % count
    return dealt


def apart(place: Places, count: int, chance: np.random.Generator) -> Iterator[tuple[Places, Places]]:
    """For each fold the units to learn from and the units to foretell, which are never the same."""
    dealt = folds(place, count, chance)
    for fold in range(count):
        yield np.flatnonzero(dealt != fold), np.flatnonzero(dealt == fold)


def scores(place: Places, outcome: Floats, propensity: Floats, expected: Floats) -> Floats:
    """
    What each unit would bring under each arm, right on average though wrong for each, shape (n, arms).

    The expectation, corrected by what came of the arm the unit was in, as often as that arm was given (augmented inverse
    propensity weighting; Robins, Rotnitzky & Zhao 1994, JASA 89). Propensities being known, the mean is unbiased whatever is
    expected; with zeros expected it is plain inverse propensity weighting.

    Args:
        place: Arm of each unit.
        outcome: What came of it.
        propensity: Chance with which the unit got its arm.
        expected: Under each arm, by what was learned from other units, shape (n, arms).
    """
    sound.known("What was expected", expected, (len(place), None))
    placed(place, len(expected), expected.shape[1])
    sound.known("The outcome", outcome, (len(place),))
    sound.known("One over the propensity", 1 / np.where(propensity > 0, propensity, np.nan), (len(place),))
    told = expected.astype("float64", copy=True)
    rows = np.arange(len(place))
    told[rows, place] += (outcome - expected[rows, place]) / propensity
    return told


def common(log: Log, expected: Floats) -> Floats | None:
    """
    The variance of each arm's mean score, by the spread of all arms together, where a small arm's own would be taken in by its luck.

    Where few do something, an arm in which by chance fewer do it looks surer of itself than it is, see means.sober(); the rule
    when that is doubted is the same.

    Args:
        log: The trial.
        expected: Under each arm, by what was learned from other units, shape (n, arms).

    Returns:
        Shape (arms,); None where the arms are even, or what they do is sure enough.
    """
    n, sizes = len(log.place), np.bincount(log.place, minlength=len(log.arms))
    left = log.outcome - expected[np.arange(n), log.place]
    spread, mean = float(np.mean(left**2)), float(log.outcome.mean())
    rare = min(mean, 1 - mean) if log.yes_no else mean
    if not doubted(int(sizes.min()), int(sizes.max()), rare**2, spread):
        return None
    weights = np.bincount(log.place, log.propensity**-2.0, minlength=len(log.arms)) / n
    return spread * weights / n


@dataclass(frozen=True)
class Foretold:
    """
    What was told of each unit of a log by those who had not seen it.

    Args:
        expected: Outcome under each arm, shape (n, arms).
        uplift: What each arm adds to being left alone, shape (n, arms), zeros for control.
        scores: Unbiased outcome under each arm, see scores(), shape (n, arms).
        arms: Names, control first.
        way: How it was learned.
        common: Variance of each arm's mean score were what came of units spread in every arm as in all together, shape (arms,); None
            where the arms' own spread is to be trusted. See common().
    """

    expected: Floats
    uplift: Floats
    scores: Floats
    arms: tuple[str, ...]
    way: str
    common: Floats | None = None

    def __post_init__(self) -> None:
        """Refuse what tells nothing: other shapes, unknown or infinite numbers."""
        for what, told in (("expected", self.expected), ("foretold to be added", self.uplift), ("scored", self.scores)):
            sound.known(f"What was {what}", told, (len(self.scores), len(self.arms)))


@dataclass(frozen=True)
class Figure:
    """
    A mean, and how sure it is.

    Args:
        value: The mean.
        error: Its standard error.
        low: Lower end of its interval, at 95 %.
        high: Upper end.
        n: Units it rests on.
    """

    value: float
    error: float
    low: float
    high: float
    n: int


def figure(values: Floats) -> Figure:
    """
    The mean of units with its interval, by the normal law.

    Args:
        values: One per unit; with fewer than two nothing is known.
    """
    if len(values) < 2:
        return Figure(float("nan"), float("nan"), -float("inf"), float("inf"), len(values))
    sound.known("What the mean is taken of", values)
    return around(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))), len(values))


def around(value: float, error: float, n: int, reach: float = Z) -> Figure:
    """A figure from its standard error, and how many of them its interval reaches."""
    return Figure(value, error, value - reach * error, value + reach * error, n)
