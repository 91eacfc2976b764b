"""What does a page of figures ask? A question that lives in the address: read from it, written to it, put to the company."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from keepwell.errors import ConfigError
from keepwell.measure.metric import Metric, find
from keepwell.measure.periods import Periods
from keepwell.measure.question import Question
from keepwell.web.customers.reach import Seen
from keepwell.web.measures.families import spoken
from keepwell.workspace import Workspace

UNITS = ("day", "week", "month", "quarter", "half", "year")
_LAST = {"day": 31, "week": 14, "month": 13, "quarter": 9, "half": 7, "year": 6}
"""How many periods are told where nobody says from when; of rolling ones twelve."""
_MOST = 400
"""Periods that are told at once."""
_OPTION = "set."


@dataclass(frozen=True)
class Asked:
    """
    A question as the address carries it.

    Args:
        metric: Id of a registered metric.
        unit: Of its periods.
        start: A day in the first one; None is what is usual for the unit.
        to: The last day; None is the last known one.
        by: Trait to break down by.
        where: Segment expression.
        options: The metric's own options that differ from what is usual, typed.
    """

    metric: str
    unit: str = "month"
    start: date | None = None
    to: date | None = None
    by: str = ""
    where: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, metric: str, said: Mapping[str, str]) -> "Asked":
        """
        The question of an address.

        Raises:
            MetricError: No such metric.
            ConfigError: A day or an option is not understood.
        """
        definition = find(metric)
        _refuse_strangers(said, definition)
        options = {
            name: _typed(name, definition.options[name], said[_OPTION + name].strip()[:200])
            for name in definition.options
            if said.get(_OPTION + name, "").strip()
        }
        return cls(
            metric,
            said.get("unit", "").strip()[:8] or "month",
            _day(said.get("start", "")),
            _day(said.get("to", "")),
            said.get("by", "").strip()[:200],
            said.get("where", "").strip()[:20_000],
            {name: value for name, value in options.items() if value != definition.options[name]},
        )

    @property
    def definition(self) -> Metric:
        """Of the metric."""
        return spoken(find(self.metric))

    @property
    def plain(self) -> dict[str, str]:
        """What the address carries; nothing that is usual."""
        told = {
            "unit": "" if self.unit == "month" else self.unit,
            "start": self.start.isoformat() if self.start else "",
            "to": self.to.isoformat() if self.to else "",
            "by": self.by,
            "where": self.where,
            **{_OPTION + name: _written(value) for name, value in self.options.items()},
        }
        return {name: value for name, value in told.items() if value}

    def query(self, **more: str) -> str:
        """The address's question, with its mark; "" where everything is usual."""
        told = urlencode({**self.plain, **{name: value for name, value in more.items() if value}})
        return f"?{told}" if told else ""

    @property
    def kept(self) -> str:
        """The question as it is stored."""
        return json.dumps({"metric": self.metric, **self.plain}, sort_keys=True)

    def without(self, *names: str) -> "Asked":
        """The same question with some of it left open."""
        usual = Asked(self.metric)
        return replace(self, **{name: getattr(usual, name) for name in names})

    # Put to the company

    def question(self, opened: Workspace, whose: Seen) -> Question:
        """
        The question, of everybody; cut down to a trait or a segment only of those who ask may see.

        Args:
            opened: The company.
            whose: Customers whoever asks may see.

        Raises:
            MetricError: Periods or options that do not hold.
            ExpressionError: The segment's expression is wrong.
        """
        end = self.to + timedelta(days=1) if self.to else opened.as_of
        asked = opened.question(
            self.metric, periods=self._periods(opened, end), by=self.by or None, where=self.where or None, options=self.options
        )  # fmt: skip
        if self.start is None and not {"period", "cohort"} & set(asked.cases.cell):
            asked = replace(asked, periods=_few(opened.periods(self.unit, end=end)))  # told over all that is known
        return replace(asked, facts=_among(opened, asked, whose)) if self.narrowed(whose) else asked

    def narrowed(self, whose: Seen) -> bool:
        """Whether only customers are counted that are seen: otherwise a segment of one would tell about anybody."""
        return whose.names is not None and bool(self.by or self.where)

    def _periods(self, opened: Workspace, end: date) -> Periods:
        if self.start:
            return _few(opened.periods(self.unit, start=self.start, end=end))
        every = opened.periods(self.unit, end=end)
        return Periods(list(every)[-_LAST.get(self.unit, 12) :], unit=every.unit)

    def command(self, periods: Periods, as_of: date) -> str:
        """
        What asks the same on the command line, in the company's folder.

        Args:
            periods: Over which it was asked.
            as_of: The morning it was asked.
        """
        words = ["keepwell", "measure", self.metric, "--period", self.unit, "--start", periods[0].start.isoformat()]
        end = self.to + timedelta(days=1) if self.to else as_of
        words += ["--end", end.isoformat(), "--as-of", as_of.isoformat()]
        words += ["--by", self.by] if self.by else []
        words += ["--where", self.where] if self.where else []
        for name, value in self.options.items():
            words += ["--set", f"{name}={_written(value)}"]
        return shlex.join(words)


_KNOWN = frozenset((
    "unit", "start", "to", "by", "where", "now", "currency", "page", "group", "name", "shared", "metric", "csrfmiddlewaretoken",
))  # fmt: skip


def _refuse_strangers(said: Mapping[str, str], definition: Metric) -> None:
    """A word of an address that means nothing here is told: a figure of other days would be taken for the one asked for."""
    options = {_OPTION + name for name in definition.options}
    for name in said:
        if name in _KNOWN or name in options or name.startswith(("cell.", "utm_")):
            continue
        raise ConfigError(
            _("The address says %(name)s, which nothing here is called.") % {"name": repr(name[:40])},
            _("It may say %(names)s.") % {"names": ", ".join(["unit", "start", "to", "by", "where", *sorted(options)])},
            _("Leave it out, or open the measure from the list and choose there."),
        )


def _among(opened: Workspace, asked: Question, whose: Seen) -> Any:
    people = whose.of(opened.facts().read("customers")).select("customer_id")
    facts = asked.facts
    return replace(facts, only=people if facts.only is None else people.semi_join(facts.only, "customer_id"))


def _few(periods: Periods) -> Periods:
    if len(periods) > _MOST:
        raise ConfigError(
            _("These are %(n)s periods.") % {"n": len(periods)},
            _("At most %(n)s are told at once.") % {"n": _MOST},
            _("Choose longer periods, or a later start."),
        )
    return periods


def _day(said: str) -> date | None:
    if not said.strip():
        return None
    try:
        return date.fromisoformat(said.strip())
    except ValueError:
        raise ConfigError(
            _("%(said)s is not a day.") % {"said": repr(said[:40])}, "", _("Write a day as 2026-01-31.")
        ) from None


def _typed(name: str, usual: Any, said: str) -> Any:
    """An option as its usual value is typed."""
    try:
        if isinstance(usual, bool):
            return {"true": True, "false": False}[said.lower()]
        if isinstance(usual, int):
            return int(said)
        return float(said) if isinstance(usual, float) else said
    except (KeyError, ValueError):
        raise ConfigError(
            _("%(name)s = %(said)s is not understood.") % {"name": name, "said": repr(said[:40])},
            _("Usual is %(usual)s.") % {"usual": _written(usual)},
            _("Correct it, or leave it empty."),
        ) from None


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
