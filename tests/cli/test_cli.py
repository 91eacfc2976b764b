"""Does the command line do what it says, and say what it does?"""

from importlib.metadata import version
from pathlib import Path

import pytest
from tests.cli.conftest import ORDERS, Keepwell


def test_an_import_counts_every_row(shop: Keepwell) -> None:
    """Seven rows read are six accepted and one quarantined, and the refused one is named with its reason."""
    (batch,) = shop("batches", "-w", "shop", "--json").json
    assert (batch["read"], batch["accepted"], batch["quarantined"], batch["duplicates"]) == (7, 6, 1, 0)
    (fault,) = shop("rejected", "-w", "shop", "--json").json
    assert (fault["row"], fault["column"], fault["value"]) == (7, "date", "the third of April")


def test_the_same_file_again_changes_nothing(shop: Keepwell) -> None:
    """A second import of the file is all known already, or refused again."""
    again = shop("import", "orders.csv", "-w", "shop", "--yes", "--json").json
    assert (again["read"], again["accepted"], again["quarantined"], again["duplicates"]) == (7, 0, 1, 6)


def test_a_dry_run_changes_nothing(keepwell: Keepwell, tmp_path: Path) -> None:
    """It shows the counts, and the company stays empty."""
    (tmp_path / "orders.csv").write_text(ORDERS, "utf-8")
    keepwell("new", "Shop", "-w", "shop")
    told = keepwell("import", "orders.csv", "-w", "shop", "--dry-run")
    assert told.code == 0
    assert "7 rows read = 6 accepted + 1 quarantined + 0 known already." in told.out
    assert keepwell("batches", "-w", "shop", "--json").json == []


def test_guessed_columns_want_a_yes(keepwell: Keepwell, tmp_path: Path) -> None:
    """Without a terminal and without --yes nothing comes in, and the message says how."""
    (tmp_path / "orders.csv").write_text(ORDERS, "utf-8")
    keepwell("new", "Shop", "-w", "shop")
    told = keepwell("import", "orders.csv", "-w", "shop")
    assert told.code == 3
    assert "--yes" in told.err
    assert keepwell("batches", "-w", "shop", "--json").json == []


@pytest.mark.capability("S0-01", "S1-04")
def test_a_figure_opens_its_people(shop: Keepwell) -> None:
    """Ann (bought 10 February, kept 30 days) stays through February; Bob (20 January) is lost in it; Cyd is new."""
    cells = shop("measure", "kept_share", "-w", "shop", "--json").json["cells"]
    february = next(cell for cell in cells if cell["period"] == "2026-02")
    assert (february["at_start"], february["new"], february["lost"], february["at_end"]) == (2, 1, 1, 2)
    assert february["value"] == 0.5
    lost = shop("measure", "kept_share", "-w", "shop", "--members", "lost", "--cell", "period=2026-02", "--json").json
    assert [person["customer_id"] for person in lost] == ["bob@example.com"]


def test_a_list_without_a_cell_says_what_it_spans(shop: Keepwell) -> None:
    """Bob and Cyd are lost within the three months from January to March; one month is no "all periods"."""
    lost = ("measure", "kept_share", "-w", "shop", "--members", "lost")
    closing = shop(*lost).out.splitlines()[-1]
    assert closing == "2 customers of Shop: everybody over all 3 periods; one of them: --cell period=2026-03."
    assert shop(*lost, "--cell", "period=2026-02").out.splitlines()[-1] == "1 customer of Shop."


def test_a_mean_of_orders_keeps_its_decimals(shop: Keepwell) -> None:
    """January and February have two buyers of one order each; all of 2026 three buyers of five: 1.67."""
    monthly = shop("measure", "purchase_frequency", "-w", "shop").out.splitlines()
    assert [line.split() for line in monthly[2:4]] == [["2026-01", "2", "2", "1"], ["2026-02", "2", "2", "1"]]
    whole = shop("measure", "purchase_frequency", "-w", "shop", "--period", "90d").out.splitlines()
    assert whole[2].split()[-3:] == ["3", "5", "1.67"]


def test_an_undone_import_is_gone(shop: Keepwell) -> None:
    """After undo nobody is a customer, and the batch is listed as undone."""
    assert shop("undo", "last", "-w", "shop").code == 0
    assert shop("batches", "-w", "shop", "--json").json[0]["state"] == "undone"
    cells = shop("measure", "kept_share", "-w", "shop", "--json").json["cells"]
    assert [cell for cell in cells if cell["at_end"] or cell["value"] is not None] == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("measure", "retention", "-w", "shop"), 2, "Did you mean"),
        (("measure", "kept_share", "-w", "nowhere"), 2, "keepwell new"),
        (("measure", "kept_share", "-w", "shop", "--period", "fortnight"), 2, "month"),
        (("measure", "kept_share", "-w", "shop", "--where", "orders >"), 2, "orders"),
        (("measure", "kept_share", "-w", "shop", "--members", "ghosts"), 2, "lost"),
        (("measure", "kept_share", "-w", "shop", "--set", "colour=red"), 2, "no option"),
        (("import", "missing.csv", "-w", "shop"), 3, "missing.csv"),
        (("undo", "20010101-0001", "-w", "shop"), 4, "20010101-0001"),
        (("new", "Shop", "-w", "shop"), 2, "keepwell doctor -w shop"),
        (("new", "Shop", "-w", "other", "--time-zone", "Mars/Base"), 2, "time_zone"),
    ],
)
def test_a_refusal_says_what_to_do(shop: Keepwell, words: tuple[str, ...], code: int, said: str) -> None:
    """What cannot be done ends with its exit code and a sentence, never with a traceback."""
    told = shop(*words)
    assert told.code == code
    assert said in told.err
    assert "Traceback" not in told.out + told.err


