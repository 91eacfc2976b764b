"""Do customers who stay come to pay more or less, and where does that lead MRR? Growth by tenure, and the path ahead."""

from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _
from numpy.typing import NDArray

from keepwell.errors import ModelError
from keepwell.measure.bridge import movements
from keepwell.measure.costs import whole_months
from keepwell.measure.facts import Facts
from keepwell.measure.mrr import boundaries, held
from keepwell.measure.periods import Periods, index
from keepwell.measure.question import UNKNOWN
from keepwell.measure.traits import trait
from keepwell.understand.billing import monthly_price, period_days, renewals
from keepwell.understand.draws import NORMAL_90
from keepwell.understand.renewals import Renewals

Floats = NDArray[np.float64]

BANDS = (1, 4, 13, 25)
"""Months of tenure from which a new band begins: 1 to 3, 4 to 12, 13 to 24, 25 and more."""
FEWEST = 30
"""Fewer customer-months of a band tell too little; the rate of all bands then stands in."""
_FEWEST_MOVES = 5
"""Fewer customers who moved leave the size of moves unknown."""
_SQUARE = "decimal(38, 6)"
_ROOMY = "decimal(24, 4)"


def growth(facts: Facts, periods: Periods, *, by: str | None = None) -> ir.Table:
    """
    Customer-months by tenure: customers with MRR at both ends of a month, and what they paid more or less at its end.

    Who left is in none: that is what renewals tell. A pause is neither contraction nor, when it ends, expansion.

    Args:
        facts: The tables.
        periods: Whole single months.
        by: Trait to tell apart (see measure.traits); customers without it are "unknown".

    Returns:
        One row per (by,) currency and tenure (months from the month of the first paid day to the start of the month, at least 1):
        customers, grew, shrank (how many), before, expansion, contraction (money), and what their intervals need: the sums of
        squares and products before_2, expansion_2, contraction_2, before_expansion, before_contraction.

    Raises:
        ModelError: A period is not a single month.
    """
    if set(whole_months(periods)) != {1}:
        raise ModelError(f"Growth by periods of a {periods.unit}.", "It is counted by single months.", "Ask by month.")
    moved = movements(boundaries(facts, periods)).filter((_.before > 0) & (_.after > 0))
    placed = moved.inner_join(_joined(facts), "customer_id")
    begins = ibis.cases(
        *((placed.period == n, _month(p.start.year, p.start.month)) for n, p in enumerate(periods)), else_=0
    )
    rows = placed.mutate(tenure=(begins - placed.joined).cast("int32"))
    money = {name: rows[name].cast(_ROOMY) for name in ("before", "expansion", "contraction")}
    squares = {f"{name}_2": (amount * amount).cast(_SQUARE).sum() for name, amount in money.items()}
    across = {f"before_{n}": (money["before"] * money[n]).cast(_SQUARE).sum() for n in ("expansion", "contraction")}
    keys = ["currency", "tenure"]
    if by is not None:
        told = rows.left_join(trait(facts, by), "customer_id").drop("customer_id_right")
        rows, keys = told.mutate(by=ibis.coalesce(told.by, UNKNOWN)), ["by", *keys]
    return (
        rows.group_by(*keys)
        .agg(
            customers=_.count(),
            grew=(_.expansion > 0).cast("int64").sum(),
            shrank=(_.contraction > 0).cast("int64").sum(),
            **{name: rows[name].sum() for name in money},
            **squares,
            **across,
        )
        .order_by(*keys)
    )


def standing(facts: Facts, each: str) -> ir.Table:
    """
    Who pays on as_of: customers billed so, by currency, renewals made and tenure.

    Args:
        facts: The tables.
        each: Billing period (see billing.renewals).

    Returns:
        One row per currency, age (renewals made) and tenure (months, as in growth): customers, mrr, and mrr_2 (of squares).
    """
    there = renewals(facts, each).filter(_.lost == 0).select("customer_id", "age")
    priced = there.inner_join(monthly_price(facts), "customer_id").inner_join(_joined(facts), "customer_id")
    now = _month(facts.as_of.year, facts.as_of.month)
    rows = priced.mutate(tenure=(now - priced.joined).cast("int32"), roomy=priced.mrr.cast(_ROOMY))
    return (
        rows.group_by("currency", "age", "tenure")
        .agg(customers=_.count(), mrr=_.mrr.sum(), mrr_2=(_.roomy * _.roomy).cast(_SQUARE).sum())
        .order_by("currency", "age", "tenure")
    )


