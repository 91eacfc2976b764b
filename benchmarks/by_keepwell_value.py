"""Keepwell: customers who are alike are counted by the engine, fits look at the counts, and what is told is joined back."""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import figures
import ibis.expr.types as ir
import pandas as pd
import value_questions as asked

from keepwell.config import Company
from keepwell.lake.activity_engine import Bench
from keepwell.measure.facts import Facts, known_as
from keepwell.understand.dropout import BgNbd
from keepwell.understand.histories import PARTS, histories
from keepwell.understand.model import Needs
from keepwell.understand.pareto import ParetoNbd
from keepwell.understand.spend import GammaGamma

COMPANY = Company(name="A benchmark", currency="USD")
SINCE, AS_OF = date(1997, 1, 1), date(1997, 10, 1)
DAYS, YEAR_DAYS = asked.WEEKS * asked.UNIT_DAYS, 365


@dataclass
class Opened:
    """
    What a question may use.

    Args:
        bench: An engine on one thread.
        facts: The canonical orders, on disk.
    """

    bench: Bench
    facts: Facts

    @cached_property
    def known(self) -> dict[str, tuple[Needs, pd.DataFrame]]:
        """The summary: each customer's row, kept by the engine, and how many are alike."""
        return summary(self)

    @cached_property
    def buying(self) -> BgNbd:
        """BG/NBD, fitted."""
        return bg(self)

    @cached_property
    def spending(self) -> GammaGamma:
        """Gamma-Gamma, fitted."""
        return spend(self)


def opens(question: str, data: Path) -> Opened:
    """The orders as they lie on the disk, and what comes before the question done."""
    bench = Bench(data, memory="4GB")
    bench.sql.execute("SET threads = 1")
    tables = bench.tables({"orders": [str(data / "orders.parquet")]})
    opened = Opened(bench, Facts(tables, COMPANY, AS_OF, since=SINCE))
    for name in asked.BEFORE[question]:
        getattr(opened, name)
    return opened


def summary(opened: Opened) -> dict[str, tuple[Needs, pd.DataFrame]]:
    """See value_questions.QUESTIONS; reading the file is part of it. Both models look at the same histories, computed once."""
    facts = replace(opened.facts)
    facts.computed[known_as(histories)] = opened.bench.keep("histories", histories(facts))
    needs = {"buying": BgNbd().needs(facts), "spending": GammaGamma().needs(facts)}
    return {name: (each, opened.bench.ibis.execute(each.cells)) for name, each in needs.items()}


def bg(opened: Opened) -> BgNbd:
    """See value_questions.QUESTIONS."""
    return BgNbd(unit_days=asked.UNIT_DAYS).fit(opened.known["buying"][1])


def pareto(opened: Opened) -> ParetoNbd:
    """See value_questions.QUESTIONS."""
    return ParetoNbd(unit_days=asked.UNIT_DAYS).fit(opened.known["buying"][1])


def spend(opened: Opened) -> GammaGamma:
    """See value_questions.QUESTIONS."""
    return GammaGamma().fit(opened.known["spending"][1])


def purchases(opened: Opened) -> ir.Table:
    """See value_questions.QUESTIONS; a chance and how likely they are still there are told beside it."""
    needs, cells = opened.known["buying"]
    told = opened.buying.predict(cells, days=DAYS, errors=False)
    return opened.bench.keep("purchases", joined(opened, needs, cells[list(needs.cell)].join(told)))


def value(opened: Opened) -> ir.Table:
    """See value_questions.QUESTIONS; discounted day by day."""
    needs, cells = opened.known["buying"]
    orders = opened.buying.discounted(cells, yearly_rate=asked.YEARLY, days=YEAR_DAYS)
    each = joined(opened, needs, cells[list(needs.cell)].assign(orders=orders))
    return opened.bench.keep("value", worth(opened, each))


def joined(opened: Opened, needs: Needs, predicted: pd.DataFrame) -> ir.Table:
    """What is told of cells, told of their customers."""
    name = f"told_{predicted.columns[-1]}"
    return needs.told(opened.bench.ibis.create_table(name, predicted, overwrite=True))


def worth(opened: Opened, orders: ir.Table) -> ir.Table:
    """Purchases to come times what each is expected to bring, customer by customer."""
    needs, cells = opened.known["spending"]
    spend = opened.spending.expected(cells["repeats"].to_numpy("float64"), cells["spent"].to_numpy("float64") / PARTS)
    each = joined(opened, needs, cells[list(needs.cell)].assign(spend=spend))
    both = orders.inner_join(each, "customer_id")
    return both.select("customer_id", value=both.orders * both.spend)


def told(question: str, opened: Opened, answer: Any) -> dict[str, Any]:
    """Sums of what is told of everybody; parameters with their standard errors, and the log-likelihood in weeks, of a fit."""
    if question == "summary":
        return sums(answer)
    if question == "purchases":
        return {"purchases": total(opened, answer.expected)}
    if question == "value":
        return {"value": total(opened, by_month(opened).value), "discounted daily": total(opened, answer.value)}
    return {**answer.parameters_, "log_likelihood": answer.log_likelihood_, "errors": answer.standard_errors}


def by_month(opened: Opened) -> ir.Table:
    """The value as the others discount: what each month brings as if it came at the month's end. For comparison, not timed."""
    needs, cells = opened.known["buying"]
    ends = [round(month * asked.MONTH_WEEKS * asked.UNIT_DAYS) for month in range(1, asked.MONTHS + 1)]
    until = [0.0, *(opened.buying.predict(cells, days=end)["expected"] for end in ends)]
    orders = sum(
        (later - earlier) / (1 + asked.MONTHLY) ** month
        for month, (earlier, later) in enumerate(pairwise(until), start=1)
    )
    return worth(opened, joined(opened, needs, cells[list(needs.cell)].assign(orders=orders)))


def total(opened: Opened, column: Any) -> float:
    """The sum over all customers."""
    return float(opened.bench.ibis.execute(column.sum()))


def sums(known: dict[str, tuple[Needs, pd.DataFrame]]) -> dict[str, float]:
    """What the summary comes to over all customers."""
    cells, spent = known["buying"][1], known["spending"][1]
    summed = {name: int(cells["customers"] @ cells[name]) for name in ("repeats", "recency_days", "age_days")}
    return {
        "customers": int(cells["customers"].sum()),
        **summed,
        "spent": float(spent["customers"] @ spent["spent"]) / PARTS,
    }


if __name__ == "__main__":
    answers = {"summary": summary, "bg": bg, "pareto": pareto, "spend": spend, "purchases": purchases, "value": value}
    figures.compete(opens, answers, told)
