"""What would a rule of thumb have said? The plain forecasts that every model must beat before it may speak."""

from typing import Self

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _

from keepwell.errors import ModelError
from keepwell.measure.facts import Facts
from keepwell.understand.judging import percent
from keepwell.understand.model import Floats, Model, Needs, model, must_be, must_have
from keepwell.understand.totals import Total

_EDGES = (8, 15, 31, 61, 91, 181, 366, 731)
"""Silent days at which a new class of silence begins."""


class _Rule(Model):
    """
    What happened to customers alike in the last stretch of time happens again in the next.

    Args:
        days: Length of the last stretch, and of the forecast.
    """

    assumes = "the next days are like the last ones"

    def __init__(self, days: int = 90) -> None:
        must_be("days", days, "the length of the stretch and of the forecast", least=1, whole=True)
        self.days = days

    def needs(self, facts: Facts) -> Needs:
        """Every customer's silence now, what it was a stretch ago, and the days with purchases since then."""
        since = facts.today - self.days
        days = facts.purchases.select("customer_id", "day").distinct()
        known = days.group_by("customer_id").agg(
            last=_.day.max(), last_then=_.day.max(where=_.day < since), again=(_.day >= since).cast("int64").sum()
        )
        customers = known.select(
            "customer_id",
            silence=_class(facts.today - known["last"]),
            # Nobody's silence a stretch ago, where there was no purchase before it: they have nothing to tell of it.
            silence_then=ibis.ifelse(known.last_then.isnull(), -1, _class(since - known.last_then)),
            again="again",
        )
        return Needs(customers, ("silence", "silence_then", "again"))

    def fit(self, cells: pd.DataFrame, *, chance: np.random.Generator | None = None) -> Self:  # noqa: ARG002  draws nothing
        """Count how many days with a purchase customers of each class had in the last stretch."""
        must_have(cells, ("silence_then", "again", "customers"), self.name)
        known = cells[cells["silence_then"] >= 0]
        if not len(known):
            raise ModelError(
                f"Nobody had bought {self.days} days before.",
                "A rule of thumb needs customers of then and what they did since.",
                "Look fewer days ahead, or wait.",
            )
        most = int(known["again"].max())
        self.classes_ = sorted(int(place) for place in known["silence_then"].unique())
        counts = np.zeros((len(self.classes_), most + 1))
        for place, again, customers in zip(known["silence_then"], known["again"], known["customers"], strict=True):
            counts[self.classes_.index(int(place)), int(again)] += customers
        self.counts_ = self._alike(counts)
        return self

    def _alike(self, counts: Floats) -> Floats:
        raise NotImplementedError

    def predict(self, cells: pd.DataFrame, *, days: int) -> pd.DataFrame:
        """Chance of a purchase, and days with one, as in the last stretch."""
        self._must_be(days)
        told = self._shares(self.counts_.shape[1])
        mean = told[:, :-1] @ np.arange(told.shape[1] - 1)
        rows = self._rows(cells)
        return pd.DataFrame({"chance": 1 - told[rows, 0], "expected": mean[rows]}, index=cells.index)

    def distribution(self, cells: pd.DataFrame, *, days: int, most: int = 20) -> pd.DataFrame:
        """
        How likely each number of days with a purchase is. A count nobody had is given a little: half a customer is shared by all.

        Returns:
            Columns 0 to *most*, and "more" for all above; rows sum to 1.
        """
        self._must_be(days)
        must_be("most", most, "the largest number told on its own", whole=True)
        told = self._shares(max(most + 1, self.counts_.shape[1]))
        whole = np.column_stack([told[:, : most + 1], told[:, most + 1 :].sum(axis=1)])
        return pd.DataFrame(whole[self._rows(cells)], index=cells.index, columns=[*range(most + 1), "more"])

    def total(self, cells: pd.DataFrame, *, days: int) -> Total:
        """What all together buy, and its standard deviation if each draws from what those alike did."""
        self._must_be(days)
        told = self._shares(self.counts_.shape[1])[:, :-1]
        counts, who = np.arange(told.shape[1]), cells["customers"].to_numpy("float64")
        mean, square = told @ counts, told @ counts**2
        rows = self._rows(cells)
        return Total(float(who @ mean[rows]), float(np.sqrt(who @ (square - mean**2)[rows])), float(who.sum()))

    def _shares(self, wide: int) -> Floats:
        """Of each class, the shares of 0, 1 … *wide* - 1 days and of more."""
        counts = np.zeros((len(self.counts_), wide + 1))
        counts[:, : self.counts_.shape[1]] = self.counts_
        counts += 0.5 / counts.shape[1]
        return counts / counts.sum(axis=1, keepdims=True)

    def _must_be(self, days: int) -> None:
        self._learned()
        if days != self.days:
            raise ModelError(f"The rule was learned over {self.days} days.", f"It cannot tell {days}.", "Fit it anew.")

    def _rows(self, cells: pd.DataFrame) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
        """For each cell the nearest class of silence that was seen."""
        must_have(cells, ["silence"], self.name)
        return np.abs(cells["silence"].to_numpy()[:, None] - np.array(self.classes_)[None, :]).argmin(axis=1)

    def explain(self) -> str:
        """What was counted."""
        self._learned()
        many = int(self.counts_.sum())
        lines = [f"{self.name}: what {many:,} customers did in the {self.days} days before."]
        return "\n".join([*lines, *self._told()])

    def _told(self) -> list[str]:
        raise NotImplementedError


def _class(silence: ir.IntegerValue) -> ir.IntegerValue:
    """In which class a number of silent days falls: 0 for the shortest."""
    places = [(silence < edge, place) for place, edge in enumerate(_EDGES)]
    return ibis.cases(*places, else_=len(_EDGES)).cast("int64")


@model
class LastRate(_Rule):
    """Everybody does what all did."""

    id = "last_rate"
    name = "Last period's rate"
    question = "How many will buy, if the next days are like the last ones?"
    misleads = "It tells nobody apart from anybody."
    source = "A rule of thumb."

    def _alike(self, counts: Floats) -> Floats:
        return np.broadcast_to(counts.sum(axis=0), counts.shape).copy() / len(counts)

    def _told(self) -> list[str]:
        whole = self.counts_.sum(axis=0)
        return [f"{percent(1 - whole[0] / whole.sum())} bought."]


@model
class RecencyRule(_Rule):
    """Who was silent for as long does what they did."""

    id = "recency_rule"
    name = "Recency rule"
    question = "How many will buy, told by how long ago they last did?"
    misleads = "It knows nothing of how often somebody buys."
    source = "A rule of thumb."

    def _alike(self, counts: Floats) -> Floats:
        return counts

    def _told(self) -> list[str]:
        edges = [0, *_EDGES]
        rates = 1 - self.counts_[:, 0] / self.counts_.sum(axis=1)
        return [
            f"Silent for {edges[place]} days or more: {percent(rate)} bought, of {int(row.sum()):,}."
            for place, rate, row in zip(self.classes_, rates, self.counts_, strict=True)
        ]
