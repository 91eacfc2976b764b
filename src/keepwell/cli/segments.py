"""keepwell segment: which customers does an expression choose?"""

from typing import Annotated

import typer

from keepwell.cli.printing import AsJson, Day, Folder, counted, day, opened, say, show_csv, show_json, show_table
from keepwell.errors import ExpressionError
from keepwell.schema.expressions import point


def register(app: typer.Typer) -> None:
    """Add the room's commands."""
    app.command()(segment)


def segment(
    where: Annotated[
        str, typer.Argument(help='Such as: recency_days > 90 and orders >= 3 and country in ("FI", "HU")')
    ],
    workspace: Folder = ".",  # type: ignore[assignment]
    as_of: Day = None,
    limit: Annotated[int, typer.Option(help="How many to show.", min=1)] = 20,
    csv: Annotated[bool, typer.Option("--csv", help="All of them as CSV on standard output.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the customers a segment expression chooses."""
    with opened(workspace) as company:
        try:
            chosen = company.segment(where, as_of=day(as_of))
        except ExpressionError as refused:
            say(point(where, refused))
            raise
    if as_json:
        show_json(chosen)
    elif csv:
        show_csv(chosen)
    else:
        columns = [
            c
            for c in ("customer_id", "name", "country", "orders", "recency_days", "net", "mrr", "plan")
            if c in chosen.columns
        ]
        show_table(chosen[columns].head(limit))
        say(f"{counted(len(chosen), 'customer')}; {min(limit, len(chosen)):,} shown.")
