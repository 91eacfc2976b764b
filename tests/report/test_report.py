"""Does the report say what the data say, and nothing that they do not?"""

import re
from datetime import date
from pathlib import Path
from urllib.parse import urlparse

import pandas as pd
import pytest

from keepwell import report
from keepwell.report.asking import Asking
from keepwell.workspace import Workspace

from .conftest import ORDERS, SUBSCRIPTIONS, Opened, Told, words

pytestmark = pytest.mark.slow  # a report asks some forty questions


def test_the_finding_comes_first_in_one_sentence(told: Told) -> None:
    """
    One purchase keeps a customer for 30 days. At the start of February Ann and Bob stand; Ann buys again, Bob is gone
    on the 19th, Cyd is new: one of two was kept.
    """
    assert (
        "Of 2 customers at the start of February 2026, 1 was still here at its end: 50.0 %. "
        "1 left, 0 came back, 1 came new." in words(told({"orders.csv": ORDERS}))
    )


def test_few_customers_are_said_to_be_few(told: Told) -> None:
    """With two customers one more or less is half of them."""
    assert "2 customers are few: one customer more or less is 50.0 %." in words(told({"orders.csv": ORDERS}))


def test_the_page_needs_nothing_but_itself(told: Told) -> None:
    """No address, no script: only names of the SVG language and anchors and files beside it."""
    page = told({"orders.csv": ORDERS}).read_text("utf-8")
    addresses = set(re.findall(r'(?:href|src|xmlns(?::\w+)?)="([^"#][^"]*)"', page))
    assert {urlparse(a).netloc for a in addresses} <= {"", "www.w3.org"}
    assert "<script" not in page
    assert "@import" not in page
    assert "url(http" not in page


def test_every_figure_lies_beside_the_page_three_times(told: Told) -> None:
    """PNG, SVG and CSV of each figure, none empty; the CSV can be read."""
    path = told({"orders.csv": ORDERS, "subscriptions.csv": SUBSCRIPTIONS})
    page, beside = path.read_text("utf-8"), path.parent / "figures"
    figures = set(re.findall(r'<figure id="fig-([^"]+)"', page))
    assert "customer-bridge" in figures
    files = {path.name for path in beside.iterdir() if path.stat().st_size}
    assert files == {f"{figure}.{form}" for figure in figures for form in ("png", "svg", "csv")}
    bridge = pd.read_csv(beside / "customer-bridge.csv")
    assert bridge[["at_start", "lost", "returned", "new", "at_end"]].to_numpy().tolist() == [[2, 1, 0, 1, 2]]


def test_every_id_is_there_once_and_every_anchor_is_met(told: Told) -> None:
    """Pictures drawn twice must not share ids; each (i) finds its definition."""
    page = told({"orders.csv": ORDERS, "subscriptions.csv": SUBSCRIPTIONS}).read_text("utf-8")
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
    assert set(re.findall(r"url\(#([^)]+)\)", page)) <= set(ids)


def test_an_empty_company_is_told_what_to_do(told: Told) -> None:
    """No figure, no zero, no green: what is missing and the command that brings it."""
    read = words(told({}))
    assert "Nothing has been imported yet, so there is nothing to tell." in read
    assert "keepwell import orders.csv" in read
    assert "0.0 %" not in read


def test_one_customer_is_no_trend(told: Told) -> None:
    """A single order in the only month: nobody stood at the start of a whole month."""
    page = told({"orders.csv": "\n".join(ORDERS.splitlines()[:2]) + "\n"}).read_text("utf-8")
    assert "Not enough data yet: no customer stood at the start of a whole month." in words(page)


HOSTILE = (
    '"<script>alert(1)</script>"',
    '"=HYPERLINK(""x"")"',
    "Ödön Őrült",
    "محمد",
    "🦊🦊",
    "山田太郎",
    '"\'><img src=x onerror=alert(1)>"',
    "N" * 500,
)


def test_hostile_names_stay_names(told: Told) -> None:
    """Marks in a name are shown as text, long ones are cut, every script is kept."""
    ids = [f"c{place}" for place in range(len(HOSTILE))]
    orders = "order_id,customer_id,ordered_at,gross,currency\n" + "".join(
        f"{place}{month},{id},2026-0{month}-03 10:00,20.00,EUR\n" for place, id in enumerate(ids) for month in (1, 2)
    )
    customers = "customer_id,name\n" + "".join(f"{id},{name}\n" for id, name in zip(ids, HOSTILE, strict=True))
    page = told({"orders.csv": orders, "customers.csv": customers}).read_text("utf-8")
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "N" * 61 not in page
    for name in ("Ödön Őrült", "محمد", "🦊🦊", "山田太郎"):
        assert f"<bdi>{name}</bdi>" in page


