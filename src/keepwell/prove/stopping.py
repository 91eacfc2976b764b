"""How much too large is an effect that ended its own experiment, and what may be booked instead?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from keepwell.errors import KeepwellError
from keepwell.prove import sound
from keepwell.prove.sequential import TOO_SOON, Walk, interval, start

BOOKING = (
    "Keep the holdout after the roll-out and book what it shows from then on; "
    "the figure at which the play was stopped is too large on average."
)
HARDLY = 1.05
"""Below so many times the truth nobody is misled."""


@dataclass(frozen=True)
class Stopping:
    """
    What looking does to an experiment whose true effect is known.

    Args:
        power: Chance that an effect is declared.
        exaggeration: Size of the declared effects over the true one, on average; nan where none is ever declared or there is no effect.
        wrong_sign: Share of declared effects that point the wrong way.
        share: Of the plan used until it stops, on average; at most the last look's.
        stops: Chance that it stops with an effect, look by look.
        exaggerations: As exaggeration, of those that stop at each look.
    """

    power: float
    exaggeration: float
    wrong_sign: float
    share: float
    stops: tuple[float, ...]
    exaggerations: tuple[float, ...]


@dataclass(frozen=True)
class Booking:
    """
    What may be credited to a play.

    Args:
        estimate: Treated minus held out since the decision; nan where nobody is held out any more.
        error: Its standard error.
        low: Lower end of the 95 % interval; -inf where nothing is known.
        high: Upper end.
        sentence: For people.
    """

    estimate: float
    error: float
    low: float
    high: float
    sentence: str


def at_stopping(shares: Sequence[float], boundaries: Sequence[float], drift: float) -> Stopping:
    """
    What comes of looking with these boundaries, by exact recursion, without simulation.

    Args:
        shares: Of the plan, at each look, growing.
        boundaries: In standard errors.
        drift: The z expected at share 1: the true effect over its standard error then.

    Raises:
        KeepwellError: The shares do not grow.
    """
    if any(later < sooner * (1 + TOO_SOON) for sooner, later in zip((0, *shares), shares, strict=False)) or not shares:
        raise KeepwellError(
            "Looks whose shares of the plan do not grow.",
            "Each look must rest on more than the one before.",
            "Leave out looks that brought nothing new.",
        )
    sound.known("The shares of the plan", shares)
    sound.known("The boundaries", boundaries, (len(shares),))
    sound.known("The drift", [drift])
    walk, up, down, size = start(drift), [], [], []
    for index, (share, boundary) in enumerate(zip(shares, boundaries, strict=True)):
        up.append(walk.above(share, boundary))
        down.append(walk.below(share, boundary))
        size.append((_score(walk, share, boundary) + _score(walk.mirrored(), share, boundary)) / share)
        following = shares[index + 1] - share if index + 1 < len(shares) else share
        walk = walk.on(share, boundary, following)
    stops = [above + below for above, below in zip(up, down, strict=True)]
    power, wrong = sum(stops), sum(down if drift > 0 else up)
    used = sum(share * chance for share, chance in zip(shares, stops, strict=True)) + (1 - power) * shares[-1]
    return Stopping(
        power,
        _over(sum(size), power * abs(drift)),
        _over(wrong, power),
        used,
        tuple(stops),
        tuple(_over(part, chance * abs(drift)) for part, chance in zip(size, stops, strict=True)),
    )


def drift_for(shares: Sequence[float], boundaries: Sequence[float], power: float = 0.8) -> float:
    """
    The z that must be expected at share 1 for looks to find an effect that often.

    Args:
        shares: Of the plan, at each look.
        boundaries: In standard errors.
        power: Chance of finding it, above what comes by chance alone and below 1.

    Raises:
        KeepwellError: These looks find nothing that often, whatever the effect.
    """
    low, high = 0.0, 20.0
    if not at_stopping(shares, boundaries, low).power < power < at_stopping(shares, boundaries, high).power:
        raise KeepwellError(
            f"A chance of {power:g} to find an effect.",
            "It must be above the chance of a false alarm and below 1.",
            "0.8 is usual.",
        )
    while high - low > 1e-7:
        middle = (low + high) / 2
        low, high = (middle, high) if at_stopping(shares, boundaries, middle).power < power else (low, middle)
    return high


def inflation(shares: Sequence[float], boundaries: Sequence[float], power: float = 0.8, alpha: float = 0.05) -> float:
    """
    How many times as many customers looking needs at most, beside an experiment looked at once, for the same power.

    Args:
        shares: Of the plan, at each look.
        boundaries: In standard errors.
        power: Chance of finding the effect.
        alpha: Chance of a false alarm, two-sided, of both.
    """
    sound.chance("The chance of a false alarm", alpha)
    once = drift_for([1.0], [-float(ndtri(alpha / 2))], power)
    return (drift_for(shares, boundaries, power) / once) ** 2


def warning(shares: Sequence[float], boundaries: Sequence[float], drift: float) -> str:
    """
    The sentence that stands beside an effect which ended its experiment.

    Args:
        shares: Of the plan, at each look up to the one that declared the effect.
        boundaries: Of those looks.
        drift: The z expected at share 1 from the effect that was planned for.
    """
    planned, half = (at_stopping(shares, boundaries, part * drift).exaggerations[-1] for part in (1, 0.5))
    where = "at the planned end" if shares[-1] >= 1 else f"at {shares[-1]:.0%} of the plan"
    if half < HARDLY:
        return f"An effect found only {where} is hardly exaggerated."
    if planned < HARDLY:
        return f"Effects found {where} look {half:.1f} times as large as they are, on average, if the truth is half of what was planned for. {BOOKING}"
    return (
        f"Effects found {where} look {planned:.1f} times as large as they are, on average, if the truth is what was planned for, "
        f"and {half:.1f} times if it is half of that. {BOOKING}"
    )


def book(estimate: float, error: float, *, won: float) -> Booking:
    """
    What is credited to a play after its decision: what the customers held out since then show, looked at afresh.

    Args:
        estimate: Treated minus held out, of customers and days after the decision only; nan where nobody was held out.
        error: Its standard error.
        won: The estimate at which the play was stopped.
    """
    low, high = interval(estimate, error, -float(ndtri(0.025)))
    if math.isinf(low):
        return Booking(
            math.nan, math.nan, low, high, "Nothing can be booked: nobody has been held out since the decision."
        )
    if low <= 0 <= high:
        said = "The customers held out since the decision do not show the effect with certainty yet: its interval includes none at all."
        return Booking(estimate, error, low, high, said)
    said = (
        "Booked is what the customers held out since the decision show, not the figure at which the play was stopped."
    )
    ratio = won / estimate
    return Booking(
        estimate, error, low, high, f"{said} That one was {ratio:.1f} times as large." if ratio >= HARDLY else said
    )


def _score(walk: Walk, share: float, boundary: float) -> float:
    """The mean score of those who cross above at that look, times the chance of it."""
    step = share - walk.at
    mean, width = walk.nodes + walk.drift * step, math.sqrt(step)
    far = (mean - boundary * math.sqrt(share)) / width
    return float(walk.mass @ (mean * ndtr(far) + width / math.sqrt(2 * math.pi) * np.exp(-(far**2) / 2)))


def _over(part: float, whole: float) -> float:
    return part / whole if whole > 0 else math.nan
