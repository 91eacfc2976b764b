"""Who is counted where a customer has several people? Whole accounts, each with everybody in it."""

from dataclasses import replace

from ibis import _

from keepwell.measure.facts import Facts


def counted(facts: Facts) -> Facts:
    """The facts with those counted whom the settings name: customers, or accounts."""
    return by_account(facts) if facts.company.count == "accounts" else facts


def by_account(facts: Facts) -> Facts:
    """
    The same facts with every account as one customer: what its people did is one history.

    People without an account stay customers of their own. Who was merged into another belongs to that one's account.
    What is known of an account is what its own row says; where it has none, that of the first of its people by id.

    Args:
        facts: The tables; accounts are told by account_id of customers.
    """
    people = facts.tables.get("customers")
    if people is None:
        return facts
    belong = people.filter(people.account_id.notnull() & (people.account_id != people.customer_id))
    into = belong.select(from_customer_id="customer_id", into_customer_id="account_id")
    merged = facts.tables.get("merges")
    if merged is not None:
        merged = merged.select(*into.columns).cast(dict(into.schema()))
        into = into.anti_join(merged, "from_customer_id").union(merged)
    return replace(facts, tables={**facts.tables, "merges": into.filter(_.into_customer_id.notnull())})
