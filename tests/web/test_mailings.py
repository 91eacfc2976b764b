"""Is a view mailed to who may see it, at its moment, once, whatever dies, and can everybody stop it?"""

import socketserver
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from html import unescape

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from keepwell.web import place
from keepwell.web.base.models import Person
from keepwell.web.customers.reach import seen
from keepwell.web.measures import posting
from keepwell.web.measures.mail import token
from keepwell.web.measures.models import Letter, Mailing, Recipient, View
from keepwell.web.work import queue
from keepwell.web.work.models import Job

SignedIn = Callable[[str], Client]
DUE = datetime(2026, 7, 6, 7, 30, tzinfo=UTC)
"""Half past seven on a Monday, in UTC; the invented company's clocks are not ahead of it by more than three hours."""


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail server is named, and the address people type."""
    monkeypatch.setenv(place.MAIL, "smtp://localhost:2525")
    monkeypatch.setenv(place.SENDER, "keepwell@example.com")
    monkeypatch.setenv(place.ADDRESS, "https://desk.example.com")


def view_of(person: Person, *, shared: bool = True, **question: str) -> View:
    """A kept view of the share that is kept."""
    return View.objects.create(created_by=person, name="Kept", metric="kept_share", question=question, shared=shared)


def mailed(view: View, *people: Person, **when: object) -> Mailing:
    """A view mailed every Monday at seven, set long ago."""
    made = posting.schedule(view, Mailing(rhythm="weekly", weekday=0, hour=7, **when), people)
    Mailing.objects.filter(pk=made.pk).update(since=DUE - timedelta(days=30))
    return made


def worked() -> None:
    """Everything that waits is done, whenever it was to be."""
    Job.objects.filter(state="waiting").update(run_after=timezone.now())
    while job := queue.claim("one"):
        queue.work(job, "one")


def fates() -> dict[str, str]:
    """What became of each mail, by reader."""
    return dict(Letter.objects.values_list("person__email", "state"))


def test_a_mail_holds_the_finding_the_figures_and_the_link(people: dict[str, Person]) -> None:
    """At its moment, to each who is chosen, in words and figures; the same finding stands on the page."""
    view = view_of(people["analyst"])
    mailed(view, people["analyst"], people["rep"])
    assert posting.post(DUE) == 1
    worked()
    assert sorted(each.to[0] for each in mail.outbox) == ["analyst@example.com", "rep@example.com"]
    first = mail.outbox[0]
    assert first.subject.startswith("Kept: ")
    assert f"https://desk.example.com/measures/views/{view.pk}/" in first.body
    assert "June 2026" in first.body
    assert "n " in first.body
    finding = first.subject.removeprefix("Kept: ")[:40]
    assert finding in first.body
    page, kind = first.alternatives[0][0], first.alternatives[0][1]
    assert kind == "text/html"
    assert finding in unescape(str(page))
    assert set(fates().values()) == {"sent"}


def test_each_due_moment_comes_once(people: dict[str, Person]) -> None:
    """Asked by every worker twice a minute it is one job and one mail; next Monday another; none before it was set."""
    made = mailed(view_of(people["analyst"]), people["analyst"])
    for minute in range(5):
        posting.post(DUE + timedelta(minutes=minute))
        worked()
    assert (len(mail.outbox), Job.objects.count()) == (1, 1)
    posting.post(DUE + timedelta(days=7))
    worked()
    assert len(mail.outbox) == 2
    Mailing.objects.filter(pk=made.pk).update(since=DUE + timedelta(days=30))
    assert posting.post(DUE + timedelta(days=14)) == 0


class Dies(EmailBackend):
    """The server takes the mail; in that moment the worker dies."""

    def send_messages(self, messages: list) -> int:
        """Taken, and gone."""
        super().send_messages(messages)
        raise KeyboardInterrupt


def test_a_worker_that_dies_after_sending_sends_nothing_twice(people: dict[str, Person], settings: Settings) -> None:
    """The next one tells that it is not known, sends the others theirs, and nobody gets two."""
    mailed(view_of(people["analyst"]), people["analyst"], people["manager"], people["rep"])
    posting.post(DUE)
    usual, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.Dies"
    job = queue.claim("first")
    assert job
    with pytest.raises(KeyboardInterrupt):
        queue.work(job, "first")
    settings.EMAIL_BACKEND = usual
    assert list(fates().values()) == ["sending"]
    queue.died("first")
    worked()
    assert sorted(fates().values()) == ["sent", "sent", "unknown"]
    to = [each.to[0] for each in mail.outbox]
    assert len(to) == len(set(to)) == 3


def test_whoever_may_not_see_it_any_more_gets_nothing(people: dict[str, Person]) -> None:
    """Who left, whose keeper made it their own, and what was stopped between due and sent."""
    view = view_of(people["analyst"])
    made = mailed(view, people["analyst"], people["rep"], people["manager"], people["success"])
    posting.post(DUE)
    Person.objects.filter(pk=people["rep"].pk).update(is_active=False)
    posting.leave(Recipient.objects.get(person=people["manager"]))
    worked()
    assert fates() == {"analyst@example.com": "sent", "success@example.com": "sent", "rep@example.com": "left"}
    View.objects.filter(pk=view.pk).update(shared=False)
    posting.post(DUE + timedelta(days=7))
    worked()
    assert [each.to[0] for each in mail.outbox[2:]] == ["analyst@example.com"]
    Person.objects.filter(pk=people["analyst"].pk).update(is_active=False)
    assert posting.post(DUE + timedelta(days=14)) == 0
    assert made.recipients.filter(withdrawn_at__isnull=True).count() == 3


def test_each_reader_gets_their_own_customers(people: dict[str, Person]) -> None:
    """A view cut down to a segment counts, in each mail, only the customers its reader sees."""
    assert seen(people["rep"]).names is not None
    mailed(view_of(people["analyst"], where="orders >= 2"), people["analyst"], people["rep"])
    posting.post(DUE)
    worked()
    told = {each.to[0]: each.body for each in mail.outbox}
    assert "It counts only the customers you see." in told["rep@example.com"]
    assert "It counts only the customers you see." not in told["analyst@example.com"]
    assert told["rep@example.com"].split("n ")[1][:6] != told["analyst@example.com"].split("n ")[1][:6]


def test_without_a_server_nothing_is_pretended(
    signed_in: SignedIn, people: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says so and how to set one; what is chosen is kept, and nothing is entered as sent."""
    monkeypatch.delenv(place.MAIL)
    view = view_of(people["analyst"])
    mailed(view, people["analyst"])
    page = signed_in("analyst").get(f"/measures/views/{view.pk}/mail/").content.decode()
    assert "No mail server is set, so nothing is sent." in page
    assert "KEEPWELL_MAIL_SERVER=smtp://" in page
    assert posting.post(DUE) == 0
    assert not Job.objects.exists()
    assert not Letter.objects.exists()


