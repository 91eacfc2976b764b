"""Which arm has each of a hundred million units? Drawn by the engine, balanced within strata when asked, and printed as SQL."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd

from keepwell.errors import KeepwellError
from keepwell.prove.assignment import Experiment, GlobalHoldout, elsewhere_words, kept_out_words
from keepwell.prove.buckets import (
    BUCKETS,
    Dialect,
    bucket_column,
    bucket_sql,
    digest_column,
    quoted_name,
    quoted_text,
)

ALL, UNKNOWN = "all", "unknown"
"""The stratum of everybody where there are no strata; what stands for a value that is not known."""


def assigned(units: ir.Table, experiment: Experiment, holdout: GlobalHoldout | None = None) -> ir.Table:
    """
    The arm of every unit, as assign() has it for one; the order of the rows does not matter.

    Within strata, units are ranked by the hash and the ranks cut where the arms are: r-th of n falls into bucket
    floor((10,000 r + u) / n), where u is the bucket of the stratum's name. So every arm has its share of every stratum to
    within one unit, and the chance of an arm is its share even in a stratum of one. It holds for the units given: store them.

    Args:
        units: Column unit, text, null for none; account_id, where customers belong to accounts that the global holdout keeps
            out whole; the columns of experiment.strata: text, whole numbers, flags or days.
        experiment: What is drawn.
        holdout: The year's global holdout, where the company has one.

    Returns:
        The columns given, and stratum (where there are strata), arm, bucket, propensity (null: takes no part), barred (why it
        takes none, null for those who do), washout (whether kept out of everything the year before).

    Raises:
        KeepwellError: GrowthBook's hash, which engines do not have; no column unit; strata that are no columns or hold fractions.
    """
    if experiment.hashing != "md5":
        raise KeepwellError(
            f"{experiment.id!r} is drawn by GrowthBook's hash, which engines do not know.",
            "Only md5 is the same in every engine.",
            "Assign one by one with assign(), or make a version drawn by md5.",
        )
    if "unit" not in units.columns:
        raise KeepwellError(
            f"The units have no column unit; they have {', '.join(units.columns)}.",
            "Wanted: their ids, as text.",
            'Name the column so: table.rename(unit="customer_id").',
        )
    entered = _entered(units.filter(units.unit.notnull() & (units.unit != "")), experiment, holdout)
    drawn = _by_strata(entered, experiment) if experiment.strata else _by_hash(entered, experiment)
    takes = drawn.barred.isnull()
    steps = list(zip(experiment.arms, experiment.cuts, strict=True))
    last = experiment.arms[-1].name
    arm = ibis.cases(*((drawn.bucket < cut, arm.name) for arm, cut in steps[:-1]), else_=last) if steps[1:] else last
    told = drawn.mutate(
        bucket=takes.ifelse(drawn.bucket, ibis.null("int64")), arm=takes.ifelse(arm, ibis.null("string"))
    )
    chances = [(told.arm == arm.name, experiment.propensity(arm.name)) for arm in experiment.arms]
    return told.mutate(propensity=ibis.cases(*chances, else_=ibis.null("float64")))


def _entered(units: ir.Table, experiment: Experiment, holdout: GlobalHoldout | None) -> ir.Table:
    """With barred and washout: the global holdout first, then the layer."""
    bars, washout = [], ibis.literal(False)
    if holdout and experiment.purpose not in holdout.exempt:
        kept = ibis.coalesce(units.account_id, units.unit) if "account_id" in units.columns else units.unit
        bars.append((bucket_column(holdout.salt, kept) < holdout.cut, kept_out_words(holdout)))
        washout = bucket_column(holdout.before.salt, kept) < holdout.before.cut
    if experiment.piece:
        place = bucket_column(experiment.piece.salt, units.unit)
        outside = (place < experiment.piece.start) | (place >= experiment.piece.end)
        bars.append((outside, elsewhere_words(experiment.piece)))
    none = ibis.null("string")
    return units.mutate(barred=ibis.cases(*bars, else_=none) if bars else none, washout=washout)


def _by_hash(units: ir.Table, experiment: Experiment) -> ir.Table:
    return units.mutate(bucket=bucket_column(experiment.salt, units.unit))


def _by_strata(units: ir.Table, experiment: Experiment) -> ir.Table:
    """A unit that stands twice counts once, in the first of its strata by name."""
    named = units.mutate(stratum=stratum(units, experiment.strata), digest=digest_column(experiment.salt, units.unit))
    whole = named.mutate(stratum=named.stratum.min().over(ibis.window(group_by="unit")), takes=named.barred.isnull())
    ranking = ibis.window(group_by=["takes", "stratum"], order_by=["digest", "unit"])
    ranked = whole.mutate(rank=ibis.dense_rank().over(ranking).cast("int64"))
    counted = ranked.mutate(size=ranked["rank"].max().over(ibis.window(group_by=["takes", "stratum"])) + 1)
    begin = bucket_column(experiment.salt, ibis.literal("stratum ") + counted.stratum)
    placed = counted.mutate(bucket=((counted["rank"] * BUCKETS + begin) // counted["size"]).cast("int64"))
    return placed.drop("digest", "takes", "rank", "size")


def stratum(units: ir.Table, strata: Sequence[str]) -> ir.StringValue:
    """
    The stratum of each unit, as a text.

    Args:
        units: With the columns *strata*.
        strata: Text, whole numbers, flags or days.

    Raises:
        KeepwellError: One of them is no column, or holds fractions.
    """
    for name in strata:
        kind = units.schema().get(name)
        if kind is None or not (kind.is_string() or kind.is_integer() or kind.is_boolean() or kind.is_date()):
            found = "is no column" if kind is None else f"is {kind}"
            raise KeepwellError(
                f"The stratum {name!r} {found}.",
                "Strata are text, whole numbers, flags or days.",
                "Make bands of it first.",
            )
    parts = [ibis.literal(f"{name}=") + units[name].cast("string").fill_null(UNKNOWN) for name in strata]
    text = parts[0]
    for part in parts[1:]:
        text = text + ", " + part
    return text


def arm_counts(drawn: ir.Table) -> ir.Table:
    """
    How many units each arm has, by stratum.

    Args:
        drawn: From assigned().

    Returns:
        Columns stratum, arm, units (rows of them); those who take no part are not counted.
    """
    taking = drawn.filter(drawn.arm.notnull())
    if "stratum" not in taking.columns:
        taking = taking.mutate(stratum=ibis.literal(ALL))
    return taking.group_by("stratum", "arm").agg(units=taking.count()).order_by("stratum", "arm")


def balance(counted: pd.DataFrame, experiment: Experiment) -> pd.DataFrame:
    """
    Whether the arms have their shares: within strata to one unit, otherwise as chance has it.

    Args:
        counted: arm_counts() as the engine counted it.
        experiment: What was drawn.

    Returns:
        A row for every stratum and arm, in the experiment's order: stratum, arm, units, expected, off (units - expected).
    """
    rows = []
    for stratum, cells in counted.groupby("stratum", sort=True):
        seen = dict(zip(cells["arm"], cells["units"], strict=True))
        size = sum(seen.values())
        for arm in experiment.arms:
            expected = size * experiment.propensity(arm.name)
            units = int(seen.get(arm.name, 0))
            rows.append((stratum, arm.name, units, expected, units - expected))
    return pd.DataFrame(rows, columns=["stratum", "arm", "units", "expected", "off"])


def recompute_sql(
    experiment: Experiment,
    table: str,
    unit: str = "customer_id",
    dialect: Dialect = "duckdb",
    holdout: GlobalHoldout | None = None,
    account: str | None = None,
) -> str:
    """
    One SELECT with which anybody draws the same arms again, from nothing but the salt and the ids.

    Args:
        experiment: What was drawn.
        table: Name of the table with the units.
        unit: Its column of ids.
        dialect: Which database will run it.
        holdout: The global holdout that was applied, drawn by the same ids.
        account: Its column of accounts, where customers belong to some: the global holdout keeps those out whole.

    Raises:
        KeepwellError: Drawn by GrowthBook's hash, or within strata, which needs the list as it was.
    """
    if experiment.hashing != "md5" or experiment.strata:
        raise KeepwellError(
            f"{experiment.id!r} is not drawn unit by unit with md5.",
            "One SELECT over ids draws neither GrowthBook's hash nor strata.",
            "Draw it again with assign(), or with assigned() on the stored list.",
        )
    drawn = bucket_sql(experiment.salt, unit, dialect)
    cases = []
    if holdout and experiment.purpose not in holdout.exempt:
        cases.append(f"WHEN {bucket_sql(holdout.salt, unit, dialect, account)} < {holdout.cut} THEN NULL")
    if experiment.piece:
        place = bucket_sql(experiment.piece.salt, unit, dialect)
        cases.append(f"WHEN {place} NOT BETWEEN {experiment.piece.start} AND {experiment.piece.end - 1} THEN NULL")
    for arm, cut in zip(experiment.arms, experiment.cuts, strict=True):
        cases.append(f"WHEN {drawn} < {cut} THEN {quoted_text(arm.name)}")
    name, source = quoted_name(unit, dialect), quoted_name(table, dialect)
    lines = "\n    ".join(cases)
    return f"SELECT {name} AS unit,\n  {drawn} AS bucket,\n  CASE\n    {lines}\n  END AS arm\nFROM {source}"
