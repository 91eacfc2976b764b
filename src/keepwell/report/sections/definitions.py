"""What does each figure mean? Every metric shown, by its definition."""

from collections.abc import Iterable
from dataclasses import dataclass

from keepwell.measure.metric import Metric
from keepwell.report.asking import Asking
from keepwell.report.parts import Figure, Section


@dataclass(frozen=True)
class Refused:
    """A question that could not be answered, and why."""

    metric: str
    why: str


@dataclass(frozen=True)
class Definitions:
    """Every metric that is shown, in the order of the page, and those without an answer."""

    metrics: tuple[Metric, ...]
    refused: tuple[Refused, ...]


def definitions(asking: Asking, sections: Iterable[Section]) -> Definitions:
    """
    The definitions behind everything the report shows.

    Args:
        asking: What was asked.
        sections: What is shown of it.
    """
    shown: dict[str, None] = {}
    for section in sections:
        shown |= dict.fromkeys(told.metric for told in section.numbers)
        shown |= dict.fromkeys(block.metric for block in section.blocks if isinstance(block, Figure))
    refused = tuple(Refused(metric, why) for metric, why in asking.refused.items() if metric not in asking.asked)
    return Definitions(tuple(asking.asked[metric] for metric in shown), refused)
