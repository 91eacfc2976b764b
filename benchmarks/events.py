"""What do a hundred million events of two million customers look like? Made up, seeded, streamed month by month."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

FIRST = (2024, 1)
MONTHS = 24
DAYS = 731
PER_CUSTOMER = 50
COUNTRIES = np.array(["DE", "FI", "FR", "GB", "HU", "IT", "NL", "PL", "SE", "US"])
SEED = 20_260_101

MONEY = pa.decimal128(18, 4)
INSTANT = pa.timestamp("us", tz="UTC")
LEAN = pa.schema(
    [
        ("customer", pa.int32()),
        ("ts", pa.timestamp("us")),
        ("kind", pa.string()),
        ("net", pa.int64()),
        ("country", pa.string()),
    ]
)
ORDERS = pa.schema(
    [("order_id", pa.string()), ("customer_id", pa.string()), ("ordered_at", INSTANT), ("currency", pa.string()),
     ("gross", MONEY), ("refunded", MONEY), ("net", MONEY), ("status", pa.string()), ("country", pa.string())]
)  # fmt: skip
EVENTS = pa.schema(
    [
        ("event_id", pa.string()),
        ("customer_id", pa.string()),
        ("happened_at", INSTANT),
        ("kind", pa.string()),
        ("name", pa.string()),
    ]
)
CUSTOMERS = pa.schema([("customer_id", pa.string()), ("country", pa.string())])


@dataclass(frozen=True)
class Data:
    """
    One made-up company as files.

    Args:
        folder: Where it lies.

    The canonical tables are what Keepwell and everybody else can read (text ids, exact money);
    *lean* holds the same purchases and uses in the form that suits the others best (whole-number ids, cents, one file).
    """

    folder: Path

    @property
    def lean(self) -> Path:
        """All events of all months but the last day, in one file."""
        return self.folder / "lean.parquet"

    def table(self, name: str) -> Path:
        """A canonical table's file, the last day left out."""
        return self.folder / f"{name}.parquet"

    def last_day(self, name: str) -> Path:
        """The last day of a canonical table: the one that arrives later."""
        return self.folder / f"{name}_last_day.parquet"


@dataclass(frozen=True)
class People:
    """How each invented customer behaves: events a month while they stay, from when to when, how often they skip a month."""

    rate: npt.NDArray[np.float64]
    born: npt.NDArray[np.float64]
    gone: npt.NDArray[np.float64]
    skips: npt.NDArray[np.float64]
    country: npt.NDArray[np.int64]


