"""Can the page of what was tried be read in a browser: on a telephone, at night, without a network, with a screen reader?"""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.browser.test_report import _opened, chromium
from tests.rounds.test_trials import RISK, VALUE, kept

from keepwell import report
from keepwell.config import Company
from keepwell.rounds.trials import tried
from keepwell.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.slow]
__all__ = ["chromium"]

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
    page, heard = _opened(chromium, page_file, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert heard == []
    page.close()


def test_the_headline_leads_to_what_was_tried(chromium: Any, page_file: Path) -> None:
    """Two coloured findings, each a link to its section; the section without trials says why."""
    page, _ = _opened(chromium, page_file)
    links = page.locator("h1 a")
    assert [link.get_attribute("href") for link in links.all()] == ["#value", "#risk"]
    assert page.locator("#value figure").count() == 3
    assert page.locator("#risk figure").count() == 2
    assert "Not enough data." in page.locator("#spend").inner_text()
    page.close()


def test_axe_finds_nothing(chromium: Any, page_file: Path) -> None:
    """WCAG rules by axe, by day and by night."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    for scheme in ("light", "dark"):
        page, _ = _opened(chromium, page_file, color_scheme=scheme, bypass_csp=True)
        found = axe.Axe().run(page).response["violations"]
        assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == []
        page.close()
