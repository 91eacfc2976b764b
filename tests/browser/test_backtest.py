"""Can the page of what was tried be read in a browser: on a telephone, at night, without a network, with a screen reader?"""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import check_by_axe, check_width, opened
from tests.rounds.test_trials import RISK, VALUE, kept

from keepwell import report
from keepwell.config import Company
from keepwell.rounds.trials import tried
from keepwell.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PIT = [{"low": place / 10, "high": (place + 1) / 10, "share": 0.1} for place in range(10)]
TENTHS = [
    {"said": place / 12, "happened": place / 12, "low": place / 13, "high": (place + 1) / 12, "customers": 400.0}
    for place in range(10)
]
DAYS = ("2025-10-04", "2026-01-02", "2026-04-02")
MORNINGS = [
    {"morning": day, "customers": 9e4, "said": 120_301.0, "happened": 118_044.0, "error": 900.0} for day in DAYS
]


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a company whose round kept everything of its trials."""
    place = tmp_path_factory.mktemp("trials")
    value = {**VALUE, "calibration": TENTHS, "mornings": MORNINGS, "pit": PIT, "beats_the_rules": False}
    found = tried(kept(value=value, risk=RISK, spend={"refused": "Not enough data."}))
    with Workspace.create(place / "shop", Company(name="Forty")) as shop:
        return report.write_trials(shop, found, place / "page", as_of=date(2026, 7, 1))


@pytest.mark.parametrize("width", [360, 768, 1200, 1800])
def test_no_width_scrolls_sideways(chromium: Any, page_file: Path, width: int) -> None:
    """Only a table may scroll, in its own frame; nothing is fetched, nothing complains."""
    check_width(chromium, page_file, width)


def test_the_headline_leads_to_what_was_tried(chromium: Any, page_file: Path) -> None:
    """Two coloured findings, each a link to its section; the section without trials says why."""
    page, _ = opened(chromium, page_file)
    links = page.locator("h1 a")
    assert [link.get_attribute("href") for link in links.all()] == ["#value", "#risk"]
    assert page.locator("#value figure").count() == 3
    assert page.locator("#risk figure").count() == 2
    assert "Not enough data." in page.locator("#spend").inner_text()
    page.close()


def test_axe_finds_nothing(chromium: Any, page_file: Path) -> None:
    """WCAG rules by axe, by day and by night."""
    check_by_axe(chromium, page_file)
