"""How long will contracts be renewed? Shifted-beta-geometric and beta-discrete-Weibull: the loyal remain, so renewal rates rise."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import ClassVar, Self

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keepwell.errors import ModelError
from keepwell.measure.facts import Facts
from keepwell.understand.ascent import Summit
from keepwell.understand.billing import monthly_price, period_days, renewals
from keepwell.understand.draws import NORMAL_90, draws, errors
from keepwell.understand.losses import Losses, alike_surface, differing_surface, log_survival
from keepwell.understand.model import Model, Needs, model, must_be, must_have, must_look_ahead
from keepwell.understand.starts import climb_from

Floats = NDArray[np.float64]

_FEWEST = 20
"""Fewer customers lost say too little of when customers leave."""
_BEYOND_CHANCE = 1.92
"""So much more likelihood than chance gives one parameter more in 95 of 100 cases: half of chi-squared's 3.84."""
_LEAST_DISCOUNT = 1e-4
_SURE = 2.576
"""Two-sided 99 % of the normal law: so sure it is before a customer's own risk is said to change."""


class Renewals(Model):
    """
    At each renewal a customer leaves with a chance of their own, which differs between customers (beta: alpha, beta).

    Args:
        each: Billing period: day, week, month, quarter or year. Customers billed otherwise are left out; fit them apart.
        discount: How much less money is worth a year later, as a share: 0.1 is 10 % a year.
    """

    names: ClassVar[tuple[str, ...]]
    parameters_: dict[str, float]
    covariance_: Floats
    log_likelihood_: float
    alike_: bool = False

    def __init__(self, *, each: str = "month", discount: float = 0.1) -> None:
        must_be(
            "discount",
            discount,
            "how much less money is worth a year later, as a share: ten per cent are 0.1",
            least=-1,
            most=1,
        )
        self.each = each
        self.discount = discount

    def needs(self, facts: Facts) -> Needs:
        """Customers by renewals made, whether they left, and when an earlier contract of theirs ended (see billing.renewals)."""
        return Needs(renewals(facts, self.each), ("age", "lost", "before"))

    def due(self, facts: Facts) -> Needs:
        """The same, and how far into their period customers are: what predict() makes use of, and contracts of a year need."""
        return Needs(renewals(facts, self.each), ("age", "lost", "before", "into"))

    def fit(self, cells: pd.DataFrame, *, chance: np.random.Generator | None = None) -> Self:  # noqa: ARG002  nothing is drawn
        """
        The parameters under which the losses seen, and those not seen yet, are likeliest.

        Only first contracts teach; who came back was lost at the end of the first.

        Args:
            cells: Columns age, lost, customers, and before where there were earlier contracts. Cohorts may be mixed.
            chance: Not needed.

        Raises:
            ModelError: Too few losses or ages, or no summit.
        """
        must_have(cells, ("age", "lost", "customers", *({"before"} & set(cells))), self.name)
        seen = Losses.of(cells)
        self._must_do(seen)
        self._learn(seen)
        self.customers_, self.left_, self.trend_ = int(seen.total), int(seen.lost.sum()), seen.trend
        return self

    def _learn(self, seen: Losses) -> None:
        names = self.names
        try:
            summit, alike = climb_from(seen.surface, self._starts(seen)), False
        except ModelError:
            summit, alike, names = self._corner(seen), True, ("rate", *self.names[2:])
        self.parameters_ = dict(zip(names, summit.parameters.tolist(), strict=True))
        self.covariance_, self.log_likelihood_, self.alike_ = summit.covariance, summit.height, alike

    def _starts(self, seen: Losses) -> list[Floats]:
        """From customers who could hardly differ more to customers nearly alike."""
        return [size * np.array([seen.rate, 1 - seen.rate]) for size in (0.1, 1.0, 10.0, 100.0)]

    def _corner(self, seen: Losses) -> Summit:
        """
        Where customers do not differ as far as these data tell.

        Raises:
            ModelError: They do differ, in a way the law cannot say.
        """
        rate = -np.log1p(-seen.rate)
        powers = [np.array([rate, c])[: len(self.names) - 1] for c in (0.3, 0.7, 1.0, 1.5)]
        with suppress(ModelError):
            far = climb_from(partial(seen.surface, alike=True), powers)
            leave = -np.expm1(-far.parameters[0])
            near = ([size * leave, size * (1 - leave), *far.parameters[1:]] for size in 10.0 ** np.arange(-1, 5))
            if max(seen.surface(np.array(place))[0] for place in near) <= far.height + _BEYOND_CHANCE:
                return far
        raise ModelError(
            "The losses fit no law of this kind.",
            "Some customers leave at once and the others, it seems, never.",
            "Use the survival curve as it was seen.",
        )

    def _must_do(self, seen: Losses) -> None:
        lost, ages = int(seen.lost.sum()), int((seen.exposed[1:] > 0).sum())
        if lost < _FEWEST:
            raise ModelError(
                f"Not enough data: {lost or 'no'} contract{'' if lost == 1 else 's'} ended.",
                f"When contracts end is learned from at least {_FEWEST}.",
                "Wait, or count a longer past.",
            )
        if ages < len(self.names):
            raise ModelError(
                f"Not enough data: nobody has come further than renewal {ages}.",
                f"{self.name} needs customers at renewal {len(self.names)} or later.",
                "Wait until customers are older.",
            )

    @property
    def _values(self) -> Floats:
        self._learned()
        return np.array(list(self.parameters_.values()))

    def _log(self, ages: Floats) -> Floats:
        return log_survival(self._values, ages, alike=self.alike_)

    @property
    def standard_errors(self) -> dict[str, float]:
        """Of the parameters."""
        self._learned()
        return errors(self.parameters_, self.covariance_)

    def draws(self, chance: np.random.Generator, count: int) -> Floats:
        """Parameters as likely as the data allow, shape (count, parameters)."""
        self._learned()
        return draws(self.parameters_, self.covariance_, chance, count)

    def survival(self, ages: Floats) -> Floats:
        """The share of new customers who make at least so many renewals, shape as *ages*."""
        return np.exp(self._log(ages))

    def drawn_survival(self, last: int, chance: np.random.Generator, count: int) -> Floats:
        """Survival at the ages 0 to *last* under each of *count* draws of the parameters, shape (count, last + 1)."""
        ages = np.arange(last + 1, dtype=np.float64)
        drawn = self.draws(chance, count)
        return np.stack([np.exp(log_survival(row, ages, alike=self.alike_)) for row in drawn])

    def renewal(self, number: Floats) -> Floats:
        """The share of those who come to their *number*-th renewal (from 1) who make it."""
        return np.exp(self._log(number) - self._log(number - 1))

    def per_period(self, yearly: float | None = None) -> float:
        """A yearly discount (None: the model's own) as one per billing period."""
        rate = self.discount if yearly is None else yearly
        return float((1 + rate) ** (period_days(self.each) / period_days("year")) - 1)

    def residual(self, made: Floats, *, discount: float, horizon: int | None = None) -> Floats:
        """
        Expected discounted number of coming renewals, seen right before the next one, which is not discounted.

        Args:
            made: Renewals made so far, shape (n,).
            discount: Per billing period, as a share (see per_period for a yearly one).
            horizon: How many renewals ahead are counted; None is without end.

        Returns:
            Shape (n,). Source: Fader and Hardie (2010), Marketing Science 29(1), 85-93 (DERL).

        Raises:
            ModelError: Without end and without discount the sum may have no end either.
        """
        worth = 1 / (1 + discount)
        if horizon is not None:
            ahead = np.arange(1, horizon + 1, dtype=np.float64)
            logs = self._log(made[:, None] + ahead) - self._log(made)[:, None]
            return np.exp(logs) @ worth ** (ahead - 1)
        if discount < _LEAST_DISCOUNT:
            raise ModelError(
                f"At a discount of {discount} per period the sum of all renewals to come may have no end.",
                f"Without a horizon the discount is at least {_LEAST_DISCOUNT}.",
                "Give a discount, or a horizon in billing periods.",
            )
        return self._without_end(worth, int(made.max(initial=0)))[made.astype(np.int64)]

    def _without_end(self, worth: float, oldest: int) -> Floats:
        """Residuals of the ages 0 to *oldest*, backwards: what is to come is a renewal and what is to come after it."""
        far = oldest + 1 + int(np.ceil(np.log(1e-14) / np.log(worth)))
        rates = self.renewal(np.arange(1, far + 1, dtype=np.float64))
        coming, told = rates[-1] / (1 - worth * rates[-1]), np.empty(far)
        for place in range(far - 1, -1, -1):
            told[place] = coming = rates[place] * (1 + worth * coming)
        return told[: oldest + 1]

    def lifetime(self, *, discount: float, horizon: int | None = None) -> float:
        """
        Expected discounted number of periods a new customer pays, the first one not discounted.

        Args:
            discount: Per billing period.
            horizon: How many periods are counted, at least 1; None is without end.
        """
        later = self.residual(np.zeros(1), discount=discount, horizon=None if horizon is None else horizon - 1)
        return 1.0 + float(later[0]) / (1 + discount)

    def curve(self, last: int, *, made: int = 0) -> pd.DataFrame:
        """
        How customers who have made so many renewals are expected to go on, with 90 % intervals from what is not known of the
        parameters.

        Args:
            last: Up to how many renewals from now.
            made: Renewals made; 0 is a new customer.

        Returns:
            One row per coming renewal from 0: renewal (its number), survival, low, high, rate (P(renew), NaN in row 0).
        """
        ahead = np.arange(last + 1, dtype=np.float64)
        share, low, high = self._kept(np.full(last + 1, float(made)), ahead)
        rate = np.append(np.nan, self.renewal(made + ahead[1:]))
        return pd.DataFrame(
            {"renewal": made + ahead.astype("int64"), "survival": share, "low": low, "high": high, "rate": rate}
        )

    def _kept(self, made: Floats, ahead: Floats) -> tuple[Floats, Floats, Floats]:
        """The chance to make *ahead* more renewals, with limits by the delta method on the log-log scale; whole numbers."""
        surface = alike_surface if self.alike_ else differing_surface
        later, before = (surface(self._values, ages) for ages in (made + ahead, made))
        fall, slope = later[0] - before[0], (later[1] - before[1]) * self._values[:, None]
        variance = np.maximum(np.einsum("in,ij,jn->n", slope, self.covariance_, slope), 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            width = np.where(fall < 0, NORMAL_90 * np.sqrt(variance) / -fall, 0.0)
        return np.exp(fall), np.exp(fall * np.exp(width)), np.exp(fall * np.exp(-width))

    def predict(self, cells: pd.DataFrame, *, days: int) -> pd.DataFrame:
        """
        Who will have left, and how many renewals are to come.

        Args:
            cells: Columns age and lost, and into (twelfths of the period gone, see due) where it is known; without it renewal
                dates are taken to be spread evenly over the period.
            days: How far ahead.

        Returns:
            chance (of not being a customer at the end of the days; 1 for those who left: a return is not foretold), low and
            high (its 90 % interval from what is not known of the parameters), renewals (expected in these days), residual
            (expected discounted renewals without end, at the model's discount).
        """
        self._learned()
        must_have(cells, ("age", "lost"), self.name)
        must_look_ahead(days)
        made, gone = cells["age"].to_numpy("float64"), cells["lost"].to_numpy("int64") != 0
        whole, part = self._coming(cells, days)
        ends = [self._kept(made, whole + step) for step in (0, 1)]
        kept, least, most = ((1 - part) * near + part * far for near, far in zip(*ends, strict=True))
        until = np.stack([self.residual(made, discount=0.0, horizon=n) for n in range(int(whole.max(initial=0)) + 2)])
        near, far = (until[whole.astype(np.int64) + step, np.arange(len(made))] for step in (0, 1))
        told = {
            "chance": np.where(gone, 1.0, 1 - kept),
            "low": np.where(gone, 1.0, 1 - most),
            "high": np.where(gone, 1.0, 1 - least),
            "renewals": np.where(gone, 0.0, (1 - part) * near + part * far),
            "residual": np.where(gone, 0.0, self.residual(made, discount=self.per_period())),
        }
        return pd.DataFrame(told, index=cells.index)

    def reaching(self, cells: pd.DataFrame, *, days: int, counts: Sequence[int]) -> pd.DataFrame:
        """
        How likely so many renewals or more are made in the days ahead, for each of several numbers.

        Args:
            cells: As in predict().
            days: As in predict().
            counts: Numbers of at least 1; the columns.
        """
        self._learned()
        must_have(cells, ("age", "lost"), self.name)
        must_look_ahead(days)
        made, number = cells["age"].to_numpy("float64")[:, None], np.array(counts, dtype=np.float64)
        whole, part = (told[:, None] for told in self._coming(cells, days))
        falls = np.where(number <= whole, 1.0, np.where(number == whole + 1, part, 0.0))
        there = cells["lost"].to_numpy("int64")[:, None] == 0
        return pd.DataFrame(
            np.where(there, falls * np.exp(self._log(made + number) - self._log(made)), 0.0),
            index=cells.index,
            columns=list(counts),
        )

    def _coming(self, cells: pd.DataFrame, days: int) -> tuple[Floats, Floats]:
        """How many renewals surely fall into the coming days, and the chance of one more."""
        ahead = days / period_days(self.each)
        if "into" not in cells:
            return np.full(len(cells), np.floor(ahead)), np.full(len(cells), ahead - np.floor(ahead))
        begun = cells["into"].to_numpy("float64") / 12
        whole = np.floor(begun + ahead)
        return whole, np.clip((begun + 1 / 12 + ahead - whole - 1) * 12, 0.0, 1.0)

    def worth(self, told: ir.Table, facts: Facts) -> ir.Table:
        """
        What each customer's coming renewals are worth today: residual x price per billing period.

        Args:
            told: Columns customer_id and residual, as Needs.told gave them.
            facts: For the prices of today.

        Returns:
            One row per customer and currency with a price today: customer_id, currency, mrr, worth (float, before costs, at
            today's prices).
        """
        priced = monthly_price(facts)
        joined = priced.inner_join(told.select("customer_id", "residual"), "customer_id")
        months = period_days(self.each) / period_days("month")
        return joined.select(
            "customer_id", "currency", "mrr", worth=joined.mrr.cast("float64") * joined.residual * months
        )

    def explain(self) -> str:
        """What was learned of renewals, in sentences."""
        self._learned()
        first, second, tenth = self.renewal(np.array([1.0, 2.0, 10.0]))
        year = round(period_days("year") / period_days(self.each))
        kept, low, high = (float(told[0]) for told in self._kept(np.zeros(1), np.full(1, float(max(year, 1)))))
        return " ".join(
            [
                f"Learned from {self.customers_} contracts billed by the {self.each}, of which {self.left_} ended.",
                f"Of 100 new customers {100 * first:.0f} make the first renewal;",
                f"of 100 who come so far, {100 * second:.0f} make the second and {100 * tenth:.0f} the tenth.",
                f"After a year {kept:.0%} are still there (90 % interval of this figure: {low:.0%} to {high:.0%}).",
                self._why(),
                f"{self._figures()}.",
                self.assumes,
            ]
        )

    def _figures(self) -> str:
        """What was learned, with standard errors."""
        sizes = self.standard_errors
        if self.alike_:
            rate = self.parameters_["rate"]
            share, error = -np.expm1(-rate), np.exp(-rate) * sizes["rate"]
            power = f"; c = {self.parameters_['c']:.4g} (standard error {sizes['c']:.2g})" if "c" in sizes else ""
            return f"Of 100 customers {100 * share:.2f} leave at the first renewal (standard error {100 * error:.2g}){power}"
        return ", ".join(f"{n} = {v:.4g} (standard error {sizes[n]:.2g})" for n, v in self.parameters_.items())

    def _why(self) -> str:
        """Whether customers differ, in a sentence."""
        if self.alike_ and self.trend_ > 2:
            return "Mind: customers leave more easily the longer they stay, which this model cannot say; see bdw."
        if self.alike_:
            return "No sign was found that some customers are more loyal than others, so each renewal is as likely as the last."
        return "Rates change with age because those who leave easily are gone first, not because customers grow more loyal."


@model
class OneRate(Renewals):
    """The plain rate, the same for all and at every renewal: what may be said where no law does better; see Renewals for the arguments."""

    id = "one_rate"
    name = "Contract renewals, one rate for all"
    question = "How long will customers with a contract stay, if nobody is told from anybody else?"
    assumes = "Every renewal is as likely as any other, whoever the customer is and however long they have been one."
    misleads = "Where those who leave easily are gone first, it says too much of new customers and too little of old ones (see sbg)."
    source = "The share of renewals that were not made; the geometric law, and its standard error by the delta method."
    names = ("rate",)
    alike_ = True

    def _learn(self, seen: Losses) -> None:
        if seen.rate == 1:
            raise ModelError(
                f"All {seen.total:,.0f} contracts ended at their first renewal.",
                "Of renewals that nobody makes no rate can be learned.",
                "Look at why they end: keepwell findings leaving.",
            )
        rate = -float(np.log1p(-seen.rate))
        variance = seen.rate / ((1 - seen.rate) * float(seen.exposed[1:].sum()))
        self.parameters_, self.alike_ = {"rate": rate}, True
        self.covariance_ = np.array([[variance / rate**2]])
        self.log_likelihood_ = seen.surface(np.array([rate]), alike=True)[0]

    def _why(self) -> str:
        return "Nobody is told from anybody else: each renewal is as likely as the last."


@model
class ShiftedBetaGeometric(Renewals):
    """Each customer's own chance to leave stays the same at every renewal; see Renewals for the arguments."""

    id = "sbg"
    name = "Contract renewals, each customer steady"
    question = "How long will customers with a contract stay?"
    assumes = "Every customer leaves at each renewal with a chance of their own that never changes; customers of all times are alike."
    misleads = (
        "Where a customer's own risk changes with time (see bdw), where newer customers differ from older ones, or where prices"
        " or terms changed. Leaving counts at the renewal: where contracts of a year can end on any day, months tell more."
    )
    source = "Fader and Hardie (2007), How to Project Customer Retention, Journal of Interactive Marketing 21(1), 76-90; several cohorts: brucehardie.com/notes/017."
    names = ("alpha", "beta")


@model
class BetaDiscreteWeibull(Renewals):
    """Each customer's own chance to leave also rises (c > 1) or falls (c < 1) with time; see Renewals for the arguments."""

    id = "bdw"
    name = "Contract renewals, with a risk that changes"
    question = "How long will customers with a contract stay, if each one's risk changes with time?"
    assumes = (
        "Every customer has a chance of their own to leave, which rises or falls with time by the same law for all."
    )
    misleads = (
        "With few renewals seen, habit and selection cannot be told apart and the interval is wide."
        " Where newer customers differ from older ones, or prices or terms changed."
    )
    source = "Fader, Hardie, Liu, Davin and Steenburgh (2018), Journal of Interactive Marketing 43, 1-16."
    names = ("alpha", "beta", "c")

    def _starts(self, seen: Losses) -> list[Floats]:
        """Where the steady law ends, and the same places with a falling and a rising risk."""
        steady = super()._starts(seen)
        with suppress(ModelError):
            steady.append(climb_from(seen.surface, steady).parameters)
        return [np.append(place, c) for place in steady for c in (0.7, 1.0, 1.5)]

    def _why(self) -> str:
        c, error = self.parameters_["c"], self.standard_errors["c"]
        alike = " Beside that, no sign was found that customers differ." if self.alike_ else ""
        low, high = (float(c * np.exp(side * _SURE * error / c)) for side in (-1, 1))
        limits = f"c = {c:.2f} (99 % interval {low:.2f} to {high:.2f}"
        if low <= 1 <= high:
            return f"Whether a customer's own risk changes with time cannot be told: {limits}; 1 means it does not).{alike}"
        return f"A customer's own risk to leave {'rises' if c > 1 else 'falls'} with time: {limits}; 1 would mean it does not).{alike}"
