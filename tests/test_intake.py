"""Are sources read in a folder of their own, and is what cannot be read told so that a person can act?"""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from keepwell import intake
from keepwell.config import Company
from keepwell.errors import LakeError, UnrecognisedError

COMPANY = Company(name="Corner Shop", currency="EUR", time_zone="Europe/Helsinki")
ORDERS = "order_id,customer_id,order_date,total\n1,A,2025-01-22,5.00\n"


def _read(home: Path, **files: str) -> intake.Intake:
    names = []
    for name, text in files.items():
        (home / f"{name}.csv").write_text(text, "utf-8")
        names.append(str(home / f"{name}.csv"))
    return intake.read(names, COMPANY, home, intake.Hints())


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A company's folder that takes no files is named, with what to do; no traceback."""
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(LakeError, match="cannot be written") as refused:
        intake.read(["a.csv"], COMPANY, tmp_path / "file", intake.Hints())
    assert "permission" in refused.value.todo


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_told(tmp_path: Path) -> None:
    """A company's folder without permission to write is said to be so."""
    tmp_path.chmod(0o500)
    with pytest.raises(LakeError, match="Permission denied"):
        intake.read(["a.csv"], COMPANY, tmp_path, intake.Hints())


def test_what_a_killed_import_left_is_removed(tmp_path: Path) -> None:
    """The scratch files of a process that is gone go with the next import; those of a living one stay."""
    with _read(tmp_path, orders=ORDERS):
        (own,) = tmp_path.glob(".reading-*")
        gone = subprocess.Popen([sys.executable, "-c", ""])
        gone.wait()
        left = own.with_name(own.name.replace(f"-{os.getpid()}@", f"-{gone.pid}@"))
        (left / "rows").mkdir(parents=True)
        other, old = tmp_path / ".reading-1@elsewhere-abcdefgh", tmp_path / ".reading-2@elsewhere-abcdefgh"
        other.mkdir()
        old.mkdir()
        os.utime(old, (time.time() - 2 * intake.DAY,) * 2)
        with _read(tmp_path, again=ORDERS):
            assert (own.exists(), left.exists(), other.exists(), old.exists()) == (True, False, True, False)
    assert list(tmp_path.glob(".reading-*")) == [other]


def test_one_unknown_file_among_known_ones_is_named(tmp_path: Path) -> None:
    """The error names the file, a problem a line, and says that the others are understood."""
    with pytest.raises(UnrecognisedError) as refused:
        _read(tmp_path, one=ORDERS, two=ORDERS, strange="customer_id,order_id,order_date\nA,1,2025-01-22\n")
    told = str(refused.value).splitlines()
    assert told[0] == "strange.csv is not understood:"
    assert told[1] == "- no column looks like an amount: customer_id, order_id, order_date."
    assert "Leave it out: the other 2 files are understood." in told[-1]


def test_what_a_row_number_means_is_told_where_rows_are_refused(tmp_path: Path) -> None:
    """The note stands with refused rows, and only there."""
    with _read(tmp_path, good=ORDERS) as taken:
        assert not any("row 7" in note for note in taken.delivery(COMPANY).notes)
    with _read(tmp_path, bad=ORDERS + "2,B\n") as taken:
        assert any("row 7 = the 7th record after the header" in note for note in taken.delivery(COMPANY).notes)


def test_doubts_of_a_known_export_are_told(tmp_path: Path) -> None:
    """An encoding that is only likely is to be confirmed, once."""
    path = tmp_path / "a.csv"
    path.write_bytes("order_id,customer_id,name,order_date,total\n1,A,Ørsted,2025-01-22,5.00\n".encode("latin-1"))
    with intake.read([str(path)], COMPANY, tmp_path, intake.Hints()) as taken:
        assert sum("Latin-1" in doubt for doubt in taken.doubts) == 1
        assert sum("please confirm: letters are read as Latin-1" in line for line in taken.describe()) == 1
