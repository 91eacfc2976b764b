"""What must be counted, once, so that any mean, share, ratio or adjustment can be told? Counts, means and cross products per arm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keepwell.errors import MetricError, ProofError
from keepwell.prove import sound
from keepwell.prove.assignment import CONTROL

Floats = NDArray[np.float64]

_HAIR = 1e-9
"""Share of a sum of squares that rounding may lose."""
CAP_SHARE = 0.99
"""Values above this quantile of all arms together are cut to it, where a capped value is told beside the raw one."""


@dataclass(frozen=True)
class Moments:
    """
    All that is known of some units: how many, their means, and how their columns vary together.

    Two of them add up to the moments of both lots of units, whatever each was counted about.

    Args:
        names: Columns, in the order of the arrays.
        n: Units.
        means: Mean of each column.
        scatter: Sums of products of distances from the means (k x k).
    """

    names: tuple[str, ...]
    n: int
    means: Floats
    scatter: Floats

    def __post_init__(self) -> None:
        """Refuse what no units can have; where all are alike, rounding may leave a hair less than no variance at all."""
        k = len(self.names)
        object.__setattr__(self, "n", sound.count("Units", self.n))
        if self.n and k:
            sound.known(f"Means of {', '.join(self.names)}", self.means, (k,))
            sound.known(f"The scatter of {', '.join(self.names)}", self.scatter, (k, k))
        scatter = np.array(self.scatter, "float64")
        hair = _HAIR * (np.abs(np.asarray(self.means, "float64")) ** 2 * self.n + 1)
        if self.n and (np.diag(scatter) < -hair).any():
            bad = self.names[int(np.argmin(np.diag(scatter) + hair))]
            raise MetricError(
                f"{bad} varies by less than nothing: its sum of squares is below what its mean alone makes.",
                "Sums of all units, and sums of their squares.",
                "Count both of the same units.",
            )
        np.fill_diagonal(scatter, np.maximum(np.diag(scatter), 0.0))
        object.__setattr__(self, "scatter", scatter)

    @classmethod
    def of_share(cls, name: str, count: int, n: int) -> Self:
        """
        Moments of a yes or no: *count* of *n* units said yes.

        Raises:
            ProofError: More of them than there are units, or fewer than none.
        """
        count, n = sound.count(f"Units that said yes to {name}", count), sound.count("Units", n)
        if count > n:
            raise ProofError(f"{count:,} of {n:,} units said yes to {name}.", "At most all of them.", "Count again.")
        share = count / n if n else 0.0
        return cls((name,), n, np.array([share]), np.array([[n * share * (1 - share)]]))

    @classmethod
    def of_sums(cls, names: Sequence[str], n: int, sums: Sequence[float], products: Sequence[Sequence[float]]) -> Self:
        """Moments from plain sums and sums of products, as other tools hand them over."""
        sound.count("Units", n)
        total = np.asarray(sums, "float64")
        scatter = np.asarray(products, "float64") - np.outer(total, total) / max(n, 1)
        return cls(tuple(names), n, total / max(n, 1), scatter)

    def __add__(self, other: "Moments") -> "Moments":
        """The moments of both lots (Chan, Golub and LeVeque 1979)."""
        if self.names != other.names:
            raise MetricError(
                f"Moments of {', '.join(self.names)} cannot be added to those of {', '.join(other.names)}.",
                "The same columns in the same order.",
                "Count both with the same names.",
            )
        n = self.n + other.n
        if not n:
            return self
        apart = other.means - self.means
        means = self.means + apart * (other.n / n)
        scatter = self.scatter + other.scatter + np.outer(apart, apart) * (self.n * (other.n / n))
        return Moments(self.names, n, means, scatter)

    def mean(self, name: str) -> float:
        """Mean of a column."""
        return float(self.means[self._places([name])[0]])

    def variance(self, name: str) -> float:
        """Variance of a column, over n - 1; nan below two units."""
        place = self._places([name])[0]
        return float(self.scatter[place, place]) / (self.n - 1) if self.n > 1 else float("nan")

    def yes_no(self, name: str) -> bool:
        """Whether a column is of ones and zeros only: then its scatter is that of its share."""
        place = self._places([name])[0]
        share, scatter = float(self.means[place]), float(self.scatter[place, place])
        due = self.n * share * (1 - share)
        return self.n < 2 or abs(scatter - due) <= 1e-6 * max(due, 1e-9 * self.n) + 1e-12 * self.n

    def pick(self, names: Sequence[str]) -> "Moments":
        """The moments of some of the columns, in the order asked."""
        places = self._places(names)
        return Moments(tuple(names), self.n, self.means[places], self.scatter[np.ix_(places, places)])

    def covariance(self) -> Floats:
        """Covariances of the columns, over n - 1."""
        return self.scatter / max(self.n - 1, 1)

    def _places(self, names: Sequence[str]) -> list[int]:
        unknown = [name for name in names if name not in self.names]
        if unknown:
            raise MetricError(
                f"{', '.join(unknown)} was not counted.", f"Counted: {', '.join(self.names)}.", "Ask for one of them."
            )
        return [self.names.index(name) for name in names]


def as_assigned(assigned: ir.Table, outcomes: ir.Table, names: Sequence[str], unit: str = "unit") -> ir.Table:
    """
    Every unit that was assigned, with what it did: who did nothing has 0, and stays in the count.

    This is the only way an outcome comes to an arm: what was sent, seen or opened is not asked, so nothing can be divided by it.
    What units outside the experiment did is left out, and so are units without an arm: they take no part.

    Args:
        assigned: One row per unit: *unit*, arm, and what else is to be kept, such as a stratum or covariates.
        outcomes: Any number of rows per unit: *unit* and the columns *names*, which are summed.
        names: Columns of outcomes.
        unit: Column that names the unit.

    Returns:
        The rows of *assigned*, with *names* as float64.
    """
    done = outcomes.group_by(done_by=outcomes[unit]).agg(
        **{name: outcomes[name].cast("float64").sum() for name in names}
    )
    joined = assigned.filter(assigned.arm.notnull()).left_join(done, [(unit, "done_by")]).drop("done_by")
    return joined.mutate(**{name: joined[name].fill_null(0.0) for name in names})


def per_account(
    people: ir.Table, names: Sequence[str], account: str = "account_id", keep: Sequence[str] = ()
) -> ir.Table:
    """
    One row per account, the unit that was assigned, from one row per person.

    Args:
        people: Columns *account*, arm, *names* and *keep*; arm and keep are the same for all people of an account.
        names: Values of people, summed over the account.
        account: Column that names the account.
        keep: Columns of the account to be kept, such as a stratum.

    Returns:
        *account*, arm, *keep*, people (how many), *names*. A mean per person is the ratio of a value to people (ratios.py).
    """
    sums = {name: people[name].cast("float64").sum() for name in names}
    return people.group_by(account, "arm", *keep).agg(people=people.count().cast("float64"), **sums)


def capped(units: ir.Table, names: Sequence[str], share: float = CAP_SHARE) -> ir.Table:
    """
    The units with each value also cut to the quantile of all arms together, as name_capped.

    Where so few have any value that the quantile is zero, it is taken among those above zero.

    Args:
        units: The values, one row per unit.
        names: Values to cut.
        share: The quantile.
    """
    sound.chance("The quantile values are cut at", share)
    if not names:
        return units
    values = {name: units[name].cast("float64") for name in names}
    caps = {f"{name}_cap": value.quantile(share) for name, value in values.items()}
    some = {f"{name}_some": value.quantile(share, where=value > 0) for name, value in values.items()}
    joined = units.cross_join(units.agg(**caps, **some))
    cut = {}
    for name in names:
        cap = ibis.ifelse(joined[f"{name}_cap"] > 0, joined[f"{name}_cap"], joined[f"{name}_some"])
        value = joined[name].cast("float64")
        cut[f"{name}_capped"] = ibis.ifelse(value > cap, cap, value)
    return joined.mutate(**cut).drop(*caps, *some)


def moments_table(units: ir.Table, names: Sequence[str], by: Sequence[str] = ("arm",)) -> ir.Table:
    """
    Sums and sums of products per arm, about the means of all units so that large figures lose no digits.

    Args:
        units: One row per unit, as assigned.
        names: Values and covariates, each known of every unit.
        by: Columns to count by: arm, and a stratum, day or segment where wanted.

    Returns:
        One row per group; moments_from() reads it. Of k names k (k + 3) / 2 sums.
    """
    places = range(len(names))
    told = {place: units[name].cast("float64") for place, name in enumerate(names)}
    # The means are asked of the units themselves: of anything made of them that is asked twice, an engine would keep a copy.
    centre = units.agg(**{f"c{place}": value.mean() for place, value in told.items()})
    centred = units.select(*by, **{f"v{place}": value for place, value in told.items()}).cross_join(centre)
    away = centred.select(*by, **{f"d{place}": centred[f"v{place}"] - centred[f"c{place}"] for place in places})
    aggregates: dict[str, Any] = {"n": away.count()}
    for place in places:
        distance = away[f"d{place}"]
        aggregates |= {f"k{place}": distance.count(), f"s{place}": distance.sum()}
        aggregates |= {f"p{other}_{place}": (away[f"d{other}"] * distance).sum() for other in range(place + 1)}
    return away.group_by(*by).agg(**aggregates).cross_join(centre)


def moments_from(frame: pd.DataFrame, names: Sequence[str], by: Sequence[str] = ("arm",)) -> dict[Any, Moments]:
    """
    Moments from the counted frame of moments_table(), with the same *names* and *by*.

    Returns:
        Arm -> moments; where counted by several columns, (arm, stratum) -> moments.

    Raises:
        MetricError: Some unit's value is not known, or no finite number: leaving the unit out would undo the chance draw.
    """
    found: dict[Any, Moments] = {}
    for row in frame.to_dict("records"):
        for place, name in enumerate(names):
            _refuse_unknown(name, int(row["n"] - row[f"k{place}"]), row[f"p{place}_{place}"])
        n, k = int(row["n"]), len(names)
        sums = np.array([row[f"s{place}"] for place in range(k)], "float64")
        centre = np.array([row[f"c{place}"] for place in range(k)], "float64")
        products = [[row[f"p{min(i, j)}_{max(i, j)}"] for j in range(k)] for i in range(k)]
        scatter = np.array(products, "float64").reshape(k, k) - np.outer(sums, sums) / n
        key = tuple(row[column] for column in by)
        found[key[0] if len(by) == 1 else key] = Moments(tuple(names), n, centre + sums / n, scatter)
    return found


def two_arms(arms: Mapping[Any, Moments], treated: str, control: str = CONTROL) -> tuple[Moments, Moments]:
    """
    The moments of the two arms to compare.

    Raises:
        MetricError: An arm has no units.
    """
    missing = [arm for arm in (treated, control) if arm not in arms]
    if missing:
        raise MetricError(
            f"No unit was assigned to {' or '.join(missing)}.",
            f"Arms with units: {', '.join(sorted(map(str, arms))) or 'none'}.",
            "Wait for the first assignments, or check the arm's name in the plan.",
        )
    return arms[treated], arms[control]


def _refuse_unknown(name: str, missing: int, product: float) -> None:
    if missing:
        raise MetricError(
            f"{name} is not known of {missing:,} assigned units.",
            "Every assigned unit counts: who did nothing has 0.",
            "Join outcomes with as_assigned(), or covariates with filled().",
        )
    if not np.isfinite(product):
        raise MetricError(f"{name} holds a value that is not a finite number.", "Numbers.", "Mend it where it is read.")
