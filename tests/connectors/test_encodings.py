"""Is the encoding of a file found by the words it makes, and is what cannot be found out refused or asked?"""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from keepwell.connectors.encodings import EncodingFinder
from keepwell.connectors.files import read_file
from keepwell.errors import SourceError

CHINESE = "订单号,客户编号,姓名,下单时间,订单金额,订单状态\n1,A7,王小明,2025-12-31,1234.50,已完成\n2,A8,李娜,2026-01-01,5.00,已取消\n"
TAIWANESE = "訂單編號,客戶編號,姓名,訂單日期,訂單金額,狀態\n1,A7,陳怡君,2025-12-31,1234.50,已完成\n2,A8,林志明,2026-01-01,5.00,已取消\n"
JAPANESE = "注文番号,顧客ID,氏名,注文日時,合計金額,ステータス\n1,A7,佐藤花子,2025/12/31,1234.50,完了\n2,A8,鈴木一郎,2026/1/1,5.00,キャンセル\n"
KOREAN = "주문번호,고객번호,이름,주문일자,결제금액,상태\n1,A7,김민수,2025-12-31,1234.50,배송완료\n2,A8,박지영,2026-01-01,5.00,취소\n"
HUNGARIAN = "Rendelésszám;Vevőkód;Név;Rendelés dátuma;Végösszeg\n1;A7;Szőke Dezső;2025.12.31.;1 234,50\n2;A8;Győri Réka;2026.01.01.;5,00\n"
POLISH = "order_id,customer_id,name,date,total\n1,A7,Wałęsa Łukasz,2025-12-31,5\n2,A8,Żółć Święta,2026-01-01,6\n3,A9,Gdańsk Źródło,2026-01-01,6\n"
CZECH = "order_id,customer_id,name,date,total\n1,A7,Dvořák Jiří,2025-12-31,5\n2,A8,Žižková Růžena,2026-01-01,6\n3,A9,Němec Štěpán,2026-01-01,6\n"
RUSSIAN = "номер,клиент,имя,дата,сумма\n1,A7,Иван Петров,2025-12-31,5\n2,A8,Мария Сидорова,2026-01-01,6\n"
GREEK = (
    "order_id,customer_id,name,date,total\n1,A7,Γιώργος Παπαδόπουλος,2025-12-31,5\n2,A8,Μαρία Νικολάου,2026-01-01,6\n"
)
TURKISH = "order_id,customer_id,name,date,total\n1,A7,Ayşe Yıldız,2025-12-31,5\n2,A8,İbrahim Doğan,2026-01-01,6\n3,A9,Gülşen Çağlar,2026-01-01,6\n"
GERMAN = "Rechnungsnummer;Kundennummer;Name;Rechnungsdatum;Gesamtbetrag\n1;A7;Jürgen Weiß;31.12.2025;5,00\n2;A8;Käthe Köhler;01.01.2026;6,00 €\n"
FINNISH = "Tilausnumero;Asiakasnumero;Nimi;Tilauspäivä;Loppusumma\n1;A7;Väinö Hämäläinen;31.12.2025;5,00\n2;A8;Åke Öhman;1.1.2026;6,00 €\n"
WORLD = "id,name,n\n" + "".join(
    f"{n},{name},{n}\n"
    for n, name in enumerate(["Søren Ørsted", "José Muñoz", "François Lefèvre", "Zoë Brontë", "João Guimarães", "Åsa Öberg", "Þór Jónsson"])
)  # fmt: skip

