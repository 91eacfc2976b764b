"""Another process that imports: what the tests of faults kill, watch and race."""

import json
import sys
from pathlib import Path

from keepwell.errors import KeepwellError
from keepwell.lake import Delivery, Lake


def main(location: str, delivery_file: str) -> int:
    """Import a delivery told as JSON; a refusal is printed and ends with 3."""
    told = json.loads(Path(delivery_file).read_text("utf-8"))
    files = {name: tuple(map(Path, paths)) for name, paths in told["tables"].items()}
    try:
        with Lake.open(location) as lake:
            print("ready", flush=True)
            lake.commit(lake.stage(Delivery(told["sources"], told["digest"], files)).id)
    except KeepwellError as refused:
        print(f"{type(refused).__name__}: {refused}", flush=True)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