def make(folder: Path, rows: int) -> Data:
    """
    About *rows* events, made once: 41 % purchases, 57 % uses, 2 % refunds, in order of time.

    Rates are log-normal, lifetimes differ, months are skipped, so customers leave and come back.
    """
    data = Data(folder / f"{rows}")
    done = data.folder / "done"
    if done.exists():
        return data
    data.folder.mkdir(parents=True, exist_ok=True)
    people = _people(max(10, rows // PER_CUSTOMER))
    names = pa.array([f"c{n:08d}" for n in range(len(people.rate))])
    _write_customers(data, people, names)
    shown = {name: pq.ParquetWriter(path, schema) for name, path, schema in _files(data)}
    counted = 0
    for chunk in _months(people):
        for name, table in _tables(chunk, people, names, counted).items():
            if table.num_rows:
                shown[name].write_table(table, row_group_size=1_000_000)
        counted += len(chunk["customer"])
    for writer in shown.values():
        writer.close()
    done.write_text(str(counted))
    return data


def _files(data: Data) -> list[tuple[str, Path, pa.Schema]]:
    return [
        ("lean", data.lean, LEAN),
        ("orders", data.table("orders"), ORDERS),
        ("events", data.table("events"), EVENTS),
        ("orders_last_day", data.last_day("orders"), ORDERS),
        ("events_last_day", data.last_day("events"), EVENTS),
    ]


def _people(count: int) -> People:
    rng = np.random.default_rng(SEED)
    born = np.sort(rng.uniform(0, MONTHS, count))
    stay = rng.exponential(10, count) + 0.2
    rate = rng.lognormal(1.0, 1.35, count)
    expected = rate * np.minimum(stay, MONTHS - born)
    rate *= PER_CUSTOMER * count * 1.16 / expected.sum()
    return People(rate, born, born + stay, rng.beta(1.2, 5, count), rng.integers(0, len(COUNTRIES), count))


def _months(people: People) -> Iterator[dict[str, npt.NDArray[np.int64]]]:
    """Month by month: customer, microsecond, kind (0 purchase, 1 use) and cents, in order of time."""
    for month in range(MONTHS):
        rng = np.random.default_rng([SEED, month])
        here = np.flatnonzero((people.born < month + 1) & (people.gone > month))
        here = here[rng.random(len(here)) >= people.skips[here] * (people.born[here] < month)]
        start, end = np.maximum(people.born[here], month), np.minimum(people.gone[here], month + 1)
        number = rng.poisson(people.rate[here] * (end - start))
        customer = np.repeat(here, number)
        at = np.repeat(start, number) + rng.random(len(customer)) * np.repeat(end - start, number) - month
        opening, closing = _instant(month), _instant(month + 1)
        instant = (opening + at * (closing - opening)).astype("int64") // 1_000_000 * 1_000_000
        order = np.argsort(instant, kind="stable")
        kind = (rng.random(len(customer)) >= 0.42).astype("int64")
        cents = np.maximum(1, rng.lognormal(8, 0.8, len(customer))).astype("int64")
        back = np.where(rng.random(len(customer)) < 0.02 / 0.42, rng.choice([2, 1], len(customer)), 0)
        yield {"customer": customer[order], "at": instant[order], "kind": kind, "cents": cents, "back": back}


def _instant(month: int) -> int:
    year, place = FIRST[0] + (FIRST[1] - 1 + month) // 12, (FIRST[1] - 1 + month) % 12 + 1
    return int(datetime(year, place, 1, tzinfo=UTC).timestamp()) * 1_000_000


def _tables(
    chunk: dict[str, npt.NDArray[np.int64]], people: People, names: pa.Array, before: int
) -> dict[str, pa.Table]:
    bought, used = chunk["kind"] == 0, chunk["kind"] == 1
    refunded = np.where(chunk["back"] == 2, chunk["cents"], np.where(chunk["back"] == 1, chunk["cents"] // 2, 0))
    chunk = {
        **chunk,
        "refunded": refunded,
        "key": before + np.arange(len(bought)),
        "country": people.country[chunk["customer"]],
    }
    last = chunk["at"] >= (_instant(MONTHS) - 86_400_000_000)
    orders, events = _orders(chunk, bought, names), _events(chunk, used, names)
    return {
        "lean": _lean(chunk, ~last),
        "orders": orders.filter(pa.array(~last[bought])),
        "events": events.filter(pa.array(~last[used])),
        "orders_last_day": orders.filter(pa.array(last[bought])),
        "events_last_day": events.filter(pa.array(last[used])),
    }


def _lean(chunk: dict[str, npt.NDArray[np.int64]], which: npt.NDArray[np.bool_]) -> pa.Table:
    kind = pa.array(["purchase", "usage"]).take(pa.array(chunk["kind"][which]))
    net = np.where(chunk["kind"] == 0, chunk["cents"] - chunk["refunded"], 0)[which]
    country = pa.array(COUNTRIES).take(pa.array(chunk["country"][which]))
    return pa.table(
        [
            pa.array(chunk["customer"][which], pa.int32()),
            pa.array(chunk["at"][which]).cast(pa.timestamp("us")),
            kind,
            net,
            country,
        ],
        schema=LEAN,
    )


def _orders(chunk: dict[str, npt.NDArray[np.int64]], which: npt.NDArray[np.bool_], names: pa.Array) -> pa.Table:
    gross, refunded = chunk["cents"][which], chunk["refunded"][which]
    status = np.where(refunded == 0, 0, np.where(refunded == gross, 2, 1))
    euros = pa.array(["EUR"]).take(pa.array(np.zeros(len(gross), "int64")))
    return pa.table(
        [_keys(chunk["key"][which]), names.take(pa.array(chunk["customer"][which])), _times(chunk["at"][which]), euros,
         _money(gross), _money(refunded), _money(gross - refunded),
         pa.array(["paid", "partly_refunded", "refunded"]).take(pa.array(status)),
         pa.array(COUNTRIES).take(pa.array(chunk["country"][which]))], schema=ORDERS,
    )  # fmt: skip


def _events(chunk: dict[str, npt.NDArray[np.int64]], which: npt.NDArray[np.bool_], names: pa.Array) -> pa.Table:
    nought = pa.array(np.zeros(int(which.sum()), "int64"))
    return pa.table(
        [_keys(chunk["key"][which]), names.take(pa.array(chunk["customer"][which])), _times(chunk["at"][which]),
         pa.array(["usage"]).take(nought), pa.array(["visit"]).take(nought)], schema=EVENTS,
    )  # fmt: skip


def _write_customers(data: Data, people: People, names: pa.Array) -> None:
    country = pa.array(COUNTRIES).take(pa.array(people.country))
    pq.write_table(pa.table([names, country], schema=CUSTOMERS), data.table("customers"))


def _keys(numbers: npt.NDArray[np.int64]) -> pa.Array:
    return pc.cast(pa.array(numbers), pa.string())


def _times(micros: npt.NDArray[np.int64]) -> pa.Array:
    return pa.array(micros, pa.int64()).cast(INSTANT)


def _money(cents: npt.NDArray[np.int64]) -> pa.Array:
    """Whole cents as exact money: the unscaled number is cents times a hundred."""
    unscaled = np.zeros((len(cents), 2), "int64")
    unscaled[:, 0] = cents * 100
    return pa.Array.from_buffers(MONEY, len(cents), [None, pa.py_buffer(unscaled.tobytes())])


FIRST_DAY = date(FIRST[0], FIRST[1], 1)
"""The first day of the invented company."""
