"""Is what a play brings booked from those drawn after the decision to keep it, and from nobody else?"""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.experiments.test_looking import END, START, frozen, order, written

from keepwell.config import Company
from keepwell.experiments import deciding
from keepwell.experiments.booking import booked
from keepwell.experiments.crediting import plays
from keepwell.experiments.figures import Asked, series
from keepwell.experiments.looking import look_at
from keepwell.prove.goals import Baseline, Goal
from keepwell.report import write_look
from keepwell.report.asking import Asking
from keepwell.report.parts import Table
from keepwell.report.sections import proof
from keepwell.workspace import Workspace

DECIDED, KNOWN = date(2026, 2, 21), date(2026, 4, 30)
BEFORE, AFTER = 10, 6
"""Euros the mail brings a head before it was decided, and after."""
NAMES = [f"c{number:03d}" for number in range(800)]


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 drawn by halves in January, 400 more on 25 February; each spends 20 to 26 euros ten days later, more with the mail."""
    folder = tmp_path_factory.mktemp("booking")
    written(folder / "source", "customers", [{"customer_id": name, "kind": "person"} for name in NAMES])
    rows, orders = [], []
    for number, name in enumerate(NAMES):
        late = number >= 400
        at = datetime(2026, 2, 25, 12, tzinfo=UTC) if late else datetime(2026, 1, 2, 12, tzinfo=UTC)
        rows.append(
            {
                "experiment": "works",
                "version": 1,
                "unit": name,
                "arm": ("control", "mail")[number % 2],
                "assigned_at": at,
            }
        )
        odd = ("control", "mail")[number % 2] if number % 3 else "control"
        rows.append(
            {"experiment": "leaks", "version": 1, "unit": name, "arm": odd if late else rows[-1]["arm"]}
            | {"assigned_at": at}
        )
        more = (AFTER if late else BEFORE) * (number % 2)
        orders.append(order(number, name, at + timedelta(days=10), 20 + number % 7 + more))
    written(folder / "source", "assignments", rows)
    written(folder / "source", "orders", orders)
    settings = Company(name="Booking", currency="EUR", data_until=KNOWN, activity_window_days=60)
    with Workspace.create(folder / "shop", settings) as made, made.read(str(folder / "source")) as taken:
        made.commit(made.bring(taken))
    return folder / "shop"


@pytest.fixture
def company(base: Path, tmp_path: Path) -> Iterator[Workspace]:
    """The company, opened, to be written to."""
    shutil.copytree(base, tmp_path / "shop")
    with Workspace.open(tmp_path / "shop") as opened:
        yield opened


def kept(company: Workspace, name: str = "works") -> None:
    """Looked at to its end, and kept."""
    frozen(company, name)
    look_at(company, name, END)
    deciding.decide(company, name, "keep", "It pays.", DECIDED)


@pytest.mark.slow
def test_what_came_after_the_decision_is_booked(company: Workspace, tmp_path: Path) -> None:
    """Ten euros a head at the verdict, six since: six are booked, by an interval that is wider than one look's and holds 6."""
    assert booked(company, frozen(company, "works").name) == ()
    kept(company)
    one = booked(company, "works")[0]
    assert (one.state, one.since, one.n) == ("booked", DECIDED, 400)
    assert one.figure is not None
    effect = one.figure.effect
    assert effect.low < AFTER < effect.high < BEFORE
    assert effect.boundary > 2.3
    assert one.told.startswith(
        "Booked after roll-out, mail, n = 400 drawn since 2026-02-21 (200 treated, 200 held out): "
    )


@pytest.mark.slow
def test_who_was_drawn_for_a_morning_past_is_not_booked(company: Workspace) -> None:
    """All since the decision were drawn for 25 February when the company was known up to the end of April: nobody is left to book from."""
    kept(company)
    drawn = {"as_of": "2026-02-25", "known_to": KNOWN.isoformat(), "new": 400}
    company.lake.enter("assigned", "works:1", drawn)
    one = booked(company, "works")[0]
    assert (one.state, one.n) == ("not yet enough", 0)


@pytest.mark.slow
def test_too_early_nothing_is_booked(company: Workspace) -> None:
    """On 20 March nobody drawn since has been watched for 30 days: not yet enough, of the hundred that are needed."""
    kept(company)
    one = booked(company, "works", date(2026, 3, 20))[0]
    assert (one.state, one.figure) == ("not yet enough", None)
    assert "not yet enough; n = 0 drawn since 2026-02-21, 0 watched to the end, of 100" in one.told


@pytest.mark.slow
def test_a_draw_that_breaks_afterwards_hides_it(company: Workspace) -> None:
    """Since the decision a third of the mailed went to the held out: nothing is booked, nor credited to a goal."""
    kept(company, "leaks")
    one = booked(company, "leaks")[0]
    assert (one.state, one.figure) == ("hidden", None)
    assert "Nothing is booked after the roll-out of leaks:1" in one.told


@pytest.mark.slow
def test_a_goal_is_credited_with_what_is_booked(company: Workspace) -> None:
    """
    March's revenue a buyer, of the 400 drawn after the decision: without the mail they were as the 200 held out, who are even.

    Six euros more for half of them are 3, and by chance the odd have other sums than the even; nothing of the ten of the verdict.
    """
    kept(company)
    start = Baseline(23.0, "2025-12", date(2025, 12, 1), date(2026, 1, 1), 400, "customers")
    told = series(company, Asked("revenue_per_customer"), KNOWN)
    at = told.place(date(2026, 3, 1))
    assert at is not None
    now = told.points[at]
    goal = Goal("g", 1, "revenue_per_customer", "money", 30.0, date(2026, 3, 31), "Ann", start, (23.0,), ahead=3)
    play = next(play for play in plays(company, goal, now, KNOWN, told, at) if play.name == "works:1, mail")
    spent = {n: 20 + n % 7 + AFTER * (n % 2) for n in range(400, 800)}
    without = sum(spent[n] for n in range(400, 800, 2)) / 200
    assert play.credited
    assert now.value == pytest.approx(sum(spent.values()) / 400)
    assert play.effect == pytest.approx(now.value - without)
    assert "Booked after roll-out: all of them were drawn since 2026-02-21" in play.why
    assert START < DECIDED


@pytest.mark.slow
def test_what_is_booked_is_on_the_page_and_in_the_report(company: Workspace, tmp_path: Path) -> None:
    """Decided on 21 February, asked in April: the page of the look, which is of 20 February, and the report have the row of 400."""
    kept(company)
    page = write_look(company, look_at(company, "works"), tmp_path / "page").read_text("utf-8")
    assert "Booked after roll-out, mail, n = 400 drawn since 2026-02-21" in page
    looked = proof.sections(Asking(company, END), look_at(company, "works"))
    row = next(
        row for block in looked[0].blocks if isinstance(block, Table) for row in block.rows if row[0] == proof.BOOKED
    )
    assert (row[0], row[1], row[3], row[4]) == ("booked after roll-out", "since 2026-02-21", "200 / 200", "shown")
    told = proof.section(Asking(company))
    assert told is not None
    rows = {row[0]: row for row in told.blocks[0].rows}  # type: ignore[union-attr]
    assert rows["works:1, mail, booked after roll-out"][1:3] == ("since 2026-02-21", "shown, of 200 / 200")
    assert rows["works:1, mail, booked after roll-out"][3] == row[2]
