"""Which plays are shown to work, which are not, and of which can nothing be known? Every experiment; and one look at one of them, whole."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pandas as pd

from keepwell.charts import arms, effect, looks
from keepwell.charts.words import NOTHING, day, many, number, percent
from keepwell.errors import MetricError
from keepwell.experiments import reading
from keepwell.experiments.booking import Booked, brought
from keepwell.experiments.looking import Looked
from keepwell.experiments.looking import looks as entered
from keepwell.experiments.portfolio import portfolio as everything
from keepwell.lake.ledger import Entry
from keepwell.measure.metric import Cases, Metric
from keepwell.prove.hindsight import MARK
from keepwell.prove.look import Comparison, Look, Row
from keepwell.prove.look_words import HARM, harm, harm_next, interval
from keepwell.prove.quantiles import AT_QUANTILE
from keepwell.prove.verdict import SHOWN
from keepwell.report.asking import Asking
from keepwell.report.parts import THESE, Figure, Section, Table
from keepwell.report.sections import portfolio
from keepwell.report.sections.finding import Finding

KEY = "effect"
"""Id of the definition of every figure of a look."""

_TOKENS = {"better": "kept", "worse": "lost"}
_HUGE = 700.0
"""Beyond this no exponent is a number."""
_NOT_MEASURABLE = "not measurable"
BOOKED = "booked after roll-out"


def section(asking: Asking) -> Section | None:
    """Every experiment with its state, verdict and interval; what is overdue, and what can never show anything."""
    found = reading.states(asking.workspace, asking.as_of)
    if not found:
        return None
    ledger = asking.workspace.lake.ledger()
    rows = tuple(row for state in found for row in (_state(asking, state, ledger), *_since(asking, state)))
    held, active = reading.held_out_share(found)
    lead = [
        f"Of {many(active, 'active play')} {number(held)} ({percent(held / active, 0)}) hold somebody out; without that nobody can tell what would have come anyway."
        if active
        else "No play is active."
    ]
    overdue = [state for state in found if state.overdue]
    if overdue:
        lead.append(f"{many(len(overdue), 'review is', 'reviews are')} overdue: nobody has said keep, change or stop.")
    lead += [line for state in found for line in _harm(asking, state, ledger)]
    told = [
        state.told()
        for state in found
        if state.overdue or state.hindsight or not state.measurable or state.plan is None
    ]
    heads = ("experiment", "state", "verdict", "what is not ruled out", "looked at", "review by")
    note = "Intervals hold over all looks together. Nothing is credited to a play that is not shown to work."
    together = everything(asking.workspace, asking.as_of)
    beside = portfolio.table(together, asking.workspace.company.currency)
    tables = [Table("Every experiment", heads, rows, note), *([beside] if beside else [])]
    return Section("proof", "What is shown to work", [*lead, *portfolio.told(together)], (), tables, told)


def _known(asking: Asking, state: reading.State, ledger: Sequence[Entry]) -> list[Look]:
    own = entered([entry for entry in ledger if entry.about == state.name])
    return [look for look in own if look.morning <= asking.as_of]


def _harm(asking: Asking, state: reading.State, ledger: Sequence[Entry]) -> list[str]:
    """What the newest look at a play tells of harm; nothing where none is shown, or it can prove nothing."""
    known = [] if state.hindsight else _known(asking, state, ledger)
    return [
        f"{state.name}, {one.arm}: {line}"
        for one in (known[-1].comparisons if known else ())
        for line in one.told
        if line.startswith(HARM)
    ]


def _since(asking: Asking, state: reading.State) -> list[tuple[str, ...]]:
    """A row per treatment of what was booked since it was decided to keep a play."""
    rows: list[tuple[str, ...]] = []
    for one in brought(asking.workspace, state.plan, asking.as_of) if state.plan else ():
        told, of, verdict = _booked(one, asking.workspace.company.currency)
        named = f"{state.name}, {one.arm}, {BOOKED}"
        rows.append((named, f"since {one.since}", f"{verdict}, of {of}", told, f"{asking.as_of}", NOTHING))
    return rows


def _state(asking: Asking, state: reading.State, ledger: Sequence[Entry]) -> tuple[str, ...]:
    known = _known(asking, state, ledger)
    review = f"{state.plan.review}{' (overdue)' if state.overdue else ''}" if state.plan else NOTHING
    if not state.measurable:
        return (
            state.name,
            state.phase,
            _NOT_MEASURABLE,
            "anything, from endless loss to endless gain",
            NOTHING,
            review,
        )
    if not known:
        verdict = (
            "not planned: a hint at most" if state.plan is None else MARK if state.hindsight else "not looked at yet"
        )
        return (state.name, state.phase, verdict, NOTHING, NOTHING, review)
    last, currency = known[-1], asking.workspace.company.currency
    told = "; ".join(_interval(one, currency, several=len(last.comparisons) > 1) for one in last.comparisons)
    harmed = [words for one in last.comparisons if (words := harm(one, currency))]
    verdict = f"{last.verdict}, but harm: {'; '.join(harmed)}" if harmed else last.verdict
    return (state.name, state.phase, MARK if state.hindsight else verdict, told, f"{last.morning}", review)


def _interval(one: Comparison, currency: str, *, several: bool) -> str:
    primary = next((row for row in one.rows if row.role == "primary"), None)
    told = interval(primary.unit, primary.low, primary.high, currency) if primary else "hidden by an alarm"
    return f"{one.arm}: {told}" if several else told


def found(looked: Looked, currency: str = "") -> Finding:
    """The head of a look's page: the verdict, harm beside it, and what takes weight from it."""
    look = looked.look
    parts: list[tuple[str, str, str]] = [(f"{looked.plan.experiment}: ", "", "")]
    for place, one in enumerate(look.comparisons):
        named = f"{'; ' if place else ''}{one.arm + ' ' if len(look.comparisons) > 1 else ''}"
        token, said = _TOKENS.get(one.verdict, "unknown"), _words(one, measurable=looked.plan.measurable)
        if harmed := harm(one, currency):
            token, said = "lost", f"{'better' if one.verdict == 'better' else said}, {_but(one)} harm: {harmed}"
        parts += [(named, "", ""), (said, token, f"look-{place}")]
    cautions = list(look.told[:-1]) if look.state == "hidden" else []
    if looked.unproven and look.state != "hidden":
        cautions.append(looked.unproven)
    facts = [
        ("As known on the morning of", day(look.morning)),
        ("Assigned", ", ".join(f"{arm} {number(n)}" for arm, n in look.assigned.items())),
        ("Who answers for it", looked.plan.owner),
        ("Decided by", day(looked.plan.review)),
    ]
    return Finding((*parts, (".", "", "")), tuple(cautions), tuple(facts))


