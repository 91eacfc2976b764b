"""Is work in the background asked for, shown, and told in words, whatever becomes of it?"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from keepwell.config import FILE_NAME, Company
from keepwell.lake.lock import only_writer
from keepwell.web import place
from keepwell.web.base.models import Person
from keepwell.web.touches.models import Touch
from keepwell.web.work import queue
from keepwell.web.work.models import Job
from keepwell.web.work.own import bring_desk
from keepwell.web.work.tasks import make_pages_ready, morning_round, take_round
from keepwell.workspace import Workspace

SignedIn = Callable[[str], Client]


def test_a_round_is_asked_for_once_and_shown(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Two clicks are one round, after what was done at the desk; the page polls while it waits, says who asked, and HTMX gets the list alone."""
    client = signed_in("analyst")
    assert "Nothing was asked for yet" in client.get("/data/work/").content.decode()
    for _time in range(2):
        assert client.post("/data/work/round/").status_code == 302
    asked = Job.objects.order_by("created_at")
    assert [job.task.rpartition(".")[2] for job in asked] == ["bring_desk", "take_round"]
    assert {(job.asked_by, job.lane, job.state) for job in asked} == {(people["analyst"], "lake", "waiting")}
    page = client.get("/data/work/").content.decode()
    assert 'hx-trigger="every 1s"' in page
    assert "analyst one" in page
    part = client.get("/data/work/", headers={"HX-Request": "true"}).content.decode()
    assert part.startswith("<div id=")
    assert client.get("/data/work/round/").status_code == 405


@pytest.mark.parametrize("who", ["rep", "success", "marketer", "manager"])
def test_who_may_not_is_refused(signed_in: SignedIn, who: str) -> None:
    """Neither seen nor asked for."""
    assert signed_in(who).get("/data/work/").status_code == 403
    assert signed_in(who).post("/data/work/round/").status_code == 403
    assert not Job.objects.exists()


def test_how_far_it_is_stands_on_the_page(signed_in: SignedIn) -> None:
    """What is being done and how much is left; then what came of it, in a sentence."""
    client, now = signed_in("admin"), timezone.now()
    job = Job.objects.create(
        task=take_round.module_path, state="running", run_after=now, lease_until=now + timedelta(minutes=1), says="who leaves", done=4, total=18
    )  # fmt: skip
    page = client.get("/data/work/").content.decode()
    assert 'value="4" max="18"' in page
    assert "who leaves" in page
    Job.objects.filter(pk=job.pk).update(state="done", result={"morning": "2026-07-01", "steps": 18, "anew": 3})
    assert (
        "The morning of 2026-07-01: 3 of 18 steps were worked out anew." in client.get("/data/work/").content.decode()
    )


def test_a_lake_written_from_outside_is_waited_for(own_company: Path, people: dict[str, Person]) -> None:
    """The round finds the command line writing: it waits and says why, is no death, and is tried again seconds later."""
    job = queue.ask(take_round, lane="lake", by=people["admin"])
    for kept in (own_company / "lake" / "results").glob("*.json"):
        kept.unlink()
    claimed = queue.claim("one")
    assert claimed is not None
    with only_writer(own_company / "lake" / "lock", "importing"):
        queue.work(claimed, "one")
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error) == ("waiting", 0, "")
    assert "being written by process" in job.says
    assert timedelta(0) < job.run_after - timezone.now() <= queue.AGAIN
    assert queue.claim("one") is None
    assert queue.pending()


@pytest.mark.django_db
def test_of_a_dead_worker_the_job_goes_before_what_waits() -> None:
    """Its lease ran out: it is taken first; while it holds, nobody takes it nor another of its lane; who lost it is told so."""
    now = timezone.now()
    waits = Job.objects.create(task=take_round.module_path, lane="lake", run_after=now)
    dead = Job.objects.create(
        task=take_round.module_path, lane="lake", state="running", run_after=now, lease_until=now + timedelta(seconds=5), worker="dead", attempts=1
    )  # fmt: skip
    assert queue.claim("one") is None
    Job.objects.filter(pk=dead.pk).update(lease_until=now - timedelta(seconds=1))
    taken = queue.claim("one")
    assert taken is not None
    assert (taken.pk, taken.attempts) == (dead.pk, 2)
    assert not queue.beat(dead, "dead")
    assert queue.beat(taken, "one")
    assert queue.claim("two") is None
    queue.give_back(dead, "dead")
    assert Job.objects.get(pk=dead.pk).state == "running"
    queue.give_back(taken, "one")
    laid = Job.objects.get(pk=dead.pk)
    assert (laid.state, laid.attempts) == ("waiting", 1)
    assert Job.objects.get(pk=waits.pk).state == "waiting"


