"""How long will contracts be renewed, and what is that worth today? The renewals' step of the round."""

from functools import partial
from math import ceil
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from keepwell.errors import ModelError
from keepwell.rounds.buying import SOON, SURE, YEAR
from keepwell.rounds.step import Made, Morning, Step, nothing
from keepwell.tongue import gettext_noop
from keepwell.understand import backtest, contract_trials
from keepwell.understand.billing import LENGTHS, billed, period_days
from keepwell.understand.renewals import BetaDiscreteWeibull, OneRate, Renewals, ShiftedBetaGeometric

_TOLD = {
    "customer_id": "string", "renewals_made": "int32", "stays_soon": "float64",
    "stays_year": "float64", "months_year": "float64", "months_low": "float64", "months_high": "float64",
    "months_left": "float64",
}  # fmt: skip

_ALL_ALIKE = "So of everybody with such a contract the same rate is told."


def _contracts(morning: Morning) -> Made:
    """Per customer with a running contract how likely it is renewed; each billing interval is learned by itself."""
    tables: list[ir.Table] = []
    about: dict[str, dict[str, Any]] = {}
    for each in LENGTHS:
        if morning.run(billed(morning.facts, each).limit(1)).empty:
            continue
        try:
            table, about[each] = _one(morning, each)
        except ModelError as fault:
            about[each] = {"refused": str(fault)}
            continue
        tables.append(table)
    told = [
        f"By the {each}: {line}" for each, part in about.items() for line in part.get("told", [part.get("refused")])
    ]
    if not tables:
        return nothing(_TOLD, " ".join(told) or "Not enough data: there are no paid contracts.")
    return Made(ibis.union(*tables) if len(tables) > 1 else tables[0], {"by_interval": about, "told": told})


def _one(morning: Morning, each: str) -> tuple[ir.Table, dict[str, Any]]:
    """Of one billing interval: who stays how likely, and what is known of the model."""
    asked = OneRate(each=each).due(morning.facts)  # what all kinds of model look at
    cells = morning.run(asked.cells)
    OneRate(each=each).fit(cells)  # with too few ends today there were too few on every morning before
    kind, trials = _best(morning, each)
    model = kind(each=each)
    model.fit(cells)
    there = cells[cells["lost"] == 0].reset_index(drop=True)
    soon, year = model.predict(there, days=SOON), model.predict(there, days=YEAR)
    months = period_days(each) / period_days("month")
    low, high = _interval(model, there)
    said = there[list(asked.cell)].assign(
        stays_soon=1 - soon["chance"],
        stays_year=1 - year["chance"],
        months_year=year["renewals"] * months,
        months_low=low * months,
        months_high=high * months,
        months_left=year["residual"] * months,
    )
    made = asked.customers.select("customer_id", renewals_made="age")
    table = asked.told(ibis.memtable(said)).join(made, "customer_id").select(*_TOLD)
    return table, {"model": model.save(), "told": [model.explain(), *trials["told"]], "trials": trials}


def _interval(model: Renewals, cells: pd.DataFrame) -> tuple[Any, Any]:
    """The fewest and the most renewals of the next year, with a chance of at least four in five to lie between."""
    most = ceil(YEAR / period_days(model.each)) + 1
    more = model.reaching(cells, days=YEAR, counts=range(1, most + 1)).to_numpy()
    tail = (1 - SURE) / 2
    return (more > 1 - tail).sum(axis=1), (more > tail).sum(axis=1)


def _best(morning: Morning, each: str) -> tuple[type[Renewals], dict[str, Any]]:
    """The kind of model that did best on the company's own past, and how; one rate for all where none beat the rule of thumb, or none could be tried."""
    kinds = (OneRate, ShiftedBetaGeometric, BetaDiscreteWeibull)
    try:
        looks = backtest.trials(morning.facts, morning.first, SOON)
        found = contract_trials.examine([partial(kind, each=each) for kind in kinds], morning.facts, looks, morning.run)
    except ModelError as fault:
        return OneRate, {"told": [f"No model could be tried on the past. {fault}", _ALL_ALIKE]}
    about = found.about()
    if found.better_than_rule:
        return next(kind for kind in kinds if kind.id == found.best), about
    return OneRate, {**about, "told": [*about["told"], _ALL_ALIKE]}


CONTRACTS = Step(
    "contracts",
    gettext_noop("how long contracts will be renewed"),
    _contracts,
    ("subscriptions", "customers"),
    version=4,
)
