"""The worker: does one job after the other until it is told to stop."""

import os
import secrets
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections, connections
from django.utils import timezone

from keepwell.web.work import queue
from keepwell.web.work.models import Job
from keepwell.web.work.tasks import morning_round

_PAUSE, _BEAT, _CLOCK = 0.5, 2.0, 30.0
"""Seconds between two looks for work, two signs of life, and two looks at the clock."""


class Command(BaseCommand):
    """One worker. Several may run; a job belongs to one of them at a time."""

    help = "Does the desk's work in the background until it is stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether to go on when nothing waits any more."""
        parser.add_argument("--until-idle", action="store_true", help="Stop when nothing waits any more.")

    def handle(self, *_args: Any, until_idle: bool, **_options: Any) -> None:
        """Work until a signal says stop; then lay the job of the moment down for the next worker."""
        self.name = f"{os.uname().nodename}:{os.getpid()}:{secrets.token_hex(3)}"
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._leave(stop))
        clock = 0.0
        while not stop.is_set():
            close_old_connections()
            if (now := timezone.now()).timestamp() - clock >= _CLOCK and not until_idle:
                clock = now.timestamp()
                morning_round(now)
            job = queue.claim(self.name)
            if job is not None:
                self._do(job)
            elif until_idle:
                return
            else:
                stop.wait(_PAUSE)

    job: Job | None = None

    def _do(self, job: Job) -> None:
        self.job, done = job, threading.Event()
        pulse = threading.Thread(target=self._pulse, args=(job, done), daemon=True)
        pulse.start()
        try:
            queue.work(job, self.name)
        finally:
            done.set()
            pulse.join()
            self.job = None

    def _pulse(self, job: Job, done: threading.Event) -> None:
        """Signs of life while the job is done; a job that belongs to somebody else by now is left at once."""
        try:
            while not done.wait(_BEAT):
                if not queue.beat(job, self.name) and not done.is_set():
                    os._exit(3)
        finally:
            connections.close_all()

    def _leave(self, stop: threading.Event) -> None:
        stop.set()
        if self.job is not None:
            queue.give_back(self.job, self.name)
            os._exit(0)  # what was half done is taken up by the next worker; nothing of it is visible
