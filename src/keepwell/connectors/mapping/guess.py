"""What is this table? Its columns by their names, confirmed by their contents, and the spelling the whole file proves."""

import re
from collections.abc import Mapping as Pairs
from collections.abc import Sequence

from keepwell.config import Company
from keepwell.connectors.contract import ROW, Match, Raw
from keepwell.connectors.mapping.contents import NUMBERS, Column, Looker, quoted
from keepwell.connectors.mapping.evidence import spelling_of, zone_hint
from keepwell.connectors.mapping.model import Guess, Mapping
from keepwell.connectors.mapping.sheets import many
from keepwell.connectors.mapping.states import (
    DIRECTIONS,
    INTERVALS,
    OUTCOMES,
    PURPOSES,
    STATES,
    SUBSCRIPTION_STATES,
    TICKET_STATES,
    canonical,
)
from keepwell.connectors.mapping.words import FIELDS, currency_in, likeness, plain, tokens
from keepwell.errors import UnrecognisedError

NEEDS: Pairs[str, tuple[tuple[str, ...], ...]] = {
    "customers": (("customer_id", "email"),),
    "orders": (("customer_id", "email"), ("ordered_at",), ("gross", "amount", "unit_price")),
    "order_lines": (("order_id",), ("product_id", "product_name")),
    "refunds": (("refunded_at",), ("amount",), ("refund_id", "order_id", "reason")),
    "subscriptions": (("customer_id", "email"), ("starts_on",), ("mrr", "price")),
    "events": (("customer_id", "email"), ("happened_at",), ("name", "kind")),
    "touches": (("customer_id", "email"), ("touched_at",), ("channel", "direction")),
    "answers": (("customer_id", "email"), ("score", "text")),
    "tickets": (("customer_id", "email"), ("opened_at",), ("subject", "closed_at", "ticket_status")),
    "costs": (("month",), ("amount",), ("purpose", "category")),
    "deals": (("deal_id",), ("outcome",)),
    "merges": (("from_customer_id",), ("into_customer_id",)),
    "assignments": (("experiment",), ("unit", "email"), ("arm",), ("assigned_at",)),
}
"""Table -> what it cannot do without, one of each group."""
LINES = frozenset(["product_id", "product_name", "category", "quantity", "unit_price", "line_no"])
"""Fields of orders that only a line of an order has."""
TRAITS = 300
"""Columns kept by name without being asked for; more would take memory and nobody looks at them."""
_GIVEN_BACK = re.compile(
    "refund|return|credit|reason|hyvity|palaut|syy|visszat|visszak|jovair|退款|返金|erstatt|gutschrift|rembours|avoir|reembols|grund|motif|motivo"
)
"""What headings, or the name of a file, say of money given back; a key, a day and an amount alone are a sale like another."""
_ASKED_FOR_HELP = re.compile(
    "ticket|support|helpdesk|complaint|incident|tiket|palvelupyy|reklama|hibajegy|bejelent|panasz|工单|投诉|チケット|問い合わせ|問合せ|クレーム|storung|reclama|incidencia"
)
"""What headings, or the name of a file, say of tickets; a customer, a day and a subject alone may be a contact or a use like another."""
_BEFORE_TAX = frozenset(["netto", "net", "nettobetrag", "nettosumme", "ht", "neto", "netto", "nettosumma", "veroton"])
"""Words of headings that say there is no tax in an amount."""
_SPOKEN = {
    "customer_id": "a customer",
    "email": "an e-mail address",
    "gross": "an amount",
    "mrr": "a price per month",
    "amount": "an amount",
}
_SPOKEN |= {
    "ordered_at": "the date of an order",
    "starts_on": "a start",
    "happened_at": "the time of an event",
    "month": "a month",
    "assigned_at": "the day on which a unit was put into its arm",
}


