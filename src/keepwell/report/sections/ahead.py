"""Who will buy again, who may leave, and what is it worth? What the newest round of the same morning found, and how far to trust it."""

from collections.abc import Mapping
from typing import Any

import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.charts import calibration as chart
from keepwell.charts.words import number, percent
from keepwell.errors import MetricError
from keepwell.lake.results import Result
from keepwell.measure.metric import Cases, Metric
from keepwell.report.asking import Asking
from keepwell.report.behind import SHOWN
from keepwell.report.parts import THESE, Behind, Figure, Number, Section, Table
from keepwell.understand import find

_LIKELY = 0.5


def section(asking: Asking) -> Section | None:
    """What is expected of the next year; nothing where no round was taken of the morning."""
    kept = asking.workspace.lake.kept(asking.as_of)
    if "portraits" not in kept:
        return None
    people = asking.workspace.lake.result(kept["portraits"])
    about = kept["value"].about
    if "refused" in about:
        return Section("ahead", "What is to come", [f"It is not told who will buy again. {about['refused']}"])
    model = str(about["model"]["model"])
    asking.asked[model] = _definition(model)
    numbers = _numbers(asking, people, model)
    return Section(
        "ahead", "What is to come", about["told"][:2], numbers, [_figure(about, model, asking)], _notes(kept)
    )


def _definition(id: str) -> Metric:
    """A model among the definitions of the page; it has no cases to compute."""
    kind = find(id)
    return Metric(
        id=kind.id, name=kind.name, question=kind.question, formula=kind.assumes, unit="share", misleads=kind.misleads,
        compute=_not_counted, family="models", source=kind.source, version=kind.version,
    )  # fmt: skip


def _not_counted(*_asked: object) -> Cases:
    raise MetricError("A model is not counted.", "", "Ask `keepwell backtest`.")


def _numbers(asking: Asking, people: ir.Table, model: str) -> list[Number]:
    """Orders and money of the next year, and who has probably gone."""
    bought = people.filter(_.alive.notnull())
    told = asking.workspace.run(
        bought.agg(
            buyers=_.count(),
            orders=_.orders_year.sum(),
            money=_.orders_value.sum(),
            gone=(_.alive < _LIKELY).cast("int64").sum(),
        )
    ).iloc[0]
    currency = asking.workspace.company.currency
    n = f"n {number(float(told['buyers']))} who bought before"
    ahead = "the 365 days from then on"
    last = f"alive < {_LIKELY}"
    numbers = [
        Number(
            "Orders expected", number(float(told["orders"])), ahead, n, model,
            command=_command(asking, "orders_year"), behind=_first(asking, bought, "orders_year", "alive is not null"),
        ),
        Number(
            "Probably gone", number(float(told["gone"])), "as of the morning", n, model, "lost",
            why="They bought before; they are more likely gone than not.",
            command=_command(asking, "orders_value", last),
            behind=_first(asking, bought.filter(_.alive < _LIKELY), "orders_value", last),
        ),
    ]  # fmt: skip
    if pd.notna(told["money"]):
        money = f"{number(float(told['money']))} {currency}"
        behind = _first(asking, bought, "orders_value", "alive is not null")
        command = _command(asking, "orders_value")
        numbers.insert(1, Number("Expected from orders", money, ahead, n, model, command=command, behind=behind))
    return numbers


def _command(asking: Asking, by: str, where: str = "alive is not null") -> str:
    return f"keepwell portraits --as-of {asking.as_of} --where '{where}' --by {by} --csv"


def _first(asking: Asking, people: ir.Table, by: str, where: str) -> tuple[Behind, ...]:
    """The first customers behind a number, those with the most first."""
    counted = int(asking.workspace.run(people.agg(n=_.count()))["n"].iloc[0])
    if not counted:
        return ()
    first = asking.workspace.run(
        people.order_by(people[by].desc(), people.customer_id).select("customer_id").limit(SHOWN)
    )
    ids = tuple(sorted(first["customer_id"]))
    return (
        Behind(f"{number(counted)} customers, the first by {by}", ids, counted - len(ids), _command(asking, by, where)),
    )


def _figure(about: Mapping[str, Any], model: str, asking: Asking) -> Figure:
    frame = pd.DataFrame(about["calibration"])
    rows = tuple(
        (
            percent(row["said"]),
            percent(row["happened"]),
            f"{percent(row['low'])} to {percent(row['high'])}",
            number(row["customers"]),
        )
        for row in frame.to_dict("records")
    )
    return Figure(
        "calibration",
        "What was said on mornings of the past beside what then happened",
        "A dot is a tenth of the customers; on the dashed line as many bought as was said. The bar is the 95 % interval.",
        model,
        lambda width: chart.chart(frame, width=width),
        frame,
        Table("Calibration", ("chance said", "bought", "95 % interval", "customers"), rows),
        ((THESE, f"keepwell backtest --as-of {asking.as_of} --json"),),
    )


def _notes(kept: Mapping[str, Result]) -> list[str]:
    """What else the round found, in a sentence each, and what it could not tell."""
    told = [
        (kept[name].about.get("told") or [kept[name].about.get("refused", "")])[0]
        for name in ("risk", "contracts", "offers")
        if name in kept
    ]
    return [sentence for sentence in told if sentence]
