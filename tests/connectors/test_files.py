"""Is every text file read whole, whatever its form, and is everything that is no row named?"""

import csv
import gzip
import io
import os
import time
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keepwell.connectors.contract import REJECTED
from keepwell.connectors.files import read_file
from keepwell.errors import SourceError


def _read(folder: Path, data: bytes, name: str = "a.csv", **said: str) -> tuple:
    path = folder / name
    path.write_bytes(data)
    raw = read_file(path, folder / "out", form=said)
    rows = [tuple(row[column] for column in raw.columns) for row in pq.read_table(raw.rows_file).to_pylist()]
    bad = pq.read_table(raw.unreadable_file).to_pylist() if raw.unreadable_file else []
    assert raw.rows == len(rows) + len(bad)
    return raw, rows, bad


TEXTS = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), min_size=1, max_size=8).map("x{}".format)
NAMES = ["Väinö", "Ågren", "José", "Muñoz", "François", "Müller", "Weiß", "Søren", "Ann, Ltd", '"Bob"', "5;6", "100 €"]
WESTERN = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(" ".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=6),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"]),
    delimiter=st.sampled_from(",;\t|"),
    ends=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_a_table_written_in_any_form_is_read_back(
    tmp_path: Path, rows: list, encoding: str, delimiter: str, ends: str, quoting: int
) -> None:
    """Encoding, delimiter, line ends and quotes are found; cells come back letter by letter."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ends, quoting=quoting)
    writer.writerows([("customer_id", "name", "note"), *rows])
    raw, found, bad = _read(tmp_path, text.getvalue().encode(encoding))
    assert (raw.columns, found, bad) == (("customer_id", "name", "note"), rows, [])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(WESTERN, WESTERN), min_size=1, max_size=6))
def test_western_words_come_back_from_one_byte_a_letter(tmp_path: Path, rows: list) -> None:
    """Letters of Western Europe, in whatever order, are read as what they are."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([("customer_id", "name"), *rows])
    assert _read(tmp_path, text.getvalue().encode("cp1252"))[1] == rows


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_line_breaks_and_quotes_inside_cells_stay(tmp_path: Path, delimiter: str) -> None:
    """A note of two lines with a quotation in it is one cell of one row."""
    data = delimiter.join(["id", "note"]) + "\n" + delimiter.join(["1", '"two\nlines, ""said""; she | he\t"']) + "\n"
    _, rows, bad = _read(tmp_path, data.encode())
    assert (rows, bad) == ([("1", 'two\nlines, "said"; she | he\t')], [])


def test_the_form_is_told(tmp_path: Path) -> None:
    """What was found out about a file is said: sep= line and blank lines before the header, repeated headings, empty ones."""
    raw, rows, _ = _read(tmp_path, "sep=;\r\n\r\nPhone;Näme;Phone;\r\n1;ä;2;3\r\n\r\n;;;\r\n".encode("latin-1"))
    assert raw.columns == ("Phone", "Näme", "Phone.2", "column 4")
    assert rows == [("1", "ä", "2", "3")]
    told = {key: raw.form[key] for key in ("encoding", "delimiter", "line ends", "columns renamed", "blank lines")}
    assert told == {
        "encoding": "latin-1",
        "delimiter": "semicolon",
        "line ends": "CRLF",
        "columns renamed": "Phone.2, column 4",
        "blank lines": "2",
    }
    assert "sep=;" in raw.form["skipped before the header"]


def test_titles_before_the_header_are_skipped_and_told(tmp_path: Path) -> None:
    """A report's title stands alone in its line and is no header."""
    raw, rows, _ = _read(tmp_path, b"Sales report 2025\n\ncustomer,date\nA,2025-01-01\n")
    assert (raw.columns, rows, raw.form["skipped before the header"]) == (
        ("customer", "date"),
        [("A", "2025-01-01")],
        "Sales report 2025",
    )


