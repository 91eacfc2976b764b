"""Is the language whole? Keys, references, types and words of every canonical table."""

import ibis.expr.datatypes as dt
import pytest

from keepwell.schema import TABLES, CanonicalTable

EVERY = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


@EVERY
def test_keys_and_laws_speak_of_columns(table: CanonicalTable) -> None:
    """A key and a law name columns the table has; no two laws share an id."""
    assert set(table.key) <= set(table.columns)
    assert all(table.columns[name].required for name in table.key)
    laws = table.all_laws()
    assert {law.column for law in laws} <= set(table.columns)
    assert len({law.id for law in laws}) == len(laws)


@EVERY
def test_references_lead_to_keys_already_loaded(table: CanonicalTable) -> None:
    """A column refers to a table that stands earlier and has one key of the same type."""
    order = list(TABLES)
    for column, other in table.refers.items():
        assert order.index(other) < order.index(table.name)
        assert len(TABLES[other].key) == 1
        assert table.schema[column] == TABLES[other].schema[TABLES[other].key[0]]


@EVERY
def test_only_exact_and_zoned_types_are_spoken(table: CanonicalTable) -> None:
    """Money is decimal with four places, instants are UTC, keys are text or whole numbers."""
    for name, kind in table.schema.items():
        assert not kind.is_timestamp() or kind.timezone == "UTC", name
        assert not kind.is_decimal() or (kind.precision, kind.scale) == (18, 4), name
        assert (
            kind in (dt.string, dt.boolean, dt.date, dt.int64, dt.float64)
            or kind.is_timestamp()
            or kind.is_decimal()
            or kind.is_map()
        ), name
    assert all(
        table.schema[name].is_string() or table.schema[name].is_integer() or table.schema[name].is_date()
        for name in table.key
    )


@EVERY
def test_every_word_is_explained(table: CanonicalTable) -> None:
    """Tables, columns and laws are told in whole words that end as sentences do."""
    assert table.meaning.endswith(".")
    assert all(column.meaning.strip() for column in table.columns.values())
    assert all(law.says and law.remedy.endswith(".") for law in table.all_laws())


def test_the_tables_are_these() -> None:
    """Thirteen nouns, in the order they can be loaded."""
    assert list(TABLES) == [
        "customers", "contacts", "orders", "order_lines", "refunds", "subscriptions", "events", "touches", "answers",
        "costs", "deals", "merges", "assignments",
    ]  # fmt: skip
    assert [name for name, table in TABLES.items() if table.fills] == ["customers", "contacts"]
