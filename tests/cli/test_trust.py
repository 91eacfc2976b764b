"""Does keepwell backtest tell what came of what was said, on a screen, to a program and on a page?"""

from datetime import date
from pathlib import Path

import ibis
import pytest
from tests.cli.conftest import Keepwell
from tests.rounds.test_trials import RISK, VALUE

from keepwell import report
from keepwell.workspace import Workspace

AS_OF = date(2026, 4, 1)
PEOPLE = {"customer_id": ["ann", "bob"], "alive": [0.9, 0.2], "orders_year": [4.0, 1.0], "orders_value": [80.0, 15.0]}


@pytest.fixture
def taken(shop: Keepwell, tmp_path: Path) -> Keepwell:
    """The shop after a round whose steps kept what stands in RISK and VALUE."""
    year = {
        "name": "orders",
        "days": 365,
        "said": 5.0,
        "low": 3.0,
        "high": 8.0,
        "level": 0.8,
        "customers": 2,
        "stretch": 1.5,
    }
    abouts = {
        "value": {**VALUE, "totals": [year]},
        "risk": RISK,
        "spend": {"refused": "Not enough data."},
        "portraits": {},
    }
    with Workspace.open(tmp_path / "shop") as company:
        for name, about in abouts.items():
            company.lake.keep(name, AS_OF, "digest", ibis.memtable(PEOPLE), about)
    return shop


def test_a_screen_shows_scores_sentences_and_what_is_missing(taken: Keepwell) -> None:
    """All three steps; the round says of which morning it is, and that it is old."""
    told = taken("backtest", "-w", "shop").out
    assert told.startswith("By the round of the morning of 2026-04-01. The data have changed since")
    for wanted in (
        "Who will leave?",
        "80.0",
        "Tried on one morning.",
        "Not enough data.",
        "This round kept nothing of the totals",
    ):
        assert wanted in told


def test_one_of_them_for_a_program(taken: Keepwell) -> None:
    """Its frames as rows."""
    told = taken("backtest", "risk", "-w", "shop", "--json").json
    assert list(told) == ["risk"]
    assert told["risk"]["calibration"][0]["happened"] == 0.31
    assert told["risk"]["beats_the_rules"] is True


def test_what_was_refused_is_refused_again(taken: Keepwell) -> None:
    """With its reason, and the exit code of what cannot be asked."""
    done = taken("backtest", "spend", "-w", "shop")
    assert (done.code, "Not enough data." in done.err) == (2, True)
    assert taken("backtest", "nothing", "-w", "shop").code == 2


@pytest.mark.slow
def test_a_page_with_charts(taken: Keepwell, tmp_path: Path) -> None:
    """Its headline is calibration; every chart is on it and beside it."""
    assert taken("backtest", "-w", "shop", "--into", "page").out.strip().endswith("backtest.html")
    page = (tmp_path / "page" / "backtest.html").read_text("utf-8")
    assert "Of the customers we said had 30\N{NO-BREAK SPACE}%, " in page
    assert page.count("31\N{NO-BREAK SPACE}% left") >= 1
    assert "A rule of thumb tells it as well" not in page
    assert sorted(file.stem for file in (tmp_path / "page" / "figures").glob("*.png")) == [
        "calibration-risk", "calibration-value", "totals-risk",
    ]  # fmt: skip


@pytest.mark.slow
def test_the_report_tells_intervals_and_risk(taken: Keepwell, tmp_path: Path) -> None:
    """Orders with their interval, money without, a chart of leaving beside that of buying, and that the round is old."""
    with Workspace.open(tmp_path / "shop") as company:
        page = report.write(company, tmp_path / "report").read_text("utf-8")
    assert "3 to 8, with a chance of 80\N{NO-BREAK SPACE}%." in page
    assert "How sure that is, is not known." in page
    assert 'id="fig-calibration-value"' in page
    assert 'id="fig-calibration-risk"' in page
    assert "The data have changed since this round was taken" in page
