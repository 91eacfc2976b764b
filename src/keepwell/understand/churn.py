"""Who will leave within the next days, how sure is that, and why? Calibrated chances, or the admission that nothing tells."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keepwell.errors import ModelError
from keepwell.measure.facts import Facts
from keepwell.understand import encoding, features, judging, reasons_why
from keepwell.understand.calibration import calibrated
from keepwell.understand.horizon import curves, moved, widened
from keepwell.understand.judging import percent
from keepwell.understand.leakage import leaks
from keepwell.understand.learners import LEARNERS
from keepwell.understand.model import Model, Needs, model
from keepwell.understand.trial import Plan, Seen, best, final, in_folds, in_halves, in_time, limits, trial

Floats = NDArray[np.float64]
RECENCY = "recency"
"""The way of telling risk by how long ago they last bought or used alone, which for many is leaving by definition."""
_RECENT = ("last_order", "last_use", "silence")
_LEARNER = {"logistic": "logistic", "trees": "trees", RECENCY: "trees"}
_ASIDE = ("customer_id", "customers", "left", "left_after", "cut_day", "gone")
"""Columns that are not learned from."""


@model
class ChurnHazard(Model):
    """
    The chance of leaving within the next days, from what was known on the morning.

    Args:
        days: How far ahead it learns to foretell.
        mornings: From how many mornings of the past, that many days apart; the last judges, the one before calibrates.
        most: How many customers it learns from at most.
        traits: Named traits it looks at beside the common ones.
    """

    id = "churn_hazard"
    name = "Chance of leaving"
    question = "Which customers will have left within the next days, and why?"
    assumes = (
        "What went with leaving in the past still does. For other horizons than the one it learned, customers go on "
        "leaving as those of like risk did."
    )
    misleads = (
        "It tells who leaves, not whom a call would keep. Where a purchase keeps a customer for a window of days, most who "
        "leave had stopped buying long before. A sudden change, such as a price rise, is not foretold."
    )
    source = (
        "Discrete-time hazards after Allison (1982), Sociological Methodology 13; gradient boosting beside ridge logistic "
        "regression, beta calibration (Kull et al. 2017), limits after Jeffreys."
    )

    def __init__(self, *, days: int = 90, mornings: int = 8, most: int = 20_000, traits: Sequence[str] = ()) -> None:
        self.days, self.mornings, self.most, self.traits = days, mornings, most, list(traits)

    def needs(self, facts: Facts) -> Needs:
        """Everybody kept on the morning, by all that was known of them."""
        told = features.features(facts, self.traits)
        return Needs(told, tuple(name for name in told.columns if name != "customer_id"))

    def drawn(self, facts: Facts) -> ir.Table:
        """
        Whom fit() learns from: customer_id of a lot of at most *most* customers, the same on every machine.

        Computed first and given to past(), it spares drawing the lot anew for every table.
        """
        return features.drawn(facts, days=self.days, mornings=self.mornings, most=self.most)

    def past(self, facts: Facts, lot: ir.Table | None = None) -> Needs:
        """
        What fit() looks at: customers on mornings of the past, and what became of them.

        Args:
            facts: The tables.
            lot: What drawn() gave, computed; None draws within the expression.
        """
        lot = self.drawn(facts) if lot is None else lot
        few = replace(facts, only=lot)
        told = features.gone(features.past(few, days=self.days, mornings=self.mornings, traits=self.traits), few)
        return Needs(told, tuple(name for name in told.columns if name != "customer_id"))

    def fit(self, cells: pd.DataFrame, *, chance: np.random.Generator | None = None) -> "ChurnHazard":
        """
        Learn from the past, or from any table that says who left.

        Args:
            cells: What past().cells gave; or a row per customer with ``left`` (1 or 0) beside anything else known of them.
            chance: Shuffles a table without mornings into five parts; None takes its rows in turn.

        Raises:
            ModelError: There is nobody, or it is not said who left.
        """
        left, weight = _left(cells, self.days), _weight(cells)
        self.dated_ = "cut_day" in cells
        cells = self._looked_at(cells)
        self.customers_ = float(weight.sum())
        self._drop_leaks(cells, left, weight)
        names = [name for name in cells.columns if name not in _ASIDE and name not in self.leaks_]
        self.encoding_ = encoding.encoding(cells, names)
        seen = Seen(encoding.columns(cells, self.encoding_), left, weight)
        plan = _plan(cells, seen, chance)
        self._base(cells, seen)
        self.curves_ = self._curves(cells, self._choose(cells, seen, plan))
        return self

    def _curves(self, cells: pd.DataFrame, seen: Seen) -> dict[str, Any]:
        if not self.dated_:
            return {}
        gone = cells["left_after"].to_numpy("float64", na_value=np.nan)
        day = cells["cut_day"].to_numpy("float64")
        watched = day.max() + self.days - day  # the last morning lies that many days before as_of
        return curves(self._said(seen.columns), gone, watched, seen.weight)

    def _drop_leaks(self, cells: pd.DataFrame, left: Floats, weight: Floats) -> None:
        """Name the columns that know the answer; what bears no date may tell of any leaving that is known by now."""
        asked = [name for name in cells.columns if name not in _ASIDE]
        if not self.dated_:
            self.leaks_ = leaks(cells, asked, left, weight)
            return
        ever = np.where(cells["left_after"].notna(), 1.0, 0.0)
        if "gone" in cells:
            ever = np.maximum(ever, cells["gone"].to_numpy("float64"))
        day = cells["cut_day"].to_numpy("float64")
        self.leaks_ = leaks(cells, features.undated(asked), ever, weight, day)

    def _base(self, cells: pd.DataFrame, seen: Seen) -> None:
        """The plain rate of the last morning, on which everybody stands once; it holds for all where nothing tells them apart."""
        last = cells["cut_day"] == cells["cut_day"].max() if self.dated_ else np.ones(len(cells), "bool")
        rows = np.flatnonzero(last)
        hits, whole = float(seen.weight[rows] @ seen.left[rows]), float(seen.weight[rows].sum())
        low, high = judging.jeffreys(np.array([hits]), np.array([whole]))
        self.base_ = {
            "rate": hits / whole,
            "low": float(low[0]),
            "high": float(high[0]),
            "customers": whole,
            "left": hits,
        }

    def _choose(self, cells: pd.DataFrame, seen: Seen, plan: Plan | None) -> Seen:
        """Try every way, and keep the best if it tells more than the plain rate; what it looks at is returned."""
        self.judged_: dict[str, Any] = {}
        self.verdict_, self.beta_ = "too few", np.zeros(3)
        self.learner_: dict[str, Any] = {}
        if plan is None or not seen.bears(plan):
            return seen
        ways = self._ways(cells, seen)
        tried = {name: trial(_LEARNER[name], own, plan) for name, own in ways.items()}
        self.judged_ = {name: each.scores() for name, each in tried.items()}
        self.verdict_ = best(tried, RECENCY) or "no signal"
        if self.verdict_ not in ways:
            return seen
        if self.verdict_ == RECENCY:
            self.encoding_ = {name: None for name in self.encoding_ if name in _RECENT}
        own = ways[self.verdict_]
        self.learner_, self.beta_ = final(_LEARNER[self.verdict_], own, plan, tried[self.verdict_])
        return own

    def _ways(self, cells: pd.DataFrame, seen: Seen) -> dict[str, Seen]:
        """What each way looks at; the plainest at nothing but how long ago they last bought or used."""
        recent = {name: None for name in self.encoding_ if name in _RECENT} if self.dated_ else {}
        ways = {name: seen for name in LEARNERS if self.encoding_}
        return {**ways, RECENCY: replace(seen, columns=encoding.columns(cells, recent))} if recent else ways

    @property
    def enough(self) -> bool:
        """Whether there were enough leavers and stayers to try anything."""
        self._learned()
        return self.verdict_ != "too few"

    @property
    def signal(self) -> bool:
        """Whether customers can be told apart better than by chance."""
        self._learned()
        return bool(self.learner_)

    @property
    def _learner(self) -> Any:
        kind, rest = self.learner_["kind"], {name: part for name, part in self.learner_.items() if name != "kind"}
        return LEARNERS[kind](**rest)

    def predict(self, cells: pd.DataFrame, *, days: int) -> pd.DataFrame:
        """
        The chance of having left after *days* days.

        Returns:
            Same index: chance, low and high (95 %: between which shares left of whom the same was said, when that was judged).
        """
        self._learned()
        chance = self._said(encoding.columns(self._looked_at(cells), self.encoding_))
        if self.signal:
            low, high = limits(chance, self.judged_[self.verdict_]["near"])
        else:
            low, high = (np.full(len(cells), self.base_[name]) for name in ("low", "high"))
        told = pd.DataFrame({"chance": chance, "low": low, "high": high}, index=cells.index)
        if not self.dated_ or days == self.days:
            return told
        return widened(
            told.apply(lambda part: moved(part.to_numpy("float64"), self.curves_, self.days, days, chance)),
            self.curves_, days, chance,
        )  # fmt: skip

    def _looked_at(self, cells: pd.DataFrame) -> pd.DataFrame:
        """The cells, and how long ago they last bought or used, whichever came later: what keeps a customer who does either."""
        if not (self.dated_ and {"last_order", "last_use"} <= set(cells.columns)):
            return cells
        order, use = (cells[name].to_numpy("float64", na_value=np.nan) for name in ("last_order", "last_use"))
        return cells.assign(silence=np.fmin(order, use))

    def _said(self, columns: Floats) -> Floats:
        """The chance of having left by the day learned for."""
        if not self.signal:
            return np.full(len(columns), self.base_["rate"])
        return calibrated(self._learner.log_odds(columns), self.beta_)

    def reasons(self, cells: pd.DataFrame, *, most: int = 3) -> list[list[reasons_why.Reason]]:
        """
        Why each customer's risk differs from the average, from the exact parts of what was learned.

        Args:
            cells: As for predict().
            most: How many reasons are told.

        Returns:
            One list per row, what speaks for leaving first; empty where nothing was found to tell customers apart.
        """
        self._learned()
        if not self.signal:
            return [[] for _row in range(len(cells))]
        cells = self._looked_at(cells)
        parts = self._learner.parts(encoding.columns(cells, self.encoding_))
        return reasons_why.reasons(cells, parts, encoding.owners(self.encoding_), most=most)

    def explain(self) -> str:
        """What was learned, how it did where it was judged, and what was left out."""
        self._learned()
        told = [self._verdict(), *self.leaks_.values()]
        return "\n".join(told)

    def _verdict(self) -> str:
        rate, low, high = (percent(self.base_[name]) for name in ("rate", "low", "high"))
        ahead = f" within {self.days} days" if self.dated_ else ""
        plain = f"{rate} left{ahead} (95 % interval {low} to {high}, n = {self.base_['customers']:,.0f})."
        everybody = f"Everybody is told the plain rate: {plain}"
        if self.verdict_ == "too few":
            return (
                f"Not enough data to tell customers apart: it takes 20 who left and 20 who stayed to learn from, as many to "
                f"calibrate and as many to judge, on three mornings {self.days} days apart. Of all together, {plain}"
                if self.dated_
                else f"Not enough data to tell customers apart: it takes 100 who left and 100 who stayed. Of all together, {plain}"
            )
        if self.verdict_ == "no signal":
            return f"No signal in this data: nothing in it tells leavers from stayers better than chance. {everybody}"
        how = self.judged_[self.verdict_]
        row = pd.DataFrame(how["calibration"]).iloc[-1]
        return (
            f"{_HOW[self.verdict_]} Judged on {how['customers']:,.0f} customers it had not seen, {how['left']:,.0f} of whom left{ahead}: "
            f"of a leaver and a stayer it gave the leaver the higher risk in {percent(how['auc'])} of pairs (50 % is chance; Brier {how['brier']:.3f}). "
            f"{self._beside()}{judging.sentence(row)}"
        )

    def _beside(self) -> str:
        """How much recency alone tells, where more than that is told."""
        alone = self.judged_.get(RECENCY)
        if alone is None or self.verdict_ == RECENCY:
            return ""
        return f"How long ago they last bought or used would alone do so in {percent(alone['auc'])}. "


_HOW = {
    "logistic": "Learned by a straight line (logistic regression).",
    "trees": "Learned by small decision trees.",
    RECENCY: "No signal in this data beyond how long ago customers last bought or used it: nothing else tells leavers from stayers better than chance.",
}
"""Verdict -> its sentence."""


def _left(cells: pd.DataFrame, days: int) -> Floats:
    """1 for who left within the days, 0 for who did not, or the share of a row's customers."""
    if not len(cells):
        raise ModelError(
            "Nobody was a customer on any of the mornings.",
            "Leaving is learned from customers.",
            "Import a longer past.",
        )
    if "left_after" in cells:
        return np.where(cells["left_after"].astype("float64") < days, 1.0, 0.0)
    if "left" not in cells or cells["left"].isna().any():
        raise ModelError(
            "The table does not say of every customer whether they left.",
            "Wanted: a column left with 1 or 0 in every row.",
            "Name the column that says so left, and drop the rows where it is empty.",
        )
    return cells["left"].to_numpy("float64")


def _weight(cells: pd.DataFrame) -> Floats:
    return cells["customers"].to_numpy("float64") if "customers" in cells else np.ones(len(cells))


def _plan(cells: pd.DataFrame, seen: Seen, chance: np.random.Generator | None) -> Plan | None:
    if "cut_day" in cells:
        day = cells["cut_day"].to_numpy("float64")
        plan = in_time(day)
        return plan if plan is None or seen.bears(plan) else in_halves(day, seen.left)
    rows = np.arange(len(cells))
    return in_folds(rows if chance is None else chance.permutation(rows))
