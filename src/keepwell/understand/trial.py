"""Which way of telling risk held on what it had not seen, and is it better than saying the same of everybody?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keepwell.understand import judging
from keepwell.understand.calibration import beta_map, calibrated, log_odds
from keepwell.understand.learners import LEARNERS

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
FEWEST = 20
"""Leavers, and stayers, without whom nothing is learned, calibrated or judged."""
SURE = 2.6
"""Standard errors by which a way must beat the plain rate: where nothing tells, one in a hundred would by chance, two tried."""


@dataclass(frozen=True)
class Plan:
    """
    Who is learned from, who calibrates, who judges.

    Args:
        rounds: Rows to learn from, to calibrate on, to judge on; one round in time, several where rows have no time.
        last: Rows from which what is used in the end learns.
        final: Rows on which that calibrates; None: on what the rounds said of the rows they judged.
    """

    rounds: Sequence[tuple[Rows, Rows, Rows]]
    last: Rows
    final: Rows | None


@dataclass(frozen=True)
class Seen:
    """
    What is learned from.

    Args:
        columns: Shape (n, k).
        left: Share of each row's customers who left, shape (n,).
        weight: Customers of each row, shape (n,).
    """

    columns: Floats
    left: Floats
    weight: Floats

    def rate(self, rows: Rows) -> float:
        """The share who left of some rows."""
        return float(self.weight[rows] @ self.left[rows] / max(float(self.weight[rows].sum()), 1e-9))

    def enough(self, rows: Rows) -> bool:
        """Whether enough left, and enough stayed."""
        gone = float(self.weight[rows] @ self.left[rows])
        return min(gone, float(self.weight[rows].sum()) - gone) >= FEWEST

    def bears(self, plan: Plan) -> bool:
        """Whether every part of a plan has enough."""
        return all(self.enough(rows) for turn in plan.rounds for rows in turn)


def in_time(cut_day: Floats) -> Plan | None:
    """
    Older mornings teach, the one before the last calibrates, the last judges; None where there are not three.

    Args:
        cut_day: The morning of each row, as a day number, at least the horizon apart.
    """
    mornings = np.unique(cut_day)
    if len(mornings) < 3:
        return None
    older, before, last = (
        np.flatnonzero(at) for at in (cut_day < mornings[-2], cut_day == mornings[-2], cut_day == mornings[-1])
    )
    return Plan([(older, before, last)], np.flatnonzero(cut_day < mornings[-1]), last)


def in_halves(cut_day: Floats, left: Floats) -> Plan | None:
    """
    Where too few had left on older mornings: one half of the morning before the last teaches with them, the other calibrates, and in turn.

    Each of the two judges one half of the last morning. As many left of one half as of the other. None where there are not three mornings.

    Args:
        cut_day: As for in_time().
        left: Share of each row's customers who left.
    """
    plan = in_time(cut_day)
    if plan is None:
        return None
    older, *parts = plan.rounds[0]
    before, last = (part[np.argsort(left[part], kind="stable")] for part in parts)
    rounds = [
        (np.sort(np.concatenate([older, before[k::2]])), np.sort(before[1 - k :: 2]), np.sort(last[k::2]))
        for k in (0, 1)
    ]
    return replace(plan, rounds=rounds)


def in_folds(order: Rows, folds: int = 5) -> Plan:
    """
    Every row is judged once by what the others taught.

    Args:
        order: The rows in an order that says nothing.
        folds: How many parts.
    """
    parts = [np.sort(order[k::folds]) for k in range(folds)]
    rounds = []
    for k in range(folds):
        others = np.sort(np.concatenate([parts[j] for j in range(folds) if j not in (k, (k + 1) % folds)]))
        rounds.append((others, parts[(k + 1) % folds], parts[k]))
    return Plan(rounds, np.sort(order), None)


@dataclass(frozen=True)
class Trial:
    """
    How one way did on the rows that judged.

    Args:
        said: Rows of judging: said, happened, customers.
        rate: The same rows with the plain rate known before them.
        log_odds: What was said before it was calibrated.
    """

    said: pd.DataFrame
    rate: pd.DataFrame
    log_odds: Floats

    @property
    def better(self) -> float:
        """By how many standard errors the log score beats the plain rate's."""
        return self.better_than(self.rate)

    def better_than(self, other: pd.DataFrame) -> float:
        """By how many standard errors the log score beats another's of the same rows."""
        gained, error = judging.gain(self.said, other)
        return gained / error if error > 0 else 0.0

    def scores(self) -> dict[str, Any]:
        """What is told of it, with the calibration rows."""
        rows = judging.calibration(self.said)
        return {
            "customers": float(self.said["customers"].sum()),
            "left": judging.totals(self.said).happened,
            "auc": judging.auc(self.said),
            "brier": judging.brier(self.said),
            "log_score": judging.log_score(self.said),
            "rate_log_score": judging.log_score(self.rate),
            "average_precision": judging.average_precision(self.said),
            "calibration_error": judging.calibration_error(rows),
            "better": self.better,
            "calibration": {name: rows[name].tolist() for name in rows},
            "near": near(self.said),
        }


