"""What renews within half a year? The board: the lake's contracts beside what people said of them."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.act.renewals import AHEAD, COLUMNS, NOTABLE, coming, usual_risk
from keepwell.rounds.reading import newest
from keepwell.web.customers.reach import Seen
from keepwell.web.plans.actions import planned
from keepwell.web.renewals.models import Renewal
from keepwell.workspace import Workspace

DECIDED = "decided"
"""The last column: people said how it ended, or the data tell that it does."""

_SAID = {
    "subscription_id": "string",
    "renews_on": "date",
    "assessment": "string",
    "because": "string",
    "outcome": "string",
}


@dataclass(frozen=True)
class Asked:
    """
    What is wanted of the board.

    Args:
        owner: One owner's; "" is everybody's.
        unplanned: Only those without a plan that holds.
        differ: Only those on which system and owner disagree.
        column: One column only, with more of its cards; "" is all of them.
        customer: One customer's only.
    """

    owner: str = ""
    unplanned: bool = False
    differ: bool = False
    column: str = ""
    customer: str = ""


@dataclass(frozen=True)
class Column:
    """
    One column.

    Args:
        name: Days to the renewal, or DECIDED.
        n: Contracts.
        yearly: What those in the currency of the books pay a year.
        foreign: How many are in other currencies.
        cards: The dearest first.
    """

    name: str
    n: int = 0
    yearly: float = 0.0
    foreign: int = 0
    cards: list[dict[str, Any]] = field(default_factory=list)

    @property
    def days(self) -> str:
        """Days to the renewal as people write them: from the nearer to the farther."""
        return "{}–{}".format(*COLUMNS[self.name]) if self.name in COLUMNS else ""


@dataclass(frozen=True)
class Board:
    """
    The board of one morning.

    Args:
        morning: Which.
        currency: Of the books.
        columns: In order.
        owners: Of the renewals that are seen.
        usual: The risk of all customers together, None where no risk is known.
        unplanned: Renewals without a plan that holds, among all that are seen.
    """

    morning: date
    currency: str
    columns: list[Column]
    owners: list[str]
    usual: float | None
    unplanned: int


def board(opened: Workspace, whose: Seen, asked: Asked, *, page: int = 1, limit: int = 12) -> Board:
    """
    The renewals a person sees.

    Args:
        opened: The company.
        whose: The customers that are seen.
        asked: What is wanted.
        page: Which part of each column, counted from one; past the end the last.
        limit: Cards of a column on one page.

    Raises:
        ModelError: No round was taken.
    """
    morning = newest(opened)
    portraits = opened.lake.result(opened.lake.kept(morning)["portraits"])
    usual = opened.run(usual_risk(portraits))["usual"].iloc[0]
    usual = None if usual is None or usual != usual else float(usual)  # noqa: PLR0124  NaN is not equal to itself
    seen = _told(opened, whose.of(portraits), morning, usual)
    head = opened.run(seen.group_by("owner").agg(missing=_missing(seen).sum().fill_null(0)).order_by("owner"))
    told = _summed(_narrowed(seen, asked), opened.settings.currency)
    told = told.mutate(first=ibis.least(page - 1, (told.column_n - 1) // limit) * limit)
    cards = opened.run(told.filter(_.rank >= _.first, _.rank < _.first + limit).order_by("place", "rank"))
    owners = [str(name) for name in head["owner"].dropna()]
    return Board(morning, opened.settings.currency, _columns(cards, asked), owners, usual, int(head["missing"].sum()))


def unplanned(opened: Workspace, whose: Seen) -> int:
    """
    How many renewals one sees have no plan that holds, and are not decided.

    Raises:
        ModelError: No round was taken.
    """
    morning = newest(opened)
    portraits = opened.lake.result(opened.lake.kept(morning)["portraits"])
    told = _told(opened, whose.of(portraits), morning, None)
    return int(opened.run(told.agg(n=_missing(told).sum().fill_null(0)))["n"].iloc[0])


def _missing(table: ir.Table) -> ir.BooleanValue:
    """Whether a plan is missing: none holds, and it is not decided yet."""
    return ~table.planned & (table.place != DECIDED)


def _summed(found: ir.Table, currency: str) -> ir.Table:
    """Every card with its rank in its column, and what the column comes to."""
    whole, ours = ibis.window(group_by="place"), found.currency == currency
    order = ibis.row_number().over(group_by="place", order_by=[ibis.desc("yearly"), "customer_id", "subscription_id"])
    return found.mutate(
        rank=order, column_n=found.customer_id.count().over(whole), column_foreign=(~ours).sum().over(whole),
        column_yearly=ibis.ifelse(ours, found.yearly, 0.0).sum().over(whole),
    )  # fmt: skip


def _told(opened: Workspace, people: ir.Table, morning: date, usual: float | None) -> ir.Table:
    """Every renewal that is seen, with its column, what both think of it, and whether a plan holds."""
    who = people.select("customer_id", "name", "owner", "risk", "reason_1")
    told = coming(opened.facts(as_of=morning)).inner_join(who, "customer_id")
    told = told.left_join(_said(morning), ["subscription_id", "renews_on"], rname="{name}_said")
    plans = ibis.memtable(
        {"customer_id": sorted(planned(morning)) or [""]}, schema=ibis.schema({"customer_id": "string"})
    )
    told = told.left_join(plans, "customer_id", rname="{name}_plan")
    decided = (told.outcome.fill_null("") != "") | told.leaving.fill_null(False)
    place = ibis.cases(
        *((told.days >= first, name) for name, (first, _last) in COLUMNS.items()), else_=list(COLUMNS)[-1]
    )
    risky = (told.risk >= NOTABLE * usual) if usual is not None else ibis.null("boolean")
    own = told.assessment.fill_null("")
    return told.mutate(
        place=ibis.ifelse(decided, DECIDED, place), planned=told.customer_id_plan.notnull(), risky=risky,
        differ=((risky & (own == "likely")) | (~risky & (own == "unlikely"))).fill_null(False),
    ).select(
        "customer_id", "subscription_id", "name", "owner", "plan", "renews_on", "days", "yearly", "currency", "risk", "reason_1", "risky",
        "assessment", "because", "outcome", "leaving", "differ", "planned", "place",
    )  # fmt: skip


def _said(morning: date) -> ir.Table:
    kept = Renewal.objects.filter(renews_on__gte=morning, renews_on__lte=morning + timedelta(days=AHEAD))
    frame = pd.DataFrame.from_records(kept.values_list(*_SAID), columns=list(_SAID))
    return ibis.memtable(frame, schema=ibis.schema(_SAID))


def _narrowed(table: ir.Table, asked: Asked) -> ir.Table:
    if asked.owner:
        table = table.filter(table.owner == asked.owner)
    if asked.unplanned:
        table = table.filter(_missing(table))
    if asked.differ:
        table = table.filter(table.differ)
    if asked.column:
        table = table.filter(table.place == asked.column)
    if asked.customer:
        table = table.filter(table.customer_id == asked.customer)
    return table


def _columns(cards: pd.DataFrame, asked: Asked) -> list[Column]:
    made = []
    for name in [asked.column] if asked.column else [*COLUMNS, DECIDED]:
        own = [_plain(row) for row in cards[cards["place"] == name].to_dict("records")]
        first = own[0] if own else {"column_n": 0, "column_yearly": 0.0, "column_foreign": 0}
        made.append(
            Column(name, int(first["column_n"]), float(first["column_yearly"]), int(first["column_foreign"]), own)
        )
    return made


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    """A card's figures; what is not known is None."""
    return {str(name): None if pd.isna(value) else value for name, value in row.items()}
