"""Write the generated pages of docs/reference from the code: metrics, models, tables, profile, settings, commands, connectors, capabilities."""

import ast
import inspect
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
INTO = ROOT / "docs" / "reference"
MADE = "<!-- Made by scripts/reference.py; edit the code it is made from. -->\n"


def metrics() -> str:
    """Every registered metric."""
    from keepwell.measure import METRICS

    parts = [
        "# Metrics\n",
        MADE,
        f"{len(METRICS)} definitions. Ask one with `keepwell measure ID`; `--explain` tells how its figures came about.\n",
    ]
    for family in dict.fromkeys(metric.family for metric in METRICS.values()):
        parts.append(f"\n## {family.replace('_', ' ').capitalize()}\n")
        for metric in METRICS.values():
            if metric.family != family:
                continue
            options = ", ".join(f"`{name}` = {default!r}" for name, default in metric.options.items())
            parts.append(f"\n### {metric.id}\n\n**{metric.name}.** {metric.question}\n")
            parts.append(
                f"\n- Formula: {metric.formula}\n- Unit: {metric.unit}\n- Misleads: {metric.misleads}\n- Version: {metric.version}\n"
            )
            parts.append(f"- Options: {options}\n" if options else "")
            parts.append(f"- Source: {metric.source}\n" if metric.source else "")
    return "".join(parts)


def models() -> str:
    """Every registered model."""
    from keepwell.understand import MODELS

    parts = [
        "# Models\n",
        MADE,
        f"{len(MODELS)} models. Each proves itself on the company's own past before it speaks: see [trust](../explanation/trust.md).\n",
    ]
    for kind in MODELS.values():
        parts.append(f"\n## {kind.id}\n\n**{kind.name}.** {kind.question}\n")
        parts.append(
            f"\n- Assumes: {kind.assumes}\n- Misleads: {kind.misleads}\n- Version: {kind.version}\n- Source: {kind.source}\n"
        )
        parts.append(f"- In Python: `from {kind.__module__} import {kind.__name__}`\n")
        parts += [f"- {title}: {told}\n" for title, told in _asked_and_told(kind) if told]
        parts += [f"- `{name}{_signature(method)}`: {_first(method)}\n" for name, method in _verbs(kind)]
    return "".join(parts)


def _asked_and_told(kind: type) -> Iterator[tuple[str, str]]:
    """A model's settings, what its needs() counts, what its fit() reads and its predict() tells, from their docstrings."""
    settings = dict(re.findall(r"^ {8}(\w+): (.*?)(?=^ {8}\w+: |\Z)", _part(kind, "Args"), re.MULTILINE | re.DOTALL))
    yield (
        "Settings",
        "; ".join(
            f"`{name}` {_line(says)[:1].lower()}{_line(says)[1:].rstrip('.')}" for name, says in settings.items()
        ),
    )
    yield "Counts", _first(kind.needs)
    cells = re.search(r"^ {12}cells: (.*?)(?=^ {12}\w+: |\Z)", _part(kind.fit, "Args"), re.MULTILINE | re.DOTALL)
    yield "Reads", _line(cells[1]) if cells else ""
    yield "Tells", _line(_part(kind.predict, "Returns"))


def _part(of: Any, title: str) -> str:
    """The lines under one heading of a docstring."""
    found = re.search(
        rf"^\s*{title}:\n(.*?)(?=^\s*(?:Args|Returns|Raises|Yields):\n|\Z)", of.__doc__ or "", re.MULTILINE | re.DOTALL
    )
    return found[1] if found else ""


def _line(text: str) -> str:
    return " ".join(text.split())


def _first(of: Any) -> str:
    return _line((of.__doc__ or "").strip().split("\n\n")[0])


def _verbs(kind: type) -> list[tuple[str, Any]]:
    """What can be asked of a model beside the contract."""
    from keepwell.understand import Model

    found = inspect.getmembers(kind, inspect.isfunction)
    return [(name, method) for name, method in found if not name.startswith("_") and not hasattr(Model, name)]


def _signature(method: Any) -> str:
    names = [
        f"{name}=" if each.default is not each.empty else name
        for name, each in inspect.signature(method).parameters.items()
        if name != "self"
    ]
    return f"({', '.join(names)})"


def tables() -> str:
    """Every canonical table with its columns and laws."""
    from keepwell.schema import TABLES

    parts = [
        "# Canonical tables\n",
        MADE,
        "Keys are text, times are UTC, money is exact with its currency. A row that breaks a law is kept in quarantine with the reason.\n",
    ]
    for table in TABLES.values():
        parts.append(
            f"\n## {table.name}\n\n{table.meaning} Key: {', '.join(table.key)}.\n\n| column | type | meaning |\n|---|---|---|\n"
        )
        for name, column in table.columns.items():
            values = f" One of {', '.join(column.one_of)}." if column.one_of else ""
            needed = " Required." if column.required else ""
            parts.append(f"| {name} | {column.type} | {column.meaning}{values}{needed} |\n")
        for law in table.laws:
            parts.append(f"\n- Law `{law.id}`: {law.says}. {law.remedy}")
        parts.append("\n" if table.laws else "")
    return "".join(parts)


