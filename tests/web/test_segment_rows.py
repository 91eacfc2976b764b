"""Do rows and expression say the same, and is a word nobody knows named?"""

from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

from keepwell.web.understanding.building import Row, rows_of, strange, written

BUILD = "/understanding/segments/"
SignedIn = Callable[[str], Client]


@pytest.mark.parametrize(
    ("where", "rows", "word"),
    [
        ("orders >= 3", [Row("orders", ">=", "3")], "and"),
        ('kept and plan = "Crew"', [Row("kept", "yes"), Row("plan", "=", "Crew")], "and"),
        ('not kept or traits.size != "big"', [Row("kept", "no"), Row("traits.size", "!=", "big")], "or"),
        ("owner is unknown and country is not unknown", [Row("owner", "unknown"), Row("country", "known")], "and"),
        ('name contains "a""b" or left_on >= "2026-01-01"', [Row("name", "contains", 'a"b'), Row("left_on", ">=", "2026-01-01")], "or"),
    ],
)  # fmt: skip
def test_rows_and_expression_say_the_same(where: str, rows: list[Row], word: str) -> None:
    """What is written is read as rows, and the rows write it again, letter for letter."""
    assert rows_of(where) == (rows, word)
    assert written(rows, word) == where


@pytest.mark.parametrize(
    "where", ["orders between 2 and 5", "kept and (orders = 1 or orders = 2)", "orders >= net", "((", ""]
)
def test_what_says_more_than_rows_has_none(where: str) -> None:
    """A list, a bracket, a comparison of columns, or what is wrong."""
    assert rows_of(where) is None


def test_a_row_that_is_not_finished_says_nothing() -> None:
    """Without a column or a value it is left out; a trait of several words is quoted; a word for a number is text."""
    assert written([Row(), Row("orders", ">=", " "), Row("kept", "yes")], "and") == "kept"
    assert (
        written([Row("traits.old plan", "=", "x"), Row("orders", "=", "many")], "or")
        == 'traits."old plan" = "x" or orders = "many"'
    )


def test_the_strange_word_is_named() -> None:
    """Neither columns, traits, our own words nor what stands in quotes are strange."""
    known = ["orders", "plan", "traits.size"]
    assert strange("orders >= banana and ((", known) == ("banana", 10)
    assert strange('plan = "banana" and traits.size is unknown and size = "a"', known) is None


def test_a_segment_is_chosen_row_by_row(signed_in: SignedIn) -> None:
    """Rows count what their expression counts; a row is added and removed by plain requests; few values are offered."""
    client = signed_in("analyst")
    rows = {"word": "and", "column": ["orders", "country"], "how": [">=", "known"], "value": ["3", ""]}
    page = unescape(client.get(BUILD, rows).content.decode())
    counted = page.split('<p class="counted">')[1].split("<")[0]
    same = client.get(BUILD, {"where": "orders >= 3 and country is not unknown"}).content.decode()
    assert same.split('<p class="counted">')[1].split("<")[0] == counted
    assert ">orders >= 3 and country is not unknown</textarea>" in page
    assert page.count('name="column"') == 2
    assert client.get(BUILD, {**rows, "add": "1"}).content.decode().count('name="column"') == 3
    less = unescape(client.get(BUILD, {**rows, "remove": "1"}).content.decode())
    assert ">orders >= 3</textarea>" in less
    assert '<option value="FI"></option>' in page or "<datalist" not in page


def test_a_word_nobody_knows_is_told(signed_in: SignedIn) -> None:
    """Banana is named and marked, not the end; a slip is told what may have been meant."""
    page = unescape(signed_in("analyst").get(BUILD, {"where": "orders >= banana and (("}).content.decode())
    assert "“banana” is neither a column nor a trait here." in page
    assert "<mark>banana</mark>" in page
    slip = unescape(signed_in("analyst").get(BUILD, {"where": "order >= 3"}).content.decode())
    assert "Did you mean orders?" in slip
