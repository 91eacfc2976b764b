"""Do the commands printed beside the figures give the figures, and the customers, that stand there?"""

import contextlib
import io
import json
import re
import shlex
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from keepwell import demo
from keepwell.cli import app
from keepwell.config import Company
from keepwell.report.asking import Asking
from keepwell.report.parts import Figure, Number, Section
from keepwell.report.sections import SECTIONS
from keepwell.workspace import Workspace

pytestmark = pytest.mark.slow  # every command of a report is run

AS_OF = date(2026, 7, 1)
_COUNTS = {"At the start": "at_start", "Lost": "lost", "Returned": "returned", "New": "new", "At the end": "at_end",
           "Came and went": "came_and_went"}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo company of a thousand customers."""
    place = tmp_path_factory.mktemp("commands")
    demo.generate(place / "source", customers=1000, seed=7, as_of=AS_OF)
    company = Company(name="Harbour", currency="EUR", time_zone="Europe/Helsinki", data_until=AS_OF)
    with Workspace.create(place / "shop", company) as opened, opened.read(str(place / "source")) as taken:
        opened.commit(opened.bring(taken))
    return place / "shop"


@pytest.fixture(scope="module")
def sections(shop: Path) -> list[Section]:
    """What the report of it says."""
    with Workspace.open(shop) as opened:
        asking = Asking(opened)
        return [section for make in SECTIONS if (section := make(asking)) is not None]


Told = Callable[[str], Any]


@pytest.fixture(scope="module")
def told(shop: Path) -> Told:
    """Runs a printed command in the company's folder, with --json; the same command only once."""
    said: dict[str, Any] = {}

    def ask(command: str) -> Any:
        if command not in said:
            written = io.StringIO()
            with contextlib.chdir(shop), contextlib.redirect_stdout(written):
                app([*shlex.split(command)[1:], "--json"], standalone_mode=False)
            said[command] = json.loads(written.getvalue())
        return said[command]

    return ask


def _numbers(sections: list[Section]) -> list[Number]:
    return [number for section in sections for number in section.numbers]


def _figures(sections: list[Section]) -> list[Figure]:
    return [block for section in sections for block in section.blocks if isinstance(block, Figure)]


def _shown(number: Number) -> tuple[float, float] | None:
    """The figure as it stands there, and half of its last digit; None where there is none."""
    found = re.match(r"[+\N{MINUS SIGN}]?([\d,]+)(\.\d+)?\s*(%)?", number.told)
    if found is None:
        return None
    whole, digits, percent = found[1].replace(",", ""), found[2] or "", 100 if found[3] else 1
    return float(whole + digits) / percent, 0.5 * 10 ** -max(0, len(digits) - 1) / percent


def _given(number: Number, cells: list[dict[str, Any]]) -> float | None:
    """The figure in the command's answer."""
    if currency := re.search(r", ([A-Z]{3})$", number.name):
        cells = [cell for cell in cells if cell["currency"] == currency[1]]
    if number.metric == "retention_curve":
        cells = [cell for cell in cells if cell["age"] == 1]
    if number.metric == "survival":
        days = int(found[1]) if (found := re.search(r"after (\d+) days", number.name)) else 365
        cells = [max((cell for cell in cells if cell["duration"] <= days), key=lambda cell: cell["duration"])]
    assert len(cells) == 1, number
    value = cells[0][_COUNTS.get(number.name, "value") if number.metric == "customer_bridge" else "value"]
    return None if value is None else float(value)


def test_every_number_is_what_its_command_gives(sections: list[Section], told: Told) -> None:
    """Forty figures, forty commands: to the last digit shown; what is not defined is not defined there either."""
    numbers = _numbers(sections)
    assert len(numbers) > 30
    for number in numbers:
        shown, given = _shown(number), _given(number, told(number.command)["cells"])
        if shown is None:
            assert given is None, number
        else:
            assert given == pytest.approx(shown[0], abs=shown[1] * 1.0001), number


@pytest.mark.capability("S1-04")
def test_every_list_is_what_its_command_lists(sections: list[Section], told: Told) -> None:
    """As many customers as the title says, the same ones first."""
    lists = [list_ for number in _numbers(sections) for list_ in number.behind]
    lists += [list_ for figure in _figures(sections) for list_ in figure.behind]
    assert len(lists) > 60
    for list_ in lists:
        ids = [customer["customer_id"] for customer in told(list_.command)]
        assert list_.title.startswith(f"{len(ids):,} "), list_
        assert list_.members == tuple(ids[:20])
        assert list_.more == len(ids) - len(list_.members)


def test_every_number_can_be_opened(sections: list[Section]) -> None:
    """Customers behind it, or the reason why there are none: a count of 0, or costs that are nobody's."""
    for number in _numbers(sections):
        assert number.behind or number.nobody or number.told in ("0", "0.0 %"), number


def test_the_count_under_a_number_is_that_of_its_list(sections: list[Section]) -> None:
    """Whom a rate is made of is as many as its n says."""
    for number in _numbers(sections):
        if number.metric in (
            "kept_share",
            "churn_rate",
            "repeat_rate",
            "returning_share",
            "lifetime_repeat",
            "grr",
            "nrr",
        ):
            n = re.search(r"n ([\d,]+)", number.n)
            assert n is not None
            assert number.behind[0].title.startswith(f"{n[1]} "), number


def test_every_figure_is_drawn_from_what_its_command_gives(sections: list[Section], told: Told) -> None:
    """Row by row, column by column, as far as both have them."""
    for figure in _figures(sections):
        for _what, command in figure.commands:
            assert told(command), figure.id
        if figure.id in ("rates", "order-gaps") or figure.id.startswith("concentration"):
            continue  # drawn from three answers, from counts below the answer, and from its columns
        cells = told(figure.commands[0][1])["cells"]
        if figure.id.count("movements-"):
            cells = [cell for cell in cells if cell["currency"].lower() == figure.id.rsplit("-", 1)[1]]
        frame = figure.frame[figure.frame["complete"]]
        assert len(frame) > 0
        for column in [name for name in frame.columns if name in cells[0] and name not in ("complete", "reason")]:
            whole = [cell[column] for cell in cells if cell["complete"]]
            assert len(whole) >= len(frame), figure.id
