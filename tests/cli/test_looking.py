"""Can somebody at a command line look at a play, twice, and get a page of it?"""

from pathlib import Path

import pytest
from tests.cli.conftest import Keepwell


@pytest.mark.slow
@pytest.mark.capability("S2-24")
def test_a_look_is_entered_once_and_has_a_page(company: Keepwell, tmp_path: Path) -> None:
    """The verdict in words; looked at again it is the same entry; the page and its pictures lie where asked; other words are refused."""
    first = company("prove", "look", "thanks", "-w", "shop", "--into", "page")
    assert first.code == 0
    assert "Look 1, entered now." in first.out
    assert (tmp_path / "page" / "look.html").is_file()
    assert (tmp_path / "page" / "figures" / "looks-0.png").is_file()
    again = company("prove", "look", "thanks", "-w", "shop", "--json").json
    assert (again["entered"], again["looks"]) == (False, 1)
    row = again["comparisons"][0]["rows"][0]
    shown = row["low"] is not None and (row["low"] > 0 or row["high"] < 0)
    assert shown == (again["verdict"] in ("better", "worse"))
    wrong = company("prove", "look", "nothing", "-w", "shop")
    assert (wrong.code, "No plan of 'nothing' is frozen." in wrong.err) == (2, True)
