"""Does every number of keepwell journey open its list?"""

import pytest
from tests.cli.conftest import Keepwell


@pytest.mark.capability("S4-07", "S4-11")
def test_who_stopped_is_named(shop: Keepwell) -> None:
    """On 1 July of three first orders one, Ann's, was followed by another; Bob and Cyd stopped there."""
    asked = ("journey", "-w", "shop", "--as-of", "2026-07-01")
    rows = shop(*asked, "--json").json["rows"]
    assert [(row["step"], row["customers"], row["stopped"]) for row in rows] == [
        ("first order", 3, 2),
        ("order again", 1, 1),
    ]
    stopped = shop(*asked, "--step", "first order", "--stopped", "--json").json["rows"]
    assert [(row["customer_id"], row["on"][:10]) for row in stopped] == [
        ("bob@example.com", "2026-01-20"),
        ("cyd@example.com", "2026-02-15"),
    ]
    way = shop(*asked, "--way", "not known > first order > order again", "--csv").out
    assert way.splitlines()[1].startswith("ann@example.com,")
    assert len(way.splitlines()) == 2


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--step", "nope"), 0, "Nobody: no customer of that kind is known."),
        (("--step", "first order", "--met", "first order"), 2, "Two lists at once."),
        (("--way", "ads > > order again"), 2, "is no way."),
    ],
)
def test_what_there_is_no_list_of(shop: Keepwell, words: tuple[str, ...], code: int, said: str) -> None:
    """An unknown step has nobody; two lists at once, and a way with a hole, are refused."""
    told = shop("journey", "-w", "shop", *words)
    assert told.code == code
    assert said in told.out + told.err