def trial(kind: str, seen: Seen, plan: Plan) -> Trial:
    """
    One learner tried on a plan.

    Args:
        kind: Which of LEARNERS.
        seen: The rows.
        plan: Who judges.
    """
    judged = np.concatenate([judge for _learn, _calibrate, judge in plan.rounds])
    said, rate, odds = [], [], []
    for learn, calibrate, judge in plan.rounds:
        learner = LEARNERS[kind].learn(seen.columns[learn], seen.left[learn], seen.weight[learn])
        before = learner.log_odds(seen.columns[calibrate])
        beta = beta_map(before, seen.left[calibrate], seen.weight[calibrate])
        odds.append(learner.log_odds(seen.columns[judge]))
        said.append(calibrated(odds[-1], beta))
        rate.append(np.full(len(judge), seen.rate(calibrate)))
    happened = {"happened": seen.left[judged], "customers": seen.weight[judged]}
    told, plain = (pd.DataFrame({"said": np.concatenate(part), **happened}) for part in (said, rate))
    return Trial(told, plain, np.concatenate(odds))


def final(kind: str, seen: Seen, plan: Plan, trial: Trial) -> tuple[dict[str, Any], Floats]:
    """
    The chosen way, having learned from all that there is.

    Args:
        kind: Which learner.
        seen: The rows.
        plan: What it learns from in the end.
        trial: How it did.

    Returns:
        The learner as it is put away, and what calibrates it.
    """
    last = plan.last
    learner = LEARNERS[kind].learn(seen.columns[last], seen.left[last], seen.weight[last])
    if plan.final is None:
        told = trial.said
        beta = beta_map(trial.log_odds, told["happened"].to_numpy("float64"), told["customers"].to_numpy("float64"))
    else:
        odds = learner.log_odds(seen.columns[plan.final])
        beta = beta_map(odds, seen.left[plan.final], seen.weight[plan.final])
    return {"kind": kind, **learner.plain()}, beta


def near(said: pd.DataFrame) -> dict[str, list[float]]:
    """
    Between which shares they left of whom about the same was said: within a quarter in log-odds, or the nearest twenty.

    Args:
        said: Trial.said.

    Returns:
        odds (log-odds said), low and high (95 %, after Jeffreys), ascending.
    """
    odds = log_odds(said["said"].to_numpy("float64"))
    order = np.argsort(odds, kind="stable")
    odds, table = odds[order], said.iloc[order]
    weight = table["customers"].to_numpy("float64")
    many = np.concatenate([[0.0], np.cumsum(weight)])
    gone = np.concatenate([[0.0], np.cumsum(weight * table["happened"].to_numpy("float64"))])
    grid = np.unique(np.quantile(odds, np.linspace(0, 1, 65), method="nearest"))
    first, last = np.zeros(len(grid), "int64"), np.zeros(len(grid), "int64")
    for place, centre in enumerate(grid):
        width = 0.25
        while True:
            first[place] = np.searchsorted(odds, centre - width, side="left")
            last[place] = np.searchsorted(odds, centre + width, side="right")
            if many[last[place]] - many[first[place]] >= min(FEWEST, many[-1]):
                break
            width *= 1.5
    low, high = judging.jeffreys(gone[last] - gone[first], many[last] - many[first])
    return {"odds": grid.tolist(), "low": low.tolist(), "high": high.tolist()}


def limits(chance: Floats, known: Mapping[str, Sequence[float]]) -> tuple[Floats, Floats]:
    """
    The limits of some chances.

    Args:
        chance: What is said, shape (n,).
        known: What near() found where it was judged.
    """
    odds = log_odds(chance)
    low, high = (np.interp(odds, known["odds"], known[name]) for name in ("low", "high"))
    return np.minimum(low, chance), np.maximum(high, chance)


def best(tried: Mapping[str, Trial], plain: str = "") -> str:
    """
    The way with the best log score, if it beats the plain rate by more than chance; empty if none does.

    Args:
        tried: The ways, by name.
        plain: Name of a way that is taken unless another beats it by more than chance, where it beats the plain rate itself.
    """
    sure = [name for name, each in tried.items() if each.better > SURE]
    if not sure:
        return ""
    first = min(sure, key=lambda name: judging.log_score(tried[name].said))
    if plain in sure and tried[first].better_than(tried[plain].said) <= SURE:
        return plain
    return first
