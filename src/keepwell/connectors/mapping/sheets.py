"""How is one mapped source read? Its fields with the kind of cell each has, and the sentences that go with it."""

import zoneinfo
from collections.abc import Mapping as Pairs
from dataclasses import dataclass

from keepwell import currencies
from keepwell.config import Company
from keepwell.connectors.contract import Raw
from keepwell.connectors.mapping.contents import quoted
from keepwell.connectors.mapping.model import Mapping
from keepwell.connectors.mapping.values import KEY, Spelling
from keepwell.connectors.mapping.words import TOTALS
from keepwell.connectors.translation import EMAIL, TEXT, YES, Field, Kind, Translation, text

INSTANTS = frozenset(
    [
        "acquired_at",
        "ordered_at",
        "delivered_at",
        "cancel_requested_at",
        "happened_at",
        "touched_at",
        "answered_at",
        "asked_at",
        "opened_at",
        "closed_at",
        "merged_at",
        "refunded_at",
        "assigned_at",
        "triggered_at",
    ]
)
DAYS = frozenset(["birthday", "starts_on", "ends_on", "ends_ahead", "renews_on"])
NUMBERS = frozenset(
    [
        "gross",
        "discount",
        "tax",
        "shipping",
        "refunded",
        "quantity",
        "unit_price",
        "amount",
        "line_no",
        "mrr",
        "list_mrr",
        "price",
        "value",
        "score",
        "version",
        "bucket",
        "planned_cost",
    ]
)
NAMING = frozenset(
    ["customer_id", "unit", "order_id", "refund_id", "subscription_id", "ticket_id", "event_id", "touch_id", "answer_id", "cost_id", "deal_id"]
)  # fmt: skip
"""Fields that say who or which a row is; in a line of sums a word stands there, such as Total."""
_TOTAL = rf"^({'|'.join(TOTALS)})\s*[:：]?$"
PLACED = frozenset(["clock", "clock_zone"])
"""Fields that say with the day of an order when it was."""
MIDNIGHT = r"[ T]00:00(:00(\.0+)?)?$"
"""The midnight a program wrote behind a day."""
_CODES = " ".join(f"WHEN {text(word)} THEN {text(code)}" for word, code in currencies.SPOKEN.items())
CURRENCY = Kind(lambda cell: f"CASE upper(clean({cell})) {_CODES} ELSE upper(clean({cell})) END")
CHANCE = Kind(
    lambda cell: (
        f"(SELECT chance FROM (SELECT TRY_CAST(replace(clean({cell}), ',', '.') AS DOUBLE) AS chance) WHERE chance > 0 AND chance <= 1)"
    ),
    "is a chance above 0 and at most 1, such as 0.5",
    "Correct the chance, or leave the column out.",
)
MONTH = "date_trunc('month', CAST(coalesce(try_strptime(clean({0}), ['%Y-%m', '%Y/%m', '%Y.%m', '%m/%Y', '%b %Y', '%B %Y']), any_wall({0}, {1})) AS DATE))"


