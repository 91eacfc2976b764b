"""Did what was foretold come? One thing that is foretold: its calibration, its totals, its scores, and the head of the page of all."""

import re
from collections.abc import Sequence
from datetime import date

from keepwell import rounds
from keepwell.charts import calibration, pit, totals
from keepwell.charts.words import NOTHING, day, known, many, number, percent
from keepwell.errors import MetricError
from keepwell.measure.metric import Cases, Metric
from keepwell.report.asking import Asking
from keepwell.report.parts import THESE, Figure, Number, Section, Table
from keepwell.report.sections.finding import Finding
from keepwell.rounds.trials import Tried
from keepwell.understand import find

_LEAD, _SHORT = 3, 240
"""So many sentences, of at most so many letters, answer the question; the rest stands below."""

_MEANINGS = {"left": "lost", "ended": "lost"}
_COUNTED = {"value": "Orders that came", "risk": "Customers who left"}
_SCORES = {
    "count_score": "count score", "crps": "CRPS", "log_score": "log score", "brier": "Brier", "absolute_error": "off by",
    "auc": "AUC", "gini": "Gini", "calibration_error": "calibration error", "said": "said", "happened": "came",
}  # fmt: skip
_NOTE = (
    "Means over the mornings. AUC and Gini: higher is better, 0.5 and 0 are chance; all other scores: lower is better. "
    "Said and came are totals of a morning."
)


def section(asking: Asking, tried: Tried) -> Section:
    """One thing that is foretold, whole."""
    define(asking, tried)
    told = [sentence for sentence in tried.told if " we said had " not in sentence or tried.calibration.empty]
    blocks: list[Figure | Table] = [*figures(asking, tried)]
    if not tried.scores.empty:
        blocks.append(_scores(tried))
    lead = [sentence for sentence in told if len(sentence) <= _SHORT][:_LEAD] or told[:1]
    notes = [*(sentence for sentence in told if sentence not in lead), *([tried.missing] if tried.missing else [])]
    return Section(tried.id, tried.title, lead, _numbers(asking, tried), blocks, notes)


def found(asking: Asking, trials: Sequence[Tried]) -> Finding:
    """The head of the page: of those with the highest chance, for how many it came true; and what takes weight from it."""
    parts: list[tuple[str, str, str]] = []
    for tried in trials:
        if tried.calibration.empty:
            continue
        row = tried.calibration.iloc[-1]
        end = f"{percent(row['happened'], 0)} {tried.happened}"
        parts += [
            (f"{' ' if parts else ''}Of the customers we said had {percent(row['said'], 0)}, ", "", ""),
            (end, _MEANINGS.get(tried.happened, "kept"), tried.id),
            (".", "", ""),
        ]
    nothing = (("Nothing that is foretold could be tried on the past yet.", "", ""),)
    cautions = [CHANGED] if changed(asking) else []
    cautions += [f"{tried.title} A rule of thumb tells it as well." for tried in trials if tried.beats is False]
    return Finding(tuple(parts) or nothing, tuple(cautions), tuple(_facts(asking, trials)))


def _facts(asking: Asking, trials: Sequence[Tried]) -> list[tuple[str, str]]:
    """Of which morning, and on which mornings of the past."""
    tried = sorted({str(morning) for each in trials if len(each.mornings) for morning in each.mornings["morning"]})
    facts = [("Round of the morning of", day(asking.as_of))]
    told = ", ".join(day(date.fromisoformat(morning)) for morning in tried)
    return [*facts, ("Tried on the mornings of", told)] if told else facts


CHANGED = "The data have changed since this round was taken: what is foretold is of before. Take keepwell round again."


def changed(asking: Asking) -> bool:
    """Whether the data have changed since the round of the page's morning."""
    return bool(rounds.changed(asking.workspace, asking.as_of))


def define(asking: Asking, tried: Tried) -> None:
    """Put a model among the definitions of the page; it has no cases to compute."""
    if not tried.model:
        return
    kind = find(tried.model)
    asking.asked[tried.model] = Metric(
        id=kind.id, name=kind.name, question=kind.question, formula=kind.assumes, unit="share", misleads=kind.misleads,
        compute=_not_counted, family="models", source=kind.source, version=kind.version,
    )  # fmt: skip


def _not_counted(*_asked: object) -> Cases:
    raise MetricError("A model is not counted.", "", "Ask `keepwell backtest`.")


