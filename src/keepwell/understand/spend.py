"""How much will a customer spend per purchase? Gamma-Gamma: own habits, shrunk towards everybody's as far as they are unsure."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, Self

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from keepwell.errors import ModelError
from keepwell.measure.facts import Facts
from keepwell.understand.ascent import over_logs
from keepwell.understand.draws import draws, errors
from keepwell.understand.histories import PARTS, histories
from keepwell.understand.likeliest import ALIKE, BEYOND_CHANCE, Found, risen
from keepwell.understand.model import Model, Needs, model, must_be, must_have
from keepwell.understand.starts import climb_from

Floats = NDArray[np.float64]

_LEADING = 1_000_000
"""A customer's sum keeps six leading digits, so that cells stay few: 9,999.99 is exact, 1,234,567.89 becomes 1,234,570."""
_FEWEST = 20
"""Fewer customers with a repeat purchase say too little of how customers differ."""

_STARTS = [np.array([p, q, (q - 1) / p]) for p in (0.5, 2.0, 8.0, 40.0) for q in (1.5, 3.0, 8.0, 40.0)]
"""Parameters to begin with, of a mean of 1: from wild spending to steady, from customers far apart to alike."""
_NEARLY = 1000.0
"""A concentration above which it is looked whether customers differ at all."""
_ALIKE = {
    "q": "Customers do not differ measurably in what they spend per purchase, so of everybody about the average is expected.",
    "p": "Each customer pays the same at every purchase, as far as is known, so of each their own mean is expected.",
}


