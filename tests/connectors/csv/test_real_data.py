"""Do real data sets give what counting them by hand gives?"""

import csv
import gzip
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from tests.connectors.tables import COMPANY, Brought, asked

from keepwell.connectors.files import read_file
from keepwell.connectors.mapping import guess, translate_mapped
from keepwell.errors import UnrecognisedError

pytestmark = pytest.mark.shared_data


def _brought(folder: Path, *paths: Path, **said: str) -> tuple[dict[str, Path], Path | None, tuple[str, ...]]:
    raws = [(raw, guess(raw, COMPANY)) for raw in (read_file(path, folder / "read", form=said) for path in paths)]
    assert [guessed.problems for _, guessed in raws] == [()] * len(raws)
    (folder / "out").mkdir()
    done = translate_mapped([(raw, guessed.mapping) for raw, guessed in raws], COMPANY, folder / "out")
    return dict(done.tables), done.rejected, done.notes


def _rows(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text("utf-8").splitlines()))


@pytest.mark.slow
def test_the_gift_shop_adds_up(shared_data: Path, tmp_path: Path) -> None:
    """Orders, guests, cancellations and stock movements of 245,903 lines are those a plain loop over the file finds."""
    file = shared_data / "online_retail_h1" / "online_retail_2010-12_2011-06.csv.gz"
    totals: dict[str, Decimal] = defaultdict(Decimal)
    with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
        lines = [
            (row["InvoiceNo"], row["CustomerID"], int(row["Quantity"]), Decimal(row["UnitPrice"]))
            for row in csv.DictReader(text)
        ]
    for invoice, _, pieces, price in lines:
        totals[invoice] += pieces * price
    back = [-pieces * price for invoice, _, pieces, price in lines if totals[invoice] < 0 and pieces * price < 0]
    moved = [1 for invoice, _, pieces, price in lines if price == 0 and pieces < 0 and totals[invoice] <= 0]
    sold = {
        invoice: customer
        for invoice, customer, pieces, price in lines
        if totals[invoice] > 0 or (totals[invoice] == 0 and pieces >= 0)
    }

    tables, rejected, notes = _brought(tmp_path, file)

    orders = asked(
        f"SELECT count(*), count(*) FILTER (customer_id IS NULL), sum(gross), count(DISTINCT customer_id) FROM '{tables['orders']}'"
    )
    expected = (
        len(sold),
        sum(not who for who in sold.values()),
        sum(totals[invoice] for invoice in sold),
        len({who for who in sold.values() if who}),
    )
    assert orders == [expected]
    assert asked(f"SELECT count(*), sum(amount) FROM '{tables['refunds']}'") == [(len(back), sum(back))]
    assert asked(f"SELECT count(*) FROM '{rejected}'") == [(len(moved),)]
    assert asked(f"SELECT count(*) FROM '{tables['order_lines']}'") == [(len(lines) - len(back) - len(moved),)]
    assert asked(f"SELECT count(*), count(*) FILTER (customer_id LIKE '%.0') FROM '{tables['customers']}'") == [
        (3002, 0)
    ]
    # Customer 12346 cancelled all 74,215 pieces sixteen minutes after buying them: one order can be meant, and it is given back whole.
    assert asked(f"SELECT gross, refunded, status FROM '{tables['orders']}' WHERE order_id = '541431'") == [
        (Decimal("77183.6"), Decimal("77183.6"), "refunded")
    ]
    assert any("69,014 rows name no customer" in note for note in notes)
    assert any("lines that say exactly what another line says: 2,012" in note for note in notes)


def test_the_record_shop_has_every_row(shared_data: Path, tmp_path: Path) -> None:
    """CDNOW without header or delimiter: 6,919 rows are as many orders of 2,357 customers, once its form is said."""
    file = shared_data / "cdnow_sample" / "CDNOW_sample.txt"
    cents = sum(round(float(line.split()[4]) * 100) for line in file.read_text("ascii").splitlines() if line.strip())
    tables, rejected, _ = _brought(
        tmp_path, file, delimiter="blanks", columns="master_id,sample_id,date,number_of_cds,dollar_value"
    )
    found = asked(
        f"SELECT count(*), count(DISTINCT order_id), count(DISTINCT customer_id), sum(gross), any_value(currency) FROM '{tables['orders']}'"
    )
    assert (found, rejected) == ([(6919, 6919, 2357, Decimal(cents) / 100, "USD")], None)
    assert asked(f"SELECT count(*) FROM '{tables['orders']}' WHERE gross = 0") == [(8,)]


