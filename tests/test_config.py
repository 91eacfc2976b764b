"""Do settings say what they must, and are wrong ones named?"""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from keepwell.config import Company, Rate
from keepwell.errors import ConfigError


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    """A company with every kind of setting survives its file unchanged."""
    company = Company(
        name='Ä "quoted" shop', currency="SEK", time_zone="Europe/Stockholm", gross_margin=Decimal("0.45"),
        data_until=date(2026, 1, 1), excluded_customers=("test@example.com",),
        rates=(Rate(currency="EUR", value=Decimal("11.2"), **{"from": date(2025, 1, 1)}),),
    )  # fmt: skip
    path = tmp_path / "keepwell.toml"
    path.write_text(company.to_toml(), "utf-8")
    assert Company.load(path) == company


_NOTED = """name = "Tiny"  # as on the door
# from the books of 2025, says Ann
gross_margin = "0.3"

[[rates]]
currency = "SEK"
from = 2025-01-01
value = "0.09"
"""


def test_one_setting_is_changed_and_nothing_else(tmp_path: Path) -> None:
    """What people noted in their file stays; silent again is silent; a file that never had the line gets it above its tables."""
    path = tmp_path / "keepwell.toml"
    path.write_text(_NOTED, "utf-8")
    Company.change(path, "gross_margin", Decimal("0.45"))
    assert path.read_text("utf-8") == _NOTED.replace('"0.3"', '"0.45"')
    Company.change(path, "gross_margin", None)
    assert path.read_text("utf-8") == _NOTED.replace('gross_margin = "0.3"', "# gross_margin =")
    path.write_text(_NOTED.replace('gross_margin = "0.3"\n', ""), "utf-8")
    Company.change(path, "gross_margin", Decimal("0.5"))
    assert Company.load(path).gross_margin == Decimal("0.5")
    assert len(Company.load(path).rates) == 1
    assert "says Ann" in path.read_text("utf-8")


def test_a_change_that_does_not_hold_is_not_written(tmp_path: Path) -> None:
    """Nor is one of a file that did not hold before."""
    path = tmp_path / "keepwell.toml"
    for text, value in ((_NOTED, Decimal(2)), ('name = ""', Decimal("0.5"))):
        path.write_text(text, "utf-8")
        with pytest.raises(ConfigError):
            Company.change(path, "gross_margin", value)
        assert path.read_text("utf-8") == text
    assert [each.name for each in tmp_path.iterdir()] == ["keepwell.toml"]


def test_silence_means_the_defaults(tmp_path: Path) -> None:
    """A file with only a name is a whole company."""
    path = tmp_path / "keepwell.toml"
    path.write_text('name = "Tiny"\n', "utf-8")
    assert Company.load(path) == Company(name="Tiny")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('name = "x"\ncurrency = "euro"', 'currency is "euro", but it has to be an ISO 4217 code in capital letters, such as EUR; did you mean EUR?'),
        ('name = "x"\ncurrency = "EUX"', 'currency is "EUX", but it has to be an ISO 4217 code in capital letters, such as EUR.'),
        ('name = "x"\ntime_zone = "Helsinki"', 'time_zone is "Helsinki", but it has to be an IANA time zone, such as Europe/Helsinki; did you mean Europe/Helsinki?'),
        ('name = "x"\ncurency = "EUR"', "there is no setting curency; did you mean currency?"),
        ('name = "x"\nzzz = 1', "there is no setting zzz; settings are name, currency, time_zone"),
        ('name = ""', 'name is "", but it has to be a text that is not empty.'),
        ('currency = "EUR"', "name is missing; it is a text that is not empty."),
        ('name = "x"\nfiscal_year_start = 13', "fiscal_year_start is 13, but it has to be a month from 1 to 12."),
        ('name = "x"\ngross_margin = "1.5"', 'gross_margin is "1.5", but it has to be a share above 0 and at most 1, such as 0.45.'),
        ('name = "x"\nactive_by = "purchases"', "one of auto, subscription, purchase, usage, any; did you mean purchase?"),
        ('name = "x"\nexcluded_customers = "C-1"', 'excluded_customers is "C-1", but it has to be a list of texts'),
        ('name = "x"\n[[rates]]\ncurrency = "SEK"\nvalue = 0', "value of rates no. 1 is 0, but it has to be a number above 0"),
        ('name = "x"\n[[rates]]\ncurrency = "SEK"\nvalu = 2', "there is no setting valu of rates no. 1; did you mean value?"),
        ("name = ", "is not valid TOML"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_told_in_words(tmp_path: Path, text: str, told: str) -> None:
    """The message names the file and the setting, what it says and should say, and what to do; it speaks no pydantic."""
    path = tmp_path / "keepwell.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as refused:
        Company.load(path)
    assert told in str(refused.value)
    assert str(path) in str(refused.value)
    assert refused.value.todo.endswith("and try again.")
    assert "input" not in str(refused.value).casefold()


def test_every_wrong_setting_is_told_on_a_line_of_its_own(tmp_path: Path) -> None:
    """Three faults are three lines, each with the file."""
    path = tmp_path / "keepwell.toml"
    path.write_text("name = 5\ngrace_days = 1.5\nlakes = 'x'\n", "utf-8")
    with pytest.raises(ConfigError) as refused:
        Company.load(path)
    assert [line.split()[0] for line in str(refused.value).splitlines()] == [f"{path}:"] * 3


def test_every_setting_says_what_it_wants() -> None:
    """A setting of any name, given nonsense, is answered without a hole in the sentence."""
    for name in Company.model_fields:
        with pytest.raises(ConfigError, match=f"^{name} is .*, but it has to be [^.]+") as refused:
            Company.of({"name": "x"} | {name: {"of": "no kind"}})
        assert "one of ." not in str(refused.value)


def test_former_currencies_are_currencies(tmp_path: Path) -> None:
    """Books of long ago may be in marks or kuna; a test code and no currency are none."""
    path = tmp_path / "keepwell.toml"
    for code in ("DEM", "HRK", "FIM", "BGN", "XOF"):
        path.write_text(f'name = "x"\ncurrency = "{code}"', "utf-8")
        assert Company.load(path).currency == code
    for code in ("XXX", "XTS", "BTC", "eur"):
        path.write_text(f'name = "x"\ncurrency = "{code}"', "utf-8")
        with pytest.raises(ConfigError):
            Company.load(path)


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    """An editor that puts a mark before UTF-8 does no harm; any other encoding is named."""
    path = tmp_path / "keepwell.toml"
    path.write_text('name = "Ä"', "utf-8-sig")
    assert Company.load(path).name == "Ä"
    path.write_text('name = "Ä"', "latin-1")
    with pytest.raises(ConfigError, match="not written in UTF-8"):
        Company.load(path)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    """An empty folder is answered with the command that makes a company."""
    with pytest.raises(ConfigError, match="keepwell new"):
        Company.load(tmp_path / "keepwell.toml")
