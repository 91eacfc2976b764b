"""Whose purchases are the models of value timed on? Of a CD shop's real newcomers, and of a million simulated by the model itself."""

from datetime import date
from decimal import Decimal
from importlib.metadata import files
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

FIRST, AS_OF = date(1997, 1, 1), date(1997, 10, 1)
"""39 weeks: the calibration of the published fits, and as many of the simulated."""
WEEKS, COMING = 39, 12
"""How long all is watched, and in how many weeks customers come."""
REAL = {2_357: "sample", 23_570: "master"}
"""Customers -> the file that has so many."""
BUYING = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
SPENDING = {"p": 6.25, "q": 3.74, "gamma": 15.44}
"""By what the simulated buy and leave (in weeks), and spend (in dollars): the published fits of the real ones."""
SEED = 20_260_101

MONEY = pa.decimal128(18, 4)
INSTANT = pa.timestamp("us", tz="UTC")


def make(folder: Path, customers: int) -> Path:
    """
    The data of so many customers, made once.

    Args:
        folder: Where all sizes lie.
        customers: 2357 and 23570 are real ones; any other number is simulated.

    Returns:
        A folder with transactions.npz (customer, day, cents: for those who want whole numbers) and orders.parquet (the
        same purchases as a canonical table, for Keepwell).
    """
    place = folder / str(customers)
    if not (place / "ready").exists():
        place.mkdir(parents=True, exist_ok=True)
        bought = _real(REAL[customers]) if customers in REAL else _simulated(customers)
        np.savez(place / "transactions.npz", **{name: bought[name].to_numpy() for name in bought})
        pq.write_table(_orders(bought), place / "orders.parquet")
        (place / "ready").touch()
    return place


def _real(name: str) -> pd.DataFrame:
    """What CDNOW's newcomers bought before as_of; a purchase of nothing counts as one cent, so that all count it."""
    path = next(str(file.locate()) for file in files("lifetimes") or () if str(file).endswith(f"CDNOW_{name}.txt"))
    known = ["id", "customer"] if name == "sample" else ["customer"]
    names = [*known, "date", "discs", "spent"]
    rows = pd.read_csv(path, sep=r"\s+", header=None, names=names, skiprows=int(name == "master"))
    day = pd.to_datetime(rows["date"].astype(str), format="%Y%m%d").to_numpy("datetime64[D]").astype("int64")
    cents = np.maximum((rows["spent"] * 100).round().astype("int64"), 1)
    bought = pd.DataFrame({"customer": rows["customer"].astype("int64"), "day": day, "cents": cents})
    return bought[bought["day"] < _number(AS_OF)]


def _simulated(customers: int) -> pd.DataFrame:
    """Purchases by BG/NBD and Gamma-Gamma, times in whole days, in no order."""
    chance = np.random.default_rng(SEED)
    who, week = _purchases(chance, customers)
    level = chance.gamma(SPENDING["q"], 1 / SPENDING["gamma"], customers)
    spent = chance.gamma(SPENDING["p"], 1 / level[who])
    day = np.floor(week * 7).astype("int64") + _number(FIRST)
    bought = pd.DataFrame(
        {"customer": who + 1, "day": day, "cents": np.maximum(np.rint(spent * 100), 1).astype("int64")}
    )
    return bought.iloc[chance.permutation(len(bought))]


def _purchases(chance: np.random.Generator, customers: int) -> tuple[Whole, Floats]:
    """Who bought when, in weeks from the first day: each buys until a coin of their own says stop, or nobody watches any more."""
    rate = np.maximum(chance.gamma(BUYING["r"], 1 / BUYING["alpha"], customers), 1e-12)
    coin = chance.beta(BUYING["a"], BUYING["b"], customers)
    here, time = np.arange(customers), chance.uniform(0, COMING, customers)
    who, when = [here], [time.copy()]
    while len(here):
        time[here] += chance.exponential(1 / rate[here])
        here = here[time[here] < WEEKS]
        who.append(here)
        when.append(time[here])
        here = here[chance.random(len(here)) >= coin[here]]
    return np.concatenate(who), np.concatenate(when)


def _orders(bought: pd.DataFrame) -> pa.Table:
    """As Keepwell's canonical table: text ids, moments, exact money."""
    many = len(bought)
    cents = pa.array(bought["cents"].to_numpy()).cast(pa.decimal128(19))
    money = pc.multiply(cents, pa.scalar(Decimal("0.01"))).cast(MONEY)
    moment = pa.array(bought["day"].to_numpy() * 86_400_000_000 + 43_200_000_000).cast(INSTANT)
    columns = {
        "order_id": pa.array(np.char.mod("o%08d", np.arange(many))),
        "customer_id": pa.array(np.char.mod("c%07d", bought["customer"].to_numpy())),
        "ordered_at": moment,
        "currency": pa.array(np.full(many, "USD")),
        "gross": money,
        "net": money,
        "status": pa.array(np.full(many, "paid")),
    }
    return pa.table(columns)


def _number(day: date) -> int:
    """Days since 1970."""
    return (day - date(1970, 1, 1)).days
