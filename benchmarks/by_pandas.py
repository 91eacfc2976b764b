"""pandas, all in memory, over the Parquet that suits it best."""

from pathlib import Path
from typing import Any

import contest
import numpy as np
import pandas as pd

DAY_ZERO = np.datetime64("1970-01-01", "D")


def opens(data: Path) -> Path:
    """The file, not yet read: reading is part of every answer, as it is for the others."""
    return data / "lean.parquet"


def marks(path: Path, *, bought: bool) -> pd.DataFrame:
    """Customer, day and net of what counts."""
    frame = pd.read_parquet(path, columns=["customer", "ts", "net"] if bought else ["customer", "ts", "kind", "net"])
    frame = frame[frame["net"] > 0] if bought else frame[(frame["kind"] == "usage") | (frame["net"] > 0)]
    days = frame["ts"].to_numpy().astype("datetime64[D]")
    months = days.astype("datetime64[M]").astype("int64") - 54 * 12
    return pd.DataFrame(
        {
            "customer": frame["customer"].to_numpy(),
            "day": days.astype("int64"),
            "m": months,
            "net": frame["net"].to_numpy(),
        }
    )


def triangle(path: Path) -> Any:
    """See contest.QUESTIONS."""
    seen = marks(path, bought=False)[["customer", "m"]].drop_duplicates()
    seen["cohort"] = seen.groupby("customer")["m"].transform("min")
    counted = seen.groupby(["cohort", "m"]).size()
    return [(cohort, m - cohort, n) for (cohort, m), n in counted.items()]


def days(path: Path) -> Any:
    """See contest.QUESTIONS."""
    seen = marks(path, bought=False)[["customer", "day"]]
    seen["born"] = seen.groupby("customer")["day"].transform("min")
    near = seen[seen["day"] - seen["born"] <= contest.DAYS].drop_duplicates()
    return [(born, day - born, n) for (born, day), n in near.groupby(["born", "day"]).size().items()]


def after(path: Path) -> Any:
    """See contest.QUESTIONS."""
    found = marks(path, bought=False).groupby("customer")["day"].agg(["min", "max"])
    stay = (found["max"] - found["min"]).clip(upper=contest.DAYS)
    return [
        (born, age, n)
        for age in range(contest.DAYS + 1)
        for born, n in (stay >= age).groupby(found["min"]).sum().items()
        if n
    ]


def bridge(path: Path) -> Any:
    """See contest.QUESTIONS."""
    line = marks(path, bought=True).groupby(["customer", "m"])["net"].sum().reset_index()
    same = line["customer"].eq(line["customer"].shift(1))
    pm, pn = line["m"].shift(1).where(same), line["net"].shift(1).where(same)
    nm = line["m"].shift(-1).where(line["customer"].eq(line["customer"].shift(-1)))
    stays, net = pm == line["m"] - 1, line["net"]
    parts = {
        "total": net, "new": net.where(pm.isna(), 0), "back": net.where(pm < line["m"] - 1, 0), "up": (net - pn).clip(lower=0).where(stays, 0),
        "down": (pn - net).clip(lower=0).where(stays, 0), "gone": net.where(nm.isna() | (nm > line["m"] + 1), 0),
    }  # fmt: skip
    told = pd.DataFrame(parts).groupby(line["m"]).sum()
    last = told[["total", "gone"]].shift(1, fill_value=0)
    return list(
        zip(
            told.index,
            last["total"],
            told["new"],
            told["back"],
            told["up"],
            told["down"],
            last["gone"],
            told["total"],
            strict=True,
        )
    )


def repeat(path: Path) -> Any:
    """See contest.QUESTIONS."""
    bought = marks(path, bought=True)[["customer", "day"]].drop_duplicates().sort_values(["customer", "day"])
    place = bought.groupby("customer").cumcount()
    one = bought[place == 0].set_index("customer")["day"]
    gap = bought[place == 1].set_index("customer")["day"].reindex(one.index) - one
    row: list[int] = []
    for within in contest.WITHIN:
        ripe = one + within < contest.LAST_DAY
        row += [int(ripe.sum()), int((ripe & (gap <= within)).sum())]
    return [tuple(row)]


def rfm(path: Path) -> Any:
    """See contest.QUESTIONS."""
    table = (
        marks(path, bought=True)
        .groupby("customer")
        .agg(last=("day", "max"), orders=("day", "size"), net=("net", "sum"))
    )
    for name, column in (("r", "last"), ("f", "orders"), ("m", "net")):
        values = np.sort(table[column].to_numpy())
        cuts = [values[-(-len(values) * k // 5) - 1] for k in range(1, 5)]
        table[name] = 1 + np.searchsorted(cuts, table[column].to_numpy(), side="left")
    return table.assign(recency=contest.LAST_DAY - table["last"])


def people(path: Path) -> Any:
    """See contest.QUESTIONS."""
    seen = marks(path, bought=False)[["customer", "m"]]
    first = seen.groupby("customer")["m"].min()
    there = seen.loc[seen["m"] == contest.CELL[1], "customer"].unique()
    return [(who,) for who in sorted(set(there) & set(first.index[first == contest.CELL[0]]))[:100]]


def told(question: str, answer: Any) -> Any:
    """Rows as they are; of RFM the sums per cell."""
    if question != "rfm":
        return answer
    cells = answer.groupby(["r", "f", "m"]).agg(
        n=("net", "size"), recency=("recency", "sum"), orders=("orders", "sum"), net=("net", "sum")
    )
    return cells.reset_index().to_numpy().tolist()


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
