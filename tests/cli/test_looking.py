"""Can somebody at a command line look at a play, twice, and get a page of it?"""

from pathlib import Path

import pytest
from tests.cli.conftest import Keepwell

from keepwell.experiments.reading import plan_of
from keepwell.prove.plan import Plan
from keepwell.workspace import Workspace


@pytest.mark.slow
@pytest.mark.capability("S2-24")
def test_a_look_is_entered_once_and_has_a_page(company: Keepwell, tmp_path: Path) -> None:
    """The verdict in words; looked at again it is the same entry; the page and its pictures lie where asked; other words are refused."""
    rows = company("prove", "list", "-w", "shop", "--json").json["experiments"]
    assert {row["experiment"]: row["last_look"] for row in rows}["thanks:1"] == "no look yet"
    first = company("prove", "look", "thanks", "-w", "shop", "--into", "page")
    assert first.code == 0
    assert "Look 1, entered now." in first.out
    assert (tmp_path / "page" / "look.html").is_file()
    assert (tmp_path / "page" / "figures" / "looks-0.png").is_file()
    again = company("prove", "look", "thanks", "-w", "shop", "--json").json
    assert (again["entered"], again["looks"]) == (False, 1)
    row = again["comparisons"][0]["rows"][0]
    rows = company("prove", "list", "-w", "shop", "--json").json["experiments"]
    assert {one["experiment"]: one["last_look"] for one in rows}["thanks:1"] == again["verdict"]
    shown = row["low"] is not None and (row["low"] > 0 or row["high"] < 0)
    assert shown == (again["verdict"] in ("better", "worse"))
    planned = company("prove", "look", "thanks", "-w", "shop", "--days", "30")
    assert (planned.code, "are those of the plan" in planned.err) == (2, True)
    wrong = company("prove", "look", "nothing", "-w", "shop")
    assert wrong.code == 2
    assert (
        "There is no experiment 'nothing'. Planned are thanks:1. Brought in without a plan: club welcome:1" in wrong.err
    )
    assert "One without a plan gives a hint, asked in the same way: keepwell prove look 'club welcome:1'" in wrong.err


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
    advised = company("prove", "whom", "club welcome", "-w", "shop")
    assert (advised.code, "club welcome:1 was brought in without a plan" in advised.err) == (2, True)
    assert "a table of your own" in advised.err
    even = ("--share", "control=0.5", "--share", "treated=0.5")
    assert company("prove", "look", "club welcome", "-w", "shop", *even, "--json").json["state"] == "hidden"
    for wrong in (("--share", "control=half"), ("--share", "control=1"), ("--control", "nobody"), ("--into", "page")):
        assert company("prove", "look", "club welcome", "-w", "shop", *wrong).code == 2
    listed = company("prove", "list", "-w", "shop")
    assert "Read the hint: keepwell prove look 'club welcome:1'" in " ".join(listed.out.split())
    assert company("prove", "list", "-w", "shop", "--json").json["entries"] == before


@pytest.mark.slow
def test_what_everybody_gets_is_beside_nobody(company: Keepwell, tmp_path: Path) -> None:
    """A plan with the one arm mail: no table calls it mail beside mail, and the list calls it not measurable, not a verdict."""
    with Workspace.open(tmp_path / "shop") as opened:
        thanks = plan_of(opened, "thanks")
        said = thanks.canonical() | {"experiment": "all", "arms": [["mail", 1.0]]}
        everybody = Plan.of(said)
        opened.lake.enter("plan", everybody.name, {"plan": everybody.canonical(), "digest": everybody.digest})
    told = company("prove", "look", "all", "-w", "shop")
    assert (told.code, "mail beside mail" in told.out) == (0, False)
    assert "mail, given to everybody: there is nobody beside it to compare with" in told.out
    rows = company("prove", "list", "-w", "shop", "--json").json["experiments"]
    assert {row["experiment"]: row["last_look"] for row in rows}["all:1"] == "not measurable"
