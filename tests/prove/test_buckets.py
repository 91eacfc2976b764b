"""Does a unit fall into the same bucket wherever it is asked, and independently under every salt?"""

from hashlib import md5

import duckdb
import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.errors import KeepwellError
from keepwell.prove.buckets import BUCKETS, bucket, bucket_column, bucket_sql, quoted_name
from keepwell.testing.worlds import run

IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


def test_a_bucket_is_eight_bytes_of_md5_modulo_ten_thousand() -> None:
    """From the definition, with the bytes of RFC 1321's own example: md5("abc") begins 900150983cd24fb0."""
    assert md5(b"thanks:1:ann").digest()[:8].hex() == f"{int.from_bytes(md5(b'thanks:1:ann').digest()[:8], 'big'):016x}"
    assert bucket("thanks:1", "ann") == int.from_bytes(md5(b"thanks:1:ann").digest()[:8], "big") % 10_000
    assert bucket("a:1", "x") == 9996


@given(units=st.lists(IDS, min_size=1, max_size=30), salt=st.sampled_from(["thanks:1", "layer/mail:2", "Grüße 2.0:3"]))
@settings(max_examples=15, deadline=None)
def test_python_the_engine_and_printed_sql_agree(units: list[str], salt: str) -> None:
    """Whatever letters an id has, the three ways give one bucket."""
    expected = [bucket(salt, unit) for unit in units]
    table = ibis.memtable(pa.table({"place": range(len(units)), "unit": pa.array(units, pa.string())}))
    told = run(table.select("place", b=bucket_column(salt, table.unit)).order_by("place"))
    assert list(told["b"]) == expected
    con = duckdb.connect()
    con.register("people", pa.table({"place": range(len(units)), "unit": pa.array(units, pa.string())}))
    printed = con.execute(f"SELECT {bucket_sql(salt, 'unit')} FROM people ORDER BY place").fetchall()
    assert [b for (b,) in printed] == expected


def test_nobody_has_no_bucket() -> None:
    """A missing id stays missing on the engine."""
    told = run(
        ibis.memtable(pa.table({"unit": pa.array(["ann", None])})).mutate(b=lambda t: bucket_column("s", t.unit))
    )
    assert told["b"].isna().tolist() == [False, True]


def test_composed_and_decomposed_letters_are_two_ids() -> None:
    """An id is taken as it is stored: é in one letter and in two are not the same person."""
    assert bucket("s", "caf\u00e9") != bucket("s", "cafe\u0301")


@pytest.mark.parametrize("unit", [None, 12, "half a letter \ud800"])
def test_what_is_no_text_is_refused(unit: object) -> None:
    """Numbers are not turned into text by guess, and broken text is told."""
    with pytest.raises(KeepwellError, match="id"):
        bucket("s", unit)  # type: ignore[arg-type]


@pytest.mark.parametrize("salt", ["it's", "a\\b", 'say "hi"', "two\nlines"])
def test_salts_that_dialects_read_differently_are_refused(salt: str) -> None:
    """A quote or a backslash means one thing here and another there."""
    with pytest.raises(KeepwellError, match="means the same everywhere"):
        bucket_sql(salt, "unit")


def test_an_unknown_dialect_is_told() -> None:
    """And which there are."""
    with pytest.raises(KeepwellError, match="duckdb, postgres, spark"):
        bucket_sql("s", "unit", "oracle")  # type: ignore[arg-type]


def test_names_are_quoted_as_the_dialect_does() -> None:
    """A mark inside a name is doubled; a dot stands between parts."""
    assert quoted_name('shop.my "id"', "duckdb") == '"shop"."my ""id"""'
    assert quoted_name("shop.my `id", "spark") == "`shop`.`my ``id`"


def test_buckets_are_filled_evenly() -> None:
    """Of 200,000 ids each tenth of the buckets holds a tenth: chi-square of nine degrees below its 99.9 % (27.88)."""
    counts = np.bincount([bucket("even:1", f"c{n}") // (BUCKETS // 10) for n in range(200_000)], minlength=10)
    assert ((counts - 20_000) ** 2 / 20_000).sum() < 27.88


@pytest.mark.slow
def test_salts_draw_independently() -> None:
    """Of the 780 pairs of 40 salts on 100,000 ids, as many depend on each other at p < .05 as chance has it."""
    ids = [f"customer-{n}" for n in range(100_000)]
    halves = np.array(
        [[bucket(f"play {salt}:1", unit) < BUCKETS // 2 for unit in ids] for salt in range(40)], dtype=float
    )
    assert 0.03 <= dependent_share(halves) <= 0.08


def dependent_share(halves: np.ndarray) -> float:
    """The share of pairs of rows whose 2 x 2 table has a chi-square above 3.8415, 5 % of one degree of freedom."""
    n = halves.shape[1]
    centred = halves - halves.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred**2).sum(axis=1))
    correlation = centred @ centred.T / np.outer(spread, spread)
    squares = n * correlation[np.triu_indices(len(halves), 1)] ** 2
    return float(pd.Series(squares > 3.8415).mean())
