"""The hand-written DuckDB SQL, tuned, over the Parquet that suits it best: whole-number ids, cents, no time zone."""

import sys
from pathlib import Path
from typing import Any

import contest
import duckdb

ACTIVE = "FROM lean WHERE kind = 'usage' OR net > 0"
MONTH = "((year(ts) - 2024) * 12 + month(ts) - 1)"
BITS = f"SELECT customer, bit_or(1::BIGINT << {MONTH}) AS bits {ACTIVE} GROUP BY customer"
DAY = "(epoch_us(ts) // 86400000000)::INTEGER"


def triangle(bits: str) -> str:
    """Cohort, age, customers from one row of month bits per customer."""
    sums = ", ".join(f"sum((bits >> {m}) & 1)::BIGINT AS m{m}" for m in range(contest.MONTHS))
    return (
        f"SELECT cohort, substr(name, 2)::INTEGER - cohort, n FROM (UNPIVOT (SELECT log2(bits & -bits)::INTEGER AS cohort, {sums} "
        f"FROM ({bits}) GROUP BY cohort) ON COLUMNS('m\\d+') INTO NAME name VALUE n) WHERE n > 0"
    )


def days() -> str:
    """Newcomers of each day, those active 0 to 30 days later."""
    return f"""
        WITH first AS (SELECT customer, min({DAY}) AS born {ACTIVE} GROUP BY customer),
        there AS (SELECT customer, born, bit_or(1::BIGINT << ({DAY} - born)) AS bits FROM lean JOIN first USING (customer)
                  WHERE (kind = 'usage' OR net > 0) AND {DAY} - born <= {contest.DAYS} GROUP BY customer, born)
        SELECT born, substr(name, 2)::INTEGER, n FROM (UNPIVOT (
            SELECT born, {", ".join(f"sum((bits >> {d}) & 1)::BIGINT AS d{d}" for d in range(contest.DAYS + 1))} FROM there GROUP BY born
        ) ON COLUMNS('d\\d+') INTO NAME name VALUE n) WHERE n > 0"""


AFTER = f"""
    WITH stay AS (SELECT min({DAY}) AS born, least(max({DAY}) - min({DAY}), {contest.DAYS}) AS days {ACTIVE} GROUP BY customer),
    counted AS (SELECT born, days, count(*) AS n FROM stay GROUP BY born, days)
    SELECT born, age, sum(n)::BIGINT FROM counted, range({contest.DAYS + 1}) AS ages(age) WHERE days >= age GROUP BY born, age"""

BRIDGE = f"""
    WITH month AS (SELECT customer, {MONTH} AS m, sum(net)::BIGINT AS net FROM lean WHERE net > 0 GROUP BY ALL),
    line AS (SELECT *, lag(m) OVER w AS pm, lag(net) OVER w AS pn, lead(m) OVER w AS nm FROM month WINDOW w AS (PARTITION BY customer ORDER BY m)),
    told AS (SELECT m, sum(net) AS total, sum(net) FILTER (pm IS NULL) AS new, sum(net) FILTER (pm < m - 1) AS back,
        sum(net - pn) FILTER (pm = m - 1 AND net > pn) AS up, sum(pn - net) FILTER (pm = m - 1 AND net < pn) AS down,
        sum(net) FILTER (nm IS NULL OR nm > m + 1) AS gone FROM line GROUP BY m)
    SELECT this.m, coalesce(last.total, 0), coalesce(this.new, 0), coalesce(back, 0), coalesce(up, 0), coalesce(down, 0),
        coalesce(last.gone, 0), this.total
    FROM told AS this LEFT JOIN (SELECT m + 1 AS m, total, gone FROM told) AS last USING (m)"""

