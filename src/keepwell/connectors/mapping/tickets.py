"""What did they need help with? Rows of a help desk as tickets, which are events, and what was given for them as answers."""

from keepwell.connectors.mapping.sheets import Job, made_key
from keepwell.connectors.translation import text, traits


def tickets(job: Job) -> None:
    """Tickets with the hours until they were solved; one that was solved before it was opened is refused."""
    who = [field for field in ("customer_id", "email") if job.has(field)]
    view = job.sheet(*(who if len(who) == 1 else []), "opened_at")
    backwards = f"{_day(job, 'closed_at')} < {_day(job, 'opened_at')}" if job.has("closed_at") else "false"
    key = job.value("ticket_id", "made")
    rows = made_key(
        f"(SELECT *, {job.person()} AS person, {_closed(job)} AS solved_at FROM {view} WHERE NOT coalesce({backwards}, false))",
        {field: field for field in (*job.mapping.columns, *job.mapping.constants)},
        "",
    )
    what = [field for field in ("subject", "category") if job.has(field)]
    job.translation.add(
        "events",
        f"SELECT _row, _source, 'ticket-' || {key} AS event_id, person AS customer_id, opened_at AS happened_at, 'ticket' AS kind, "
        f"coalesce({', '.join([*what, 'NULL'])})::VARCHAR AS name, CASE WHEN solved_at > opened_at THEN (epoch(solved_at) - epoch(opened_at)) / 3600.0 WHEN solved_at IS NOT NULL THEN 0.0 END::DOUBLE AS value, "
        f"{_properties(job)} AS properties FROM {rows}",
    )
    if job.has("score"):
        job.translation.add(
            "answers",
            f"SELECT _row, _source, 'ticket-' || {key} AS answer_id, person AS customer_id, coalesce(solved_at, opened_at) AS answered_at, "
            f"'support' AS touchpoint, {job.value('question', text('csat'))} AS question, score FROM {rows} WHERE score IS NOT NULL",
        )
    if job.has("closed_at"):
        job.translation.refuse(
            f"{view} WHERE {backwards}",
            "events",
            job.mapping.columns["closed_at"],
            "closed_at",
            "a ticket is not solved before it is opened",
            "Correct one of the two days.",
        )


def _closed(job: Job) -> str:
    """The SQL of when a ticket was solved: null while it is open, also where it was opened anew and the first end still stands."""
    if not job.has("closed_at"):
        return "NULL::TIMESTAMPTZ"
    return (
        "CASE WHEN ticket_status IS DISTINCT FROM 'open' THEN closed_at END"
        if job.has("ticket_status")
        else "closed_at"
    )


def _day(job: Job, field: str) -> str:
    """The SQL of a day: of the two ends of a ticket one may have an hour and the other none."""
    return f"CAST(timezone({text(job.company.time_zone)}, {field}) AS DATE)"


def _properties(job: Job) -> str:
    """The SQL of what else is told: the status, and columns by their names."""
    kept = {column: f"trait_{at}" for at, column in enumerate(job.mapping.traits)}
    if job.has("subject") and "category" in job.mapping.columns:
        kept[job.mapping.columns["category"]] = "category"
    return traits(kept | ({"status": "ticket_status"} if job.has("ticket_status") else {}))
