"""Who will buy again, how often, and until when? What every model of buying without a contract shares."""

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from typing import ClassVar, Self

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keepwell.errors import ModelError
from keepwell.measure.facts import Facts
from keepwell.understand.cells import SEEN, Cells
from keepwell.understand.histories import histories
from keepwell.understand.likeliest import BEYOND_CHANCE, Found, likeliest
from keepwell.understand.model import Model, Needs, must_be, must_have, must_look_ahead
from keepwell.understand.part import Part
from keepwell.understand.process import YEAR_DAYS, Process
from keepwell.understand.seasons import by_clock, extremes, must_be_season, running
from keepwell.understand.totals import Total

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Tell = Callable[[Part], Floats]
UNIT = "the days of a unit of time, such as 7"

_FEWEST = 20


class Buying(Model):
    """
    Purchases without a contract: nobody says that they leave, so it is inferred from silence.

    The first purchase makes the customer; what is foretold are days with a further purchase.
    Days are counted to the last day that is known, the day before as_of: bought then for the first time, a customer has age 0.

    Args:
        unit_days: Days of the unit of time in which parameters are told; answers do not depend on it.
        season: How fast time runs in January to December, 1 on average (see seasons.py); None is evenly.
            Recency and age then pass by that clock, and so does what lies ahead; cells tell the day number of as_of (today) too.
    """

    process: ClassVar[Process]
    columns: ClassVar[tuple[str, str, str]] = SEEN
    in_days: ClassVar[bool] = True
    """Whether what is foretold are days with a purchase in days from the morning, which a trial counts."""
    parameters_: dict[str, float]
    covariance_: Floats
    log_likelihood_: float
    null_log_likelihood_: float
    customers_: int
    repeaters_: int
    leaves_: bool
    alike_: Sequence[str] = ()
    version = 2

    unit_days: float
    season: Sequence[float] | None = None

    def __init__(self, *, unit_days: float = 7, season: Sequence[float] | None = None) -> None:
        must_be("unit_days", unit_days, UNIT)
        must_be_season(season)
        self.unit_days, self.season = unit_days, season

    def needs(self, facts: Facts) -> Needs:
        """
        Customers with a purchase by repeats (later days with one), recency_days (first to last) and age_days (first to the day before as_of).

        Args:
            facts: The tables; nothing from as_of on is looked at.
        """
        return self._on(facts, Needs(histories(facts).select("customer_id", *SEEN), self.columns))

    def _on(self, facts: Facts, asked: Needs) -> Needs:
        """With the day of the morning, where time does not run evenly."""
        if self.season is None:
            return asked
        dated = asked.customers.mutate(today=ibis.literal(facts.today, "int64"))
        return Needs(dated, (*asked.cell, "today"), asked.sums)

    def fit(self, cells: pd.DataFrame, *, chance: np.random.Generator | None = None) -> Self:  # noqa: ARG002  nothing is drawn
        """
        The parameters under which what was seen is likeliest.

        Where nobody is seen to leave beyond chance, that is the answer: leaves_ is False, parameters_ has no dropout.
        Where customers do not differ measurably in something, that is the answer too (alike_): the law of it is held to be narrow.

        Args:
            cells: What Needs.cells gave.
            chance: Not needed.

        Raises:
            ModelError: Too few customers bought again, or the likelihood has no summit.
        """
        seen = self._seen(cells)
        must_suffice(seen)
        scaled = scaled_by_age(seen, self.process)
        best, null = self._find(cells, scaled)
        gains = best.height > null.height + BEYOND_CHANCE
        self.leaves_ = best.is_summit and gains
        if not self.leaves_ and (gains or not null.is_summit):
            raise _no_summit(self.name, self.process, best)
        self._learn(best if self.leaves_ else null, seen, scaled)
        self.null_log_likelihood_ = null.height + by_unit(seen, scaled)
        return self

    def _find(self, cells: pd.DataFrame, scaled: Cells) -> tuple[Found, Found]:  # noqa: ARG002  for those who look at more
        """The likeliest place, and the likeliest if nobody left."""
        null = likeliest(self.process.null, scaled)
        return likeliest(self.process, scaled, null.height, null=null.logs), null

    def _learn(self, place: Found, seen: Cells, scaled: Cells) -> None:
        process = self._process
        unit = scaled.unit_days / seen.unit_days
        found = zip(process.names, np.exp(place.logs), strict=True)
        self.parameters_ = {name: float(value * (unit if name in process.timed else 1)) for name, value in found}
        self.covariance_, self.alike_ = place.covariance, list(place.alike)
        self.log_likelihood_ = place.height + by_unit(seen, scaled)
        self.customers_ = round(scaled.total)
        self.repeaters_ = round(float(scaled.customers @ (scaled.repeats > 0)))

    @property
    def _process(self) -> Process:
        return self.process if self.leaves_ else self.process.null

    @property
    def standard_errors(self) -> dict[str, float]:
        """Of the parameters, by the delta method; NaN, not known, where customers are alike as far as is known."""
        self._learned()
        errors = np.sqrt(np.diag(self.covariance_))
        unknown = {name for what in self.alike_ for name in self._process.spreads[what]}
        return {
            name: float("nan") if name in unknown else value * float(e)
            for (name, value), e in zip(self.parameters_.items(), errors, strict=True)
        }

    def draws(self, chance: np.random.Generator, n: int) -> pd.DataFrame:
        """
        Parameters that the data would bear as well: drawn around the summit as its curvature says (Laplace).

        Args:
            chance: For the draws.
            n: How many.

        Returns:
            One row per draw, one column per parameter.
        """
        self._learned()
        logs = np.log(list(self.parameters_.values()))
        drawn = np.exp(chance.multivariate_normal(logs, self.covariance_, size=n))
        return pd.DataFrame(drawn, columns=list(self.parameters_))

    def predict(self, cells: pd.DataFrame, *, days: int, errors: bool = True) -> pd.DataFrame:
        """
        What the *days* days from as_of on will bring.

        Args:
            cells: The columns of Needs.cell, one row per cell.
            days: How far ahead, at least 1.
            errors: Whether expected_error is told too, for which what is expected is worked out eight times more.

        Returns:
            chance (of at least one more day with a purchase), expected (how many such days), expected_error (its standard error,
            from the parameters' uncertainty alone), alive (how likely they are still customers). Same index as *cells*.
        """
        time = self._time(days, cells)

        def tell(part: Part) -> Floats:
            ahead, case = part.ahead
            chance, expected = ahead.at_least(1, time)[case], ahead.expected(time)[case]
            error = [part.error(time)] if errors else []
            return np.column_stack([part.alive * chance, part.alive * expected, *error, part.alive])

        return self._told(cells, ["chance", "expected", *["expected_error"][: int(errors)], "alive"], tell)

    def distribution(self, cells: pd.DataFrame, *, days: int, most: int = 20) -> pd.DataFrame:
        """
        How likely each number of further purchase days is.

        Args:
            cells: As in predict().
            days: As in predict().
            most: The largest number told on its own.

        Returns:
            Columns 0 to *most*, and "more" for all above; rows sum to 1. Same index as *cells*.
        """
        must_be("most", most, "the largest number told on its own", whole=True)
        time = self._time(days, cells)

        def tell(part: Part) -> Floats:
            ahead, case = part.ahead
            reached = np.column_stack([np.ones(len(case)), part.alive[:, None] * ahead.reaching(most + 1, time)[case]])
            return np.column_stack([reached[:, :-1] - reached[:, 1:], reached[:, -1]])

        return self._told(cells, [*range(most + 1), "more"], tell)

    def reaching(self, cells: pd.DataFrame, *, days: int, counts: Sequence[int]) -> pd.DataFrame:
        """
        How likely so many further purchase days or more are, for each of several numbers.

        Args:
            cells: As in predict().
            days: As in predict().
            counts: Numbers of at least 1; the columns.
        """
        time = self._time(days, cells)

        def tell(part: Part) -> Floats:
            ahead, case = part.ahead
            chances = np.column_stack([ahead.at_least(count, time) for count in counts])
            return part.alive[:, None] * chances[case]

        return self._told(cells, list(counts), tell)

    def within(self, cells: pd.DataFrame, *, days: Sequence[int]) -> pd.DataFrame:
        """
        How likely at least one more purchase day is within each of several stretches of time: predict()'s chance, quickly.

        Args:
            cells: As in predict().
            days: How far ahead, at least 1 each; the columns.
        """
        times = [self._time(ahead, cells) for ahead in days]

        def tell(part: Part) -> Floats:
            ahead, case = part.ahead
            chances = np.column_stack([ahead.at_least(1, time) for time in times])
            return part.alive[:, None] * chances[case]

        return self._told(cells, list(days), tell)

    def total(self, cells: pd.DataFrame, *, days: int) -> Total:
        """
        What all customers together will buy.

        Args:
            cells: As in predict(), with customers.
            days: As in predict().
        """
        self._learned()
        return Total.of(self._parts(cells), self._time(days, cells))

    def discounted(self, cells: pd.DataFrame, *, yearly_rate: float, days: int | None = None) -> pd.Series:
        """
        Purchase days to come, one in a year counting as 1 / (1 + yearly_rate) of one today.

        Args:
            cells: As in predict().
            yearly_rate: Such as 0.1 for ten per cent; compounded continuously over years of 365 days.
            days: How far ahead; None is for ever, which needs a rate above 0.

        Raises:
            ModelError: For ever without discounting, or a rate of -100 % and less, or of more than 100 %.
        """
        if not -1 < yearly_rate <= 1 or (days is None and yearly_rate <= 0):
            raise ModelError(
                f"A yearly discount rate of {yearly_rate:.0%}.",
                "It is a share above -1 and at most 1 (100 %), and above 0 where no end is given; ten per cent are 0.1.",
                "Give a rate such as 0.1, or a number of days.",
            )
        force = math.log1p(yearly_rate) / YEAR_DAYS * self.unit_days
        time = None if days is None else self._time(days, cells)

        def tell(part: Part) -> Floats:
            ahead, case = part.ahead
            return part.alive * ahead.discounted(force, time)[case]

        return self._told(cells, ["discounted"], tell)["discounted"]

    def staying(self, cells: pd.DataFrame, *, days: int) -> pd.Series:
        """How likely the customers of each cell are still there *days* days from now."""
        time = self._time(days, cells)
        return self._told(cells, ["staying"], lambda part: part.alive * part.ahead[0].staying(time)[part.ahead[1]])[
            "staying"
        ]

    def lifetime(self, cells: pd.DataFrame) -> pd.DataFrame:
        """
        How long customers will stay from now on, if they are still there.

        Returns:
            median_days (until half of them have left), mean_days (often infinite: few stay very long). Infinite where nobody leaves.
        """

        def tell(part: Part) -> Floats:
            ahead, case = part.ahead
            return np.column_stack([ahead.median_stay()[case], ahead.stay()[case]]) * self.unit_days

        return self._told(cells, ["median_days", "mean_days"], tell)

    def explain(self) -> str:
        """What was learned, in sentences with figures and the assumptions."""
        self._learned()
        misleads = self.misleads if self.season is None else self.misleads.replace("Seasons, campaigns", "Campaigns")
        errors = {name: f"{e:.2g}" if np.isfinite(e) else "not known" for name, e in self.standard_errors.items()}
        figures = ", ".join(f"{name} = {v:.4g} (standard error {errors[name]})" for name, v in self.parameters_.items())
        return (
            f"{self.name}: learned from {self.customers_:,} customers, of whom {self.repeaters_:,} bought again. "
            f"{self._about_leaving()}{self._about_months()} {figures}; times in units of {self.unit_days:g} days. "
            f"Log-likelihood {self.log_likelihood_:,.1f}; if nobody ever left {self.null_log_likelihood_:,.1f}. "
            f"Assumes: {self.assumes} Misleads: {misleads} Source: {self.source}"
        )

    def _about_leaving(self) -> str:
        said = self._process.words(self._values, self.unit_days)
        if self.alike_:
            said += (
                f" Customers do not differ measurably in {' and '.join(self.alike_)}: of all about the same is held."
            )
        if self.leaves_:
            return said
        return f"Nobody is seen to leave in these data beyond chance, so everybody counts as still there. {said}"

    def _about_months(self) -> str:
        if self.season is None:
            return ""
        return f" Time passes by the months of the year: they buy {extremes(self.season)}, against an average month."

    def _seen(self, cells: pd.DataFrame) -> Cells:
        must_have(cells, (*self.columns, *(["today"] if self.season is not None else [])), self.name)
        seen = Cells.of(cells, self.columns, unit_days=self.unit_days)
        if self.season is None or cells.empty:
            return seen
        recency, age = by_clock(self.season, _today(cells), seen.recency_days, seen.age_days)
        return replace(seen, recency_days=recency, age_days=age)

    def _time(self, days: int, cells: pd.DataFrame) -> float:
        must_look_ahead(days)
        if self.season is None or cells.empty:
            return days / self.unit_days
        today = _today(cells)
        ran = running(self.season, today + days)
        return float(ran[today + days - 1] - ran[today - 1]) / self.unit_days

    @property
    def _values(self) -> Floats:
        return np.array(list(self.parameters_.values()))

    def _parts(self, cells: pd.DataFrame) -> Iterable[Part]:
        """The cells by whose parameters hold of them: here everybody's are the same."""
        rows = np.arange(len(cells))
        return [Part(rows, self._seen(cells), self._process, self._values, self.covariance_)]

    def _told(self, cells: pd.DataFrame, columns: Sequence[Hashable], tell: Tell) -> pd.DataFrame:
        """What is told of each part, put together in the order of the cells."""
        self._learned()
        told = np.empty((len(cells), len(columns)))
        for part in self._parts(cells):
            told[part.rows] = tell(part).reshape(len(part.rows), len(columns))
        return pd.DataFrame(told, index=cells.index, columns=list(columns))


