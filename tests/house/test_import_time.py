"""Does a command start without loading what it does not need?"""

import subprocess
import sys

HEAVY = ("altair", "vl_convert", "scipy.stats", "lightgbm", "sqlalchemy", "pyspark", "polars", "matplotlib")


def test_the_command_line_loads_nothing_heavy() -> None:
    """Importing the command line leaves charts, statistics, databases and Spark alone."""
    script = f"import sys, keepwell.cli; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
