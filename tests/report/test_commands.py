"""Do the commands printed beside the figures give the figures, and the customers, that stand there?"""

import contextlib
import io
import json
import re
import shlex
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from keepwell import demo
from keepwell.cli import app, measures
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
def told(shop: Path) -> Iterator[Told]:
    """Runs a printed command in the company's folder, with --json; the same command only once."""
    said: dict[str, Any] = {}
    with Workspace.open(shop) as opened, pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            measures, "opened", lambda _folder: contextlib.nullcontext(opened)
        )  # a hundred openings: a minute

        def ask(command: str) -> Any:
            if command not in said:
                written = io.StringIO()
                with contextlib.redirect_stdout(written):
                    app([*shlex.split(command)[1:], "--json"], standalone_mode=False)
                said[command] = json.loads(written.getvalue())
            return said[command]

        yield ask


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
    """Row by row, column by column, as far as both have them; what is not over is told by neither."""
    for figure in _figures(sections):
        answers = [told(command) for _what, command in figure.commands]
        assert all(answers)
        if figure.id == "order-gaps":
            continue  # drawn from the counts below the answer's quantiles
        frame, cells = _drawn(figure, answers)
        compared = [name for name in frame.columns if name in cells.columns]
        both = frame[compared].astype("float64"), cells[compared].astype("float64")
        assert len(compared) > 0, figure.id
        pd.testing.assert_frame_equal(*both, check_index_type=False, obj=figure.id)


def _drawn(figure: Figure, answers: list[Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A figure's numbers and its command's, by the same rows."""
    frame, cells = figure.frame, pd.DataFrame(answers[0]["cells"])
    if "movements-" in figure.id:
        cells = cells[cells["currency"].str.lower() == figure.id.rsplit("-", 1)[1]]
    if figure.id == "rates":
        frame = frame.pivot_table(index="period", columns="rate", values="value", dropna=False)
        values = {answer["metric"]["id"]: {c["period"]: c["value"] for c in answer["cells"]} for answer in answers}
        return frame, pd.DataFrame(values)[frame.columns].rename_axis(index="period", columns="rate")
    if figure.id.startswith("concentration"):
        shares = {top: cells[f"share_of_top_{round(100 * top)}"].iloc[0] for top in frame["top"]}
        return frame.set_index("top").drop(columns="customers"), pd.Series(shares).to_frame("revenue").rename_axis(
            "top"
        )
    keys = [name for name in ("period", "cohort", "age", "duration") if name in frame]
    frame, cells = (part[part["complete"].astype(bool)].set_index(keys).sort_index() for part in (frame, cells))
    texts = ["complete", "currency", "reason"]
    frame, cells = (part.drop(columns=texts, errors="ignore") for part in (frame, cells))
    return frame, cells.reindex(frame.index)


def test_the_file_of_a_figure_tells_what_the_page_tells(sections: list[Section]) -> None:
    """Every number in its table stands in its CSV, to the digits shown."""
    for figure in _figures(sections):
        written = pd.read_csv(io.StringIO(figure.frame.to_csv(index=False)))
        stored = [float(value) for value in written.select_dtypes("number").to_numpy().ravel() if not pd.isna(value)]
        if figure.id == "order-gaps":
            continue  # told in classes, written length by length
        for row in figure.table.rows:
            for cell in row[1:]:
                for sign, whole, digits, percent in re.findall(r"([\N{MINUS SIGN}]?)([\d,]+)(\.\d+)?\s*(%)?", cell):
                    value = float(whole.replace(",", "") + digits) * (-1 if sign else 1)
                    by, half = (100 if percent else 1), 0.5001 * 10 ** -max(0, len(digits) - 1)
                    assert any(abs(by * number - value) <= half for number in stored), (figure.id, cell)
