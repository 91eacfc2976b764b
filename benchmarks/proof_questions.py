"""What is asked of the proof? A scorecard of five metrics, and time to churn, of customers in two arms."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Columns = dict[str, NDArray[np.float64]]

SEED = 4
SCORECARD = {
    "scorecard": "scorecard: four means, a ratio, a mean adjusted for one covariate",
    "adjusted": "the same with each mean adjusted for three covariates",
}
SURVIVAL = {
    "log_rank": "do the arms leave at the same pace (log-rank)",
    "cox": "hazard ratio (Cox)",
    "days": "share kept at the horizon and mean days kept, by arm",
    "survival": "all three",
}
METRICS = ("retained", "spend", "orders", "visits")
BEFORE = ("spend_before", "orders_before", "visits_before")
DAYS, OPEN = 180, 120
"""Days from the first assignment to the look, and on how many of them customers were assigned."""
HORIZON = 60


def customers(rows: int) -> Columns:
    """
    Customers four of five of whom are treated: what they did, what they had done before, and how long they stayed.

    Args:
        rows: How many.

    Returns:
        treated and ended (0, 1), duration (days, as many as are known), METRICS and BEFORE.
    """
    chance = np.random.default_rng(SEED)
    treated = (chance.random(rows) < 0.8).astype("float64")
    busy = chance.gamma(1.5, 1, rows)
    told = {"treated": treated}
    for name, mean in (("orders", 1.2), ("visits", 4.0)):
        told[f"{name}_before"] = chance.poisson(busy * mean).astype("float64")
        told[name] = chance.poisson(busy * mean * (1 + 0.01 * treated)).astype("float64")
    for name in ("spend_before", "spend"):
        counted = told[name.replace("spend", "orders")]
        told[name] = np.round(counted * chance.lognormal(3, 0.6, rows), 2)
    leaves = np.floor(chance.exponential(1, rows) * 240 * (1 + 0.02 * treated))
    known = np.floor(DAYS - 1 - chance.random(rows) * OPEN)
    told["retained"] = (leaves > HORIZON).astype("float64")
    return told | {"duration": np.minimum(leaves, known), "ended": (leaves <= known).astype("float64")}


def kept(folder: Path) -> Columns:
    """The customers that were made."""
    with np.load(folder / "customers.npz") as held:
        return {name: held[name] for name in held.files}
