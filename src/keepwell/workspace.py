"""One company, opened: hands its tables to the rooms and takes their results back; computes nothing itself."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import ibis.expr.types as ir
import pandas as pd

from keepwell import intake
from keepwell.config import FILE_NAME, Company
from keepwell.counted import Counted
from keepwell.errors import ConfigError
from keepwell.lake import Batch, Lake
from keepwell.lake.activity import keep, opened
from keepwell.lake.activity_serving import Served
from keepwell.lake.asking import Asking
from keepwell.measure import traits
from keepwell.measure.accounts import counted
from keepwell.measure.facts import Facts
from keepwell.measure.metric import find
from keepwell.measure.periods import Periods, named
from keepwell.measure.profile import COLUMNS, profile
from keepwell.measure.question import Answer, Question
from keepwell.measure.spells import kept_by
from keepwell.schema import TABLES
from keepwell.schema.expressions import names, parse

KNOWN = {*COLUMNS, *TABLES["customers"].columns}
"""Columns a segment can ask for by name."""


class Workspace:
    """
    One company's folder: its settings and its lake.

    Args:
        folder: Where keepwell.toml lies.
        company: The settings in it.
        lake: The opened lake.
    """

    def __init__(self, folder: Path, company: Company, lake: Lake) -> None:
        self.folder, self.settings, self.lake = folder, company, lake
        self.asking = Asking(lake)

    @classmethod
    def create(cls, folder: Path, company: Company) -> Self:
        """
        Make a company's folder.

        Raises:
            ConfigError: There is one already.
        """
        path = folder / FILE_NAME
        if path.exists():
            raise ConfigError(
                f"{path} exists already.", "A company is made once.", f"Look at it: keepwell doctor -w {folder}"
            )
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(company.to_toml(), "utf-8")
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path | str = ".") -> Self:
        """
        Open a company's folder.

        Raises:
            ConfigError: It has no settings, or they do not hold.
            LakeError: Its lake cannot be read.
        """
        folder = Path(folder)
        company = Company.load(folder / FILE_NAME)
        location = company.lake if "://" in company.lake else str(folder / company.lake)
        return cls(folder, company, Lake.open(location, engine=company.engine, spark=company.spark))

    def close(self) -> None:
        """Let go of the engine."""
        self.forget()
        self.lake.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # What is known

    @cached_property
    def company(self) -> Company:
        """The settings, with what they leave open filled from the data: what keeps a customer, and for how long."""
        settings = self._ruled
        if settings.activity_window_days is None and settings.active_by != "subscription":
            window = self._counted.window(counted(Facts(self._tables, settings, self.as_of, since=self.since)))
            settings = settings.model_copy(update={"activity_window_days": window})
        return settings

    @property
    def _ruled(self) -> Company:
        """The settings, with what keeps a customer."""
        if self.settings.active_by != "auto":
            return self.settings
        return self.settings.model_copy(update={"active_by": kept_by(self._counted.rows())})

    @property
    def _counted(self) -> Counted:
        return Counted(self.lake, self.settings)

    @cached_property
    def _tables(self) -> dict[str, ir.Table]:
        """The lake's tables; merges are left out where there are none, for they make every expression longer."""
        rows = self._counted.rows()
        return {name: table for name, table in self.lake.tables().items() if name != "merges" or rows.get(name)}

    @cached_property
    def span(self) -> tuple[date, date]:
        """The first and the last day on which anything is known to have happened; today where nothing is."""
        return self._counted.span(self._tables)

    @cached_property
    def since(self) -> date:
        """A day before which nothing at all was told, neither activity nor who was known."""
        return self._counted.since(self._tables, self.span)

    @cached_property
    def _folded(self) -> Served | None:
        """Histories folded into bits, where the lake keeps them; they answer some questions many times sooner. They know no accounts."""
        return opened(self.lake, self._ruled) if self.settings.count == "customers" else None

    @property
    def as_of(self) -> date:
        """The morning from which the company is looked at: data_until in the settings, otherwise the day after the last known day."""
        return self.settings.data_until or self.span[1] + timedelta(days=1)

    def facts(self, *, as_of: date | None = None, where: str | None = None) -> Facts:
        """
        The tables as known on a morning, narrowed to a segment.

        Args:
            as_of: Everything before it is known; None takes the workspace's own.
            where: Segment expression over the customer profile.

        Raises:
            ExpressionError: The segment expression is wrong.
        """
        everybody = counted(Facts(self._tables, self.company, as_of or self.as_of, since=self.since))
        if not where:
            return everybody
        wanted = names(where)  # parts of the profile that are not asked for are not computed
        people = profile(everybody, columns=wanted if wanted <= KNOWN else None)
        chosen = people.filter(parse(where, people, zone=self.company.time_zone)).select("customer_id")
        return replace(everybody, only=chosen)

    def periods(self, unit: str | Periods = "month", *, start: date | None = None, end: date | None = None) -> Periods:
        """
        Periods by name: day, week, month, quarter, half, year, or rolling ones such as "30d".

        Args:
            unit: Name of the unit, or Periods, which are given back.
            start: A day in the first period; None takes the first known day.
            end: The day after the last; None takes as_of.
        """
        if isinstance(unit, Periods):
            return unit
        end = end or self.as_of
        return named(unit, start or min(self.span[0], end - timedelta(days=1)), end, self.company)

    # What is asked
    def question(
        self,
        metric: str,
        *,
        periods: str | Periods = "month",
        start: date | None = None,
        end: date | None = None,
        as_of: date | None = None,
        by: str | None = None,
        where: str | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> Question:
        """
        Put a question together without asking it yet.

        Args:
            metric: Id of a registered metric.
            periods: See periods().
            start: A day in the first period.
            end: The day after the last one.
            as_of: The morning of the look.
            by: A trait to break down by.
            where: A segment expression.
            options: The metric's own options.

        Raises:
            MetricError: Unknown metric, period or option.
            ExpressionError: The segment expression is wrong.
        """
        facts = self.facts(as_of=as_of, where=where)
        if by and not traits.named(by) and self.run(traits.trait(facts, by).drop_null("by").limit(1)).empty:
            raise traits.nobody_has(by)
        spans = self.periods(periods, start=start, end=end or as_of)
        return Question(find(metric), facts, spans, by, where, options or {})

    def measure(self, metric: str, **asked: Any) -> Answer:
        """Ask a metric; the arguments are those of question()."""
        return self.answer(self.question(metric, **asked))

    def answer(self, question: Question) -> Answer:
        """The answer of a question put together before."""
        told = self._folded.counts(question) if self._folded else None
        return question.answer(self.run(question.totals) if told is None else told)

    def members(
        self, question: Question, cell: Mapping[str, Any] | None = None, group: str | None = None
    ) -> pd.DataFrame:
        """
        The customers behind a number, with their names.

        Args:
            question: What was asked.
            cell: Which cell, by its labels; None for all.
            group: One of the metric's groups.

        Returns:
            Columns customer_id, name; ordered by customer_id.
        """
        people = question.facts.read("customers").select("customer_id", "name")
        found = question.members(cell or {}, group).left_join(people, "customer_id")
        return self.run(found.select("customer_id", "name").order_by("customer_id"))

    def segment(self, where: str, *, as_of: date | None = None) -> pd.DataFrame:
        """The profiles of the customers a segment expression chooses."""
        people = profile(self.facts(as_of=as_of))
        return self.run(people.filter(parse(where, people, zone=self.company.time_zone)).order_by("customer_id"))

    def run(self, expression: ir.Table) -> pd.DataFrame:
        """Have the engine compute an expression."""
        return self.lake.run(expression)

    def asked(self, name: Hashable, make: Callable[..., ir.Table], *texts: str) -> list[dict[str, Any]]:
        """A question pages ask again and again with other texts, put together once for a state of the data; see Asking."""
        return self.asking.rows(name, make, *texts)

    # What is brought in

    def read(
        self, *sources: str, hints: intake.Hints | None = None, progress: intake.Progress | None = None
    ) -> intake.Intake:
        """
        Read and recognise sources; nothing is stored yet.

        Args:
            sources: Files, folders or database addresses.
            hints: What the user says of them.
            progress: Told how far it is.
        """
        return intake.read(sources, self.settings, self.folder, hints or intake.Hints(), progress)

    def bring(self, taken: intake.Intake, *, progress: intake.Progress | None = None) -> Batch:
        """Stage what was read: every row checked, counted, compared with what is known; still invisible until committed."""
        return self.lake.stage(taken.delivery(self.settings), progress=progress)

    def commit(self, batch: Batch, *, progress: intake.Progress | None = None) -> Batch:
        """Make a staged batch visible, whole."""
        return self._renewed(self.lake.commit(batch.id, progress=progress), progress)

    def undo(self, batch_id: str) -> Batch:
        """Take a batch back."""
        return self._renewed(self.lake.undo(batch_id))

    def _renewed(self, done: Batch, progress: intake.Progress | None = None) -> Batch:
        self.forget()
        keep(self.lake, self._ruled, progress)
        return done

    def forget(self) -> None:
        """Let go of what was read of the lake: the next question sees what came since."""
        if folded := self.__dict__.get("_folded"):
            folded.close()
        self.asking.forget()
        for name in ("company", "span", "since", "_tables", "_folded"):
            self.__dict__.pop(name, None)

    def batches(self) -> list[Batch]:
        """Every import, oldest first."""
        return self.lake.batches()

    def rejected(self, batch_id: str | None = None) -> pd.DataFrame:
        """Rows that were refused, each with its reason."""
        return self.run(self.lake.rejected(batch_id))
