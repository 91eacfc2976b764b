"""What must an engine do? Show stored files as a table and answer an expression."""

from collections.abc import Callable, Sequence
from typing import Protocol

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

Work = Callable[[pd.DataFrame], pd.DataFrame]
"""What is done in Python with some rows of a table."""

AT_ONCE = 100_000
"""Rows that are handed to it together."""


class Engine(Protocol):
    """
    One way to compute; tables of it are bound to its own connection.

    Args:
        reads_far: Whether it reads object stores itself; otherwise files are brought near first.
    """

    reads_far: bool

    def table(self, name: str, schema: ibis.Schema, uris: Sequence[str]) -> ir.Table:
        """
        Parquet files as one table of exactly these columns and types; no files, no rows.

        Args:
            name: Unique for these files: the same name shows the same files.
            schema: Columns to show, a subset of those stored.
            uris: Where the files lie.
        """

    def view(self, expr: ir.Table) -> ir.Table:
        """The expression as a table of its own, put together once; it holds no data of its own."""

    def aside(self, expr: ir.Table) -> ir.Table:
        """The expression computed now, as a table of its own for as long as the engine lives; it need not fit in memory."""

    def parts(self, expr: ir.Table, work: Work, schema: ibis.Schema) -> ir.Table:
        """
        A table worked on by Python, part by part, as aside() gives it: it need not fit in memory.

        Args:
            expr: What is worked on.
            work: Takes some of its rows, and asks the engine nothing.
            schema: Columns of what it gives.
        """

    def run(self, expr: ir.Expr) -> pd.DataFrame:
        """The answer as a frame."""

    def arrow(self, expr: ir.Expr) -> pa.Table:
        """The answer as an Arrow table."""

    def write(self, expr: ir.Table, folder: str) -> None:
        """Compute a table into Parquet files of a new folder, without holding all of it in memory."""

    def close(self) -> None:
        """Let go of everything."""
