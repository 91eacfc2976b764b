"""What are the models of leaving asked? Whom of a telecom's customers they would lose, and how long a million customers stay."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.bool_]

TIMES = 5
"""How often the customers are parted into two halves, each told by what the other taught (5x2 cross-validation)."""
SEED = 7
SURVIVAL = {
    "kept": "share still there after every day, with its interval (Kaplan-Meier)",
    "differ": "do four kinds differ (log-rank)",
}
DAYS = 730
AFTER = (90, 365, 700)
"""Days after which shares and limits are compared."""


def halves(customers: int) -> Iterator[tuple[Rows, Rows]]:
    """Who teaches and who judges, the same for every contestant."""
    chance = np.random.default_rng(SEED)
    for _turn in range(TIMES):
        half = chance.permutation(customers) < customers // 2
        yield half, ~half
        yield ~half, half


def stays(rows: int) -> dict[str, NDArray[np.int64]]:
    """
    Customers of four kinds who leave at nearly the same pace, half of them before the end of what is known.

    Args:
        rows: How many.

    Returns:
        kind (0 to 3), days (1 to 730) and ended (0 or 1).
    """
    chance = np.random.default_rng(SEED)
    kind = chance.integers(0, 4, rows)
    leaves = np.ceil(chance.exponential(1, rows) * 500 * (1 + 0.004 * kind))
    known = chance.integers(1, DAYS + 1, rows)
    return {"kind": kind, "days": np.minimum(leaves, known).astype("int64"), "ended": (leaves <= known).astype("int64")}


def kept(folder: Path) -> dict[str, NDArray[np.int64]]:
    """The stays that were made."""
    with np.load(folder / "stays.npz") as held:
        return {name: held[name] for name in held.files}