def _numbers(asking: Asking, tried: Tried) -> list[Number]:
    """Said, come, ranked and off, as far as they were kept."""
    numbers: list[Number] = []
    own = tried.own
    if own.empty:
        return numbers
    period, n, command = _span(tried), _n(tried), _command(asking, tried)
    if "said" in own:
        why = f"{number(known(own['said']))} had been said."
        came, meaning = number(known(own["happened"])), _MEANINGS.get(tried.happened, "kept")
        name = _COUNTED.get(tried.id, tried.happened.capitalize())
        numbers.append(Number(name, came, f"mean of {period}", n, tried.model, meaning, why, command))
    if known(own.get("auc")) is not None:
        rule = known(tried.rules["auc"].max()) if len(tried.rules) else None
        why = "50 % is chance" + (f"; the best rule of thumb: {percent(rule)}." if rule is not None else ".")
        numbers.append(
            Number("Pairs ranked right", percent(own["auc"]), period, n, tried.model, why=why, command=command)
        )
    if known(own.get("calibration_error")) is not None:
        told = f"{number(100 * own['calibration_error'], 1)} points"
        why = "Between the share said and the share that came, over the tenths of the customers."
        numbers.append(Number("Off on average", told, period, n, tried.model, why=why, command=command))
    return numbers


def _span(tried: Tried) -> str:
    return many(len(tried.mornings), "morning") if len(tried.mornings) else "the mornings tried"


def _n(tried: Tried) -> str:
    counted = tried.calibration["customers"].sum() if len(tried.calibration) else None
    return f"n {number(known(counted))} customers" if counted is not None else NOTHING


def _command(asking: Asking, tried: Tried) -> str:
    return f"keepwell backtest {tried.id.partition('_')[0]} --as-of {asking.as_of} --json"


def figures(asking: Asking, tried: Tried) -> list[Figure]:
    """The charts there are numbers for."""
    made = []
    if not tried.calibration.empty:
        made.append(calibrated(asking, tried))
    if not tried.mornings.empty:
        made.append(_totals(asking, tried))
    if not tried.pit.empty:
        made.append(_pit(asking, tried))
    return made


def calibrated(asking: Asking, tried: Tried) -> Figure:
    """What was said beside what happened, in tenths of the customers."""
    frame, meaning = tried.calibration, _MEANINGS.get(tried.happened, "kept")
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
        f"calibration-{tried.id}",
        f"Of the customers we said had a chance, how many {tried.happened}",
        f"A dot is a tenth of the customers, or more where many had the same chance; on the dashed line as many {tried.happened} as was said. "
        "The bar is the 95 % interval.",
        tried.model,
        lambda width: calibration.chart(frame, width=width, happened=tried.happened, meaning=meaning),
        frame,
        Table(f"Calibration. {tried.title}", ("chance said", tried.happened, "95 % interval", "customers"), rows),
        ((THESE, _command(asking, tried)),),
    )


def _totals(asking: Asking, tried: Tried) -> Figure:
    """What was said of all together on each morning, and what came."""
    came = "orders came" if tried.id == "value" else tried.happened
    frame, meaning = tried.mornings, _MEANINGS.get(tried.happened, "kept")
    rows = tuple(
        (
            str(row["morning"]),
            number(row["said"]),
            f"{number(row['low'])} to {number(row['high'])}",
            number(row["happened"]),
            number(row["customers"]),
        )
        for row in frame.to_dict("records")
    )
    return Figure(
        f"totals-{tried.id}",
        "What was said of all together, and what came",
        f"A bar is how many {came}, the dot beside it how many had been said; its line is where 95 of 100 totals would lie were the model right. "
        "Campaigns are in no model of single customers.",
        tried.model,
        lambda width: totals.chart(frame, width=width, happened=came, meaning=meaning),
        frame,
        Table(f"Totals by morning. {tried.title}", ("morning", "said", "interval", came, "customers"), rows),
        ((THESE, _command(asking, tried)),),
    )


def _pit(asking: Asking, tried: Tried) -> Figure:
    """Whether the forecasts are as wide as they should be."""
    frame = tried.pit
    rows = tuple(
        (f"{percent(row['low'], 0)} to {percent(row['high'], 0)}", percent(row["share"]))
        for row in frame.to_dict("records")
    )
    return Figure(
        f"pit-{tried.id}",
        "Whether the forecasts are as wide as they should be",
        "Level bars are right. A hump says the forecasts were too wide, a valley too narrow, a slope too high or too low.",
        tried.model,
        lambda width: pit.chart(frame, width=width),
        frame,
        Table(f"Where what came lay in the forecasts. {tried.title}", ("part of the forecast", "customers"), rows),
        ((THESE, _command(asking, tried)),),
    )


def _scores(tried: Tried) -> Table:
    """Every model and rule of thumb beside each other, the best first."""
    there = {name: head for name, head in _SCORES.items() if name in tried.scores}
    rows = tuple(
        (
            _brief(str(row["name"])),
            *(number(known(row[name]), 0 if name in ("said", "happened") else 3) for name in there),
        )
        for row in tried.scores.to_dict("records")
    )
    return Table(f"{tried.title} The model beside the rules of thumb", ("", *there.values()), rows, _NOTE)


def _brief(name: str) -> str:
    """Pareto/NBD, of a name that says so in brackets after what it means; other names as they are."""
    return re.sub(r"^[^()]*\(([^()]+)\)", r"\1", name)
