"""Why do they buy, stay, leave? What is asked, when, and what may not stand in it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.measure.facts import Facts
from keepwell.schema.clock import date_number

KINDS = ("buy", "stay", "leave")

BACK = 60
"""Days after something happened within which they are asked about it; later they have forgotten."""

DUE: Mapping[str, int] = {"buy": 30, "stay": 30, "leave": 14}
"""Days after what happened until which the interview is held."""

NEW_DAYS = 90
"""Of so many days newcomers are looked at together; the last of them came so long ago that their interview should be over."""

REASON_DAYS = 14
"""Days after a loss within which its reason is told."""


@dataclass(frozen=True)
class Kit:
    """
    What is said and asked.

    Args:
        opening: Said before the first question.
        questions: In their order.
    """

    opening: str
    questions: tuple[str, ...]


KITS: Mapping[str, Kit] = {
    "buy": Kit(
        "We would like to understand what made you choose us, good and bad. There are no right answers.",
        (
            "What was going on that made you look for something?",
            "Which problem did you want solved, and what did it cost you?",
            "Who took part in the decision, and what mattered to each?",
            "What else did you consider, and what decided it?",
            "What is it worth to you now, in your own words?",
        ),
    ),
    "stay": Kit(
        "You chose us again. We would like to learn why, in your own words.",
        (
            "Why did you renew, buy again or upgrade?",
            "How did you justify it to your procurement or your boss?",
            "Which value have we created for you?",
            "What would have happened if you had not renewed?",
            "Was the renewal in doubt? Which concerns were there, and what eased them?",
        ),
    ),
    "leave": Kit(
        "We do not try to change your mind, and we have nothing to sell today. We only want to learn from what happened.",
        (
            "What led you to leave?",
            "How do you solve it now: yourselves, with another solution, or not at all?",
            "Which analysis did you make, and which factors decided?",
            "What did we do right?",
            "Where could we improve?",
        ),
    ),
}
"""The kits a company begins with. Those of "stay" are asked as they are."""

FIXED = ("stay",)
"""Kinds whose questions nobody changes."""

CODES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "buy": (("problem", "A problem solved"), ("price", "Price"), ("trust", "Trust in us"), ("recommended", "Recommended"),
            ("service", "Service"), ("product", "The product itself"), ("other", "Something else")),
    "stay": (("value", "Value they see"), ("service", "Service"), ("people", "People of ours"), ("price", "Price"),
             ("effort", "Changing is too much effort"), ("no_choice", "No alternative"), ("other", "Something else")),
    "leave": (("competitor", "Competitor"), ("moved or closed", "Moved or closed"), ("not needed", "Not needed"),
              ("service", "Service"), ("quality", "Quality"), ("price", "Price"), ("payment failed", "Payment failed"),
              ("expectations", "Expectations at the sale not met"), ("something else", "Something else")),
}  # fmt: skip
"""Reason codes a company begins with: (code, words). Those of "leave" are the root reasons of the round, and what only a
conversation tells: that what was expected at the sale did not come."""

WENT = ("competitor", "in-house", "no need", "not told")
"""Where somebody who left does it now."""

_OFFERS = (
    "discount", "offer", "special price", "% off", "per cent off", "free month", "voucher", "coupon", "upgrade to", "come back",
    "win you back", "sign up", "renew now", "buy now", "book a demo", "deal for you", "reconsider", "change your mind?",
)  # fmt: skip

_LEADING: tuple[tuple[str, str], ...] = (
    (r"\b(don't|didn't|isn't|wasn't|aren't|wouldn't|won't) (you|it|we|they)\b|\b(do|did|would) you not\b", "it suggests the answer"),
    (r",\s*(right|correct|isn't it|aren't we)\s*\?|\bagree\b", "it asks for agreement"),
    (r"\b(great|excellent|amazing|fantastic|wonderful|terrible|awful|bad|best|our good|unfortunately)\b", "it judges before they do"),
    (r"^(do|did|is|are|was|were|would|will|can|could|have|has) ", "it can be answered by yes or no"),
    (r"\b(because of (the|our|your))\b", "it names the reason itself"),
)  # fmt: skip

_OPEN = re.compile(r"\b(which|what|why|how|who|when|where)\b")


def offers(*texts: str) -> list[str]:
    """Words of an offer in texts, where none may stand; each once, in order."""
    whole = " ".join(texts).lower()
    whole = whole.replace("nothing to sell", "").replace("do not try to change your mind", "")
    return [word for word in _OFFERS if re.search(rf"(?<!\w){re.escape(word)}", whole)]


def leading(question: str) -> list[str]:
    """
    Why a question leads the one who is asked, nothing where it does not.

    A closed question that goes on with an open one ("Was it in doubt? Which concerns …") does not.
    """
    text = question.strip().lower()
    found = [why for pattern, why in _LEADING if re.search(pattern, text)]
    closed = _LEADING[3][1]
    return [why for why in found if why != closed or not _OPEN.search(text.split("?", 1)[-1] or text)]


def checked(questions: Sequence[str]) -> dict[str, list[str]]:
    """Questions that lead, each with why."""
    return {each: why for each in questions if (why := leading(each))}


def bought(facts: Facts, portraits: ir.Table) -> ir.Table:
    """Who became a customer in the last BACK days: customer_id, kind, because, day."""
    day = date_number(portraits.kept_since_on)
    new = portraits.mutate(day=day).filter(_.kept & (_.spells == 1) & (_.day >= facts.today - BACK))
    return _told(new, "buy", "new")


def came(today: int) -> tuple[int, int]:
    """First and last day on which newcomers came who are looked at together, as day numbers."""
    last = today - DUE["buy"] - 1
    return last - NEW_DAYS + 1, last


def newcomers(portraits: ir.Table, today: int) -> ir.Table:
    """Who became a customer for the first time in the days of came() and still is one: customer_id, name, owner, day, value."""
    first, last = came(today)
    told = portraits.mutate(day=date_number(portraits.kept_since_on))
    told = told.filter(_.kept & (_.spells == 1) & (_.day >= first) & (_.day <= last))
    value = ibis.coalesce(told.value_year, told.net.cast("float64"), 0.0)
    return told.select("customer_id", "name", "owner", day=told.day.cast("int32"), value=value)


def stayed(facts: Facts, portraits: ir.Table) -> ir.Table:
    """Who renewed a contract, took a dearer one, or bought for the second time in the last BACK days: as bought()."""
    return ibis.union(_renewed(facts), _upgraded(facts), _again(facts, portraits))


def left(facts: Facts, losses: ir.Table) -> ir.Table:
    """
    Who was lost in the last BACK days: as bought().

    Args:
        facts: The tables.
        losses: What the round kept of losses: customer_id, left_on.
    """
    gone = losses.mutate(day=date_number(losses.left_on)).filter(_.day >= facts.today - BACK)
    return _told(gone, "leave", "lost")


def _renewed(facts: Facts) -> ir.Table:
    """The renewal before the next one is a quarter or a year earlier; it counts where the contract ran before it."""
    running = facts.stretches.filter(_.end_day.isnull() & _.renews_on.notnull() & _.interval.isin(["quarter", "year"]))
    before = ibis.ifelse(
        running.interval == "year",
        running.renews_on - ibis.interval(years=1),
        running.renews_on - ibis.interval(months=3),
    ).cast("date")
    told = running.mutate(day=date_number(before))
    return _told(
        told.filter((_.day > _.start_day) & (_.day < facts.today) & (_.day >= facts.today - BACK)), "stay", "renewed"
    )


def _upgraded(facts: Facts) -> ir.Table:
    """A stretch that begins where a cheaper one of the same customer ended."""
    paid = facts.stretches.filter((_.state == "paid") & (_.mrr > 0))
    began = paid.filter(_.start_day >= facts.today - BACK)
    ended = paid.filter(_.end_day.notnull()).select("customer_id", day="end_day", old="mrr")
    both = began.mutate(day=began.start_day).inner_join(ended, ["customer_id", "day"])
    return _told(both.filter(both.mrr > both.old), "stay", "upgraded")


def _again(facts: Facts, portraits: ir.Table) -> ir.Table:
    again = portraits.mutate(day=date_number(portraits.last_order_on))
    return _told(again.filter((_.orders == 2) & (_.day >= facts.today - BACK)), "stay", "bought again")


def _told(rows: ir.Table, kind: str, because: str) -> ir.Table:
    found = rows.group_by("customer_id").agg(day=rows.day.max().cast("int32"))
    return found.select("customer_id", kind=ibis.literal(kind), because=ibis.literal(because), day="day")
