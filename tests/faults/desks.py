"""A desk of a test's own, whose workers are processes that can be killed."""

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

ROOT = Path(__file__).resolve().parents[2]
FILE = Path("desk", "desk.sqlite3")


def wait_for(seen: Callable[[], Any], seconds: float = 60) -> Any:
    """What is seen, as soon as it is."""
    until = time.monotonic() + seconds
    while not (found := seen()):
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.05)
    return found


def _read(result: Any) -> Any:
    return json.loads(result) if isinstance(result, str) else result


class Desk:
    """
    A desk of its own: a folder, a database, and workers that are processes.

    Args:
        folder: The company's; made.
        database: PostgreSQL's address; "" for SQLite in the folder.
        tables: Whether the database has its tables already; "" in the folder is given them by a copy of this file.
    """

    def __init__(self, folder: Path, database: str = "", tables: bool | Path = False) -> None:
        self.folder, self.notes = folder, folder / "notes"
        self.notes.mkdir(parents=True)
        self.around = os.environ | {
            "KEEPWELL_COMPANY": str(folder), "KEEPWELL_DATABASE": database, "DJANGO_SETTINGS_MODULE": "keepwell.web.settings",
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
        }  # fmt: skip
        self.workers: list[subprocess.Popen[bytes]] = []
        (folder / "desk").mkdir()
        address = database.replace("://", "+psycopg://", 1) or f"sqlite:///{folder / FILE}"
        self.rows = sa.create_engine(address, poolclass=sa.NullPool)
        if isinstance(tables, Path):
            shutil.copy(tables, folder / FILE)
        elif not tables:
            self.run("-m", "keepwell.web", "migrate", "-v0")

    def run(self, *words: str) -> str:
        """Run Python to its end; what it printed."""
        ran = subprocess.run(
            [sys.executable, *words], env=self.around, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def ask(self, *words: str) -> None:
        """Do what tests/faults/desk.py can."""
        self.run("-m", "tests.faults.desk", *words)

    def jobs(self) -> list[dict[str, Any]]:
        """How the jobs stand, the oldest first; looked at from beside."""
        with self.rows.connect() as looking:
            rows = looking.execute(sa.text("SELECT * FROM work_job ORDER BY created_at")).mappings()
            return [{**row, "result": _read(row["result"])} for row in rows]

    def bury(self) -> None:
        """The lease of whoever died is over, as a parent says it that saw it die."""
        with self.rows.begin() as saying:
            saying.execute(sa.text("UPDATE work_job SET lease_until = created_at WHERE state = 'running'"))

    def worker(self, *words: str) -> "subprocess.Popen[bytes]":
        """Another worker."""
        line = [sys.executable, "-m", "keepwell.web", "work", *words]
        self.workers.append(
            subprocess.Popen(line, env=self.around, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )
        return self.workers[-1]

    def end(self) -> None:
        """Nothing of it runs any more."""
        for each in self.workers:
            each.kill()
            each.wait()

    def noted(self, what: str) -> list[tuple[str, float]]:
        """Who begun or is done, and when."""
        path = self.notes / what
        lines = path.read_text().splitlines() if path.exists() else []
        return [(line.split()[0], float(line.split()[1])) for line in lines]


class Browser:
    """Somebody at a desk that is served, signed in where their password is told."""

    def __init__(self, port: int, password: str = "") -> None:
        self.port, self.cookies = port, dict[str, str]()
        if password:
            self._sign_in(password)

    def _sign_in(self, password: str) -> None:
        page = self.asked("GET", "/sign-in/login/")[1]
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)', page)
        assert token
        fields = {"login": "admin@harbour-goods.example", "password": password, "csrfmiddlewaretoken": token[1]}
        assert self.asked("POST", "/sign-in/login/", fields)[0] == 302

    def asked(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and text; raises where no whole answer comes."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        head = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if fields:
            head |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-CSRFToken": self.cookies.get("csrftoken", ""),
            }
        try:
            link.request(method, path, urlencode(fields) if fields else None, head)
            answer = link.getresponse()
            text = answer.read().decode()
        finally:
            link.close()
        for said in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = said.split(";", 1)[0].partition("=")
            self.cookies[name] = value
        return answer.status, text
