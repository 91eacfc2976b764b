"""What does it cost to win and to keep them, and does it pay? Only where costs are known; otherwise what to import."""

import pandas as pd

from keepwell.charts.words import known, money, number, percent
from keepwell.report.asking import Asking
from keepwell.report.parts import Behind, Number, Section, Table

_MONEY = {
    "cac": ("Cost to win a customer", "acquired", "new customers"),
    "cost_to_retain": ("Cost to keep a customer", "kept", "customers kept"),
    "ltv_simple": ("Lifetime value by formula", "stood", "customers"),
}
_TIMES = {
    "acquire_to_retain": ("Winning costs, against keeping", "times"),
    "ltv_to_cac": ("Lifetime value against cost to win", "times"),
    "payback_simple": ("Cost to win is earned back in", "months"),
}
_WON, _LOST, _KEPT = {"acquired": "won"}, {"lost": "lost"}, {"kept": "kept"}
_BEHIND: dict[str, dict[str, dict[str, str]]] = {
    "cac": {"cac": _WON},
    "cost_to_retain": {"customer_bridge": _KEPT},
    "ltv_simple": {"customer_bridge": _LOST},
    "acquire_to_retain": {"cac": _WON, "customer_bridge": _KEPT},
    "ltv_to_cac": {"customer_bridge": _LOST, "cac": _WON},
    "payback_simple": {"cac": _WON},
    "spend_share_existing": {},
    "revenue_share_existing": {"revenue_share_existing": {"existing": "customers from before", "new": "new customers"}},
}
"""Metric -> metric that has the very same groups -> group -> who they are."""
_BOOKED = (
    "Costs are booked by month and purpose, not by customer: there is nobody to list. They stand in the table costs."
)
_SHARES = {
    "spend_share_existing": "Share of spend on existing customers",
    "revenue_share_existing": "Share of revenue from existing customers",
}


def section(asking: Asking) -> Section:
    """Costs, value and what growth rests on, in the last whole month."""
    blocks = _by_month(asking)
    dear = [*_amounts(asking), *_multiples(asking)]
    if not blocks:  # what is not defined for want of costs is said once
        dear = [told for told in dear if not told.why]
    numbers = [*dear, *_parts(asking), *_still(asking)]
    notes = [] if blocks else [_WANTED]
    lead = ["In the last whole month, by currency. Published multiples such as “five times dearer to win than to keep” are not used: these are your own."] if blocks else []  # fmt: skip
    return Section("money", "What it costs, and whether it pays", lead, numbers, blocks, notes)


_WANTED = (
    "What it costs to win and to keep a customer is not known, because no costs have been imported. "
    "Import a table with month, purpose (acquire, retain, serve or goods), category, amount and currency: "
    "keepwell import costs.csv. Then cost to win, cost to keep, lifetime value and payback stand here."
)


def _rows(asking: Asking, metric: str) -> list[pd.Series]:
    last = asking.last(metric)
    return [row for _, row in last.iterrows() if isinstance(row.get("currency"), str)][:3]


def _why(row: pd.Series) -> str:
    if not pd.isna(row["value"]):
        return ""
    reason = row.get("reason")
    return reason if isinstance(reason, str) else "Not defined in this month: nothing to divide by, or no costs booked."


def _amounts(asking: Asking) -> list[Number]:
    told = []
    for metric, (name, count, who) in _MONEY.items():
        for row in _rows(asking, metric):
            currency = str(row["currency"])
            n = f"n {number(float(row[count]))} {who}"
            value = money(known(row["value"]), currency)
            told.append(_number(asking, metric, row, f"{name}, {currency}", value, n))
    return told


def _multiples(asking: Asking) -> list[Number]:
    told = []
    for metric, (name, unit) in _TIMES.items():
        for row in _rows(asking, metric):
            value = known(row["value"])
            shown = number(value, 1) if value is None else f"{number(value, 1)} {unit}"
            n = " / ".join(f"{number(float(row[part]))} {part}" for part in ("acquired", "kept") if part in row)
            told.append(_number(asking, metric, row, f"{name}, {row['currency']}", shown, n))
    return told


def _number(asking: Asking, metric: str, row: pd.Series, name: str, told: str, n: str) -> Number:
    cell = {"period": str(row["period"])}
    lists: list[Behind] = []
    for source, groups in _BEHIND[metric].items():
        currency = str(row["currency"]) if source == "revenue_share_existing" else ""
        lists += asking.behind(source, groups, cell, currency=currency, told_as=metric)
    return Number(
        name, told, asking.period_name(cell["period"]), n, metric, "", _why(row), asking.command(metric, cell=cell),
        tuple(lists), "" if _BEHIND[metric] else _BOOKED,
    )  # fmt: skip


def _parts(asking: Asking) -> list[Number]:
    return [
        _number(asking, metric, row, f"{name}, {row['currency']}", percent(known(row["value"])), _of_what(row))
        for metric, name in _SHARES.items()
        for row in _rows(asking, metric)
        if not pd.isna(row["value"])
    ]


def _of_what(row: pd.Series) -> str:
    currency = str(row["currency"])
    if "revenue" in row:
        return f"of {money(float(row['revenue']), currency)}"
    return f"of {money(sum(float(row[part]) for part in ('acquire', 'retain') if not pd.isna(row[part])), currency)}"


def _still(asking: Asking) -> list[Number]:
    last = asking.last("base_needed")
    if last.empty or pd.isna(last["value"].iloc[0]):
        return []
    row = last.iloc[0]
    period = asking.period_name(str(row["period"]))
    n = f"n {number(float(row['at_start']))} at the start"
    cell = {"period": str(row["period"])}
    return [
        Number(
            "Had to be won to stand still", number(float(row["value"])), period, n, "base_needed",
            command=asking.command("base_needed", cell=cell),
            behind=asking.behind("customer_bridge", _LOST, cell, told_as="base_needed"),
        )
    ]  # fmt: skip


def _by_month(asking: Asking) -> list[Table]:
    """Cost to win beside cost to keep, month by month."""
    win, keep = asking.frame("cac"), asking.frame("cost_to_retain")
    if win.empty or win["value"].isna().all():
        return []
    keys = ["period", "currency"]
    kept = (
        keep[[*keys, "kept", "retain", "value"]]
        if not keep.empty
        else pd.DataFrame(columns=[*keys, "kept", "retain", "value"])
    )
    both = win[[*keys, "acquired", "acquire", "value", "complete"]].merge(
        kept, on=keys, how="left", suffixes=("", "_keep")
    )
    rows = tuple(
        (
            str(row["period"]),
            str(row["currency"]),
            number(known(row["acquire"])),
            number(known(row["acquired"])),
            number(known(row["value"]), 2),
            number(known(row["retain"])),
            number(known(row["kept"])),
            number(known(row["value_keep"]), 2),
            "whole" if row["complete"] else "to date",
        )
        for _, row in both.iterrows()
        if isinstance(row["currency"], str)
    )
    heads = ("month", "", "spent to win", "won", "a customer won", "spent to keep", "kept", "a customer kept", "")
    return [Table("Winning and keeping, month by month", heads, rows)]
