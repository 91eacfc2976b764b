"""Do imports run one way, and do thinking rooms only think?"""

import ast
from pathlib import Path

from tests.house.code import ROOT, SOURCE, modules

THINKING = ("schema", "measure", "understand", "prove")
ENGINES_AND_DOORS = {
    "duckdb",
    "django",
    "pyspark",
    "deltalake",
    "requests",
    "httpx",
    "urllib",
    "http",
    "socket",
    "os",
    "subprocess",
}
EXECUTES = {"execute", "to_pandas", "to_pyarrow", "to_pyarrow_batches", "to_polars", "preview"}
CLOCKS = {"now", "today", "utcnow", "monotonic", "perf_counter"}


def _thinking() -> dict[Path, ast.Module]:
    return {path: tree for path, tree in modules().items() if path.relative_to(SOURCE).parts[0] in THINKING}


def _imported(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def test_the_contracts_hold() -> None:
    """import-linter finds every contract of pyproject.toml kept, deferred imports counted."""
    from importlinter.cli import lint_imports

    assert lint_imports(config_filename=str(ROOT / "pyproject.toml")) == 0


def test_thinking_rooms_open_nothing() -> None:
    """No thinking room imports an engine, a web framework or the system."""
    assert {
        str(path): _imported(tree) & ENGINES_AND_DOORS
        for path, tree in _thinking().items()
        if _imported(tree) & ENGINES_AND_DOORS
    } == {}


def test_thinking_rooms_never_execute_and_never_ask_the_clock() -> None:
    """No expression is run and no clock is read where thinking is done; a schema may name its Arrow types."""
    found = []
    for path, tree in _thinking().items():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            name, root = node.func.attr, _root(node.func)
            runs = name in EXECUTES and root != "schema"
            if (
                runs
                or (name in CLOCKS and root in ("dt", "datetime", "date"))
                or (name in CLOCKS | {"time"} and root == "time")
            ):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} {name}")
    assert found == []


def test_no_naive_clock_anywhere() -> None:
    """Nobody asks for the time without saying of which zone."""
    found = []
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if (
                (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in ("now", "utcnow")
                )
                and _root(node.func) in ("dt", "datetime")
                and not (node.args or node.keywords)
            ):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