def _words(one: Comparison, *, measurable: bool) -> str:
    said = {
        "better": "an effect is shown, for the better",
        "worse": "an effect is shown, for the worse",
        "hidden": "no effect is shown until the alarm is resolved",
        "stopped": "stopped before anything was shown",
        "unproven": MARK if measurable else "unproven: everybody is treated",
    }
    return said.get(one.verdict, one.verdict)


def _but(one: Comparison) -> str:
    return "but" if one.verdict in ("better", "no effect shown") else "and"


def sections(asking: Asking, looked: Looked, as_of: date | None = None) -> list[Section]:
    """
    One section per treatment, what was booked since it was decided to keep it, and what was planned.

    Args:
        asking: The page, as of the morning of the look.
        looked: The look and those before it.
        as_of: The morning up to which is booked what came after the roll-out, a later one; None is the workspace's own.
    """
    define(asking)
    since = brought(asking.workspace, looked.plan, as_of)
    made = [_treatment(asking, looked, place, since) for place in range(len(looked.look.comparisons))]
    plan = Section(
        "plan",
        "What was planned, afterwards" if looked.unproven else "What was planned, before the start",
        looked.plan.told(),
        (),
        (),
        looked.look.told,
    )
    after = [Section("booked", "Booked after the roll-out", [one.told for one in since])] if since else []
    return [*made, *after, plan]


