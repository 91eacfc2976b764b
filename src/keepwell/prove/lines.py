"""Which straight line foretells a number, and how steep dares it be? Ridge regression whose caution the data choose."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keepwell.prove import sound

Floats = NDArray[np.float64]
_CAUTION = np.append(np.logspace(-1, 6, 29), np.inf)
"""Penalties tried, in units; the last allows no slope at all."""


@dataclass(frozen=True)
class Line:
    """
    A line in standardised columns; unknown is the average, and has a slope of its own.

    Args:
        low: Below that a column is told as that, shape (k,).
        high: Above that likewise.
        middle: Mean of each column.
        spread: Standard deviation of each column.
        slopes: Of the columns, of their being unknown, and the start, shape (2 k + 1,).
    """

    low: Floats
    high: Floats
    middle: Floats
    spread: Floats
    slopes: Floats

    @classmethod
    def learn(cls, columns: Floats, outcome: Floats) -> "Line":
        """
        Ridge regression, the penalty chosen by generalised cross-validation (Golub, Heath & Wahba 1979, Technometrics 21).

        Extremes beyond the first and last hundredth are drawn in.

        Args:
            columns: Shape (n, k), unknown being NaN.
            outcome: Any number, shape (n,).
        """
        sound.known("The outcome", outcome, (len(columns),))
        sound.known(
            "What it is foretold from", np.nan_to_num(columns, nan=0.0, posinf=np.inf, neginf=-np.inf), (None, None)
        )
        there = np.where(np.isnan(columns).all(axis=0), 0.0, columns)
        low, high = np.nanquantile(there, [0.01, 0.99], axis=0)
        flat = low == high  # rare flags: drawing in would make them vanish
        low, high = np.where(flat, np.nanmin(there, axis=0), low), np.where(flat, np.nanmax(there, axis=0), high)
        held = np.clip(there, low, high)
        middle, spread = np.nanmean(held, axis=0), np.nanstd(held, axis=0)
        line = cls(low, high, middle, np.where(spread > 0, spread, 1.0), np.zeros(2 * columns.shape[1] + 1))
        seen = line._seen(columns)
        usual, start = seen.mean(axis=0), float(outcome.mean())
        slopes = _cautious(seen - usual, outcome - start)
        return cls(low, high, middle, line.spread, np.append(slopes, start - usual @ slopes))

    def _seen(self, columns: Floats) -> Floats:
        unknown = np.isnan(columns)
        inside = np.clip(np.where(unknown, self.middle, columns), self.low, self.high)
        return np.hstack([(inside - self.middle) / self.spread, unknown.astype("float64")])

    def expected(self, columns: Floats) -> Floats:
        """What it foretells, shape (n,)."""
        return self._seen(columns) @ self.slopes[:-1] + self.slopes[-1]

    def plain(self) -> dict[str, Any]:
        """As JSON can hold it once arrays are lists, to be given to the constructor."""
        return dict(vars(self))


def _cautious(seen: Floats, outcome: Floats) -> Floats:
    """Slopes of centred columns under the penalty that promises to foretell best."""
    size, turned = np.linalg.eigh(seen.T @ seen)
    size = np.clip(size, 0.0, None)
    along = turned.T @ (seen.T @ outcome)
    shrunk = 1 / (size + _CAUTION[:, None])  # a row per penalty; without any slope it is 0
    fitted = (2 * shrunk - shrunk**2 * size) @ along**2
    free = len(outcome) - 1 - (size * shrunk).sum(axis=1)
    missed = np.where(free > 0, (outcome @ outcome - fitted) / np.maximum(free, 1e-9) ** 2, np.inf)
    return np.asarray(turned @ (along * shrunk[int(np.argmin(missed))]), "float64")
