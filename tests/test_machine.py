"""Does what may be held follow the machine, and its container?"""

import re
from pathlib import Path

from keepwell.machine import memory_limit


def test_a_container_may_have_less_than_the_machine(tmp_path: Path) -> None:
    """Four tenths of 8 GB are 3,200 MB, of 1 GB still 1,000 MB; a container without a limit has the machine's."""
    limit = tmp_path / "memory.max"
    limit.write_text("8000000000\n")
    eight = memory_limit(limit)
    limit.write_text("1000000000\n")
    one = memory_limit(limit)
    limit.write_text("max\n")
    assert (eight, one, memory_limit(limit)) == ("3200MB", "1000MB", memory_limit(tmp_path / "none"))
    assert re.fullmatch(r"\d{4,}MB", memory_limit())