def _treatment(asking: Asking, looked: Looked, place: int, since: Sequence[Booked]) -> Section:
    blocks: list[Figure | Table] = []
    one, currency = looked.look.comparisons[place], asking.workspace.company.currency
    if one.rows and looked.look.state != "unproven":
        blocks += [*_over_time(looked, one, place), *_survival(looked, one, place), *_figures(looked, one, place)]
        figures = table(one, currency, [row for row in since if row.arm == one.arm])
        if looked.plan.unit == "account":
            per = [tuple(cell.replace("per head", "per account") for cell in row) for row in figures.rows]
            figures = replace(figures, rows=tuple(per))
        blocks.append(figures)
    title = f"{one.arm} beside {looked.plan.reference}" if looked.plan.measurable else one.arm
    first, rest = harm_next(one.told)
    more = 1 if len(first) == 1 else 0
    return Section(f"look-{place}", title, [*first, *rest[:more]], (), blocks, rest[more:])


def table(one: Comparison, currency: str, since: Sequence[Booked] = ()) -> Table:
    """Every figure of a treatment with what is not ruled out, and what it has brought since the roll-out."""
    rows = tuple(
        (row.of, row.role, interval(row.unit, row.low, row.high, currency), f"{number(row.treated)} / {number(row.held)}", row.verdict or NOTHING)
        for row in one.rows
    )  # fmt: skip
    rows += tuple((BOOKED, f"since {row.since}", *_booked(row, currency)) for row in since)
    return Table("Every figure", ("", "role", "what is not ruled out", "treated / held out", "verdict"), rows)


def _booked(row: Booked, currency: str) -> tuple[str, str, str]:
    """What is not ruled out of a play since its roll-out, of how many, and whether it is shown."""
    if row.figure is None:
        return (NOTHING, f"{number(row.n)} together", row.state)
    effect = row.figure.effect
    told = interval(effect.unit, effect.low, effect.high, currency)
    return (told, f"{number(effect.treated)} / {number(effect.control)}", "shown" if effect.proven else "not shown")


def timeline(history: Sequence[Look], arm: str) -> tuple[pd.DataFrame, str]:
    """
    The primary effect look by look, as people read it.

    Args:
        history: Looks, oldest first.
        arm: The treatment.

    Returns:
        Columns morning, value, low, high, below and above (the boundary), shown; and what they are counted in.
    """
    rows, unit = [], ""
    for look in history:
        for one in look.comparisons:
            primary = next((row for row in one.rows if row.role == "primary"), None)
            if one.arm == arm and primary is not None and one.since == look.morning:
                factor, unit = (100.0, "points") if primary.unit == "share" else (1.0, f"{primary.unit} per head")
                unit = primary.unit if primary.unit == AT_QUANTILE else unit
                half = (primary.high - primary.low) / 2
                told = [factor * end for end in (primary.difference, primary.low, primary.high, -half, half)]
                if primary.unit == "log hazard":
                    unit = "per cent of losses"
                    told = [100 * end for end in (primary.relative, primary.relative_low, primary.relative_high)]
                    told += [100 * math.expm1(end) if half < _HUGE else end for end in (-half, half)]
                rows.append((look.morning, *told, one.verdict in SHOWN))
    return pd.DataFrame(rows, columns=["morning", "value", "low", "high", "below", "above", "shown"]), unit


