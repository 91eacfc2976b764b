"""Were last year's customers better than this year's? Models of buying by cohort, the small ones leaning on all others."""

from collections.abc import Iterable
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keepwell.errors import ModelError
from keepwell.understand.ascent import Place, Surface, ascend, over_logs
from keepwell.understand.buying import UNIT, Buying, by_unit, scaled_by_age
from keepwell.understand.cells import Cells
from keepwell.understand.covariates import under
from keepwell.understand.model import model, must_be
from keepwell.understand.part import Part
from keepwell.understand.process import Process

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

_ROUNDS, _STILL = 60, 1e-3
_BEFOREHAND = 0.2
"""How far cohorts' logarithms of parameters are believed to lie apart before any is seen; worth one cohort."""


@model
class BuyingByCohort(Buying):
    """
    Another model of buying, with parameters of their own for those who came in the same stretch of time.

    Cohorts' parameters are held to be spread around common ones (in logarithms, normally); how far, the data say.
    A cohort of which much is known keeps its own; one of which little is known leans on the others (partial pooling, by Laplace's method).

    Args:
        kind: Id of the model it rests on: bg_nbd, mbg_nbd or pareto_nbd.
        cohort_days: Length of the stretches, counted back from as_of: cohort 0 came in the last so many days.
        unit_days: As in Buying.
    """

    id = "buying_by_cohort"
    name = "Purchases by cohort"
    question = "Do later customers buy and stay as earlier ones did, and how many more purchases will each make?"
    assumes = (
        "As the model it rests on, within each cohort; cohorts are alike but for chance, none is known to be special."
    )
    misleads = "The newest cohort has hardly had time to leave, so what is told of it is mostly what the others did."
    source = "Efron and Morris (1975), Journal of the American Statistical Association 70; Tierney and Kadane (1986), ibid. 81."
    cohorts_: list[int]
    means_: Floats
    own_: Floats

    def __init__(self, *, kind: str = "bg_nbd", cohort_days: int = 91, unit_days: float = 7) -> None:
        must_be("unit_days", unit_days, UNIT)
        must_be("cohort_days", cohort_days, "the length of a cohort in days", least=1, whole=True)
        self.unit_days = unit_days
        self.kind, self.cohort_days = kind, cohort_days

    def fit(self, cells: pd.DataFrame, *, chance: np.random.Generator | None = None) -> Self:
        """
        Common parameters, how far cohorts lie apart, and each cohort's own.

        Args:
            cells: What Needs.cells gave.
            chance: Not needed.

        Raises:
            ModelError: As the model it rests on; or nobody is seen to leave; or there are less than three cohorts.
        """
        plain = under(self.kind, self.unit_days).fit(cells, chance=chance)
        groups = list(self._groups(cells))
        if len(groups) < 3 or not plain.leaves_:
            raise ModelError(
                f"There are {len(groups)} cohorts of {self.cohort_days} days"
                + ("." if plain.leaves_ else ", and nobody is seen to leave."),
                "At least three, and signs of leaving.",
                f"Use {self.kind}, or shorter cohorts.",
            )
        seen = self._seen(cells)
        scaled = scaled_by_age(seen, plain.process)
        moved = _timed(plain.process, scaled.unit_days / self.unit_days)
        cohorts = [scaled.part(rows) for _cohort, rows in groups]
        common, spread, places = _pool(plain.process, cohorts, np.log(plain._values) - moved)
        self.cohorts_ = [cohort for cohort, _rows in groups]
        self.means_ = np.stack([place.at for place in places]) + moved
        self.own_ = np.stack([np.linalg.inv(-place.bend) for place in places])
        self.parameters_ = dict(zip(plain.process.names, np.exp(common + moved).tolist(), strict=True))
        self.covariance_ = np.diag(spread**2)
        heights = [
            plain.process.surface(np.exp(place.at), part)[0] for place, part in zip(places, cohorts, strict=True)
        ]
        self.log_likelihood_ = float(sum(heights)) + by_unit(seen, scaled)
        self.null_log_likelihood_ = plain.null_log_likelihood_
        self.customers_, self.repeaters_, self.leaves_ = plain.customers_, plain.repeaters_, True
        return self

    @property
    def _process(self) -> Process:
        return under(self.kind, self.unit_days).process

    def _groups(self, cells: pd.DataFrame) -> Iterable[tuple[int, Whole]]:
        """Each cohort's number and where its cells are; the newest first."""
        cohort = cells["age_days"].to_numpy("int64") // self.cohort_days
        for which in np.unique(cohort):
            yield int(which), np.flatnonzero(cohort == which)

    def _parts(self, cells: pd.DataFrame) -> Iterable[Part]:
        seen, known = self._seen(cells), {cohort: place for place, cohort in enumerate(self.cohorts_)}
        for cohort, rows in self._groups(cells):
            if cohort in known:
                values, covariance = np.exp(self.means_[known[cohort]]), self.own_[known[cohort]]
            else:
                values, covariance = self._values, self.covariance_
            yield Part(rows, seen.part(rows), self._process, values, covariance)

    def cohorts(self, *, days: int = 365) -> pd.DataFrame:
        """
        What a newcomer of each cohort was worth in purchases.

        Args:
            days: From the first purchase.

        Returns:
            One row per cohort, the newest first: from_days and to_days (of the first purchase, before as_of), expected, expected_error.
        """
        self._learned()
        nothing = np.zeros(1, np.int64)
        newcomer = Cells(nothing, nothing, nothing, np.ones(1), float(self.unit_days))
        rows = []
        for cohort, means, own in zip(self.cohorts_, self.means_, self.own_, strict=True):
            part = Part(np.arange(1), newcomer, self._process, np.exp(means), own)
            ahead, _case = part.ahead
            time = days / self.unit_days
            expected = float(part.alive[0] * ahead.expected(time)[0])
            rows.append(
                (cohort * self.cohort_days, (cohort + 1) * self.cohort_days, expected, float(part.error(time)[0]))
            )
        return pd.DataFrame(rows, columns=["from_days", "to_days", "expected", "expected_error"])

    def _about_leaving(self) -> str:
        told = self.cohorts().sort_values("expected", ignore_index=True)
        least, most = told.iloc[0], told.iloc[-1]
        return (
            f"{self._process.words(self._values, self.unit_days)} Of {len(told)} cohorts a newcomer bought again on "
            f"{least['expected']:.2f} days in the first year in the poorest (came {least['from_days']:.0f} to {least['to_days']:.0f} days ago) "
            f"and on {most['expected']:.2f} in the best (came {most['from_days']:.0f} to {most['to_days']:.0f} days ago). "
            "The parameters are what all have in common; beside each stands how far cohorts lie apart, as a standard error."
        )


