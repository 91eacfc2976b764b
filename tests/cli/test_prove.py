"""Can a play be planned, frozen, drawn and checked by somebody at a command line?"""

from pathlib import Path

import duckdb
import pytest
from tests.cli.conftest import Keepwell

PLAN = """
experiment = "mail"
version = 1
owner = "Sanna"
what = "A mail."
expected = "Thirty more are spent a head."
where = "orders >= 1"
start = 2026-07-01
end = 2026-09-29
review = 2026-10-06
smallest_effect = 30
max_n = 10000
[arms]
control = 0.5
mail = 0.5
[primary]
kind = "spend"
days = 60
"""


@pytest.fixture
def company(keepwell: Keepwell, tmp_path: Path) -> Keepwell:
    """The invented company in the folder shop, and a plan beside it."""
    assert keepwell("demo", "--into", "shop", "--customers", "500", "--no-report").code == 0
    (tmp_path / "mail.toml").write_text(PLAN, "utf-8")
    return keepwell


@pytest.mark.slow
@pytest.mark.capability("S2-24")
def test_from_a_plan_to_arms_anybody_can_check(company: Keepwell, tmp_path: Path) -> None:
    """Told, frozen, drawn, listed; one SELECT over the stored file gives the stored arms."""
    told = company("prove", "plan", "mail.toml", "-w", "shop")
    assert told.code == 0
    assert "Expected: Thirty more are spent a head." in told.out
    assert "Not frozen." in told.out
    frozen = company("prove", "plan", "mail.toml", "-w", "shop", "--freeze", "--json").json
    assert (frozen["frozen"]["entry"], frozen["frozen"]["new"], frozen["feasible"]["provable"]) == (1, True, True)
    drawn = company("prove", "assign", "mail", "-w", "shop", "--json").json
    assert sum(drawn["units"].values()) == drawn["new"] > 100
    listed = company("prove", "list", "-w", "shop", "--json").json
    assert (listed["held_out"], listed["active"], listed["entries"]) == (3, 3, 2)
    assert listed["experiments"][0]["arms"] == drawn["units"]
    late = company("prove", "list", "-w", "shop", "--as-of", "2026-12-01")
    assert "Its review was due on 2026-10-06; Sanna has not decided: keep, change or stop." in late.out
    query = company("prove", "sql", "mail", "-w", "shop", "--json").json["sql"]
    with duckdb.connect() as engine:
        files = str(tmp_path / "shop" / "lake" / "tables" / "assignments" / "*.parquet")
        engine.execute(f"CREATE VIEW assignments AS FROM read_parquet('{files}', union_by_name = true)")
        again = dict(engine.execute(f"SELECT unit, arm FROM ({query})").fetchall())
        stored = dict(engine.execute("SELECT unit, arm FROM assignments WHERE experiment = 'mail'").fetchall())
    assert again == stored
    unit, arm = next(iter(stored.items()))
    assert company("prove", "who", "mail", unit, "-w", "shop", "--json").json["arm"] == arm
    assert f"{unit} is in {arm}." in company("prove", "who", "mail", unit, "-w", "shop").out
    everybody = company("prove", "sql", "mail", "-w", "shop", "--table", "crm.people", "--dialect", "postgres")
    assert 'FROM "crm"."people"' in everybody.out


@pytest.mark.slow
def test_what_cannot_be_is_told_in_a_sentence(company: Keepwell, tmp_path: Path) -> None:
    """No such file or plan, a wrong segment, a changed plan, an unknown dialect, a ledger tampered with: no traceback."""
    plan = tmp_path / "mail.toml"
    assert company("prove", "list", "-w", "shop").code == 0
    assert "There is no file" in company("prove", "plan", "none.toml", "-w", "shop").err
    assert "No plan of 'mail' is frozen." in company("prove", "assign", "mail", "-w", "shop").err
    plan.write_text(PLAN.replace("orders >= 1", "ordres >= 1"))
    wrong = company("prove", "plan", "mail.toml", "-w", "shop")
    assert (wrong.code, "^" in wrong.err) == (2, True)
    plan.write_text(PLAN)
    assert company("prove", "plan", "mail.toml", "-w", "shop", "--freeze").code == 0
    plan.write_text(PLAN.replace("10000", "9000"))
    changed = company("prove", "plan", "mail.toml", "-w", "shop", "--freeze")
    assert (changed.code, "max_n differs" in changed.err) == (2, True)
    assert company("prove", "sql", "mail", "-w", "shop", "--dialect", "oracle").code == 2
    for file in (tmp_path / "shop" / "lake").glob("ledger-*.jsonl"):
        file.write_text(file.read_text().replace('"max_n":10000', '"max_n":90000'))
    broken = company("prove", "list", "-w", "shop")
    assert broken.code == 4
    assert "Entry 1 (plan of mail:1)" in broken.err


@pytest.mark.slow
def test_a_list_of_goals_marks_the_wrong_way(company: Keepwell) -> None:
    """A tenth of the customers kept is asked for, where nearly all are: the list says so, and not of a goal for more."""
    for name, target in (("fewer", "10%"), ("more", "99.9%")):
        wish = ("kept_share", "--target", target, "--by", "2026-09-30", "--owner", "Ann", "--name", name)
        assert company("prove", "goal", "set", *wish, "-w", "shop").code == 0
    lines = company("prove", "goal", "list", "-w", "shop").out.splitlines()
    marked = ["the wrong way" in line for name in ("fewer:1", "more:1") for line in lines if name in line]
    assert marked == [True, False], lines
