"""Can a person read the tables?"""

from decimal import Decimal

import pandas as pd
import pytest

from keepwell.cli.printing import amount, counted, plain, say, show_csv, show_table

WIDE = pd.DataFrame(
    {
        "period": ["2026-01", "2026-02"],
        "start": [Decimal("1223.5200"), Decimal("0.0000")],
        "per_head": [694.3376140808343, 2.0],
        "paused": [Decimal("0.0000"), Decimal("3.0000")],
        "share": [0.01234567, float("nan")],
        "value": [12345.678, 1.0],
    }
)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "list[str]":
    """The lines of the wide table on a screen of 34 columns."""
    monkeypatch.setenv("COLUMNS", "34")
    show_table(WIDE, title="A long title, of more than thirty columns: how much?", keep=("period", "value"))
    return [line.rstrip() for line in capsys.readouterr().out.splitlines()]


def test_a_narrow_screen_hides_columns_and_breaks_no_number(said: list[str]) -> None:
    """Period 7, start 8, per head 8 and value 9 wide need 38 columns with their gaps; without per head it is 28."""
    assert said == [
        "A long title, of more than thirty columns: how much?",
        "period      start      value",
        "2026-01  1,223.52  12,345.68",
        "2026-02      0.00       1.00",
        "3 more columns with --csv or --json: per head, paused, share",
    ]


def test_a_pipe_that_says_nothing_has_room(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without COLUMNS every column is shown, with no more decimals than tell it."""
    monkeypatch.delenv("COLUMNS", raising=False)
    show_table(WIDE, keep=("period", "value"))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines] == [
        ["period", "start", "per", "head", "paused", "share", "value"],
        ["2026-01", "1,223.52", "694.34", "0", "0.0123", "12,345.68"],
        ["2026-02", "0.00", "2.00", "3", "–", "1.00"],
    ]


def test_what_has_to_be_shown_is_shown_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A screen too narrow even for the columns to keep does not cost a digit."""
    monkeypatch.setenv("COLUMNS", "10")
    show_table(WIDE, keep=("period", "value"))
    assert capsys.readouterr().out.splitlines()[1] == "2026-01  12,345.68"


def test_one_is_not_many() -> None:
    """1 fault, 2 faults, no faults."""
    assert [counted(n, "fault") for n in (0, 1, 2000)] == ["0 faults", "1 fault", "2,000 faults"]


@pytest.mark.parametrize(
    ("value", "told"),
    [("3258.2000", "3258.20"), ("3258.2", "3258.20"), ("3258", "3258.00"), ("0.1250", "0.125"), ("-5.0000", "-5.00"), ("1E+3", "1000.00")],
)  # fmt: skip
def test_money_is_written_in_one_way(value: str, told: str) -> None:
    """All digits that say something, and at least cents, whatever the engine gave."""
    assert amount(Decimal(value)) == told


def test_every_column_of_money_is_written_alike_as_csv(capsys: pytest.CaptureFixture[str]) -> None:
    """Sums, which are decimals, and means, which are floats; shares and texts are left as they are."""
    frame = pd.DataFrame(
        {
            "net": [Decimal("3258.2000"), None], "value": [3258.2, float("nan")], "share": [0.123456789, 0.5],
            "name": ["=1+1", "Ann, Ltd"], "orders": [3, 4],
        }
    )  # fmt: skip
    show_csv(frame, ("value",))
    assert capsys.readouterr().out.splitlines() == [
        "net,value,share,name,orders",
        "3258.20,3258.20,0.123456789,=1+1,3",
        ',,0.5,"Ann, Ltd",4',
    ]
    assert plain({"net": Decimal("3258.2000")}) == {"net": "3258.20"}


def test_control_characters_of_a_file_are_shown_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    """A customer who is called by an escape sequence neither colours the screen nor turns the line."""
    say("Ann \x1b[31mred\u202eevil\nnext")
    show_table(pd.DataFrame({"name": ["\x1b[2Jgone"]}))
    assert capsys.readouterr().out.splitlines()[:4] == [
        "Ann \\x1b[31mred\\u202eevil", "next", "name       ", "\\x1b[2Jgone",
    ]  # fmt: skip