def _timed(process: Process, unit: float) -> Floats:
    """What is added to the logarithms of parameters to tell them in another unit of time."""
    return np.array([np.log(unit) if name in process.timed else 0.0 for name in process.names])


def _pool(process: Process, cohorts: list[Cells], start: Floats) -> tuple[Floats, Floats, list[Place]]:
    """
    Common logarithms of parameters, how far cohorts' lie apart, and each cohort's place.

    In turn: every cohort's likeliest place given what is common; what is common given the places and how sure they are.
    """
    common, spread = start, np.full(len(start), _BEFOREHAND)
    at = [start] * len(cohorts)
    for _round in range(_ROUNDS):
        places = [ascend(_held(process, part, common, spread), where) for part, where in zip(cohorts, at, strict=True)]
        at = [place.at for place in places]
        sure = [np.diag(np.linalg.inv(-place.bend)) for place in places]
        before, common = common, np.mean(at, axis=0)
        apart = np.sum([(place - common) ** 2 + own for place, own in zip(at, sure, strict=True)], axis=0)
        spread = np.sqrt((apart + _BEFOREHAND**2) / (len(cohorts) + 1))
        if np.abs(common - before).max() < _STILL:
            break
    return common, spread, places


def _held(process: Process, seen: Cells, common: Floats, spread: Floats) -> Surface:
    """A cohort's log-likelihood, and how far it lies from what is common."""
    free = over_logs(lambda at: process.surface(at, seen))

    def held(at: Floats) -> tuple[float, Floats, Floats]:
        height, slope, bend = free(at)
        far = (at - common) / spread
        return height - float(far @ far) / 2, slope - far / spread, bend - np.diag(1 / spread**2)

    return held
