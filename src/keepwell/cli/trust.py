"""keepwell backtest: how far can what the round foretells be trusted?"""

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from keepwell import rounds
from keepwell.charts.words import percent
from keepwell.cli.printing import AsJson, Day, Folder, day, opened, say, show_json, show_table
from keepwell.errors import ModelError
from keepwell.rounds.reading import newest
from keepwell.rounds.trials import Tried, tried
from keepwell.workspace import Workspace

_SCORES = (
    "count_score", "crps", "log_score", "brier", "absolute_error", "calibration_error", "auc", "gini", "bias", "said", "happened",
)  # fmt: skip
_SHARES = ("auc", "gini", "bias", "calibration_error")


class What(StrEnum):
    """What is foretold."""

    VALUE = "value"
    RISK = "risk"
    CONTRACTS = "contracts"
    SPEND = "spend"


def backtest(
    what: Annotated[What | None, typer.Argument(help="One of what is foretold; none tells all.")] = None,
    workspace: Folder = Path(),
    as_of: Day = None,
    into: Annotated[
        Path | None, typer.Option(help="Folder a page with charts is written into, each also as PNG, SVG and CSV.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Lay what would have been foretold on mornings of the past beside what then happened."""
    step = what.value if what else None
    with opened(workspace) as company:
        morning = newest(company, day(as_of))
        found = tried(company.lake.kept(morning), step)
        if step and all(each.refused and each.scores.empty for each in found):
            raise ModelError(" ".join(sentence for each in found for sentence in each.told))
        if into:
            from keepwell import report  # charts take a second to load

            path = report.write_trials(company, found, into, as_of=morning)
        said = known(company, morning)
    if as_json:
        show_json({each.id: each.plain for each in found})
    elif into:
        say(f"{path}")
    else:
        say(said, style="dim")
        for each in found:
            _show(each)
        say(
            "\nLower is better up to calibration error, higher for auc and gini; said and happened are totals.",
            style="dim",
        )


def known(company: Workspace, as_of: date | None) -> str:
    """Of which morning a round is, and whether it is still what the data say."""
    morning = newest(company, as_of)
    told = f"By the round of the morning of {morning}."
    return (
        f"{told} The data have changed since: take keepwell round again." if rounds.changed(company, morning) else told
    )


def _show(each: Tried) -> None:
    say()
    if each.scores.empty:
        say(each.title, style="bold")
    else:
        scores = each.scores.assign(model=each.scores["name"])
        shown = scores[["model", *(name for name in _SCORES if name in scores)]]
        formats: dict[str, Callable[[Any], str]] = {
            **dict.fromkeys(_SCORES, "{:.3f}".format), **dict.fromkeys(_SHARES, percent),
            **dict.fromkeys(("said", "happened"), "{:,.0f}".format),
        }  # fmt: skip
        show_table(shown, title=each.title, formats=formats, keep=("model", *shown.columns[1:2], "said", "happened"))
        say()
    for sentence in each.told:
        say(sentence)
    if each.missing:
        say(each.missing, style="dim")