def profile() -> str:
    """Every column a segment can name: those of customers, and those that are worked out."""
    from keepwell.measure.profile import COLUMNS
    from keepwell.schema import TABLES

    parts = [
        "# What segments can ask\n",
        MADE,
        "Columns of a customer's profile, as known on the morning of the look. What is not known is unknown, not 0. How conditions are written: [the segment language](expressions.md).\n",
        "\n## Worked out\n\n| column | meaning |\n|---|---|\n",
        *(f"| {name} | {meaning} |\n" for name, meaning in COLUMNS.items()),
        "\n## As imported\n\n| column | type | meaning |\n|---|---|---|\n",
    ]
    for name, column in TABLES["customers"].columns.items():
        told = column.meaning + (f" One of {', '.join(column.one_of)}." if column.one_of else "")
        parts.append(f"| {name} | {column.type} | {told} |\n")
    return "".join(parts)


def settings() -> str:
    """Every setting of keepwell.toml, read from the source so that its own words are shown."""
    from keepwell.config import Company

    words = _attribute_words(ROOT / "src/keepwell/config.py", "Company")
    parts = [
        "# Settings\n",
        MADE,
        "What `keepwell.toml` may say. What it does not say holds as given here.\n\n| setting | holds when silent | meaning |\n|---|---|---|\n",
    ]
    for name, field in Company.model_fields.items():
        default = "must be given" if field.is_required() else f"`{field.default!r}`"
        parts.append(f"| {name} | {default} | {words.get(name, '')} |\n")
    return "".join(parts)


def commands() -> str:
    """Every command with its options."""
    import typer

    from keepwell.cli import app

    group = typer.main.get_command(app)
    parts = [
        "# Commands\n",
        MADE,
        "Exit codes: 0 done, 1 the answer is no, 2 asked wrongly, 3 a source cannot be read, 4 the lake cannot, 5 the lake is busy, 70 a fault of Keepwell.\n",
    ]
    for name, command in _every(group, "keepwell"):
        parts.append(f"\n## {name}\n\n{(command.help or '').strip()}\n\n")
        for parameter in command.params:
            told = ", ".join(f"`{option}`" for option in parameter.opts) or f"`{parameter.name}`"
            if parameter.param_type_name == "argument":
                told = f"`{(parameter.metavar or parameter.name or '').upper()}`"
            parts.append(f"- {told} {getattr(parameter, 'help', None) or ''}".rstrip() + "\n")
    return "".join(parts)


def _every(group: Any, above: str) -> Iterator[tuple[str, Any]]:
    """Commands by their whole names, those of a room under its own."""
    for name, command in sorted(group.commands.items()):
        yield f"{above} {name}", command
        if hasattr(command, "commands"):
            yield from _every(command, f"{above} {name}")


def capabilities() -> str:
    """The 124 rows, each with its page and tests or "not yet"."""
    rows = tomllib.loads((INTO / "capabilities.toml").read_text("utf-8"))
    shown = _capability_tests()
    pages = _capability_pages()
    done = sum(1 for series, words in rows.items() for n in words if n != "title" and shown.get(f"{series}-{n}"))
    parts = [
        "# Capabilities\n",
        MADE,
        f"{done} of 124 rows have a test that shows them. A row with tests may still grow with later rooms.\n",
    ]
    for series, words in rows.items():
        parts.append(f"\n## {series}: {words['title']}\n\n| row | what it is | page | tests |\n|---|---|---|---|\n")
        for number, says in words.items():
            if number == "title":
                continue
            row = f"{series}-{number}"
            tests = "<br>".join(shown.get(row, [])) or "not yet"
            page = ", ".join(f"[{p.stem}](../{p.relative_to(ROOT / 'docs')})" for p in pages.get(row, [])) or "–"
            parts.append(f"| {row} | {says} | {page} | {tests} |\n")
    return "".join(parts)


def _capability_tests() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            for mark in node.decorator_list:
                if (
                    isinstance(mark, ast.Call)
                    and isinstance(mark.func, ast.Attribute)
                    and mark.func.attr == "capability"
                ):
                    for row in mark.args:
                        found.setdefault(ast.literal_eval(row), []).append(
                            f"`{path.relative_to(ROOT / 'tests')}::{node.name}`"
                        )
    return found


def _capability_pages() -> dict[str, list[Path]]:
    """A how-to names the rows it serves in an HTML comment: <!-- rows: S0-01 S0-02 -->."""
    found: dict[str, list[Path]] = {}
    for path in sorted((ROOT / "docs").rglob("*.md")):
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("<!-- rows:"):
                for row in line.removeprefix("<!-- rows:").removesuffix("-->").split():
                    found.setdefault(row, []).append(path)
    return found


def _attribute_words(path: Path, name: str) -> dict[str, str]:
    """The docstring under each attribute of a class."""
    words = {}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ClassDef) and node.name == name:
            for field, after in zip(node.body, node.body[1:], strict=False):
                if (
                    isinstance(field, ast.AnnAssign)
                    and isinstance(after, ast.Expr)
                    and isinstance(after.value, ast.Constant)
                ):
                    words[ast.unparse(field.target)] = str(after.value.value).strip()
    return words


PAGES = {
    "metrics.md": metrics,
    "models.md": models,
    "tables.md": tables,
    "profile.md": profile,
    "settings.md": settings,
    "commands.md": commands,
    "capabilities.md": capabilities,
}


def main() -> None:
    """Write every page; with --check only say which are out of date (exit 1)."""
    stale = []
    for name, make in PAGES.items():
        text = make()
        path = INTO / name
        if not path.exists() or path.read_text("utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(text, "utf-8")
    if "--check" in sys.argv and stale:
        sys.exit(f"Out of date: {', '.join(stale)}. Run: make docs")


if __name__ == "__main__":
    main()
