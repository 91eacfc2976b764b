"""Is an answer explained as one would say it?"""

from datetime import date, timedelta

import pandas as pd
import pytest

from keepwell.config import Company
from keepwell.measure.facts import Facts
from keepwell.measure.metric import find
from keepwell.measure.periods import Periods, calendar, rolling
from keepwell.measure.question import Question

COMPANY = Company(name="Shop", time_zone="Europe/Helsinki", excluded_customers=["us"])


def explained(periods: Periods, as_of: date) -> str:
    """What is said of a kept share in which nobody has a part."""
    question = Question(find("kept_share"), Facts({}, COMPANY, as_of), periods)
    counts = pd.DataFrame({name: pd.Series(dtype="int64") for name in question.totals.columns})
    return question.answer(counts).explain()


@pytest.mark.parametrize(
    ("periods", "told"),
    [
        (calendar("month", date(2026, 1, 1), date(2026, 2, 1), COMPANY), "1 month"),
        (calendar("month", date(2026, 1, 1), date(2026, 4, 1), COMPANY), "3 periods of a month each"),
        (rolling(365, date(2026, 1, 1), 1), "1 period of 365 days"),
        (rolling(30, date(2026, 1, 1), 2), "2 periods of 30 days each"),
    ],
)
def test_the_morning_and_the_periods_are_said(periods: Periods, told: str) -> None:
    """One month is not "1 periods of a month"."""
    said = explained(periods, date(2026, 4, 1))
    assert f"As known on the morning of 2026-04-01, by the days of Europe/Helsinki; {told}." in said


def test_one_and_many_are_told_apart() -> None:
    """One customer left out; one month of two, then two of two, that are not over."""
    months = calendar("month", date(2026, 1, 1), date(2026, 3, 1), COMPANY)
    said = explained(months, date(2026, 2, 20))
    assert "Left out: 1 customer named in the settings." in said
    assert "1 of 2 figures waits for days that are not over yet and is not told." in said
    said = explained(months, date(2026, 2, 20) - timedelta(days=30))
    assert "2 of 2 figures wait for days that are not over yet and are not told." in said
