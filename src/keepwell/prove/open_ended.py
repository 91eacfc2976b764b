"""May one look for ever? Always-valid intervals for plays without an end, and a test at a review beside them."""

import math
from collections.abc import Sequence
from typing import Literal

from scipy.special import ndtri

from keepwell.errors import KeepwellError
from keepwell.prove import sound
from keepwell.prove.sequential import Look, Standing, standing

Side = Literal["both", "above", "below"]

RUNNING = 0.1
"""Of the chance of a false alarm, what the hybrid gives to looking at any time; the rest is for the review."""


def boundary(information: float, tuned: float, alpha: float = 0.05, side: Side = "both") -> float:
    """
    How many standard errors from zero an estimate must be at any time, so that looking for ever is wrong with chance *alpha*.

    Args:
        information: What the estimate rests on now: customers of both arms, or events.
        tuned: Where the interval is about as narrow as it gets, in the same unit; see tuning().
        alpha: Chance of a false alarm over all time.
        side: "both", or the one direction asked for.

    Raises:
        KeepwellError: Nobody is in the experiment, or it is tuned to nobody.

    Source: normal-mixture sequence of Robbins (1970), as Waudby-Smith et al. (2021), arXiv 2103.06476, and GrowthBook have it.
    """
    sound.chance("The chance of a false alarm", alpha)
    if not (0 < information < math.inf and 0 < tuned < math.inf):
        raise KeepwellError(
            f"Always-valid looks at {information:g}, tuned to {tuned:g}.",
            "Both must be above 0.",
            "Look when there are customers, and state how many are expected.",
        )
    grown = _mixing(alpha if side == "both" else 2 * alpha) * information / tuned + 1
    tail = math.log(math.sqrt(grown) / alpha) if side == "both" else math.log1p(math.sqrt(grown) / (2 * alpha))
    return math.sqrt(2 * grown / (grown - 1) * tail)


def p_value(z: float, information: float, tuned: float, alpha: float = 0.05) -> float:
    """
    The chance that the evidence was ever this strong were there no effect; the smallest seen so far stays valid.

    It is below *alpha* exactly when z is beyond boundary().

    Args:
        z: Estimate over standard error.
        information: As for boundary().
        tuned: As for boundary().
        alpha: The chance the mixture was tuned with.
    """
    sound.chance("The chance of a false alarm", alpha)
    sound.known("The evidence", [z])
    grown = _mixing(alpha) * sound.above("Information", information) / sound.above("What it is tuned to", tuned) + 1
    return min(1.0, math.sqrt(grown) * math.exp(-(z**2) * (grown - 1) / (2 * grown)))


def tuning(planned: float, share: float = 1.0) -> float:
    """
    Where to tune the intervals of a play that expects so many customers by its review.

    Args:
        planned: Customers (or events) at the review.
        share: Of them, 1/4 to 1: small finds large effects early, 1 loses least at the review.

    Raises:
        KeepwellError: A share outside 1/4 to 1; there the intervals would be needlessly wide.
    """
    if not 0.25 <= share <= 1:
        raise KeepwellError(
            f"Always-valid intervals tuned to {share:g} of the plan.",
            "Between a quarter of it and all of it they are narrow enough to find something.",
            "Choose a share between 0.25 and 1.",
        )
    return sound.above("What is expected by the review", planned) * share


def follow(
    looks: Sequence[Look], planned: float, *, alpha: float = 0.05, hybrid: bool = True, share: float = 1.0
) -> list[Standing]:
    """
    What could be said after each look at a play without an end.

    The hybrid looks at any time with a tenth of *alpha* and tests once with the rest, at its review:
    the first look with at least *planned* information, or the one that is its last. After the review always-valid looks go on.
    After an effect, and after a look that is the last or at which the play was stopped, what was said stands.

    Args:
        looks: In order.
        planned: Customers (or events) expected at the review.
        alpha: Chance of a false alarm over all time, two-sided.
        hybrid: Whether there is a review; without, always-valid looks alone have all of *alpha*.
        share: As for tuning().
    """
    sound.chance("The chance of a false alarm", alpha)
    running, tuned = alpha * RUNNING if hybrid else alpha, tuning(planned, share)
    told: list[Standing] = []
    reviewed = not hybrid
    for number, look in enumerate(looks, 1):
        if told and told[-1].final:
            told.append(told[-1])
            continue
        needed = boundary(look.information, tuned, running)
        if not reviewed and (look.information >= planned or look.last):
            reviewed, needed = True, min(needed, -float(ndtri((alpha - running) / 2)))
        told.append(standing(look, look.information / planned, needed, number, final=look.last or look.stopped))
    return told


def _mixing(alpha: float) -> float:
    """By what the mixture's variance grows up to where it is tuned."""
    surprise = -2 * math.log(alpha)
    return surprise + math.log(surprise + 1)
