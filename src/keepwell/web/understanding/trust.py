"""How far can what is foretold be trusted? The trials of the round, drawn and told in plain words."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from keepwell.charts.theme import NARROW, WIDE
from keepwell.rounds.reading import mornings
from keepwell.rounds.trials import Tried, tried
from keepwell.web.base.models import Person
from keepwell.web.base.templatetags import desk
from keepwell.web.measures.answers import kept, key
from keepwell.web.measures.drawing import picture
from keepwell.web.measures.words import defined
from keepwell.workspace import Workspace


@dataclass(frozen=True)
class Trial:
    """
    How one thing that is foretold did on mornings of the past.

    Args:
        tried: What was kept of it.
        verdict: In a sentence; "" where nothing is told.
        calibration: What was said by tenths beside what happened, drawn for a page and a telephone.
        totals: The totals of each morning, likewise.
        heads: Of its table of scores.
        scores: Its rows.
    """

    tried: Tried
    verdict: str
    calibration: tuple[str, ...]
    totals: tuple[str, ...]
    heads: tuple[str, ...]
    scores: tuple[tuple[str, tuple[str, ...]], ...]


def trials(opened: Workspace, found: list[Tried]) -> list[Trial]:
    """All of them, ready for the page; drawings are kept."""
    drawings = kept(
        key(opened, "trials", [each.id for each in found], opened.lake.mornings()),
        lambda: [_drawn(each) for each in found],
    )
    return [
        Trial(each, _verdict(each), *drawing, *_scores(each)) for each, drawing in zip(found, drawings, strict=True)
    ]


def prepared(opened: Workspace, _reader: Person) -> list[Trial]:
    """The trials of the newest round, drawn where they are not; nothing without a round."""
    taken = mornings(opened)
    return trials(opened, tried(opened.lake.kept(taken[-1]))) if taken else []


def _drawn(each: Tried) -> tuple[tuple[str, ...], tuple[str, ...]]:
    from keepwell.charts import calibration, totals

    meaning = "lost" if each.id.startswith(("risk", "contracts")) else "kept"
    happened: dict[str, Any] = {"happened": each.happened, "meaning": meaning}
    first: list[str] = []
    second: list[str] = []
    for width in (WIDE, NARROW):
        if not each.calibration.empty:
            first.append(
                picture(calibration.chart(each.calibration, width=width, **happened), f"said-{each.id}-{width}")
            )
        if not each.mornings.empty:
            second.append(picture(totals.chart(each.mornings, width=width, **happened), f"came-{each.id}-{width}"))
    return tuple(first), tuple(second)


def _verdict(each: Tried) -> str:
    if each.refused:
        return _("Nothing is foretold here: the company's own past does not bear it.")
    if each.beats is None:
        return ""
    if each.beats:
        return _("It tells more than every rule of thumb did on the company's own past.")
    return _("It does not tell more than a rule of thumb: do not act on it alone.")


def _scores(each: Tried) -> tuple[tuple[str, ...], tuple[tuple[str, tuple[str, ...]], ...]]:
    names = {
        "said": _("said"), "happened": _("happened"), "calibration_error": _("off by, on average"), "auc": _("tells apart"),
        "brier": _("Brier score"), "count_score": _("count score"), "absolute_error": _("error"),
    }  # fmt: skip
    if each.scores.empty:
        return (), ()
    shown = [name for name in names if name in each.scores]
    rows = tuple(
        (str(row["name"]), tuple(_score(name, row[name]) for name in shown)) for row in each.scores.to_dict("records")
    )
    return ("", *(names[name] for name in shown)), rows


def _score(name: str, value: Any) -> str:
    if not defined(value):
        return "–"
    if name in ("auc", "calibration_error"):
        return str(desk.share(float(value), 1))
    return str(desk.number(round(float(value)) if name in ("said", "happened") else round(float(value), 3)))
