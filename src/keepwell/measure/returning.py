"""Do customers come back, so many days, weeks or months after they began?"""

import itertools
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.errors import MetricError
from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, metric, share
from keepwell.measure.moments import active_days, entries, points, service
from keepwell.measure.periods import Periods, index
from keepwell.measure.windows import typical_gap
from keepwell.tongue import gettext_noop

EACH = {"day": 1, "24h": 1, "week": 7, "month": 30}
"""What N counts, and about how many days that is: calendar days, weeks and months, or exact 24 hours from the first moment."""

_SOURCE = "Calendar periods of the company's zone; period 0 is that of the first activity; only customers whose N-th period is over."


@metric(
    id="retention_on",
    name=gettext_noop("Back on day N"),
    question=gettext_noop(
        "Of the customers who began N days (weeks, months) ago or more, how many were active in the N-th period after they began?"
    ),
    formula="customers active in period N after their first / customers whose period N is over",
    unit="share",
    misleads="A customer back the day before or after does not count; ask on or after, or a bracket, where rhythm is loose.",
    source=_SOURCE,
)
def retention_on(
    facts: Facts,
    periods: Periods,
    *,
    n: str = "0,1,3,7,14,30",
    each: str = "day",
    cohorts: bool = False,
    entry: str = "first_ever",
    matching: str = "",
) -> Cases:
    """
    N-day (week, month) retention, "on N".

    Args:
        facts: The tables.
        periods: When the customers began.
        n: Which N, such as "1,7,30" or "0-30".
        each: day, week, month, or 24h for exact 24 hours from the first moment.
        cohorts: Tell each period's beginners apart.
        entry: first_ever, first_matching or recurring.
        matching: What the first activity must match, such as "country=US".
    """
    asked = [(number, number) for number in numbers(n)]
    return _returned(facts, asked, each, entries(facts, periods, entry, matching), cohorts=cohorts)


@metric(
    id="retention_bracket",
    name=gettext_noop("Back between days A and B"),
    question=gettext_noop("Of the customers for whom the whole bracket is over, how many were active in it?"),
    formula="customers active in any of the periods A to B after their first / customers whose period B is over",
    unit="share",
    misleads="Wider brackets tell higher rates: compare only brackets of one width.",
    source=_SOURCE,
)
def retention_bracket(
    facts: Facts,
    periods: Periods,
    *,
    n: str = "1-7,8-14,15-30",
    each: str = "day",
    cohorts: bool = False,
    entry: str = "first_ever",
    matching: str = "",
) -> Cases:
    """
    Bracket retention.

    Args:
        facts: The tables.
        periods: When the customers began.
        n: Brackets that do not overlap, such as "1-7,8-14".
        each: day, week, month, or 24h.
        cohorts: Tell each period's beginners apart.
        entry: first_ever, first_matching or recurring.
        matching: What the first activity must match.
    """
    asked = brackets(n)
    if any(last >= first for (_first, last), (first, _last) in itertools.pairwise(sorted(asked))):
        raise MetricError(f"The brackets {n!r} overlap.", "A period lies in one bracket at most.", "Part them.")
    return _returned(facts, asked, each, entries(facts, periods, entry, matching), cohorts=cohorts)


@metric(
    id="retention_on_or_after",
    name=gettext_noop("Back on day N or after"),
    question=gettext_noop(
        "Of the customers who began N days (weeks, months) ago or more, how many were active in the N-th period after, or any later one?"
    ),
    formula="customers whose last activity lies in or after period N / customers whose period N is over",
    unit="share",
    misleads="Too low near the day of the look, when later returns have had no time: such cells are marked greyed.",
    source=_SOURCE,
)
def retention_on_or_after(
    facts: Facts,
    periods: Periods,
    *,
    n: str = "1,7,14,30,60,90",
    each: str = "day",
    cohorts: bool = False,
    entry: str = "first_ever",
    matching: str = "",
) -> Cases:
    """
    Unbounded retention.

    The frame's column greyed is true where, for most of the customers counted, less than a typical gap between activities
    (80 % are shorter) lies between their N-th period and as_of.

    Args:
        facts: The tables.
        periods: When the customers began.
        n: Which N, such as "1,7,30" or "0-30".
        each: day, week, month, or 24h.
        cohorts: Tell each period's beginners apart.
        entry: first_ever, first_matching or recurring.
        matching: What the first activity must match.
    """
    asked = [(number, number) for number in numbers(n)]
    began = _began(facts, entries(facts, periods, entry, matching), each)
    ages = _ages(facts, began, each).group_by("customer_id", "cohort").agg(reached=_.last_age.max())
    rows = _asked(began, asked).left_join(ages, ["customer_id", "cohort"]).drop("customer_id_right", "cohort_right")
    rows = rows.cross_join(typical_gap(facts))
    over = rows.oldest >= rows.n
    near = ((rows.oldest - rows.n) * EACH[each] < rows.typical_gap).fill_null(False)
    rows = _flags(rows, over, (rows.reached >= rows.n).fill_null(False), unsettled=over & near)
    return _cases(rows, asked, cohorts=cohorts, greyed=True)