def _joined(facts: Facts) -> ir.Table:
    """Columns customer_id, joined: the number of the month of the first paid day."""
    first = held(facts).filter(_.amount > 0).group_by("customer_id").agg(first_day=_.start_day.min())
    return first.select("customer_id", joined=index(first.first_day, "month", facts.company))


def _month(year: int, month: int) -> int:
    """The number periods.index gives a month: months since March of the year 0."""
    return 12 * year + month - 3


def rates(counted: pd.DataFrame, bands: tuple[int, ...] = BANDS) -> pd.DataFrame:
    """
    What staying customers come to pay more and less in a month, as shares of what they paid, by tenure.

    Intervals (90 %) of money are those of a ratio of sums; the same customer in several months counts as several.

    Args:
        counted: What growth() counted.
        bands: Months of tenure from which each band begins.

    Returns:
        One row per (by,) currency and band, and one over all bands (since 0): (by,) currency, since, until (NaN: no end), n
        (customer-months), grew, shrank, expansion and contraction (shares of MRR a month, each with _low and _high; NaN where
        fewer than five customers moved), net and net_error (its standard error).
    """
    kinds = [name for name in ("by", "currency") if name in counted]
    money = counted.astype({name: "float64" for name in counted.columns if name not in (*kinds, "tenure")})
    rows: list[dict[str, Any]] = []
    for named, part in money.groupby(kinds, sort=True):
        kind: dict[str, Any] = dict(zip(kinds, named, strict=True))
        place = np.searchsorted(np.array(bands), part["tenure"].to_numpy(), side="right") - 1
        ends = [*bands[1:], np.nan]
        for number, (since, until) in enumerate(zip(bands, ends, strict=True)):
            rows.append({**kind, "since": since, "until": until, **_band(part[place == number])})
        rows.append({**kind, "since": 0, "until": np.nan, **_band(part)})
    return pd.DataFrame(rows)


def _band(part: pd.DataFrame) -> dict[str, float]:
    """One band's figures from its sums."""
    total = part.sum(numeric_only=True)
    n, before = total["customers"], total["before"]
    told: dict[str, float] = {"n": int(n), "grew": int(total["grew"]), "shrank": int(total["shrank"])}
    for name, moves in (("expansion", "grew"), ("contraction", "shrank")):
        rate = total[name] / before if before > 0 else np.nan
        spread = total[f"{name}_2"] - 2 * rate * total[f"before_{name}"] + rate**2 * total["before_2"]
        width = NORMAL_90 * np.sqrt(max(spread, 0.0)) / before if total[moves] >= _FEWEST_MOVES else np.nan
        told |= {
            name: rate,
            f"{name}_low": max(rate - width, 0.0) if np.isfinite(width) else np.nan,
            f"{name}_high": rate + width,
        }
    net = told["expansion"] - told["contraction"]
    crossed = total["before_expansion"] - total["before_contraction"]
    spread = total["expansion_2"] + total["contraction_2"] - 2 * net * crossed + net**2 * total["before_2"]
    return {**told, "net": net, "net_error": np.sqrt(max(spread, 0.0)) / before if before > 0 else np.nan}


def path(
    there: pd.DataFrame,
    grown: pd.DataFrame,
    model: Renewals,
    *,
    months: int,
    chance: np.random.Generator,
    count: int = 400,
) -> pd.DataFrame:
    """
    The MRR to be expected of today's customers, month by month: who stays times what they come to pay.

    New customers and win-backs are not in it. Growth is taken to have nothing to do with leaving. A band of tenure with too few
    customer-months takes the rate of all bands. The 90 % interval holds what is not known of the parameters and of growth, and
    the chance of who happens to leave.

    Args:
        there: What standing() counted, for the model's billing period.
        grown: What rates() told.
        model: A fitted renewal model.
        months: How far ahead.
        chance: Where chance comes from.
        count: How many draws.

    Returns:
        One row per currency and month from 0 (as_of): currency, month, n (customers today), customers (expected), mrr, low,
        high, and mrr_without_growth.

    Raises:
        ModelError: There are too few customer-months to know growth in a currency that is paid in.
    """
    frames = []
    for currency, part in there.groupby("currency", sort=True):
        rate, error = _by_month(grown[grown["currency"] == currency], str(currency), int(part["tenure"].max()) + months)
        frames.append(_ahead(part, model, (rate, error), months, chance, count).assign(currency=currency))
    if not frames:
        raise ModelError("Nobody pays today.", "A path begins with customers who do.", "Check the day asked for.")
    told = pd.concat(frames, ignore_index=True)
    return told[["currency", *told.columns.drop("currency")]]


