"""Of what is a report made? Sections with sentences, numbers, figures and tables; plain data for the template."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    import altair as alt


WORDS = 24
"""A cell with more characters is words: it may be broken into lines."""


@dataclass(frozen=True)
class Behind:
    """
    The customers behind a number.

    Args:
        title: Who they are, such as "117 lost".
        members: The first of them by id.
        more: How many there are beyond those.
        command: The command that lists all.
    """

    title: str
    members: tuple[str, ...]
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
        command: The command that gives it.
        behind: Who stands behind it.
        nobody: Why nobody is listed behind it; "" where they are, or where it counts nobody.
        anchor: Where others lead to it.
    """

    name: str
    told: str
    period: str
    n: str
    metric: str
    token: str = ""
    why: str = ""
    command: str = ""
    behind: tuple[Behind, ...] = ()
    nobody: str = ""
    anchor: str = ""


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

    @property
    def wordy(self) -> bool:
        """Whether its cells are words rather than numbers; on a narrow screen such rows stand as lists of their own."""
        return any(len(cell) > WORDS for row in self.rows for cell in row[1:])


FEW = 30
"""Under so many a share is told with a warning."""


def few(count: int, who: str) -> str:
    """
    The warning that goes with a share of few; "" where there are enough.

    Args:
        count: What it is a share of.
        who: Who they are, such as "at the start".
    """
    return f"Only {count} {who}: too few to compare by." if 0 < count < FEW else ""


THESE = "These numbers:"
"""What the command of a figure tells."""


@dataclass(frozen=True)
class Figure:
    """
    One chart and its numbers.

    Args:
        id: File name of its exports.
        title: The finding's subject.
        note: How to read it, and what to beware of.
        metric: Id of its definition.
        draw: Chart of a width.
        frame: The numbers, exported as CSV.
        table: The numbers as they are shown.
        commands: Commands that give its numbers, as (what they tell, command).
        behind: Who stands behind it, where no number beside it says so.
        scrolls: Whether it keeps its width on a narrow screen and scrolls sideways.
    """

    id: str
    title: str
    note: str
    metric: str
    draw: Callable[[int], "alt.LayerChart"]
    frame: pd.DataFrame
    table: Table
    commands: tuple[tuple[str, str], ...]
    behind: tuple[Behind, ...] = ()
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
    """

    id: str
    title: str
    lead: Sequence[str] = ()
    numbers: Sequence[Number] = ()
    blocks: Sequence[Figure | Table] = ()
    notes: Sequence[str] = ()