def guess(raw: Raw, company: Company) -> Guess:
    """
    Find out what a table is and what its columns mean.

    Names decide (in eight languages, whatever case and marks), contents confirm; nothing is taken that the contents contradict.

    Args:
        raw: The source.
        company: Its zone and currency, where the file does not say.

    Raises:
        UnrecognisedError: No table of the language has these columns.
    """
    with Looker(raw) as look:
        listing = _listing(raw, look.columns)
        try:
            table, columns, sure = best_table(look.columns, raw.name)
        except UnrecognisedError as unknown:
            raise listing or unknown from None
        doubts = [raw.form["doubt"]] if "doubt" in raw.form else []
        problems: list[str] = []
        if table == "orders":
            columns |= _customer_by_contents(look.columns, columns, doubts)
        columns |= _amount_by_contents(look, table, columns, doubts)
        doubts += _half_told(table, columns, look.columns)
        problems += _missing(table, columns, look.columns)
        if problems and listing and {"customer_id", "unit"}.isdisjoint(columns):
            raise listing
        if table == "costs" and "purpose" not in columns and "category" in columns:
            columns["purpose"] = columns["category"]
        if table == "subscriptions" and "price" in columns and not {"mrr", "interval"} & columns.keys():
            doubts.append(
                f'no column tells for how long "{columns["price"]}" pays; it is taken as the price of a month.'
            )
        doubts += _told_twice(columns, raw.columns)
        mapping = Mapping(table=table, columns=columns)  # type: ignore[arg-type]  # a table of NEEDS
        mapping = spelling_of(look, mapping, company, doubts)
        mapping = _with_words(look, mapping, problems)
        mapping = _with_constants(look, mapping, company, doubts)
        mapping = _with_rows(look, mapping, doubts)
        mapping = zone_hint(look, mapping, company, doubts)
        mapping = _with_traits(look, mapping, doubts)
        return Guess(mapping, tuple(problems), tuple(doubts), sure)


def recognise_any(raw: Raw, connector: str) -> Match | None:
    """
    Whether a source is some table of the language, by its columns; less sure than any door that knows its own exports.

    Args:
        raw: The source.
        connector: The door that asks.
    """
    try:
        with Looker(raw) as look:
            table, columns, share = best_table(look.columns, raw.name)
    except UnrecognisedError:
        return None
    told = ", ".join(f'"{column}"' for column in columns.values())
    return Match(
        connector,
        table,
        round(0.05 + 0.4 * share, 2),
        f"It looks like a table of {table.replace('_', ' ')}, by its columns {told}.",
    )


def best_table(columns: Sequence[Column], name: str) -> tuple[str, dict[str, str], float]:
    """
    The table whose columns these are.

    A column counts the more, the fewer tables know it; a table that lacks what it needs wins only by far.

    Raises:
        UnrecognisedError: None fits.
    """
    found = {table: assign(columns, table) for table in NEEDS}
    drawn = _drawn(found, columns)
    if not drawn:
        found["assignments"] = {}  # so that its headings make no other table less sure
    if not _told_of(_ASKED_FOR_HELP, name, *found["tickets"].values()):
        found["tickets"] = {}
    known = {column.name: sum(column.name in taken.values() for taken in found.values()) for column in columns}
    scores = {table: sum(1 / known[column] for column in taken.values()) for table, taken in found.items()}
    whole = {table for table in NEEDS if all(any(field in found[table] for field in group) for group in NEEDS[table])}
    if "orders" in whole or (
        not {"customer_id", "email"}.isdisjoint(found["order_lines"]) and "ordered_at" in found["order_lines"]
    ):
        whole.discard("order_lines")
    if not _told_of(_GIVEN_BACK, name, *(column.name for column in columns)):
        whole.discard("refunds")
    partial = whole | {"orders", "subscriptions"}
    if drawn:
        whole.discard("customers")
        partial = (partial - {"customers"}) | {"assignments"}
    score = {table: scores[table] * (1 if table in whole else 0.5) for table in NEEDS if table in partial}
    best = max(score, key=score.__getitem__)
    if best not in whole and len(found[best]) < 2:
        told = ", ".join(column.name for column in columns[:12])
        raise UnrecognisedError(
            f"What {name} tells could not be found out; its columns are: {told}.",
            "A table names at least a customer, and a date with an amount or a start.",
            "Say which column is which with a column mapping, or name the columns customer_id, date and amount.",
        )
    met = sum(any(field in found[best] for field in group) for group in NEEDS[best])
    return best, found[best], met / len(NEEDS[best])


def _told_of(what: re.Pattern[str], *names: str) -> bool:
    """Whether a heading, or the name of a file, speaks of something."""
    return any(what.search(plain(name)) for name in names)


