"""What do the activity tables answer? One version in memory, every question compiled once."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from keepwell.config import Company
from keepwell.lake.activity_engine import Bench
from keepwell.lake.activity_folding import gather
from keepwell.lake.activity_parts import Manifest, rules_of
from keepwell.measure import activity_answers as answers
from keepwell.measure.activity import ActivityTables, shapes
from keepwell.measure.periods import Period, Periods
from keepwell.measure.question import Question
from keepwell.schema.clock import day_number


class Served:
    """
    One version of the index, in memory, for one thread at a time. Close it, or use it in a with block.

    Args:
        folder: Of the index.
        manifest: The version.
        company: Settings it was built under.
        memory: How much it may hold.
    """

    def __init__(self, folder: Path, manifest: Manifest, company: Company, memory: str) -> None:
        self.manifest = manifest
        self._bench = Bench(folder, memory)
        gather(self._bench, folder, manifest, company)
        self._bench.sql.execute("CREATE TYPE money AS ENUM (SELECT DISTINCT currency FROM spent_now ORDER BY currency)")
        self._bench.sql.execute(
            "CREATE TABLE customers AS SELECT * FROM customers_now; CREATE TABLE names AS SELECT * FROM names_now;"
            "CREATE TABLE spent AS SELECT * REPLACE (currency::money AS currency) FROM spent_now"
        )
        for name in ("customers_told", "spent_told", "spent_patched"):
            self._bench.sql.execute(f"DROP TABLE IF EXISTS {name} CASCADE")
        table = self._bench.ibis.table
        self.tables = ActivityTables(
            table("customers"), table("days_now"), table("spent"), manifest.months(), table("names")
        )
        self.shapes = self._bench.keep("shapes", shapes(self.tables.customers))
        self._compiled: dict[object, str] = {}

    def close(self) -> None:
        """Let go of the memory."""
        self._bench.ibis.disconnect()

    def __enter__(self) -> "Served":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def knows(self, as_of: date) -> bool:
        """Whether all that is in the tables was known on a morning; otherwise the facts must be asked."""
        return self.manifest.last_day < day_number(as_of)

    def counts(self, question: Question) -> pd.DataFrame | None:
        """
        What question.totals would give, where these tables can tell it.

        Args:
            question: Asked of the same version of the lake.

        Returns:
            None where the question's own expression must be computed: a metric these tables do not tell,
            a breakdown, a segment, an earlier morning, other rules, or options and periods they cannot follow.
        """
        facts = question.facts
        if question.by or facts.only is not None or not self.knows(facts.as_of):
            return None
        if rules_of(facts.company) != self.manifest.rules:
            return None
        expression = answers.counts(question, self.tables.customers, self.shapes)
        if expression is None:
            return None
        return self.run(expression.order_by(*question.cases.cell)).to_pandas()

    def triangle(self, periods: Periods) -> pa.Table:
        """See activity_answers.triangle."""
        return self._answer(("triangle", *periods), lambda: answers.triangle(self.shapes, periods))

    def people(self, cohort: Period, period: Period, first: int = 100) -> pa.Table:
        """The first of those behind a cell of the triangle, by customer_id."""
        found = lambda: answers.cell(self.tables, cohort, period).order_by("customer_id").limit(first)  # noqa: E731
        return self._answer(("people", cohort, period, first), found)

    def day_curve(self, last: int = 30) -> pa.Table:
        """See activity_answers.day_curve."""
        return self._answer(("day_curve", last), lambda: answers.day_curve(self.tables.customers, last))

    def on_or_after(self, last: int = 30) -> pa.Table:
        """See activity_answers.on_or_after."""
        return self._answer(("on_or_after", last), lambda: answers.on_or_after(self.tables.customers, last))

    def movements(self, months: Periods) -> pa.Table:
        """See activity_answers.movements."""
        return self._answer(("movements", *months), lambda: answers.movements(self.tables.spent, months))

    def second_orders(self, within: Sequence[int], as_of: date) -> pa.Table:
        """See activity_answers.second_orders."""
        asked = lambda: answers.second_orders(self.tables.customers, within, day_number(as_of))  # noqa: E731
        return self._answer(("second_orders", *within, as_of), asked)

    def ranks(self, as_of: date) -> pa.Table:
        """See activity_answers.ranks."""
        return self._answer(("ranks", as_of), lambda: answers.ranks(self.tables, day_number(as_of)))

    def run(self, expression: ir.Table) -> pa.Table:
        """Compute any expression over *tables*."""
        return self._bench.sql.execute(self._bench.ibis.compile(expression)).to_arrow_table()

    def _answer(self, asked: object, expression: Callable[[], ir.Table]) -> pa.Table:
        if asked not in self._compiled:
            self._compiled[asked] = self._bench.ibis.compile(expression())
        return self._bench.sql.execute(self._compiled[asked]).to_arrow_table()
