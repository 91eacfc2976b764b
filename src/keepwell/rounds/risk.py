"""Who may leave, how likely, and why? The risk step of the round; it speaks only where it proved itself."""

from functools import partial
from typing import Any

import ibis
import pandas as pd

from keepwell.errors import MissingExtraError, ModelError
from keepwell.measure.spells import spells
from keepwell.rounds.buying import SOON
from keepwell.rounds.step import Made, Morning, Step, nothing
from keepwell.understand import features
from keepwell.understand.churn import ChurnHazard

REASONS = 3
"""So many reasons are told of a customer."""

_SAID = {
    "customer_id": "string", "risk": "float64", "risk_low": "float64", "risk_high": "float64",
    **{f"reason_{place}": "string" for place in range(1, REASONS + 1)},
}  # fmt: skip


def _risk(morning: Morning) -> Made:
    """Per customer kept on the morning the chance of leaving within ninety days, its limits and what speaks for it."""
    model = ChurnHazard(days=SOON)
    try:
        lot = morning.workspace.lake.aside(model.drawn(morning.facts))
        model.fit(morning.run(model.past(morning.facts, lot).cells), chance=morning.chance())
    except (ModelError, MissingExtraError) as fault:
        return nothing(_SAID, str(fault))
    about = {
        "told": model.explain().splitlines(),
        "signal": model.signal,
        "judged": model.judged_,
        "model": model.save(),
    }
    morning.share(spells)
    morning.share(features.this_morning)
    people = model.needs(morning.facts).customers
    return Made(morning.workspace.lake.parts(people, partial(_told, model), ibis.schema(_SAID)), about)


def _told(model: ChurnHazard, people: pd.DataFrame) -> pd.DataFrame:
    """The risk of some customers, with what speaks for leaving."""
    told = model.predict(people, days=SOON)
    frame = people[["customer_id"]].assign(risk=told["chance"], risk_low=told["low"], risk_high=told["high"])
    return frame.join(_why(model, people, told))


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
