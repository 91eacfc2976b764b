"""What does the board tell? Whether customers and their money are kept, how the goals stand, and what is left undone."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keepwell.charts import goal as bridge
from keepwell.charts.theme import NARROW
from keepwell.errors import KeepwellError
from keepwell.experiments import goals
from keepwell.measure.deals import wilson
from keepwell.measure.metric import find
from keepwell.measure.profile import profile
from keepwell.prove.goal_words import figure as goal_figure
from keepwell.prove.goal_words import standing, wanted
from keepwell.prove.goals import Goal
from keepwell.report.sections.goals import steps
from keepwell.schema.expressions import names, parse
from keepwell.understand.brought import Brought, first_days
from keepwell.web.base.models import Person
from keepwell.web.base.templatetags import desk
from keepwell.web.customers.reach import Seen, seen
from keepwell.web.measures import words
from keepwell.web.measures.answers import Told, answer, keep, key
from keepwell.web.measures.asked import Asked
from keepwell.web.measures.drawing import chart, picture
from keepwell.web.measures.families import spoken
from keepwell.web.measures.page import BROAD, link_of, shown
from keepwell.web.measures.tables import dims
from keepwell.workspace import KNOWN, Workspace

_STANDS: dict[str, tuple[Any, str]] = {
    "on track": (gettext_lazy("on track"), "kept"),
    "reached": (gettext_lazy("reached"), "kept"),
    "behind": (gettext_lazy("behind"), "lost"),
    "missed": (gettext_lazy("missed"), "lost"),
    "not begun": (gettext_lazy("not begun"), "muted"),
    "cannot be told": (gettext_lazy("cannot be told"), "risk"),
}
"""How a goal stands -> in words, and its colour."""
_HALF = 680
"""Width of the chart of the head of the board, in pixels."""
_QUIET = 90
"""Days without contact after which a customer counts as left alone."""
_KEPT = ("kept_share", "grr", "nrr", "revenue_grr", "revenue_nrr")
"""Metrics of the head of the board."""


@dataclass(frozen=True)
class Figure:
    """
    One figure of the board.

    Args:
        metric: Id of its definition.
        name: What it is called.
        told: The figure; "" where there is none.
        url: Its customers.
        period: Of which time.
        n: On what it rests.
        interval: Its 95 % interval (Wilson); "" where that is not counted.
        why: Why there is none, or why to be careful.
        change: How it moved since the period before, in words; "" where there is none.
        mark: Sign of that: up, down or same.
        charts: Its way, for a page and for a telephone.
    """

    metric: str
    name: str
    told: str
    url: str = ""
    period: str = ""
    n: str = ""
    interval: str = ""
    why: str = ""
    change: str = ""
    mark: str = ""
    charts: tuple[str, ...] = ()

    @property
    def bought(self) -> bool:
        """Whether it is told of purchases, which come and go as subscriptions do not."""
        return self.metric.startswith("revenue_")


@dataclass(frozen=True)
class Line:
    """
    One goal.

    Args:
        name: Of the goal, in the ledger.
        called: What people call it.
        began: The figure measured before.
        now: The figure now.
        period: Of which time.
        target: The figure wanted.
        by: By when.
        owner: Who answers for it.
        stands: How it stands.
        token: Colour of that.
        told: More about it.
        charts: From the baseline to now, for a page and for a telephone: what would have come without action, what is proven,
            what is unexplained, and the target.
    """

    name: str
    called: str
    began: str
    now: str
    period: str
    target: str
    by: date
    owner: str
    stands: str
    token: str
    told: tuple[str, ...]
    charts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gap:
    """
    Customers with whom something is left undone.

    Args:
        name: What.
        count: How many of those that are seen.
        url: Their list.
        why: Why it is not known; "" where it is.
        of: How many it could be; None where that is not counted.
        whom: Who those are.
    """

    name: str
    count: int
    url: str
    why: str = ""
    of: int | None = None
    whom: str = ""

    @property
    def percent(self) -> float | None:
        """How long its bar is, of 100; None where nothing says what it is a part of."""
        return round(100 * self.count / self.of, 1) if self.of else None


@dataclass(frozen=True)
class Board:
    """
    All of it.

    Args:
        figures: Whether customers and their money are kept; customers first.
        lines: Goals.
        gaps: What is left undone.
        customers: How many are kept of those that are seen.
        ever: How many are seen, kept or lost.
        refused: Goals that cannot be told, and why.
    """

    figures: tuple[Figure, ...]
    lines: tuple[Line, ...]
    gaps: tuple[Gap, ...]
    customers: int
    ever: int
    refused: tuple[str, ...] = field(default=())


def board(opened: Workspace, whose: Seen, *, now: bool) -> Board | None:
    """
    The board.

    Args:
        opened: The company.
        whose: Customers whoever looks may see; the gaps are theirs, the figures everybody's.
        now: Whether to work out what does not stand ready.

    Returns:
        None where it does not stand ready and shall not be worked out.
    """
    from django.core.cache import cache
    from django.utils.translation import get_language

    entries = opened.lake.ledger()
    name = key(opened, "board of two columns", get_language(), len(entries), whose=whose)
    found: Board | None = cache.get(name)
    if found is None and now:
        lines, refused = _lines(opened)
        figures = tuple(told for metric in _KEPT for told in _figure(opened, metric, whose))
        customers, ever, gaps = _gaps(opened, whose)
        found = keep(name, Board(figures, lines, gaps, customers, ever, refused))
    return found


def prepared(opened: Workspace, reader: Person) -> Board | None:
    """The board as somebody sees it, worked out where it does not stand ready; None where there is nothing to tell of."""
    return board(opened, seen(reader), now=True) if opened.lake.rows().get("customers") else None


def _figure(opened: Workspace, metric: str, whose: Seen) -> list[Figure]:
    asked = Asked(metric)
    told = answer(opened, asked, whose)
    frame, currency, _every = shown(told, "")
    name = asked.definition.name
    whole = frame[frame["complete"] & frame["value"].notna()] if len(frame) else frame
    if whole.empty:
        return (
            [Figure(metric, name, "", why=_("Not defined yet: nothing to divide by."))]
            if metric == "kept_share"
            else []
        )
    row = whole.iloc[-1]
    base = words.base(row)
    interval, charts = "", tuple[str, ...]()
    if metric == "kept_share":
        low, high = wilson(int(row["kept"]), int(row["at_start"]))
        interval = _("%(low)s to %(high)s") % {"low": words.figure(low, "share"), "high": words.figure(high, "share")}
        charts = _way(asked, told, frame)
    period = words.period(str(row["period"]))
    change, mark = words.change(whole, "share")
    return [
        Figure(
            metric, name, words.figure(row["value"], "share"), link_of(asked, told)(row),
            f"{period} · {currency}" if currency else period,
            _("n %(n)s %(who)s") % {"n": desk.number(base[0]), "who": base[1]} if base else "",
            interval, words.few(row), change, mark, charts,
        )
    ]  # fmt: skip


def _way(asked: Asked, told: Told, frame: pd.DataFrame) -> tuple[str, ...]:
    """A figure's way as one line, for a page and for a telephone."""
    found = [
        (chart(asked.definition, frame, dims(told, frame), "", width, link_of(asked, told)), width)
        for width in (_HALF, NARROW)
    ]
    return tuple(picture(each, f"way-{width}") for each, width in found if each is not None)


