"""What does each figure mean? Every metric shown, by its definition."""

from dataclasses import dataclass

from keepwell.measure.metric import Metric
from keepwell.report.asking import Asking


@dataclass(frozen=True)
class Refused:
    """A question that could not be answered, and why."""

    metric: str
    why: str


@dataclass(frozen=True)
class Definitions:
    """Every metric that was asked, in the order of asking, and those without an answer."""

    metrics: tuple[Metric, ...]
    refused: tuple[Refused, ...]


def definitions(asking: Asking) -> Definitions:
    """The definitions behind everything the report says."""
    refused = tuple(Refused(metric, why) for metric, why in asking.refused.items() if metric not in asking.asked)
    return Definitions(tuple(asking.asked.values()), refused)
