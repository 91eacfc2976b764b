"""keepwell today: whom to turn to first this morning, and why."""

from dataclasses import asdict
from typing import Annotated

import typer

from keepwell.act.reasons import GROUPS, REASONS
from keepwell.act.today import ORDER
from keepwell.cli.printing import AsJson, Day, Folder, counted, day, mention, opened, say, show_json
from keepwell.rounds.today import EVERYBODY, Whose
from keepwell.rounds.today import today as read


def register(app: typer.Typer) -> None:
    """Add the room's command."""
    app.command()(today)


def today(
    workspace: Folder = ".",  # type: ignore[assignment]
    owner: Annotated[str | None, typer.Option(help="Only customers whom this person looks after.")] = None,
    limit: Annotated[int, typer.Option(help="How many customers of every group to show.", min=1)] = 7,
    as_of: Day = None,
    why: Annotated[bool, typer.Option("--why", help="Tell why the rows stand in this order.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show whom to turn to first this morning: one row per customer, why, and what may be done next."""
    with opened(workspace) as company:
        whose = EVERYBODY if owner is None else Whose(frozenset({owner}))
        found = read(company, whose=whose, limit=limit, as_of=day(as_of))
    if as_json:
        show_json(
            {
                "morning": found.morning.isoformat(),
                "customers": found.customers,
                "rows": [asdict(row) for row in found.rows],
                "lacking": found.lacking,
            }
        )
        return
    group = ""
    for place, row in enumerate(found.rows, 1):
        if row.group != group:
            group = row.group
            say(f"\n{GROUPS[row.group]} ({counted(found.customers[row.group], 'customer')})", style="bold")
        say(f"{place:>3}  {row.name}" + (f" ({row.owner})" if row.owner else "") + f" · {row.step}")
        for _id, words in row.reasons:
            say(f"     {words}")
    whole = counted(sum(found.customers.values()), "customer")
    say(f"\n{whole} with a reason; {len(found.rows):,} shown, of the morning of {found.morning}.")
    for id, why_not in found.lacking.items():
        say(f"Not known: {REASONS[id].name}. {why_not}", style="dim")
    if why:
        say(ORDER)
    else:
        mention("Why this order: keepwell today --why. All that is known of one: keepwell portrait ID.")
