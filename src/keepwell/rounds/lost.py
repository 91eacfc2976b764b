"""What had they bought who were lost in the last year, and who had sold it to them? A step of the round."""

from ibis import _

from keepwell.act.losses import had, sold
from keepwell.rounds.step import Made, Morning, Step
from keepwell.schema.clock import date_number
from keepwell.tongue import gettext_noop

DAYS = 365
"""Days back of which losses are told."""


def _lost(morning: Morning) -> Made:
    """One row per customer lost since then: product and seller, null where nobody knows them."""
    facts = morning.facts
    gone = morning.table("leaving").filter(date_number(_.left_on) >= facts.today - DAYS)
    lost = morning.workspace.lake.aside(gone.select("customer_id").distinct())
    people = facts.read("customers").semi_join(lost, "customer_id").select("customer_id", "owner")
    told = sold(facts, people).left_join(had(facts, lost), "customer_id", rname="{name}_h")
    return Made(told.select("customer_id", "product", "seller"))


LOST = Step(
    "lost",
    gettext_noop("what the lost had bought, and from whom"),
    _lost,
    ("customers", "orders", "refunds", "order_lines", "subscriptions", "deals"),
    after=("leaving",),
)
