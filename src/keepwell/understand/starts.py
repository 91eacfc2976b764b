"""Where should an ascent begin? At the highest of a few places, and from the next ones where that leads nowhere."""

from collections.abc import Iterable

import numpy as np

from keepwell.errors import ModelError
from keepwell.understand.ascent import Floats, Summit, Surface, climb

_TRIES = 3


def climb_from(surface: Surface, places: Iterable[Floats]) -> Summit:
    """
    The summit reached from the highest of several places that leads to one.

    Args:
        surface: Over the parameters (see ascent.climb).
        places: Parameters to begin with, above 0; at most three are tried.

    Raises:
        ModelError: None of them leads to a summit; what the highest one said.
    """
    with np.errstate(all="ignore"):
        heights = [(float(surface(place)[0]), place) for place in places]
    known = sorted((pair for pair in heights if np.isfinite(pair[0])), key=lambda pair: -pair[0])
    first: ModelError | None = None
    for _height, place in known[:_TRIES]:
        try:
            return climb(surface, place)
        except ModelError as refused:
            first = first or refused
    raise first or ModelError(
        "The likelihood is not defined anywhere near.", "", "Check the data for impossible values."
    )
