"""The board: are customers kept, how stand the goals, and what is left undone?"""

# ruff: noqa: ARG001  the framework reads what a view takes

from dataclasses import asdict
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router, Schema

from keepwell.experiments import goals as setting
from keepwell.prove.goal_words import standing
from keepwell.web.api import cursors
from keepwell.web.api.models import Scope
from keepwell.web.api.problems import PROBLEMS
from keepwell.web.api.rest.told import Cursor, Limit, page, plain
from keepwell.web.api.tokens import Bearer, person
from keepwell.web.base.company import company
from keepwell.web.board.standing import board as read
from keepwell.web.customers.reach import seen

router = Router(tags=["Board and goals"])

_READ = Bearer(Scope.READ, "board")


class Goal(Schema):
    """A goal as it was set."""

    id: str
    name: str
    version: int
    metric: str
    unit: str
    target: float
    by: date
    owner: str
    baseline: dict[str, Any]


class Goals(Schema):
    """A page of goals, in the order in which they were first set."""

    items: list[Goal]
    next: str | None


class Stand(Goal):
    """A goal as it stands; null is not known."""

    standing: str
    chance: float | None
    now: dict[str, Any]
    without_action: dict[str, Any]
    proven: float | None
    proven_error: float | None
    plays: list[dict[str, Any]]
    told: list[str]


class Board(Schema):
    """Figures as the page tells them, the goals, and with how many customers one sees something is left undone."""

    as_of: date
    figures: list[dict[str, Any]]
    goals: list[dict[str, Any]]
    gaps: list[dict[str, Any]]
    customers: int
    refused: list[str]


def _goal(goal: Any) -> dict[str, Any]:
    told = ("id", "name", "version", "metric", "unit", "target", "by", "owner")
    return {**{name: getattr(goal, name) for name in told}, "baseline": plain(asdict(goal.measured))}


@router.get("/goals", auth=_READ, response={200: Goals, **PROBLEMS}, operation_id="goals")
def goals(request: HttpRequest, limit: Limit = 100, cursor: Cursor = None) -> Goals:
    """The newest version of every goal."""
    after = int(cursors.after(request, cursor) or 0)
    with company() as opened:
        found, more = page(setting.all_(opened)[after : after + limit + 1], limit)
    return Goals(
        items=[Goal(**_goal(each)) for each in found], next=cursors.before(request, after + limit) if more else None
    )


@router.get("/goals/{goal}", auth=_READ, response={200: Stand, **PROBLEMS}, operation_id="goal")
def goal(request: HttpRequest, goal: str) -> Stand:
    """How one goal stands: name, for its newest version, or name:version."""
    with company() as opened:
        if goal.partition(":")[0] not in {each.name for each in setting.all_(opened)}:
            raise Http404
        one = setting.stand(opened, goal)
    progress = one.progress
    return Stand(
        **_goal(one.goal), standing=progress.standing, chance=plain(progress.chance), now=plain(asdict(progress.now)),
        without_action=plain(asdict(progress.without)), proven=plain(progress.proven), proven_error=plain(progress.proven_error),
        plays=[plain(asdict(play)) for play in progress.plays], told=[*standing(progress), *one.notes],
    )  # fmt: skip


@router.get("/board", auth=_READ, response={200: Board, **PROBLEMS}, operation_id="board")
def board(request: HttpRequest) -> Board:
    """What the board tells."""
    with company() as opened:
        if not opened.lake.rows().get("customers"):
            raise Http404
        found = read(opened, seen(person(request)), now=True)
        assert found is not None
        parts: dict[str, Any] = {"figures": found.figures, "goals": found.lines, "gaps": found.gaps}
        told: dict[str, Any] = {name: [plain(asdict(each)) for each in part] for name, part in parts.items()}
        for each in (*told["figures"], *told["goals"], *told["gaps"]):
            each.pop("url", None)
            each.pop("token", None)
        return Board(as_of=opened.as_of, customers=found.customers, refused=list(found.refused), **told)
