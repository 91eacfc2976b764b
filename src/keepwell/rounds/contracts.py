"""How long will contracts be renewed, and what is that worth today? The renewals' step of the round."""

from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.errors import ModelError
from keepwell.rounds.buying import SOON, YEAR
from keepwell.rounds.step import Made, Morning, Step, nothing
from keepwell.understand.billing import LENGTHS, billed, period_days
from keepwell.understand.renewals import BetaDiscreteWeibull, Renewals, ShiftedBetaGeometric

_TOLD = {
    "customer_id": "string", "renewals_made": "int32", "stays_soon": "float64",
    "stays_year": "float64", "months_year": "float64", "months_left": "float64",
}  # fmt: skip
_BETTER = 2.0
"""A parameter more must raise the log-likelihood by so much before it is believed (a chance of about 1 in 20)."""


def _contracts(morning: Morning) -> Made:
    """Per customer with a running contract how likely it is renewed; each billing interval is learned by itself."""
    tables: list[ir.Table] = []
    about: dict[str, dict[str, Any]] = {}
    for each in LENGTHS:
        if morning.run(billed(morning.facts, each).limit(1)).empty:
            continue
        try:
            model, table = _one(morning, each)
        except ModelError as fault:
            about[each] = {"refused": str(fault)}
            continue
        tables.append(table)
        about[each] = {"model": model.save(), "told": model.explain()}
    if not tables:
        return nothing(
            _TOLD,
            "; ".join(part["refused"] for part in about.values()) or "Not enough data: there are no paid contracts.",
        )
    return Made(
        ibis.union(*tables) if len(tables) > 1 else tables[0],
        {
            "by_interval": about,
            "told": [f"By the {each}: {part.get('told') or part['refused']}" for each, part in about.items()],
        },
    )


def _one(morning: Morning, each: str) -> tuple[Renewals, ir.Table]:
    model: Renewals = ShiftedBetaGeometric(each=each)
    asked = model.needs(morning.facts)
    cells = morning.run(asked.cells)
    model.fit(cells)
    model = _changing(model, cells)
    there = cells[cells["lost"] == 0].reset_index(drop=True)
    soon, year = model.predict(there, days=SOON), model.predict(there, days=YEAR)
    months = period_days(each) / period_days("month")
    said = there[["age", "lost", "before"]].assign(
        stays_soon=1 - soon["chance"],
        stays_year=1 - year["chance"],
        months_year=year["renewals"] * months,
        months_left=year["residual"] * months,
    )
    told = asked.told(ibis.memtable(said)).join(
        asked.customers.select("customer_id", renewals_made="age"), "customer_id"
    )
    return model, told.select(*_TOLD).filter(_.stays_soon.notnull())


def _changing(steady: Renewals, cells: Any) -> Renewals:
    """The model in which each customer's risk changes with time, where the data say that it does."""
    try:
        other = BetaDiscreteWeibull(each=steady.each).fit(cells)
    except ModelError:
        return steady
    return other if other.log_likelihood_ > steady.log_likelihood_ + _BETTER else steady


CONTRACTS = Step("contracts", "how long contracts will be renewed", _contracts, ("subscriptions", "customers"))
