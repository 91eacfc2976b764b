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


def test_silence_means_the_defaults(tmp_path: Path) -> None:
    """A file with only a name is a whole company."""
    path = tmp_path / "keepwell.toml"
    path.write_text('name = "Tiny"\n', "utf-8")
    assert Company.load(path) == Company(name="Tiny")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('name = "x"\ncurrency = "euro"', "currency = 'euro'"),
        ('name = "x"\ntime_zone = "Helsinki"', "time_zone = 'Helsinki'"),
        ('name = "x"\ncolour = "red"', "colour"),
        ('name = ""', "name"),
        ("name = ", "not valid TOML"),
        ('name = "x"\nfiscal_year_start = 13', "fiscal_year_start = 13"),
        ('name = "x"\ngross_margin = "1.5"', "gross_margin"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, named: str) -> None:
    """The message names the file and the setting, and says what to do."""
    path = tmp_path / "keepwell.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as refused:
        Company.load(path)
    assert named in str(refused.value)
    assert str(path) in str(refused.value)
    assert refused.value.todo


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    """An empty folder is answered with the command that makes a company."""
    with pytest.raises(ConfigError, match="keepwell new"):
        Company.load(tmp_path / "keepwell.toml")
