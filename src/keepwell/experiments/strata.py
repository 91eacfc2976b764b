"""Within which stratum was each unit drawn? As it was on the morning of its draw, whatever became of it."""

import ibis
import ibis.expr.types as ir

from keepwell.experiments.planning import eligible
from keepwell.prove.drawing import UNKNOWN, stratum
from keepwell.prove.outcomes import Watched
from keepwell.prove.plan import Plan
from keepwell.schema.clock import day_of
from keepwell.workspace import Workspace

STRATUM = "stratum"
"""The column."""


def strata_of(workspace: Workspace, plan: Plan, watched: Watched) -> ir.Table:
    """
    The stratum of every unit of an experiment; who was not eligible on that morning, as in a log from elsewhere, has the unknown one.

    Args:
        workspace: The company, opened.
        plan: It names strata.
        watched: Its units.

    Returns:
        Columns unit and stratum.
    """
    units = watched.units.select("unit", "day")
    days = [int(day) for day in workspace.run(units.select("day").distinct())["day"]]
    parts = []
    for day in sorted(days):
        people = eligible(workspace, plan, day_of(day))
        told = people.select("unit", told=stratum(people, plan.strata)).distinct(on="unit")
        drawn = units.filter(units.day == day).select(own="unit")
        parts.append(workspace.lake.aside(drawn.inner_join(told, drawn.own == told.unit).select("unit", "told")))
    known = ibis.union(*parts) if len(parts) > 1 else parts[0] if parts else None
    if known is None:
        return units.select("unit", stratum=ibis.literal(UNKNOWN))
    joined = units.left_join(known, "unit")
    return joined.select("unit", stratum=joined.told.fill_null(UNKNOWN))