@model
class GammaGamma(Model):
    """
    What a customer spends per purchase scatters around a level of their own (gamma: p), and levels differ between
    customers (gamma: q, gamma), independent of how often they buy.

    A purchase is a day with a purchase, after the first, as in the models of how often.
    One currency per fit: the money of others is converted where the settings have rates, and left out where not.

    Args:
        currency: ISO 4217; empty is the company's own.
        level: How sure the predictive interval is to hold the next purchase.
    """

    id = "gamma_gamma"
    name = "Spend per purchase"
    question = "How much will each customer spend per purchase?"
    assumes = (
        "What a customer spends varies around a level of their own that does not drift, and has nothing to do with how often"
        " they buy; the first purchase is left out."
    )
    misleads = (
        "Where frequent buyers spend more or less per purchase (see the correlation told), or where prices rose within the"
        " history, the levels are off. One very large purchase pulls a level that few purchases back. How purchases scatter is"
        " learned from customers' means alone, so the interval of one purchase can be too narrow: a trial on the past tells."
    )
    version = 2
    alike_: Sequence[str] = ()
    source = "Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value, brucehardie.com/notes/025; Colombo and Jiang (1999)."

    def __init__(self, *, currency: str = "", level: float = 0.9) -> None:
        must_be("level", level, "how sure the interval is to hold the next purchase, as a share", most=1)
        self.currency = currency
        self.level = level

    def needs(self, facts: Facts) -> Needs:
        """
        Every buyer's days with a purchase after the first, and what they brought together.

        Refunds are taken off; days wholly given back do not count. Sums are whole ten-thousandths with six leading
        digits, so the number of cells does not grow with the number of customers.
        """
        currency = self.currency or facts.company.currency
        known = histories(facts, currency=None if currency == facts.company.currency else currency)
        customers = known.filter(known.spent.notnull()).select(
            "customer_id", currency=ibis.literal(currency), repeats="paid", spent=_six_digits(known.spent)
        )
        return Needs(customers, ("currency", "repeats", "spent"))

    def fit(self, cells: pd.DataFrame, *, chance: np.random.Generator | None = None) -> Self:  # noqa: ARG002  nothing is drawn
        """
        The parameters under which the spending seen is likeliest.

        Where customers do not differ measurably, or each always pays the same, that is the answer (alike_): the law of it is held to be narrow.

        Args:
            cells: Columns currency, repeats, spent (ten-thousandths), customers; who bought once teaches nothing here.
            chance: Not needed.

        Raises:
            ModelError: Several currencies, too few customers with repeats, or no summit.
        """
        must_have(cells, ("currency", "repeats", "spent", "customers"), self.name)
        known = cells[(cells["repeats"] > 0) & (cells["spent"] > 0)]
        customers = int(known["customers"].sum())
        self._must_do(known, customers)
        seen = _Seen.of(known)
        found = _likeliest(seen)
        p, q, gamma = np.exp(found.logs)
        self.parameters_ = {"p": float(p), "q": float(q), "gamma": float(gamma * seen.scale)}
        self.covariance_, self.alike_ = found.covariance, list(found.alike)
        self.log_likelihood_ = found.height - customers * float(np.log(seen.scale))
        self.customers_ = customers
        self.currency_ = str(known["currency"].iloc[0])
        self.seen_mean_ = seen.scale
        self.correlation_ = seen.correlation()
        return self

    @staticmethod
    def _must_do(known: pd.DataFrame, customers: int) -> None:
        currencies = sorted(known["currency"].unique())
        if len(currencies) > 1:
            raise ModelError(
                f"The spending is in {', '.join(currencies)}.",
                "A fit is of one currency.",
                "Give exchange rates in the settings, or fit each currency by itself.",
            )
        if customers < _FEWEST:
            raise ModelError(
                f"Not enough data: {customers} customer{'' if customers == 1 else 's'} bought again.",
                f"Spend per purchase needs at least {_FEWEST}.",
                "Wait for more repeat purchases, or use the average order.",
            )

    @property
    def standard_errors(self) -> dict[str, float]:
        """Of the parameters, in their own units; NaN, not known, of laws that were held to be narrow."""
        self._learned()
        unknown = {name for which in self.alike_ for name in (which, "gamma")}
        told = errors(self.parameters_, self.covariance_)
        return {name: float("nan") if name in unknown else error for name, error in told.items()}

    @property
    def typical(self) -> float:
        """What a purchase brings on average over all customers, in the currency's unit; NaN where the mean has no end (q <= 1)."""
        self._learned()
        return float(self.expected(np.zeros(1), np.zeros(1))[0])

    def expected(self, repeats: Floats, spent: Floats) -> Floats:
        """
        What a purchase of each customer will bring on average.

        p (gamma + spent) / (p repeats + q - 1): a weighted mean of the customer's own and everybody's (note 025, eq. 5).

        Args:
            repeats: Purchases after the first, shape (n,); 0 tells what is expected of a new customer.
            spent: What they brought together, in the currency's unit, shape (n,).

        Returns:
            Same unit, shape (n,); NaN where the mean has no end.
        """
        p, q, gamma = self.parameters_.values()
        sure = p * repeats + q - 1
        return np.where(sure > 0, p * (gamma + spent) / np.where(sure > 0, sure, 1.0), np.nan)

    def error(self, repeats: Floats, spent: Floats) -> Floats:
        """Standard error of expected() from what is not known of the parameters, by the delta method, shape (n,)."""
        p, q, gamma = self.parameters_.values()
        sure = p * repeats + q - 1
        slopes = np.stack([1 - p * repeats / sure, -q / sure, gamma / (gamma + spent)])
        return self.expected(repeats, spent) * np.sqrt(np.einsum("in,ij,jn->n", slopes, self.covariance_, slopes))

    def quantile(self, repeats: Floats, spent: Floats, share: float) -> Floats:
        """
        The amount below which the customer's next purchase stays with chance *share*.

        The next purchase over (gamma + spent) follows a beta-prime law of p and p repeats + q.

        Args:
            repeats: Purchases after the first, shape (n,).
            spent: What they brought together, in the currency's unit, shape (n,).
            share: Between 0 and 1.
        """
        p, q, gamma = self.parameters_.values()
        part = special.betaincinv(p, p * repeats + q, share)
        return (gamma + spent) * part / (1 - part)

    def above(self, repeats: Floats, spent: Floats, amount: float) -> Floats:
        """The chance that the customer's next purchase brings more than *amount*, shape (n,)."""
        p, q, gamma = self.parameters_.values()
        return special.betaincc(p, p * repeats + q, amount / (amount + gamma + spent))

    def draws(self, chance: np.random.Generator, count: int) -> Floats:
        """Parameters p, q, gamma as likely as the data allow, shape (count, 3)."""
        self._learned()
        return draws(self.parameters_, self.covariance_, chance, count)

    def predict(self, cells: pd.DataFrame, *, days: int) -> pd.DataFrame:  # noqa: ARG002  spend has no horizon
        """
        What the next purchase will bring.

        Args:
            cells: Columns repeats and spent (ten-thousandths).
            days: Of no matter here: it is per purchase.

        Returns:
            spend (expected, in the currency's unit), spend_error (its standard error), low and high (the predictive
            interval of one purchase), chance (of the next purchase being larger than the average purchase seen).
        """
        self._learned()
        must_have(cells, ("repeats", "spent"), self.name)
        repeats, spent = cells["repeats"].to_numpy("float64"), cells["spent"].to_numpy("float64") / PARTS
        tail = (1 - self.level) / 2
        told = {
            "spend": self.expected(repeats, spent),
            "spend_error": self.error(repeats, spent),
            "low": self.quantile(repeats, spent, tail),
            "high": self.quantile(repeats, spent, 1 - tail),
            "chance": self.above(repeats, spent, self.seen_mean_),
        }
        return pd.DataFrame(told, index=cells.index)

    def explain(self) -> str:
        """What was learned of spending, in sentences."""
        self._learned()
        p, q, gamma = self.parameters_.values()
        errors_ = {name: f"{e:.2g}" if np.isfinite(e) else "not known" for name, e in self.standard_errors.items()}
        weight = p / (p + q - 1)
        typical = (
            f"{self.typical:.2f} {self.currency_}" if q > 1 else "not defined: a few customers spend without bound"
        )
        related = (
            f"Customers who buy more often do not spend noticeably otherwise per purchase (correlation {self.correlation_:+.2f})."
            if abs(self.correlation_) < 0.2
            else f"Mind: how often and how much go together (correlation {self.correlation_:+.2f}), which the model denies."
        )
        return " ".join(
            [
                f"Learned from {self.customers_} customers who bought again, in {self.currency_}.",
                f"A purchase brings {typical} on average over all customers.",
                f"After one repeat purchase a customer's own spending counts for {weight:.0%}, everybody's for the rest.",
                related,
                *(_ALIKE[which] for which in self.alike_),
                f"p = {p:.4g} (standard error {errors_['p']}), q = {q:.4g} ({errors_['q']}),",
                f"gamma = {gamma:.4g} ({errors_['gamma']}).",
                self.assumes,
            ]
        )


