"""How is the desk started? Its database brought up to date, its files put together, workers beside it, then the server."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from keepwell.errors import ConfigError
from keepwell.web import place

_THREADS = 8
"""Requests a process answers at the same time; more wait their turn."""

_WORKERS = 2
"""One may be long at the lake, which one job writes at a time; the other looks at files meanwhile."""

_PATIENCE = 20
"""Seconds a process has to end when it is asked to."""


def prepare(folder: Path) -> None:
    """
    Open the desk of a company's folder in this process, its database as this version wants it.

    Args:
        folder: The company's folder; one without a company is set up in the browser.
    """
    os.environ[place.COMPANY] = str(folder.resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keepwell.web.settings")
    place.desk_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)


def serve(folder: Path, *, host: str = "127.0.0.1", port: int = 8000, worker: bool = True) -> None:
    """
    Serve the desk until stopped.

    Args:
        folder: The company's folder.
        host: Where it listens; anything but this machine wants an address people type (KEEPWELL_ADDRESS).
        port: Where it listens.
        worker: Whether to run workers beside it.

    Raises:
        ConfigError: It would listen beyond this machine without its address, or the port is taken.
    """
    if host not in ("127.0.0.1", "::1", "localhost") and not place.address():
        raise ConfigError(
            f"The desk would listen on {host}, where others can reach it.",
            "Then it has to know the address people type.",
            f"Set {place.ADDRESS}=https://desk.example.com, and put a server that speaks TLS before it.",
        )
    _refuse_taken(host, port)
    prepare(folder)
    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False)
    _say(host, port)
    with suppress(KeyboardInterrupt), _until_told(), _workers() if worker else nullcontext():
        _answer(host, port)


@contextmanager
def _until_told() -> Iterator[None]:
    """Ctrl+C and SIGTERM both end the command in order: what it started ends first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    before = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _answer(host: str, port: int) -> None:
    """The server, until it ends."""
    server = _python("granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", str(place.PROCESSES),
                     "--blocking-threads", str(_THREADS), "--backpressure", str(4 * _THREADS), "--log-level", "error",
                     "--respawn-failed-workers", "keepwell.web.wsgi:application")  # fmt: skip
    try:
        code = server.wait()
    finally:
        _end(server)
    raise ConfigError(
        f"The server ended by itself (code {code}).",
        "It runs until it is stopped.",
        "What it said stands above this line.",
    )


def _python(*words: str) -> "subprocess.Popen[bytes]":
    """
    A process of its own, which ends with this one: the server forks, and what the lake has open would not survive that.

    It is kept out of the terminal's reach: Ctrl+C comes to this one, which ends the others in order.
    """
    return subprocess.Popen(
        [sys.executable, "-m", "keepwell.web.bound", str(os.getpid()), *words],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "keepwell.web.settings"},
        process_group=0,
    )


def _end(running: "subprocess.Popen[bytes]") -> None:
    """Ask a process to end, and make it where it does not."""
    if running.poll() is None:
        running.terminate()
        try:
            running.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def _refuse_taken(host: str, port: int) -> None:
    import socket

    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
        except OSError as fault:
            raise ConfigError(
                f"Port {port} cannot be used: {fault.strerror}.", "", "Choose another with --port."
            ) from None


def _say(host: str, port: int) -> None:
    from keepwell.web.base import setup

    sys.stdout.write(f"The desk: http://{f'[{host}]' if ':' in host else host}:{port}/\n")
    if not setup.done():
        sys.stdout.write(f"{place.folder()} is new: it is set up in the browser. The code: {setup.code()}\n")
    sys.stdout.write("Ctrl+C stops it.\n")
    sys.stdout.flush()


@contextmanager
def _workers() -> Iterator[None]:
    """Workers beside the server; one that died is followed by the next."""
    stop = threading.Event()

    def keep() -> None:
        before: list[str] = []
        while not stop.is_set():
            running = _python("keepwell.web", "work", *before)
            before = ["--after", str(running.pid)]
            while running.poll() is None and not stop.wait(0.2):
                pass
            _end(running)
            stop.wait(1)

    keepers = [threading.Thread(target=keep) for _ in range(_WORKERS)]
    for each in keepers:
        each.start()
    try:
        yield
    finally:
        stop.set()
        for each in keepers:
            each.join()