def _over_time(looked: Looked, one: Comparison, place: int) -> list[Figure]:
    frame, unit = timeline(looked.history, one.arm)
    frame = frame[frame["value"].notna()]
    if frame.empty:
        return []
    rows = tuple(
        (str(row["morning"]), _number(row["value"]), f"{_number(row['low'])} to {_number(row['high'])}", "shown" if row["shown"] else "not shown")
        for row in frame.to_dict("records")
    )  # fmt: skip
    note = (
        "A dot is what was seen, its line all that was not ruled out at that look. The lines are wide at first on purpose: "
        "so nobody is misled by looking early. The dashed lines are how far from the middle a dot must lie at that look: an effect "
        "is shown when it is beyond them, which is when its own line leaves the middle."
    )
    return [
        Figure(
            f"looks-{place}",
            "The effect, look by look",
            note,
            KEY,
            lambda width: looks.chart(frame, unit=unit, width=width),
            frame,
            Table("The effect, look by look", ("morning", unit, "not ruled out", "effect"), rows),
            ((THESE, _command(looked)),),
        )
    ]


def _survival(looked: Looked, one: Comparison, place: int) -> list[Figure]:
    curve = looked.look.curves.get(one.arm)
    if curve is None or curve.empty:
        return []
    last = curve.groupby("arm", sort=False).tail(1)
    rows = tuple(
        (str(row["arm"]), number(row["age"]), percent(row["value"]), f"{percent(row['low'])} to {percent(row['high'])}")
        for row in last.to_dict("records")
    )
    return [
        Figure(
            f"kept-{place}",
            "Who is still kept, by days since the assignment",
            "The bands are those of each curve by itself; whether the curves differ is what the verdict says.",
            KEY,
            lambda width: arms.chart(curve, width=width),
            curve,
            Table("Still kept on the last day that is known", ("arm", "day", "still kept", "95 % interval"), rows),
            ((THESE, _command(looked)),),
        )
    ]


def _figures(looked: Looked, one: Comparison, place: int) -> list[Figure]:
    frame = pd.DataFrame(
        [_relative(row) for row in one.rows if row.role in ("primary", "secondary")],
        columns=["of", "value", "low", "high", "verdict"],
    )
    frame = frame[frame["value"].notna()]
    if len(frame) < 2:
        return []
    rows = tuple(
        (row["of"], f"{_number(row['value'])} %", f"{_number(row['low'])} to {_number(row['high'])}", row["verdict"])
        for row in frame.to_dict("records")
    )
    return [
        Figure(
            f"effects-{place}",
            "All figures beside each other, relative to the held out",
            "Only the first decides. The others are corrected for how many are looked at.",
            KEY,
            lambda width: effect.chart(frame, width=width),
            frame,
            Table("Relative effects", ("", "seen", "not ruled out, per cent", "verdict"), rows),
            ((THESE, _command(looked)),),
        )
    ]


def _relative(row: Row) -> tuple[str, float, float, float, str]:
    return (row.of, 100 * row.relative, 100 * row.relative_low, 100 * row.relative_high, row.verdict)


def _number(value: float) -> str:
    return "any" if math.isinf(value) else number(value, 1)


def _command(looked: Looked) -> str:
    return f"keepwell prove look {looked.plan.name} --json"


def define(asking: Asking) -> None:
    """Put what an effect is among the definitions of the page; it has no cases to compute."""
    asking.asked[KEY] = Metric(
        id=KEY,
        name="Effect",
        question="What did the play change, compared with those held out?",
        formula="The figure of all treated less that of all held out, as assigned, whatever was delivered or opened.",
        unit="share",
        misleads="Early looks exaggerate; what was stopped at an effect is booked from the holdout kept afterwards.",
        compute=_not_counted,
        family="proof",
        source="Lan and DeMets (1983); Jennison and Turnbull (1989); Fieller (1954)",
    )


def _not_counted(*_asked: object) -> Cases:
    raise MetricError("An effect is not counted as a metric.", "", "Ask `keepwell prove look`.")
