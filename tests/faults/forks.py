"""How does a test get a process it may kill, without paying for what every process of Python imports first?"""

import multiprocessing

FORKS = multiprocessing.get_context("forkserver")
"""Children of a server that has imported everything once: processes of their own like any other, to the kernel and the lake."""

FORKS.set_forkserver_preload(["tests.faults.writer", "tests.faults.drawer"])