def _drawn(found: Pairs[str, Pairs[str, str]], columns: Sequence[Column]) -> bool:
    """Whether a table names an experiment and an arm beside a unit, and is no list of orders or events tagged with them."""
    taken, sale, event = found["assignments"], found["orders"], found["events"]
    if not ({"experiment", "arm"} <= taken.keys() and {"unit", "email"} & taken.keys()):
        return False
    filled = {column.name: column.filled for column in columns}
    if 2 * min(filled[taken["experiment"]], filled[taken["arm"]]) < max(filled.values()):
        return False
    sold = "order_id" in sale and not {"gross", "amount", "unit_price"}.isdisjoint(sale)
    return not sold and not {"kind", "name", "happened_at"} <= event.keys()


def assign(columns: Sequence[Column], table: str) -> dict[str, str]:
    """Field -> column name: the likest first, every column and field once, in the order of the table."""
    fields = FIELDS["orders" if table == "order_lines" else table]
    pairs = sorted(
        (
            (-sure, at, field, column.name)
            for at, (field, headings) in enumerate(fields.items())
            for column in columns
            if (sure := likeness(column.name, headings)) and column.may_be(field)
        ),
    )
    taken: dict[str, str] = {}
    for _, _, field, column in pairs:
        if field not in taken and column not in taken.values():
            taken[field] = column
    if "customer_id" not in taken and "account_id" in taken:
        taken["customer_id"] = taken.pop("account_id")  # where nobody else is named, the account is the customer
    return {field: taken[field] for field in fields if field in taken}


def _listing(raw: Raw, columns: Sequence[Column]) -> UnrecognisedError | None:
    """What to say of a list that other tables refer to, such as plans or products: nobody and no day stands in it."""
    if any(column.filled and (column.dates >= 0.5 or column.mails > 0) for column in columns) or not columns:
        return None
    key = next((column.name for column in columns if column.filled and column.distinct == column.filled), None)
    if key is None:
        return None
    return UnrecognisedError(
        f"{raw.name} looks like a list others refer to, such as plans or products: it names neither a customer nor a day "
        f"(columns {', '.join(raw.columns[:12])}).",
        "Imported are customers, orders, subscriptions and what else happened to a customer.",
        f'Leave it out. Where its names are wanted, put them beside "{key}" in the file that refers to it, and import that.',
    )


def _told_twice(taken: Pairs[str, str], columns: Sequence[str]) -> list[str]:
    """Headings of taken columns that stand several times; reading names the later ones "amount.2"."""
    doubts = []
    for column in dict.fromkeys(taken.values()):
        others = [other for other in columns if other.casefold().rpartition(".")[0] == column.casefold()]
        others = [other for other in others if other.rpartition(".")[2].isdecimal()]
        if others:
            told = ", ".join(f'"{other}"' for other in others)
            doubts.append(
                f'the heading "{column}" stands {len(others) + 1} times; the first is taken, not the later ({told}).'
            )
    return doubts


def _customer_by_contents(columns: Sequence[Column], taken: Pairs[str, str], doubts: list[str]) -> dict[str, str]:
    """Where no column is called a customer: the only key that repeats, said as a doubt."""
    if "customer_id" in taken or "email" in taken:
        return {}
    found = [
        column.name
        for column in columns
        if column.name not in taken.values()
        and column.name.casefold().replace(" ", "_").endswith(("id", "_no", "number", "code", "key"))
        and column.filled > 2 * column.distinct > 2
        and column.people < 0.6
        and column.mails == 0
    ]
    if not found:
        return {}
    doubts.append(f'no column is called a customer; "{found[0]}" repeats like one and is taken for it.')
    return {"customer_id": found[0]}


def _amount_by_contents(look: Looker, table: str, taken: Pairs[str, str], doubts: list[str]) -> dict[str, str]:
    """The amount where no column is called one: the only column of numbers with cents, said as a doubt."""
    field = {"orders": "gross", "subscriptions": "price"}.get(table)
    if field is None or not {"gross", "amount", "unit_price", "mrr", "price"}.isdisjoint(taken):
        return {}
    free = [
        c.name for c in look.columns if c.name not in taken.values() and c.filled and c.numbers >= 0.8 and c.dates < 0.5
    ]
    found = []
    for column in map(quoted, free):
        cents = look.ask(
            f"SELECT count(*) FILTER (regexp_matches(trim({column}), '\\d[.,]\\d{{2}}\\D{{0,5}}$')) * 2 > count({column}) FROM {look.rows}"
        )[0][0]
        found += [column] if cents else []
    if len(found) != 1:
        return {}
    name = next(name for name in free if quoted(name) == found[0])
    doubts.append(f'no column is called an amount; "{name}" alone holds numbers with cents and is taken for it.')
    return {field: name}


