"""Of what is a report made? Sections with sentences, numbers, figures and tables; plain data for the template."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    import altair as alt


@dataclass(frozen=True)
class Behind:
    """
    The customers behind a number.

    Args:
        title: Who they are, such as "117 lost".
        members: The first of them, as (customer_id, name); name may be empty.
        more: How many there are beyond those.
        command: The command that lists all.
    """

    title: str
    members: tuple[tuple[str, str], ...]
    more: int
    command: str


@dataclass(frozen=True)
class Number:
    """
    One figure with everything needed to read it right.

    Args:
        name: What it is called.
        told: The figure with its unit, or a dash where there is none.
        period: The time it speaks of.
        n: What it rests on, such as "n 1,204 customers".
        metric: Id of its definition.
        token: Colour of its meaning, "" for none.
        why: Why there is no figure, or why to be careful with it.
        behind: Who stands behind it.
    """

    name: str
    told: str
    period: str
    n: str
    metric: str
    token: str = ""
    why: str = ""
    behind: tuple[Behind, ...] = ()


@dataclass(frozen=True)
class Table:
    """
    A small table.

    Args:
        caption: What it shows.
        heads: Column heads; the first column names the row.
        rows: Text cells.
        note: What must be said under it.
    """

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Figure:
    """
    One chart and its numbers.

    Args:
        id: File name of its exports.
        title: The finding's subject.
        note: How to read it, and what to beware of.
        metric: Id of its definition.
        draw: Chart of a title and a width.
        frame: The numbers, exported as CSV.
        table: The numbers as they are shown.
        scrolls: Whether it keeps its width on a narrow screen and scrolls sideways.
    """

    id: str
    title: str
    note: str
    metric: str
    draw: Callable[[str, int], "alt.LayerChart"]
    frame: pd.DataFrame
    table: Table
    scrolls: bool = False


@dataclass(frozen=True)
class Section:
    """
    One question of the report, answered.

    Args:
        id: Anchor.
        title: The question's subject.
        lead: Sentences that answer it.
        numbers: Its figures.
        blocks: Charts and tables in order.
        notes: Sentences after them: why definitions differ, what is missing.
        lists: Who stands behind, where it is not said at a number.
    """

    id: str
    title: str
    lead: Sequence[str] = ()
    numbers: Sequence[Number] = ()
    blocks: Sequence[Figure | Table] = ()
    notes: Sequence[str] = ()
    lists: Sequence[Behind] = field(default_factory=tuple)
