"""Whom to treat, as a page: the gate, the gain by share treated, and the groups with who is in them."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

from keepwell.charts import qini as gain_chart
from keepwell.charts.words import NOTHING, day, number, percent
from keepwell.errors import MetricError
from keepwell.experiments import whom_words
from keepwell.experiments.whom import Treatment, Whom
from keepwell.measure.metric import Cases, Metric
from keepwell.prove.qini import DEFINITIONS
from keepwell.report.asking import Asking
from keepwell.report.behind import SHOWN
from keepwell.report.parts import THESE, Behind, Figure, Number, Section, Table
from keepwell.report.sections.finding import Finding
from keepwell.report.writing import _page as page
from keepwell.workspace import Workspace

KEY = "uplift"
"""Id of the definition of every figure of the page."""
_TOKENS = {"treat": "kept", "do not wake": "lost"}
"""Advice that was measured as it was foretold -> its colour; other groups have none."""


def write_whom(workspace: Workspace, found: Whom, into: Path) -> Path:
    """
    Write down whom to treat.

    Args:
        workspace: The company.
        found: As experiments.whom told it.
        into: Folder; made where it is not there. A report in it stays.

    Returns:
        The HTML file, whom.html.
    """
    asking = Asking(workspace, found.morning)
    if found.treatments:
        _define(asking)
    sections = [_treatment(found, place, one) for place, one in enumerate(found.treatments)]
    answer = Section("answer", "The answer, and what it rests on", found.told)
    return page(asking, _finding(found), [answer, *sections], into / "whom.html", "whom.html")


def _finding(found: Whom) -> Finding:
    token = (
        "lost" if found.verdict == "hidden" or found.harmed else "kept" if found.verdict == "personalise" else "unknown"
    )
    said = "no answer until the alarm is resolved" if found.verdict == "hidden" else found.verdict
    counts = found.checks[-1].counts
    facts = (
        ("As known on the morning of", day(found.morning)),
        (
            "So far" if found.state == "early" else "Learned from",
            ", ".join(f"{arm} {number(n)}" for arm, n in counts.items()),
        ),
        ("Who answers for it", found.plan.owner),
    )
    parts = ((f"{found.plan.experiment}: ", "", ""), (said, token, "answer"), (".", "", ""))
    return Finding(parts, found.told[:-1] if found.state == "hidden" else (), facts)


def _treatment(found: Whom, place: int, one: Treatment) -> Section:
    rows = whom_words.table(found, one)
    numbers = [_number(found, one, row) for row in rows.to_dict("records")]
    return Section(
        f"whom-{place}", f"{one.arm}: who gains by it", (), numbers, [_curve(found, place, one), _table(found, one)]
    )


def _number(found: Whom, one: Treatment, row: dict[Hashable, Any]) -> Number:
    listed, group, n = found.listed, str(row["group"]), int(row["customers"])
    members = listed.loc[(listed["treatment"] == one.arm) & (listed["group"] == group), "unit"].sort_values()
    behind = Behind(f"{number(n)} {group}", tuple(members[:SHOWN]), max(0, n - SHOWN), found.command("--csv"))
    whole = int((listed["treatment"] == one.arm).sum())
    return Number(
        group.capitalize(), number(n), f"morning of {found.morning}", f"n {number(whole)} customers", KEY,
        _TOKENS.get(row["advice"], ""), f"{percent(n / whole, 0)} of those in the experiment.", found.command("--json"), (behind,),
    )  # fmt: skip


def _curve(found: Whom, place: int, one: Treatment) -> Figure:
    frame, per = one.gain.curve, found.measured.per
    shown = frame[[round(100 * share) % 20 == 0 for share in frame["share"]]]
    rows = tuple(
        (percent(row["share"], 0), number(per * row["gain"], 2), f"{number(per * row['low'], 2)} to {number(per * row['high'], 2)}")
        for row in shown.to_dict("records")
    )  # fmt: skip
    return Figure(
        f"whom-{place}",
        "What treating the best first adds",
        f"{DEFINITIONS['gain']} The dashed line is treating as many at random; costs are not taken off here.",
        KEY,
        lambda width: gain_chart.chart(frame, width=width, unit=found.measured.counted, per=per),
        frame,
        Table(f"More {found.measured.counted}", ("share treated", "more", "95 % interval"), rows),
        ((THESE, found.command("--json")),),
    )


def _table(found: Whom, one: Treatment) -> Table:
    unit = found.measured.unit
    rows = tuple(
        (
            row["group"], number(row["customers"]), number(row["alone"], 1),
            f"{number(row['effect'], 1)} ({number(row['effect_low'], 1)} to {number(row['effect_high'], 1)})",
            f"{number(row['value'], 2)} ({number(row['value_low'], 2)} to {number(row['value_high'], 2)})",
            row["advice"] or NOTHING,
        )
        for row in whom_words.table(found, one).to_dict("records")
    )  # fmt: skip
    heads = ("group", "customers", "left alone", "treating adds", f"net {unit} per customer", "what to do")
    note = (
        "Intervals at 95 %. Groups are made by what was foretold; there is advice only where choosing is proven to pay."
    )
    return Table(f"The groups, {found.measured.counted}", heads, rows, note)


def _define(asking: Asking) -> None:
    asking.asked[KEY] = Metric(
        id=KEY,
        name="Uplift",
        question="For whom does the play change anything?",
        formula=f"{DEFINITIONS['gain']} Qini: {DEFINITIONS['qini']}",
        unit="share",
        misleads="A group is not believed for its name: its effect is measured on customers nothing was learned from.",
        compute=_not_counted,
        family="proof",
        source="Robins, Rotnitzky and Zhao (1994); Radcliffe (2007); Devriendt et al. (2020)",
    )


def _not_counted(*_asked: object) -> Cases:
    raise MetricError("Uplift is not counted as a metric.", "", "Ask `keepwell prove whom`.")
