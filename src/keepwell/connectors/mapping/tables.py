"""Who are they, and what else is told? Customers, and every table whose rows are one record each."""

from keepwell.connectors.mapping.sheets import Job, made_key
from keepwell.connectors.translation import traits
from keepwell.schema import TABLES

_PREFIXES = {
    "events": "event-",
    "touches": "touch-",
    "answers": "answer-",
    "costs": "cost-",
    "deals": "deal-",
    "refunds": "refund-",
}
_WHEN = {"events": "happened_at", "touches": "touched_at", "costs": "month", "refunds": "refunded_at"}


def customers(job: Job) -> None:
    """Customers; columns nobody knows are kept as traits."""
    view = job.sheet()
    name = f"{view}_known"
    job.translation.ask(f"CREATE VIEW {name} AS {job.with_person(view)}")
    parts = [
        f"{field}"
        for field in (
            "account_id",
            "phone",
            "acquired_at",
            "source",
            "country",
            "language",
            "time_zone",
            "birthday",
            "owner",
        )
        if job.has(field)
    ]
    whole = " || ' ' || ".join(field for field in ("first_name", "last_name") if job.has(field))
    if job.has("name") or whole:
        parts.append(f"coalesce({job.value('name')}, {f'trim({whole})' if whole else 'NULL'}) AS name")
    mail = f"coalesce({job.value('email')}, CASE WHEN contains(customer_id, '@') THEN customer_id END) AS email"
    kind = f"coalesce({job.value('kind')}, 'person') AS kind"
    if job.mapping.traits:
        parts.append(f"{_map(job)} AS traits")
    job.known.append(name)
    job.translation.add(
        "customers", f"SELECT _row, _source, {', '.join(('customer_id', mail, kind, *parts))} FROM {name}"
    )
    if not job.has("acquired_at"):
        job.translation.note(
            f"{job.raw.name} tells who the customers are, but no day on which anything happened; retention over time cannot be computed from it alone."
        )


def records(job: Job) -> None:
    """Any table whose rows are one record each, its key made from its content where no column gives it."""
    when = _WHEN.get(job.mapping.table)
    _put(job, job.sheet(*(field for field in (when,) if field and job.has(field))))


def answers(job: Job) -> None:
    """Answers; one that was given on no day is refused, for it would count nowhere. Who was asked and is silent has none."""
    view = job.sheet()
    given = [f"CAST({field} AS VARCHAR)" for field in ("score", "text", "code") if job.has(field)]
    dayless = f"{job.value('answered_at')} IS NULL AND coalesce({', '.join([*given, 'NULL'])}) IS NOT NULL"
    _put(job, f"(SELECT * FROM {view} WHERE NOT ({dayless}))")
    job.translation.refuse(
        f"{view} WHERE {dayless}",
        "answers",
        job.mapping.columns.get("answered_at", "answered_at"),
        "NULL",
        "an answer has the day on which it was given",
        "Give the day; without it the answer counts nowhere.",
    )


def _put(job: Job, view: str) -> None:
    """The rows of a view as records of the table they are of."""
    table = TABLES[job.mapping.table]
    values = {field: _value(job, field) for field in table.columns if _value(job, field)}
    rows = view
    key = table.key[0]
    if key not in values:
        rows = made_key(
            view,
            {field: field for field in (*job.mapping.columns, *job.mapping.constants)},
            _PREFIXES.get(table.name, "row-"),
        )
        values[key] = "made"
    if table.name == "events" and job.mapping.traits:
        values["properties"] = _map(job)
    told = ", ".join(f"{sql} AS {field}" for field, sql in values.items())
    job.translation.add(table.name, f"SELECT _row, _source, {told} FROM {rows}")


def assignments(job: Job) -> None:
    """
    Units put into arms: what is said first of a unit counts.

    Rows that name it again in that arm, as a log of exposures does, say the same and are told as known; those of another arm are refused.
    """
    who = [field for field in ("unit", "customer_id", "email") if job.has(field)]
    needed = [*(who if len(who) == 1 else []), "experiment", "arm", "assigned_at"]
    view = job.sheet(*(field for field in needed if field in job.mapping.columns))
    own = ("unit", "arm", "version")
    rest = [field for field in TABLES["assignments"].columns if job.has(field) and field not in own]
    drawn = (
        f"SELECT _row, _source, coalesce({', '.join(who) or 'NULL'})::VARCHAR AS unit, arm, "
        f"coalesce(CAST({job.value('version')} AS BIGINT), 1) AS version, {', '.join(rest)} FROM {view}"
    )
    first = ", ".join(f"first_value({field}) OVER mine AS {field}" for field in (*own, *rest))
    name = job.translation.view(
        f"{view}_first",
        f"SELECT _row, _source, arm AS later_arm, {first} FROM ({drawn}) "
        "WINDOW mine AS (PARTITION BY experiment, version, unit, CASE WHEN unit IS NULL THEN _row END ORDER BY assigned_at, _row)",
    )
    job.translation.add("assignments", f"SELECT * EXCLUDE (later_arm) FROM {name} WHERE later_arm = arm")
    job.translation.refuse(
        f"{name} WHERE later_arm <> arm",
        "assignments",
        job.mapping.columns.get("arm", "arm"),
        "later_arm",
        "is the arm the unit was in first",
        "Nothing, where both were seen: it counts in the first. If everybody was drawn anew, give a column version.",
    )


def _value(job: Job, field: str) -> str:
    """The SQL of a canonical column, empty where the source says nothing of it."""
    if field == "customer_id" and (job.has("customer_id") or job.has("email")):
        return job.person()
    if not job.has(field):
        return ""
    if field == "amount" and job.mapping.table in ("refunds", "costs"):
        return "abs(amount)"
    if field == "closed_at" and job.has("outcome"):
        return "CASE WHEN outcome <> 'open' THEN closed_at END"
    return field


def _map(job: Job) -> str:
    """Columns by name, those with something in them."""
    return traits({column: f"trait_{at}" for at, column in enumerate(job.mapping.traits)})
