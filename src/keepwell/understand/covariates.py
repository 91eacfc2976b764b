"""Do customers of one kind buy more often, or leave sooner? Models of buying in which traits act by factors."""

from collections.abc import Iterable, Sequence
from functools import partial, reduce
from typing import Self

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _
from numpy.typing import NDArray
from scipy import special

from keepwell.errors import ModelError
from keepwell.measure.facts import Facts
from keepwell.measure.traits import trait
from keepwell.understand.ascent import over_logs
from keepwell.understand.buying import UNIT, Buying, by_unit, scaled_by_age
from keepwell.understand.cells import SEEN, Cells
from keepwell.understand.likeliest import risen
from keepwell.understand.model import Needs, find, model, must_be, must_have
from keepwell.understand.part import Part
from keepwell.understand.process import Process

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

OTHER, UNKNOWN = "other", "not known"
_SPREAD = 1.0
"""Factors are drawn to 1 as if their logarithms were normal with this standard deviation."""


@model
class BuyingByTraits(Buying):
    """
    Another model of buying, in which each value of a trait multiplies how often customers buy and how readily they leave.

    Each trait's commonest value is what the others are compared with; factors of several traits multiply.
    Traits have few values, so customers who are alike still count as one cell.

    Args:
        kind: Id of the model it rests on: bg_nbd, mbg_nbd or pareto_nbd.
        traits: Traits of customers (see measure/traits.py).
        most: Values of a trait told apart; rarer ones are one, "other".
        unit_days: As in Buying.
    """

    id = "buying_by_traits"
    name = "Purchases by traits"
    question = "Do customers of one kind buy more often, or leave sooner, and how many more purchases will each make?"
    assumes = (
        "As the model it rests on. Traits act by factors that multiply, and were known when the customer first bought."
    )
    misleads = (
        "A trait that became known only because somebody stayed (such as a second address) seems to be the cause of it."
    )
    source = "Fader and Hardie (2007), Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models, note 019."
    values_: dict[str, list[str]]
    same_log_likelihood_: float

    def __init__(
        self, *, kind: str = "bg_nbd", traits: Sequence[str] = ("country",), most: int = 8, unit_days: float = 7
    ) -> None:
        must_be("unit_days", unit_days, UNIT)
        must_be("most", most, "how many values of a trait are told apart", least=1, whole=True)
        self.unit_days = unit_days
        self.kind, self.traits, self.most = kind, list(traits), most

    def needs(self, facts: Facts) -> Needs:
        """
        As the model it rests on, by the traits' values too.

        Args:
            facts: The tables; nothing from as_of on is looked at.
        """
        asked = under(self.kind, self.unit_days).needs(facts)
        customers = reduce(lambda table, name: _with(table, facts, name, self.most), self.traits, asked.customers)
        return Needs(customers, (*asked.cell, *self.traits))

    def fit(self, cells: pd.DataFrame, *, chance: np.random.Generator | None = None) -> Self:
        """
        The parameters under which what was seen is likeliest.

        Args:
            cells: What Needs.cells gave.
            chance: Not needed.

        Raises:
            ModelError: As the model it rests on; or nobody is seen to leave; or no trait has two values.
        """
        must_have(cells, (*SEEN, *self.traits, "customers"), self.name)
        plain = under(self.kind, self.unit_days).fit(_whole(cells), chance=chance)
        self.values_ = {name: _values(cells, name) for name in self.traits}
        if not plain.leaves_ or all(len(values) < 2 for values in self.values_.values()):
            raise ModelError(
                "There is nothing that traits could explain: nobody is seen to leave, or everybody has the same traits.",
                "At least one trait with two values, and signs of leaving.",
                f"Use {self.kind}.",
            )
        scaled = scaled_by_age(self._seen(cells), plain.process)
        unit = scaled.unit_days / self.unit_days
        start = [value / (unit if name in plain.process.timed else 1) for name, value in plain.parameters_.items()]
        groups = [(self._way(key, plain.process), scaled.part(rows)) for key, rows in self._groups(cells)]
        at = np.concatenate([np.log(start), np.zeros(groups[0][0].shape[1] - len(start))])
        held = {plain.process.spreads[what][0] for what in plain.alike_}
        still = np.array([name in held for name in plain.process.names] + [False] * (len(at) - len(start)))
        place = risen(lambda there: _together(there, groups, plain.process), at, still)
        if not place.is_summit:
            raise ModelError(
                "The likelihood has no summit once traits are told apart.",
                "Each value needs customers enough who bought again.",
                "Use fewer traits, or tell fewer values apart (most).",
            )
        self._keep(plain, place.logs, unit)
        self.covariance_, self.alike_ = place.covariance, list(plain.alike_)
        drawn = np.log(self._values[len(start) :]) @ np.log(self._values[len(start) :]) / (2 * _SPREAD**2)
        self.log_likelihood_ = place.height + float(drawn) + by_unit(self._seen(cells), scaled)
        return self

    def _keep(self, plain: Buying, at: Floats, unit: float) -> None:
        """What was learned, factors under names that say what they multiply."""
        process = plain.process
        factors = [f"{effect}, {trait} {value}" for trait, value in self._contrasts for effect in process.effects]
        names, values = [*process.names, *factors], np.exp(at)
        timed = np.array([unit if name in process.timed else 1.0 for name in names])
        self.parameters_ = dict(zip(names, (values * timed).tolist(), strict=True))
        self.customers_, self.repeaters_, self.leaves_ = plain.customers_, plain.repeaters_, True
        self.same_log_likelihood_, self.null_log_likelihood_ = plain.log_likelihood_, plain.null_log_likelihood_

    @property
    def _process(self) -> Process:
        return under(self.kind, self.unit_days).process

    @property
    def _contrasts(self) -> list[tuple[str, str]]:
        """The values compared with the commonest one of their trait."""
        return [(name, value) for name, values in self.values_.items() for value in values[1:]]

    def _way(self, key: tuple[str, ...], process: Process) -> Floats:
        """How the parameters' logarithms of customers with these values hang together with all that is learned."""
        has = dict(zip(self.traits, key, strict=True))
        known = {name: has[name] if has[name] in values else OTHER for name, values in self.values_.items()}
        moves = np.array(list(process.effects.values())).T
        return np.hstack([
            np.eye(len(process.names)), *(moves * float(known[name] == value) for name, value in self._contrasts),
        ])  # fmt: skip

    def _groups(self, cells: pd.DataFrame) -> Iterable[tuple[tuple[str, ...], Whole]]:
        """Customers with the same values, and where their cells are."""
        must_have(cells, self.traits, self.name)
        for key, rows in cells.groupby(self.traits, sort=False).indices.items():
            yield (key if isinstance(key, tuple) else (key,)), np.asarray(rows, np.int64)

    def _parts(self, cells: pd.DataFrame) -> Iterable[Part]:
        process, logs, seen = self._process, np.log(self._values), self._seen(cells)
        for key, rows in self._groups(cells):
            way = self._way(key, process)
            yield Part(rows, seen.part(rows), process, np.exp(way @ logs), way @ self.covariance_ @ way.T)

    def _about_leaving(self) -> str:
        """The factors in words, and whether they could be chance."""
        said = [self._process.words(self._values[: len(self._process.names)], self.unit_days)]
        commonest = ", ".join(f"{name} {values[0]}" for name, values in self.values_.items())
        for name, value in list(self.parameters_.items())[len(self._process.names) :]:
            far = np.exp(1.96 * self.standard_errors[name] / value)
            said.append(f"Factor of {name}: {value:.2f} (95 % interval {value / far:.2f} to {value * far:.2f}).")
        gain = 2 * max(self.log_likelihood_ - self.same_log_likelihood_, 0.0)
        luck = float(special.chdtrc(len(self._contrasts) * len(self._process.effects), gain))
        verdict = "Traits tell customers apart" if luck < 0.01 else "Traits may tell nothing"
        said.append(f"{verdict}: chance alone would make such differences in {luck:.1%} of cases.")
        return f"Compared with {commonest}. " + " ".join(said)


