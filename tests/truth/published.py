"""Which published purchases can everybody check against? They come with a package that is installed for them alone."""

from functools import cache
from importlib.metadata import files
from pathlib import Path

import numpy as np
import pandas as pd

CALIBRATED = 10134
"""30 September 1997, the last known day of the published calibrations: day number since 1 January 1970."""


def _path(name: str) -> Path:
    return Path(str(next(file for file in files("lifetimes") or () if str(file).endswith(name)).locate()))


@cache
def purchases(name: str) -> pd.DataFrame:
    """
    One row per purchase of CDNOW's newcomers: customer, day (number), spent.

    Args:
        name: "sample" (2,357 customers) or "master" (all 23,570).
    """
    known = ["id", "customer"] if name == "sample" else ["customer"]
    rows = pd.read_csv(
        _path(f"CDNOW_{name}.txt"),
        sep=r"\s+",
        header=None,
        names=[*known, "date", "cds", "spent"],
        skiprows=int(name == "master"),
    )
    days = pd.to_datetime(rows["date"].astype(str), format="%Y%m%d").to_numpy("datetime64[D]").astype("int64")
    return rows.assign(day=days)[["customer", "day", "spent"]]


@cache
def histories(name: str, last: int = CALIBRATED) -> pd.DataFrame:
    """One row per customer: repeats, recency_days, age_days, by exact dates up to the day *last*."""
    known = purchases(name)
    days = known[known["day"] <= last].groupby("customer")["day"].agg(["min", "max", "nunique"])
    return pd.DataFrame({
        "repeats": days["nunique"] - 1,
        "recency_days": days["max"] - days["min"],
        "age_days": last - days["min"],
    })  # fmt: skip


@cache
def cells(name: str) -> pd.DataFrame:
    """The histories, customers who are alike counted together."""
    return histories(name).value_counts().rename("customers").reset_index().sort_values(list(histories(name)))


@cache
def rounded() -> pd.DataFrame:
    """The sample as it was printed, weeks at two decimals: here in hundredths of weeks, so unit_days is 100."""
    printed = pd.read_csv(_path("cdnow_customers_summary.csv"))
    weeks = {"repeats": printed["frequency"], "recency_days": printed["recency"] * 100, "age_days": printed["T"] * 100}
    return pd.DataFrame({name: np.rint(column).astype("int64") for name, column in weeks.items()})


@cache
def held_out() -> pd.DataFrame:
    """The sample's customers: repeats in calibration, and the days with a purchase in the 39 weeks after it (bought)."""
    known = purchases("sample")
    later = known[known["day"] > CALIBRATED].groupby("customer")["day"].nunique()
    seen = histories("sample")
    return seen.assign(bought=later.reindex(seen.index).fillna(0).astype("int64"))


@cache
def donations() -> pd.DataFrame:
    """11,104 donors of 1995 over the six years after: repeats, last, opportunities, customers."""
    printed = pd.read_csv(_path("donations.csv"))
    return printed.set_axis(["repeats", "last", "opportunities", "customers"], axis=1)
