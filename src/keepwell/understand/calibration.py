"""Does a number that ranks also say how often? Log-odds turned into chances that hold, by what happened."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_STEPS = 100
_FAR = 30.0
"""Log-odds beyond which nothing is told apart."""


def logistic(columns: Floats, share: Floats, weight: Floats, ridge: Floats, centre: Floats) -> Floats:
    """
    Coefficients of a logistic regression, by Newton's method with halved steps.

    Args:
        columns: Shape (n, k).
        share: Of each row's customers to whom it happened, 0 to 1, shape (n,).
        weight: Customers of each row, shape (n,).
        ridge: How much a coefficient costs that is 1 away from its centre, in half squares, shape (k,).
        centre: Where coefficients rest without data, shape (k,).
    """
    place = centre.copy()
    height = _height(columns, share, weight, ridge, place - centre, place)
    for _step in range(_STEPS):
        chance = chances(columns @ place)
        slope = columns.T @ (weight * (share - chance)) - ridge * (place - centre)
        bend = (columns * (weight * chance * (1 - chance))[:, None]).T @ columns + np.diag(ridge + 1e-9)
        step = np.linalg.solve(bend, slope)
        if np.abs(step).max() < 1e-10:
            break
        while (risen := _height(columns, share, weight, ridge, place + step - centre, place + step)) < height - 1e-12:
            step = step / 2
            if np.abs(step).max() < 1e-12:
                return place
        place, height = place + step, risen
    return place


def _height(columns: Floats, share: Floats, weight: Floats, ridge: Floats, away: Floats, place: Floats) -> float:
    """Log-likelihood less what the coefficients cost."""
    odds = columns @ place
    return float(weight @ (share * odds - np.logaddexp(0, odds)) - (ridge @ away**2) / 2)


def chances(odds: Floats) -> Floats:
    """Log-odds as chances."""
    return 1 / (1 + np.exp(-np.clip(odds, -_FAR, _FAR)))


def log_odds(chance: Floats) -> Floats:
    """Chances as log-odds, those near 0 and 1 drawn in."""
    inside = np.clip(chance, chances(np.array(-_FAR)), chances(np.array(_FAR)))
    return np.log(inside) - np.log1p(-inside)


def beta_map(odds: Floats, share: Floats, weight: Floats) -> Floats:
    """
    Three numbers a, b, c such that a log(p) - b log(1 - p) + c are the log-odds of what happened; a and b are at least 0.

    With little to learn from they stay near 1, 1 and the right total.

    Args:
        odds: The log-odds said, shape (n,).
        share: What happened, 0 to 1, shape (n,).
        weight: Customers of each row, shape (n,).

    Source: Kull, Silva Filho and Flach (2017), AISTATS, PMLR 54; a ridge of one customer is ours.
    """
    columns = _beta_columns(odds)
    ridge, centre = np.array([1.0, 1.0, 1e-6]), np.array([1.0, 1.0, 0.0])
    found = logistic(columns, share, weight, ridge, centre)
    if (found[:2] >= 0).all():
        return found
    held = np.array([1e12 if found[k] < 0 else ridge[k] for k in range(3)])
    centre[:2] = np.where(found[:2] < 0, 0.0, 1.0)
    return np.maximum(logistic(columns, share, weight, held, centre), [0, 0, -np.inf])


def calibrated(odds: Floats, beta: Floats) -> Floats:
    """
    Chances that hold.

    Args:
        odds: The log-odds said, shape (n,).
        beta: What beta_map() found.
    """
    return chances(_beta_columns(odds) @ beta)


def _beta_columns(odds: Floats) -> Floats:
    """log(p), -log(1 - p) and 1."""
    held = np.clip(odds, -_FAR, _FAR)
    return np.stack([-np.logaddexp(0, -held), np.logaddexp(0, held), np.ones_like(held)], axis=1)