WRITTEN = [
    ("Chinese", CHINESE, "gbk", "gb18030"),
    ("Traditional Chinese", TAIWANESE, "big5", "big5"),
    ("Japanese", JAPANESE, "cp932", "cp932"),
    ("Japanese of Unix", JAPANESE, "euc_jp", "euc_jp"),
    ("Korean", KOREAN, "euc_kr", "cp949"),
    ("Hungarian", HUNGARIAN, "cp1250", "cp1250"),
    ("Polish", POLISH, "cp1250", "cp1250"),
    ("Polish of Unix", POLISH, "iso8859_2", "iso8859_2"),
    ("Czech", CZECH, "cp1250", "cp1250"),
    ("Russian", RUSSIAN, "cp1251", "cp1251"),
    ("Russian of Unix", RUSSIAN, "koi8_r", "koi8_r"),
    ("Greek", GREEK, "cp1253", "cp1253"),
    ("Turkish", TURKISH, "cp1254", "cp1254"),
    ("German", GERMAN, "cp1252", "cp1252"),
    ("German of an old Mac", GERMAN.replace("€", "EUR"), "mac_roman", "mac_roman"),
    ("Finnish", FINNISH, "cp1252", "cp1252"),
    ("Finnish of Unix", FINNISH.replace(" €", ""), "latin-1", "latin-1"),
    ("the Western world", WORLD, "cp1252", "latin-1"),
    *((f"Chinese in {wide}", CHINESE, wide, wide) for wide in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")),
    *((f"Finnish in {wide}", FINNISH, wide, wide) for wide in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")),
    *((f"Korean in {wide} with its mark", KOREAN, wide, wide) for wide in ("utf-8-sig", "utf-16", "utf-32")),
]


@pytest.mark.parametrize(
    ("text", "encoding", "found"), [case[1:] for case in WRITTEN], ids=[case[0] for case in WRITTEN]
)
def test_the_encoding_is_found(tmp_path: Path, text: str, encoding: str, found: str) -> None:
    """Every cell comes back letter by letter, in whatever people of that language save their tables."""
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode(encoding))
    raw = read_file(path, tmp_path / "read")
    rows = [[row[column] for column in raw.columns] for row in pq.read_table(raw.rows_file).to_pylist()]
    mark = ";" if ";" in text.splitlines()[0] else ","
    assert raw.form["encoding"].split()[0] == found
    assert [list(raw.columns), *rows] == [line.split(mark) for line in text.splitlines()]


def _form(folder: Path, data: bytes, **said: str) -> dict[str, str]:
    (folder / "table.csv").write_bytes(data)
    return dict(read_file(folder / "table.csv", folder / "read", form=said).form)


def test_headings_that_are_known_prove_an_encoding(tmp_path: Path) -> None:
    """Six Chinese headings and two words of state leave no doubt, and the form says what decided."""
    form = _form(tmp_path, CHINESE.encode("gbk"))
    assert form["encoding"] == "gb18030 (headings and words of it that are known: 8)"
    assert "doubt" not in form


def test_names_alone_are_a_doubt(tmp_path: Path) -> None:
    """Polish names under plain headings: read as they seem, shown, and to be confirmed."""
    form = _form(tmp_path, POLISH.encode("cp1250"))
    assert form["doubt"] == (
        'letters are read as Windows-1250, e.g. "Wałęsa", in 3 lines. Say --encoding if they are wrong.'
    )
    assert "doubt" not in _form(tmp_path, POLISH.encode("cp1250"), encoding="cp1250")


def test_chinese_names_under_plain_headings_are_found(tmp_path: Path) -> None:
    """Common names are enough for a choice that is shown; Korean ones are not taken for Chinese."""
    for names, encoding, found in (
        (["王芳", "李伟", "张敏", "刘洋"], "gbk", "gb18030"),
        (["김민수", "박지영", "이서준", "최수진"], "euc_kr", "cp949"),
        (["陳怡君", "林志明", "黃雅婷", "張家豪"], "big5", "big5"),
        (["佐藤さくら", "田中一郎", "山本あかり"], "cp932", "cp932"),
    ):
        text = "order_id,customer_id,name\n" + "".join(f"{n},{n},{name}\n" for n, name in enumerate(names))
        form = _form(tmp_path, text.encode(encoding))
        assert form["encoding"] == found
        assert names[0] in form["doubt"]


def test_letters_that_make_no_words_are_refused(tmp_path: Path) -> None:
    """Thai in its own code page makes no words in any known encoding: the file is refused with an example, not stored wrong."""
    text = "order_id,customer_id,name\n1,A,สมชาย ใจดี\n2,B,สมหญิง รักไทย\n3,C,กรุงเทพ มหานคร\n"
    with pytest.raises(SourceError, match="is written could not be found out") as refused:
        _form(tmp_path, text.encode("cp874"))
    assert "--encoding NAME" in refused.value.todo
    assert _form(tmp_path, text.encode("cp874"), encoding="cp874")["encoding"] == "cp874"


def test_what_was_encoded_twice_is_a_doubt(tmp_path: Path) -> None:
    """UTF-8 that was taken for Windows-1252 and saved as UTF-8 again is shown with what it was."""
    text = "id,name\n1,Müller\n2,Käthe\n3,Søren\n"
    form = _form(tmp_path, text.encode().decode("cp1252").encode())
    assert form["doubt"].startswith('letters look as if they had been encoded twice, e.g. "MÃ¼ller" for "Müller"')
    assert "doubt" not in _form(tmp_path, text.encode())


def test_a_replacement_mark_is_a_letter_of_utf8(tmp_path: Path) -> None:
    """A file in which letters were lost before is UTF-8 all the same."""
    assert _form(tmp_path, "id,name\n1,J�rg\n2,M�ller\n".encode())["encoding"] == "utf-8"


def test_a_letter_across_two_blocks_is_one(tmp_path: Path) -> None:
    """Fed byte by byte, UTF-8 stays UTF-8."""
    finder = EncodingFinder()
    for byte in "id,name\n1,Käthe\n".encode():
        finder.feed(bytes([byte]))
    assert finder.found("x") == "utf-8"
