"""Of all plays together, which still hold? Corrected for how many were looked at, and drawn towards what plays usually do."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from keepwell.experiments.looking import looks
from keepwell.experiments.reading import footing, frozen
from keepwell.prove import open_ended, sequential, verdict
from keepwell.prove.look import Look, per
from keepwell.prove.look_words import harm
from keepwell.prove.many import benjamini_hochberg, shrink
from keepwell.prove.plan import Plan
from keepwell.workspace import Workspace

FALSE = 0.05
"""Of the plays that are said to hold among all, so many may do nothing, on average."""


@dataclass(frozen=True)
class Ranked:
    """
    One treatment of one play beside all others.

    Args:
        name: Experiment and version.
        arm: The treatment.
        of: What is compared, in words.
        unit: What its effect is counted in.
        p_value: Chance of as strong evidence in any look so far were there no effect.
        adjusted: The same, corrected for how many there are (Benjamini and Hochberg).
        better: Whether what was seen is an improvement.
        own: The effect as it stands.
        low: Lower end of the effect drawn towards what such plays usually do, at 95 %; nan where fewer than three are alike.
        high: Upper end.
        drawn: That effect itself.
        harm: Guardrails that are shown to have got worse, each with what was seen; "" where there is none.
    """

    name: str
    arm: str
    of: str
    unit: str
    p_value: float
    adjusted: float
    better: bool
    own: float
    low: float
    high: float
    drawn: float
    harm: str = ""

    @property
    def holds(self) -> bool:
        """Whether it is an effect also beside all others that were looked at."""
        return self.adjusted <= FALSE


def portfolio(workspace: Workspace, as_of: date | None = None) -> tuple[Ranked, ...]:
    """
    Every treatment of every play whose effect is shown in its newest look, the surest first; hidden ones take no part, nor plans frozen when their outcomes were known.

    Args:
        workspace: The company, opened.
        as_of: Looks up to this morning; None is the workspace's own.
    """
    today, entries = as_of or workspace.as_of, workspace.lake.ledger()
    rows = []
    for name, plan in frozen(workspace).items():
        mine = [entry for entry in entries if entry.about == name]
        if footing(workspace, plan, mine)[0]:
            continue
        history = [one for one in looks(mine) if one.morning <= today]
        rows += [row for arm in plan.treatments if (row := _row(plan, arm, history, workspace.company.currency))]
    if not rows:
        return ()
    frame = pd.DataFrame(rows)
    frame["adjusted"] = benjamini_hochberg(frame["p_value"].tolist())
    drawn = pd.concat([shrink(alike) for _of, alike in frame.groupby("of", sort=False)])
    drawn = drawn.sort_values(["adjusted", "name", "arm"], kind="stable")
    return tuple(
        Ranked(
            row["name"], row["arm"], row["of"], row["unit"], row["p_value"], row["adjusted"], row["better"],
            row["own"], row["shrunk_low"], row["shrunk_high"], row["shrunk"], row["harm"],
        )
        for row in drawn.to_dict("records")
    )  # fmt: skip


def family(plan: Plan) -> str:
    """What is compared, in words; plays of one family are alike, and of accounts none is like one of customers."""
    words = per(plan, plan.primary.words)
    return f"{words}, of accounts" if plan.unit == "account" else words


def _row(plan: Plan, arm: str, history: Sequence[Look], currency: str) -> dict[str, object] | None:
    """What one treatment shows; None where its newest look shows nothing, or hides it."""
    told = [one for look in history for one in look.comparisons if one.arm == arm]
    if not told or told[-1].verdict in ("hidden", "unproven") or told[-1].look is None:
        return None
    primary = next((row for row in told[-1].rows if row.role == "primary"), None)
    seen = list(dict.fromkeys(one.look for one in told if one.look is not None and one.since <= told[-1].since))
    if primary is None or not math.isfinite(primary.difference):
        return None
    return {
        "name": plan.name,
        "arm": arm,
        "of": family(plan),
        "unit": primary.unit,
        "p_value": _chance(plan, arm, seen),
        "better": primary.difference * plan.primary.better > 0,
        "estimate": primary.difference,
        "error": told[-1].look.error,
        "harm": harm(told[-1], currency),
    }


def _chance(plan: Plan, arm: str, seen: Sequence[sequential.Look]) -> float:
    """A p-value that looking often does not spoil."""
    whole = verdict.planned(plan, arm)
    if not plan.open_ended:
        return sequential.repeated_p_value(seen, whole, plan.spending)
    alpha, tuned = plan.alpha_each * open_ended.RUNNING, open_ended.tuning(whole)
    return min(open_ended.p_value(one.estimate / one.error, one.information, tuned, alpha) for one in seen)