@dataclass(frozen=True)
class Job:
    """
    One source on its way into canonical tables.

    Args:
        translation: The translation under way.
        raw: The source.
        mapping: What its columns mean.
        company: Its zone.
        known: Names of views of customers from customer files; added to.
        met: SELECTs of customers met elsewhere (customer_id, name, email, phone, country, told_at, _row, _source); added to.
    """

    translation: Translation
    raw: Raw
    mapping: Mapping
    company: Company
    known: list[str]
    met: list[str]

    @property
    def spelling(self) -> Spelling:
        """How the source spells numbers and days."""
        mapping = self.mapping
        return Spelling(
            mapping.date_order, mapping.decimals, mapping.zone or self.company.time_zone, self.company.time_zone
        )

    def kind(self, field: str) -> Kind:
        """How the cells of a field are read."""
        if field in self.mapping.words:
            return _known_words(field, self.mapping.words[field])
        if field == "clock_zone" or (field == "ordered_at" and not self.mapping.columns.keys().isdisjoint(PLACED)):
            return self._zone if field == "clock_zone" else self._placed
        spelling = self.spelling
        for fields, kind in ((INSTANTS, spelling.instant), (DAYS, spelling.day), (NUMBERS, spelling.number)):
            if field in fields:
                return kind
        if field == "month":
            order = text(self.mapping.date_order)
            return Kind(lambda cell: MONTH.format(cell, order), "is a month such as 2026-12", "Correct the month.")
        if field.endswith("_id"):
            return KEY
        return {"unit": KEY, "propensity": CHANCE, "email": EMAIL, "currency": CURRENCY, "human": YES}.get(field, TEXT)

    @property
    def _placed(self) -> Kind:
        """The time of an order whose time of day, or whose zone, stands in a column of its own."""
        order, home = text(self.mapping.date_order), text(self.company.time_zone)
        zone = text(self.spelling.zone)
        if "clock_zone" in self.mapping.columns:
            zone = f"CASE WHEN {self._zone.read('cell_clock_zone')} IS NULL THEN {zone} ELSE trim(cell_clock_zone) END"
        moment = "{0}"
        if "clock" in self.mapping.columns:
            day = f"regexp_replace({{0}}, '{MIDNIGHT}', '')"
            moment = f"CASE WHEN contains({day}, ':') THEN {{0}} ELSE concat_ws(' ', {day}, clean(cell_clock)) END"
        plain = self.spelling.instant
        read = f"CASE WHEN NOT no_date({{0}}) THEN zoned_instant({moment}, {order}, {zone}, {home}) END"
        return Kind(lambda cell: read.replace("{0}", cell), plain.law, plain.remedy)

    @property
    def _zone(self) -> Kind:
        """Names of zones, as far as they are zones."""
        column = quoted(self.mapping.columns["clock_zone"])
        there = self.translation.ask(f"SELECT DISTINCT trim({column}) FROM {self.translation.raw(self.raw)} LIMIT 1000")
        known = ", ".join(text(name) for (name,) in there if name in zoneinfo.available_timezones()) or "''"
        return Kind(
            lambda cell: f"CASE WHEN trim({cell}) IN ({known}) THEN trim({cell}) END",
            "is a time zone such as Europe/Helsinki",
            "Write the IANA name of the zone.",
        )

    def sheet(self, *filled: str) -> str:
        """
        The source as a view: every mapped field typed, every constant, _row and _source.

        Args:
            filled: Fields without which a row is rejected.
        """
        spared = INSTANTS | DAYS if self.mapping.table == "customers" else frozenset[str]()
        fields = {
            field: Field((column,), self.kind(field), essential=True, filled=field in filled, spared=field in spared)
            for field, column in self.mapping.columns.items()
        }
        fields |= {
            f"total_{field}": Field((column,), self._no_total)
            for field, column in self.mapping.columns.items()
            if field in NAMING
        }
        fields |= {f"trait_{at}": Field((column,)) for at, column in enumerate(self.mapping.traits)}
        table = "events" if self.mapping.table == "tickets" else self.mapping.table
        name = self.translation.sheet(self.raw, table, fields)
        constants = {
            field: value for field, value in self.mapping.constants.items() if field not in self.mapping.columns
        }
        literals = "".join(f", {self._literal(field, value)} AS {field}" for field, value in constants.items())
        self.translation.ask(f"CREATE VIEW {name}_said AS SELECT *{literals} FROM {name}")
        self._told_unused()
        return f"{name}_said"

    @property
    def _no_total(self) -> Kind:
        """What a name must not be where no day stands in its row: the word before a line of sums, which is nobody."""
        days = [field for field in self.mapping.columns if field in INSTANTS | DAYS | {"month"}]
        dayless = "".join(f" AND clean(cell_{field}) IS NULL" for field in days)
        return Kind(
            lambda cell: f"CASE WHEN NOT (regexp_matches(lower(clean({cell})), {text(_TOTAL)}){dayless}) THEN '' END",
            "is one of many, not the sum of them",
            "Leave the line of sums out: sums are worked out anew. Who is really called so needs another number.",
        )

    def _literal(self, field: str, value: str) -> str:
        return f"TRY_CAST({text(value)} AS DECIMAL(18, 4))" if field in NUMBERS else text(value)

    def has(self, field: str) -> bool:
        """Whether the source says anything of a field."""
        return field in self.mapping.columns or field in self.mapping.constants

    def value(self, field: str, otherwise: str = "NULL") -> str:
        """The SQL of a field in the sheet; *otherwise* where the source says nothing of it."""
        return field if self.has(field) else otherwise

    def person(self) -> str:
        """The SQL of the customer's key: the source's own, or the e-mail address where it has none."""
        found = [field for field in ("customer_id", "email") if self.has(field)]
        return f"coalesce({', '.join(found)})" if found else "NULL::VARCHAR"

    def count(self, sql: str) -> int:
        """How many rows a query gives."""
        return int(self.translation.ask(f"SELECT count(*) FROM ({sql})")[0][0])

    def with_person(self, view: str) -> str:
        """A SELECT of a view with customer_id as person() says it."""
        return (
            f"SELECT * REPLACE ({self.person()} AS customer_id) FROM {view}"
            if self.has("customer_id")
            else f"SELECT *, {self.person()} AS customer_id FROM {view}"
        )

    def meet(self, view: str, at: str) -> None:
        """
        Remember the customers a view tells of by the way.

        Args:
            view: View with customer_id.
            at: SQL of when; the latest word counts.
        """
        whole = (
            "nullif(trim(concat_ws(' ', first_name, last_name)), '')"
            if self.has("first_name") and self.has("last_name")
            else "NULL"
        )
        name = f"coalesce({self.value('name')}, {whole})"
        mail = f"coalesce({self.value('email')}, CASE WHEN contains(customer_id, '@') THEN customer_id END)"
        self.met.append(
            f"(SELECT customer_id, CAST({name} AS VARCHAR) AS name, CAST({mail} AS VARCHAR) AS email, CAST({self.value('phone')} AS VARCHAR) AS phone, "
            f"CAST({self.value('country')} AS VARCHAR) AS country, CAST({at} AS TIMESTAMPTZ) AS told_at, _row, _source FROM {view})"
        )

    def _told_unused(self) -> None:
        taken = {*self.mapping.columns.values(), *self.mapping.traits}
        unused = [column for column in self.raw.columns if column not in taken]
        if unused:
            more = f" and {len(unused) - 40:,} more" if len(unused) > 40 else ""
            self.translation.note(f"{self.raw.name}: columns that were not used: {', '.join(unused[:40])}{more}.")


