"""Would what purchases bring have been foretold? Spend per purchase looks from mornings of the past, beside two plain means."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _

from keepwell.errors import ModelError
from keepwell.measure.facts import Facts
from keepwell.schema.clock import day_number
from keepwell.understand.backtest import Run, Trial
from keepwell.understand.histories import PARTS, purchase_days
from keepwell.understand.spend import GammaGamma

_FEWEST = 30
"""Fewer purchases prove nothing."""
_WAYS = ("spend", "average", "own")
"""What is set beside what came: the model, everybody's mean, and each customer's own mean so far."""


@dataclass(frozen=True)
class Examination:
    """
    How spend per purchase did on mornings of the past.

    Args:
        tenths: One row per tenth of customers by what was said of them: purchases (that came), said and came (their means, in
            the currency's unit), within, below and above (shares of purchases, by the predictive interval).
        errors: Mean absolute error by way of telling: spend (the model), average (everybody's mean), own (each one's mean so far).
        purchases: How many came.
        currency: ISO 4217.
        level: How many of 100 purchases the interval was to hold, as a share.
    """

    tenths: pd.DataFrame
    errors: dict[str, float]
    purchases: int
    currency: str
    level: float

    @property
    def held(self) -> float:
        """The share of purchases within the predictive interval."""
        return float(np.average(self.tenths["within"], weights=self.tenths["purchases"]))

    def told(self) -> str:
        """The findings in sentences."""
        means = {way: float(np.average(self.tenths[way], weights=self.tenths["purchases"])) for way in ("said", "came")}
        model, average, own = (self.errors[way] for way in _WAYS)
        best = "nearer than either plain mean" if model < min(average, own) else "no nearer than the better plain mean"
        lines = [
            f"{self.purchases:,} purchases came; said {means['said']:.2f} {self.currency} each on average, came {means['came']:.2f}.",
            f"{self.held:.0%} lay within the interval that was to hold {self.level:.0%}.",
            f"The model was off by {model:.2f}, everybody's mean by {average:.2f}, each customer's own by {own:.2f}: {best}.",
        ]
        lines += [
            f"Said {row['said']:.2f}: {row['purchases']:,.0f} purchases of {row['came']:.2f} on average."
            for row in self.tenths.to_dict("records")
        ]
        return "\n".join(lines)


def examine(make: Callable[[], GammaGamma], facts: Facts, tried: Sequence[Trial], run: Run) -> Examination:
    """
    Try spend per purchase on mornings of the past: each purchase that then came, beside what was said of its customer.

    Args:
        make: Makes one that has learned nothing.
        facts: What is known now.
        tried: See backtest.trials.
        run: Has the engine compute an expression.

    Raises:
        ModelError: It cannot be learned on a morning, or fewer than thirty purchases came.
    """
    looks = [_look(make(), facts, trial, run) for trial in tried]
    found = pd.concat([look for look, _model in looks], ignore_index=True).astype("float64")
    sums = found.groupby("tenth").sum()
    purchases, model = int(sums["purchases"].sum()), looks[-1][1]
    if purchases < _FEWEST:
        raise ModelError(
            f"Not enough data: {purchases} purchase{'' if purchases == 1 else 's'} came on the days tried.",
            f"At least {_FEWEST} are needed.",
            "Try more mornings, or more days.",
        )
    tenths = pd.DataFrame({"purchases": sums["purchases"].astype("int64")})
    tenths = tenths.assign(said=sums["said"] / sums["purchases"] / PARTS, came=sums["came"] / sums["purchases"] / PARTS)
    tenths = tenths.assign(**{name: sums[name] / sums["purchases"] for name in ("within", "below", "above")})
    errors = {way: float(sums[f"off_{way}"].sum()) / purchases / PARTS for way in _WAYS}
    return Examination(tenths.reset_index(drop=True), errors, purchases, model.currency_, model.level)


def _look(model: GammaGamma, facts: Facts, trial: Trial, run: Run) -> tuple[pd.DataFrame, GammaGamma]:
    """One morning: sums over the purchases that came, by tenth of what was said."""
    needs = model.needs(facts.on(trial.morning))
    cells = run(needs.cells)
    model.fit(cells)
    said = _said(model, cells)
    names = [name for name in said.columns if name not in needs.cell]
    schema = {**{key: needs.customers[key].type() for key in needs.cell}, **dict.fromkeys(names, "int64")}
    told = needs.told(ibis.memtable(said, schema=schema))
    return run(_beside(told, _came(facts, trial, model.currency_))), model


def _came(facts: Facts, trial: Trial, currency: str) -> ir.Table:
    """The purchases of the trial's days: customer_id, came (ten-thousandths)."""
    days = purchase_days(facts, currency)
    within = (days.day >= day_number(trial.morning)) & (days.day < day_number(trial.end)) & (days.parts > 0)
    days = days.filter(within)
    return days.select("customer_id", came=days.parts)


def _beside(told: ir.Table, came: ir.Table) -> ir.Table:
    """Sums of what was said and what came, whole numbers all."""
    both = came.inner_join(told, "customer_id")
    off = {f"off_{way}": (both.came - both[way]).abs().sum() for way in _WAYS}
    below, above = (both.came < both.low).cast("int64"), (both.came > both.high).cast("int64")
    counts = {"below": below.sum(), "above": above.sum(), "within": (1 - below - above).sum()}
    return (
        both.group_by("tenth")
        .agg(purchases=_.count(), said=_.spend.sum(), came=_.came.sum(), **counts, **off)
        .order_by("tenth")
    )


def _said(model: GammaGamma, cells: pd.DataFrame) -> pd.DataFrame:
    """Per cell what was said, the plain means and the tenth it is in, in whole ten-thousandths."""
    told = model.predict(cells, days=1)
    average = model.seen_mean_ * PARTS
    repeats, spent = cells["repeats"].to_numpy("float64"), cells["spent"].to_numpy("float64")
    own = np.where(repeats > 0, spent / np.maximum(repeats, 1), average)
    amounts = {name: (told[name] * PARTS).fillna(average) for name in ("spend", "low", "high")}
    order = told["spend"].rank(method="first").to_numpy("int64") - 1
    heads = cells["customers"].to_numpy("float64")
    before = np.cumsum(heads[np.argsort(order)])[order] - heads / 2
    tenth = np.clip(np.floor(10 * before / heads.sum()), 0, 9)
    whole = pd.DataFrame({**amounts, "average": average, "own": own, "tenth": tenth}, index=cells.index)
    return pd.concat([cells[["currency", "repeats", "spent"]], whole.round().astype("int64")], axis=1)