def test_its_keeper_says_how_and_to_whom(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Others neither change nor see a view of one's own; a view of one's own goes to oneself alone; it is undone and stopped."""
    own, client = view_of(people["rep"], shared=False), signed_in("rep")
    path, said = f"/measures/views/{own.pk}/mail/", {"rhythm": "monthly", "weekday": "0", "day": "31", "hour": "6"}
    assert signed_in("success").get(path).status_code == 404
    assert signed_in("success").post(path, said).status_code == 404
    assert client.post(path, said | {"people": [str(people["manager"].pk)]}).status_code == 400
    assert client.post(path, said | {"day": "32", "people": [str(people["rep"].pk)]}).status_code == 400
    assert client.post(path, said).status_code == 400
    assert client.post(path, said | {"people": [str(people["rep"].pk)]}).status_code == 302
    page = unescape(client.get(path).content.decode())
    assert "On day 31 of every month at 06:00" in page
    assert client.post(f"{path}stop/").status_code == 302
    assert not Mailing.objects.exists()
    shared = view_of(people["analyst"])
    assert (
        client.post(f"/measures/views/{shared.pk}/mail/", said | {"people": [str(people["rep"].pk)]}).status_code == 400
    )


def test_who_gets_it_stops_their_own_copy(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """On the page, or by the link of the mail without signing in: looking changes nothing, one press does, and the others keep theirs."""
    view = view_of(people["analyst"])
    mailed(view, people["analyst"], people["rep"], people["manager"])
    assert signed_in("rep").post(f"/measures/views/{view.pk}/mail/stop/").status_code == 302
    to = Recipient.objects.get(person=people["manager"])
    link, anybody = f"/measures/mail/stop/{token(to)}/", Client(enforce_csrf_checks=True)
    assert "Get this mail no more" in anybody.get(link).content.decode()
    assert Recipient.objects.filter(pk=to.pk).exists()
    assert anybody.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert anybody.post(link).status_code == 200
    assert anybody.get("/measures/mail/stop/made-up/").status_code == 404
    assert [each.person for each in Recipient.objects.all()] == [people["analyst"]]
    posting.post(DUE)
    worked()
    assert [each.to for each in mail.outbox] == [["analyst@example.com"]]
    assert mail.outbox[0].extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


class Post(socketserver.StreamRequestHandler):
    """A mail server as far as it must be: refuses who is called "full", takes the rest."""

    taken: list[bytes]

    def handle(self) -> None:
        """One conversation."""
        self.wfile.write(b"220 here\r\n")
        for line in self.rfile:
            word = line[:4].upper().strip()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.taken.append(b"".join(iter(self.rfile.readline, b".\r\n")))
            full = word == b"RCPT" and b"manager" in line and not self.taken
            self.wfile.write(b"452 full\r\n" if full else b"250 fine\r\n")
            if word == b"QUIT":
                return


@pytest.fixture
def smtp(settings: Settings) -> Iterator[list[bytes]]:
    """A mail server on this machine, and what it took."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    Post.taken = []
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Post) as listening:
        settings.EMAIL_HOST, settings.EMAIL_PORT = listening.server_address
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield Post.taken
        listening.shutdown()


