"""What was counted of the very same data before? Small answers kept beside the lake, for the next process that asks."""

import json
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any


def remembered(work: Path, name: str, of: Any, make: Callable[[], Any]) -> Any:
    """
    An answer kept of the same data, or worked out now and kept.

    Args:
        work: A folder of this machine for what can be made anew at any time.
        name: What the answer is called.
        of: All it is worked out from, as JSON can hold: other data, another answer.
        make: Works it out; JSON must be able to hold it.
    """
    digest = sha256(json.dumps(of, sort_keys=True, default=str).encode()).hexdigest()
    path = work / f"remembered-{name}.json"
    try:
        kept = json.loads(path.read_text("utf-8"))
        if kept["of"] == digest:
            return kept["answer"]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # nothing kept, or nothing that can be read: it is made anew
    answer = make()
    making = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        making.write_text(json.dumps({"of": digest, "answer": answer}), "utf-8")
        making.replace(path)
    except OSError:
        making.unlink(missing_ok=True)  # a full or read-only disk costs time, not the answer
    return answer
