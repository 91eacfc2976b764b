"""Are the parameters found from which customers were simulated?"""

import numpy as np
import pandas as pd
import pytest

from keepwell.understand.buying import Buying
from keepwell.understand.dropout import BgNbd, MbgNbd
from keepwell.understand.pareto import ParetoNbd

PEOPLE, HUNDREDTHS, END = 40_000, 100, 60.0
"""Customers who came over 20 of 60 weeks; times in hundredths of weeks, so that hardly two purchases fall together."""


def simulated(kind: type[Buying], parameters: tuple[float, ...], *, seed: int) -> pd.DataFrame:
    """Histories by the account of the model itself, in hundredths of weeks."""
    chance = np.random.default_rng(seed)
    r, alpha, third, fourth = parameters
    came = chance.uniform(0, 20, PEOPLE)
    rate = np.maximum(chance.gamma(r, 1 / alpha, PEOPLE), 1e-12)
    if kind is ParetoNbd:
        end, coin = (
            came + chance.exponential(1 / np.maximum(chance.gamma(third, 1 / fourth, PEOPLE), 1e-12)),
            np.zeros(PEOPLE),
        )
    else:
        end, coin = np.full(PEOPLE, np.inf), chance.beta(third, fourth, PEOPLE)
    repeats, time, last = np.zeros(PEOPLE, np.int64), came.copy(), came.copy()
    here = np.flatnonzero(chance.random(PEOPLE) >= coin) if kind is MbgNbd else np.arange(PEOPLE)
    while len(here):
        time[here] += chance.exponential(1 / rate[here])
        here = here[(time[here] < END) & (time[here] < end[here])]
        repeats[here] += 1
        last[here] = time[here]
        here = here[chance.random(len(here)) >= coin[here]]
    recency = np.where(repeats > 0, np.maximum(np.rint((last - came) * HUNDREDTHS), 1), 0).astype("int64")
    age = np.maximum(np.rint((END - came) * HUNDREDTHS).astype("int64"), recency)
    return pd.DataFrame({"repeats": repeats, "recency_days": recency, "age_days": age})


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        (BgNbd, (0.243, 4.414, 0.793, 2.426)),
        (MbgNbd, (0.525, 6.183, 0.891, 1.614)),
        pytest.param(ParetoNbd, (0.553, 10.578, 0.606, 11.669), marks=pytest.mark.slow),
        pytest.param(ParetoNbd, (2.0, 3.0, 1.0, 20.0), marks=pytest.mark.slow),
    ],
)
def test_parameters_are_found_again(kind, parameters):
    """All four within three standard errors."""
    made = kind(unit_days=HUNDREDTHS).fit(simulated(kind, parameters, seed=1))
    off = np.array(list(made.parameters_.values())) - parameters
    assert (np.abs(off) < 3 * np.array(list(made.standard_errors.values()))).all()
