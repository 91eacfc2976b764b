"""Who may leave, how likely, and why? The risk step of the round; it speaks only where it proved itself."""

from typing import Any

import ibis
import pandas as pd

from keepwell.errors import MissingExtraError, ModelError
from keepwell.rounds.buying import SOON
from keepwell.rounds.step import Made, Morning, Step, nothing
from keepwell.understand.churn import ChurnHazard

REASONS = 3
"""So many reasons are told of a customer."""

_TOLD = {
    "customer_id": "string", "risk": "float64", "risk_low": "float64", "risk_high": "float64",
    **{f"reason_{place}": "string" for place in range(1, REASONS + 1)},
}  # fmt: skip


def _risk(morning: Morning) -> Made:
    """Per customer kept on the morning the chance of leaving within ninety days, its limits and what speaks for it."""
    model = ChurnHazard(days=SOON)
    try:
        lot = ibis.memtable(morning.run(model.drawn(morning.facts)))
        model.fit(morning.run(model.past(morning.facts, lot).cells), chance=morning.chance())
    except (ModelError, MissingExtraError) as fault:
        return nothing(_TOLD, str(fault))
    people = morning.run(model.needs(morning.facts).customers)
    told = model.predict(people, days=SOON)
    frame = people[["customer_id"]].assign(risk=told["chance"], risk_low=told["low"], risk_high=told["high"])
    about = {
        "told": model.explain().splitlines(),
        "signal": model.signal,
        "judged": model.judged_,
        "model": model.save(),
    }
    return Made(ibis.memtable(frame.join(_why(model, people, told)), schema=ibis.schema(_TOLD)), about)


def _why(model: ChurnHazard, people: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """What speaks for leaving, of those whose risk is above everybody's rate; of the others nothing does."""
    risky = people[(told["chance"] > model.base_["rate"]).to_numpy()]
    found = model.reasons(risky, most=REASONS)
    rows: list[list[Any]] = [
        [*(reason.text for reason in own if reason.part > 0), *[None] * REASONS][:REASONS] for own in found
    ]
    columns = [f"reason_{place}" for place in range(1, REASONS + 1)]
    return pd.DataFrame(rows, index=risky.index, columns=columns, dtype=object).reindex(people.index)


_ALL = ("customers", "orders", "refunds", "subscriptions", "events", "touches", "answers")
RISK = Step("risk", "who may leave, and why", _risk, _ALL)
