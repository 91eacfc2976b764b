"""Why turn to a customer this morning? Every reason with its evidence, one row per customer and reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.act.wording import known, money, number, share, together
from keepwell.measure.buyers import own_money
from keepwell.measure.facts import Facts
from keepwell.schema.clock import date_number, day_of
from keepwell.tongue import gettext, gettext_noop, ngettext
from keepwell.understand.offers import open_issues

Group = Literal["keep", "answer", "give", "thank"]
GROUPS: dict[Group, str] = {
    "keep": gettext_noop("Renewals and risk"),
    "answer": gettext_noop("People waiting for us"),
    "give": gettext_noop("Something to give"),
    "thank": gettext_noop("Thanks"),
}
"""What reasons are about, in the order in which they are turned to."""

EVIDENCE = {
    "customer_id": "string", "reason": "string", "weight": "float64",
    "amount": "float64", "chance": "float64", "days": "int64", "usual": "float64", "what": "string",
}  # fmt: skip
"""Columns of every reason: weight orders rows of a group; what is not known, or means nothing there, is null."""

LACKED = {
    "touches": "contacts are", "answers": "answers are", "events": "tickets are", "orders": "orders are",
    "subscriptions": "contracts are", "portraits": "portraits are", "risk": "risk is", "satisfied_but_silent": "silence is",
    "paying_and_ignored": "neglect is", "same_package": "age of a package is",
}  # fmt: skip
"""What a reason may need, in words that begin with No."""

AHEAD = 60
"""Days before a renewal at which it is turned to."""

WAITING, RECENT, BIRTHDAY = 30, 7, 7
"""Days back within which a letter still waits; since a first order that deserves thanks; ahead of a birthday."""

UPSET = 90
"""Days for which a bad answer waits for us: after a quarter of a year nobody expects to be called about it."""

_NOTABLE = 2.0
"""A risk so many times that of all customers together is notable."""

_TIMES, _LEAST_SILENCE, _FEWEST_ORDERS = 2, 14, 4
"""Silence breaks a rhythm after so many times the usual gap, and so many days; from so many orders on there is one."""


@dataclass(frozen=True)
class Seen:
    """
    What reasons look at.

    Args:
        facts: The tables as known on the morning.
        found: What the round of the morning kept: name of a step -> its table.
        refused: Steps that had nothing to tell, and tables nothing was ever brought into: name -> why, as a sentence.
    """

    facts: Facts
    found: Mapping[str, ir.Table]
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reason:
    """
    One reason to turn to a customer.

    Args:
        id: Its name everywhere.
        group: What it is about.
        name: What people call it, in English; said in the reader's language where it is read, as
        step: what may be done next.
        needs: Canonical tables, or steps of the round, without which nothing is known of it.
        rows: One row per customer who has it, in the columns of EVIDENCE.
        words: One row in words, with the customer's own numbers; the second argument is the company's currency.
    """

    id: str
    group: Group
    name: str
    step: str
    needs: tuple[str, ...]
    rows: Callable[[Seen], ir.Table]
    words: Callable[[Mapping[str, Any], str], str]

    def missing(self, seen: Seen) -> list[str]:
        """Why nothing is known of it: a sentence for each thing it needs and the company does not have."""
        there = (seen.facts.tables.keys() | seen.found.keys()) - seen.refused.keys()
        told = [
            seen.refused.get(name) or f"No {LACKED.get(name, name)} known." for name in self.needs if name not in there
        ]
        return [why for why in dict.fromkeys(told) if not any(why in other for other in told if other != why)]


def _evidence(table: ir.Table, reason: str, **told: Any) -> ir.Table:
    """The table's customers in the columns of EVIDENCE."""
    given = {"reason": ibis.literal(reason), **told}
    columns = {
        name: given[name].cast(kind) if name in given else ibis.null(kind)
        for name, kind in EVIDENCE.items()
        if name != "customer_id"
    }
    return table.select("customer_id", **columns)


def _risk(seen: Seen) -> ir.Table:
    """Who may leave, with a notable risk: ordered by what is at stake, the year's value times the chance to lose it."""
    people = seen.found["portraits"].filter(_.risk.notnull())
    whole = people.agg(usual=_.risk.mean())
    table = people.cross_join(whole).filter(lambda t: t.risk >= _NOTABLE * t.usual)
    stake = table.value_year.fill_null(0.0) * table.risk
    return _evidence(
        table,
        "risk",
        weight=stake,
        amount=table.value_year,
        chance=table.risk,
        usual=table.usual,
        what=table.reason_1 if "reason_1" in table.columns else ibis.null("string"),
    )


