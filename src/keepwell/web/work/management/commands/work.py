"""The worker: does one job after the other until it is told to stop."""

import logging
import os
import secrets
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone

from keepwell.errors import KeepwellError
from keepwell.web.work import queue
from keepwell.web.work.models import Job
from keepwell.web.work.tasks import CLOCK

_PAUSE, _BEAT, _CLOCK = 0.5, 2.0, 30.0
"""Seconds between two looks for work, two signs of life, and two looks at the clock."""

_log = logging.getLogger(__name__)


def _of(process: int) -> str:
    """How names of a process of this machine begin."""
    return f"{os.uname().nodename}:{process}:"


class Command(BaseCommand):
    """One worker. Several may run; a job belongs to one of them at a time."""

    help = "Does the desk's work in the background until it is stopped."
    requires_system_checks = ()
    """What checks look at are pages; a worker serves none, and the one after a dead one begins a second sooner without."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether to go on when nothing waits any more."""
        parser.add_argument("--until-idle", action="store_true", help="Stop when nothing waits any more.")
        parser.add_argument(
            "--after", type=int, help="Process id of a worker of this machine that is known to be dead."
        )

    job: Job | None = None

    def handle(self, *_args: Any, until_idle: bool, after: int | None, **_options: Any) -> None:
        """Work until a signal says stop; then lay the job of the moment down for the next worker."""
        self.name = f"{_of(os.getpid())}{secrets.token_hex(3)}"
        if after is not None:
            queue.died(_of(after))
        self.stop = threading.Event()
        with self._listening():
            self._go(until_idle)

    def _go(self, until_idle: bool) -> None:
        clock = 0.0
        while not self.stop.is_set():
            close_old_connections()
            if time.monotonic() - clock >= _CLOCK and not until_idle:
                clock = time.monotonic()
                self._morning()
            job = queue.claim(self.name)
            if job is not None:
                self._do(job)
            elif until_idle and not queue.pending():
                return
            else:
                self.stop.wait(_PAUSE)

    def _morning(self) -> None:
        """Ask for what the clock brings; settings that do not hold are said, and stop no other work."""
        for due in CLOCK:
            try:
                due(timezone.now())
            except KeepwellError as fault:
                _log.warning("What is due now cannot be asked for: %s", fault)

    def _do(self, job: Job) -> None:
        self.job, done = job, threading.Event()
        if self.stop.is_set():  # said while the job was being taken
            queue.give_back(job, self.name)
            return
        pulse = threading.Thread(target=self._pulse, args=(job, done), daemon=True)
        pulse.start()
        try:
            queue.work(job, self.name)
        finally:
            done.set()
            pulse.join()
            self.job = None

    def _pulse(self, job: Job, done: threading.Event) -> None:
        """Signs of life while the job is done; a job that is somebody else's by now, or may be, is left at once."""
        heard = time.monotonic()
        try:
            while not done.wait(_BEAT):
                asked = time.monotonic()
                try:
                    mine = queue.beat(job, self.name)
                except DatabaseError:  # away or busy; as long as the lease lasts the job is ours
                    connections.close_all()
                    mine = asked - heard < queue.LEASE.total_seconds() - _BEAT
                else:
                    heard = asked
                if not mine and not done.is_set():
                    os._exit(3)
        finally:
            connections.close_all()

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """Hear SIGTERM and Ctrl+C in a thread of its own: the main one may be deep in a computation or a transaction."""
        ear, mouth = os.pipe()
        os.set_blocking(mouth, False)
        before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
        heard = signal.set_wakeup_fd(mouth)
        threading.Thread(target=self._listen, args=(ear,), daemon=True).start()
        try:
            yield
        finally:
            signal.set_wakeup_fd(heard)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(mouth)

    def _listen(self, ear: int) -> None:
        told = os.read(ear, 1)
        os.close(ear)
        if not told:  # the worker is done
            return
        self.stop.set()
        job = self.job
        if job is not None:
            try:
                queue.give_back(job, self.name)
            finally:
                os._exit(0)  # what was half done is taken up by the next worker; nothing of it is visible
