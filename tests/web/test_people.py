"""Who comes in, who changed what, and the way back."""

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from simple_history.signals import pre_create_historical_record

from keepwell.config import Company
from keepwell.web import place
from keepwell.web.base import actions, setup
from keepwell.web.base.models import Person, Setting, Team

SignedIn = Callable[[str], Client]
PASSWORD = "a long walk to the sea"


def _fields(code: str, **more: str) -> dict[str, str]:
    return {
        "code": code,
        "name": "Ada First",
        "email": "Ada@Example.com",
        "password": PASSWORD,
        "time_zone": "Europe/Helsinki",
        **more,
    }


@pytest.mark.django_db
def test_an_empty_folder_becomes_a_company_in_the_browser(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any page leads to the set-up; with the printed code it makes the company and its administrator, who is signed in; then it is closed."""
    monkeypatch.setenv(place.COMPANY, str(tmp_path))
    assert client.get("/today/")["location"] == "/setup/"
    made = client.post("/setup/", _fields(setup.code(), company="Lumo & Co", currency="EUR"))
    assert made["location"] == "/"
    company = Company.load(tmp_path / "keepwell.toml")
    assert (company.name, company.currency, company.time_zone) == ("Lumo & Co", "EUR", "Europe/Helsinki")
    first = Person.objects.get()
    assert (first.email, first.role, first.reach) == ("ada@example.com", "admin", "all")
    assert client.get("/today/").status_code == 200
    assert client.get("/setup/")["location"] == "/"
    assert not (tmp_path / "desk" / "setup-code").exists()


@pytest.mark.django_db
def test_a_stranger_without_the_code_sets_nothing_up(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong code makes nobody and no company."""
    monkeypatch.setenv(place.COMPANY, str(tmp_path))
    setup.code()
    refused = client.post("/setup/", _fields("0000", company="Lumo", currency="EUR"))
    assert "This is not the code" in refused.content.decode()
    assert not Person.objects.exists()
    assert not (tmp_path / "keepwell.toml").exists()


def test_an_invited_person_chooses_a_password_and_signs_in(signed_in: SignedIn, client: Client) -> None:
    """The link of an invitation leads to a password; whoever chose it is in the desk at once, and signs in with it from then on."""
    page = signed_in("admin").post("/people/invite/", {"name": "New Rep", "email": "New@example.com", "role": "rep"})
    link = re.search(r"http://testserver(/sign-in/[^<]+)", page.content.decode())
    assert link
    form = client.get(link[1], follow=True)
    done = client.post(form.redirect_chain[-1][0], {"password1": PASSWORD, "password2": PASSWORD})
    assert done["location"] == "/"
    assert client.get("/settings/").status_code == 200
    client.logout()
    entered = client.post("/sign-in/login/", {"login": "new@example.com", "password": PASSWORD})
    assert entered["location"] == "/"
    assert Person.objects.get(email="new@example.com").reach == "own"


@pytest.mark.parametrize(("role", "usual"), [("rep", "own"), ("manager", "team"), ("analyst", "all"), ("admin", "all")])
def test_a_new_person_sees_what_is_usual_for_the_role(signed_in: SignedIn, role: str, usual: str) -> None:
    """The form as a browser sends it untouched leaves how far they see to the role."""
    admin = signed_in("admin")
    form = admin.get("/people/invite/").content.decode()
    choice = form.split('name="reach"')[1].split("</select>")[0]
    untouched = re.search(r'<option value="(\w*)"[^>]* selected', choice)
    assert untouched
    admin.post("/people/invite/", {"name": "New", "email": "new@example.com", "role": role, "reach": untouched[1]})
    assert Person.objects.get(email="new@example.com").reach == usual


def test_who_lost_the_link_gets_a_new_one(signed_in: SignedIn, people: dict[str, Person], client: Client) -> None:
    """An administrator makes it on the person's page; it holds once, and says so in our words afterwards; nobody else makes one."""
    path = f"/people/{people['rep'].pk}/"
    admin = signed_in("admin")
    assert f'action="{path}link/"' in admin.get(path).content.decode()
    again = admin.post("/people/invite/", {"name": "Rep", "email": people["rep"].email, "role": "rep"})
    assert "A new link for them is made on their own page" in again.content.decode()
    link = re.search(r"http://testserver(/sign-in/[^<]+)", admin.post(f"{path}link/").content.decode())
    assert link
    form = client.get(link[1], follow=True)
    assert "Choose a password" in form.content.decode()
    assert "Change Password" not in form.content.decode()
    assert client.post(form.redirect_chain[-1][0], {"password1": PASSWORD, "password2": PASSWORD}).status_code == 302
    assert client.get("/settings/").status_code == 200
    assert "This link does not hold any more" in Client().get(link[1], follow=True).content.decode()
    assert signed_in("manager").post(f"{path}link/").status_code == 403


def test_guessing_passwords_comes_to_an_end(people: dict[str, Person], client: Client) -> None:
    """After five wrong passwords of one address even the right one is refused for a while."""
    rep = people["rep"]
    rep.set_password(PASSWORD)
    rep.save()
    for _ in range(5):
        client.post("/sign-in/login/", {"login": rep.email, "password": "wrong"})
    refused = client.post("/sign-in/login/", {"login": rep.email, "password": PASSWORD})
    assert refused.status_code in (200, 429)
    assert client.get("/settings/").status_code == 302


def test_nobody_signs_themselves_up(people: dict[str, Person], client: Client) -> None:
    """The library's own sign-up is closed."""
    client.post("/sign-in/signup/", {"email": "me@example.com", "password1": PASSWORD})
    assert not Person.objects.filter(email="me@example.com").exists()


def test_whoever_is_let_go_is_out_at_once(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """A deactivated person's open browser is signed out; what they did stays theirs."""
    rep = signed_in("rep")
    assert rep.get("/settings/").status_code == 200
    signed_in("admin").post(f"/people/{people['rep'].pk}/sign-in/")
    assert rep.get("/settings/").status_code == 302


def test_the_last_administrator_stays(people: dict[str, Person]) -> None:
    """Without an administrator nobody could invite one: the last is refused."""
    with pytest.raises(Exception, match="only administrator"):
        actions.deactivate(people["admin"])


def test_settings_that_do_not_hold_are_said_on_the_page(signed_in: SignedIn, own_company: Path) -> None:
    """A slip in keepwell.toml is no fault of the desk's: the page names file, setting and what it wants."""
    (own_company / "keepwell.toml").write_text('name = "Tiny"\ncurrency = "euro"', "utf-8")
    told = signed_in("admin").get("/today/")
    assert told.status_code == 400
    assert "did you mean EUR?" in told.content.decode()
    assert signed_in("admin").get("/settings/").status_code == 200


def test_the_last_administrator_does_not_give_the_role_away(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """With one click nobody could invite any more: the form says why not, and a second administrator makes it possible."""
    admin, client = people["admin"], signed_in("admin")
    fields = {"name": admin.name, "email": admin.email, "role": "rep", "reach": "all", "known_as": ""}
    page = client.post(f"/people/{admin.pk}/", fields).content.decode()
    assert "This is the only administrator. Make somebody else an administrator first." in page
    people["manager"].role = "admin"
    people["manager"].save()
    assert client.post(f"/people/{admin.pk}/", fields).status_code == 302
    admin.refresh_from_db()
    assert admin.role == "rep"


def test_clocks_are_the_companys_where_nobody_chose_any(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Helsinki's for who chose none and for whoever is not signed in, one's own for who did."""
    client, rep = signed_in("rep"), people["rep"]
    client.get("/settings/")
    assert timezone.get_current_timezone_name() == "Europe/Helsinki"
    rep.time_zone = "Asia/Tokyo"
    rep.save()
    client.get("/settings/")
    assert timezone.get_current_timezone_name() == "Asia/Tokyo"
    Client().get("/sign-in/login/")
    assert timezone.get_current_timezone_name() == "Europe/Helsinki"


def test_what_is_refused_leads_back(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """To the page one came from, where it is one of ours."""
    client, path = signed_in("admin"), f"/people/{people['admin'].pk}/sign-in/"
    page = client.post(path, headers={"Referer": "http://testserver/people/"})
    assert page.status_code == 400
    assert 'href="http://testserver/people/"' in page.content.decode()
    assert (
        "elsewhere.example" not in client.post(path, headers={"Referer": "http://elsewhere.example/"}).content.decode()
    )


def test_every_change_stands_in_the_audit(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Who changed whom, with the value before and after."""
    rep = people["rep"]
    fields = {"name": rep.name, "email": rep.email, "role": "success", "reach": "team", "known_as": rep.known_as}
    signed_in("admin").post(f"/people/{rep.pk}/", fields)
    page = signed_in("manager").get("/audit/").content.decode()
    assert "admin one" in page
    assert "role: rep → success" in page


def test_undo_takes_back_only_the_newest_change_of_ones_own(people: dict[str, Person], signed_in: SignedIn) -> None:
    """What was changed is as before; somebody else's change, and one that was changed since, stay."""
    team = Team.objects.create(name="North", created_by=people["rep"])
    first = team.history.first()
    first.history_user = people["rep"]
    first.save()
    team.name = "South"
    team._history_user = people["rep"]
    team.save()
    newest = team.history.first()
    newest.history_user = people["rep"]
    newest.save()
    with pytest.raises(Exception, match="changed again since"):
        actions.undo(people["rep"], f"base.team:{first.history_id}")
    with pytest.raises(Exception, match="Somebody else"):
        actions.undo(people["success"], f"base.team:{newest.history_id}")
    actions.undo(people["rep"], f"base.team:{newest.history_id}")
    team.refresh_from_db()
    assert team.name == "North"


def test_the_margin_is_said_at_the_desk(
    signed_in: SignedIn, people: dict[str, Person], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands in the file at once and in the audit; undo makes the file what it was; nonsense comes back filled; only administrators say it."""
    file = tmp_path / "keepwell.toml"
    file.write_text('name = "Tiny"\n', "utf-8")
    monkeypatch.setenv(place.COMPANY, str(tmp_path))
    admin = signed_in("admin")
    assert admin.post("/settings/company/", {"margin": "42.5"}).status_code == 302
    assert Company.load(file).gross_margin == Decimal("0.425")
    assert 'value="42.5"' in admin.get("/settings/company/").content.decode()
    admin.post("/settings/company/", {"margin": "50"})
    newest = Setting.objects.get().history.first()
    assert admin.post(f"/undo/base.setting:{newest.history_id}/").status_code == 302
    assert Company.load(file).gross_margin == Decimal("0.425")
    wrong = admin.post("/settings/company/", {"margin": "450"})
    assert wrong.status_code == 400
    assert 'value="450"' in wrong.content.decode()
    assert "0.425" in admin.get("/audit/").content.decode()
    admin.post("/settings/company/", {"margin": ""})
    assert Company.load(file).gross_margin is None
    assert signed_in("manager").post("/settings/company/", {"margin": "10"}).status_code == 403
    file.write_text("name = 5", "utf-8")
    assert "Correct it" in admin.post("/settings/company/", {"margin": "10"}).content.decode()


@pytest.mark.django_db(transaction=True)
def test_no_row_without_its_history() -> None:
    """Whatever goes wrong between a row and its history leaves neither."""

    def stop(**_told: object) -> None:
        raise RuntimeError("the power went away")

    pre_create_historical_record.connect(stop)
    try:
        for make in (lambda: Team.objects.create(name="North"), lambda: Person.objects.create_user("n@example.com")):
            with pytest.raises(RuntimeError):
                make()
    finally:
        pre_create_historical_record.disconnect(stop)
    assert not Team.everything.exists()
    assert not Person.objects.filter(email="n@example.com").exists()


def test_people_are_told_with_what_they_look_after(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Own customers of the data, second factor and last seen of everybody; nobody's empty choice is dashes."""
    signed_in("rep").get("/settings/")
    page = signed_in("admin").get("/people/").content.decode()
    row = page.split(f'href="/people/{people["rep"].pk}/"')[1].split("</tr>")[0]
    n = int(row.split('data-head="Own customers">')[1].split("<")[0].replace(",", ""))
    assert n > 0
    assert 'data-head="Second factor">off<' in row
    none = page.split(f'href="/people/{people["analyst"].pk}/"')[1].split("</tr>")[0]
    assert 'data-head="Own customers">0<' in none
    assert 'data-head="Last seen">never<' in none
    form = signed_in("admin").get("/people/invite/").content.decode()
    assert "---------" not in form
    assert '<option value="" selected>none</option>' in form


def test_who_owes_something_is_handed_over_first(
    signed_in: SignedIn, people: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refusal leads to the pages where it is handed over, and the person still signs in."""
    monkeypatch.setattr("keepwell.web.base.actions.DEBTS", [lambda person: f"{person} has 1 open promise."])
    rep = people["rep"]
    refused = signed_in("admin").post(f"/people/{rep.pk}/sign-in/")
    assert refused.status_code == 400
    page = refused.content.decode()
    assert "rep one has 1 open promise." in page
    assert f'href="/promises/hand-over/?whose={rep.pk}"' in page
    assert signed_in("admin").get(f"/promises/hand-over/?whose={rep.pk}").status_code == 200
    assert Person.objects.get(pk=rep.pk).is_active