def _six_digits(parts: ir.IntegerValue) -> ir.IntegerValue:
    """Whole numbers rounded to six leading digits."""
    steps = ((parts < _LEADING * 10**power, 10**power) for power in range(12))
    step = ibis.cases(*steps, else_=10**12).cast("int64")
    up = parts + step // 2
    return (up - up % step).cast("int64")


def _likeliest(seen: "_Seen") -> Found:
    """
    The likeliest parameters; where customers do not differ (q without end) or never scatter (p), those of nearly such ones.

    Raises:
        ModelError: There are none.
    """
    free: Found | None = None
    try:
        summit = climb_from(seen.surface, _STARTS)
        free = Found(np.log(summit.parameters), summit.height, summit.covariance, is_summit=True)
    except ModelError:
        pass
    if free is not None and np.exp(free.logs[:2]).max() < _NEARLY:
        return free
    best: Found | None = None
    for alike in (some for many in (1, 2) for some in combinations("qp", many)):
        still = np.array([name in alike for name in ("p", "q", "gamma")])
        for start in _STARTS:
            p, q, _gamma = np.where(still, ALIKE, start)
            found = replace(risen(over_logs(seen.surface), np.log([p, q, (q - 1) / p]), still), alike=alike)
            if found.is_summit:
                best = found if best is None or found.height > best.height + 1e-6 else best
                break
    if free is not None and (best is None or best.height < free.height - BEYOND_CHANCE):
        return free
    if best is None:
        raise ModelError(
            "The likelihood of spending has no summit in these data.",
            "How customers differ fits no law of this kind: a few may spend without bound.",
            "Use each customer's own mean.",
        )
    return best


