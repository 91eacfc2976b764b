"""What do those who began to pay together pay later? Monthly money by cohort and age."""

import pandas as pd
from ibis import _

from keepwell.measure.bridge import ratio
from keepwell.measure.cells import every_age
from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, metric, number
from keepwell.measure.mrr import boundaries, held
from keepwell.measure.periods import Periods
from keepwell.tongue import gettext_noop


@metric(
    id="cohort_mrr",
    name=gettext_noop("MRR by cohort and age"),
    question=gettext_noop(
        "What do the customers who first paid in a period pay a month at its close, and at the close of each period after it?"
    ),
    formula="sum of MRR at the close of the period, per cohort of the first paid day; share_of_first is that over the MRR at age 0",
    unit="money",
    misleads="Above the start where growth outweighs loss; cohort_retention tells the heads. Who came and went inside the first period is in no age.",
    source="Net revenue retention of a cohort; each currency, or all at the rates of each close.",
)
def cohort_mrr(facts: Facts, periods: Periods) -> Cases:
    """The triangle of MRR: cohort of the first paid day, age and currency; age 0 is the close of the first period."""
    first = held(facts).filter(_.amount > 0).group_by("customer_id").agg(first_day=_.start_day.min())
    first = first.select("customer_id", cohort=periods.place(first.first_day)).filter(_.cohort.notnull())
    paid = boundaries(facts, periods).filter(_.end > 0).select("customer_id", "period", "currency", mrr="end")
    rows = paid.join(first, "customer_id").mutate(age=(_.period - _.cohort).cast("int32"))
    counts = {"mrr": _.mrr.sum(), "customers": _.customer_id.nunique()}

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        whole = every_age(periods)(frame)
        apart = [name for name in ("cohort", "currency", "by") if name in whole]
        begun = whole[whole["age"] == 0].set_index(apart)["mrr"].rename("first_mrr")
        whole = whole.join(begun, on=apart)
        return whole.assign(share_of_first=ratio(("mrr",), ("first_mrr",))(whole)).drop(columns="first_mrr")

    return Cases(rows, ("cohort", "age", "currency"), counts, number("mrr"), {"customers": _.mrr > 0}, finish=finish)
