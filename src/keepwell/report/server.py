"""How is a written report looked at? Served on this machine only."""

import functools
import http.server
import sys
from pathlib import Path

from keepwell.errors import SourceError


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a request is no news."""


def serve(path: Path, port: int = 8000) -> None:
    """
    Serve a report on 127.0.0.1 until stopped; the address is printed.

    Args:
        path: The report's folder, or its HTML file.
        port: 0 takes any free one.

    Raises:
        SourceError: There is no report, or the port is taken.
    """
    with server(path, port) as listening:
        sys.stdout.write(f"http://127.0.0.1:{listening.server_address[1]}/\nCtrl+C stops it.\n")
        sys.stdout.flush()
        listening.serve_forever()


def server(path: Path, port: int) -> http.server.ThreadingHTTPServer:
    """
    The server of a report, listening but not yet answering.

    Raises:
        SourceError: There is no report, or the port is taken.
    """
    folder = path if path.is_dir() else path.parent
    if not (folder / "index.html").is_file():
        raise SourceError(f"There is no report in {folder}.", "", "Write one with: keepwell report")
    handler = functools.partial(_Quiet, directory=str(folder))
    try:
        return http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as fault:
        raise SourceError(
            f"Port {port} cannot be used: {fault.strerror}.", "", "Choose another with --port, or 0 for any free one."
        ) from None
