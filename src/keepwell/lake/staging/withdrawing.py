"""Who is known from refused rows alone? Nobody yet: such a customer waits in quarantine with the rows that speak of them."""

from collections.abc import Sequence

from keepwell.lake.engines.duckdb import quoted
from keepwell.lake.staging.bench import Bench
from keepwell.schema import TABLES
from keepwell.schema.table import SPARED


def withdraw(bench: Bench, delivered: Sequence[str]) -> None:
    """
    Fill relation withdrawn_customers (_id) and leave those rows out of ok_customers.

    A customer stays who stands in a record of their own (a file of customers), or to whom any accepted row refers, or who is
    the account of one who stays. The others were met by the way, in orders, subscriptions … of which every one was refused.

    Args:
        bench: Holds in_<table> and ok_<table> of every delivered table, refused_<table>, and rejected (rows refused before).
        delivered: Delivered tables.
    """
    others = [name for name in delivered if name != "customers"]
    if "customers" not in delivered or not (
        bench.count("rejected") or any(bench.count(f"refused_{name}") for name in others)
    ):
        return
    told = [f'SELECT _source, _row FROM "in_{name}"' for name in others]
    records = " UNION ALL ".join(
        [
            f"SELECT source AS _source, row AS _row FROM rejected WHERE NOT suffix(coalesce(remedy, ''), {quoted(SPARED)})",
            *told,
        ]
    )
    holders = [(name, column) for name in others for column in TABLES[name].columns if column.endswith("customer_id")]
    needed = ['SELECT account_id AS customer_id FROM "ok_customers"']
    needed += [f'SELECT "{column}" FROM "ok_{name}"' for name, column in holders]
    needed.append(f'SELECT customer_id FROM "ok_customers" ANTI JOIN ({records}) AS told USING (_source, _row)')
    bench.do(f"""
        INSERT INTO withdrawn_customers
        SELECT _id FROM "ok_customers" ANTI JOIN ({" UNION ALL ".join(needed)}) AS needed USING (customer_id)""")
    bench.do("""
        CREATE OR REPLACE VIEW "ok_customers" AS SELECT * FROM "in_customers"
        ANTI JOIN (SELECT _id FROM "refused_customers" UNION ALL SELECT _id FROM withdrawn_customers) AS out USING (_id)""")
