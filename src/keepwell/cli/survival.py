"""keepwell survival: how long do customers stay, when do they leave, and does one kind stay longer than another?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from keepwell.charts.words import number, percent
from keepwell.cli.printing import (
    AsJson,
    Day,
    Folder,
    counted,
    day,
    mention,
    opened,
    say,
    show_csv,
    show_json,
    show_table,
)
from keepwell.errors import ModelError
from keepwell.measure import METRICS, traits
from keepwell.measure.facts import Facts
from keepwell.understand import survival as stays
from keepwell.workspace import Workspace

AFTER = (30, 90, 180, 365, 730, 1095, 1825)
"""Days after which it is told who is still there."""

MONTHS = 24
"""So many months' hazards are shown to people; programs get all."""

_MONTH = 1461 / 48
"""Days."""


def register(app: typer.Typer) -> None:
    """Add the room's commands."""
    app.command()(survival)


@dataclass(frozen=True)
class Told:
    """
    Everything the command knows.

    Args:
        curve: Share still there after each duration in days, with its limits.
        medians: After how long a quarter, half and three quarters have left.
        still: Share still there after the days of AFTER.
        hazards: Of those there at the start of a month of their stay, the share who leave in it.
        said: Sentences.
        test: The log-rank test where kinds are told apart and can be.
        pairs: The same of every two kinds.
    """

    curve: pd.DataFrame
    medians: pd.DataFrame
    still: pd.DataFrame
    hazards: pd.DataFrame
    said: list[str]
    test: stays.LogRank | None = None
    pairs: pd.DataFrame | None = None


