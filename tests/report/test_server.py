"""Is a report served on this machine only?"""

import threading
import urllib.request
from pathlib import Path

import pytest

from keepwell.errors import SourceError
from keepwell.report.server import server


def test_a_report_is_served_on_loopback(tmp_path: Path) -> None:
    """The page comes back from 127.0.0.1, on the port that was free."""
    (tmp_path / "index.html").write_text("<p>kept</p>", "utf-8")
    with server(tmp_path, 0) as listening:
        assert listening.server_address[0] == "127.0.0.1"
        threading.Thread(target=listening.handle_request).start()
        with urllib.request.urlopen(f"http://127.0.0.1:{listening.server_address[1]}/", timeout=10) as answer:
            assert answer.read() == b"<p>kept</p>"


def test_a_folder_without_a_report_is_refused(tmp_path: Path) -> None:
    """The message names the command that writes one."""
    with pytest.raises(SourceError, match="Write one with: keepwell report"):
        server(tmp_path, 0)


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    """The message says how to choose another."""
    (tmp_path / "index.html").write_text("", "utf-8")
    with server(tmp_path, 0) as first, pytest.raises(SourceError, match="--port"):
        server(tmp_path, first.server_address[1])
