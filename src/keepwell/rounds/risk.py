"""Who may leave, how likely, and why? The risk step of the round; it speaks only where it proved itself."""

from functools import partial
from typing import Any

import ibis
import pandas as pd
from ibis import _

from keepwell.errors import MissingExtraError, ModelError
from keepwell.measure.profile import rhythm
from keepwell.measure.spells import spells
from keepwell.rounds.buying import SOON
from keepwell.rounds.step import Made, Morning, Step, nothing
from keepwell.tongue import gettext_noop
from keepwell.understand import backtest, features, risk_trials
from keepwell.understand.churn import ChurnHazard
from keepwell.understand.ideal_customer import own_traits

REASONS = 3
"""So many reasons are told of a customer."""

_SAID = {
    "customer_id": "string", "risk": "float64", "risk_low": "float64", "risk_high": "float64",
    **{f"reason_{place}": "string" for place in range(1, REASONS + 1)},
}  # fmt: skip


MOST_TRAITS = 20
"""So many of the company's own columns are looked at, those most customers have."""

_TRIED_ON = 5_000
"""Of so many customers at most it is told how the risk did on mornings of the past."""


def _risk(morning: Morning) -> Made:
    """Per customer kept on the morning the chance of leaving within ninety days, its limits and what speaks for it."""
    morning.share(spells)
    own = (
        morning.run(own_traits(morning.facts).limit(MOST_TRAITS))["trait"]
        if "customers" in morning.facts.tables
        else []
    )
    traits = [f"traits.{name}" for name in own]
    model = ChurnHazard(days=SOON, traits=traits)
    try:
        lot = morning.workspace.lake.aside(model.drawn(morning.facts))
        model.fit(morning.run(model.past(morning.facts, lot).cells), chance=morning.chance())
    except (ModelError, MissingExtraError) as fault:
        return nothing(_SAID, str(fault))
    told = [*model.explain().splitlines(), *_ahead(morning)]
    if not model.enough:
        return nothing(_SAID, " ".join(told))
    about = {
        "told": told,
        "signal": model.signal,
        "judged": model.judged_,
        "model": model.save(),
        "trials": _trials(morning, traits),
    }
    morning.share(features.this_morning)
    people = features.beside(model.needs(morning.facts).customers, rhythm(morning.facts), ["customer_id"])
    return Made(morning.workspace.lake.parts(people, partial(_told, model), ibis.schema(_SAID)), about)


def _trials(morning: Morning, traits: list[str]) -> dict[str, Any]:
    """How it did on mornings of the past beside rules of thumb, or why that cannot be told."""
    make = partial(ChurnHazard, days=SOON, most=_TRIED_ON, traits=traits)
    try:
        looks = backtest.trials(morning.facts, morning.first, SOON)
        return risk_trials.examine([make], morning.facts, looks, morning.run).about()
    except ModelError as fault:
        return {"told": [f"It could not be tried on the past. {fault}"]}


def _ahead(morning: Morning) -> list[str]:
    """What is said where contracts end on the morning or later as is written down: they count as running."""
    if "subscriptions" not in morning.facts.tables:
        return []
    many = int(morning.run(features.ends_ahead(morning.facts).agg(customers=_.count()))["customers"].iloc[0])
    if not many:
        return []
    told = (
        f"The subscriptions of {many:,} customers end on or after {morning.as_of}, as is written down already: on that morning they still "
        "run. If these ends have happened, set data_until in keepwell.toml to the day after the last day that is known."
    )
    return [told]


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
RISK = Step("risk", gettext_noop("who may leave, and why"), _risk, _ALL, version=3)