def _by_month(grown: pd.DataFrame, currency: str, last: int) -> tuple[Floats, list[tuple[float, NDArray[np.bool_]]]]:
    """Net growth at each month of tenure up to *last*, and each band's standard error with the months it holds for."""
    whole = grown[grown["since"] == 0]
    if whole.empty or whole["n"].iloc[0] < FEWEST:
        n = 0 if whole.empty else int(whole["n"].iloc[0])
        raise ModelError(
            f"Not enough data: {n} customer-months in {currency}.",
            f"Growth is learned from at least {FEWEST}.",
            "Count more months.",
        )
    tenure, rate = np.arange(last + 1), np.full(last + 1, float(whole["net"].iloc[0]))
    known = grown[(grown["since"] > 0) & (grown["n"] >= FEWEST)]
    errors, free = [], np.ones(last + 1, dtype=np.bool_)
    for row in known.to_dict("records"):
        within = (tenure >= row["since"]) & ~(tenure >= row["until"])
        rate[within], free = row["net"], free & ~within
        errors.append((float(row["net_error"]), within))
    return rate, [*errors, (float(whole["net_error"].iloc[0]), free)]


def _ahead(
    part: pd.DataFrame,
    model: Renewals,
    growing: tuple[Floats, list[tuple[float, NDArray[np.bool_]]]],
    months: int,
    chance: np.random.Generator,
    count: int,
) -> pd.DataFrame:
    """One currency's path; the first of the draws is what is expected, without doubt."""
    age, tenure = part["age"].to_numpy("int64"), part["tenure"].to_numpy("int64")
    heads, mrr, squares = (part[name].to_numpy("float64") for name in ("customers", "mrr", "mrr_2"))
    step = period_days("month") / period_days(model.each)
    last = int(age.max() + np.ceil(months * step)) + 1
    shares = np.vstack([model.survival(np.arange(last + 1.0)), model.drawn_survival(last, chance, count)])
    rate, errors = growing
    rates_ = np.tile(rate, (count + 1, 1))
    for error, within in errors:
        rates_[1:, within] += error * chance.standard_normal((count, 1))
    grown, rows = np.ones((count + 1, len(part))), []
    for month in range(months + 1):
        if month:
            grown = grown * np.maximum(1 + rates_[:, tenure + month - 1], 0.0)
        whole = int(month * step)
        near, far = (shares[:, age + whole + more] / shares[:, age] for more in (0, 1))
        kept = near + (month * step - whole) * (far - near)
        happens = np.sqrt(((kept * (1 - kept) * grown**2) @ squares)[1:]) * chance.standard_normal(count)
        drawn = (kept * grown) @ mrr
        low, high = np.quantile(np.maximum(drawn[1:] + happens, 0.0), [0.05, 0.95])
        expected = {"customers": kept[0] @ heads, "mrr": drawn[0], "low": low, "high": high}
        rows.append({"month": month, "n": int(heads.sum()), **expected, "mrr_without_growth": kept[0] @ mrr})
    return pd.DataFrame(rows)


def explain(grown: pd.DataFrame) -> str:
    """What rates() told, in sentences."""
    lines = []
    for row in grown[(grown["since"] == 0) & (grown["n"] > 0)].to_dict("records"):
        net, width = row["net"], NORMAL_90 * row["net_error"]
        whose = f"{row['by']}: " if "by" in row else ""
        if row["n"] < FEWEST:
            lines.append(f"{whose}Not enough data: {row['n']} months of customers who stayed, in {row['currency']}.")
            continue
        lines += [
            f"{whose}In {row['n']:,} months of customers who stayed, in {row['currency']}, {row['grew']} paid more at the end and {row['shrank']} less.",
            f"{row['expansion']:.2%} of MRR came on top a month and {row['contraction']:.2%} went:",
            f"net {net:+.2%} (90 % interval {net - width:+.2%} to {net + width:+.2%}).",
        ]
    return " ".join(lines) or "Not enough data: nobody stayed for a month."