def test_the_doctor_finds_a_good_shop_well(shop: Keepwell) -> None:
    """Exit code 0, and the quarantined row is mentioned as unknown, not as good."""
    told = shop("doctor", "-w", "shop", "--json")
    assert told.code == 0
    looked = {check["check"]: check["ok"] for check in told.json}
    assert looked["settings"] is True
    said = {check["check"]: check["says"] for check in told.json}
    assert said["data until"] == "known up to and including 2026-03-31; from 2026-01-05"
    assert said["kept by"] == "purchase, a purchase keeps for 30 days"
    assert looked["quarantine"] is None


def test_the_doctor_says_no_to_a_broken_one(shop: Keepwell, tmp_path: Path) -> None:
    """Settings that do not hold: exit code 1 and the setting named."""
    (tmp_path / "shop" / "keepwell.toml").write_text('name = "Shop"\ncurrency = "money"\n', "utf-8")
    told = shop("doctor", "-w", "shop")
    assert told.code == 1
    assert "currency" in told.out


def test_segments_point_at_what_is_wrong(shop: Keepwell) -> None:
    """A wrong expression is shown with the place under it."""
    told = shop("segment", "orders >= 2 and recency < 10", "-w", "shop")
    assert told.code == 2
    assert "recency_days" in told.err
    assert "^" in told.out


@pytest.mark.capability("S2-11")
def test_a_segment_narrows_a_figure(shop: Keepwell) -> None:
    """Only Ann has bought three times: she alone is counted."""
    chosen = shop("segment", "orders >= 3", "-w", "shop", "--json").json
    assert [person["customer_id"] for person in chosen] == ["ann@example.com"]
    cells = shop("measure", "kept_share", "-w", "shop", "--where", "orders >= 3", "--json").json["cells"]
    assert max(cell["at_end"] for cell in cells) == 1


def test_an_undo_says_what_vanished(shop: Keepwell, tmp_path: Path) -> None:
    """First a file that says nothing new, then one order corrected and one new, then the six orders of three customers."""
    shop("import", "orders.csv", "-w", "shop", "--yes")
    assert "undone: it had changed nothing; nothing visible changed." in shop("undo", "last", "-w", "shop").out
    head, first, *_ = ORDERS.splitlines()
    later = "\n".join([head, first.replace("20,00", "25,00"), "8;bob@example.com;2026-03-20 10:00;5,00"])
    (tmp_path / "later.csv").write_text(later, "utf-8")
    shop("import", "later.csv", "-w", "shop", "--yes")
    assert "undone: took back 1 new order, 1 corrected order." in shop("undo", "last", "-w", "shop").out
    assert "undone: took back 3 new customers, 6 new orders." in shop("undo", "last", "-w", "shop").out
    gone = [batch["batch"] for batch in shop("batches", "-w", "shop", "--json").json]
    assert "nothing changed" in shop("undo", gone[0], "-w", "shop").out


@pytest.mark.slow
def test_a_report_lies_with_its_company(shop: Keepwell, tmp_path: Path) -> None:
    """Without --into it is written into the company's own folder, and the way to look at it is said."""
    told = shop("report", "-w", "shop")
    assert (tmp_path / "shop" / "report" / "index.html").is_file()
    assert told.out.splitlines()[-1] == "Show it: keepwell report --serve -w shop"


def test_people_without_a_day_have_no_retention(keepwell: Keepwell, tmp_path: Path) -> None:
    """Customers alone: the doctor knows neither until when nor by what, and no figure is told."""
    (tmp_path / "people.csv").write_text("customer_id,name,email,country\nc1,Ann,ann@example.com,FI\n", "utf-8")
    keepwell("new", "Shop", "-w", "shop")
    keepwell("import", "people.csv", "-w", "shop", "--yes")
    looked = {check["check"]: check for check in keepwell("doctor", "-w", "shop", "--json").json}
    assert [looked[check]["ok"] for check in ("data until", "kept by")] == [None, None]
    assert looked["kept by"]["says"] == "nothing dated was imported: retention over time cannot be told"
    assert "Not enough data: nothing dated was imported" in keepwell("measure", "kept_share", "-w", "shop").out


def test_an_import_of_nothing_says_so(shop: Keepwell, tmp_path: Path) -> None:
    """A header alone holds no rows; two orders again are known already."""
    lines = ORDERS.splitlines()
    (tmp_path / "header.csv").write_text(lines[0] + "\n", "utf-8")
    assert "This file holds no rows." in shop("import", "header.csv", "-w", "shop", "--yes").out
    (tmp_path / "two.csv").write_text("\n".join(lines[:3]), "utf-8")
    assert "Everything in it was known already." in shop("import", "two.csv", "-w", "shop", "--yes").out


def test_every_metric_answers_on_the_command_line(shop: Keepwell) -> None:
    """Each registered metric ends well as JSON and as text on a tiny shop."""
    ids = [metric["id"] for metric in shop("metrics", "--json").json]
    assert len(ids) >= 40
    ended = {id: shop("measure", id, "-w", "shop", "--json").code for id in ids}
    assert {id: code for id, code in ended.items() if code} == {}


def test_the_version_is_told(keepwell: Keepwell) -> None:
    """One line: the program and the version it was installed as."""
    assert keepwell("--version").out.strip() == f"keepwell {version('keepwell')}"
