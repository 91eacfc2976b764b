"""What is the finding, in one sentence? Told from the data, or not told for want of them."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from keepwell.charts.words import SPACE, day, many, number, percent
from keepwell.lake import Batch
from keepwell.report.asking import Asking
from keepwell.report.parts import FEW


@dataclass(frozen=True)
class Finding:
    """
    The head of the report.

    Args:
        sentence: The finding; parts as (text, token, anchor), the token colouring it, the anchor where its customers are listed.
        cautions: What must be said beside it.
        facts: What it rests on, as (name, text).
    """

    sentence: tuple[tuple[str, str, str], ...]
    cautions: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = field(default=())


def find(asking: Asking) -> Finding:
    """The finding of the last whole month."""
    last = asking.last("kept_share")
    if last.empty or int(last["at_start"].iloc[0]) == 0:
        return Finding(((_nothing_yet(asking), "", ""),), (), _facts(asking))
    row = last.iloc[0]
    start, kept, lost, back, new = (int(row[name]) for name in ("at_start", "kept", "lost", "returned", "new"))
    month = asking.period_name(str(row["period"]))
    sentence = (
        (
            f"Of {many(start, 'customer')} at the start of {month}, {number(kept)} {'was' if kept == 1 else 'were'} still here at its end: ",
            "",
            "",
        ),
        (percent(float(row["value"])), "kept", "number-kept_share"),
        (". ", "", ""),
        (f"{number(lost)} left", "lost" if lost else "", "number-lost"),
        (", ", "", ""),
        (f"{number(back)} came back", "returned" if back else "", "number-returned"),
        (", ", "", ""),
        (f"{number(new)} came new", "new" if new else "", "number-new"),
        (".", "", ""),
    )
    return Finding(sentence, tuple(_cautions(asking, start, str(row["period"]))), _facts(asking))


def _nothing_yet(asking: Asking) -> str:
    if not any(asking.workspace.lake.rows().values()):
        return "Nothing has been imported yet, so there is nothing to tell."
    return "Not enough data yet: no customer stood at the start of a whole month."


def _cautions(asking: Asking, start: int, label: str) -> list[str]:
    company, first = asking.workspace.company, asking.workspace.span[0]
    ends = next(period.end for period in asking.months if period.label == label)
    said = []
    if start < FEW:
        said.append(
            f"{many(start, 'customer')} {'is' if start == 1 else 'are'} few: one customer more or less is {percent(1 / start)}."
        )
    window = company.activity_window_days or 0
    if company.active_by in ("purchase", "usage", "any") and (ends - first).days <= window:
        said.append(
            f"A purchase keeps a customer for {window} days and the data begin on {day(first)}: "
            "nobody who only bought could have left yet. Read this share with care."
        )
    return said


def _facts(asking: Asking) -> tuple[tuple[str, str], ...]:
    workspace, company = asking.workspace, asking.workspace.company
    batches = [batch for batch in workspace.batches() if batch.state == "committed"]
    facts = [
        ("Company", company.name),
        ("As of", f"the morning of {day(asking.as_of)}"),
        (
            "Data",
            _span((workspace.span[0], min(workspace.span[1], asking.as_of - timedelta(days=1))))
            if any(workspace.lake.rows().values())
            else "none yet",
        ),
        ("Days of", company.time_zone),
        ("What keeps a customer", _kept_by(company.active_by, company.activity_window_days)),
        ("Sources", _sources([name for batch in batches for name in batch.sources])),
        ("Rows", _rows(batches)),
    ]
    return tuple(facts)


def _rows(batches: list[Batch]) -> str:
    parts = (
        f"{number(sum(batch.accepted for batch in batches))} accepted",
        f"{number(sum(batch.quarantined for batch in batches))} quarantined",
        f"{number(sum(batch.duplicates for batch in batches))}{SPACE}known{SPACE}already",
    )
    return f"{number(sum(batch.read for batch in batches))} read = {' + '.join(parts)}"


def _span(span: tuple[date, date]) -> str:
    return f"{day(span[0])} to {day(span[1])}"


def _kept_by(active_by: str, window: int | None) -> str:
    told = {
        "subscription": "paid service",
        "purchase": f"a purchase, for {window} days",
        "usage": f"use, for {window} days",
        "any": f"paid service, or a purchase or use within {window} days",
    }
    return told.get(active_by, active_by)


def _sources(names: list[str]) -> str:
    different = list(dict.fromkeys(names))
    if not different:
        return "none yet"
    if len(different) <= 2:
        return ", ".join(different)
    return f"{', '.join(different[:2])} and {number(len(different) - 2)} more"