class _Seen:
    """Spending per number of repeats, scaled to a mean of 1, where the ascent is safest."""

    def __init__(self, repeats: Floats, means: Floats, weights: Floats) -> None:
        self.scale = float(weights @ means / weights.sum())
        self.repeats, self.weights = repeats, weights
        self.means = means / self.scale
        self.there, place = np.unique(repeats, return_inverse=True)
        self.customers = np.bincount(place, weights=weights)
        self.logs = np.bincount(place, weights=weights * np.log(self.means))

    @classmethod
    def of(cls, cells: pd.DataFrame) -> "_Seen":
        """From cells of currency, repeats, spent and customers."""
        repeats = cells["repeats"].to_numpy("float64")
        means = cells["spent"].to_numpy("float64") / PARTS / repeats
        return cls(repeats, means, cells["customers"].to_numpy("float64"))

    def surface(self, parameters: Floats) -> tuple[float, Floats, Floats]:
        """Log-likelihood of the scaled means, its slope and bend, by p, q and gamma."""
        whole = self._by_repeats(parameters)
        p, q, gamma = parameters
        x, weight = self.repeats, self.weights
        total = gamma + x * self.means
        inverse, log, rate = weight / total, weight * np.log(total), p * x + q
        height = whole[0] - float(rate @ log)
        slope = whole[1] - np.array([x @ log, log.sum(), rate @ inverse])
        bend = whole[2]
        across = np.array([x @ inverse, inverse.sum()])
        bend[:2, 2] -= across
        bend[2, :2] -= across
        bend[2, 2] += rate @ (inverse / total)
        return height, slope, bend

    def _by_repeats(self, parameters: Floats) -> tuple[float, Floats, Floats]:
        """The part in which customers with equal repeats are equal."""
        p, q, gamma = parameters
        x, n, everybody = self.there, self.customers, self.customers.sum()
        shape, rate = p * x, p * x + q
        gammas = special.gammaln(rate) - special.gammaln(shape) + shape * np.log(x)
        height = n @ gammas + (shape - 1) @ self.logs + everybody * (q * np.log(gamma) - special.gammaln(q))
        one, own = special.digamma(rate), special.digamma(shape)
        two, own_two = special.polygamma(1, rate), special.polygamma(1, shape)
        slope = np.array(
            [
                n @ (x * (one - own + np.log(x))) + x @ self.logs,
                n @ one + everybody * (np.log(gamma) - special.digamma(q)),
                everybody * q / gamma,
            ]
        )
        bend = np.zeros((3, 3))
        bend[0, 0] = n @ (x * x * (two - own_two))
        bend[0, 1] = bend[1, 0] = n @ (x * two)
        bend[1, 1] = n @ two - everybody * special.polygamma(1, q)
        bend[1, 2] = bend[2, 1] = everybody / gamma
        bend[2, 2] = -everybody * q / gamma**2
        return float(height), slope, bend

    def correlation(self) -> float:
        """Between repeats and the mean spent, over customers; 0 where all are alike in one of them."""
        both: Any = np.cov(self.repeats, self.means, aweights=self.weights)
        size = float(np.sqrt(both[0, 0] * both[1, 1]))
        return float(both[0, 1] / size) if size > 0 else 0.0
