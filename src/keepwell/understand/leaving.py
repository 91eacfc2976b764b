"""Why do customers leave? Root reasons from codes and words, with how many told none, and whether a reason grows."""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.errors import ModelError
from keepwell.measure.deals import wilson
from keepwell.measure.facts import Facts
from keepwell.measure.periods import Periods
from keepwell.measure.spells import active_by, endings, spells, window_days
from keepwell.understand.leaving_denials import patterns
from keepwell.understand.leaving_words import WORDS
from keepwell.understand.shares import LEVEL, chance_of, difference, holm

UNKNOWN, OTHER = "not known", "something else"
"""Nobody told a reason; or one was told that no word of the table understands."""

TOUCHPOINTS = ("leaving", "exit", "cancellation", "cancel", "offboarding", "churn", "why leave")
"""Touchpoints, or questions, at which an answer is about leaving whatever it says."""

BEFORE, AFTER = 90, 90
"""Days before they were last active and after they had left within which customers tell why."""

OVERDUE = 14
"""Days after which a loss should have its reason."""

_FAILED = "payment failed"
_UNHAPPY = {"nps": 6, "csat": 2}
_EVIDENCE = ("code of the cancellation", "code of an answer", "answer about leaving", "unhappy answer", "payment")
"""Where a reason was found, the most telling first."""

Words = Mapping[str, Sequence[str]]


def losses(facts: Facts, words: Words = WORDS) -> ir.Table:
    """
    Every customer lost before as_of, with the root reason.

    Codes come before words, and what was said about leaving before what unhappy customers said of something else; of two equally
    telling ones the later counts. A reason found nowhere is null: it is not known, which is no reason.

    Args:
        facts: The tables.
        words: Root reason -> words it is known by, see leaving_words.

    Returns:
        Columns customer_id, left_day, root (null: not known), evidence (where it was found), told (the words themselves).

    Raises:
        ModelError: A word of the table has other signs than letters, digits and blanks.
    """
    left = spells(facts).filter(_.end_day.notnull()).select("customer_id", left_day="end_day")
    said = _said(facts)
    known = said.mutate(root=root_of(said.told, words))
    forced = known.root.fill_null(ibis.ifelse(known.rank <= 2, OTHER, ibis.null("string")))
    known = known.mutate(root=forced).filter(_.root.notnull()).union(_unpaid(facts))
    lag = 0 if active_by(facts) == "subscription" else window_days(facts)
    pairs = left.join(known, "customer_id")
    near = pairs.filter((pairs.day >= pairs.left_day - lag - BEFORE) & (pairs.day <= pairs.left_day + AFTER))
    best = ibis.row_number().over(
        group_by=["customer_id", "left_day"], order_by=["rank", ibis.desc("day"), "root", "told"]
    )
    found = near.mutate(place=best).filter(_.place == 0)
    both = left.left_join(found, ["customer_id", "left_day"])
    evidence = ibis.cases(*((both["rank"] == n, name) for n, name in enumerate(_EVIDENCE)), else_=ibis.null("string"))
    return both.select("customer_id", "left_day", "root", evidence=evidence, told=both.told)


def root_of(text: ir.StringValue, words: Words = WORDS) -> ir.StringValue:
    """
    The first root reason one of whose words a text has, unless it is denied there; null where none has.

    Args:
        text: A code or free text, in any of the languages of the table.
        words: Root reason -> words.

    Raises:
        ModelError: A word has other signs than letters, digits and blanks.
    """
    rules = {root: _pattern(root, known) for root, known in words.items() if known}
    if not rules:
        return ibis.null("string")
    # A denial reaches to the end of its sentence, so its stops are kept until denials are cut out.
    apart = text.lower().re_replace(_STOPS, " ; ").re_replace(_BREAKS, "  ")
    left = ibis.literal(" ") + apart + " "
    for denied in patterns(word.lower() for known in words.values() for word in known):
        left = left.re_replace(denied, " ; ")
    plain = left.re_replace("[; ]+", " ")
    return ibis.cases(*((plain.re_search(sought), root) for root, sought in rules.items()), else_=ibis.null("string"))


_STOPS = "[.,;:!?。，、；：！？…]+"
_BREAKS = "[-()/_'\"’\\s]+"


def _pattern(root: str, words: Sequence[str]) -> str:
    for word in words:
        if not word.strip() or not word.replace(" ", "").isalnum():
            raise ModelError(
                f"{word!r} cannot be looked for as a sign of {root!r}.",
                "A word has letters, digits and blanks only; a text's other signs are read as blanks.",
                "Write it without the other signs.",
            )
    return "|".join(map(_sought, words))


def _sought(word: str) -> str:
    """At the start of a word; short ones as a whole word; signs such as Chinese ones anywhere."""
    if ord(word[0]) > 0x2E80:
        return word
    return f" {word.lower()} " if len(word) <= 4 else f" {word.lower()}"


def _said(facts: Facts) -> ir.Table:
    """Whatever may be a reason: columns customer_id, day, rank (a place in _EVIDENCE), told."""
    answers = facts.read("answers")
    given = answers.mutate(day=facts.day(answers.answered_at)).filter(_.day < facts.today)
    about = given.touchpoint.lower().isin(TOUCHPOINTS) | given.question.lower().isin(TOUCHPOINTS)
    unhappy = ibis.or_(*((given.question == name) & (given.score <= most) for name, most in _UNHAPPY.items()))
    parts = [
        _cancelled(facts),
        _told(given.filter((about | unhappy).fill_null(False)), "code", 1),
        _told(given.filter(about.fill_null(False)), "text", 2),
        _told(given.filter(unhappy.fill_null(False) & ~about.fill_null(False)), "text", 3),
    ]
    return ibis.union(*parts)