def test_currencies_are_told_apart(told: Told) -> None:
    """Two currencies of subscriptions: two pictures, and the words that they are never summed."""
    page = told({"subscriptions.csv": SUBSCRIPTIONS}).read_text("utf-8")
    assert 'id="fig-mrr-movements-eur"' in page
    assert 'id="fig-mrr-movements-usd"' in page
    assert "currencies are told apart and never summed" in words(page)


def test_subscriptions_alone_say_nothing_of_purchases(told: Told) -> None:
    """No section on buying where nobody ordered."""
    read = words(told({"subscriptions.csv": SUBSCRIPTIONS}))
    assert "How they buy" not in read
    assert "Did the money stay too" in read


def test_without_costs_it_says_what_to_import(told: Told) -> None:
    """No cost to win is invented; the table that would tell it is named."""
    read = words(told({"orders.csv": ORDERS}))
    assert "no costs have been imported" in read
    assert "Cost to win a customer" not in read


def test_a_month_that_is_not_over_carries_no_value(folder: Opened, tmp_path: Path) -> None:
    """Looked at on 15 February the finding is of January, and February is to date."""
    with Workspace.open(folder({"orders.csv": ORDERS})) as shop:
        page = report.write(shop, tmp_path / "report", as_of=date(2026, 2, 15)).read_text("utf-8")
    read = words(page)
    assert "start of February" not in read
    assert "to date" in read


def test_refused_rows_are_shown_with_their_law(told: Told) -> None:
    """An order without a day is in quarantine, counted, named, with what to do."""
    read = words(told({"orders.csv": ORDERS + "5,dan,the third of April,9.00,EUR\n"}))
    assert "1 of 5 rows read (20.0 %) are in quarantine for 1 reason" in read
    assert "the third of April" in read


@pytest.mark.capability("S1-04")
def test_the_list_behind_a_number_is_as_long_as_the_number(told: Told) -> None:
    """One lost: the list names Bob, and the command beside it lists all."""
    page = told({"orders.csv": ORDERS}).read_text("utf-8")
    lost = re.search(r"<summary>1 lost.*?</details>", page, re.DOTALL)
    assert lost is not None
    assert re.findall(r'class="key">(\w+)<', lost[0]) == ["bob"]
    command = "keepwell measure customer_bridge --start 2026-02-01 --end 2026-03-01 --as-of 2026-03-01"
    assert f"{command} --members lost" in words(lost[0])
    assert f"The figure itself {command}" in words(lost[0]).replace("itselfkeepwell", "itself keepwell")


def test_counts_shared_between_metrics_are_their_own(folder: Opened) -> None:
    """A metric answered from another's counts gives what it gives when it is asked itself."""
    with Workspace.open(folder({"orders.csv": ORDERS, "subscriptions.csv": SUBSCRIPTIONS})) as shop:
        asking = Asking(shop)
        for metric in ("customer_bridge", "kept_share", "crr_net", "simple_ratio", "mrr_movements", "grr", "nrr",
                       "nrr_with_winback", "quick_ratio", "mrr", "revenue_movements", "revenue_grr", "revenue_nrr",
                       "ltv_to_cac", "payback_simple", "base_needed"):  # fmt: skip
            answer = asking.answer(metric)
            assert answer is not None
            pd.testing.assert_frame_equal(answer.frame, shop.measure(metric, periods=asking.months).frame)
        for metric in ("survival", "median_lifetime"):
            pd.testing.assert_frame_equal(asking.frame(metric, "all_time"), shop.measure(metric).frame)


def test_a_second_report_replaces_the_first(folder: Opened, tmp_path: Path) -> None:
    """Written twice the page is the same, byte for byte, and no part file is left."""
    with Workspace.open(folder({"orders.csv": ORDERS})) as shop:
        first = report.write(shop, tmp_path / "report").read_bytes()
        assert report.write(shop, tmp_path / "report").read_bytes() == first
    assert not list((tmp_path / "report").rglob("*.part"))
