"""keepwell expansion: do customers who stay come to pay more or less, and where does that lead?"""

from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from keepwell.charts.words import number, percent
from keepwell.cli.printing import AsJson, Day, Folder, day, opened, say, show_csv, show_json, show_table
from keepwell.errors import ModelError
from keepwell.measure import traits
from keepwell.measure.facts import Facts
from keepwell.understand import expansion as growing
from keepwell.understand.billing import LENGTHS, billed
from keepwell.understand.renewals import ShiftedBetaGeometric
from keepwell.workspace import Workspace

_SEED = 20_260_101
"""Chance starts here, so that the same data give the same path."""


def register(app: typer.Typer) -> None:
    """Add the room's commands."""
    app.command()(expansion)


def expansion(
    workspace: Folder = ".",  # type: ignore[assignment]
    by: Annotated[
        str | None, typer.Option(help="Tell kinds apart by a trait: country, source, first_plan, traits.x …")
    ] = None,
    where: Annotated[str | None, typer.Option(help="Only customers of a segment, such as 'orders >= 3'.")] = None,
    months: Annotated[int, typer.Option(help="How many months the path ahead goes.", min=1, max=120)] = 12,
    as_of: Day = None,
    csv: Annotated[bool, typer.Option("--csv", help="Growth by tenure as CSV on standard output.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell by how much the MRR of customers who stay grows and shrinks a month, by tenure, and the MRR to be expected of them."""
    with opened(workspace) as company:
        facts = company.facts(as_of=day(as_of), where=where)
        grown = _grown(company, facts, by)
        paths, said = ({}, []) if by or grown.empty else _ahead(company, facts, grown, months)
    told = [growing.explain(grown) if len(grown) else "Not enough data: nobody stayed for a month.", *said]
    if as_json:
        show_json({"as_of": facts.as_of, "by": by, "where": where, "told": told, "growth": grown, "path": paths})
    elif csv:
        show_csv(grown)
    else:
        for sentence in told:
            say(sentence)
        if len(grown):
            _show(grown, paths)
            say(
                f"n counts months of customers; fewer than {growing.FEWEST} tell too little. Who leaves is not in it.",
                style="dim",
            )


def _grown(company: Workspace, facts: Facts, by: str | None) -> pd.DataFrame:
    """What rates() tells of all whole months."""
    if by and not traits.named(by) and company.run(traits.trait(facts, by).drop_null("by").limit(1)).empty:
        raise traits.nobody_has(by)
    months = company.periods("month", end=facts.as_of.replace(day=1))
    return growing.rates(company.run(growing.growth(facts, months, by=by)))


def _ahead(
    company: Workspace, facts: Facts, grown: pd.DataFrame, months: int
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """The path of each billing interval by itself, and the sentences."""
    paths, said = {}, []
    for each in LENGTHS:
        if company.run(billed(facts, each).limit(1)).empty:
            continue
        model = ShiftedBetaGeometric(each=each)
        try:
            model.fit(company.run(model.due(facts).cells))
            there = company.run(growing.standing(facts, each))
            told = growing.path(there, grown, model, months=months, chance=np.random.default_rng(_SEED))
        except ModelError as fault:
            said.append(f"By the {each}: {fault}")
            continue
        paths[each] = told
        said += [_sentence(each, part.iloc[0], part.iloc[-1]) for _currency, part in told.groupby("currency")]
    return paths, said


def _sentence(each: str, now: "pd.Series[Any]", then: "pd.Series[Any]") -> str:
    return (
        f"By the {each}: {now['mrr']:,.0f} {now['currency']} a month from {int(now['n']):,} customers now; in {int(then['month'])} months "
        f"{then['mrr']:,.0f} from those of them who stay (90 % interval {then['low']:,.0f} to {then['high']:,.0f}), "
        f"{then['mrr_without_growth']:,.0f} if nobody paid more or less. New customers come on top."
    )


def _show(grown: pd.DataFrame, paths: dict[str, pd.DataFrame]) -> None:
    bands = [_band(row["since"], row["until"]) for row in grown.to_dict("records")]
    columns = [name for name in ("by", "currency", "n", "grew", "shrank") if name in grown]
    shares = [
        "expansion",
        "expansion_low",
        "expansion_high",
        "contraction",
        "contraction_low",
        "contraction_high",
        "net",
    ]
    shown = grown[[*columns, *shares]].astype(dict.fromkeys(shares, "float64"))
    shown.loc[shown["n"] < growing.FEWEST, shares] = np.nan
    shown.insert(len(columns) - 3, "months_of_tenure", bands)
    forms: dict[str, Callable[[Any], str]] = dict.fromkeys(shares, lambda value: percent(value, 2))
    keep = (*columns, "months_of_tenure", "expansion", "contraction", "net")
    show_table(shown, title="\nShares of MRR that come on top, and go, in a month", formats=forms, keep=keep)
    money: dict[str, Callable[[Any], str]] = dict.fromkeys(
        ("customers", "mrr", "low", "high", "mrr_without_growth"), number
    )
    for each, told in paths.items():
        quarters = told[told["month"] % 3 == 0]
        show_table(quarters, title=f"\nMRR to be expected of today's customers billed by the {each}", formats=money)


def _band(since: float, until: float) -> str:
    if since == 0:
        return "all"
    return f"{since:.0f} and more" if np.isnan(until) else f"{since:.0f} to {until - 1:.0f}"
