"""How much of this machine may one deed hold in memory? The rest goes to the disk."""

import os
from pathlib import Path

_SHARE, _LEAST = 0.4, 1_000_000_000
_CONTAINER = Path("/sys/fs/cgroup/memory.max")


def memory_limit(container: Path = _CONTAINER) -> str:
    """
    Four tenths of the memory of this machine, or of its container where that has less; at least 1 GB.

    Args:
        container: File in which a container's limit stands.

    Returns:
        As DuckDB wants it, such as "6400MB".
    """
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    told = container.read_text("ascii").strip() if container.is_file() else ""
    if told.isdecimal():
        there = min(there, int(told))
    return f"{max(_LEAST, int(_SHARE * there)) // 1_000_000}MB"
