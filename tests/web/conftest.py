"""The desk in tests: the invented company with its round taken once, its people, and whoever is signed in."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from keepwell.demo.people import OWNERS
from keepwell.web import place
from keepwell.web.api.actions import make_token, offered
from keepwell.web.base import company, setup
from keepwell.web.base.models import Person, Team
from keepwell.web.base.roles import Reach, Role

MINE, THEIRS = OWNERS[1], OWNERS[3]
"""Owners in the data: of the one who is signed in, and of somebody of another team."""


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite lies in a file, as it does at a company: the desk's own door reads it from beside."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "desk.sqlite3")


@pytest.fixture
def own_company(demo_company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A company of the test's own, which it may write to."""
    folder = tmp_path / "company"
    shutil.copytree(demo_company, folder)
    company.let_go()
    monkeypatch.setenv(place.COMPANY, str(folder))
    yield folder
    company.let_go()


@pytest.fixture(scope="session", autouse=True)
def _opened() -> Iterator[None]:
    """The shared company stays open from one test to the next, as it does from one request to the next."""
    yield
    company.let_go()


@pytest.fixture(autouse=True)
def _desk(demo_company: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test of the desk stands in the shared company, with nobody in it yet."""
    monkeypatch.setenv(place.COMPANY, str(demo_company))
    setup.forget()
    timezone.activate(ZoneInfo("Europe/Helsinki"))  # a test reads the clocks its pages read
    yield
    timezone.deactivate()


_READY = 200
"""Answers that stay ready at most: from 300 on the desk throws some away, which are queries of their own."""


def _answers() -> dict[str, str]:
    """What the desk keeps of the data, under the name of the question and of the data."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value FROM cache WHERE cache_key LIKE %s", ["%:keepwell-%"])
        return dict(cursor.fetchall())


@pytest.fixture
def answers(demo_company: Path, django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, str]]:
    """What a test had worked out of the shared company is ready for the next one, though all else it did is undone."""
    made: dict[str, str] = {}
    yield made
    if made:
        until = connection.ops.adapt_datetimefield_value(timezone.now() + timedelta(days=1))
        rows = [(name, value, until) for name, value in made.items()]
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO cache (cache_key, value, expires) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", rows
            )


@pytest.fixture
def nothing_ready(db: None) -> None:
    """Nothing was worked out before this test."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM cache")


@pytest.fixture
def people(answers: dict[str, str], db: None, demo_company: Path) -> Iterator[dict[str, Person]]:
    """One of each role, all of one team; the rep is called MINE in the data. "stranger" is a rep of another team, THEIRS."""
    ours, others = Team.objects.create(name="Harbour"), Team.objects.create(name="Inland")
    made = {
        str(role): Person.objects.create_user(f"{role}@example.com", None, name=f"{role} one", role=role, team=ours)
        for role in Role
    }
    rep = made[Role.REP]
    rep.known_as = MINE
    rep.save()
    made["stranger"] = Person.objects.create_user(
        "stranger@example.com", None, name="Stranger", role=Role.REP, team=others, known_as=THEIRS, reach=Reach.OWN
    )
    before = _answers()
    yield made
    if os.environ[place.COMPANY] == str(demo_company) and len(found := _answers()) <= _READY:
        answers |= {name: value for name, value in found.items() if name not in before}


@pytest.fixture
def signed_in(people: dict[str, Person]) -> Callable[[str], Client]:
    """A browser in which one of people() is signed in."""

    def made(who: str) -> Client:
        client = Client()
        client.force_login(people[who], backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return made


@pytest.fixture
def ask(people: dict[str, Person]) -> Callable[..., Any]:
    """Asks the interface in the name of one of people(); every scope their role may have, unless said."""
    made: dict[tuple[str, tuple[str, ...]], str] = {}

    def asked(
        who: str, method: str, path: str, body: Any = None, *, key: str = "", scopes: Any = None, **headers: str
    ) -> Any:
        wanted = tuple(scopes if scopes is not None else offered(people[who]))
        if (who, wanted) not in made:
            made[who, wanted] = make_token(people[who], "test", wanted, 30)[1]
        headers = {"authorization": f"Bearer {made[who, wanted]}"} | ({"idempotency-key": key} if key else {}) | headers
        said = {} if method == "get" else {"data": "" if body is None else body, "content_type": "application/json"}
        return getattr(Client(), method)(f"/api/v1{path}", headers=headers, **said)

    return asked