def test_over_a_real_mail_server(people: dict[str, Person], smtp: list[bytes]) -> None:
    """Who it refuses for now is not sent, and is tried again a quarter of an hour later; who it took gets no second one."""
    mailed(view_of(people["analyst"]), people["manager"], people["rep"])
    posting.post(DUE)
    job = queue.claim("one")
    assert job
    queue.work(job, "one")
    assert fates() == {"manager@example.com": "failed", "rep@example.com": "sent"}
    assert "452" in Letter.objects.get(state="failed").why
    again = Job.objects.get(state="waiting")
    assert again.run_after > timezone.now() + timedelta(minutes=14)
    worked()
    assert set(fates().values()) == {"sent"}
    read = [message_from_bytes(each, policy=default) for each in smtp]
    assert [each["To"] for each in read] == ["rep@example.com", "manager@example.com"]
    assert all(each.get_body(("plain",)) for each in read)
    assert Letter.objects.filter(due_on=date(2026, 7, 6)).count() == 2


@pytest.mark.parametrize("wrong", ["mail.example.com", "http://mail.example.com", "smtp://"])
def test_a_server_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    """In words, without the password."""
    monkeypatch.setenv(place.MAIL, wrong)
    with pytest.raises(place.ConfigError, match="takes mail"):
        place.mail_server()
    monkeypatch.setenv(place.MAIL, "smtps://a:b%40c@mail.example.com")
    assert place.mail_server() == {
        "EMAIL_HOST": "mail.example.com", "EMAIL_PORT": 465, "EMAIL_HOST_USER": "a", "EMAIL_HOST_PASSWORD": "b@c",
        "EMAIL_USE_SSL": True, "EMAIL_USE_TLS": False, "DEFAULT_FROM_EMAIL": "keepwell@example.com",
    }  # fmt: skip
    monkeypatch.delenv(place.SENDER)
    with pytest.raises(place.ConfigError, match="comes from"):
        place.mail_server()
