"""Which metrics are there, by what they are about?"""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

import keepwell.measure  # noqa: F401  registers every family
from keepwell.measure.metric import METRICS, Metric


@dataclass(frozen=True)
class Family:
    """
    Metrics about one thing.

    Args:
        id: Its place on the page.
        name: What people call it.
        metrics: In the order of telling.
    """

    id: str
    name: str
    metrics: tuple[Metric, ...]


def families(words: str = "") -> list[Family]:
    """
    All metrics by family, or those that are about some words.

    Args:
        words: What is looked for in names, questions and definitions.
    """
    names = {
        "kept": _("Customers kept and lost"),
        "cohorts": _("Cohorts and how long customers stay"),
        "purchases": _("Purchases and coming back"),
        "recurring": _("Recurring revenue"),
        "revenue": _("Revenue of purchases"),
        "worth": _("What a customer costs and brings"),
        "other": _("More"),
    }
    found: dict[str, list[Metric]] = {id: [] for id in names}
    order = {family: place for place, family in enumerate(_OF)}
    for metric in sorted(METRICS.values(), key=lambda each: order.get(each.family, len(order))):
        if about(metric, words):
            found[_OF.get(metric.family, "other")].append(spoken(metric))
    return [Family(id, names[id], tuple(metrics)) for id, metrics in found.items() if metrics]


def spoken(metric: Metric) -> Metric:
    """A metric whose name and question are in the reader's language; its formula is written for everybody."""
    return replace(metric, name=_(metric.name), question=_(metric.question))


def about(metric: Metric, words: str) -> bool:
    """Whether every word is in its name, question or definition, in the reader's language or in English."""
    here = spoken(metric)
    said = (metric.id, metric.name, metric.question, metric.formula, metric.misleads, here.name, here.question)
    text = " ".join(said).lower()
    return all(word in text for word in words.lower().split())


_OF = {
    **dict.fromkeys(("retention", "keeping", "outlook"), "kept"),
    **dict.fromkeys(("cohorts", "returning", "survival"), "cohorts"),
    **dict.fromkeys(("purchases", "buyers", "gaps", "windows", "products"), "purchases"),
    **dict.fromkeys(("mrr", "mrr_cohorts", "mrr_ledger", "usage_money"), "recurring"),
    **dict.fromkeys(("revenue", "spending", "discounts"), "revenue"),
    **dict.fromkeys(("economics", "lifetime", "whatif", "deals"), "worth"),
}
"""Module a metric lives in -> what it is about; those not named stand last."""
