"""Do random expressions pick the same rows as DuckDB picks with the same condition written in SQL?"""

from datetime import date

import duckdb
import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keepwell.errors import ExpressionError
from keepwell.schema import expressions

MAKE = """
create table people as
select (i * 37 % 211)::bigint as recency_days, (i * 7 % 9)::integer as orders, ((i * 131 % 100000) / 100.0)::decimal(18, 4) as net,
  (i * 17 % 1000) / 8.0 as score, ['FI', 'HU', 'SE', 'O''Neil', null][i % 5 + 1] as country,
  [true, false, null][i % 3 + 1] as active, date '2024-01-01' + (i % 500)::integer as joined
from range(2000) t(i)
"""
NULLS = "update people set recency_days = null where orders = 3; update people set net = null, joined = null where orders = 5"

comparisons = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
days = st.dates(min_value=date(2023, 12, 1), max_value=date(2025, 7, 1))


def _pair(ours: str, sql: str | None = None) -> tuple[str, str]:
    return ours, ours if sql is None else sql


@st.composite
def conditions(draw: st.DrawFn) -> tuple[str, str]:
    """One condition in our language and the same in SQL."""
    number = draw(st.sampled_from(["recency_days", "orders", "net", "score"]))
    op, negative = draw(comparisons), draw(st.sampled_from(["", "not "]))
    value = draw(st.one_of(st.integers(-5, 1000), st.decimals(-5, 1000, places=2)))
    low, high = sorted(draw(st.tuples(st.integers(-5, 200), st.integers(-5, 300))))
    word, day = draw(st.sampled_from(["FI", "HU", "zz", "O''Neil", "F%", "_U"])), draw(days)
    plain = word.replace("''", "'")
    other = draw(st.sampled_from(["recency_days", "orders", "score"]))
    part = draw(st.sampled_from(["I", "N", "H"]))
    return draw(
        st.sampled_from(
            [
                _pair(f"{number} {op} {value}"),
                _pair(f"{value} {op} {number}"),
                _pair(f"{number} {op} {other}"),
                _pair(f"{number} {negative}between {low} and {high}"),
                _pair(f"{number} {negative}in ({low}, {high}, {value})"),
                _pair(f'country {negative}in ("{plain}", "SE")', f"country {negative}in ('{word}', 'SE')"),
                _pair(f"country {op} '{word}'"),
                _pair(f"country {negative}like '{word}'"),
                _pair(f"country {negative}contains '{part}'", f"{negative}contains(country, '{part}')"),
                _pair(f"country {negative}starts with '{part}'", f"{negative}starts_with(country, '{part}')"),
                _pair(f"{number} is {negative}unknown", f"{number} is {negative}null"),
                _pair("active"),
                _pair("active = false"),
                _pair(f"joined {op} '{day}'", f"joined {op} date '{day}'"),
            ]
        )
    )  # fmt: skip


expression = st.recursive(
    conditions(),
    lambda inner: st.one_of(
        inner.map(lambda e: (f"not ({e[0]})", f"not ({e[1]})")),
        inner.map(lambda e: (f"({e[0]})", f"({e[1]})")),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda p: (f"{p[0][0]} {p[1]} {p[2][0]}", f"{p[0][1]} {p[1]} {p[2][1]}")),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda p: (f"({p[0][0]} {p[1]} {p[2][0]})", f"({p[0][1]} {p[1]} {p[2][1]})")),
    ),
    max_leaves=8,
)  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> ibis.BaseBackend:
    """Two thousand people with unknowns in every kind of column."""
    con = duckdb.connect()
    con.execute(MAKE)
    con.execute(NULLS)
    return ibis.duckdb.from_connection(con)


@pytest.mark.slow
@settings(
    max_examples=350,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(pair=expression)
def test_random_expressions_agree_with_sql(engine: ibis.BaseBackend, pair: tuple[str, str]) -> None:
    """The same rows, and the canonical form means the same and asks for the same columns."""
    ours, sql = pair
    people = engine.table("people")
    wanted = engine.con.execute(f"select count(*), sum(orders) from people where {sql}").fetchone()
    for text in (ours, expressions.canonical(ours)):
        chosen = people.filter(expressions.parse(text, people)).agg(n=lambda t: t.count(), s=lambda t: t.orders.sum())
        assert engine.con.execute(ibis.to_sql(chosen, dialect="duckdb")).fetchone() == wanted
    written = expressions.canonical(ours)
    assert expressions.canonical(written) == written
    assert expressions.names(written) == expressions.names(ours)


TABLE = ibis.table(
    {"orders": "int32", "net": "decimal(18, 4)", "country": "string", "active": "boolean", "joined": "date", "first_day": "int32", "traits": "map<string, string>"},
    name="t",
)  # fmt: skip
pieces = st.sampled_from(
    [
        "orders",
        "net",
        "country",
        "active",
        "joined",
        "first_day",
        "traits",
        "traits.food",
        "and",
        "or",
        "not",
        "in",
        "between",
        "is",
        "null",
        "unknown",
        "like",
        "contains",
        "starts",
        "with",
        "true",
        "false",
        "=",
        "!=",
        "<>",
        "==",
        "<",
        "<=",
        ">",
        ">=",
        "(",
        ")",
        ",",
        ".",
        "-",
        "1",
        "2.5",
        "-3",
        "1e9",
        ".5",
        "'FI'",
        '"HU"',
        "'2025-01-31'",
        "''",
        ";",
        "--",
        "/*",
        "*/",
        "select",
        "$1",
        "é",
        "日本",
        "\x00",
        "\\",
        "'",
        '"',
    ]
)


@pytest.mark.slow
@settings(max_examples=600, deadline=None, derandomize=True)
@given(
    text=st.one_of(
        st.text(max_size=60), st.lists(pieces, max_size=14).map(" ".join), st.lists(pieces, max_size=14).map("".join)
    )
)
def test_whatever_comes_is_understood_or_refused(text: str) -> None:
    """Any text gives a condition or an ExpressionError with a place in it, and what is accepted has a stable canonical form."""
    refused = None
    try:
        condition = expressions.parse(text, TABLE)
    except ExpressionError as error:
        refused = error
    if refused is None:
        written = expressions.canonical(text)
        assert expressions.canonical(written) == written
        assert expressions.parse(written, TABLE).type() == condition.type()
    else:
        assert 0 <= refused.at <= len(text)
        assert expressions.point(text, refused).endswith("^")
        assert refused.todo
