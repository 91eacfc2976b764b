"""Does the ranking put those first for whom it makes a difference? Uplift and Qini curves, their areas, and how sure they are."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from keepwell.errors import ModelError
from keepwell.prove import sound
from keepwell.prove.crossfit import Figure, Floats, Places, Z, around

Kind = Literal["uplift", "qini"]
DEFINITIONS: dict[str, str] = {
    "uplift": (
        "Customers in order of the effect foretold, highest first. Height at k: (share of yes among the treated of the first k, "
        "less that among the held out of them) times k. AUUC: area between this curve and the straight line to its end, divided "
        "by the same area of the best order possible. 0 is an order by chance, 1 the best; below 0 the order is upside down. "
        "Customers with the same number foretold share one point of the curve."
    ),
    "qini": (
        "Customers in order of the effect foretold, highest first. Height at k: yeses among the treated of the first k, less "
        "those among the held out of them times (treated / held out of the first k). Qini: area between this curve and the "
        "straight line to its end, divided by the same area of the best order possible. 0 is an order by chance, 1 the best; "
        "below 0 the order is upside down. Customers with the same number foretold share one point of the curve."
    ),
    "gain": (
        "Customers in order of the effect foretold, highest first. Height at q: what treating the first share q adds, per "
        "customer of all, by doubly robust scores from known propensities. Area: mean height above the straight line to the end."
    ),
}
"""What each curve and area is, to be printed beside it."""
_DRAWS = 200
_SHOWN = 101


def curve(kind: Kind, outcome: Floats, treated: Places, uplift: Floats) -> tuple[Floats, Floats]:
    """
    Customers taken, and the height there; begins at 0, ends with all.

    Args:
        kind: See DEFINITIONS (Radcliffe 2007 for Qini; Devriendt et al. 2020 for both).
        outcome: Of each customer, shape (n,).
        treated: 1, or 0 where held out.
        uplift: What was foretold; equal ones share one point.
    """
    _checked(kind, outcome, treated, uplift)
    return _Order(kind, outcome, treated, uplift).curve(np.ones(len(outcome)))


def _heights(kind: Kind, outcome: Floats, treated: Places, counts: Floats, ends: Places) -> tuple[Floats, Floats]:
    """The curve of customers already in order, told at the places *ends*."""
    on = treated == 1
    many, held = (np.cumsum(np.where(part, counts, 0.0))[ends] for part in (on, ~on))
    yes, yes_held = (np.cumsum(np.where(part, counts * outcome, 0.0))[ends] for part in (on, ~on))
    if kind == "qini":
        height = yes - yes_held * _share(many, held)
    else:
        height = (_share(yes, many) - _share(yes_held, held)) * (many + held)
    return np.append(0.0, many + held), np.append(0.0, height)


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _best(kind: Kind, outcome: Floats, treated: Places) -> Floats:
    """The order nobody could better, knowing what came of everybody: as scikit-uplift has it."""
    if kind == "qini":
        return outcome * (2 * treated - 1)
    held_yes, treated_no = ((outcome == 1) & (treated == 0)).sum(), ((outcome == 0) & (treated == 1)).sum()
    return 2.0 * (outcome == treated) + (outcome if held_yes > treated_no else treated)


class _Order:
    """One order under many weightings of the customers; sorted once."""

    def __init__(self, kind: Kind, outcome: Floats, treated: Places, uplift: Floats) -> None:
        self.kind: Kind = kind
        self.order = np.argsort(-uplift, kind="stable")
        self.ends = np.append(np.flatnonzero(np.diff(uplift[self.order])), len(uplift) - 1)
        self.outcome, self.treated = outcome[self.order], treated[self.order]

    def curve(self, weight: Floats) -> tuple[Floats, Floats]:
        """Customers taken and height, each customer counting as often as *weight* says."""
        return _heights(self.kind, self.outcome, self.treated, weight[self.order], self.ends)

    def above(self, weight: Floats) -> float:
        """Area between the curve and the straight line to its end."""
        x, y = self.curve(weight)
        return float(np.trapezoid(y, x) - x[-1] * y[-1] / 2)


def coefficient(kind: Kind, outcome: Floats, treated: Places, uplift: Floats) -> float:
    """
    AUUC or Qini of an order, as DEFINITIONS says.

    Args:
        kind: "uplift" or "qini".
        outcome: 1 or 0 of each customer.
        treated: 1, or 0 where held out.
        uplift: What was foretold.

    Raises:
        KeepwellError: The outcome is not only yes or no, one arm is empty, or some number is unknown or infinite.
    """
    _checked(kind, outcome, treated, uplift)
    once = np.ones(len(outcome))
    best = _Order(kind, outcome, treated, _best(kind, outcome, treated)).above(once)
    return _Order(kind, outcome, treated, uplift).above(once) / best if best else float("nan")


def area(
    kind: Kind, outcome: Floats, treated: Places, uplift: Floats, *, chance: np.random.Generator, draws: int = _DRAWS
) -> Figure:
    """
    AUUC or Qini with its interval at 95 %, by drawing the customers again with replacement.

    Args:
        kind: "uplift" or "qini".
        outcome: 1 or 0 of each customer.
        treated: 1, or 0 where held out.
        uplift: What was foretold by those who had not seen the customer.
        chance: Draws.
        draws: How many times.

    Raises:
        ModelError: See coefficient.
    """
    sound.count("Draws", draws, 2)
    value, n = coefficient(kind, outcome, treated, uplift), len(outcome)
    told, best = _Order(kind, outcome, treated, uplift), _Order(kind, outcome, treated, _best(kind, outcome, treated))
    found = []
    for _draw in range(draws):
        weight = np.bincount(chance.integers(0, n, n), minlength=n).astype("float64")
        possible = best.above(weight)
        found.append(told.above(weight) / possible if possible else np.nan)
    return around(value, float(np.nanstd(found, ddof=1)), n)


def _checked(kind: Kind, outcome: Floats, treated: Places, uplift: Floats) -> None:
    if kind not in ("uplift", "qini"):
        raise ModelError(f"There is no curve {kind!r}.", 'Wanted: "uplift" or "qini".', "Name one of them.")
    sound.known("The outcome", outcome)
    sound.known("Who is treated", treated, (len(outcome),))
    sound.known("What was foretold", uplift, (len(outcome),))
    if not np.isin(treated, (0, 1)).all():
        raise ModelError(
            "Somebody is neither treated nor held out.", "Wanted: 1 or 0.", "Compare one arm with control."
        )
    if not np.isin(outcome, (0, 1)).all():
        raise ModelError(
            "AUUC and Qini are of outcomes of yes or no; this one is a number.",
            "Wanted: 1 or 0.",
            "Use the gain instead.",
        )
    if not 0 < treated.sum() < len(treated):
        raise ModelError("Nobody is treated, or nobody held out.", "Wanted: both.", "Hold some customers out.")


@dataclass(frozen=True)
class Gain:
    """
    What an order is worth in the outcome's own unit.

    Args:
        curve: Columns share (of customers treated, best first), gain (per customer of all), low, high, random.
        area: Mean height above the straight line; above 0 the order tells customers apart.
    """

    curve: pd.DataFrame
    area: Figure


def gain(added: Floats, uplift: Floats) -> Gain:
    """
    What treating the first by the order adds; for any outcome, any propensities, and net of cost if *added* is.

    The band is that of the policy "treat down to here"; the area's error is by its influence function.

    Args:
        added: Score of the arm less that of control for each unit (crossfit.scores), shape (n,).
        uplift: What was foretold by those who had not seen the unit.
    """
    sound.known("What was foretold", uplift)
    sound.known("The scores", added, (len(uplift),))
    n = len(added)
    order = np.argsort(-uplift, kind="stable")
    starts = np.append(0, np.flatnonzero(np.diff(uplift[order])) + 1)
    size = np.diff(np.append(starts, n))
    equal = np.repeat(np.add.reduceat(added[order], starts) / size, size)  # equals stand in no order
    height = np.append(0.0, np.cumsum(equal)) / n
    squares = np.append(0.0, np.cumsum(np.repeat(np.add.reduceat(added[order] ** 2, starts) / size, size))) / n
    at = np.unique(np.rint(np.linspace(0, n, _SHOWN)).astype("int64"))
    error = np.sqrt(np.maximum(squares - height**2, 0.0) / n)[at]
    mean = height[at]
    shown = pd.DataFrame({"share": at / n, "gain": mean, "low": mean - Z * error, "high": mean + Z * error})
    return Gain(shown.assign(random=shown["share"] * height[-1]), _above(added[order], height, starts, size))


def _above(added: Floats, height: Floats, starts: Places, size: Places) -> Figure:
    """
    The area above the straight line, E[added x (1/2 - rank)], with its error.

    A unit counts by its own score and by moving the rank of those below it; both are in its influence.
    """
    n = len(added)
    middle = np.repeat(starts + size / 2, size) / n
    total = height[-1]
    value = float((added * (0.5 - middle)).mean())
    below = np.repeat(total - (height[starts] + height[starts + size]) / 2, size)
    own = added * (0.5 - middle) - value
    moved = (added * middle).mean() - below
    return around(value, float((own + moved).std() / np.sqrt(n)), n)
