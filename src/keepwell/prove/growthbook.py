"""Which variation would GrowthBook show? Its second hash, for companies that assign on their pages with it already."""

from collections.abc import Sequence
from itertools import accumulate

from keepwell.errors import KeepwellError

_START, _PRIME, _WORD = 0x811C9DC5, 0x01000193, 0xFFFFFFFF
_NEAR_ONE = 0.01
"""Weights that miss one by more are taken for a mistake, and all variations weigh the same."""


def hashed(seed: str, value: str, version: int = 2, *, dependent: bool = False) -> float:
    """
    GrowthBook's number of a unit, 0 to .9999 in steps of .0001 (version 1: of .001).

    Version 2 is FNV-1a of 32 bits over seed and value, written in decimal, and FNV-1a of that again. Version 1 is FNV-1a
    once over value and seed: who is in one experiment says much about who is in another.

    Args:
        seed: What GrowthBook calls the seed of an experiment.
        value: Id of the unit.
        version: 2; 1 is refused.
        dependent: Whether version 1 is answered all the same, to read old assignments.

    Raises:
        KeepwellError: Version 1, unless asked for; any other version but 2.

    Source: the published SDK's behaviour, letters as the UTF-16 units a page sees.
    """
    if version == 2:
        return _fnv(str(_fnv(seed + value))) % 10_000 / 10_000
    if version == 1 and dependent:
        return _fnv(value + seed) % 1_000 / 1_000
    if version == 1:
        raise KeepwellError(
            "GrowthBook's first hash does not draw experiments independently.",
            "Of 780 pairs of experiments on the same 100,000 people, 64.6 % depended on each other; 5 % would by chance.",
            "Set hashVersion to 2 in GrowthBook and start the experiment anew, as a new version.",
        )
    raise KeepwellError(f"GrowthBook has no hash {version!r}.", "There are 1 and 2.", "Use 2.")


def _fnv(text: str) -> int:
    """FNV-1a, 32 bits, over UTF-16 units; half letters count as pages count them."""
    units = text.encode("utf-16-le", "surrogatepass")
    number = _START
    for place in range(0, len(units), 2):
        number = ((number ^ int.from_bytes(units[place : place + 2], "little")) * _PRIME) & _WORD
    return number


def bucket_ranges(
    variations: int, coverage: float = 1.0, weights: Sequence[float] | None = None
) -> list[tuple[float, float]]:
    """
    The stretch [start, end) of 0 to 1 that each variation owns.

    Args:
        variations: How many.
        coverage: Share of each stretch that takes part, brought into 0 to 1.
        weights: Shares; equal where they are missing, of another number, or do not add up to one within .01.
    """
    covered = min(max(coverage, 0.0), 1.0)
    right = weights is not None and len(weights) == variations and abs(sum(weights) - 1) <= _NEAR_ONE
    shares = list(weights) if weights is not None and right else [1 / variations] * max(variations, 0)
    starts = accumulate(shares, initial=0.0)
    return [(start, start + covered * share) for start, share in zip(starts, shares, strict=False)]


def chosen(number: float, ranges: Sequence[tuple[float, float]]) -> int | None:
    """
    The first variation whose stretch holds the number; None where none does.

    Args:
        number: From hashed().
        ranges: From bucket_ranges().
    """
    return next((place for place, (start, end) in enumerate(ranges) if start <= number < end), None)


def in_namespace(
    value: str, namespace: str, start: float, end: float, version: int = 2, *, dependent: bool = False
) -> bool:
    """
    Whether a unit lies in [start, end) of a namespace, so that experiments with other stretches never meet it.

    GrowthBook's own namespaces still draw with the first hash, so a page that uses them has other people in a stretch:
    there, ask with version 1 and dependent, and do not trust two experiments of one namespace to be independent of others.

    Args:
        value: Id of the unit.
        namespace: Its name.
        start: First number inside.
        end: First number outside.
        version: As for hashed().
        dependent: As for hashed().

    Raises:
        KeepwellError: As hashed().
    """
    return start <= hashed(f"__{namespace}", value, version, dependent=dependent) < end
