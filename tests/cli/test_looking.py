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
    planned = company("prove", "look", "thanks", "-w", "shop", "--days", "30")
    assert (planned.code, "are those of the plan" in planned.err) == (2, True)
    wrong = company("prove", "look", "nothing", "-w", "shop")
    assert (wrong.code, "No plan of 'nothing' is frozen." in wrong.err) == (2, True)


@pytest.mark.slow
@pytest.mark.capability("S2-24")
def test_what_nobody_planned_is_a_hint(company: Keepwell) -> None:
    """Brought in without a plan: figures, called unproven, held against the chances stored; shares that are none are refused; no entry."""
    before = company("prove", "list", "-w", "shop", "--json").json["entries"]
    told = company("prove", "look", "club welcome", "-w", "shop", "--days", "30")
    assert (told.code, "a hint, unproven. Not entered." in told.out) == (0, True)
    assert "the chances stored with the assignments" in told.out
    read = company("prove", "look", "club welcome:1", "-w", "shop", "--days", "30", "--json").json
    assert (read["verdict"], read["state"], read["entered"]) == ("unproven", "hint", False)
    assert "p_value" not in read["figures"][0]
    even = ("--share", "control=0.5", "--share", "treated=0.5")
    assert company("prove", "look", "club welcome", "-w", "shop", *even, "--json").json["state"] == "hidden"
    for wrong in (("--share", "control=half"), ("--share", "control=1"), ("--control", "nobody"), ("--into", "page")):
        assert company("prove", "look", "club welcome", "-w", "shop", *wrong).code == 2
    listed = company("prove", "list", "-w", "shop")
    assert "Read the hint: keepwell prove look 'club welcome:1'" in " ".join(listed.out.split())
    assert company("prove", "list", "-w", "shop", "--json").json["entries"] == before
