"""Companies small enough to work by hand, and the reports written of them."""

import re
from collections.abc import Callable, Mapping
from html import unescape
from pathlib import Path

import pytest

from keepwell import report
from keepwell.config import Company
from keepwell.workspace import Workspace

ORDERS = (
    "order_id,customer_id,ordered_at,gross,currency\n"
    "1,ann,2026-01-05 10:00,20.00,EUR\n"
    "2,bob,2026-01-20 10:00,15.50,EUR\n"
    "3,ann,2026-02-10 10:00,30.00,EUR\n"
    "4,cyd,2026-02-28 23:30,12.00,EUR\n"
)
SUBSCRIPTIONS = (
    "subscription_id,customer_id,starts_on,ends_on,state,mrr,currency,plan\n"
    "s1,ann,2026-01-01,,paid,100,EUR,basic\n"
    "s2,bob,2026-01-10,2026-02-15,paid,50,EUR,basic\n"
    "s3,cyd,2026-02-20,,paid,30,USD,basic\n"
)
Opened = Callable[[Mapping[str, str]], Path]
Told = Callable[[Mapping[str, str]], Path]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """Makes a company of files (name -> text) and gives its folder; the same files are the same company."""
    made: dict[str, Path] = {}

    def make(files: Mapping[str, str]) -> Path:
        key = repr(sorted(files.items()))
        if key not in made:
            made[key] = _company(files, tmp_path_factory.mktemp("company"))
        return made[key]

    return make


def _company(files: Mapping[str, str], place: Path) -> Path:
    company = Company(name="Kärpät & Söhne 株式会社", time_zone="Europe/Helsinki", activity_window_days=30)
    for name, text in files.items():
        (place / name).write_text(text, "utf-8")
    with Workspace.create(place / "shop", company) as shop:
        if files:
            with shop.read(*(str(place / name) for name in files)) as taken:
                shop.commit(shop.bring(taken))
    return place / "shop"


@pytest.fixture(scope="session")
def told(folder: Opened) -> Told:
    """Makes a company of files, writes its report once and gives the HTML file."""

    def make(files: Mapping[str, str]) -> Path:
        shop = folder(files)
        path = shop.parent / "report" / "index.html"
        if path.exists():
            return path
        with Workspace.open(shop) as opened:
            return report.write(opened, path.parent)

    return make


def words(page: Path | str) -> str:
    """What a reader of the page reads: no marks, single spaces."""
    page = page.read_text("utf-8") if isinstance(page, Path) else page
    bare = re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", "", bare)).split())
