"""Can every test fail, and does it say what must be true?"""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import unit_of
from tests.house.code import ROOT

HERE = ROOT / "tests"
CAPABILITIES = (
    {f"S0-{n:02d}" for n in range(1, 27)}
    | {f"S1-{n:02d}" for n in range(1, 24)}
    | {f"S2-{n:02d}" for n in range(1, 25)}
)
CAPABILITIES |= {f"S3-{n:02d}" for n in range(1, 29)} | {f"S4-{n:02d}" for n in range(1, 24)}


def _tests() -> Iterator[tuple[Path, ast.FunctionDef]]:
    for path in sorted(HERE.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield path.relative_to(ROOT), node


def test_every_test_says_what_must_be_true() -> None:
    """Every test has a docstring."""
    assert [f"{path}::{node.name}" for path, node in _tests() if not ast.get_docstring(node)] == []


def test_every_test_asserts() -> None:
    """Every test has an assert, expects an exception, or hands over to a helper named check_… or assert_…."""
    empty = [f"{path}::{node.name}" for path, node in _tests() if not any(_judges(inner) for inner in ast.walk(node))]
    assert empty == []


def test_no_test_sleeps() -> None:
    """No test waits for time to pass."""
    sleeping = [
        f"{path}::{node.name}"
        for path, node in _tests()
        for inner in ast.walk(node)
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr == "sleep"
    ]
    assert sleeping == []


def test_spark_stays_on_one_worker() -> None:
    """Every test marked spark is of the unit that one worker takes: no second Spark is started."""
    marked = [
        f"{path}::{node.name}"
        for path, node in _tests()
        if any(ast.unparse(mark) == "pytest.mark.spark" for mark in node.decorator_list)
    ]
    assert len(marked) >= 10
    assert [name for name in marked if unit_of(name) != "spark"] == []


def test_capability_rows_exist() -> None:
    """Every row a test claims to show is one of the 124."""
    assert len(CAPABILITIES) == 124
    claimed = {
        argument.value
        for _, node in _tests()
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr == "capability"
        for argument in decorator.args
        if isinstance(argument, ast.Constant)
    }
    assert claimed - CAPABILITIES == set()


def _judges(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return True
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in ("raises", "warns", "fail") or name.startswith(("check_", "assert_"))
