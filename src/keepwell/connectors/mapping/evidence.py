"""What does the whole file prove? Which of day and month comes first, what parts the cents, and what an end is."""

from collections.abc import Sequence

from keepwell.config import Company
from keepwell.connectors.mapping.contents import DATES, NUMBERS, Looker, quoted
from keepwell.connectors.mapping.model import Mapping
from keepwell.connectors.mapping.sheets import many
from keepwell.connectors.mapping.values import DateOrder, Decimals

_NUMERIC_DAY = r"^\s*''?(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(?:\d{4}|\d{2})(?:\D|$)"

_POSSIBLE = "least(a, b) BETWEEN 1 AND 12 AND greatest(a, b) <= 31"
"""A cell that is a day in one order at least; one that is none, such as 99.99.2026, proves nothing."""


def spelling_of(look: Looker, mapping: Mapping, company: Company, doubts: list[str]) -> Mapping:
    """The mapping with the order of dates and the mark of cents that the whole file proves, and what an end names."""
    because = dict(mapping.because)
    dates = {field: column for field, column in mapping.columns.items() if field in DATES}
    order, why = _date_order(look, list(dates.values()), company, doubts)
    because |= dict.fromkeys(dates, why) if why else {}
    numbers = {field: column for field, column in mapping.columns.items() if field in NUMBERS}
    decimals, why = _decimals(look, list(numbers.values()), doubts)
    because |= dict.fromkeys(numbers, why) if why else {}
    return mapping.model_copy(update={"date_order": order, "decimals": decimals, "because": because})


def _date_order(look: Looker, columns: Sequence[str], company: Company, doubts: list[str]) -> tuple[DateOrder, str]:
    first, second, dotted, seen = (0, ""), (0, ""), 0, ""
    for column in map(quoted, columns):
        a, b = (f"CAST(nullif(regexp_extract({column}, '{_NUMERIC_DAY}', {group}), '') AS INT)" for group in (1, 2))
        row = look.ask(
            f"SELECT max(a), arg_max(cell, a), max(b), arg_max(cell, b), count(*) FILTER (cell LIKE '%.%.%'), any_value(cell) "
            f"FROM (SELECT {column} AS cell, {a} AS a, {b} AS b FROM {look.rows}) WHERE {_POSSIBLE}"
        )[0]
        first, second = max(first, (row[0] or 0, row[1] or "")), max(second, (row[2] or 0, row[3] or ""))
        dotted, seen = dotted + row[4], seen or row[5] or ""
    if not seen:
        return "year_first", ""
    if first[0] > 12 and second[0] > 12:
        doubts.append(
            f"dates stand in two orders ({first[1].strip()} and {second[1].strip()}); day first is taken, and the others are refused."
        )
        return "day_first", f"day first, from {first[1].strip()}"
    if first[0] > 12:
        return "day_first", f"day first, from {first[1].strip()}"
    if second[0] > 12:
        return "month_first", f"month first, from {second[1].strip()}"
    american = company.currency == "USD" or company.time_zone.startswith(("America/", "US/"))
    order: DateOrder = "month_first" if american and not dotted else "day_first"
    told = order.replace("_", " ")
    doubts.append(
        f"no date proves whether day or month comes first ({seen.strip()}); {told} is taken. Say date_order if it is not so."
    )
    return order, f"{told}, not proven"


