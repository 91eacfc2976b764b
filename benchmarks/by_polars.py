"""Polars, streaming, over the Parquet that suits it best."""

import os
from pathlib import Path
from typing import Any

import contest

os.environ["POLARS_MAX_THREADS"] = str(contest.THREADS)

import polars as pl

MONTH = (pl.col("ts").dt.year().cast(pl.Int64) - 2024) * 12 + pl.col("ts").dt.month().cast(pl.Int64) - 1
DAY = pl.col("ts").dt.epoch("d").cast(pl.Int32)
ACTIVE = (pl.col("kind") == "usage") | (pl.col("net") > 0)
BOUGHT = pl.col("net") > 0


def bits(lean: pl.LazyFrame) -> pl.LazyFrame:
    """Month bits per customer."""
    powers = pl.lit(2, pl.Int64).pow(MONTH).alias("bit")
    return (
        lean.filter(ACTIVE)
        .select("customer", powers)
        .group_by("customer")
        .agg(pl.col("bit").bitwise_or().alias("bits"))
    )


def counted(table: pl.DataFrame, key: str, places: int) -> list[tuple[int, int, int]]:
    """From bits per customer to rows of key, place, customers."""
    sums = table.group_by(key).agg(((pl.col("bits") & (1 << k)) != 0).sum().alias(str(k)) for k in range(places))
    return [(row[0], place, n) for row in sums.rows() for place, n in enumerate(row[1:]) if n]


def triangle(lean: pl.LazyFrame) -> Any:
    """See contest.QUESTIONS."""
    table = bits(lean).with_columns(pl.col("bits").bitwise_trailing_zeros().alias("cohort")).collect(engine="streaming")
    return [(cohort, place - cohort, n) for cohort, place, n in counted(table, "cohort", contest.MONTHS)]


def days(lean: pl.LazyFrame) -> Any:
    """See contest.QUESTIONS."""
    marks = lean.filter(ACTIVE).select("customer", day=DAY)
    born = marks.group_by("customer").agg(pl.col("day").min().alias("born"))
    age = pl.col("day") - pl.col("born")
    near = marks.join(born, on="customer").filter(age <= contest.DAYS)
    there = near.group_by("customer", "born").agg(pl.lit(2, pl.Int64).pow(age).bitwise_or().alias("bits"))
    return counted(there.collect(engine="streaming"), "born", contest.DAYS + 1)


def after(lean: pl.LazyFrame) -> Any:
    """See contest.QUESTIONS."""
    marks = (
        lean.filter(ACTIVE)
        .select("customer", day=DAY)
        .group_by("customer")
        .agg(born=pl.col("day").min(), last=pl.col("day").max())
    )
    stay = pl.min_horizontal(pl.col("last") - pl.col("born"), contest.DAYS).alias("days")
    table = marks.select("born", stay).collect(engine="streaming")
    sums = table.group_by("born").agg((pl.col("days") >= k).sum().alias(str(k)) for k in range(contest.DAYS + 1))
    return [(row[0], age, n) for row in sums.rows() for age, n in enumerate(row[1:]) if n]


def bridge(lean: pl.LazyFrame) -> Any:
    """See contest.QUESTIONS."""
    month = lean.filter(BOUGHT).select("customer", "net", m=MONTH).group_by("customer", "m").agg(pl.col("net").sum())
    line = month.collect(engine="streaming").sort("customer", "m")
    line = line.with_columns(
        pm=pl.col("m").shift(1).over("customer"),
        pn=pl.col("net").shift(1).over("customer"),
        nm=pl.col("m").shift(-1).over("customer"),
    )
    net, stays = pl.col("net"), pl.col("pm") == pl.col("m") - 1
    grown = net - pl.col("pn")
    told = line.group_by("m").agg(
        total=net.sum(), new=net.filter(pl.col("pm").is_null()).sum(), back=net.filter(pl.col("pm") < pl.col("m") - 1).sum(),
        up=grown.filter(stays & (grown > 0)).sum(), down=-grown.filter(stays & (grown < 0)).sum(),
        gone=net.filter(pl.col("nm").is_null() | (pl.col("nm") > pl.col("m") + 1)).sum(),
    )  # fmt: skip
    found = {row["m"]: row for row in told.rows(named=True)}
    start = {m: found.get(m - 1, {"total": 0, "gone": 0}) for m in found}
    return [
        (m, start[m]["total"], r["new"], r["back"], r["up"], r["down"], start[m]["gone"], r["total"])
        for m, r in found.items()
    ]


def repeat(lean: pl.LazyFrame) -> Any:
    """See contest.QUESTIONS."""
    bought = lean.filter(BOUGHT).select("customer", day=DAY)
    first = bought.group_by("customer").agg(one=pl.col("day").min())
    second = (
        bought.join(first, on="customer")
        .filter(pl.col("day") > pl.col("one"))
        .group_by("customer")
        .agg(two=pl.col("day").min())
    )
    both = first.join(second, on="customer", how="left").collect(engine="streaming")
    row: list[int] = []
    for within in contest.WITHIN:
        ripe = both.filter(pl.col("one") + within < contest.LAST_DAY)
        row += [ripe.height, ripe.filter(pl.col("two") - pl.col("one") <= within).height]
    return [tuple(row)]


def rfm(lean: pl.LazyFrame) -> Any:
    """See contest.QUESTIONS."""
    sums = (
        lean.filter(BOUGHT)
        .select("customer", "net", day=DAY)
        .group_by("customer")
        .agg(last=pl.col("day").max(), orders=pl.len().cast(pl.Int64), net=pl.col("net").sum())
    )
    table = sums.collect(engine="streaming")
    fifths = {}
    for name, column in (("r", "last"), ("f", "orders"), ("m", "net")):
        values = table[column].sort()
        cuts = [values[-(-table.height * k // 5) - 1] for k in range(1, 5)]
        fifths[name] = 1 + sum((pl.col(column) > cut).cast(pl.Int32) for cut in cuts)
    return table.with_columns(recency=contest.LAST_DAY - pl.col("last"), **fifths)


def people(lean: pl.LazyFrame) -> Any:
    """See contest.QUESTIONS."""
    cohort, month = contest.CELL
    there = (pl.col("bits").bitwise_trailing_zeros() == cohort) & ((pl.col("bits") & (1 << month)) != 0)
    return bits(lean).filter(there).select("customer").collect(engine="streaming").sort("customer").head(100).rows()


def told(question: str, answer: Any) -> Any:
    """Rows as they are; of RFM the sums per cell."""
    if question != "rfm":
        return answer
    return (
        answer.group_by("r", "f", "m")
        .agg(pl.len(), pl.col("recency").sum(), pl.col("orders").sum(), pl.col("net").sum())
        .rows()
    )


def opens(data: Path) -> pl.LazyFrame:
    """The file, not yet read."""
    return pl.scan_parquet(data / "lean.parquet")


if __name__ == "__main__":
    answers = {
        "triangle": triangle,
        "days": days,
        "after": after,
        "bridge": bridge,
        "repeat": repeat,
        "rfm": rfm,
        "people": people,
    }
    contest.compete(opens, answers, told)