def _today(cells: pd.DataFrame) -> int:
    """The day number of the morning they were counted on."""
    return int(cells["today"].iloc[0])


def must_suffice(seen: Cells) -> None:
    """
    Refuse to learn from next to nothing.

    Raises:
        ModelError: Fewer than twenty customers bought again.
    """
    again = float(seen.customers @ (seen.repeats > 0))
    if again < _FEWEST:
        raise ModelError(
            f"Not enough data: {again:,.0f} of {seen.total:,.0f} customers bought again.",
            f"At least {_FEWEST} who did are needed to tell how people buy and leave.",
            "Wait, look further back, or ask about a larger group.",
        )


def scaled_by_age(seen: Cells, process: Process) -> Cells:
    """By a unit of time in which the longest age is ten, where the ascent is safest."""
    return seen.at(max(float(seen.age_days.max()), 1.0) / 10) if process.timed else seen


def by_unit(seen: Cells, scaled: Cells) -> float:
    """What a density of purchase times changes by when they are told in another unit."""
    return float(np.log(seen.unit_days / scaled.unit_days) * (scaled.customers @ scaled.repeats))


def _no_summit(name: str, process: Process, found: Found) -> ModelError:
    run = {
        parameter: "towards 0" if value < 0 else "without end"
        for parameter, value in zip(process.names, found.logs, strict=True)
        if abs(value) > np.log(30)
    }
    where = ", ".join(f"{parameter} runs off {how}" for parameter, how in run.items()) or "it is flat"
    return ModelError(
        f"{name} does not fit these data: the likelihood has no summit ({where}).",
        "The law cannot say how these customers differ: it may be that some leave at once and the others, it seems, never.",
        "Use more customers, a longer stretch of time, or another model.",
    )