def _quiet(seen: Seen) -> ir.Table:
    """
    Who still is a customer, has a rhythm of orders and is silent for twice as long, where their risk is not known.

    The rule stands in for a risk nobody could learn (too few of them left, orders alone): by what the coming year would bring, or did.
    """
    people = seen.found["portraits"].filter(_.kept & _.risk.isnull() & (_.orders >= _FEWEST_ORDERS))
    people = people.mutate(
        gap=people.gap_days.cast("float64"), ago=seen.facts.today - date_number(people.last_order_on)
    )
    silent = people.filter((_.ago > _TIMES * _.gap) & (_.ago > _LEAST_SILENCE))
    year = silent.value_year.fill_null(0.0)
    weight = ibis.ifelse(year > 0, year, silent.net.cast("float64").fill_null(0.0))
    return _evidence(silent, "quiet", weight=weight, amount=silent.value_year, days=silent.ago, usual=silent.gap)


def _renewals(seen: Seen) -> ir.Table:
    """Contracts of a quarter or longer whose next renewal is near, by what they pay a year."""
    facts = seen.facts
    running = facts.stretches.filter(_.end_day.isnull() & _.renews_on.notnull() & (_.mrr > 0))
    running = running.filter(_.interval.isin(["quarter", "year"])).mutate(day=date_number(_.renews_on))
    near = running.filter((_.day >= facts.today) & (_.day < facts.today + AHEAD))
    first = near.group_by("customer_id").agg(day=_.day.min(), mrr=_.mrr.sum(), plan=_.plan.min())
    yearly = first.mrr.cast("float64") * 12
    return _evidence(first, "renewal", weight=yearly, amount=yearly, days=first.day - facts.today, what=first.plan)


def _waits_for_help(seen: Seen) -> ir.Table:
    """Tickets and complaints nobody has solved, the oldest first."""
    return _issues(seen, "open ticket", "ticket")


def _unhappy(seen: Seen) -> ir.Table:
    """Whose last answer was a bad one, given within UPSET days, the oldest first."""
    return _issues(seen, "unhappy answer", "unhappy").filter(_.days <= UPSET)


def _issues(seen: Seen, issue: str, reason: str) -> ir.Table:
    open_ = open_issues(seen.facts).filter(_.issue == issue)
    told = open_.group_by("customer_id").agg(day=_.since_day.min(), usual=_.count())
    days = seen.facts.today - told.day
    return _evidence(told, reason, weight=days, days=days, usual=told.usual)


def _unanswered(seen: Seen) -> ir.Table:
    """Who wrote or called, and has heard of no person of ours since; the oldest first."""
    facts = seen.facts
    touches = facts.read("touches")
    touches = touches.mutate(day=facts.day(touches.touched_at)).filter(_.day < facts.today)
    theirs, ours = touches.direction == "in", (touches.direction == "out") & touches.human.fill_null(True)
    told = touches.group_by("customer_id").agg(
        asked=touches.touched_at.max(where=theirs),
        answered=touches.touched_at.max(where=ours),
        day=touches.day.max(where=theirs),
        what=touches.subject.argmax(touches.touched_at, where=theirs),
    )
    waiting = told.filter(told.asked.notnull() & (told.answered.isnull() | (told.answered < told.asked)))
    waiting = waiting.filter(_.day >= facts.today - WAITING)
    days = facts.today - waiting.day
    return _evidence(waiting, "unanswered", weight=days, days=days, what=waiting.what)


def _silent(seen: Seen) -> ir.Table:
    """Who likes us and has stopped buying."""
    table = _valued(seen, "satisfied_but_silent")
    days = ibis.coalesce(table.ordered_days, table.used_days)
    usual = ibis.ifelse(table.ordered_days.notnull(), table.order_gap_days, table.use_gap_days)
    said = table.score.cast("int64").cast("string") + " (" + table.question + ")"
    return _evidence(table, "silent", weight=table.value, days=days, usual=usual, what=said)


def _unchanged(seen: Seen) -> ir.Table:
    """Who has had the same package beyond the alarm."""
    table = _valued(seen, "same_package").filter(_.stage == "alarm")
    return _evidence(table, "same_package", weight=table.value, days=table.months, what=table.plan)


def _ignored(seen: Seen) -> ir.Table:
    """Who pays and hears from no person of ours."""
    table = _valued(seen, "paying_and_ignored")
    return _evidence(table, "ignored", weight=table.value, days=table.contacted_days)


def _valued(seen: Seen, step: str) -> ir.Table:
    """A list of the round with what the coming year brings beside it: value."""
    worth = seen.found["portraits"].select("customer_id", value=_.value_year.fill_null(0.0))
    return seen.found[step].inner_join(worth, "customer_id")