REPEAT = f"""
    WITH bought AS (SELECT customer, {DAY} AS day FROM lean WHERE net > 0),
    first AS (SELECT customer, min(day) AS one FROM bought GROUP BY customer),
    second AS (SELECT customer, min(day) AS two FROM bought JOIN first USING (customer) WHERE day > one GROUP BY customer)
    SELECT {
    ", ".join(
        f"count(*) FILTER (one + {n} < {contest.LAST_DAY}), count(*) FILTER (one + {n} < {contest.LAST_DAY} AND two - one <= {n})"
        for n in contest.WITHIN
    )
}
    FROM first LEFT JOIN second USING (customer)"""

RFM = f"""
    CREATE OR REPLACE TABLE rfm AS
    WITH sums AS (SELECT customer, max({
    DAY
}) AS last, count(*) AS orders, sum(net)::BIGINT AS net FROM lean WHERE net > 0 GROUP BY customer),
    cuts AS (SELECT quantile_disc(last, [0.2, 0.4, 0.6, 0.8]) AS l, quantile_disc(orders, [0.2, 0.4, 0.6, 0.8]) AS o,
                    quantile_disc(net, [0.2, 0.4, 0.6, 0.8]) AS n FROM sums)
    SELECT customer, {contest.LAST_DAY} - last AS recency_days, orders, net, {
    ", ".join(
        f"1 + (sums.{column} > {cut}[1])::INTEGER + (sums.{column} > {cut}[2])::INTEGER + (sums.{column} > {cut}[3])::INTEGER "
        f"+ (sums.{column} > {cut}[4])::INTEGER AS {name}"
        for name, column, cut in (("r", "last", "l"), ("f", "orders", "o"), ("m", "net", "n"))
    )
}
    FROM sums, cuts"""

RFM_TOLD = "SELECT r, f, m, count(*), sum(recency_days), sum(orders), sum(net) FROM rfm GROUP BY r, f, m"

PEOPLE = f"""SELECT customer FROM ({BITS}) WHERE log2(bits & -bits)::INTEGER = {contest.CELL[0]} AND (bits >> {contest.CELL[1]}) & 1 = 1
    ORDER BY customer LIMIT 100"""

SALE = "status IN ('paid', 'partly_refunded', 'refunded')"
LARGE = f"SELECT customer_id, bit_or(1::BIGINT << {MONTH}) AS bits FROM orders WHERE {SALE} AND net > 0 AND gross >= 30 GROUP BY customer_id"
"""On the same files Keepwell reads, with text ids: the filter is not in the other file."""

NAIVE = f"""
    WITH seen AS (SELECT customer, {MONTH} AS m {ACTIVE}), born AS (SELECT customer, min(m) AS cohort FROM seen GROUP BY customer)
    SELECT cohort, m - cohort, count(DISTINCT customer) FROM seen JOIN born USING (customer) GROUP BY ALL"""

SQL = {
    "triangle": triangle(BITS), "days": days(), "after": AFTER, "bridge": BRIDGE, "repeat": REPEAT, "rfm": RFM, "people": PEOPLE,
    "filtered": triangle(LARGE),
}  # fmt: skip


def opens(data: Path) -> duckdb.DuckDBPyConnection:
    """Views over the files."""
    con = duckdb.connect()
    con.execute(f"SET threads = {contest.THREADS}; SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
    con.execute(f"CREATE VIEW lean AS SELECT * FROM '{data}/lean.parquet'")
    con.execute(
        f"CREATE VIEW orders AS SELECT customer_id, make_timestamp(epoch_us(ordered_at)) AS ts, gross, net, status FROM '{data}/orders.parquet'"
    )
    return con


def told(question: str, answer: Any) -> Any:
    """Rows as they are; of RFM the sums per cell."""
    con, rows = answer
    return con.execute(RFM_TOLD).fetchall() if question == "rfm" else rows


def asks(sql: str) -> contest.Answer:
    """A statement as an answer."""
    return lambda con: (con, con.execute(sql).fetchall())


if __name__ == "__main__":
    naive = "--naive" in sys.argv
    sys.argv = [arg for arg in sys.argv if arg != "--naive"]
    contest.compete(opens, {"triangle": asks(NAIVE)} if naive else {name: asks(sql) for name, sql in SQL.items()}, told)
