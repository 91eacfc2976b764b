"""What is a model? It says what it needs, learns from it, tells what it expects, explains itself, and can be put away."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
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
            ModelError: It is another model, or was put away by another version of it.
        """
        came = (saved.get("form"), saved.get("model"), saved.get("version"))
        if came != (FORM, cls.id, cls.version):
            raise ModelError(
                f"What was put away is {came[1]}, version {came[2]}, form {came[0]}.",
                f"Wanted: {cls.id}, version {cls.version}, form {FORM}.",
                "Fit the model again.",
            )
        model = cls(**{name: _whole(value) for name, value in saved["settings"].items()})
        vars(model).update({name: _whole(value) for name, value in saved["learned"].items()})
        return model

    def _learned(self) -> None:
        """Refuse to answer before anything was learned."""
        if not any(name.endswith("_") for name in vars(self)):
            raise ModelError(f"{self.name} has learned nothing yet.", "", "Call fit() first.")


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