def _birthdays(seen: Seen) -> ir.Table:
    """Whose birthday is today or in the next days; the 29th of February is kept on the 28th where there is none."""
    people = seen.found["portraits"].filter(_.birthday.notnull() & _.kept)
    days = [seen.facts.today + ahead for ahead in range(BIRTHDAY)]
    told = ibis.cases(
        *((_born_on(people.birthday, day), day - seen.facts.today) for day in days), else_=ibis.null("int64")
    )
    near = people.mutate(ahead=told).filter(_.ahead.notnull())
    return _evidence(near, "birthday", weight=near.value_year.fill_null(0.0), days=near.ahead)


def _born_on(birthday: ir.DateValue, day: int) -> ir.BooleanValue:
    """Whether the birthday is kept on that day number."""
    shown, after = day_of(day), day_of(day + 1)
    same = (birthday.month() == shown.month) & (birthday.day() == shown.day)
    if (shown.day, after.month) != (28, 3):
        return same
    return same | ((birthday.month() == 2) & (birthday.day() == 29))


def _welcome(seen: Seen) -> ir.Table:
    """Whose first order was in the last days."""
    people = seen.found["portraits"].filter(_.orders > 0)
    days = seen.facts.today - date_number(people.first_order_on)
    new = people.mutate(ago=days).filter(_.ago <= RECENT)
    new = new.left_join(_first_orders(seen.facts), "customer_id").drop("customer_id_right")
    return _evidence(new, "welcome", weight=new.net.cast("float64"), days=new.ago, amount=new.amount)


def _first_orders(facts: Facts) -> ir.Table:
    """What each customer's first order brought, in the company's currency (null: without a rate); one day's are one where the company merges them."""
    bought = own_money(facts.purchases, "net", facts)
    bought = bought.mutate(at=bought.day if facts.company.merge_same_day_orders else bought.ordered_at)
    begun = bought.group_by("customer_id").agg(begun=_.at.min())
    first = bought.join(begun, "customer_id").filter(_.at == _.begun)
    money = ibis.ifelse(first.home, first.money.cast("float64"), ibis.null("float64"))
    return (
        first.mutate(told=money)
        .group_by("customer_id")
        .agg(amount=ibis.ifelse(_.told.count() == _.count(), _.told.sum(), ibis.null("float64")))
    )


def _risk_said(row: Mapping[str, Any], currency: str) -> str:
    chance = gettext("%(chance)s chance of leaving within 90 days (all customers: %(usual)s).")
    stake = gettext("%(money)s of the coming year at stake.") if known(row["amount"]) else ""
    return together((
        chance % {"chance": share(row["chance"]), "usual": share(row["usual"], 1)},
        stake and stake % {"money": money(row["amount"], currency)},
        row["what"] if known(row["what"]) else "",
        gettext("Effect unproven."),
    ))  # fmt: skip


def _quiet_said(row: Mapping[str, Any], currency: str) -> str:
    silent = ngettext("Silent for %(n)s day.", "Silent for %(n)s days.", int(row["days"]))
    expected = gettext("%(money)s expected of the coming year.") if known(row["amount"]) else ""
    return together((
        silent % {"n": number(row["days"])},
        _usually(row["usual"]),
        expected and expected % {"money": money(row["amount"], currency)},
    ))  # fmt: skip


def _usually(gap: Any) -> str:
    """A rhythm; nothing where none is known."""
    if not known(gap):
        return ""
    whole = round(gap)
    return ngettext("Usually every %(n)s day.", "Usually every %(n)s days.", whole) % {"n": number(whole)}


def _renewal_said(row: Mapping[str, Any], currency: str) -> str:
    told = {
        "plan": row["what"] if known(row["what"]) else gettext("The contract"),
        "money": money(row["amount"], currency),
        "n": number(row["days"]),
    }
    if row["days"] == 0:
        return gettext("%(plan)s renews today; %(money)s a year.") % told
    ahead = ngettext(
        "%(plan)s renews in %(n)s day; %(money)s a year.",
        "%(plan)s renews in %(n)s days; %(money)s a year.",
        int(row["days"]),
    )
    return ahead % told


def _ticket_said(row: Mapping[str, Any], _currency: str) -> str:
    told = {"n": number(row["days"]), "times": number(row["usual"])}
    once = ngettext(
        "Asked for help %(n)s day ago; not solved yet.",
        "Asked for help %(n)s days ago; not solved yet.",
        int(row["days"]),
    )
    often = ngettext(
        "Asked for help on %(times)s days, first %(n)s day ago; not solved yet.",
        "Asked for help on %(times)s days, first %(n)s days ago; not solved yet.",
        int(row["days"]),
    )
    return (often if row["usual"] > 1 else once) % told


