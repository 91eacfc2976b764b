"""What is a point more of retention worth here? A step of the round, from the company's own money and stays."""

from datetime import timedelta

import ibis

from keepwell.errors import MetricError, ModelError
from keepwell.rounds.step import Made, Morning, Step, nothing
from keepwell.tongue import gettext_noop
from keepwell.understand import survival, worth

_YEARS, _DISCOUNT = 3, 0.1
"""The horizon of a customer's value, and what money is worth less a year later."""

_POINTS = (1.0, 5.0)

_WORTH = dict.fromkeys(("points", "value", "after", "change", "to_win", "affordable"), "float64")


def _worth(morning: Morning) -> Made:
    """Value of a customer, and what points more of retention change, from the last year's money and all stays seen."""
    company, opened = morning.workspace.settings, morning.workspace
    year = opened.periods("month", start=morning.as_of - timedelta(days=365), end=morning.as_of)
    try:
        earned, kept = (
            opened.measure(metric, periods=year, as_of=morning.as_of).frame
            for metric in ("ltv_to_cac", "cost_to_retain")
        )
        money = worth.Money.of(earned, kept, company.currency)
        whole = opened.periods("month", start=morning.first, end=morning.as_of)
        counted = morning.run(survival.durations(morning.facts, whole, each="month"))
        stays = worth.stays_as_seen(counted, months=12 * _YEARS, chance=morning.chance())
        told = worth.worth(stays, money, chance=morning.chance(), points=_POINTS, discount=_DISCOUNT)
    except (ModelError, MetricError) as fault:
        return nothing(_WORTH, str(fault))
    return Made(ibis.memtable(told), {"told": [worth.explain(told, money, years=_YEARS, discount=_DISCOUNT)]})


_ALL = ("customers", "orders", "refunds", "subscriptions", "events", "costs")
WORTH = Step("worth", gettext_noop("what a point more of retention is worth"), _worth, _ALL, version=2)