def test_rows_that_do_not_fit_are_named(tmp_path: Path) -> None:
    """Too few cells, too many, a NUL byte: each is set apart with its number and the reason, the others are read."""
    _, rows, bad = _read(tmp_path, b"a,b,c\n1,2,3\n4,5\n6,7,8,9\nx,\x00,z\n7,8,9\n")
    assert rows == [("1", "2", "3"), ("7", "8", "9")]
    assert [(fault["_row"], fault["value"]) for fault in bad] == [
        (2, "4 | 5"),
        (3, "6 | 7 | 8 | 9"),
        (4, "x | \\x00 | z"),
    ]
    assert [fault["law"] for fault in bad] == [
        "a row has 3 cells; this one has 2",
        "a row has 3 cells; this one has 4",
        "a cell has no NUL byte in it",
    ]
    assert all(set(fault) == set(REJECTED) and fault["_source"] == "a.csv" and fault["remedy"] for fault in bad)


def test_broken_letters_among_whole_ones_name_their_row(tmp_path: Path) -> None:
    """Twenty whole letters of UTF-8 and one broken: the file is UTF-8, and the row with the broken one is named."""
    _, rows, bad = _read(tmp_path, ("a,b\n" + "ä" * 20 + ",1\n").encode() + b"caf\xe9,2\n")
    assert rows == [("ä" * 20, "1")]
    assert [(fault["_row"], fault["value"], fault["law"]) for fault in bad] == [
        (2, "caf\\xe9 | 2", "every letter can be read")
    ]


def test_the_last_odd_letter_decides_the_encoding(tmp_path: Path) -> None:
    """A Latin-1 letter after two megabytes of plain ones is read, not refused."""
    data = b"name,n\n" + b"abcdefgh,1\n" * 200_000 + "Jääskeläinen,2\n".encode("latin-1")
    raw, rows, bad = _read(tmp_path, data)
    assert (raw.form["encoding"], rows[-1], len(rows), bad) == ("latin-1", ("Jääskeläinen", "2"), 200_001, [])


def test_two_encodings_in_one_file_are_never_read_as_one(tmp_path: Path) -> None:
    """A line in UTF-8 and one in Latin-1: the first is read, the second is named; no letter becomes two others."""
    raw, rows, bad = _read(tmp_path, "id,name\n1,Müller\n".encode() + "2,Ørsted\n".encode("latin-1"))
    assert (raw.form["encoding"], rows) == ("utf-8", [("1", "Müller")])
    assert [(fault["_row"], fault["value"], fault["law"]) for fault in bad] == [
        (2, "2 | \\xd8rsted", "every letter can be read")
    ]


def test_an_encoding_that_is_only_likely_is_a_doubt(tmp_path: Path) -> None:
    """Latin-1 is told with an example and the lines it is in; UTF-8, and what the user said, are no doubt."""
    raw, _, _ = _read(tmp_path, "id,name\n1,Ann\n2,Ørsted\n3,José\n".encode("latin-1"))
    assert raw.form["doubt"] == (
        'letters are read as Latin-1, e.g. "Ørsted", in 2 lines. Say --encoding if they are wrong.'
    )
    raw, _, _ = _read(tmp_path, "id,name\n2,Ørsted\n".encode("latin-1"), encoding="latin-1")
    assert "doubt" not in raw.form
    raw, _, _ = _read(tmp_path, "id,name\n2,Ørsted\n".encode())
    assert "doubt" not in raw.form


def test_the_euro_of_windows_is_read(tmp_path: Path) -> None:
    """A euro sign in Windows-1252 is no Latin-1 letter."""
    raw, rows, _ = _read(tmp_path, "a,b\nx,5 €\n".encode("cp1252"))
    assert (raw.form["encoding"], rows) == ("cp1252", [("x", "5 €")])


def test_a_quote_that_never_closes_costs_its_own_line_only(tmp_path: Path) -> None:
    """A file cut off inside a quote, and one with a lone quote: that line is named, the lines after it are read."""
    _, rows, bad = _read(tmp_path, b'a,b\n1,"cut o')
    assert (rows, [fault["law"] for fault in bad]) == ([], ["a quote that is opened is closed"])
    _, rows, bad = _read(tmp_path, b'a,b\n1,2\n3,"4\n5,6\n7,8\n')
    assert rows == [("1", "2"), ("5", "6"), ("7", "8")]
    assert [(fault["_row"], fault["value"]) for fault in bad] == [(2, '3,"4\\n')]


def test_an_unclosed_quote_in_a_large_file_loses_nothing(tmp_path: Path) -> None:
    """Six megabytes after a lone quote are read all the same."""
    data = b'a,b\n0,"x\n' + b"1,abcdefghijklmnopqrst\n" * 300_000
    _, rows, bad = _read(tmp_path, data)
    assert (len(rows), [fault["_row"] for fault in bad]) == (300_000, [1])


