"""A desk of its own in processes of its own, for what a test inside one transaction cannot see: api_desk.py together|killed FOLDER."""

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from keepwell.config import Company
from keepwell.web import serving
from keepwell.workspace import Workspace


def main() -> None:
    """Make a company and its desk, do what is asked, and print what came of it."""
    what, folder = sys.argv[1], Path(sys.argv[2])
    Workspace.create(folder, Company(name="Harbour Goods", time_zone="Europe/Helsinki")).close()
    serving.prepare(folder)
    from keepwell.web.base.models import Person

    admin = Person.objects.create_user("admin@example.com", None, name="Admin", role="admin")
    sys.stdout.write(json.dumps({"together": _together, "killed": _killed}[what](admin)))


def _together(admin: Any) -> dict[str, Any]:
    """Twelve threads send the same import, and the same invitation, under the same key at the same moment."""
    from django.db import connection
    from django.test import Client

    from keepwell.web.api.actions import make_token
    from keepwell.web.api.models import Parcel
    from keepwell.web.base.models import Person
    from keepwell.web.work.models import Job

    _made, token = make_token(admin, "test", ["import", "admin"], 1)
    headers = {"authorization": f"Bearer {token}", "idempotency-key": "the same"}
    wanted = {
        "/api/v1/imports/customers": {"rows": [{"customer_id": "one"}]},
        "/api/v1/people": {"name": "New", "email": "new@example.com", "role": "rep"},
    }
    answers: list[tuple[int, str]] = []
    for path, body in wanted.items():
        start = threading.Barrier(12)

        def send(path: str = path, body: Any = body, start: threading.Barrier = start) -> None:
            start.wait()
            mine = headers | {"idempotency-key": path.replace("/", "-")}
            answer = Client(raise_request_exception=False, SERVER_NAME="localhost").post(
                path, body, content_type="application/json", headers=mine
            )
            answers.append((answer.status_code, answer.content.decode()))
            connection.close()

        threads = [threading.Thread(target=send) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return {
        "statuses": sorted({status for status, _body in answers}), "answers": len(answers),
        "bodies": len({body for _status, body in answers}), "parcels": Parcel.objects.count(),
        "jobs": Job.objects.count(), "people": Person.objects.count(),
    }  # fmt: skip


class _Server(http.server.BaseHTTPRequestHandler):
    """Kills the worker that tells it the first time, before it answers."""

    worker: Any = None
    heard: list[str] = []  # noqa: RUF012  one for all requests is what is wanted

    def do_POST(self) -> None:
        """Hear one message."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append(self.headers["webhook-id"])
        if len(self.heard) == 1:
            os.kill(self.worker.pid, signal.SIGKILL)
            return
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_said: Any) -> None:
        """Nothing."""


def _killed(admin: Any) -> dict[str, Any]:
    """The worker dies between sending and hearing the answer; the next one tells it again under the same id."""
    from keepwell.web.api.actions import announce, make_endpoint
    from keepwell.web.api.models import Delivery

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # Of a decision, as the workers may take the morning's round themselves.
    make_endpoint(admin, f"http://127.0.0.1:{server.server_port}/", ["decision.made"], private=True)
    announce("decision.made", {"play": "welcome"})
    _Server.worker = _worker()
    _Server.worker.wait(60)
    following = _worker()
    ends, pause = time.monotonic() + 120, threading.Event()
    try:
        while Delivery.objects.get().state == "waiting" and time.monotonic() < ends:
            pause.wait(0.1)
    finally:  # whoever reads our words waits for the worker too
        following.kill()
        following.wait(30)
        server.shutdown()
    return {"heard": _Server.heard, "state": Delivery.objects.get().state, "tries": Delivery.objects.get().tries}


def _worker() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "keepwell.web", "work"])


if __name__ == "__main__":
    main()