def many(count: int, one: str, more: str) -> str:
    """
    A count and what it counts, as one says it.

    Args:
        count: How many.
        one: What follows 1, such as "row names".
        more: What follows other numbers, such as "rows name".
    """
    return f"{count:,} {one if count == 1 else more}"


def made_key(view: str, said: Pairs[str, str], prefix: str) -> str:
    """
    A SELECT of a view with a key "made" from what its rows say, the same whatever their order; rows that say the same are numbered.

    Args:
        view: The view.
        said: Name -> SQL of what tells rows apart.
        prefix: What the key begins with.
    """
    content = ", ".join(f"coalesce(CAST({sql} AS VARCHAR), '')" for sql in said.values())
    return (
        f"(SELECT *, {text(prefix)} || left(content, 16) || '-' || row_number() OVER (PARTITION BY content ORDER BY _row) AS made "
        f"FROM (SELECT *, md5(concat_ws('|', {content})) AS content FROM {view}))"
    )


def _known_words(field: str, words: Pairs[str, str]) -> Kind:
    cases = " ".join(f"WHEN {text(word)} THEN {text(state)}" for word, state in words.items())
    read = f"CASE lower(clean({{0}})) {cases} END" if cases else "NULL::VARCHAR"
    return Kind(
        lambda cell: read.replace("{0}", cell),
        f"is a known word for {field}",
        f"Say which {field} it is, under words.{field} of the column mapping.",
    )
