"""Who lacks something that people write down here? Teams of four, goals, words, plans before renewals and reviews, reasons of losses."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis.expr.types as ir
import pandas as pd
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from keepwell.act.coverage import REVIEW_NEAR, Known, lacking
from keepwell.act.customer import FRESH_DAYS
from keepwell.act.plans import FUNCTIONS, ROLES
from keepwell.errors import ModelError
from keepwell.rounds.reading import newest
from keepwell.schema.clock import day_number
from keepwell.web.base.models import Person
from keepwell.web.base.paging import before
from keepwell.web.board.standing import Gap
from keepwell.web.customers.models import Function, Goal, Seat, Words
from keepwell.web.customers.reach import Seen
from keepwell.web.interviews.register import Losses
from keepwell.web.plans.reviews import blank_before
from keepwell.web.renewals.reading import unplanned
from keepwell.workspace import Workspace

NAMES: dict[str, Any] = {
    "team": gettext_lazy("Top accounts without a team of four"),
    "goal": gettext_lazy("Top accounts without a goal of theirs"),
    "words": gettext_lazy("Nothing said of what we are worth to them"),
    "swot": gettext_lazy("Strengths and weaknesses blank before a review"),
}
"""Gaps with a list of their own here."""

MEANS: dict[str, Any] = {
    "team": gettext_lazy("Somebody of sales, success, marketing and support looks after every top account."),
    "goal": gettext_lazy("Of every top account we know what they want to reach, and by when."),
    "words": gettext_lazy("Customers for 90 days or longer, looked after, who said nothing of it in the last 90 days."),
    "swot": gettext_lazy("Before a quarterly review that is due, or near, the four fields of the plan are filled."),
}


@dataclass(frozen=True)
class Listed:
    """
    Customers of one gap.

    Args:
        n: How many there are.
        rows: customer_id, name, owner, and why; by name.
    """

    n: int
    rows: list[dict[str, Any]]


def gaps(opened: Workspace, me: Person, whose: Seen, lost: Losses | None) -> list[Gap]:
    """
    What is left undone as far as it is written down here, each with its list; nothing before the first round.

    Args:
        opened: The company.
        me: Who looks.
        whose: Customers they see.
        lost: Losses among them, as the register counts them; None before the first round.
    """
    try:
        table, morning = _table(opened, whose), newest(opened)
    except ModelError:
        return []
    sums = {each: table[each].sum().fill_null(0) for each in ("team", "goal", "words")}
    top = table.large.sum().fill_null(0)
    counted = opened.run(table.agg(top=top, kept=table.count(), **sums)).iloc[0]
    of = {"team": (int(counted["top"]), _("top accounts")), "goal": (int(counted["top"]), _("top accounts")),
          "words": (int(counted["kept"]), _("customers"))}  # fmt: skip
    renewals = unplanned(opened, whose)
    return [
        Gap(_("Renewals within half a year without a plan signed by four"), renewals, f"{reverse('renewals')}?plan=missing"),
        *(Gap(str(NAMES[each]), int(counted[each]), _url(each), "", *told) for each, told in of.items()),
        Gap(str(NAMES["swot"]), len(blank_before(opened, me, _near(morning))), _url("swot")),
        *([Gap(_("Losses nobody told the reason of within 14 days"), lost.late, f"{reverse('losses')}?late=1", "", lost.ripe, _("losses"))] if lost else []),
    ]  # fmt: skip


def _url(gap: str) -> str:
    return reverse("board_gap", args=[gap])


def listed(opened: Workspace, me: Person, whose: Seen, gap: str, *, page: int, size: int) -> Listed:
    """
    The customers of one gap.

    Args:
        opened: The company.
        me: Who looks.
        whose: Customers they see.
        gap: One of NAMES.
        page: Counted from one; past the end the last.
        size: Rows of a page.

    Raises:
        ModelError: No round was taken.
    """
    if gap == "swot":
        found = blank_before(opened, me, _near(newest(opened)))
        told = [
            {"customer_id": face.customer_id, "name": face.name, "owner": face.owner, "why": _blank(blank, due)}
            for face, blank, due in found
        ]
        first = before(len(told), page, size)
        return Listed(len(told), told[first : first + size])
    table = _table(opened, whose)
    table = table.filter(table[gap])
    n = int(opened.run(table.agg(n=table.count()))["n"].iloc[0])
    table = table.order_by("name", "customer_id").limit(size, offset=before(n, page, size))
    rows = opened.run(table).to_dict("records")
    return Listed(n, [_row(row, _WHY[gap](row)) for row in rows])


def _near(morning: date) -> date:
    return max(morning, timezone.localdate()) + timedelta(days=REVIEW_NEAR)


def _row(row: dict[Any, Any], why: str) -> dict[str, Any]:
    name, owner = (row[each] if isinstance(row[each], str) else "" for each in ("name", "owner"))
    return {"customer_id": row["customer_id"], "name": name or row["customer_id"], "owner": owner, "why": why}


def _no_seat(row: dict[Any, Any]) -> str:
    empty = [str(Function(each).label) for each in FUNCTIONS if row[f"no_{each}"]]
    return _("Nobody of: %(functions)s.") % {"functions": ", ".join(empty)}


_WHY: dict[str, Callable[[dict[Any, Any]], str]] = {
    "team": _no_seat,
    "goal": lambda _row: _("No goal is written down."),
    "words": lambda _row: ngettext("Nothing for %(n)s day, or ever.", "Nothing for %(n)s days, or ever.", FRESH_DAYS) % {"n": FRESH_DAYS},
}  # fmt: skip


def _blank(blank: list[str], due: date) -> str:
    words = {
        "strengths": _("strengths"),
        "weaknesses": _("weaknesses"),
        "opportunities": _("opportunities"),
        "threats": _("threats"),
    }
    return _("Review %(day)s; blank: %(parts)s.") % {
        "day": date_format(due, "DATE_FORMAT"),
        "parts": ", ".join(words[each] for each in blank),
    }


def _table(opened: Workspace, whose: Seen) -> ir.Table:
    morning = newest(opened)
    people = opened.lake.result(opened.lake.kept(morning)["portraits"])
    people = whose.of(people.select("customer_id", "kind", "name", "owner", "value_segment", "kept", "kept_since_on"))
    return lacking(people, _known(), day_number(morning))


def _known() -> Known:
    seats = pd.DataFrame.from_records(
        Seat.objects.filter(until__isnull=True).values_list("customer_id", "function"),
        columns=["customer_id", "function"],
    )
    said = Words.objects.values_list("customer_id").annotate(last=Max("day"))
    words = pd.DataFrame([(who, day_number(day)) for who, day in said], columns=["customer_id", "day"]).astype(
        {"day": "int64"}
    )
    owners: dict[str, set[str]] = {}
    for each in Person.objects.filter(is_active=True, role__in=list(ROLES)):
        owners.setdefault(ROLES[each.role], set()).update(each.names())
    return Known(seats, set(Goal.objects.values_list("customer_id", flat=True)), words, owners)
