"""How is the desk started? Its database brought up to date, its files put together, a worker beside it, then the server."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keepwell.errors import ConfigError
from keepwell.web import place

_THREADS = 8
"""Requests answered at the same time; more wait their turn."""


def prepare(folder: Path) -> None:
    """
    Open the desk of a company's folder in this process, its database as this version wants it.

    Args:
        folder: The company's folder; one without a company is set up in the browser.
    """
    os.environ[place.COMPANY] = str(folder.resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keepwell.web.settings")
    place.desk_folder().mkdir(parents=True, exist_ok=True)
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
        worker: Whether to run a worker beside it.

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
    with _worker() if worker else _nobody():
        _python("-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", "1",
                "--blocking-threads", str(_THREADS), "--backpressure", str(4 * _THREADS), "--log-level", "error",
                "--respawn-failed-workers", "keepwell.web.wsgi:application").wait()  # fmt: skip


def _python(*words: str) -> "subprocess.Popen[bytes]":
    """A process of its own: the server forks, and what the lake has open would not survive that."""
    return subprocess.Popen(
        [sys.executable, *words], env=os.environ | {"DJANGO_SETTINGS_MODULE": "keepwell.web.settings"}
    )


def _refuse_taken(host: str, port: int) -> None:
    import socket

    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
        except OSError as fault:
            raise ConfigError(
                f"Port {port} cannot be used: {fault.strerror}.", "", "Choose another with --port."
            ) from None


def _say(host: str, port: int) -> None:
    from keepwell.web.base import setup

    sys.stdout.write(f"The desk: http://{host}:{port}/\n")
    if not setup.done():
        sys.stdout.write(f"{place.folder()} is new: it is set up in the browser. The code: {setup.code()}\n")
    sys.stdout.write("Ctrl+C stops it.\n")
    sys.stdout.flush()


@contextmanager
def _nobody() -> Iterator[None]:
    yield


@contextmanager
def _worker() -> Iterator[None]:
    """A worker beside the server; one that died is followed by the next."""
    stop = threading.Event()

    def keep() -> None:
        while not stop.is_set():
            running = _python("-m", "keepwell.web", "work")
            while running.poll() is None and not stop.wait(0.2):
                pass
            if running.poll() is None:
                running.terminate()
                running.wait(30)
            stop.wait(1)

    keeper = threading.Thread(target=keep)
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()
