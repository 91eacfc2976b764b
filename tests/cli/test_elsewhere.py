"""Can somebody bring in an experiment that was run elsewhere, and are wrong words about experiments and demos answered?"""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Keepwell

NAMES = [f"c{number:03d}" for number in range(200)]
BACK = [*NAMES[:60], *NAMES[100:140]]
"""Who bought again: sixty of the hundred mailed, forty of the hundred held out."""


@pytest.fixture
def letters(keepwell: Keepwell, tmp_path: Path) -> Keepwell:
    """Everybody bought on 20 December and some again on 10 January; half were mailed on 2 January by another program."""
    first = [f"o{n},{name},2025-12-20,20.00" for n, name in enumerate(NAMES)]
    again = [f"a{n},{name},2026-01-10,50.00" for n, name in enumerate(BACK)]
    (tmp_path / "orders.csv").write_text("\n".join(["order_id,customer_id,date,total", *first, *again, ""]), "utf-8")
    drawn = [f"{name},letters,{'mail' if n < 100 else 'control'},2026-01-02" for n, name in enumerate(NAMES)]
    (tmp_path / "log.csv").write_text("\n".join(["customer_id,experiment,variant,date", *drawn, ""]), "utf-8")
    assert keepwell("new", "Shop", "-w", "shop").code == 0
    settings = tmp_path / "shop" / "keepwell.toml"
    settings.write_text(settings.read_text("utf-8") + "\nactivity_window_days = 30\ndata_until = 2026-02-10\n", "utf-8")
    assert keepwell("import", "orders.csv", "-w", "shop", "--yes").code == 0
    return keepwell


def test_a_log_of_a_test_is_read_as_a_hint(letters: Keepwell, tmp_path: Path) -> None:
    """
    A hundred in each arm, of whom sixty and forty are kept: 20 points. Nobody becomes a customer acquired on the day of the test.

    Said by a mapping instead, the same rows are known already.
    """
    brought = letters("import", "log.csv", "-w", "shop", "--yes")
    assert (brought.code, "assignments  200" in brought.out, "customers " in brought.out) == (0, True, False)
    read = letters("prove", "look", "letters", "-w", "shop", "--days", "30", "--json").json
    kept = next(row for row in read["figures"] if "kept after" in row["outcome"])
    assert read["assigned"] == {"control": 100, "mail": 100}
    assert (kept["treated"], kept["control"], kept["difference"]) == (100, 100, pytest.approx(0.2))
    columns = {"unit": "customer_id", "experiment": "experiment", "arm": "variant", "assigned_at": "date"}
    said = "".join(f'{field} = "{column}"\n' for field, column in columns.items())
    (tmp_path / "mapping.toml").write_text(f'table = "assignments"\n[columns]\n{said}', "utf-8")
    mapped = letters("import", "log.csv", "-w", "shop", "--mapping", "mapping.toml", "--yes")
    assert (mapped.code, "200 known already" in mapped.out) == (0, True)


def test_an_experiment_nobody_knows_is_said_to_be_none(letters: Keepwell) -> None:
    """Whatever else was asked; those that are there are named."""
    asked = ("prove", "look", "nosuch", "-w", "shop", "--days", "30")
    none = letters(*asked)
    assert (none.code, "There is no experiment 'nosuch'. None is planned" in none.err) == (2, True)
    letters("import", "log.csv", "-w", "shop", "--yes")
    told = letters(*asked)
    assert (
        told.code,
        "There is no experiment 'nosuch'. None is planned. Brought in without a plan: letters:1." in told.err,
    ) == (2, True)


def test_a_demo_takes_no_folder_of_somebody_else(keepwell: Keepwell, tmp_path: Path) -> None:
    """A folder with a file in it, or a file, is refused in a sentence, and nothing is made beside it."""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "mine.txt").write_text("mine", "utf-8")
    for into, why in (("demo", "holds something else already"), ("demo/mine.txt", "is a file")):
        told = keepwell("demo", "--into", into, "--customers", "100", "--no-report")
        assert (told.code, why in told.err) == (2, True)
    assert [str(path.relative_to(tmp_path)) for path in sorted(tmp_path.rglob("*"))] == ["demo", "demo/mine.txt"]


def test_a_demo_takes_an_empty_folder(keepwell: Keepwell, tmp_path: Path) -> None:
    """One that is there already, with nothing in it, is filled."""
    (tmp_path / "demo").mkdir()
    assert keepwell("demo", "--into", "demo", "--customers", "100", "--no-report").code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


def test_the_package_runs_as_a_module() -> None:
    """Python -m keepwell is the command keepwell."""
    done = subprocess.run([sys.executable, "-m", "keepwell", "--help"], capture_output=True, text=True, check=False)
    assert (done.returncode, "Keeps customers" in done.stdout) == (0, True)