def under(kind: str, unit_days: float) -> Buying:
    """
    The model another one rests on.

    Raises:
        ModelError: It is none whose parameters can differ by groups of customers.
    """
    made = find(kind)
    if not issubclass(made, Buying) or not getattr(getattr(made, "process", None), "effects", {}):
        raise ModelError(
            f"{kind} cannot differ by groups of customers.",
            "bg_nbd, mbg_nbd and pareto_nbd can.",
            "Choose one of them.",
        )
    return made(unit_days=unit_days)


def _with(table: ir.Table, facts: Facts, name: str, most: int) -> ir.Table:
    """The table with one more column, the trait: its commonest values, "other", or "not known"."""
    traits = trait(facts, name).select(whose="customer_id", by="by")
    joined = table.left_join(traits, table.customer_id == traits.whose)
    known = joined.mutate(value=joined.by.fill_null(UNKNOWN)).drop("whose", "by")
    often = known.group_by("value").agg(customers=_.count())
    often = often.mutate(place=ibis.row_number().over(order_by=[ibis.desc("customers"), "value"]))
    common = often.filter(_.place < most).select(common="value")
    told = known.left_join(common, [("value", "common")])
    return told.mutate(**{name: told.common.fill_null(OTHER)}).drop("value", "common")


def _whole(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells whatever the traits."""
    return cells.groupby(list(SEEN), as_index=False)[["customers"]].sum()


def _values(cells: pd.DataFrame, name: str) -> list[str]:
    """A trait's values, the commonest first."""
    customers = cells.groupby(name)["customers"].sum()
    return [str(value) for value in customers.sort_index().sort_values(ascending=False, kind="stable").index]


def _together(at: Floats, groups: Sequence[tuple[Floats, Cells]], process: Process) -> tuple[float, Floats, Floats]:
    """The log-likelihood of all groups, and how likely such factors are beforehand; its slope and its bend."""
    free = np.arange(len(at)) >= len(process.names)
    height = -float(np.sum(at[free] ** 2)) / (2 * _SPREAD**2)
    slope, bend = -at * free / _SPREAD**2, -np.diag(free / _SPREAD**2)
    for way, seen in groups:
        one = over_logs(partial(process.surface, seen=seen))(way @ at)
        height, slope, bend = height + one[0], slope + way.T @ one[1], bend + way.T @ one[2] @ way
    return height, slope, bend
