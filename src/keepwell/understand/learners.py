"""Which columns go with leaving, and how strongly? A logistic line and small trees behind one face; both tell their parts exactly."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from keepwell.errors import MissingExtraError
from keepwell.understand.calibration import logistic

Floats = NDArray[np.float64]
_RIDGE = 1.0
"""What a slope of 1 per standard deviation costs, in half customers' worth of log-likelihood."""
_TREES = {
    "objective": "binary", "learning_rate": 0.03, "min_data_in_leaf": 50, "lambda_l2": 10.0, "max_bin": 63, "verbosity": -1,
    "deterministic": True, "force_row_wise": True, "seed": 0, "num_threads": 1,
}  # fmt: skip
# One thread: two that wait for each other burn several times the work where the machine is busy; the numbers are the same.
_ROUNDS, _LARGE = 200, 20_000
"""How many trees, and from how many rows on they may be larger and learn faster."""


class Learner(Protocol):
    """What learned to rank by columns, missing values being NaN."""

    @classmethod
    def learn(cls, columns: Floats, share: Floats, weight: Floats) -> Self:
        """From columns (n, k), the share of each row's customers who left, and how many they are."""

    def log_odds(self, columns: Floats) -> Floats:
        """The log-odds of leaving, shape (n,)."""

    def parts(self, columns: Floats) -> Floats:
        """What each column adds to the log-odds beside the average, shape (n, k); with the average they sum to them."""

    def plain(self) -> dict[str, Any]:
        """As JSON can hold it, to be given to the constructor."""


@dataclass(frozen=True)
class Logistic:
    """
    A line in standardised columns; unknown is the average, and has a slope of its own.

    Args:
        low: Below that a column is told as that, shape (k,).
        high: Above that likewise.
        middle: Mean of each column.
        spread: Standard deviation of each column.
        slopes: Of the columns, of their being unknown, and the start, shape (2 k + 1,).
        usual: Mean of the columns as the line sees them, shape (2 k,).
    """

    low: Floats
    high: Floats
    middle: Floats
    spread: Floats
    slopes: Floats
    usual: Floats

    @classmethod
    def learn(cls, columns: Floats, share: Floats, weight: Floats) -> "Logistic":
        """Ridge logistic regression; extremes beyond the first and last hundredth are drawn in."""
        some = ~np.isnan(columns).all(axis=0)
        there = np.where(some, columns, 0.0)
        low, high = np.nanquantile(there, [0.01, 0.99], axis=0)
        flat = low == high  # rare flags: drawing in would make them vanish
        low, high = np.where(flat, np.nanmin(there, axis=0), low), np.where(flat, np.nanmax(there, axis=0), high)
        held = np.clip(there, low, high)
        middle, spread = np.nanmean(held, axis=0), np.nanstd(held, axis=0)
        blank = np.zeros(columns.shape[1])
        line = cls(low, high, middle, np.where(spread > 0, spread, 1.0), blank, blank)
        seen = line._seen(columns)
        usual = weight @ seen / weight.sum()
        with_start = np.hstack([seen, np.ones((len(seen), 1))])
        ridge = np.append(np.full(seen.shape[1], _RIDGE), 1e-6)
        slopes = logistic(with_start, share, weight, ridge, np.zeros(len(ridge)))
        return cls(low, high, middle, line.spread, slopes, usual)

    def _seen(self, columns: Floats) -> Floats:
        unknown = np.isnan(columns)
        inside = np.clip(np.where(unknown, self.middle, columns), self.low, self.high)
        return np.hstack([(inside - self.middle) / self.spread, unknown.astype("float64")])

    def log_odds(self, columns: Floats) -> Floats:
        """See Learner."""
        return self._seen(columns) @ self.slopes[:-1] + self.slopes[-1]

    def parts(self, columns: Floats) -> Floats:
        """See Learner; the part of a column and that of its being unknown are one."""
        both = (self._seen(columns) - self.usual) * self.slopes[:-1]
        return both[:, : columns.shape[1]] + both[:, columns.shape[1] :]

    def plain(self) -> dict[str, Any]:
        """See Learner."""
        return dict(vars(self))


def _lightgbm() -> Any:
    try:
        import lightgbm
    except OSError as fault:
        raise MissingExtraError(
            f"LightGBM does not load: {fault}.",
            "It needs the system's OpenMP library, libgomp.",
            "Install it, on Debian or Ubuntu with: apt-get install libgomp1",
        ) from fault
    return lightgbm


@dataclass(frozen=True)
class Trees:
    """
    Two hundred small trees.

    Args:
        text: LightGBM's own text.
    """

    text: str

    @classmethod
    def learn(cls, columns: Floats, share: Floats, weight: Floats) -> "Trees":
        """
        Gradient boosting by log loss, nothing drawn at random.

        Raises:
            MissingExtraError: A library of the system that LightGBM needs is not there.
        """
        lightgbm = _lightgbm()
        rows = np.vstack([columns, columns])  # a share of a group is some who left and some who stayed
        left = np.repeat([1.0, 0.0], len(columns))
        weights = np.concatenate([weight * share, weight * (1 - share)])
        some = weights > 0
        data = lightgbm.Dataset(
            rows[some], left[some], weight=weights[some], params={"verbosity": -1, "num_threads": 1}
        )
        larger = {"num_leaves": 15, "learning_rate": 0.06} if len(columns) >= _LARGE else {"num_leaves": 5}
        return cls(lightgbm.train({**_TREES, **larger}, data, _ROUNDS).model_to_string())

    @cached_property
    def _booster(self) -> Any:
        return _lightgbm().Booster(model_str=self.text)

    def log_odds(self, columns: Floats) -> Floats:
        """See Learner."""
        if not len(columns):  # LightGBM refuses to tell of nobody
            return np.zeros(0)
        return np.asarray(self._booster.predict(columns, raw_score=True, num_threads=1), "float64")

    def parts(self, columns: Floats) -> Floats:
        """Exact Shapley values of the trees (Lundberg et al. 2020, Nature Machine Intelligence 2)."""
        if not len(columns):
            return np.zeros(columns.shape)
        parts = self._booster.predict(columns, pred_contrib=True, num_threads=1)
        return np.asarray(parts, "float64")[:, :-1]

    def plain(self) -> dict[str, Any]:
        """See Learner."""
        return {"text": self.text}


LEARNERS: dict[str, type[Logistic | Trees]] = {"logistic": Logistic, "trees": Trees}
"""What can be tried, by name; the plainer one first."""
