"""Which plays hold beside all others? One sentence, and a table in which luck is taken off."""

import math
from collections.abc import Sequence

from keepwell.charts.words import NOTHING, many, number, percent
from keepwell.experiments.portfolio import FALSE, Ranked
from keepwell.prove.look_words import interval, size
from keepwell.report.parts import Table


def told(found: Sequence[Ranked]) -> list[str]:
    """
    What may be said of all plays together; nothing where fewer than two were looked at.

    Args:
        found: As experiments.portfolio told them.
    """
    if len(found) < 2:
        return []
    good = [_named(one) for one in found if one.holds and one.better and not one.harm]
    mixed = [f"{_named(one)} ({one.harm})" for one in found if one.holds and one.better and one.harm]
    bad = [_named(one) for one in found if one.holds and not one.better]
    said = [
        f"{many(len(names), 'play is', 'plays are')} shown {words}: {', '.join(names)}"
        for names, words in ((good, "to work"), (mixed, "to work, but to do harm"), (bad, "to do harm"))
        if names
    ]
    whole = "; ".join(said) or "none is shown to change anything"
    sure = f"Of those named at most {percent(FALSE, 0)} are named by chance on average, however many are tried and however often"
    return [
        f"Of {number(len(found))} looked at, all together: {whole}. {sure} they are looked at (Benjamini and Hochberg)."
    ]


def table(found: Sequence[Ranked], currency: str) -> Table | None:
    """
    Every play with its effect as it stands and as it is once the luck of the luckiest is taken off; None below two.

    Args:
        found: As experiments.portfolio told them.
        currency: Of the company.
    """
    if len(found) < 2:
        return None
    rows = tuple(
        (_named(one), one.of, _by(one, size(one.own, one.unit, currency)), _by(one, _drawn(one, currency)), _holds(one))
        for one in found
    )
    note = (
        "Plays that look best were also lucky. Where three or more are told by the same endpoint, each is drawn towards what such "
        "plays usually do, by as much as it is uncertain; with fewer there is nothing to learn that from."
    )
    heads = ("play", "what is compared", "as it stands", "with luck taken off", "holds among all")
    return Table("All plays together", heads, rows, note)


def _named(one: Ranked) -> str:
    return f"{one.name}, {one.arm}"


def _by(one: Ranked, told: str) -> str:
    return told.replace("per head", "per account") if one.of.endswith(", of accounts") else told


def _drawn(one: Ranked, currency: str) -> str:
    if math.isnan(one.drawn):
        return NOTHING
    return f"{size(one.drawn, one.unit, currency)}, {interval(one.unit, one.low, one.high, currency)}"


def _holds(one: Ranked) -> str:
    said = ("better" if one.better else "worse") if one.holds else "not shown"
    return f"{said}, but harm: {one.harm}" if one.harm else said
