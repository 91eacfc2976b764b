"""Another process that imports: what the tests of faults kill, watch and race."""

import json
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from keepwell.errors import KeepwellError
from keepwell.lake import Delivery, Lake


def main(location: str, delivery_file: str, ready: Callable[[], None] = lambda: print("ready", flush=True)) -> int:
    """Import a delivery told as JSON, *ready* said when the lake is open; a refusal is printed and ends with 3."""
    told = json.loads(Path(delivery_file).read_text("utf-8"))
    files = {name: tuple(map(Path, paths)) for name, paths in told["tables"].items()}
    try:
        with Lake.open(location) as lake:
            ready()
            lake.commit(lake.stage(Delivery(told["sources"], told["digest"], files)).id)
    except KeepwellError as refused:
        print(f"{type(refused).__name__}: {refused}", flush=True)
        return 3
    return 0


def said(location: str, delivery_file: str, pipe: Connection) -> None:
    """The same in a fork: that it is ready is said through a pipe."""
    sys.exit(main(location, delivery_file, lambda: pipe.send("ready")))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
