"""Does the board tell those who lead whether customers are kept, and what is left undone?"""

from collections.abc import Callable
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from django.test import Client

from keepwell.experiments import goals
from keepwell.experiments.figures import Asked
from keepwell.measure.deals import wilson
from keepwell.web.base.models import Person
from keepwell.web.place import folder
from keepwell.workspace import Workspace

SignedIn = Callable[[str], Client]


def _page(client: Client, address: str = "/board/?now=1") -> str:
    response = client.get(address)
    assert response.status_code == 200
    return unescape(response.content.decode())


@pytest.mark.parametrize("role", ["rep", "success", "marketer"])
def test_it_is_for_those_who_lead(signed_in: SignedIn, role: str) -> None:
    """Others are refused, and told whose it is."""
    refused = signed_in(role).get("/board/")
    assert refused.status_code == 403
    assert b"Manager" in refused.content


def test_the_kept_share_stands_with_its_interval_and_leads_to_its_customers(signed_in: SignedIn) -> None:
    """The figure of the library, with the interval of Wilson, linked to who was kept."""
    with Workspace.open(folder()) as company:
        frame = company.measure("kept_share").frame
    last = frame[frame["complete"]].iloc[-1]
    low, high = wilson(int(last["kept"]), int(last["at_start"]))
    page = _page(signed_in("analyst"))
    assert f"{last['value']:.1%}" in page
    assert f"95 % interval {low:.1%} to {high:.1%}" in page
    assert f"/measures/kept_share/customers/?cell.period={last['period']}&group=kept" in page


def test_every_gap_is_the_list_it_leads_to(signed_in: SignedIn) -> None:
    """Customers without an owner are as many as the segment of the same condition finds."""
    with Workspace.open(folder()) as company:
        without = len(company.segment("kept and owner is unknown"))
    client = signed_in("analyst")
    page = _page(client)
    assert f">{without:,}</a>" in page
    link = page.split(">Customers without an owner<")[0].rsplit('href="', 1)[1].split('"')[0]
    assert f'class="counted">{without:,}<' in _page(client, link)


def test_gaps_are_of_customers_one_sees(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """A manager of a team counts the team's customers."""
    assert people["manager"].reach == "team"
    with Workspace.open(folder()) as company:
        owners = {
            name for person in people.values() if person.team_id == people["manager"].team_id for name in person.names()
        }
        everybody = company.segment("kept")
    mine = int(everybody["owner"].isin(owners).sum())
    assert f"Among the {mine:,} customers you see who are kept." in _page(signed_in("manager"))


@pytest.mark.slow
def test_a_goal_stands_on_the_board_at_once(signed_in: SignedIn, own_company: Path) -> None:
    """Without a goal the page teaches; set, it stands with its figure, day and owner, whatever was kept before."""
    client = signed_in("analyst")
    assert "No goal is set." in _page(client)
    with Workspace.open(own_company) as company:
        goals.set_(company, goals.Wish(Asked("kept_share"), 0.995, date(2026, 12, 31), "Maria"))
    page = _page(client, "/board/?now=1")
    assert "99.5 %" in page
    assert "Maria answers for it" in page


def test_it_comes_first_and_stays_ready(signed_in: SignedIn) -> None:
    """What takes a moment is worked out after the page; then it stands there."""
    client = signed_in("analyst")
    assert 'hx-trigger="load"' in _page(client, "/board/")
    assert "Are customers kept?" in _page(client)
    assert 'hx-trigger="load"' not in _page(client, "/board/")