def _unhappy_said(row: Mapping[str, Any], _currency: str) -> str:
    told = ngettext(
        "Was unhappy when asked %(n)s day ago, and has not been asked since.",
        "Was unhappy when asked %(n)s days ago, and has not been asked since.",
        int(row["days"]),
    )
    return told % {"n": number(row["days"])}


def _unanswered_said(row: Mapping[str, Any], _currency: str) -> str:
    wrote = ngettext(
        "Wrote or called %(n)s day ago; no person of ours has answered since.",
        "Wrote or called %(n)s days ago; no person of ours has answered since.",
        int(row["days"]),
    )
    about = ngettext(
        "Wrote or called %(n)s day ago about “%(subject)s”; no person of ours has answered since.",
        "Wrote or called %(n)s days ago about “%(subject)s”; no person of ours has answered since.",
        int(row["days"]),
    )
    return (about if known(row["what"]) else wrote) % {"n": number(row["days"]), "subject": row["what"]}


def _silent_said(row: Mapping[str, Any], _currency: str) -> str:
    told = ngettext(
        "Answered %(answer)s, then silent for %(n)s day.",
        "Answered %(answer)s, then silent for %(n)s days.",
        int(row["days"]),
    )
    return together((told % {"answer": row["what"], "n": number(row["days"])}, _usually(row["usual"])))


def _unchanged_said(row: Mapping[str, Any], _currency: str) -> str:
    told = ngettext(
        "%(plan)s for %(n)s month, and nothing new.", "%(plan)s for %(n)s months, and nothing new.", int(row["days"])
    )
    plan = row["what"] if known(row["what"]) else gettext("The same package")
    return told % {"plan": plan, "n": number(int(row["days"]))}


def _ignored_said(row: Mapping[str, Any], _currency: str) -> str:
    if not known(row["days"]):
        return gettext("Pays, and no contact by a person of ours is known.")
    told = ngettext(
        "Pays, and no person of ours was in touch for %(n)s day.",
        "Pays, and no person of ours was in touch for %(n)s days.",
        int(row["days"]),
    )
    return told % {"n": number(row["days"])}


def _birthday_said(row: Mapping[str, Any], _currency: str) -> str:
    if row["days"] == 0:
        return gettext("Birthday today.")
    return ngettext("Birthday in %(n)s day.", "Birthday in %(n)s days.", int(row["days"])) % {"n": number(row["days"])}


def _welcome_said(row: Mapping[str, Any], currency: str) -> str:
    if not known(row["amount"]):
        told = ngettext("First order %(n)s day ago.", "First order %(n)s days ago.", int(row["days"]))
        return told % {"n": number(row["days"])}
    told = ngettext("First order %(n)s day ago, %(money)s.", "First order %(n)s days ago, %(money)s.", int(row["days"]))
    return told % {"n": number(row["days"]), "money": money(row["amount"], currency, cents=True)}


REASONS: dict[str, Reason] = {
    each.id: each
    for each in (
        Reason("renewal", "keep", gettext_noop("Renewal"), gettext_noop("Prepare the renewal"), ("subscriptions",), _renewals, _renewal_said),
        Reason("risk", "keep", gettext_noop("May leave"), gettext_noop("Call and ask"), ("portraits", "risk"), _risk, _risk_said),
        Reason("quiet", "keep", gettext_noop("Silent beyond their rhythm"), gettext_noop("Call and ask"), ("portraits", "orders"), _quiet, _quiet_said),
        Reason("ticket", "answer", gettext_noop("Waits for help"), gettext_noop("Answer"), ("events",), _waits_for_help, _ticket_said),
        Reason("unhappy", "answer", gettext_noop("Unhappy"), gettext_noop("Ask what went wrong"), ("answers",), _unhappy, _unhappy_said),
        Reason("unanswered", "answer", gettext_noop("Waits for an answer"), gettext_noop("Answer"), ("touches",), _unanswered, _unanswered_said),
        Reason("silent", "give", gettext_noop("Satisfied but silent"), gettext_noop("Write with something of value"),
               ("portraits", "satisfied_but_silent", "answers"), _silent, _silent_said),
        Reason("same_package", "give", gettext_noop("Nothing new for long"), gettext_noop("Show something new"),
               ("portraits", "same_package", "subscriptions"), _unchanged, _unchanged_said),
        Reason("ignored", "give", gettext_noop("Paying and ignored"), gettext_noop("Get in touch"),
               ("portraits", "paying_and_ignored", "touches"), _ignored, _ignored_said),
        Reason("birthday", "give", gettext_noop("Birthday"), gettext_noop("Send a card"), ("portraits",), _birthdays, _birthday_said),
        Reason("welcome", "thank", gettext_noop("New customer"), gettext_noop("Say thank you"), ("portraits", "orders"), _welcome, _welcome_said),
    )
}  # fmt: skip
"""Every reason by its id."""