def _lines(opened: Workspace) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    lines: list[Line] = []
    refused: list[str] = []
    for place, goal in enumerate(goals.all_(opened)):
        try:
            lines.append(_line(goals.stand(opened, goal.id), place))
        except KeepwellError as fault:
            refused.append(f"{goal.name}: {fault}")
    return tuple(lines), tuple(refused)


def _line(one: goals.Stand, place: int) -> Line:
    goal, progress = one.goal, one.progress
    stands, token = _STANDS[progress.standing]
    return Line(
        goal.name, _called(goal), _began(goal), _goal_told(progress.now.value, goal.unit), words.period(progress.now.period),
        _goal_told(goal.target, goal.unit), goal.by, goal.owner, str(stands), token,
        tuple(words.set_tight(each) for each in (wanted(goal), *standing(progress))), _bridge(one, place),
    )  # fmt: skip


def _called(goal: Goal) -> str:
    """A goal nobody named is called by its measure, and by whom it is about."""
    name = str(spoken(find(goal.metric)).name) if goal.name == goal.metric else goal.name
    return " · ".join(
        [name, *(f"{trait} {value}" for trait, value in goal.cell), *([goal.where] if goal.where else [])]
    )


def _began(goal: Goal) -> str:
    base = goal.measured
    told = {"value": _goal_told(base.value, goal.unit), "period": words.period(base.period), "n": desk.number(base.n)}
    return _("Measured before: %(value)s in %(period)s, n %(n)s.") % told


