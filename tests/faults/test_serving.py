"""What becomes of the desk's processes when the command that started them ends, however it ends?"""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.faults.desks import ROOT, Browser, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.slow]


_WORK = "keepwell.web work"


def _port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


def _serves(port: int) -> bool:
    """Whether a page comes: the door is open a moment before anybody stands behind it."""
    try:
        return Browser(port).asked("GET", "/sign-in/login/")[0] in (200, 302)
    except OSError:
        return False


def _of(folder: Path, words: str = "") -> list[int]:
    """Processes that were started for a folder, whose command says some words."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            around, line = (each / "environ").read_bytes(), (each / "cmdline").read_bytes().replace(b"\0", b" ")
            stat = (each / "stat").read_text()
        except OSError:
            continue
        if f"KEEPWELL_COMPANY={folder}".encode() in around and words.encode() in line and ") Z " not in stat:
            found.append(int(each.name))
    return found


@contextmanager
def _started(folder: Path, port: int, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """A command of a desk; nothing of it runs afterwards."""
    around = os.environ | {"PYTHONPATH": str(ROOT / "src"), "KEEPWELL_COMPANY": str(folder)}
    line = [sys.executable, "-m", "keepwell", *(words or ("serve", str(folder))), "--port", str(port)]
    with subprocess.Popen(line, env=around, stdout=subprocess.PIPE, text=True) as serving:
        try:
            yield serving
        finally:
            serving.kill()
            for each in _of(folder):
                os.kill(each, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_the_command(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl+C, SIGTERM, or a kill: within seconds neither server nor worker runs, and the port is free."""
    port = _port()
    with _started(tmp_path, port) as serving:
        wait_for(lambda: _answers(port) and _of(tmp_path, _WORK))
        serving.send_signal(number)
        assert serving.wait(30) == (-number if number == signal.SIGKILL else 0)
        wait_for(lambda: not _of(tmp_path), 60)
        assert not _answers(port)


def test_a_worker_that_dies_is_followed_by_the_next(tmp_path: Path) -> None:
    """Killed, another one runs within seconds; the server, killed, takes its own children with it and the command says so."""
    port = _port()
    with _started(tmp_path, port) as serving:
        first = wait_for(lambda: _answers(port) and len(_of(tmp_path, _WORK)) == 2 and _of(tmp_path, _WORK))
        os.kill(first[0], signal.SIGKILL)
        wait_for(lambda: len({*_of(tmp_path, _WORK)} - {first[0]}) == 2, 30)
        main = min(_of(tmp_path, "granian"))
        os.kill(main, signal.SIGKILL)
        assert serving.wait(40) == 2
        wait_for(lambda: not _of(tmp_path), 60)


def test_who_sets_a_desk_up_stays_signed_in(tmp_path: Path) -> None:
    """Whichever of the server's processes answers, and after the next start: they know one secret from the beginning."""
    port, words = (
        _port(),
        {"company": "Own", "currency": "EUR", "time_zone": "UTC", "name": "Ann", "email": "ann@own.example"},
    )
    with _started(tmp_path, port) as serving:
        assert serving.stdout is not None
        code = next(found[1] for line in serving.stdout if (found := re.search(r"The code: (\S+)", line)))
        wait_for(lambda: _serves(port))
        first = Browser(port)
        first.asked("GET", "/setup/")
        assert first.asked("POST", "/setup/", words | {"code": code, "password": "long enough of it"})[0] == 302
        assert [first.asked("GET", "/settings/")[0] for _time in range(16)] == [200] * 16
    with _started(tmp_path, port):
        wait_for(lambda: _serves(port))
        assert first.asked("GET", "/settings/")[0] == 200


def test_the_demo_ends_in_its_desk_and_says_the_sign_in(tmp_path: Path) -> None:
    """
    From an empty folder: made, imported, its round taken, and served with a sign-in that works.

    The process that draws charts ends with the server too, however that ends.
    """
    port, folder, said = _port(), tmp_path / "demo", ""
    with _started(
        folder, port, "demo", "--into", str(folder), "--customers", "300", "--no-report", "--serve"
    ) as serving:
        assert serving.stdout is not None
        for line in serving.stdout:
            said += line
            if "Ctrl+C" in line:
                break
        password = re.search(r"Sign in as admin@harbour-goods\.example with the password (\S+)", said)
        assert password, said
        assert all(
            f"{role}@harbour-goods.example" in said for role in ("rep", "success", "marketer", "analyst", "manager")
        )
        assert f"http://127.0.0.1:{port}/" in said
        _draw("survival", folder, port, password[1])
        serving.terminate()
        assert serving.wait(30) == 0
        wait_for(lambda: not _of(folder), 60)
    with _started(folder, port) as serving:
        _draw("retention_curve", folder, port, password[1])
        serving.kill()
        wait_for(lambda: not _of(folder), 60)


def _draw(metric: str, folder: Path, port: int, password: str) -> None:
    """Look at a page whose chart was not drawn before; a process of its own draws it."""
    wait_for(lambda: _answers(port), 60)
    assert Browser(port, password).asked("GET", f"/measures/{metric}/?now=1")[0] == 200
    assert _of(folder, "multiprocessing")


def test_it_is_ready_for_the_open_net(tmp_path: Path) -> None:
    """With an https address Django's own deployment check finds nothing."""
    around = os.environ | {
        "PYTHONPATH": str(ROOT / "src"),
        "KEEPWELL_COMPANY": str(tmp_path),
        "KEEPWELL_ADDRESS": "https://desk.example.com",
    }
    line = [
        sys.executable,
        "-W",
        "error::UserWarning:keepwell",
        "-m",
        "keepwell.web",
        "check",
        "--deploy",
        "--fail-level",
        "WARNING",
    ]
    (tmp_path / "keepwell.toml").write_text('name = "Harbour"\n')
    ran = subprocess.run(line, env=around, capture_output=True, text=True, check=False)
    assert (ran.returncode, "no issues" in ran.stdout) == (0, True), ran.stderr
