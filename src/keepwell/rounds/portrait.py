"""Who is each customer this morning? One row each: what is known of them beside what is inferred, unknown where it is unknown."""

import ibis
import ibis.expr.types as ir

from keepwell.measure.profile import profile
from keepwell.rounds.step import Made, Morning, Step
from keepwell.understand.buying import histories
from keepwell.understand.spend import GammaGamma

_BUYING = ("alive", "buys_soon", "orders_year", "orders_low", "orders_high", "next_in_days")


def _portraits(morning: Morning) -> Made:
    people = profile(morning.facts)
    people = people.drop("email", "phone")
    for told in (_buying(morning), _spend(morning), morning.table("segments")):
        people = people.left_join(told, "customer_id").drop("customer_id_right")
    return Made(
        people.mutate(
            value_year=people.orders_year * people.spend,
            value_low=people.orders_low * people.spend,
            value_high=people.orders_high * people.spend,
        )
    )


def _buying(morning: Morning) -> ir.Table:
    cells, keys = morning.table("value"), ["repeats", "recency_days", "age_days"]
    return histories(morning.facts).inner_join(cells, keys).select("customer_id", *_BUYING)


def _spend(morning: Morning) -> ir.Table:
    told = GammaGamma().needs(morning.facts).told(morning.table("spend"))
    return told.select("customer_id", "spend", spend_currency=ibis.literal(morning.facts.company.currency))


PORTRAITS = Step(
    "portraits",
    "everybody's portrait",
    _portraits,
    ("customers", "orders", "refunds", "subscriptions", "events", "touches", "answers"),
    after=("value", "spend", "segments"),
)
