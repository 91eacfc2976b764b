"""Does a price become the same monthly money however it is billed, from the file a company exports to the figure?"""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from keepwell.config import Company
from keepwell.workspace import Workspace

HEAD = "subscription_id,customer_id,plan,price,interval,start_date,end_date,currency\n"
RUNNING = [("ann", 600, "year"), ("bob", 30, "quarter"), ("cid", 25, "month"), ("dot", 10, "week"), ("eve", 1, "day")]
MONTHLY = {"ann": "50", "bob": "10", "cid": "25", "dot": "43.33", "eve": "30.44"}
"""600 / 12; 30 / 3; 25; 10 x 52 / 12 = 43.3333; 1 x 36,525 / 1,200 = 30.4375: each rounded once, to the cent."""


def _imported(folder: Path, rows: list[str]) -> Workspace:
    (folder / "subscriptions.csv").write_text(HEAD + "".join(rows), "utf-8")
    company = Company(name="Club", data_until=date(2026, 3, 1))
    club = Workspace.create(folder / "club", company)
    with club.read(str(folder / "subscriptions.csv")) as taken:
        batch = club.bring(taken)
        assert batch.quarantined == 0
        club.commit(batch)
    return club


def _ends(club: Workspace, **asked: object) -> dict[str, Decimal]:
    frame = club.measure("mrr", start=date(2026, 2, 1), **asked).frame
    return dict(zip(frame["by"] if "by" in frame else frame["period"], frame["end"], strict=True))


def test_every_interval_is_a_price_a_month(tmp_path: Path) -> None:
    """Five ways of billing, each customer's month by itself and all of them together: 158.77."""
    rows = [
        f"{n},{who},basic,{price},{each},2026-01-10,,EUR\n" for n, (who, price, each) in enumerate(RUNNING) if price
    ]
    with _imported(tmp_path, rows) as club:
        found = {
            who: club.measure("mrr", start=date(2026, 2, 1), where=f'customer_id = "{who}"').frame["end"].tolist()
            for who in MONTHLY
        }
        assert found == {who: [Decimal(money)] for who, money in MONTHLY.items()}
        assert _ends(club) == {"2026-02": Decimal("158.77")}


def test_weekly_plans_are_summed_and_not_averaged(tmp_path: Path) -> None:
    """10, 20 and 30 a week are 60 x 52 / 12 = 260 a month, not one average plan's 86.67; one customer, so rounded once."""
    rows = [f"{n},ann,p{n},{price},week,2026-01-1{n},,EUR\n" for n, price in enumerate((10, 20, 30))]
    with _imported(tmp_path, rows) as club:
        assert _ends(club) == {"2026-02": Decimal(260)}


@pytest.mark.parametrize(
    ("before", "after", "steps"),
    [
        (("25", "month"), ("300", "year"), (0, 0)),
        (("30", "month"), ("300", "year"), (0, 5)),
        (("10", "week"), ("50", "month"), (Decimal("6.67"), 0)),
        (("90", "quarter"), ("1", "day"), (Decimal("0.44"), 0)),
    ],
)
def test_another_way_of_billing_is_a_movement_of_the_difference(
    tmp_path: Path, before: tuple[str, str], after: tuple[str, str], steps: tuple[object, object]
) -> None:
    """25 a month is 300 a year: nothing moves; 30 a month to 300 a year is a contraction of 5; never churn and new."""
    rows = [f"1,ann,a,{before[0]},{before[1]},2026-01-10,2026-02-10,EUR\n"]
    rows += [f"2,ann,b,{after[0]},{after[1]},2026-02-10,,EUR\n"]
    with _imported(tmp_path, rows) as club:
        row = club.measure("mrr_movements", start=date(2026, 2, 1)).frame.iloc[0]
    assert (row["expansion"], row["contraction"]) == steps
    assert (row["new"], row["churn"], row["reactivation"]) == (0, 0, 0)


def test_tax_is_not_monthly_money(tmp_path: Path) -> None:
    """Two seats at 50 a month and 24 % of tax on top: 100, not 124."""
    head = "id,Customer ID,Customer Email,Plan,Quantity,Currency,Interval,Amount,Status,Created (UTC),Start (UTC),Current Period Start (UTC),Current Period End (UTC),Tax Percent"
    row = "sub_1,cus_1,ann@example.com,Pro,2,eur,month,50.00,active,2026-01-10 10:00,2026-01-10 10:00,2026-02-10 10:00,2026-03-10 10:00,24"
    (tmp_path / "subscriptions.csv").write_text(f"{head}\n{row}\n", "utf-8")
    company = Company(name="Club", data_until=date(2026, 3, 1))
    with Workspace.create(tmp_path / "club", company) as club:
        with club.read(str(tmp_path / "subscriptions.csv")) as taken:
            assert [source.match.connector for source in taken.sources] == ["stripe"]
            club.commit(club.bring(taken))
        assert _ends(club) == {"2026-02": Decimal(100)}