def _decimals(look: Looker, columns: Sequence[str], doubts: list[str]) -> tuple[Decimals, str]:
    proofs = {"comma": (0, ""), "point": (0, "")}
    open_, seen = 0, ""
    for column in map(quoted, columns):
        row = look.ask(
            f"SELECT count(*) FILTER (comma), any_value(cell) FILTER (comma), count(*) FILTER (point), any_value(cell) FILTER (point), "
            f"count(*) FILTER (NOT comma AND NOT point), any_value(cell) FILTER (NOT comma AND NOT point) FROM ("
            f"SELECT {column} AS cell, regexp_extract(regexp_replace({column}, '[\\s''\\x{{2019}}\\x{{00A0}}\\x{{202F}}\\x{{2009}}]', '', 'g'), '\\d[\\d.,]*|[.,]\\d+') AS n, "
            f"regexp_matches(n, '{_COMMA}') AS comma, regexp_matches(n, '{_POINT}') AS point FROM {look.rows} WHERE regexp_matches({column}, '[.,]'))"
        )[0]
        for at, mark in enumerate(("comma", "point")):
            count, cell = proofs[mark]
            proofs[mark] = (count + row[2 * at], cell or row[2 * at + 1] or "")
        open_, seen = open_ + row[4], seen or row[5] or ""
    (commas, comma), (points, point) = proofs["comma"], proofs["point"]
    if commas and points:
        doubts.append(f"numbers are spelt in two ways ({comma} and {point}); those of the rarer way are refused.")
    if commas or points:
        return ("comma", f"decimal comma, from {comma.strip()}") if commas > points else ("point", "")
    guessed: Decimals = "comma" if look.raw.form.get("delimiter") == "semicolon" else "point"
    if open_:
        meaning = "1.234 is over a thousand" if guessed == "comma" else "1,234 is over a thousand"
        doubts.append(
            f"no number proves what parts the cents ({seen.strip()}); a decimal {guessed} is taken, so {meaning}."
        )
    return guessed, f"decimal {guessed}, not proven" if open_ else ""


_COMMA = r"^[\d.]*,(?:\d{1,2}|\d{4,})$|^0,\d+$|^\d{1,3}(?:\.\d{3})+,\d*$|^\d{1,3}(?:\.\d{3}){2,}$|^\d{4,},\d+$|^,\d+$"
_POINT = r"^[\d,]*\.(?:\d{1,2}|\d{4,})$|^0\.\d+$|^\d{1,3}(?:,\d{2,3})+\.\d*$|^\d{1,3}(?:,\d{2,3})*,\d{3},\d{3}$|^\d{4,}\.\d+$|^\.\d+$"


def zone_hint(look: Looker, mapping: Mapping, company: Company, doubts: list[str]) -> Mapping:
    """The zone a heading names ("Created (UTC)"), and which day the end of a subscription is."""
    named = any(
        "utc" in column.casefold() or "gmt" in column.casefold()
        for field, column in mapping.columns.items()
        if field in DATES or field == "clock"
    )
    if named and company.time_zone != "UTC":
        mapping = mapping.model_copy(update={"zone": "UTC"})
        doubts.append("a heading says UTC, so times are taken as UTC.")
    if mapping.table != "subscriptions" or "ends_on" not in mapping.columns:
        return mapping
    order = mapping.date_order
    start, end = (
        f"CAST(any_wall({quoted(mapping.columns[field])}, '{order}') AS DATE)" for field in ("starts_on", "ends_on")
    )
    who = (
        quoted(mapping.columns.get("customer_id") or mapping.columns["email"])
        if {"customer_id", "email"} & mapping.columns.keys()
        else "1"
    )
    same, next_day, ended = look.ask(
        f"SELECT count(*) FILTER (e = follows), count(*) FILTER (e + 1 = follows), count(e) FILTER (follows IS NOT NULL) FROM (SELECT {end} AS e, lead({start}) OVER (PARTITION BY {who} ORDER BY {start}) AS follows FROM {look.rows})"
    )[0]
    heading = mapping.columns["ends_on"].casefold().replace(" ", "_")
    proven = max(same, next_day) * 10 >= ended > 0
    last = (
        next_day > same if proven else (any(word in heading for word in ("last_day", "through", "utolsó", "viimeinen")))
    )
    because = dict(mapping.because)
    because["ends_on"] = ("the last day of service" if last else "the first day without service") + (
        f", as {many(max(same, next_day), 'stretch follows', 'stretches follow')} on" if proven else ""
    )
    return mapping.model_copy(update={"ends": "last_day" if last else "first_day_without", "because": because})
