"""What if a desk's worker is killed, at any moment? Every job is done, none is lost, none is done twice."""

import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from tests.conftest import invented
from tests.faults.desks import ROOT, Desk, wait_for

from keepwell import rounds
from keepwell.config import Company
from keepwell.workspace import Workspace

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def test_workers_killed_with_jobs_in_flight_lose_and_double_nothing(desk: Desk) -> None:
    """Twenty jobs, two workers killed in the middle of one each: all done once, and what they left is taken up in seconds."""
    desk.ask("notes", str(desk.notes), "20", "0.4", "")
    first, second = desk.worker(), desk.worker()
    wait_for(lambda: len(desk.noted("begun")) >= 4)
    done = len(desk.noted("done"))
    wait_for(lambda: len(desk.noted("done")) > done)
    wait_for(lambda: len(desk.noted("begun")) >= len(desk.noted("done")) + 2)
    first.kill()
    second.kill()
    killed = time.time()
    desk.worker()
    desk.worker("--until-idle").wait(90)
    jobs = desk.jobs()
    assert Counter(job["state"] for job in jobs) == {"done": 20}
    assert Counter(name for name, _ in desk.noted("done")) == dict.fromkeys(map(str, range(20)), 1)
    twice = {name for name, often in Counter(name for name, _ in desk.noted("begun")).items() if often == 2}
    assert 1 <= len(twice) <= 2
    assert sorted(job["attempts"] for job in jobs)[-2:] == ([2, 2] if len(twice) == 2 else [1, 2])
    again = [max(at for name, at in desk.noted("begun") if name == each) for each in twice]
    assert max(again) - killed < 20


def test_a_worker_told_to_stop_lays_its_job_down(desk: Desk) -> None:
    """SIGTERM ends it within two seconds, and the next one takes the job up at once; it does not count as a death."""
    desk.ask("notes", str(desk.notes), "1", "3", "")
    first = desk.worker()
    wait_for(lambda: desk.noted("begun"))
    first.send_signal(signal.SIGTERM)
    assert first.wait(5) == 0
    (laid,) = desk.jobs()
    assert (laid["state"], laid["attempts"]) == ("waiting", 0)
    desk.worker("--until-idle").wait(30)
    (done,) = desk.jobs()
    assert (done["state"], done["attempts"], done["result"]) == ("done", 1, {"name": "0"})
    assert [name for name, _ in desk.noted("done")] == ["0"]


def test_of_a_lane_one_job_runs_at_a_time(desk: Desk) -> None:
    """Three workers, six jobs of one lane: none begins before the one before it is done; how far each is stands in the job."""
    desk.ask("notes", str(desk.notes), "6", "0.5", "lake")
    workers = [desk.worker("--until-idle") for _ in range(3)]
    told = [(f"noting {number}", 1, 2) for number in range(6)]
    wait_for(lambda: any((job["says"], job["done"], job["total"]) in told for job in desk.jobs()))
    assert len([job for job in desk.jobs() if job["state"] == "running"]) <= 1
    for each in workers:
        each.wait(60)
    begun, done = desk.noted("begun"), desk.noted("done")
    assert len(begun) == len(done) == 6
    assert all(start >= end for (_, end), (_, start) in zip(done, begun[1:], strict=False))


def test_a_job_that_kills_its_workers_is_given_up(desk: Desk) -> None:
    """Five workers die of it, the sixth gives it up in a sentence; others are done meanwhile. A fault of our own is no traceback."""
    desk.ask("deadly")
    desk.ask("faulty")
    desk.ask("notes", str(desk.notes), "1", "0", "")
    for _ in range(5):
        assert desk.worker().wait(40) == -signal.SIGKILL
        desk.bury()
    desk.worker("--until-idle").wait(40)
    deadly, faulty, note = desk.jobs()
    assert (deadly["state"], deadly["error"]) == ("failed", "Given up: its worker died 5 times.")
    assert (faulty["state"], "RuntimeError" in faulty["error"], "secret" in faulty["error"]) == ("failed", True, False)
    assert note["state"] == "done"
    assert [name for name, _ in desk.noted("done")] == ["0"]


def test_the_round_of_the_day_is_asked_for_once(desk: Desk) -> None:
    """Four processes ask at once all morning long, before and after clocks are changed: one round a day, from five there."""
    Workspace.create(desk.folder, Company(name="Harbour", time_zone="Europe/Helsinki")).close()
    # Clocks go forward on 2026-03-29 at three: five there is 02:00 UTC, and 03:00 UTC the day before.
    moments = ["2026-03-28T02:59:00+00:00", "2026-03-28T03:00:00+00:00", "2026-03-28T20:00:00+00:00",
               "2026-03-29T01:59:00+00:00", "2026-03-29T02:00:00+00:00", "2026-03-29T12:00:00+00:00",
               "2026-10-25T02:30:00+00:00", "2026-10-25T03:30:00+00:00"]  # fmt: skip
    line = [sys.executable, "-m", "tests.faults.desk", "mornings", *moments]
    asking = [subprocess.Popen(line, env=desk.around, cwd=ROOT, stdout=subprocess.DEVNULL) for _ in range(4)]
    assert [each.wait(60) for each in asking] == [0, 0, 0, 0]
    days = ("2026-03-28", "2026-03-29", "2026-10-25")
    assert sorted(job["key"] for job in desk.jobs()) == sorted(
        f"{what}:{day}" for what in ("desk", "round") for day in days
    )


def _portraits(shop: Workspace) -> pd.DataFrame:
    kept = shop.lake.kept(shop.as_of)
    return shop.run(shop.lake.result(kept["portraits"]).order_by("customer_id"))


def test_a_round_killed_at_random_ends_with_the_same_portraits(tmp_path: Path) -> None:
    """Killed at moments drawn by chance, then left alone: the portraits are those of a round nobody killed."""
    for shop in invented(tmp_path, customers=200, seed=7, as_of=date(2026, 7, 1)):
        begun = time.monotonic()
        list(rounds.go(shop))
        lasted, expected = time.monotonic() - begun, _portraits(shop)
    for left in (tmp_path / "shop" / "lake" / "results").iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    desk, chance, deaths = Desk(tmp_path / "shop"), random.Random(5), 0
    desk.ask("round")
    try:
        for _ in range(3):
            worker = desk.worker("--until-idle")
            with suppress(subprocess.TimeoutExpired):
                worker.wait(chance.uniform(3, 3 + lasted / 2))
            deaths += worker.poll() is None
            worker.kill()
            worker.wait()
        assert desk.worker("--until-idle").wait(600) == 0
        told = {job["task"].rpartition(".")[2]: (job["state"], job["error"]) for job in desk.jobs()}
    finally:
        desk.end()
    assert deaths >= 2
    assert told == dict.fromkeys(("bring_desk", "take_round", "index_customers", "make_pages_ready"), ("done", ""))
    with Workspace.open(tmp_path / "shop") as shop:
        assert _portraits(shop).equals(expected)