def _goal_told(value: float, unit: str) -> str:
    return words.set_tight(goal_figure(value, unit))


def _bridge(one: goals.Stand, place: int) -> tuple[str, ...]:
    """The goal's way as a picture; none while no period of it is over."""
    if one.progress.standing == "not begun":
        return ()
    goal, frame = one.goal, steps(one.progress)
    target = _goal_told(goal.target, goal.unit)
    return tuple(
        picture(
            bridge.chart(frame, target=goal.target, told=target, unit=goal.unit, width=width), f"goal-{place}-{width}"
        )
        for width in (BROAD, NARROW)
    )


def _conditions() -> dict[str, str]:
    return {
        _("Customers without an owner"): "kept and owner is unknown",
        _("Nobody contacted them for %(n)s days")
        % {"n": _QUIET}: f"kept and (touched_days > {_QUIET} or touched_days is unknown)",
        _("At risk, and not contacted for 30 days"): "at_risk and (touched_days > 30 or touched_days is unknown)",
        _("At risk, without an owner"): "at_risk and owner is unknown",
        _("Unhappy and still here"): "kept and nps <= 6",
        _("Payment past due"): 'kept and state = "past_due"',
    }


def _never(condition: str, brought: Brought) -> str:
    """Why nothing can be said of a condition: silence is none where no contacts were brought in, and nobody is happy unasked."""
    needs = {"touched_days": ("contacts", 30 if "> 30" in condition else _QUIET), "nps": ("answers", 0)}
    lacking = [brought.lacking(*needs[name]) for name in sorted(names(condition) & needs.keys())]
    return " ".join(why for why in lacking if why)


def _gaps(opened: Workspace, whose: Seen) -> tuple[int, int, tuple[Gap, ...]]:
    """How many are kept, how many are seen, and all gaps, in one question."""
    conditions = _conditions()
    wanted_ = {"kept"}.union(*map(names, conditions.values()))
    people: Any = whose.of(profile(opened.facts(), columns=wanted_ if wanted_ <= KNOWN else None))
    zone = opened.company.time_zone
    sums = {
        f"gap_{place}": parse(text, people, zone=zone).sum().fill_null(0)
        for place, text in enumerate(conditions.values())
    }
    row = opened.run(people.agg(ever=people.count(), customers=people.kept.sum().fill_null(0), **sums)).iloc[0]
    base, facts = reverse("segments"), opened.facts()
    brought = Brought.of(opened.run(first_days(facts)), facts)
    kept, ever = int(row["customers"]), int(row["ever"])
    gaps = tuple(
        Gap(name, int(row[f"gap_{place}"]), f"{base}?{urlencode({'where': text})}", _never(text, brought), kept, _("customers"))
        for place, (name, text) in enumerate(conditions.items())
    )  # fmt: skip
    return kept, ever, gaps
