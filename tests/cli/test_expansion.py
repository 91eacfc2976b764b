"""Does keepwell expansion tell growth as pencil and paper do?"""

from pathlib import Path

import pytest
from tests.cli.conftest import Keepwell


@pytest.fixture
def club(keepwell: Keepwell, tmp_path: Path) -> Keepwell:
    """Forty members at 10 a month since 1 January 2025, of whom ten pay 20 from 15 February on, and eight pay 5 from 15 March; all stay."""
    rows = ["customer_id,subscription_id,starts_on,ends_on,plan,mrr,currency,state"]
    for number in range(40):
        change = ("2025-02-15", "20.00") if number < 10 else ("2025-03-15", "5.00") if number < 18 else ("", "")
        rows.append(f"m{number:02d},s{number:02d},2025-01-01,{change[0]},basic,10.00,EUR,paid")
        if change[0]:
            rows.append(f"m{number:02d},s{number:02d},{change[0]},,basic,{change[1]},EUR,paid")
    (tmp_path / "subscriptions.csv").write_text("\n".join(rows), "utf-8")
    assert keepwell("new", "Club", "-w", "club").code == 0
    settings = tmp_path / "club" / "keepwell.toml"
    settings.write_text(settings.read_text("utf-8") + "\ndata_until = 2025-04-20\n", "utf-8")
    assert keepwell("import", "subscriptions.csv", "-w", "club", "--yes").code == 0
    return keepwell


def test_growth_of_those_who_stay(club: Keepwell) -> None:
    """February and March count: 400 and 500 before, 100 more in February, 40 less in March; April is not over."""
    told = club("expansion", "-w", "club", "--json").json
    whole = next(row for row in told["growth"] if row["since"] == 0)
    assert (whole["n"], whole["grew"], whole["shrank"]) == (80, 10, 8)
    assert whole["expansion"] == pytest.approx(100 / 900)
    assert whole["contraction"] == pytest.approx(40 / 900)
    assert "In 80 months of customers who stayed, in EUR, 10 paid more at the end and 8 less." in told["told"][0]
    assert any("Not enough data" in sentence for sentence in told["told"])  # nobody left: no path
    assert told["path"] == {}


def test_nobody_paid(shop: Keepwell) -> None:
    """A shop without subscriptions has nothing to tell, and says so."""
    told = shop("expansion", "-w", "shop")
    assert (told.code, told.out.strip()) == (0, "Not enough data: nobody stayed for a month.")