def _half_told(table: str, taken: Pairs[str, str], columns: Sequence[Column]) -> list[str]:
    """Doubts of what was found, but says less than it seems: amounts before tax, customers without their name."""
    doubts = []
    amount = taken.get("gross", "")
    if _BEFORE_TAX.intersection(tokens(amount)):
        doubts.append(f'"{amount}" is an amount before tax; it is taken as what an order was worth.')
    if table == "customers" and {"name", "first_name", "last_name"}.isdisjoint(taken):
        named = [column.name for column in columns if column.people >= 0.6 and column.name not in taken.values()]
        if named:
            doubts.append(f'no column is called a name, so customers come in without one; is it "{named[0]}"?')
    if table == "tickets" and {"closed_at", "ticket_status"}.isdisjoint(taken):
        doubts.append("no column tells which tickets are solved; every one is taken as open.")
    if table == "answers" and "answered_at" not in taken:
        doubts.append(
            "no column tells on which day they answered; what was answered on no day counts nowhere and is refused."
        )
    return doubts


def _missing(table: str, taken: Pairs[str, str], columns: Sequence[Column]) -> list[str]:
    told = ", ".join(column.name for column in columns[:12])
    problems = []
    for group in NEEDS[table]:
        if any(field in taken for field in group):
            continue
        if table == "orders" and group == ("customer_id", "email"):
            named = [
                column.name
                for column in columns
                if likeness(column.name, FIELDS["orders"]["name"]) or column.people >= 0.6
            ]
            hint = f' "{named[0]}" holds names, and two people may have one name.' if named else ""
            problems.append(f"no column looks like a customer: {told}.{hint} Say which column names the customer.")
        else:
            problems.append(f"no column looks like {_SPOKEN.get(group[0], group[0].replace('_', ' '))}: {told}.")
    return problems


def _with_words(look: Looker, mapping: Mapping, problems: list[str]) -> Mapping:
    """Words of state understood; those not known are a problem, for nothing may be guessed of them."""
    lists = {
        "status": STATES,
        "state": SUBSCRIPTION_STATES,
        "ticket_status": TICKET_STATES,
        "interval": INTERVALS,
        "purpose": PURPOSES,
        "outcome": OUTCOMES,
        "direction": DIRECTIONS,
        "kind": {
            "person": "person individual b2c private",
            "account": "account company b2b business organisation organization",
        },
    }
    words: dict[str, dict[str, str]] = {}
    for field, known in lists.items():
        if field not in mapping.columns or (field == "kind" and mapping.table != "customers"):
            continue
        column = quoted(mapping.columns[field])
        found = look.ask(
            f"SELECT lower(clean({column})) AS word, count(*) FROM {look.rows} WHERE word IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 100"
        )
        words[field] = {word: state for word, _ in found if (state := canonical(word, known))}
        strange = [f"{word!r} ({many(count, 'row', 'rows')})" for word, count in found if word not in words[field]]
        if strange:
            problems.append(
                f'words of "{mapping.columns[field]}" are not known: {", ".join(strange[:8])}. Say for each under words.{field} which of {", ".join(known)} it is.'
            )
    return mapping.model_copy(update={"words": words})


def _with_constants(look: Looker, mapping: Mapping, company: Company, doubts: list[str]) -> Mapping:
    """What no column says: currency, direction, kind of event."""
    constants, because = dict(mapping.constants), dict(mapping.because)
    money = "currency" in FIELDS["orders" if mapping.table == "order_lines" else mapping.table]
    if money and "currency" not in mapping.columns and mapping.table != "order_lines":
        named = {currency for column in mapping.columns.values() if (currency := currency_in(column))}
        amounts = [column for field, column in mapping.columns.items() if field in NUMBERS]
        inside = _currency_signs(look, amounts)
        if len(named | inside) == 1:
            constants["currency"] = (named | inside).pop()
            because["currency"] = "named with the amounts"
        else:
            constants["currency"] = company.currency
            because["currency"] = "the company's; the file names none"
            doubts.append(f"the file names no currency; amounts are taken as {company.currency}.")
    if mapping.table == "touches" and "direction" not in mapping.columns:
        constants["direction"] = "out"
        doubts.append("no column tells who spoke to whom; every contact is taken as ours (out).")
    if mapping.table == "touches" and "channel" not in mapping.columns:
        constants["channel"] = "mail"
        doubts.append("no column tells the channel; every contact is taken as mail.")
    if mapping.table == "assignments" and "version" not in mapping.columns:
        constants["version"], because["version"] = "1", "the file names none"
    if mapping.table == "events" and "kind" not in mapping.columns:
        constants["kind"] = "usage"
    if mapping.table == "tickets" and "score" in mapping.columns:
        constants["question"] = "csat"
    if mapping.table == "answers" and "question" not in mapping.columns:
        score = mapping.columns.get("score", "").casefold()
        constants["question"] = "nps" if "nps" in score else "csat" if "score" in mapping.columns else "open"
    return mapping.model_copy(update={"constants": constants, "because": because})


