"""What if the server is killed while people write? Whatever it said is kept is there once, whole, with its history; nothing is there by halves."""

import http.client
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.conftest import invented
from tests.faults.desks import ROOT, Browser, Desk, wait_for
from tests.faults.test_serving import _answers, _of, _port

pytestmark = [pytest.mark.faults, pytest.mark.slow]

PEOPLE = "from pathlib import Path; from keepwell.web import serving; serving.prepare(Path({!r})); from keepwell.web import invented; print(invented.people()[1])"


class Writer(Browser):
    """Somebody who signed in, and writes promises down."""

    def promises(self, customer: str, by: str, name: str, until: threading.Event, said: dict[str, int | None]) -> None:
        """Promise after promise, each with words of its own: words -> what was answered, None where nothing was."""
        due = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
        for number in range(10_000):
            if until.is_set():
                return
            words = f"{name} promises {number}"
            fields = {"text": words, "to": "", "by": by, "sort": "material", "origin": "call", "due_on": due, "due_time": "10:00", "zone": "Europe/Helsinki"}  # fmt: skip
            said[words] = None
            try:
                said[words] = self.asked("POST", f"/promises/new/?customer={customer}", fields)[0]
            except (OSError, http.client.HTTPException):
                until.wait(0.05)  # the server is away; the next words are other words


def test_what_was_answered_is_there_once(desk: Desk, tmp_path: Path) -> None:
    """Three people write while the server's processes are killed at moments drawn by chance, three times."""
    for shop in invented(tmp_path / "making", customers=150, seed=7, as_of=date(2026, 7, 1)):
        where, customer = shop.folder, str(shop.run(shop.facts().read("customers").limit(1))["customer_id"][0])
    for each in ("lake", "keepwell.toml"):
        shutil.move(where / each, desk.folder / each)
    password = desk.run("-c", PEOPLE.format(str(desk.folder))).strip()
    chance, port, until, said = random.Random(11), _port(), threading.Event(), dict[str, int | None]()
    line = [sys.executable, "-m", "keepwell", "serve", str(desk.folder), "--no-worker", "--port", str(port)]
    serving = subprocess.Popen(line, env=desk.around, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: _answers(port))
        with desk.rows.connect() as looking:
            by = str(looking.execute(sa.text("SELECT id FROM base_person WHERE email LIKE 'admin@%'")).scalar())
        people = [Writer(port, password) for _ in range(3)]
        writing = [
            threading.Thread(target=each.promises, args=(customer, by, f"person {number}", until, said))
            for number, each in enumerate(people)
        ]
        for each in writing:
            each.start()
        for _ in range(3):
            kept = sum(answer == 302 for answer in said.values())
            wait_for(lambda kept=kept: sum(answer == 302 for answer in dict(said).values()) >= kept + 5, 60)
            until.wait(chance.uniform(0, 0.3))
            for number in _of(desk.folder, "granian"):
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
            serving.kill()
            serving.wait()
            wait_for(lambda: not _answers(port), 30)
            serving = subprocess.Popen(line, env=desk.around, cwd=ROOT, stdout=subprocess.DEVNULL)
            wait_for(lambda: _answers(port))
        until.set()
        for each in writing:
            each.join()
    finally:
        until.set()
        serving.kill()
        serving.wait()
        for number in _of(desk.folder):
            os.kill(number, signal.SIGKILL)
    with desk.rows.connect() as looking:
        there = dict(looking.execute(sa.text("SELECT text, count(*) FROM promises_promise GROUP BY text")).all())
        history = dict(
            looking.execute(sa.text("SELECT text, count(*) FROM promises_historicalpromise GROUP BY text")).all()
        )
    answered = {words for words, answer in said.items() if answer == 302}
    assert set(said.values()) <= {302, None}
    assert len(answered) >= 15
    assert None in said.values()
    assert answered <= set(there) <= set(said)
    assert history == there
    assert set(there.values()) == {1}
