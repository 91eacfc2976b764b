"""Among whom does each customer stand? The segments' step of the round."""

from keepwell.rounds.step import Made, Morning, Step
from keepwell.tongue import gettext_noop
from keepwell.understand.segments import segments, value_segments


def _segments(morning: Morning) -> Made:
    found = segments(morning.facts).select("customer_id", "segment")
    worth = value_segments(morning.facts).select("customer_id", "value_segment")
    return Made(found.inner_join(worth, "customer_id").select("customer_id", "segment", "value_segment"))


SEGMENTS = Step(
    "segments",
    gettext_noop("in which segment everybody is"),
    _segments,
    ("orders", "refunds", "customers", "subscriptions"),
    version=2,
)