def _currency_signs(look: Looker, columns: Sequence[str]) -> set[str]:
    """Currencies that stand in the amounts themselves."""
    signs = {"€": "EUR", "£": "GBP", "Ft": "HUF", "zł": "PLN", "Kč": "CZK", "₹": "INR", "₩": "KRW"}
    found: set[str] = set()
    for column in columns:
        rows = look.ask(
            f"SELECT DISTINCT regexp_extract({quoted(column)}, '([A-Z]{{3}}|\\p{{Sc}}|Ft|zł|Kč)', 1) AS sign FROM {look.rows} WHERE sign <> '' LIMIT 20"
        )
        found |= {signs.get(sign, sign) for (sign,) in rows if sign in signs or (len(sign) == 3 and currency_in(sign))}
    return found


def _with_rows(look: Looker, mapping: Mapping, doubts: list[str]) -> Mapping:
    """Whether a row is an order or a line of one; and whether a total is the order's or the line's."""
    if mapping.table == "order_lines":
        return mapping.model_copy(update={"rows": "lines"})
    if mapping.table != "orders":
        return mapping
    columns, because = dict(mapping.columns), dict(mapping.because)
    if "order_id" not in columns:
        because["order_id"] = "made from customer, time and amount"
        doubts.append(
            "no column names the order; every row is taken as one order, and its key is made from customer, time and amount."
        )
        return mapping.model_copy(update={"because": because})
    key = quoted(columns["order_id"])
    rows, orders = look.ask(
        # Groups of groups spill to the disk, a count of distinct values does not.
        f"SELECT coalesce(sum(n), 0), count(*) FROM (SELECT count(*) AS n FROM (SELECT DISTINCT {key} AS key, hash(*COLUMNS(* EXCLUDE ({ROW}))) AS row FROM {look.rows}) WHERE key IS NOT NULL GROUP BY key)"
    )[0]
    if rows == orders and not ("unit_price" in columns and "gross" not in columns):
        return mapping
    if LINES.isdisjoint(columns) and ("gross" in columns or "amount" not in columns):
        doubts.append(
            f"{many(rows - orders, 'row repeats', 'rows repeat')} the number of an order, and no column tells of lines (product, quantity): the first row "
            f'counts, one that names another customer, day or amount is refused. Say rows = "lines" if rows are parts of an order.'
        )
        return mapping
    if "gross" in columns and "amount" not in columns:
        total = quoted(columns["gross"])
        several, same = look.ask(
            f"SELECT count(*) FILTER (n > 1), count(*) FILTER (n > 1 AND low = high) FROM (SELECT count(*) AS n, min({total}) AS low, max({total}) AS high FROM {look.rows} GROUP BY {key})"
        )[0]
        if several and same < 0.9 * several:
            columns["amount"] = columns.pop("gross")
            because["amount"] = "differs between the lines of an order, so it is the line's"
    because["order_id"] = f"{many(orders, 'order', 'orders')} in {many(look.raw.rows, 'row', 'rows')}"
    return mapping.model_copy(update={"columns": columns, "rows": "lines", "because": because})


def _with_traits(look: Looker, mapping: Mapping, doubts: list[str]) -> Mapping:
    """Columns nothing else claims are kept by name where a table has a place for them."""
    if mapping.table not in ("customers", "events", "tickets"):
        return mapping
    taken = set(mapping.columns.values())
    free = [column for column in look.raw.columns if column not in taken]
    if len(free) > TRAITS:
        doubts.append(
            f"{len(free):,} columns have no place of their own; the first {TRAITS} are kept by name, the others are left out. "
            f"Say traits = [...] for others."
        )
    return mapping.model_copy(update={"traits": tuple(free[:TRAITS])})
