"""What is a model? It says what it needs, learns from it, tells what it expects, explains itself, and can be put away."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from inspect import signature
from typing import Any, ClassVar, Self

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _
from numpy.typing import NDArray

from keepwell.errors import ModelError
from keepwell.measure.facts import Facts

Floats = NDArray[np.float64]
FORM = 1
"""Of what a model is put away in; raised when that changes."""


COLUMNS = {
    "customers": "how many customers a row stands for",
    "repeats": "days with a purchase after the first",
    "recency_days": "days from the first purchase to the last",
    "age_days": "days from the first purchase to the last day that is known",
    "log_gaps": "sum of the logarithms of days between purchases, in millionths",
    "today": "day number of the morning",
    "last": "number of the last opportunity that was used",
    "opportunities": "how many opportunities there were",
    "spent": "what purchases after the first brought together, in ten-thousandths",
    "currency": "ISO 4217",
    "age": "renewals made",
    "lost": "1 where the contract ended, 0 where it runs",
    "before": "renewals made by the end of the first contract, 0 where there was none before",
    "silence": "class of how long ago the last purchase was",
    "silence_then": "the same a stretch of time ago, -1 where nothing was bought before",
    "again": "days with a purchase since then",
}
"""What the columns mean that models of this house look at; whole numbers, but for currency."""
_SIGNED, _TEXT = ("before", "silence_then", "log_gaps"), ("currency",)
_ELSEWHERE = {"frequency": "repeats", "recency": "recency_days", "T": "age_days", "n": "opportunities"}
"""What other packages call them -> what they are called here."""
_LONGEST = 1_000_000
"""Days ahead beyond which nothing is told."""


def must_have(cells: pd.DataFrame, names: Iterable[str], of: str) -> None:
    """
    Refuse rows that a model cannot look at: a column is lacking, unknown in places, no number, below 0, or no whole number.

    Args:
        cells: The rows; a column customers is looked at where there is one.
        names: Columns that must be there.
        of: The model's name.

    Raises:
        ModelError: What came, what was wanted, what to do.
    """
    names = tuple(names)
    lacks = [name for name in names if name not in cells]
    if lacks:
        known = {ours: theirs for theirs, ours in _ELSEWHERE.items() if theirs in cells and ours in lacks}
        hint = "".join(
            f" What is called {theirs} elsewhere is {ours} here, in whole days." for ours, theirs in known.items()
        )
        raise ModelError(
            f"{of} got the columns {', '.join(map(str, cells.columns)) or '(none)'}.",
            "Lacking: " + "; ".join(f"{name} ({COLUMNS.get(name, 'a trait')})" for name in lacks) + "." + hint,
            "Count the cells with the model's own needs().",
        )
    for name in dict.fromkeys((*names, *({"customers"} & set(cells)))):
        fault = _fault(name, cells[name]) if name in COLUMNS and name not in _TEXT else ""
        if fault:
            raise ModelError(
                f"{of} got {name} {fault}.",
                f"{name} is {COLUMNS[name]}: a number {'' if name in _SIGNED else 'of at least 0 '}in every row"
                + (", whole." if name != "customers" else "."),
                "Count the cells with the model's own needs().",
            )


def _fault(name: str, column: "pd.Series[Any]") -> str:
    """What is wrong with a column of numbers; "" where nothing is."""
    if not pd.api.types.is_numeric_dtype(column) and len(column):
        return "that is no number"
    values = column.to_numpy("float64", na_value=np.nan)
    if not np.isfinite(values).all():
        return f"unknown or infinite in {int((~np.isfinite(values)).sum()):,} of {len(values):,} rows"
    if name not in _SIGNED and (values < 0).any():
        return f"below 0: {values.min():g}"
    return "that is not whole" if name != "customers" and (values != np.rint(values)).any() else ""


def must_be(
    name: str, value: float, what: str, *, least: float = 0.0, most: float = np.inf, whole: bool = False
) -> None:
    """
    Refuse a setting that cannot be.

    Args:
        name: Of the setting.
        value: What came.
        what: What it means.
        least: It is above that, or where it is whole at least that.
        most: It is no more than that.
        whole: Whether it is a whole number.

    Raises:
        ModelError: It is not.
    """
    number = isinstance(value, int | float | np.number) and bool(np.isfinite(value))
    if (
        number
        and (value >= least if whole else value > least)
        and value <= most
        and not (whole and value != int(value))
    ):
        return
    limits = f"{'at least' if whole else 'above'} {least:g}" + (f" and at most {most:g}" if np.isfinite(most) else "")
    raise ModelError(
        f"{name} is {value}.", f"{name} is {what}, {limits}{', whole' if whole else ''}.", f"Give such a {name}."
    )


def must_look_ahead(days: float) -> None:
    """
    Refuse to foretell no time, or all of it.

    Raises:
        ModelError: It is not a whole number of days of at least 1.
    """
    if not (1 <= days <= _LONGEST) or days != int(days):
        raise ModelError(
            f"{days} days ahead.",
            f"It is a whole number from 1 to {_LONGEST:,}.",
            "Ask for a time that is told in days.",
        )


@dataclass(frozen=True)
class Needs:
    """
    What a model looks at, not yet computed.

    Customers who are alike in all that the model can see are one cell: the engine counts cells, a fit reads cells,
    and what is expected of a cell is joined back to its customers. So customers never have to fit into memory.

    Args:
        customers: One row per customer: customer_id, the columns of *cell*, and what *sums* adds up. Whole numbers where it can be.
        cell: Columns whose values make customers alike.
        sums: Beside the number of customers what is added up per cell: name -> aggregate.
    """

    customers: ir.Table
    cell: tuple[str, ...]
    sums: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def cells(self) -> ir.Table:
        """One row per cell: its columns, customers (how many), and the sums; in a fixed order."""
        counted = self.customers.group_by(*self.cell).agg(customers=_.count(), **self.sums)
        return counted.order_by(*self.cell)

    def told(self, predicted: ir.Table) -> ir.Table:
        """
        What is expected of each customer.

        Args:
            predicted: One row per cell: the columns of *cell* and what predict() told of it.

        Returns:
            customer_id and what was told.
        """
        keys = self.customers.select("customer_id", *self.cell)
        return keys.inner_join(predicted, list(self.cell)).drop(*self.cell)


class Model(ABC):
    """
    One registered way to infer what nobody wrote down.

    Settings are the constructor's arguments, kept under their own names. What was learned ends in an underscore.
    Chance comes in as a generator; nothing is random that is not told so.

    Args:
        id: Its name everywhere (class attribute, as are the following).
        name: What people call it.
        question: The question it answers.
        assumes: What must be so for its answers to hold.
        misleads: When it misleads.
        source: Where it was published.
        version: Raised when its answers change for the same data.
    """

    id: ClassVar[str]
    name: ClassVar[str]
    question: ClassVar[str]
    assumes: ClassVar[str]
    misleads: ClassVar[str]
    source: ClassVar[str]
    version: ClassVar[int] = 1

    @abstractmethod
    def needs(self, facts: Facts) -> Needs:
        """
        What it looks at, as known on the morning of the facts.

        Args:
            facts: The tables; nothing from as_of on is looked at.
        """

    def past(self, facts: Facts) -> Needs:
        """What fit() looks at: the same as needs(), unless it learns from mornings of the past."""
        return self.needs(facts)

    @abstractmethod
    def fit(self, cells: pd.DataFrame, *, chance: np.random.Generator | None = None) -> Self:
        """
        Learn.

        Args:
            cells: What past(facts).cells gave.
            chance: For models that draw; None where none is needed.

        Raises:
            ModelError: The data do not bear this model; the message says what to do.
        """

    @abstractmethod
    def predict(self, cells: pd.DataFrame, *, days: int) -> pd.DataFrame:
        """
        What it expects of the *days* days from as_of on.

        Args:
            cells: The columns of Needs.cell, one row per cell.
            days: How far ahead, at least 1.

        Returns:
            One row per row of *cells*, same index. Every model tells ``chance``: of what it foretells (a purchase; leaving).
        """

    @abstractmethod
    def explain(self) -> str:
        """What was learned, in sentences with figures, units and the assumptions."""

    def save(self) -> dict[str, Any]:
        """All that is needed to answer again, as what JSON can hold."""
        learned = {name: _plain(value) for name, value in vars(self).items() if name.endswith("_")}
        settings = {name: _plain(value) for name, value in vars(self).items() if not name.endswith("_")}
        return {"form": FORM, "model": self.id, "version": self.version, "settings": settings, "learned": learned}

    @classmethod
    def load(cls, saved: Mapping[str, Any]) -> Self:
        """
        The model that was put away.

        Args:
            saved: What save() gave.

        Raises:
            ModelError: It is another model, or was put away by another version of it, or is not what save() gave.
        """
        if not isinstance(saved, Mapping):
            raise _no_model(cls.id, f"is {type(saved).__name__}")
        came = (saved.get("form"), saved.get("model"), saved.get("version"))
        if came != (FORM, cls.id, cls.version):
            raise ModelError(
                f"What was put away is {came[1]}, version {came[2]}, form {came[0]}.",
                f"Wanted: {cls.id}, version {cls.version}, form {FORM}.",
                "Fit the model again.",
            )
        settings, learned = saved.get("settings"), saved.get("learned")
        if not isinstance(settings, Mapping) or not isinstance(learned, Mapping):
            raise _no_model(cls.id, "lacks its settings, or what was learned")
        strange = [*(settings.keys() - signature(cls).parameters.keys()), *(n for n in learned if not n.endswith("_"))]
        if strange:
            raise _no_model(cls.id, f"has {', '.join(sorted(map(str, strange)))} besides")
        try:
            model = cls(**{name: _whole(value) for name, value in settings.items()})
            vars(model).update({name: _whole(value) for name, value in learned.items()})
        except (TypeError, ValueError) as fault:
            raise _no_model(cls.id, f"cannot be read ({fault})") from None
        return model

    def _learned(self) -> None:
        """Refuse to answer before anything was learned."""
        if not any(name.endswith("_") for name in vars(self)):
            raise ModelError(f"{self.name} has learned nothing yet.", "", "Call fit() first.")


def _no_model(id: str, why: str) -> ModelError:
    return ModelError(f"What was put away {why}.", f"Wanted: what save() of {id} gave.", "Fit the model again.")


def _plain(value: Any) -> Any:
    """As JSON can hold it: arrays by their numbers and shape."""
    if isinstance(value, np.ndarray):
        return {"array": value.ravel().tolist(), "shape": list(value.shape), "type": str(value.dtype)}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"array", "shape", "type"}:
            return np.array(value["array"], dtype=value["type"]).reshape(value["shape"])
        return {key: _whole(item) for key, item in value.items()}
    return [_whole(item) for item in value] if isinstance(value, list) else value


MODELS: dict[str, type[Model]] = {}
"""Every registered model by id, in the order of the modules."""


def model(kind: type[Model]) -> type[Model]:
    """
    Register a class as a model.

    Raises:
        ModelError: Another one has its id.
    """
    if kind.id in MODELS:
        raise ModelError(f"Two models are called {kind.id!r}.", "An id names one model.", "Rename one.")
    MODELS[kind.id] = kind
    return kind


def find(id: str) -> type[Model]:
    """
    The model of that id.

    Raises:
        ModelError: There is none; the nearest ids are named.
    """
    import difflib

    import keepwell.understand  # noqa: F401  registers every model

    if id in MODELS:
        return MODELS[id]
    near = difflib.get_close_matches(id, MODELS, n=3) or sorted(MODELS)
    raise ModelError(f"There is no model {id!r}.", f"Did you mean {', '.join(near)}?", "Choose one of them.")
