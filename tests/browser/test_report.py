"""Can the report be read in a browser: on a telephone, at night, without a network, with a screen reader?"""

import itertools
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import check_by_axe, check_width, opened

from keepwell import report
from keepwell.config import Company
from keepwell.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ORDERS = "order_id,customer_id,ordered_at,gross,currency\n" + "".join(
    f"{customer}-{month},c{customer},2026-{month:02d}-{customer % 27 + 1:02d} 10:00,{10 + customer}.00,EUR\n"
    for customer in range(40)
    for month in range(1, 7)
    if (customer * month) % 3 != 1
)


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a shop of forty, half a year long."""
    place = tmp_path_factory.mktemp("browser")
    (place / "orders.csv").write_text(ORDERS, "utf-8")
    company = Company(name="Forty", time_zone="Europe/Helsinki", activity_window_days=45)
    with Workspace.create(place / "shop", company) as shop:
        with shop.read(str(place / "orders.csv")) as taken:
            shop.commit(shop.bring(taken))
        return report.write(shop, place / "report")


@pytest.mark.parametrize("width", [360, 768, 1200, 1800])
def test_no_width_scrolls_sideways(chromium: Any, page_file: Path, width: int) -> None:
    """Only a table or the heat map may scroll, in its own frame; nothing is fetched, nothing complains."""
    check_width(chromium, page_file, width)


def test_one_picture_of_each_figure_is_seen(chromium: Any, page_file: Path) -> None:
    """The wide and the narrow drawing take turns; the one that is not seen is not read out either."""
    for width, seen in ((360, "narrow"), (1200, "wide")):
        page, _ = opened(chromium, page_file, viewport={"width": width, "height": 800})
        for kind in ("wide", "narrow"):
            shown = page.eval_on_selector_all(
                f"figure > .{kind}", "all => all.filter(one => one.offsetHeight > 0).length"
            )
            there = page.locator(f"figure > .{kind}").count()
            assert shown == (there if kind == seen else 0)
        page.close()


def test_night_has_dark_paper_and_light_ink(chromium: Any, page_file: Path) -> None:
    """The page and the pictures in it follow the reader's scheme."""
    colours = {}
    for scheme in ("light", "dark"):
        page, _ = opened(chromium, page_file, color_scheme=scheme)
        colours[scheme] = [
            page.evaluate("getComputedStyle(document.body).backgroundColor"),
            page.eval_on_selector("figure .wide text", "one => getComputedStyle(one).fill"),
        ]
        page.close()
    assert colours["light"][0] == "rgb(252, 252, 250)"
    assert colours["dark"][0] == "rgb(19, 23, 22)"
    assert colours["light"][1] != colours["dark"][1]


def test_it_prints_dark_on_white_and_within_the_sheet(chromium: Any, page_file: Path) -> None:
    """At night too the paper is white; on the width of A4 between its margins nothing is cut off."""
    page, _ = opened(chromium, page_file, color_scheme="dark", viewport={"width": 672, "height": 980})
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(29, 36, 34)"
    assert page.evaluate("document.documentElement.scrollWidth") <= 672
    page.close()


def test_it_has_landmarks_and_one_first_heading(chromium: Any, page_file: Path) -> None:
    """Header, navigation, main, footer; one h1; no heading level is skipped; every table has its caption."""
    page, _ = opened(chromium, page_file)
    assert [page.locator(mark).count() for mark in ("header", "nav", "main", "footer", "h1")] == [1, 1, 1, 1, 1]
    levels = page.eval_on_selector_all("h1,h2,h3,h4", "all => all.map(one => +one.tagName[1])")
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert page.locator("table").count() == page.locator("table > caption").count()
    assert page.locator("svg:not([role=img][aria-label])").count() == 0
    page.close()


def test_the_list_behind_a_number_opens_without_a_script(chromium: Any, page_file: Path) -> None:
    """A click opens names, the command that lists all and the one that gives the figure; no script is on the page."""
    page, _ = opened(chromium, page_file, java_script_enabled=False)
    list_ = page.locator("details.people").first
    list_.locator("summary").click()
    assert list_.locator("li").first.is_visible()
    listing, figure = (told.inner_text() for told in list_.locator("code").all())
    assert listing == f"{figure} --members at_start"
    assert figure.startswith("keepwell measure customer_bridge --start ")
    page.close()


def test_the_finding_leads_to_its_customers(chromium: Any, page_file: Path) -> None:
    """Every coloured number of the sentence is a link to the figure with that list; the keyboard reaches it."""
    page, _ = opened(chromium, page_file)
    links = page.locator("h1 a")
    assert links.count() >= 2
    for link in links.all():
        assert page.locator(f"{link.get_attribute('href')} details.people").count() == 1
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "A"
    page.locator("#number-kept_share summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("#number-kept_share details li").first.is_visible()
    page.close()


def test_axe_finds_nothing(chromium: Any, page_file: Path) -> None:
    """WCAG rules by axe, by day and by night."""
    check_by_axe(chromium, page_file)
