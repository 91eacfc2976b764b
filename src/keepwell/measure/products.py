"""Do customers we already have try new products more often than new ones? Products by the day they were first sold."""

import ibis
import pandas as pd
from ibis import _

from keepwell.measure.deals import wilson
from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, metric, share
from keepwell.measure.periods import Periods
from keepwell.measure.purchases import first_days
from keepwell.tongue import gettext_noop


@metric(
    id="new_product_trial",
    name=gettext_noop("Buyers who try something new"),
    question=gettext_noop(
        "Of the buyers of the period, how many bought a product that was first sold in it, existing customers and new ones apart?"
    ),
    formula="buyers of a product first sold in the period / buyers with known products, by whether they had bought before the period; 95 % interval after Wilson",
    unit="share",
    misleads="In the first periods everything is new. A product under a new number counts as new; a bestseller renamed makes everybody try it.",
    source="Interval after Wilson (1927).",
)
def new_product_trial(facts: Facts, periods: Periods) -> Cases:
    """Buyers told by who (existing: a first purchase before the period; new), and of them those who tried a new product."""
    lines = facts.read("order_lines").filter(_.product_id.notnull() & ~_.returned.fill_null(False))
    sold = lines.select("order_id", "product_id").join(
        facts.sales.filter(_.net > 0).select("order_id", "customer_id", "day"), "order_id"
    )
    debut = sold.group_by("product_id").agg(first_sold=_.day.min())
    bought = sold.filter(_.customer_id.notnull()).join(debut, "product_id").join(first_days(facts), "customer_id")
    period = periods.place(bought.day)
    told = bought.select(
        "customer_id",
        period=period,
        tried=(periods.place(bought.first_sold) == period).fill_null(False).cast("int64"),
        who=ibis.ifelse((periods.place(bought.first_day) == period).fill_null(False), "new", "existing"),
    )
    rows = told.filter(told.period.notnull()).group_by("customer_id", "period", "who").agg(tried=_.tried.max())
    counts = {"buyers": _.count(), "tried": _.tried.sum()}

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        limits = [
            wilson(int(tried), int(buyers)) for tried, buyers in zip(frame["tried"], frame["buyers"], strict=True)
        ]
        return frame.assign(low=[low for low, _high in limits], high=[high for _low, high in limits])

    groups = {"buyers": _.tried >= 0, "tried": _.tried == 1}
    return Cases(rows, ("period", "who"), counts, share("tried", "buyers"), groups, finish=finish)
