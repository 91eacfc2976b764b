"""Is a promise of the list promised only once somebody else approved it, and is a second settling led to what became of it?"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from tests.web.test_promises import customer, given, said

from keepwell.errors import ConfigError
from keepwell.web.base.models import Person
from keepwell.web.promises import actions, approval
from keepwell.web.promises.models import Promise, State

SignedIn = Callable[[str], Client]


def asked(signed_in: SignedIn, people: dict[str, Person], **more: str) -> Promise:
    """A rep's promise of the list, for which the manager is asked."""
    form = said(people["rep"], sort="guarantee", text="It will hold", approver=str(people["manager"].pk), **more)
    assert signed_in("rep").post(f"/promises/new/?customer={customer()}", form).status_code == 302
    return Promise.objects.get()


@pytest.mark.capability("S0-12")
def test_it_is_promised_only_once_approved(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """It waits, on the approver's Today and page; approved it is open, and history says who approved it and when."""
    made, rep, manager = asked(signed_in, people), signed_in("rep"), signed_in("manager")
    assert (made.state, made.listed) == (State.WAITING, True)
    assert "It waits for the approval of manager one" in rep.get(f"/promises/{made.pk}/").content.decode()
    assert "not promised yet" in rep.get("/promises/").content.decode()
    assert rep.post(f"/promises/{made.pk}/kept/", {"evidence": "sent"}, follow=True).status_code == 200
    made.refresh_from_db()
    assert made.state == State.WAITING
    assert "rep one asks whether this may be promised: It will hold." in manager.get("/today/").content.decode()
    page = manager.get("/promises/").content.decode()
    assert "Wait for your approval" in page
    assert "May it be promised?" in manager.get(f"/promises/{made.pk}/").content.decode()
    manager.post(f"/promises/{made.pk}/approve/")
    made.refresh_from_db()
    assert made.state == State.OPEN
    assert made.approved_at
    newest = made.history.first()
    assert (newest.history_user, newest.state, newest.prev_record.state) == (people["manager"], "open", "waiting")
    assert "Approved by manager one," in rep.get(f"/promises/{made.pk}/").content.decode()
    assert "Wait for your approval" not in manager.get("/promises/").content.decode()


@pytest.mark.capability("S0-12")
def test_refused_it_was_never_promised(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Without why it is not refused; with it the giver reads why, and neither waiting nor refused it counts in a rate."""
    made, manager = asked(signed_in, people), signed_in("manager")
    assert manager.post(f"/promises/{made.pk}/refuse/", {"because": " "}).status_code == 400
    later = made.due_at + timedelta(days=1)
    assert not Promise.objects.filter(actions.fell_due(later)).exists()
    manager.post(f"/promises/{made.pk}/refuse/", {"because": "The factory is closed"})
    made.refresh_from_db()
    assert made.state == State.REFUSED
    assert not Promise.objects.filter(actions.fell_due(later)).exists()
    rep = signed_in("rep")
    assert "The factory is closed" in rep.get(f"/promises/{made.pk}/").content.decode()
    assert "not approved on" in rep.get("/promises/?show=closed").content.decode()


@pytest.mark.capability("S0-12")
def test_nobody_approves_their_own(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Neither what one promises, nor what one wrote down for another, nor what waits for somebody else."""
    manager, made = people["manager"], asked(signed_in, people)
    theirs = said(manager, sort="guarantee", approver=str(manager.pk))
    assert signed_in("manager").post(f"/promises/new/?customer={made.customer_id}", theirs).status_code == 400
    for_rep = said(people["rep"], sort="guarantee", approver=str(manager.pk))
    assert signed_in("manager").post(f"/promises/new/?customer={made.customer_id}", for_rep).status_code == 400
    for who in ("rep", "success", "admin"):
        with pytest.raises(ConfigError):
            approval.approve(made.pk, people[who], timezone.now())
    with pytest.raises(ConfigError, match="approve their own"):
        actions.hand_over(Promise.objects.all(), manager)
    with pytest.raises(ConfigError, match="moment has passed"):
        approval.approve(made.pk, manager, made.due_at)
    signed_in("rep").post(f"/promises/{made.pk}/ask/", {"approver": str(people["admin"].pk)})
    with pytest.raises(ConfigError, match="somebody else"):
        approval.approve(made.pk, manager, timezone.now())
    assert approval.approve(made.pk, people["admin"], timezone.now()).state == State.OPEN
    with pytest.raises(ConfigError, match="any more"):
        approval.approve(made.pk, people["admin"], timezone.now())


def test_an_approver_does_not_leave_with_what_waits(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Somebody else has to be asked first; and whoever asked cannot leave either."""
    asked(signed_in, people)
    refused = signed_in("admin").post(f"/people/{people['manager'].pk}/sign-in/")
    assert "1 promise waits for the approval of manager one." in refused.content.decode()
    assert signed_in("admin").post(f"/people/{people['rep'].pk}/sign-in/").status_code == 400


def test_an_approver_of_another_team_sees_what_they_decide(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """The promise, though not the customer's other things."""
    made = asked(signed_in, people)
    manager = people["manager"]
    manager.team, manager.reach = people["stranger"].team, "own"
    manager.save()
    assert signed_in("manager").get(f"/promises/{made.pk}/").status_code == 200
    assert signed_in("stranger").get(f"/promises/{made.pk}/").status_code == 403


def test_the_second_who_settles_is_led_to_what_became_of_it(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Who was first, and what one typed, stand on the promise's page, once; a POST address that is opened leads there too."""
    made, rep, manager = (
        given(people["rep"], timezone.now() + timedelta(days=1)),
        signed_in("rep"),
        signed_in("manager"),
    )
    manager.post(f"/promises/{made.pk}/kept/", {"evidence": "sent"})
    answer = rep.post(f"/promises/{made.pk}/broken/", {"because": "The lorry broke down"})
    assert (answer.status_code, answer["location"]) == (302, f"/promises/{made.pk}/")
    page = rep.get(answer["location"]).content.decode()
    assert "manager one was first: it is settled already (kept on time)" in page
    assert "The lorry broke down" in page
    assert "The lorry broke down" not in rep.get(answer["location"]).content.decode()
    assert rep.get(f"/promises/{made.pk}/broken/")["location"] == f"/promises/{made.pk}/"
    made.refresh_from_db()
    assert (made.state, made.history.count()) == (State.KEPT, 2)


def test_what_is_broken_early_counts_from_then_on(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Due tomorrow and broken today it counts today; what is kept early counts once its moment has come."""
    rep, now = people["rep"], timezone.now()
    made, kept = given(rep, now + timedelta(days=1)), given(rep, now + timedelta(days=1))
    assert actions.rate(Promise.objects.all(), now).n == 0
    actions.broken(made.pk, "No stock", now)
    actions.keep(kept.pk, "sent", now)
    for days, n in ((0, 1), (2, 2), (89, 2), (90, 1), (92, 0)):
        assert actions.rate(Promise.objects.all(), now + timedelta(days=days)).n == n, days
    assert actions.rate(Promise.objects.all(), now).kept == 0
    page = signed_in("rep").get("/promises/?show=closed").content.decode()
    assert f"broken on {timezone.localtime(now):%-d %b %Y}" in page


def test_the_form_offers_what_is_known(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """No dashes to choose; the account's people are offered; a reason is asked for where the words need one, and what was typed stays."""
    client, id = signed_in("rep"), customer()
    page = client.get("/promises/new/", {"customer": id}).content.decode()
    assert "---------" not in page
    assert 'class="never"' in page
    page = client.post(f"/promises/new/?customer={id}", said(people["rep"], text="We guarantee it")).content.decode()
    assert 'class="never needed"' in page
    assert 'value="We guarantee it"' in page