def survival(
    workspace: Folder = ".",  # type: ignore[assignment]
    by: Annotated[
        str | None, typer.Option(help="Tell kinds apart by a trait: country, source, first_plan, traits.x …")
    ] = None,
    where: Annotated[str | None, typer.Option(help="Only customers of a segment, such as 'orders >= 3'.")] = None,
    until: Annotated[int | None, typer.Option(help="Days of a stay that are told; none tells all seen.", min=1)] = None,
    as_of: Day = None,
    chart: Annotated[Path | None, typer.Option(help="Draw the curve into this file: .svg or .png.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="The curve as CSV on standard output.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell how long customers stay, when they leave, and whether kinds of them differ; who still stays counts as such."""
    if chart and (by or chart.suffix not in (".svg", ".png")):
        raise ModelError(
            f"{chart} cannot be drawn{f' by {by}' if by else ''}.",
            "One curve goes into one .svg or .png file.",
            "Choose a kind with --where." if by else "Name the file so.",
        )
    with opened(workspace) as company:
        facts = company.facts(as_of=day(as_of), where=where)
        found = tell(company, facts, by, until)
    if found is None or found.medians["n"].max() < stays.FEWEST:
        n = 0 if found is None else int(found.medians["n"].max())
        _too_few(n, as_json=as_json, csv=csv)
        return
    if chart:
        _draw(found, chart)
    if as_json:
        show_json({"as_of": facts.as_of, "by": by, "where": where, **_plain(found)})
    elif csv:
        show_csv(found.curve)
    else:
        _show(found, facts, chart)


def tell(company: Workspace, facts: Facts, by: str | None, until: int | None) -> Told | None:
    """
    What is known of stays; None where nobody ever was a customer.

    Args:
        company: The company, opened.
        facts: What to look at.
        by: Trait to tell kinds apart by.
        until: Days of a stay that are told.

    Raises:
        MetricError: Nobody has that trait.
    """
    if by and not traits.named(by) and company.run(traits.trait(facts, by).drop_null("by").limit(1)).empty:
        raise traits.nobody_has(by)
    periods = company.periods("month", end=facts.as_of)
    days = company.run(stays.durations(facts, periods, by=by))
    if days.empty:
        return None
    months = company.run(stays.durations(facts, periods, by=by, each="month"))
    curve, hazards = stays.curves(days), stays.hazards(months, width=1)
    if until:
        curve, hazards = curve[curve["duration"] <= until], hazards[hazards["since"] * _MONTH < until]
    after = [count for count in AFTER if not until or count < until] + ([until] if until else [])
    still = stays.still_there(days, after).dropna(subset="survival")
    test, pairs, said = _compared(days) if by else (None, None, [])
    return Told(curve, stays.quantiles(days), still, hazards, [*stays.sentences(days), *said], test, pairs)


def _compared(days: pd.DataFrame) -> tuple[stays.LogRank | None, pd.DataFrame | None, list[str]]:
    try:
        test = stays.log_rank(days)
    except ModelError as fault:
        return None, None, [str(fault)]
    return test, stays.pairwise(days), [test.explain()]


def _too_few(n: int, *, as_json: bool, csv: bool) -> None:
    why = f"Not enough data: {counted(n, 'customer')} with a known stay, at least {stays.FEWEST} are needed."
    if as_json:
        show_json({"told": [why], "customers": n})
    elif csv:
        show_csv(pd.DataFrame(columns=["duration", "ended", "running", "at_risk", "survival", "low", "high"]))
        mention(why)
    else:
        say(why)


def _plain(found: Told) -> dict[str, Any]:
    test = found.test
    return {
        "told": found.said,
        "medians": found.medians,
        "still_there": found.still,
        "hazards": found.hazards,
        "log_rank": test
        and {"statistic": test.statistic, "degrees": test.degrees, "p": test.p, "kinds": test.kinds, "left_out": test.left_out},
        "pairs": found.pairs,
        "curve": found.curve,
    }  # fmt: skip


def _show(found: Told, facts: Facts, drawn: Path | None) -> None:
    for sentence in found.said:
        say(sentence)
    more = _by_kind(found) if "by" in found.medians else _whole(found)
    say(
        f"{more} Known before {facts.as_of}; who still stays counts for as long as they have been seen. Intervals hold 95 %. "
        f"{METRICS['survival'].misleads}",
        style="dim",
    )
    if drawn:
        say(f"{drawn}")


def _whole(found: Told) -> str:
    """Three tables of everybody, and what is left for programs."""
    show_table(found.medians, title="\nSo many have left after so many days", formats=_forms("gone"))
    shares = _forms("survival", "low", "high")
    show_table(found.still, title="\nStill there after so many days", formats=shares)
    months = found.hazards.assign(month=found.hazards["since"] + 1).head(MONTHS)
    columns = ["month", "at_risk", "ended", "hazard", "low", "high"]
    title = "\nOf those there when a month of their stay begins, leave in it"
    show_table(months[columns], title=title, formats=_forms("hazard", "low", "high"))
    rest = len(found.hazards) - len(months)
    return f"{counted(rest, 'more month')} with --json." if rest else ""


def _by_kind(found: Told) -> str:
    """One line a kind: when half have left, and who is there after a year or the last day all could be seen."""
    half = found.medians[found.medians["gone"] == 0.5].drop(columns="gone")
    known = half[half["n"] >= stays.FEWEST].rename(columns={"duration": "half_after"})
    after = 365 if (found.still["after"] == 365).any() else found.still["after"].max()
    year = found.still.loc[found.still["after"] == after, ["by", "survival"]]
    there = known.merge(year.rename(columns={"survival": f"there_after_{after}"}), on="by", how="left")
    title = "\nAfter how many days half have left, with the limits, and who is still there"
    show_table(there, title=title, formats=_forms(f"there_after_{after}") | {"half_after": number})
    return "Curves, and who leaves in which month, with --json."


def _forms(*shares: str) -> dict[str, Any]:
    return {**dict.fromkeys(("duration", "low", "high"), number), **dict.fromkeys(shares, percent)}


def _draw(found: Told, into: Path) -> None:
    from keepwell.charts import survival as curve  # charts take a second to load
    from keepwell.charts.render import png, svg

    half = found.medians.loc[found.medians["gone"] == 0.5, "duration"].iloc[0]
    reached = None if pd.isna(half) or half > found.curve["duration"].max() else float(half)
    frame = found.curve.rename(columns={"duration": "age", "survival": "value"})
    drawn = svg(curve.chart(frame, median=reached), title="How long customers stay")
    if into.suffix == ".svg":
        into.write_text(drawn, "utf-8")
    else:
        into.write_bytes(png(drawn))
