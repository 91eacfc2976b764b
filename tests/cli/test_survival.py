"""Does keepwell survival tell stays as pencil and paper do, and say so where too few are known?"""

from pathlib import Path

import pytest
from tests.cli.conftest import Keepwell


@pytest.fixture
def club(keepwell: Keepwell, tmp_path: Path) -> Keepwell:
    """
    Twenty-four members who joined on 1 January 2025, seen until 1 January 2026.

    Twelve come from FI: six leave after 31 days (1 February), six stay. Of the twelve from SE all stay. Two more come from DE.
    """
    rows = ["customer_id,subscription_id,starts_on,ends_on,plan,mrr,currency,state"]
    people = ["customer_id,country"]
    for number in range(26):
        who = f"m{number:02d}"
        people.append(f"{who},{'FI' if number < 12 else 'SE' if number < 24 else 'DE'}")
        rows.append(f"{who},s-{who},2025-01-01,{'2025-02-01' if number < 6 else ''},basic,10.00,EUR,paid")
    (tmp_path / "subscriptions.csv").write_text("\n".join(rows), "utf-8")
    (tmp_path / "customers.csv").write_text("\n".join(people), "utf-8")
    assert keepwell("new", "Club", "-w", "club").code == 0
    settings = tmp_path / "club" / "keepwell.toml"
    settings.write_text(settings.read_text("utf-8") + "\ndata_until = 2026-01-01\n", "utf-8")
    assert keepwell("import", "customers.csv", "subscriptions.csv", "-w", "club", "--yes").code == 0
    return keepwell


def test_stays_of_everybody(club: Keepwell) -> None:
    """Of 26 six left after 31 days: 20/26 stay beyond, a quarter is not gone, and the second month holds the hazard 6/26."""
    told = club("survival", "-w", "club", "--json").json
    assert told["told"] == [
        "Of 26 customers 6 have left. More than half stay longer than can be seen yet: the median is not reached."
    ]
    assert [(row["duration"], row["at_risk"]) for row in told["curve"]] == [(0, 26), (31, 26), (365, 20)]
    assert told["curve"][1]["survival"] == pytest.approx(20 / 26)
    hazard = next(row for row in told["hazards"] if row["since"] == 1)
    assert (hazard["at_risk"], hazard["ended"]) == (26, 6)
    assert hazard["hazard"] == pytest.approx(6 / 26)


def test_kinds_beside_each_other(club: Keepwell) -> None:
    """Six of twelve against none of twelve: expected three each, chi-squared = 9 / (6 x 1/4 x 18/23) = 7.67; two are too few to test."""
    told = club("survival", "-w", "club", "--by", "country", "--json").json
    test = told["log_rank"]
    assert [(row["by"], row["ended"], row["expected"]) for row in test["kinds"]] == [("FI", 6, 3.0), ("SE", 0, 3.0)]
    assert test["statistic"] == pytest.approx(9 / (6 * 0.25 * 18 / 23))
    assert test["left_out"] == {"DE": 2}
    shown = club("survival", "-w", "club", "--by", "country").out
    assert "Kinds leave at different paces (p = 0.0056)." in shown
    assert "DE: Not enough data: 2 customers, at least 10 are needed." in shown


def test_until_cuts_what_is_told_not_what_is_known(club: Keepwell) -> None:
    """Nothing beyond a hundred days is told; who is there after a hundred is."""
    told = club("survival", "-w", "club", "--until", "100", "--json").json
    assert [row["duration"] for row in told["curve"]] == [0, 31]
    assert [row["after"] for row in told["still_there"]] == [30, 90, 100]
    assert {row["since"] for row in told["hazards"]} <= {0, 1, 2, 3}


def test_too_few_is_said(club: Keepwell) -> None:
    """Two of Germany are no curve; nobody is none either."""
    why = "Not enough data: 2 customers with a known stay, at least 10 are needed."
    assert club("survival", "-w", "club", "--where", "country = 'DE'").out.strip() == why
    assert club("survival", "-w", "club", "--where", "country = 'DE'", "--json").json == {"told": [why], "customers": 2}
    nobody = club("survival", "-w", "club", "--where", "country = 'NO'", "--csv")
    assert (nobody.code, nobody.out) == (0, "duration,ended,running,at_risk,survival,low,high\n")
    assert "0 customers with a known stay" in nobody.err


@pytest.mark.slow
@pytest.mark.parametrize(("name", "begins"), [("stay.svg", b"<svg"), ("stay.png", b"\x89PNG")])
def test_the_curve_is_drawn(club: Keepwell, tmp_path: Path, name: str, begins: bytes) -> None:
    """As the ending of the name says."""
    assert club("survival", "-w", "club", "--chart", name).code == 0
    assert (tmp_path / name).read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--chart", "stay.pdf"), "stay.pdf cannot be drawn."),
        (("--chart", "stay.svg", "--by", "country"), "stay.svg cannot be drawn by country."),
        (("--by", "shoe"), "No customer has a trait 'shoe'."),
    ],
)
def test_what_cannot_be_told_is_refused(club: Keepwell, words: tuple[str, ...], said: str) -> None:
    """With what to do, and without a file."""
    told = club("survival", "-w", "club", *words)
    assert told.code == 2
    assert said in told.err
