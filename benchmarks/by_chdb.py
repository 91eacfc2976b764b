"""ClickHouse in this process (chdb), over the Parquet that suits it best."""

import json
from pathlib import Path
from typing import Any

import contest
from chdb import session

MONTH = "toUInt8((toYear(ts) - 2024) * 12 + toMonth(ts) - 1)"
DAY = "toInt32(toRelativeDayNum(ts))"
ACTIVE = "FROM lean WHERE kind = 'usage' OR net > 0"
BITS = f"SELECT customer, groupBitOr(bitShiftLeft(toUInt64(1), {MONTH})) AS bits {ACTIVE} GROUP BY customer"


def long(key: str, table: str, places: int) -> str:
    """From bits per customer to rows of key, place, customers."""
    sums = ", ".join(f"sum(bitAnd(bitShiftRight(bits, {k}), 1))" for k in range(places))
    return f"SELECT {key}, t.1 AS place, t.2 AS n FROM (SELECT {key}, arrayJoin(arrayZip(range({places}), [{sums}])) AS t FROM ({table}) GROUP BY {key}) WHERE n > 0"


COHORTS = f"SELECT toInt64(log2(bitAnd(bits, -toInt64(bits)))) AS cohort, bits FROM ({BITS})"
FIRST = f"SELECT customer, min({DAY}) AS born {ACTIVE} GROUP BY customer"
NEAR = f"""SELECT born, groupBitOr(bitShiftLeft(toUInt64(1), toUInt8({DAY} - born))) AS bits FROM lean INNER JOIN ({FIRST}) AS f USING (customer)
    WHERE (kind = 'usage' OR net > 0) AND {DAY} - born <= {contest.DAYS} GROUP BY customer, born"""
STAY = f"SELECT min({DAY}) AS born, least(max({DAY}) - min({DAY}), {contest.DAYS}) AS days {ACTIVE} GROUP BY customer"
LINE = f"""SELECT customer, arraySort(groupArray((m, net))) AS line FROM (SELECT customer, {MONTH} AS m, sum(net) AS net FROM lean WHERE net > 0 GROUP BY customer, m)
    GROUP BY customer"""
STEPS = f"""SELECT line[i].1 AS m, line[i].2 AS net, if(i > 1, line[i - 1].1, -9) AS pm, if(i > 1, line[i - 1].2, 0) AS pn,
    if(i < length(line), line[i + 1].1, 99) AS nm FROM (SELECT line, arrayJoin(arrayEnumerate(line)) AS i FROM ({LINE}))"""
MOVED = f"""SELECT toInt64(m) AS m, sum(net) AS total, sumIf(net, pm = -9) AS new, sumIf(net, pm != -9 AND pm < toInt64(m) - 1) AS back,
    sumIf(net - pn, pm = toInt64(m) - 1 AND net > pn) AS up, sumIf(pn - net, pm = toInt64(m) - 1 AND net < pn) AS down,
    sumIf(net, nm > toInt64(m) + 1) AS gone FROM ({STEPS}) GROUP BY m"""
SECOND = f"""SELECT arraySort(groupUniqArray({DAY})) AS days FROM lean WHERE net > 0 GROUP BY customer"""
REPEAT = f"""SELECT {", ".join(f"countIf(days[1] + {n} < {contest.LAST_DAY}), countIf(days[1] + {n} < {contest.LAST_DAY} AND length(days) > 1 AND days[2] - days[1] <= {n})" for n in contest.WITHIN)} FROM ({SECOND})"""
SUMS = f"SELECT customer, max({DAY}) AS last, toInt64(count()) AS orders, sum(net) AS net FROM lean WHERE net > 0 GROUP BY customer"
LEVELS = ", ".join(
    f"(arraySort(groupArray({c})))[toInt64(ceil(count() * {k} / 5))] AS {c}_{k}"
    for c in ("last", "orders", "net")
    for k in range(1, 5)
)
FIFTHS = ", ".join(
    f"1 + {' + '.join(f'(s.{c} > {c}_{k})' for k in range(1, 5))} AS {n}"
    for n, c in (("r", "last"), ("f", "orders"), ("m", "net"))
)

SQL = {
    "triangle": f"SELECT cohort, place - cohort, n FROM ({long('cohort', COHORTS, contest.MONTHS)})",
    "days": long("born", NEAR, contest.DAYS + 1),
    "after": f"SELECT born, age, sum(n) FROM (SELECT born, days, count() AS n, arrayJoin(range({contest.DAYS + 1})) AS age FROM ({STAY}) GROUP BY born, days) WHERE days >= age GROUP BY born, age",
    "bridge": f"""WITH told AS ({MOVED}) SELECT m, {", ".join(f"ifNull({c}, 0)" for c in ("last.total", "new", "back", "up", "down", "last.gone"))}, told.total
        FROM told LEFT JOIN (SELECT m + 1 AS m, total, gone FROM told) AS last USING (m)""",
    "repeat": REPEAT,
    "rfm": f"SELECT customer, {contest.LAST_DAY} - s.last AS recency, s.orders AS orders, s.net AS net, {FIFTHS} FROM ({SUMS}) AS s CROSS JOIN (SELECT {LEVELS} FROM ({SUMS})) AS c",
    "people": f"SELECT customer FROM ({BITS}) WHERE toInt64(log2(bitAnd(bits, -toInt64(bits)))) = {contest.CELL[0]} AND bitAnd(bitShiftRight(bits, {contest.CELL[1]}), 1) = 1 ORDER BY customer LIMIT 100",
}  # fmt: skip


def opens(data: Path) -> Any:
    """A session with a view of the file."""
    held = session.Session()
    held.query(f"SET max_threads = {contest.THREADS}")
    held.query("CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic")
    held.query("USE bench")
    held.query("SET prefer_column_name_to_alias = 1")
    held.query(f"CREATE VIEW lean AS SELECT * FROM file('{data}/lean.parquet', Parquet)")
    return held


def asks(name: str) -> contest.Answer:
    """A statement as an answer; RFM is kept as a table of everybody."""

    def answer(held: Any) -> Any:
        if name == "rfm":
            held.query("DROP TABLE IF EXISTS rfm")
            held.query(f"CREATE TABLE rfm ENGINE = Memory AS {SQL['rfm']}")
            return held, None
        return held, rows(held, SQL[name])

    return answer


def rows(held: Any, sql: str) -> list[list[int]]:
    """A query's rows."""
    text = str(held.query(sql, "JSONCompactEachRow"))
    return [json.loads(line) for line in text.splitlines() if line]


def told(question: str, answer: Any) -> Any:
    """Rows as they are; of RFM the sums per cell."""
    held, found = answer
    return (
        rows(held, "SELECT r, f, m, count(), sum(recency), sum(orders), sum(net) FROM rfm GROUP BY r, f, m")
        if question == "rfm"
        else found
    )


if __name__ == "__main__":
    contest.compete(opens, {name: asks(name) for name in SQL}, told)
