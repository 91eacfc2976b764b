"""How is a report written down? One HTML file, and beside it every figure as PNG, SVG and CSV."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from keepwell import charts
from keepwell.charts.theme import NARROW, WIDE
from keepwell.charts.words import NOTHING, cell
from keepwell.experiments.goals import Stand
from keepwell.experiments.looking import Looked
from keepwell.report.asking import Asking
from keepwell.report.parts import Figure, Section
from keepwell.report.sections import SECTIONS, definitions, evidence, finding, goals, proof
from keepwell.rounds.trials import Tried
from keepwell.workspace import Workspace

_HERE = Path(__file__).parent
FIGURES = "figures"
"""Folder of the exports, beside the page."""


def write(workspace: Workspace, into: Path, *, as_of: date | None = None) -> Path:
    """
    Write the report of a company.

    Args:
        workspace: The company.
        into: Folder; made where it is not there. What an earlier report left in it is replaced.
        as_of: Everything before this day is known; None takes the workspace's own.

    Returns:
        The HTML file, index.html.
    """
    asking = Asking(workspace, as_of)
    found = finding.find(asking)
    sections = [section for make in SECTIONS if (section := make(asking)) is not None]
    return _page(asking, found, sections, into / "index.html", "report.html")


def write_trials(workspace: Workspace, trials: Sequence[Tried], into: Path, *, as_of: date) -> Path:
    """
    Write down how what is foretold did on the company's own past.

    Args:
        workspace: The company.
        trials: What was tried; see rounds.trials.
        into: Folder; made where it is not there. A report in it stays.
        as_of: The morning of the round.

    Returns:
        The HTML file, backtest.html.
    """
    asking = Asking(workspace, as_of)
    sections = [evidence.section(asking, tried) for tried in trials]
    return _page(asking, evidence.found(asking, trials), sections, into / "backtest.html", "backtest.html")


def write_goals(workspace: Workspace, stands: list[Stand], into: Path, *, as_of: date | None = None) -> Path:
    """
    Write down how goals stand.

    Args:
        workspace: The company.
        stands: The goals; see experiments.goals.
        into: Folder; made where it is not there. A report in it stays.
        as_of: The morning; None takes the workspace's own.

    Returns:
        The HTML file, goals.html.
    """
    asking = Asking(workspace, as_of)
    return _page(asking, goals.found(stands), [goals.told(asking, stands)], into / "goals.html", "goals.html")


def write_look(workspace: Workspace, looked: Looked, into: Path, *, as_of: date | None = None) -> Path:
    """
    Write down one look at an experiment.

    Args:
        workspace: The company.
        looked: The look and those before it.
        into: Folder; made where it is not there. A report in it stays.
        as_of: The morning up to which is told what it has brought since it was decided to keep it; None takes the workspace's own.

    Returns:
        The HTML file, look.html.
    """
    asking = Asking(workspace, looked.look.morning)
    found, made = proof.found(looked, workspace.company.currency), proof.sections(asking, looked, as_of)
    return _page(asking, found, made, into / "look.html", "look.html")


def _page(asking: Asking, found: finding.Finding, sections: Sequence[Section], path: Path, template: str) -> Path:
    """One page of sections, and its figures beside it."""
    folder = path.parent / FIGURES
    folder.mkdir(parents=True, exist_ok=True)
    figures = {figure.id: _figure(figure, folder) for figure in _figures(sections)}
    page = _template(template).render(
        asking=asking,
        company=asking.workspace.company,
        css=(_HERE / "report.css").read_text("utf-8"),
        definitions=definitions.definitions(asking, sections),
        drawn=figures,
        figures=FIGURES,
        finding=found,
        light=charts.LIGHT,
        names=asking.names(_listed(sections)),
        nothing=NOTHING,
        dark=charts.DARK,
        sections=sections,
    )
    _replace(path, page)
    return path


def _listed(sections: Iterable[Section]) -> list[str]:
    """Ids of all customers that are listed anywhere."""
    lists = [told.behind for section in sections for told in section.numbers]
    lists += [figure.behind for figure in _figures(sections)]
    return sorted({id for behind in lists for list_ in behind for id in list_.members})


def _figures(sections: Iterable[Section]) -> Iterable[Figure]:
    return (block for section in sections for block in section.blocks if isinstance(block, Figure))


def _figure(figure: Figure, folder: Path) -> dict[str, str]:
    """The exports written; for the page, the picture at each width."""
    drawn = figure.draw(WIDE)
    whole = charts.svg(drawn, name=figure.id, title=figure.title)
    _replace(folder / f"{figure.id}.svg", whole)
    (folder / f"{figure.id}.png").write_bytes(charts.png(whole))
    _replace(folder / f"{figure.id}.csv", figure.frame.map(cell).to_csv(index=False, lineterminator="\n"))
    wide = charts.svg(drawn, scheme="page", name=f"{figure.id}-wide")
    if figure.scrolls:
        return {"wide": wide, "narrow": ""}
    return {"wide": wide, "narrow": charts.svg(figure.draw(NARROW), scheme="page", name=f"{figure.id}-narrow")}


def _replace(path: Path, text: str) -> None:
    """Whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, "utf-8", newline="\n")
    part.replace(path)


def _template(name: str) -> Any:
    import jinja2

    around = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    around.tests["figure"] = lambda block: isinstance(block, Figure)
    return around.get_template(name)
