"""How far can the figures be trusted? What was read, what was refused and why, guests and currencies."""

from typing import Any

import pandas as pd

from keepwell.charts.words import many, number, percent
from keepwell.lake import Batch
from keepwell.report.asking import Asking
from keepwell.report.parts import Section, Table

_SAMPLES = 3
_LONG = 80


def section(asking: Asking) -> Section:
    """Imports, refused rows by law, guests, currencies, and questions that could not be answered."""
    batches = [batch for batch in asking.workspace.batches() if batch.state == "committed"]
    refused = asking.workspace.rejected()
    rows = tuple(
        (
            batch.id,
            f"{batch.made_at:%Y-%m-%d %H:%M} UTC",
            many(len(batch.sources), "source"),
            *(number(count) for count in (batch.read, batch.accepted, batch.quarantined, batch.duplicates)),
        )
        for batch in batches
    )
    heads = ("import", "made", "from", "read", "accepted", "quarantined", "known already")
    blocks = [Table("Imports", heads, rows, "read = accepted + quarantined + known already, always.")] if rows else []
    if len(refused):
        blocks.append(_laws(refused))
    notes = [
        *(caution.says for _, caution in asking.workspace.lake.cautions()),
        *_notes(batches),
        *_guests(asking),
        *_currencies(asking),
    ]
    return Section("quality", "How far these figures can be trusted", [_lead(batches, refused)], (), blocks, notes)


def _lead(batches: list[Batch], refused: pd.DataFrame) -> str:
    read, held = sum(batch.read for batch in batches), sum(batch.quarantined for batch in batches)
    if not read:
        return "Nothing has been imported yet. Bring in a file: keepwell import orders.csv"
    if not held:
        return f"All {number(read)} rows that were read obey every law of their table."
    laws = refused["law"].nunique() if len(refused) else 0
    return (
        f"{number(held)} of {number(read)} rows read ({percent(held / read)}) are in quarantine for {many(laws, 'reason')}. "
        "They are kept, and in no figure."
    )


def _laws(refused: pd.DataFrame) -> Table:
    groups = refused.groupby(["table", "law"], dropna=False, sort=False)
    rows = []
    for (table, law), group in sorted(groups, key=lambda item: -len(item[1])):
        samples = [
            f"{row['source']} row {row['row']}: {_short(row['value'])}" for _, row in group.head(_SAMPLES).iterrows()
        ]
        rows.append((_text(table), _text(law), number(len(group)), "; ".join(samples), _text(group["remedy"].iloc[0])))
    return Table(
        "Rows in quarantine, by the law they break", ("table", "law", "rows", "for example", "what to do"), tuple(rows)
    )


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def _short(value: Any) -> str:
    told = _text(value) or "empty"
    return told if len(told) <= _LONG else f"{told[:_LONG]}…"


def _notes(batches: list[Batch]) -> list[str]:
    return list(dict.fromkeys(note for batch in batches for note in batch.notes))[:20]


def _guests(asking: Asking) -> list[str]:
    sales = asking.frame("sales_summary", "all_time")
    guests = int(sales["guest_orders"].sum()) if not sales.empty else 0
    if not guests:
        return []
    orders = int(sales["orders"].sum())
    share = percent(guests / orders) if orders else ""
    return [
        f"{many(guests, 'order')} of {number(orders)} ({share}) name no customer: they count in sales, and in nobody’s history."
    ]


def _currencies(asking: Asking) -> list[str]:
    sales = asking.frame("sales_summary", "all_time")
    if sales.empty or sales["currency"].nunique() < 2:
        return []
    told = ", ".join(f"{currency} {number(n)}" for currency, n in sales.groupby("currency")["orders"].sum().items())
    return [f"Orders come in several currencies ({told}). Money is told by currency, and never summed across them."]
