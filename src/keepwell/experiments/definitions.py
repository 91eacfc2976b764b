"""By which definitions is a plan or a goal counted? By those that held when it was entered, whatever is set or suggested since."""

from collections.abc import Mapping
from typing import Any

from keepwell.config import Company
from keepwell.workspace import Workspace

DEFINING = (
    "currency", "time_zone", "count", "active_by", "activity_window_days", "grace_days", "pause_days", "count_zero_orders",
    "merge_same_day_orders", "excluded_customers", "gross_margin",
)  # fmt: skip
"""Settings that decide who is a customer, who is lost and what is money. Exchange rates are not among them: new ones come every month."""


def definitions(workspace: Workspace) -> dict[str, Any]:
    """What holds now, what is suggested from the data included, as JSON can hold it."""
    return workspace.company.model_dump(mode="json", include=set(DEFINING))


def counting_as(workspace: Workspace, kept: Mapping[str, Any] | None) -> Workspace:
    """
    The same company, counted as it was then.

    Args:
        workspace: The company, opened.
        kept: From definitions(), as an entry of the ledger keeps it; None where it keeps none.
    """
    if not kept or not moved(workspace, kept):
        return workspace
    settings = Company.model_validate(workspace.settings.model_dump() | dict(kept))
    return Workspace(workspace.folder, settings, workspace.lake)


def moved(workspace: Workspace, kept: Mapping[str, Any] | None) -> str:
    """What is otherwise now than it was then, as a sentence; "" where nothing is."""
    now = definitions(workspace)
    other = [_changed(name, then, now[name]) for name, then in (kept or {}).items() if now[name] != then]
    return f"It is counted as when it was entered: {'; '.join(other)}." if other else ""


def _changed(name: str, then: object, now: object) -> str:
    """A setting as it was and is; of a list only how many came and went: ids of customers are for no page."""
    if not isinstance(then or now, list):
        return f"{name} {_said(then)}, now {_said(now)}"
    before, after = (set(one) if isinstance(one, list) else set() for one in (then, now))
    parts = [f"{len(some):,} {word}" for some, word in ((after - before, "more"), (before - after, "fewer")) if some]
    return f"{name} now {' and '.join(parts) or 'in another order'}"


def _said(value: object) -> str:
    return "unset" if value is None or value == [] else str(value)
