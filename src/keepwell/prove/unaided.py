"""Where would a figure go by itself? Told from its own past, with as much doubt as such forecasts deserved there."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keepwell.errors import ProofError
from keepwell.prove import sound

Floats = NDArray[np.float64]

KNOWN = 4
"""So many periods must be known before a forecast is tried."""

FEWEST = 6
"""From fewer forecasts that were tried nothing is learned about their errors."""

_DEGREES = 2.0
"""With fewer degrees of freedom an interval is so wide that it says nothing."""

_BETTER = 0.9
"""A less simple way is taken where its errors are at most so many times those of the simpler one."""

_LINE = 12
"""Periods the straight line is drawn through."""


@dataclass(frozen=True)
class Forecast:
    """
    What a figure would be without anything being done.

    Args:
        value: The figure; nan where nothing can be said.
        error: Its standard error: how far off such forecasts were in the past; nan likewise.
        degrees: Of freedom of that error (Student); inf is the normal law.
        low: Lower end of the 95 % interval; -inf where nothing can be said.
        high: Upper end; inf likewise.
        tried: How many forecasts of the past the error was learned from.
        method: How it was worked out, as a sentence.
    """

    value: float
    error: float
    degrees: float
    low: float
    high: float
    tried: int
    method: str

    @property
    def known(self) -> bool:
        """Whether there is a figure with an interval."""
        return math.isfinite(self.value) and math.isfinite(self.low) and math.isfinite(self.high)

    def chance(self, target: float, *, raise_: bool) -> float:
        """
        The chance that the figure is at the target or beyond it; nan where nothing is known.

        Args:
            target: The figure wanted.
            raise_: Whether more is wanted, or less.
        """
        if not self.known:
            return math.nan
        if not self.error > 0:
            return float(self.value >= target if raise_ else self.value <= target)
        from scipy.special import ndtr, stdtr

        score = (self.value - target if raise_ else target - self.value) / self.error
        return float(ndtr(score) if math.isinf(self.degrees) else stdtr(self.degrees, score))


Way = Callable[[Floats, int, int], float]


def _last(past: Floats, _ahead: int, _year: int) -> float:
    return float(past[-1])


def _usual(past: Floats, _ahead: int, year: int) -> float:
    return float(past[-year:].mean())


def _season(past: Floats, ahead: int, year: int) -> float:
    return float(past[len(past) + ahead - 1 - year * math.ceil(ahead / year)])


def _line(past: Floats, ahead: int, _year: int) -> float:
    """The least-squares line through the last periods, prolonged."""
    told = past[-_LINE:]
    steps = np.arange(len(told)) - (len(told) - 1) / 2
    slope = float(steps @ told / (steps @ steps))
    return float(told.mean() + slope * (len(told) - 1 - (len(told) - 1) / 2 + ahead))


WAYS: dict[str, Way] = {
    "as in the last period": _last,
    "as on average over the last year": _usual,
    "along a straight line through the last periods": _line,
    "as in the same period of the year before": _season,
}
"""In words -> how it is done, simplest first."""


def forecast(
    past: Sequence[float], ahead: int, *, year: int, floor: float = -math.inf, ceiling: float = math.inf
) -> Forecast:
    """
    The figure so many periods ahead, in the way that did best on this very past.

    Every way is tried from each morning of the past on which it could have been; the simplest is kept unless another was off
    by a tenth less. The interval is as wide as the kept way was off. Forecasts that overlap repeat each other's errors: of k
    of them over h periods the errors weigh as 1.5 k / h independent ones (Lo and MacKinlay 1988, overlapping variances).

    Args:
        past: The figure period by period, oldest first; nan where there was none. Only what comes after the last gap is used.
        ahead: Periods between the last known one and the one asked for, at least 1.
        year: Periods a year has.
        floor: The figure cannot be below.
        ceiling: Nor above.

    Raises:
        ProofError: Nothing known, or nothing asked for.
    """
    sound.count("Periods of a year", year, 1)
    sound.count("Periods ahead", ahead)
    if not floor <= ceiling:
        raise ProofError(
            f"A figure between {floor:g} and {ceiling:g}.", "The floor is below the ceiling.", "Swap them."
        )
    told = _after_gaps(np.asarray(past, np.float64))
    if ahead < 1 or not len(told):
        raise ProofError(
            f"A forecast {ahead} periods ahead of {len(told)} known ones.", "At least one of each is needed.", ""
        )
    words, errors = _best(told, ahead, year)
    value = min(max(WAYS[words](told, ahead, year), floor), ceiling)
    degrees = 1.5 * len(errors) / ahead
    if not _enough(errors, ahead):
        return Forecast(value, math.nan, math.nan, -math.inf, math.inf, len(errors), _too_short(told, ahead))
    from scipy.special import stdtrit

    error = math.sqrt(float(np.mean(errors**2)))
    reach = float(stdtrit(degrees, 0.975)) * error
    method = f"Forecast {words}. {len(errors)} such forecasts were tried on the past; the interval is as wide as they were off."
    return Forecast(
        value, error, degrees, max(value - reach, floor), min(value + reach, ceiling), len(errors), method
    )  # fmt: skip


def moves(past: Sequence[float], ahead: int) -> Floats:
    """
    How far the figure moved over so many periods, from each period of the past on.

    Args:
        past: Oldest first; nan where there was none. Only what comes after the last gap is used.
        ahead: How many periods.
    """
    sound.count("Periods ahead", ahead, 1)
    told = _after_gaps(np.asarray(past, np.float64))
    return told[ahead:] - told[:-ahead] if len(told) > ahead else np.empty(0)


def noise(past: Sequence[float]) -> float:
    """
    The figure's restlessness from one period to the next: the deviation left when trends are taken out; nan where unknown.

    Args:
        past: Oldest first.

    Source: von Neumann (1941), from successive differences.
    """
    steps = moves(past, 1)
    return math.sqrt(float(np.mean(steps**2)) / 2) if len(steps) >= FEWEST else math.nan


def _after_gaps(past: Floats) -> Floats:
    gaps = np.flatnonzero(~np.isfinite(past))
    return past[gaps[-1] + 1 :] if len(gaps) else past


def _best(past: Floats, ahead: int, year: int) -> tuple[str, Floats]:
    """The way to take, and its errors wherever it could be tried."""
    kept = "as in the last period"
    for words in WAYS:
        since = max(_needs(words, year), _needs(kept, year))
        mine, best = _errors(words, past, ahead, year, since), _errors(kept, past, ahead, year, since)
        if _enough(mine, ahead) and _size(mine) < _BETTER * _size(best):
            kept = words
    return kept, _errors(kept, past, ahead, year, _needs(kept, year))


def _needs(words: str, year: int) -> int:
    return max(KNOWN, year) if WAYS[words] is _season else KNOWN


def _errors(words: str, past: Floats, ahead: int, year: int, since: int) -> Floats:
    """What came minus what would have been foretold, from each morning with enough behind it."""
    mornings = range(since, len(past) - ahead + 1)
    return np.array([past[at + ahead - 1] - WAYS[words](past[:at], ahead, year) for at in mornings])


def _enough(errors: Floats, ahead: int) -> bool:
    """Whether an interval can be learned from them."""
    return len(errors) >= FEWEST and 1.5 * len(errors) / ahead >= _DEGREES


def _size(errors: Floats) -> float:
    return math.sqrt(float(np.mean(errors**2)))


def _too_short(past: Floats, ahead: int) -> str:
    return (
        f"Not enough data for an interval: {len(past)} periods are known without a gap, too few to have tried forecasts"
        f" over {ahead} period{'s' * (ahead != 1)} often enough. The figure is carried on as it was lastly."
    )
