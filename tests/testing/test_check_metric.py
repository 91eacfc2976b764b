"""Does the examination pass what is right and catch what is wrong?"""

from datetime import date

import pytest
from ibis import _

from keepwell.measure import METRICS
from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, Metric
from keepwell.measure.periods import Periods, calendar
from keepwell.testing.check_metric import check_metric
from keepwell.testing.worlds import full_shop, run


def _periods(facts: Facts) -> Periods:
    return calendar("month", date(2025, 1, 1), facts.as_of, facts.company)


@pytest.mark.slow
@pytest.mark.parametrize("metric", sorted(METRICS))
def test_every_registered_metric_passes(metric: str) -> None:
    """Each metric of the house sits the public examination."""
    facts = full_shop()
    check_metric(METRICS[metric], facts, _periods(facts), run)


def _made(compute: object) -> Metric:
    return Metric("made_up", "Made up", "Is it?", "a / b", "share", "Always.", compute, "tests")  # type: ignore[arg-type]


def test_a_metric_that_counts_people_twice_is_caught() -> None:
    """A group whose members are fewer than its count says fails."""

    def doubled(facts: Facts, periods: Periods) -> Cases:
        """Counts every sale as a buyer."""
        rows = facts.sales.mutate(period=periods.place(facts.sales.day), buyers=1)
        return Cases(
            rows.filter(_.customer_id.notnull()),
            ("period",),
            {"buyers": _.buyers.sum()},
            lambda f: f["buyers"],
            {"buyers": _.buyers == 1},
        )

    facts = full_shop()
    quarters = calendar("quarter", date(2025, 1, 1), facts.as_of, facts.company)
    with pytest.raises(AssertionError, match="buyers says"):
        check_metric(_made(doubled), facts, quarters, run)


def test_a_metric_that_divides_in_the_engine_is_caught() -> None:
    """A fraction among the counts fails."""

    def halves(facts: Facts, periods: Periods) -> Cases:
        """Halves every sale."""
        rows = facts.sales.mutate(period=periods.place(facts.sales.day), half=facts.sales.gross.cast("float64") / 3)
        return Cases(rows, ("period",), {"half": _.half.sum()}, lambda f: f["half"])

    facts = full_shop()
    with pytest.raises(AssertionError, match="fraction"):
        check_metric(_made(halves), facts, _periods(facts), run)
