"""Does a workspace open a company and hand its tables over?"""

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from keepwell.config import Company
from keepwell.errors import ConfigError, ExpressionError, MetricError
from keepwell.lake import activity
from keepwell.workspace import Workspace

ORDERS = (
    "order_id,customer_id,ordered_at,gross,currency\n"
    "1,ann,2026-01-05 10:00,20.00,EUR\n"
    "2,bob,2026-01-20 10:00,15.50,EUR\n"
    "3,ann,2026-02-10 10:00,30.00,EUR\n"
    "4,cyd,2026-02-28 23:30,12.00,EUR\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A company in Helsinki with four orders."""
    (tmp_path / "orders.csv").write_text(ORDERS, "utf-8")
    company = Company(name="Shop", time_zone="Europe/Helsinki", activity_window_days=30)
    with Workspace.create(tmp_path / "shop", company) as shop, shop.read(str(tmp_path / "orders.csv")) as taken:
        shop.commit(shop.bring(taken))
    return tmp_path / "shop"


def test_the_look_is_the_morning_after_the_last_known_day(folder: Path) -> None:
    """The last order was on 28 February in Helsinki, so the company is looked at on 1 March."""
    with Workspace.open(folder) as shop:
        assert shop.span == (date(2026, 1, 5), date(2026, 2, 28))
        assert shop.as_of == date(2026, 3, 1)
        assert [period.label for period in shop.periods("month")] == ["2026-01", "2026-02"]


def test_money_given_back_after_the_last_order_is_known(tmp_path: Path) -> None:
    """Sold on 10 May, given back on 20 May: the company is looked at on 21 May, and May brought 7 so far."""
    row = "{0},12:00:00,{1},T1,P1,Mug,{2},C1,Europe/Helsinki\n"
    export = "Date,Time,Total Collected,Transaction ID,Payment ID,Gross Sales,Event Type,Customer ID,Time Zone\n"
    export += row.format("2026-05-10", "$10.00", "Payment") + row.format("2026-05-20", "-$3.00", "Refund")
    (tmp_path / "square.csv").write_text(export, "utf-8")
    company = Company(name="Shop", time_zone="Europe/Helsinki")
    with Workspace.create(tmp_path / "shop", company) as shop, shop.read(str(tmp_path / "square.csv")) as taken:
        shop.commit(shop.bring(taken))
        assert shop.as_of == date(2026, 5, 21)
        assert shop.measure("sales_summary").frame["net"].tolist() == [7]


def test_deals_alone_have_their_days(tmp_path: Path) -> None:
    """A deal won five minutes before midnight on 28 February in Helsinki is February's, though June is summer time."""
    export = "Record ID,Deal Name,Deal Stage,Amount,Deal owner,Close Date,Create Date,Associated Company IDs\n"
    export += "1,A,Closed won,10,Bo,2025-02-28 23:55,2025-02-01 10:00,7\n2,B,Contract sent,10,Bo,2025-12-31 10:00,2025-06-20 10:00,7\n"
    (tmp_path / "deals.csv").write_text(export, "utf-8")
    company = Company(name="Maker", time_zone="Europe/Helsinki")
    with Workspace.create(tmp_path / "maker", company) as maker, maker.read(str(tmp_path / "deals.csv")) as taken:
        maker.commit(maker.bring(taken))
        assert maker.span == (date(2025, 2, 1), date(2025, 6, 20))
        frame = maker.measure("win_rate").frame
        assert frame[frame["won"] > 0]["period"].tolist() == ["2025-02"]


def test_the_days_of_what_is_no_activity_are_told_in_its_own_offset(tmp_path: Path) -> None:
    """Known since January, bought since June: days are told from January on."""
    (tmp_path / "orders.csv").write_text(ORDERS.replace("2026-0", "2025-0"), "utf-8")
    people = "customer_id,email,signup_date\nann,ann@example.com,2024-01-05 23:30\n"
    (tmp_path / "people.csv").write_text(people, "utf-8")
    sources = [str(tmp_path / name) for name in ("orders.csv", "people.csv")]
    company = Company(name="Shop", time_zone="Europe/Helsinki")
    with Workspace.create(tmp_path / "shop", company) as shop, shop.read(*sources) as taken:
        shop.commit(shop.bring(taken))
        assert (shop.since, shop.span[0]) == (date(2024, 1, 5), date(2025, 1, 5))
        assert shop.facts().since == date(2024, 1, 5)


def test_what_keeps_a_customer_is_seen_from_what_was_imported(folder: Path) -> None:
    """Orders alone mean purchases."""
    with Workspace.open(folder) as shop:
        assert shop.company.active_by == "purchase"


@pytest.mark.capability("S0-01")
def test_rolling_periods_end_on_the_look(folder: Path) -> None:
    """Two stretches of 20 days that end before 1 March."""
    with Workspace.open(folder) as shop:
        periods = shop.periods("20d", start=date(2026, 1, 20))
    assert [(p.start, p.end) for p in periods] == [
        (date(2026, 1, 20), date(2026, 2, 9)), (date(2026, 2, 9), date(2026, 3, 1)),
    ]  # fmt: skip


def test_an_empty_company_answers_without_figures(tmp_path: Path) -> None:
    """Nothing imported: no value, nobody counted, and an explanation all the same."""
    with Workspace.create(tmp_path / "new", Company(name="New")) as company:
        answer = company.measure("kept_share")
    assert answer.frame["value"].isna().all()
    assert answer.frame["at_end"].sum() == 0
    assert "kept_share" in answer.explain()


def test_a_company_is_made_once(folder: Path) -> None:
    """A second company in the same folder is refused."""
    with pytest.raises(ConfigError, match="exists already"):
        Workspace.create(folder, Company(name="Other"))


def test_members_come_with_their_names(folder: Path) -> None:
    """Bob, who bought on 20 January and is kept 30 days, is lost in February."""
    with Workspace.open(folder) as shop:
        people = shop.members(shop.question("kept_share"), {"period": "2026-02"}, "lost")
    assert list(people["customer_id"]) == ["bob"]


def test_wrong_questions_are_refused_with_help(folder: Path) -> None:
    """An unknown metric, period and segment are each answered with what there is."""
    with Workspace.open(folder) as shop:
        with pytest.raises(MetricError, match="kept_share"):
            shop.question("kept_shares")
        with pytest.raises(MetricError, match="quarter"):
            shop.periods("fortnight")
        with pytest.raises(MetricError, match="No customer has a trait 'countri'"):
            shop.question("kept_share", by="countri")
        with pytest.raises(ExpressionError, match="recency_days"):
            shop.facts(where="recency > 3")


def test_a_large_company_keeps_its_histories_folded(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once four orders are many, the next import folds histories; both ways of asking tell the same, and an undo is followed."""
    monkeypatch.setattr(activity, "LARGE", 4)
    asked = [
        ("cohort_retention", {}),
        ("retention_on", {"n": "0-40"}),
        ("retention_on", {"n": "5,36", "cohorts": True}),
    ]
    (tmp_path / "more.csv").write_text(ORDERS.splitlines()[0] + "\n5,bob,2026-03-02 10:00,1.00,EUR\n", "utf-8")
    with Workspace.open(folder) as shop, shop.read(str(tmp_path / "more.csv")) as taken:
        assert shop._folded is None
        before = [shop.measure(name, options=options).frame for name, options in asked]
        batch = shop.commit(shop.bring(taken))
        for name, options in asked:
            question = shop.question(name, options=options)
            assert shop._folded is not None
            assert shop._folded.counts(question) is not None
            pd.testing.assert_frame_equal(
                shop.measure(name, options=options).frame,
                question.answer(shop.run(question.totals)).frame,
                check_dtype=False,
                check_like=True,
            )
        shop.undo(batch.id)
        assert [shop.measure(name, options=options).frame.to_csv() for name, options in asked] == [
            frame.to_csv() for frame in before
        ]


def test_a_damaged_fold_costs_time_and_no_answer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the folded histories cut off the facts answer the same."""
    with Workspace.open(folder) as shop:
        before = shop.measure("cohort_retention").frame
        monkeypatch.setattr(activity, "LARGE", 1)
        activity.keep(shop.lake, shop.company)
        for part in (shop.lake.work / activity.FOLDER).rglob("*.parquet"):
            part.write_bytes(part.read_bytes()[:20])
    with Workspace.open(folder) as shop:
        assert shop._folded is None
        pd.testing.assert_frame_equal(shop.measure("cohort_retention").frame, before)


def test_an_answer_survives_being_asked_again(folder: Path) -> None:
    """Two openings give the same figures."""
    told = []
    for _ in range(2):
        with Workspace.open(folder) as shop:
            told.append(json.loads(shop.measure("kept_share").frame.to_json()))
    assert told[0] == told[1]


@pytest.mark.shared_data
@pytest.mark.slow
@pytest.mark.parametrize(
    "sources", [["shopify_orders_export.csv", "shopify_customers_export.csv"], ["stripe_payments.csv"]]
)
def test_the_known_shop_gives_its_known_figures(sources: list[str], shared_data: Path, tmp_path: Path) -> None:
    """Both platforms of the invented shop give sales, buyers, money and repeat rate exactly, month by month in store time."""
    known = json.loads((shared_data / "platform_exports" / "ANSWERS.json").read_text("utf-8"))
    company = Company(name="Pottery", currency="USD", time_zone="America/New_York", data_until=date(2026, 7, 1))
    with Workspace.create(tmp_path / "shop", company) as shop:
        with shop.read(*(str(shared_data / "platform_exports" / name) for name in sources)) as taken:
            batch = shop.commit(shop.bring(taken))
        assert batch.quarantined == 0
        months = shop.measure("sales_summary").frame.set_index("period")
    assert int(months["orders"].sum()) == known["sales"]
    assert int(months["guest_orders"].sum()) == known["guest_sales"]
    for label, month in known["months"].items():
        assert int(months.loc[label, "orders"]) == month["orders"]
        assert float(months.loc[label, "gross"]) == month["gross"]
        assert float(months.loc[label, "refunds"]) == month["refunds_of_these_orders"]
        assert int(months.loc[label, "buyers"]) == month["buyers"]
    assert float(months["gross"].sum()) == known["gross"]
    assert float(months["net"].sum()) == known["net"]