def test_the_software_house_has_every_stretch(shared_data: Path, tmp_path: Path) -> None:
    """5,453 subscriptions, 540 of them over on their first day, beside 8,000 customers of whom nobody is told twice."""
    folder = shared_data / "subscriptions" / "saas"
    rows = _rows(folder / "subscriptions.csv")
    tables, rejected, _ = _brought(tmp_path, folder / "subscriptions.csv", folder / "customers.csv")
    found = asked(
        f"SELECT count(*), count(ends_on), count(*) FILTER (ends_on = starts_on), sum(mrr), any_value(currency), count(DISTINCT state) FROM '{tables['subscriptions']}'"
    )
    ended = [row for row in rows if row["cancel_date"]]
    same_day = sum(row["cancel_date"] == row["start_date"] for row in ended)
    assert found == [(5453, len(ended), same_day, sum(Decimal(row["mrr_usd"]) for row in rows), "USD", 1)]
    assert same_day == 540
    assert rejected is None
    assert asked(
        f"SELECT count(*), count(DISTINCT customer_id), count(acquired_at), count(source) FROM '{tables['customers']}'"
    ) == [(8000,) * 4]
    channels = Counter(row["acquisition_channel"] for row in _rows(folder / "customers.csv"))
    assert dict(asked(f"SELECT source, count(*) FROM '{tables['customers']}' GROUP BY 1")) == dict(channels)


def test_periods_end_on_the_first_day_without_service(shared_data: Path, tmp_path: Path) -> None:
    """In 121 periods one begins the day another ends, so an end is the first day without; it is read so."""
    file = shared_data / "subscriptions" / "mrr_playbook" / "subscription_periods.csv"
    mapping = guess(read_file(file, tmp_path / "read"), COMPANY).mapping
    assert (mapping.ends, "first day without service" in mapping.because["ends_on"]) == ("first_day_without", True)
    tables, _, _ = _brought(tmp_path, file)
    first = asked(f"SELECT starts_on, ends_on, mrr FROM '{tables['subscriptions']}' WHERE subscription_id = '1'")
    assert first == [(date(2018, 11, 1), date(2019, 2, 1), Decimal(50))]
    assert asked(f"SELECT count(*) FROM '{tables['customers']}'") == [(55,)]


def test_a_snapshot_pretends_no_history(shared_data: Path, tmp_path: Path) -> None:
    """7,043 telephone customers with traits and no dates: customers only, and the user is told what cannot be computed."""
    tables, rejected, notes = _brought(tmp_path, shared_data / "telco_ibm" / "Telco-Customer-Churn.csv")
    assert (set(tables), rejected) == ({"customers"}, None)
    found = asked(
        f"SELECT count(*), count(*) FILTER (traits['Churn'] = 'Yes'), count(*) FILTER (traits['TotalCharges'] IS NULL) FROM '{tables['customers']}'"
    )
    assert found == [(7043, 1869, 11)]
    assert any("retention over time cannot be computed" in note for note in notes)


def test_a_table_of_plans_is_refused(shared_data: Path, tmp_path: Path) -> None:
    """Prices without customers or dates are no history; they are told as a list that others refer to."""
    raw = read_file(shared_data / "subscriptions" / "saas" / "plans.csv", tmp_path / "read")
    with pytest.raises(UnrecognisedError, match="a list others refer to"):
        guess(raw, COMPANY)


LOG = ["A,2025-01-02,5.00", "A,2025-01-02,5.00", "B,2025-01-02,7.50", "A,2025-02-01,3.00"]


def test_made_keys_do_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    """A log without order ids gives the same keys read again or turned round; two equal rows are two orders."""
    head = "customer,date,amount\n"
    once, again = (
        Brought(tmp_path / "one", head + "\n".join(LOG)),
        Brought(tmp_path / "two", head + "\n".join(reversed(LOG))),
    )
    keys = [row[0] for row in once.rows("orders", "order_id", "order_id")]
    assert keys == [row[0] for row in again.rows("orders", "order_id", "order_id")]
    assert len(set(keys)) == 4