def _returned(facts: Facts, asked: Sequence[tuple[int, int]], each: str, entered: ir.Table, *, cohorts: bool) -> Cases:
    """Customers active in any period from the first to the last of each pair asked, of those for whom the last is over."""
    began = _began(facts, entered, each)
    ages = _ages(facts, began, each)
    table = _pairs(asked)
    seen = ages.join(table, [ages.first_age <= table.last, ages.last_age >= table.n])
    seen = seen.select("customer_id", "cohort", "n").distinct().mutate(seen=ibis.literal(True))
    rows = _asked(began, asked).left_join(seen, ["customer_id", "cohort", "n"])
    rows = _flags(rows, rows.oldest >= rows.last, rows.seen.fill_null(False))
    return _cases(rows, asked, cohorts=cohorts)


def _pairs(asked: Sequence[tuple[int, int]]) -> ir.Table:
    numbers_ = {"n": [first for first, _last in asked], "last": [last for _first, last in asked]}
    return ibis.memtable(numbers_, schema={"n": "int32", "last": "int32"})


def _began(facts: Facts, entered: ir.Table, each: str) -> ir.Table:
    """Columns customer_id, cohort, began (number of the first period, or the first second) and oldest (the last period that is over)."""
    if each not in EACH:
        raise MetricError(f"N cannot count {each!r}.", f"It counts one of {', '.join(EACH)}.", "Choose one of them.")
    if each == "24h":
        look = int(facts.morning.timestamp())
        return entered.select(
            "customer_id", "cohort", began="second", oldest=((look - entered.second) // 86_400 - 1).cast("int32")
        )
    began, today = index(entered.day, each, facts.company), index(ibis.literal(facts.today), each, facts.company)
    return entered.select("customer_id", "cohort", began=began, oldest=(today - began - 1).cast("int32"))


def _ages(facts: Facts, began: ir.Table, each: str) -> ir.Table:
    """How many periods after they began customers were active: columns customer_id, cohort, first_age, last_age."""
    both = began.join(_active(facts, each), "customer_id")
    both = both.filter(both.high >= both.began)
    length = 86_400 if each == "24h" else 1
    return both.select(
        "customer_id",
        "cohort",
        first_age=ibis.greatest((both.low - both.began) // length, 0).cast("int32"),
        last_age=((both.high - both.began) // length).cast("int32"),
    )


def _active(facts: Facts, each: str) -> ir.Table:
    """Columns customer_id, low and high: the first and last period, or second, of each stretch of activity."""
    if each == "24h":
        moments, served = points(facts), service(facts)
        seconds = served.select(
            "customer_id", low=served.start_day.cast("int64") * 86_400, high=(served.end_day - 1).cast("int64") * 86_400
        )
        return moments.select("customer_id", low="second", high="second").union(seconds)
    days = active_days(facts)
    low, high = (index(day, each, facts.company).cast("int64") for day in (days.start_day, days.end_day - 1))
    return days.select("customer_id", low=low, high=high)


def _asked(began: ir.Table, asked: Sequence[tuple[int, int]]) -> ir.Table:
    """Every customer with every pair asked."""
    return began.cross_join(_pairs(asked))


def _flags(rows: ir.Table, over: ir.BooleanValue, back: ir.BooleanValue, **more: ir.BooleanValue) -> ir.Table:
    flags = {"eligible": over, "retained": over & back, "silent": over & ~back, "waiting": ~over, **more}
    return rows.select("customer_id", "cohort", "n", **{name: flag.cast("int32") for name, flag in flags.items()})


def _cases(rows: ir.Table, asked: Sequence[tuple[int, int]], *, cohorts: bool, greyed: bool = False) -> Cases:
    names = ["eligible", "retained", "silent", "waiting", *(["unsettled"] if greyed else [])]
    last = dict(asked)

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        frame = frame.assign(last=frame["n"].map(last))
        if greyed:
            frame = frame.assign(greyed=2 * frame["unsettled"] > frame["eligible"])
        return frame.assign(complete=frame["waiting"] == 0) if cohorts else frame

    return Cases(
        rows,
        ("cohort", "n") if cohorts else ("n",),
        {name: _[name].sum() for name in names},
        share("retained", "eligible"),
        {name: _[name] == 1 for name in names},
        finish=finish,
    )


def numbers(text: str) -> list[int]:
    """
    Whole numbers from text: "1,7,30", "0-30", or both.

    Raises:
        MetricError: It is not that.
    """
    return sorted({number for first, last in brackets(text) for number in range(first, last + 1)})


def brackets(text: str) -> list[tuple[int, int]]:
    """
    Pairs of first and last whole numbers from text: "1-7,8-14"; a single number is both.

    Raises:
        MetricError: It is not that, or asks for more than 3,660 periods.
    """
    found = []
    for part in text.split(","):
        first, _sign, last = part.strip().partition("-")
        if not (first.isdecimal() and (last or first).isdecimal() and int(first) <= int(last or first) <= 3_660):
            raise MetricError(
                f"{part.strip()!r} in {text!r} is not a number of periods.",
                "",
                "Write it as 1,7,30 or 0-30, up to 3660.",
            )
        found.append((int(first), int(last or first)))
    return found
