"""Is whoever promised told before the moment, once, whatever dies, and does Tuesday 10:00 come at Tuesday 10:00 there?"""

import smtplib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from unittest.mock import patch

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone
from pytest_django import Settings
from tests.web.test_promises import customer

from keepwell.web import place
from keepwell.web.base.models import Person
from keepwell.web.promises import actions, alerts
from keepwell.web.promises.models import Alert, Promise
from keepwell.web.work import queue
from keepwell.web.work.models import Job

ZONE = "America/New_York"


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail server is named, and the address people type."""
    monkeypatch.setenv(place.MAIL, "smtp://localhost:2525")
    monkeypatch.setenv(place.SENDER, "keepwell@example.com")
    monkeypatch.setenv(place.ADDRESS, "https://desk.example.com")


@pytest.fixture
def clock() -> Iterator[list[datetime]]:
    """The desk's clock, which stands where a test sets it."""
    now = [datetime(2026, 10, 27, 12, tzinfo=UTC)]
    with patch("django.utils.timezone.now", lambda: now[0]):
        yield now


def follow_up(by: Person, day: date, given: datetime) -> Promise:
    """A follow-up at 10:00 in New York, agreed at some moment."""
    made = Promise(customer_id=customer(), by=by, text="Send the follow-up", to="Eva", sort="follow_up", origin="call",
                   due_on=day, due_time=time(10), zone=ZONE)  # fmt: skip
    return actions.promise(made, given)


def worked(worker: str = "one") -> None:
    """Everything that waits and whose time has come is done."""
    Job.objects.filter(state="waiting").update(run_after=timezone.now())
    while job := queue.claim(worker):
        queue.work(job, worker)


@pytest.mark.capability("S0-11")
@pytest.mark.parametrize(
    ("agreed", "day", "due"),
    [
        (datetime(2026, 10, 27, 15, tzinfo=UTC), date(2026, 11, 3), datetime(2026, 11, 3, 15, tzinfo=UTC)),
        (datetime(2026, 3, 3, 15, tzinfo=UTC), date(2026, 3, 10), datetime(2026, 3, 10, 14, tzinfo=UTC)),
    ],
)
def test_a_follow_up_a_week_on_across_a_change_of_clocks(
    people: dict[str, Person], clock: list[datetime], agreed: datetime, day: date, due: datetime
) -> None:
    """Tuesday 10:00 in New York is 15:00 UTC after the clocks went back and 14:00 after they went ahead: told a day before, due at ten, late a second after."""
    clock[0] = agreed
    made = follow_up(people["rep"], day, agreed)
    assert made.due_at == due
    told = []
    for at in (due - timedelta(days=5), due - timedelta(hours=24, seconds=1), due - timedelta(hours=24),
               due - timedelta(hours=1), due + timedelta(seconds=1)):  # fmt: skip
        clock[0] = at
        alerts.remind(at)
        worked()
        told.append((len(mail.outbox), made.overdue))
    assert told == [(0, False), (0, False), (1, False), (1, False), (1, True)]
    sent = mail.outbox[0]
    assert sent.to == ["rep@example.com"]
    assert sent.subject == "Due tomorrow at 10:00 their time. Send the follow-up"
    assert "Promised to Eva: Send the follow-up." in sent.body
    assert "10:00, America/New_York" in sent.body
    assert f"https://desk.example.com/promises/{made.pk}/" in sent.body
    clock[0] = due - timedelta(hours=3)
    assert [each.words for each in actions.due([people["rep"]], day, clock[0])] == [
        "Promised to Eva: Send the follow-up. Due in 3 hours, at 10:00 their time."
    ]


@pytest.mark.capability("S0-11")
def test_told_again_only_of_another_moment_or_to_somebody_else(
    people: dict[str, Person], clock: list[datetime]
) -> None:
    """Asked twice a minute it is one mail; moved it is told of the new moment; handed over the other one is told; closed nobody is."""
    made = follow_up(people["rep"], date(2026, 11, 3), clock[0])
    clock[0] = made.due_at - timedelta(hours=20)
    for _ in range(4):
        alerts.remind(clock[0])
        worked()
    assert len(mail.outbox) == 1
    actions.move(made.pk, actions.When(date(2026, 11, 5), time(10), ZONE), "Eva is away", clock[0])
    clock[0] += timedelta(days=2)
    alerts.remind(clock[0])
    actions.hand_over(Promise.objects.all(), people["success"])
    worked()  # the one asked for before is nobody's any more
    assert len(mail.outbox) == 1
    alerts.remind(clock[0])
    worked()
    assert [each.to for each in mail.outbox] == [["rep@example.com"], ["success@example.com"]]
    actions.keep(made.pk, "sent", clock[0])
    assert alerts.remind(clock[0]) == 0


class Dies(EmailBackend):
    """The server takes the mail; in that moment the worker dies."""

    def send_messages(self, messages: list) -> int:
        """Taken, and gone."""
        super().send_messages(messages)
        raise KeyboardInterrupt


class Refuses(EmailBackend):
    """The server does not take it."""

    def send_messages(self, messages: list) -> int:
        """Not now."""
        raise smtplib.SMTPException("not now")


@pytest.mark.capability("S0-11")
def test_a_worker_that_dies_tells_nobody_twice(
    people: dict[str, Person], clock: list[datetime], settings: Settings
) -> None:
    """The mail that was handed over is not sent again, and the next worker tells that it is not known."""
    made = follow_up(people["rep"], date(2026, 11, 3), clock[0])
    clock[0] = made.due_at - timedelta(hours=20)
    alerts.remind(clock[0])
    usual, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.Dies"
    job = queue.claim("first")
    assert job
    with pytest.raises(KeyboardInterrupt):
        queue.work(job, "first")
    settings.EMAIL_BACKEND = usual
    queue.died("first")
    clock[0] += timedelta(minutes=1)
    worked()
    assert alerts.remind(clock[0]) == 0
    assert (len(mail.outbox), Alert.objects.get().state) == (1, "unknown")


def test_what_the_server_did_not_take_is_tried_again(
    people: dict[str, Person], clock: list[datetime], settings: Settings
) -> None:
    """At most four times; taken then it is one mail; after the moment nothing is sent any more."""
    made = follow_up(people["rep"], date(2026, 11, 3), clock[0])
    clock[0] = made.due_at - timedelta(hours=20)
    usual, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.Refuses"
    alerts.remind(clock[0])
    job = queue.claim("one")
    assert job
    queue.work(job, "one")
    assert Alert.objects.get().state == "failed"
    settings.EMAIL_BACKEND = usual
    worked()
    assert (len(mail.outbox), Alert.objects.get().state, Alert.objects.get().tries) == (1, "sent", 2)
    late = follow_up(people["rep"], date(2026, 11, 10), clock[0])
    clock[0] = late.due_at - timedelta(hours=20)
    assert alerts.remind(clock[0]) == 1
    clock[0] = late.due_at + timedelta(minutes=1)
    worked()
    assert len(mail.outbox) == 1


def test_without_a_server_it_is_marked(
    people: dict[str, Person], clock: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is pretended to be sent: that it stands on Today is kept, once."""
    monkeypatch.delenv(place.MAIL)
    made = follow_up(people["rep"], date(2026, 11, 3), clock[0])
    clock[0] = made.due_at - timedelta(hours=20)
    for _ in range(2):
        alerts.remind(clock[0])
        worked()
    assert (len(mail.outbox), Alert.objects.get().state) == (0, "shown")
