"""Does a real Spark cluster, one master and two workers as processes, give the same figures?"""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from urllib.request import urlopen

import pytest
from tests.backends.conftest import QUICK_JAVA

from keepwell.lake import Lake
from keepwell.measure import METRICS
from keepwell.measure.facts import Facts
from keepwell.measure.periods import calendar
from keepwell.measure.question import Question

ASKED = ("kept_share", "mrr_movements")
SCRIPT = """
import json, sys
from pyspark.sql import SparkSession
from keepwell.lake import Lake
from keepwell.testing.worlds import full_shop
from tests.backends.conftest import FOR_TINY_TABLES
from tests.backends.test_cluster import answers
builder = SparkSession.builder.master(sys.argv[2])
for name, value in FOR_TINY_TABLES.items():
    builder = builder.config(name, value)
builder.getOrCreate()
with Lake.open(sys.argv[1], engine="spark", spark=sys.argv[2]) as lake:
    print("ANSWER " + json.dumps(answers(lake, full_shop())))
"""


def answers(lake: Lake, world: Facts) -> dict[str, str]:
    """What the metrics asked for say through a lake, as text."""
    facts = Facts(lake.tables(), world.company, world.as_of, since=world.since)
    periods = calendar("month", date(2025, 1, 1), world.as_of, world.company)
    questions = {name: Question(METRICS[name], facts, periods) for name in ASKED}
    return {
        name: question.answer(lake.run(question.totals)).frame.astype(str).to_csv()
        for name, question in questions.items()
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _spark(stack: ExitStack, home: Path, *words: str, log: Path) -> "subprocess.Popen[bytes]":
    """A Spark daemon in the foreground, bound to loopback, gone with the stack."""
    environment = {
        **os.environ,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_NO_DAEMONIZE": "1",
        "SPARK_DAEMON_JAVA_OPTS": QUICK_JAVA,
        "PYSPARK_PYTHON": sys.executable,
    }
    out = stack.enter_context(log.open("wb"))
    process = subprocess.Popen([str(home / "bin/spark-class"), *words], env=environment, stdout=out, stderr=out)
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[str]:
    """The address of a master with two workers, all three processes of their own."""
    pyspark = pytest.importorskip("pyspark", reason="Spark is not installed")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java: apt-get install openjdk-17-jre-headless")
    home = Path(pyspark.__path__[0])
    port, page = _free_port(), _free_port()
    address = f"spark://127.0.0.1:{port}"
    with ExitStack() as stack:
        master = (
            "org.apache.spark.deploy.master.Master",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--webui-port",
            str(page),
        )
        processes = [_spark(stack, home, *master, log=tmp_path / "master.log")]
        _until_alive(f"http://127.0.0.1:{page}/json/", 0, processes)
        for number in (1, 2):
            worker = (
                "org.apache.spark.deploy.worker.Worker",
                "--host",
                "127.0.0.1",
                "--cores",
                "1",
                "--memory",
                "1g",
                "--webui-port",
                "0",
            )
            log = tmp_path / f"worker{number}.log"
            processes.append(
                _spark(stack, home, *worker, "--work-dir", str(tmp_path / f"work{number}"), address, log=log)
            )
        _until_alive(f"http://127.0.0.1:{page}/json/", 2, processes)
        yield address


def _until_alive(page: str, workers: int, processes: list["subprocess.Popen[bytes]"]) -> None:
    """Ask the master until it answers and knows that many workers; a process that ended is a failure."""
    for _ in range(3000):
        assert all(process.poll() is None for process in processes), "a Spark process ended"
        try:
            with urlopen(page, timeout=2) as reply:
                if json.load(reply)["aliveworkers"] >= workers:
                    return
        except (OSError, ValueError):  # not there yet, or a page that is not the answer yet
            subprocess.run([sys.executable, "-c", ""], check=True)  # a short pause that is work, not sleep
    pytest.fail("the cluster did not come up")


@pytest.mark.slow
@pytest.mark.cluster
@pytest.mark.spark
def test_a_cluster_gives_the_same_figures(cluster: str, lake_folder: Path, duck: Lake, world: Facts) -> None:
    """The customer bridge and revenue movements computed by two worker processes equal DuckDB's."""
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), "SPARK_LOCAL_IP": "127.0.0.1"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(lake_folder), cluster],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = next(line for line in done.stdout.splitlines() if line.startswith("ANSWER "))
    assert json.loads(told.removeprefix("ANSWER ")) == answers(duck, world)
