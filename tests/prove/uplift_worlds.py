"""Invented trials of which the effect on each customer is known."""

import numpy as np
import pandas as pd

from keepwell.prove.crossfit import Log

ARMS = ("control", "treat")


def trial(n: int, effect, *, seed: int = 0, kind: str = "yes", share: float = 0.5) -> tuple[Log, np.ndarray]:
    """
    The log of a trial and the true effect on each unit.

    Five standard normal columns a to e; b moves the outcome, *effect* (of the columns) is what treating adds: to the
    chance of a yes (kind "yes", 30 % when left alone and b is 0), or to money (kind "money", scatter 10).
    """
    chance = np.random.default_rng(seed)
    columns = pd.DataFrame(chance.normal(size=(n, 5)), columns=list("abcde"))
    place = (chance.random(n) < share).astype("int64")
    added = effect(columns).to_numpy("float64") if callable(effect) else np.full(n, float(effect))
    if kind == "yes":
        alone = np.clip(0.3 + 0.08 * columns["b"].to_numpy(), 0.1, 0.6)
        added = np.clip(alone + added, 0, 1) - alone
        outcome = (chance.random(n) < alone + added * place).astype("float64")
    else:
        outcome = 20 + 5 * columns["b"].to_numpy() + added * place + chance.normal(0, 10, n)
    return Log(columns, place, outcome, np.where(place == 1, share, 1 - share), ARMS), added