@pytest.mark.parametrize(
    ("data", "came"),
    [
        (b"", "is empty"),
        (b"\n\r\n \n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "PNG picture"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64), "old Excel workbook"),
        (b"PAR1" + bytes(64), "Parquet file"),
        (b"PK\x03\x04 torn", "damaged or cut off"),
        (gzip.compress(b"a,b\n1,2\n" * 999, mtime=0)[:30], "damaged or cut off"),
        (bytes(range(1, 32)) * 100, "binary file"),
        (b"17,2025-01-01,3.50\n18,2025-01-02,4.50\n", "has no header"),
        (b"ann@example.com,ann\nbob@example.com,bob\n", "has no header"),
        (b" 00004 0001 19970101  2   29.33\r\n 00004 0001 19970118  2   29.73\r\n", "columns set apart by blanks"),
    ],
)
def test_what_is_no_table_is_refused_in_words(tmp_path: Path, data: bytes, came: str) -> None:
    """Empty, binary, torn and headless files are refused, each with what it is and what to do."""
    (tmp_path / "a.csv").write_bytes(data)
    with pytest.raises(SourceError, match=came) as refused:
        read_file(tmp_path / "a.csv", tmp_path / "out")
    assert refused.value.todo


def test_a_file_without_header_is_told_the_flags(tmp_path: Path) -> None:
    """Columns set apart by blanks and without names are remedied by two flags of the import."""
    (tmp_path / "a.txt").write_bytes(b" 00004 0001 19970101  2   29.33\r\n 00004 0001 19970118  2   29.73\r\n")
    with pytest.raises(SourceError, match="--columns customer_id,date,amount --delimiter blanks"):
        read_file(tmp_path / "a.txt", tmp_path / "out")


def test_a_workbook_is_told_from_a_packed_table(tmp_path: Path) -> None:
    """A zip with one CSV is read; a workbook, and a zip of several files, are refused by name."""
    with zipfile.ZipFile(tmp_path / "one.zip", "w") as archive:
        archive.writestr("orders.csv", "a,b\n1,2\n")
    assert read_file(tmp_path / "one.zip", tmp_path / "out").rows == 1
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    with pytest.raises(SourceError, match=r"workbook.*save the sheet as CSV"):
        read_file(tmp_path / "book.xlsx", tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.csv", "a,b\n1,2\n")
        archive.writestr("b.csv", "a,b\n1,2\n")
    with pytest.raises(SourceError, match=r"holds 2 files \(a.csv, b.csv\)"):
        read_file(tmp_path / "two.zip", tmp_path / "out")


def test_a_gzip_file_says_what_its_content_says(tmp_path: Path) -> None:
    """The digest is that of the content, packed or not."""
    plain, _, _ = _read(tmp_path, b"a,b\n1,2\n")
    packed, rows, _ = _read(tmp_path, gzip.compress(b"a,b\n1,2\n", mtime=0), "a.csv.gz")
    assert (packed.digest, rows) == (plain.digest, [("1", "2")])


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    """A name that is not there, and a folder, are said to be so."""
    with pytest.raises(SourceError, match="There is no file"):
        read_file(tmp_path / "nowhere.csv", tmp_path / "out")
    with pytest.raises(SourceError, match="is a folder"):
        read_file(tmp_path, tmp_path / "out")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    """A file nobody may read is said to be so."""
    (tmp_path / "a.csv").write_bytes(b"a,b\n1,2\n")
    (tmp_path / "a.csv").chmod(0)
    with pytest.raises(SourceError, match="may not be read"):
        read_file(tmp_path / "a.csv", tmp_path / "out")


def test_a_header_alone_is_a_table_of_no_rows(tmp_path: Path) -> None:
    """Nothing sold yet is no mistake."""
    raw, rows, _ = _read(tmp_path, b"customer_id,date,amount\n")
    assert (raw.columns, rows) == (("customer_id", "date", "amount"), [])


def test_the_user_s_word_goes_before_what_is_seen(tmp_path: Path) -> None:
    """Encoding, delimiter and names can be said; an encoding that does not exist is refused."""
    _, rows, _ = _read(tmp_path, "név;szám\nőrült;1\n".encode("cp1250"), encoding="cp1250")
    assert rows == [("őrült", "1")]
    _, rows, _ = _read(tmp_path, b"a,b:c\n1,2:3\n", delimiter=":")
    assert rows == [("1,2", "3")]
    raw, rows, _ = _read(tmp_path, b" 00004 0001  29.33\r\n", delimiter="blanks", columns="customer,sample,amount")
    assert (raw.columns, rows) == (("customer", "sample", "amount"), [("00004", "0001", "29.33")])
    with pytest.raises(SourceError, match="not an encoding"):
        read_file(tmp_path / "a.csv", tmp_path / "out", form={"encoding": "klingon"})


def test_formulas_and_hostile_names_are_text(tmp_path: Path) -> None:
    """What would be run elsewhere is a cell like any other."""
    nasty = ["=cmd()", "'; DROP TABLE x; --", "../../etc/passwd", "<script>alert(1)</script>", "+1+1"]
    raw, rows, _ = _read(tmp_path, ("id,'; DROP TABLE t; --\n" + "".join(f'1,"{cell}"\n' for cell in nasty)).encode())
    assert raw.columns == ("id", "'; DROP TABLE t; --")
    assert [row[1] for row in rows] == nasty


def test_progress_is_told(tmp_path: Path) -> None:
    """The last call names all rows."""
    (tmp_path / "a.csv").write_bytes(b"a,b\n1,2\n3,4\n")
    told: list[tuple[str, int, int | None]] = []
    read_file(tmp_path / "a.csv", tmp_path / "out", progress=lambda what, done, of: told.append((what, done, of)))
    assert told[-1] == ("reading a.csv", 2, None)


def test_a_quote_that_closes_in_another_row_makes_no_row_of_two(tmp_path: Path) -> None:
    """A lone quote whose partner stands lines below, inside a cell: its line is named, the others are read as they are."""
    _, rows, bad = _read(tmp_path, b'id,name,n\n1,Ann,1\n2,"Bob,2\n3,C"yd,3\n4,"D"ee,4\n5,"Eve ""x""\nof two",5\n')
    assert rows == [("1", "Ann", "1"), ("3", 'C"yd', "3"), ("4", "Dee", "4"), ("5", 'Eve "x"\nof two', "5")]
    assert [(fault["_row"], fault["value"], fault["law"]) for fault in bad] == [
        (2, '2,"Bob,2\\n', "a quote that is opened is closed")
    ]


def test_lone_quotes_in_every_row_take_no_time(tmp_path: Path) -> None:
    """Twenty thousand rows with a lone quote each: every one is named, in seconds."""
    start = time.perf_counter()
    _, rows, bad = _read(tmp_path, b"id,name,n\n" + b'1,"Bob,2\n' * 20_000)
    assert (len(rows), len(bad)) == (0, 20_000)
    assert time.perf_counter() - start < 30


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"<!DOCTYPE html>\n<html><body>Please log in, or sign up</body></html>\n", "a web page"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<orders><order id='1'/></orders>\n", "an XML document"),
        (b'[{"order_id": 1, "customer_id": "A"}]\n', "a JSON document"),
        (b'{\n  "orders": []\n}\n', "a JSON document"),
    ],
)
def test_documents_are_no_tables(tmp_path: Path, data: bytes, what: str) -> None:
    """A page to log in at, XML and JSON are called what they are, with what to do."""
    with pytest.raises(SourceError, match=f"a.csv is {what}, not a table") as refused:
        _read(tmp_path, data)
    assert refused.value.todo


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    """What can be read only once is not half-read."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="is a pipe or a device, not a file"):
        read_file(tmp_path / "pipe", tmp_path / "out")


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    """Rows that are appended meanwhile would be counted by halves: the file is to be imported when it is done."""
    path = tmp_path / "a.csv"
    size = path.write_bytes(b"id,n\n" + b"1,2\n" * 600_000)

    def grow(_what: str, _done: int, _total: int | None) -> None:
        if path.stat().st_size == size:
            with path.open("ab") as file:
                file.write(b"3,4\n")

    with pytest.raises(SourceError, match="changed while it was read"):
        read_file(path, tmp_path / "out", progress=grow)