def _told(table: ir.Table, column: str, rank: int) -> ir.Table:
    whole = table.filter(table[column].notnull() & (table[column] != ""))
    return whole.select("customer_id", "day", rank=ibis.literal(rank, "int32"), told=whole[column])


def _cancelled(facts: Facts) -> ir.Table:
    """Codes of cancellations, on the last day of the stretch they ended."""
    return _told(facts.stretches.filter(_.end_day.notnull()).mutate(day=_.end_day), "cancel_reason", 0)


def _unpaid(facts: Facts) -> ir.Table:
    """Ends of service because a payment failed, whatever was or was not said: columns as in losses, before they are ranked."""
    ended = endings(facts).filter(_.involuntary == 1)
    rank = ibis.literal(len(_EVIDENCE) - 1, "int32")
    return ended.select(
        "customer_id", day="end_day", rank=rank, told=ibis.null("string"), root=ibis.literal(_FAILED)
    )  # fmt: skip


def counted(lost: ir.Table, periods: Periods) -> ir.Table:
    """
    How many were lost in each period, by reason.

    Args:
        lost: What losses() gave.
        periods: By the day they were lost.

    Returns:
        Columns period, root (UNKNOWN where it is), customers.
    """
    placed = lost.mutate(period=periods.place(lost.left_day), root=lost.root.fill_null(UNKNOWN))
    return (
        placed.filter(placed.period.notnull())
        .group_by("period", "root")
        .agg(customers=_.count())
        .order_by("period", "root")
    )


def overdue(facts: Facts, lost: ir.Table) -> ir.BooleanColumn:
    """Whether a loss is OVERDUE days old or more and still has no reason, row by row of losses()."""
    return lost.root.isnull() & (lost.left_day <= facts.today - OVERDUE)


def reasons(frame: pd.DataFrame, periods: Periods) -> pd.DataFrame:
    """
    Each reason's share of the losses, and whether it grows.

    Args:
        frame: What counted() counted.
        periods: As it was counted; the trend compares their later half with the earlier one.

    Returns:
        A row per root reason, the most frequent first and UNKNOWN always, last: customers, share (of all losses), low, high (95 %),
        share_of_known (NaN for UNKNOWN), earlier, later (customers of each half), change, change_low, change_high (of the share), chance
        (that the change is none, after Holm; NaN where too few), trend ("growing", "shrinking", "steady", "too few to tell").
    """
    half = len(periods) // 2
    late = frame[frame["period"] >= half].groupby("root")["customers"].sum()
    early = frame[frame["period"] < half].groupby("root")["customers"].sum()
    roots = sorted({*frame["root"], UNKNOWN})
    whole = (int(early.sum()), int(late.sum()))
    rows = [
        _reason(
            root,
            (int(early.get(root, 0)), int(late.get(root, 0))),
            whole,
            int(early.get(UNKNOWN, 0) + late.get(UNKNOWN, 0)),
        )
        for root in roots
    ]
    told = pd.DataFrame(rows)
    told["chance"] = holm(told["chance"].tolist())
    told["trend"] = [_trend(chance, change) for chance, change in zip(told["chance"], told["change"], strict=True)]
    last = told["root"] == UNKNOWN
    return (
        told.assign(_last=last)
        .sort_values(["_last", "customers", "root"], ascending=[True, False, True], ignore_index=True)
        .drop(columns="_last")
    )


def _reason(root: str, halves: tuple[int, int], whole: tuple[int, int], unknown: int) -> dict[str, object]:
    early, late = halves
    everybody, known = sum(whole), sum(whole) - unknown
    low, high = wilson(early + late, everybody)
    change, change_low, change_high = difference(late, whole[1], early, whole[0])
    nothing = float("nan")
    return {
        "root": root, "customers": early + late, "share": (early + late) / everybody if everybody else nothing, "low": low, "high": high,
        "share_of_known": (early + late) / known if known and root != UNKNOWN else nothing,
        "earlier": early, "later": late, "change": change, "change_low": change_low, "change_high": change_high,
        "chance": chance_of(late, whole[1], early, whole[0]),
    }  # fmt: skip


def _trend(chance: float, change: float) -> str:
    if pd.isna(chance):
        return "too few to tell"
    return "steady" if chance >= LEVEL else "growing" if change > 0 else "shrinking"


def sentences(told: pd.DataFrame) -> list[str]:
    """
    The reasons in words, how many are not known among them.

    Args:
        told: What reasons() told.
    """
    whole = int(told["customers"].sum())
    if not whole:
        return ["Nobody was lost in these periods."]
    return [_sentence(row, whole) for _place, row in told.iterrows()]


def _sentence(row: pd.Series, whole: int) -> str:
    name = "The reason is not known" if row["root"] == UNKNOWN else str(row["root"]).capitalize()
    trend = (
        ""
        if row["trend"] in ("steady", "too few to tell")
        else f", {row['trend']}: {int(row['earlier']):,} in the earlier half, {int(row['later']):,} in the later"
    )
    return f"{name}: {int(row['customers']):,} of {whole:,} lost ({row['share']:.0%}, {row['low']:.0%} to {row['high']:.0%}){trend}."