@pytest.mark.django_db
def test_the_job_of_a_worker_known_to_be_dead_is_free_at_once() -> None:
    """Its parent saw it die: the next one has the job without waiting for the lease; others keep theirs."""
    now = timezone.now()
    for name in ("here:17:a", "here:170:b"):
        Job.objects.create(task=take_round.module_path, state="running", run_after=now, lease_until=now + queue.LEASE, worker=name, attempts=1)  # fmt: skip
    assert queue.claim("next") is None
    queue.died("here:17:")
    taken = queue.claim("next")
    assert taken is not None
    assert taken.attempts == 2
    assert queue.claim("next") is None


@pytest.mark.usefixtures("people")
def test_the_morning_begins_at_five_there() -> None:
    """Helsinki is three hours ahead in summer: before 02:00 UTC no round of the day, from then on one, asked for ever so often."""
    assert morning_round(datetime(2026, 7, 1, 1, 59, tzinfo=UTC)) is None
    first = morning_round(datetime(2026, 7, 1, 2, 0, tzinfo=UTC))
    assert first is not None
    assert morning_round(datetime(2026, 7, 1, 20, 59, tzinfo=UTC)) == first
    assert morning_round(datetime(2026, 7, 1, 21, 0, tzinfo=UTC)) is None
    assert morning_round(datetime(2026, 7, 2, 2, 0, tzinfo=UTC)) not in (None, first)


def test_nobody_waits_for_the_board_in_the_morning(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """After a round it stands ready in every language of those who see everybody: the page comes with its figures at once."""
    cache.clear()
    client = signed_in("manager")
    assert "/board/?now=1" in client.get("/board/").content.decode()
    people["manager"].language, people["manager"].reach = "fi", "all"
    people["manager"].save()
    assert make_pages_ready.func() == {"languages": 2}
    for page in (client.get("/board/").content.decode(), signed_in("admin").get("/board/").content.decode()):
        assert "/board/?now=1" not in page
        assert "<svg" in page


def test_of_nothing_no_round_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A company without data keeps no empty morning, which would be read for that of the first data."""
    monkeypatch.setenv(place.COMPANY, str(tmp_path))
    Workspace.create(tmp_path, Company.of({"name": "New"})).close()
    assert take_round.func() == {}
    with Workspace.open(tmp_path) as opened:
        assert opened.lake.mornings() == []


@pytest.mark.django_db(transaction=True)
def test_what_was_done_at_the_desk_is_data_before_the_round(own_company: Path) -> None:
    """A touch logged now is a touch of the data, once however often it is asked for; the company's morning stays where it was."""
    by = Person.objects.create_user("rep@example.com", None, name="Ada", role="rep")
    path = own_company / FILE_NAME
    path.write_text(Company.load(path).model_copy(update={"data_until": None}).to_toml(), "utf-8")
    with Workspace.open(own_company) as opened:
        id, morning = opened.lake.run(opened.lake.tables()["customers"].limit(1)).customer_id[0], opened.as_of
    Touch.objects.create(
        customer_id=id, by=by, created_by=by, at=timezone.now(), direction="out", channel="phone", state="done", value="news", subject="New rates"
    )  # fmt: skip
    told = []
    for worker in ("one", "two"):
        job = queue.ask(bring_desk, lane="lake")
        claimed = queue.claim(worker)
        assert claimed == job
        queue.work(claimed, worker)
        job.refresh_from_db()
        told.append((job.state, job.result["accepted"]))
    assert told == [("done", 1), ("done", 0)]
    with Workspace.open(own_company) as opened:
        touches = opened.lake.tables()["touches"]
        mine = opened.run(touches.filter(touches.touch_id.startswith("desk:")))
        assert mine[["customer_id", "by", "subject"]].values.tolist() == [[id, "Ada", "New rates"]]
        assert opened.as_of == morning
