"""One company's settings: what keepwell.toml may say, and what holds when it is silent."""

import difflib
import json
import os
import re
import tomllib
import zoneinfo
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

import pydantic

from keepwell import currencies
from keepwell.errors import ConfigError

FILE_NAME = "keepwell.toml"


def _known_currency(code: str) -> str:
    if code not in currencies.CODES:
        raise ValueError("unknown")
    return code


Currency = Annotated[str, pydantic.AfterValidator(_known_currency)]


class Rate(pydantic.BaseModel, frozen=True, extra="forbid"):
    """What one unit of a currency is worth in the company's own, from a day on."""

    currency: Currency
    from_day: date = pydantic.Field(default=date(1990, 1, 1), alias="from")
    value: Decimal = pydantic.Field(gt=0)


class Company(pydantic.BaseModel, frozen=True, extra="forbid"):
    """
    One company's settings, frozen.

    Days are the company's days: a UTC instant falls on the day it has in *time_zone*.
    """

    name: str = pydantic.Field(min_length=1)
    currency: Currency = "EUR"
    time_zone: str = "UTC"
    week_start: Literal["monday", "sunday", "saturday"] = "monday"
    fiscal_year_start: int = pydantic.Field(default=1, ge=1, le=12)

    data_until: date | None = None
    """The first day of which the data say nothing yet; None takes the day after the last recorded activity."""

    count: Literal["customers", "accounts"] = "customers"
    """Who is counted: each customer, or each account (account_id) with everybody in it as one."""
    active_by: Literal["auto", "subscription", "purchase", "usage", "any"] = "auto"
    """What keeps a customer: paid service, a purchase, use, or any of them; auto looks at what was imported."""
    activity_window_days: int | None = pydantic.Field(default=None, ge=1, le=3650)
    """How long one purchase keeps a customer; None takes the window the customers' own gaps suggest."""
    grace_days: int = pydantic.Field(default=30, ge=0, le=365)
    """How long a past-due subscription still counts."""
    pause_days: int = pydantic.Field(default=90, ge=0, le=3650)
    """How long a paused subscription still makes a customer."""
    count_zero_orders: bool = False
    """Whether an order of nothing is an order."""
    merge_same_day_orders: bool = True
    """Whether several orders of a customer on one day count as one when orders are counted as returns."""
    excluded_customers: tuple[str, ...] = ()
    """Customer ids of tests and colleagues, left out of everything."""
    gross_margin: Decimal | None = pydantic.Field(default=None, gt=0, le=1)
    """Share of revenue left after the cost of what was sold; None means not known."""
    rates: tuple[Rate, ...] = ()
    """Exchange rates into the company's currency; without them currencies are told apart, never summed."""

    lake: str = "lake"
    """Where tables rest: a folder, relative to the settings file, or an object-store address."""
    engine: Literal["duckdb", "spark"] = "duckdb"
    spark: str = "local[2]"
    """Spark master or Connect address (sc://host:port), used when engine is spark."""
    database: str | None = None
    """Where the desk keeps what people decide: silent means SQLite in the company's folder, otherwise postgresql://…"""

    @pydantic.field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in zoneinfo.available_timezones():
            raise ValueError("not an IANA time zone such as Europe/Helsinki")
        return value

    @classmethod
    def of(cls, settings: Mapping[str, Any], place: str = "") -> Self:
        """
        A company from settings as a file says them.

        Args:
            settings: Setting -> value.
            place: Where they stand, for the message.

        Raises:
            ConfigError: A setting is unknown or does not hold; every fault is named.
        """
        try:
            return cls.model_validate(settings)
        except pydantic.ValidationError as fault:
            told = [_in_words(error["loc"], error["type"], error["input"]) for error in fault.errors()]
            where = f"{place}: " if place else ""
            raise ConfigError(
                "\n".join(where + sentence for sentence in told),
                "",
                f"Correct {'it' if len(told) == 1 else 'them'} and try again.",
            ) from None

    @classmethod
    def load(cls, path: Path) -> Self:
        """
        Read a settings file.

        Raises:
            ConfigError: The file is missing, is not TOML, or a setting is unknown or does not hold; every fault is named.
        """
        try:
            said = tomllib.loads(path.read_text("utf-8-sig"))
        except FileNotFoundError:
            raise ConfigError(
                f"There is no {path.name} in {path.parent}.",
                "A company's folder holds its settings there.",
                "Make one with: keepwell new NAME",
            ) from None
        except OSError as fault:
            raise ConfigError(
                f"{path} cannot be read: {fault.strerror}.", "", "Give yourself permission to read it."
            ) from None
        except UnicodeDecodeError:
            raise ConfigError(f"{path} is not written in UTF-8.", "", "Save it as UTF-8 and try again.") from None
        except tomllib.TOMLDecodeError as fault:
            raise ConfigError(f"{path} is not valid TOML: {fault}.", "", "Correct that line and try again.") from None
        return cls.of(said, str(path))

    @classmethod
    def change(cls, path: Path, setting: str, value: object) -> None:
        """
        Write one setting of a file anew; the other lines, and what people noted beside them, stay as they are.

        Args:
            path: The settings file.
            setting: Which; one that has a line of its own.
            value: What holds from now on; None is silent.

        Raises:
            ConfigError: The file cannot be read, or would not hold with the value; then nothing is written.
        """
        cls.load(path)
        lines = path.read_text("utf-8-sig").splitlines()
        end = next((place for place, line in enumerate(lines) if line.lstrip().startswith("[")), len(lines))
        said = re.compile(rf"(# )?{setting} *=")
        told = f"# {setting} =" if value is None else f"{setting} = {_toml(value)}"
        place = next((at for at, line in enumerate(lines[:end]) if said.match(line)), None)
        if place is None:
            lines.insert(end, told)
        else:
            lines[place] = told
        told = "\n".join(lines) + "\n"
        cls.of(tomllib.loads(told), str(path))
        making = path.with_name(f"{path.name}.{os.getpid()}")
        making.write_text(told, "utf-8")
        making.chmod(path.stat().st_mode)
        making.replace(path)

    def to_toml(self) -> str:
        """The settings as a file: what was set, and what holds otherwise as comments."""
        lines = ["# One company's settings. Lines that are commented out say what holds when they are silent.", ""]
        for name in type(self).model_fields:
            if name == "rates":
                continue
            value = getattr(self, name)
            told = f"{name} = {_toml(value)}" if value is not None else f"{name} ="
            lines.append(told if name in self.model_fields_set and value is not None else f"# {told}")
        for rate in self.rates:
            lines += [
                "",
                "[[rates]]",
                f'currency = "{rate.currency}"',
                f"from = {rate.from_day}",
                f'value = "{rate.value}"',
            ]
        return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, int | date):
        return str(value)
    return json.dumps(str(value), ensure_ascii=False)


_WANTED = {
    "name": "a text that is not empty",
    "currency": currencies.WANTED,
    "time_zone": "an IANA time zone, such as Europe/Helsinki",
    "fiscal_year_start": "a month from 1 to 12",
    "data_until": "a day without quotes, such as 2026-07-01",
    "activity_window_days": "a whole number of days from 1 to 3650",
    "grace_days": "a whole number of days from 0 to 365",
    "pause_days": "a whole number of days from 0 to 3650",
    "count_zero_orders": "true or false",
    "merge_same_day_orders": "true or false",
    "excluded_customers": 'a list of texts, such as ["C-17", "test@example.com"]',
    "gross_margin": "a share above 0 and at most 1, such as 0.45",
    "rates": 'tables of their own: [[rates]] and below it currency = "SEK", from = 2025-01-01 and value = "0.09"',
    "from": "a day without quotes, such as 2025-01-01",
    "value": "a number above 0: how much of the company's currency one unit is worth",
    "lake": 'a text: a folder, such as "lake", or an address, such as "s3://bucket/lake"',
    "database": 'a text, such as "postgresql://name:password@host:5432/database"',
    "spark": 'a text, such as "local[2]" or "sc://host:15002"',
}
"""Setting -> what it wants, in words; the choices of the others are told from their types."""


def _in_words(place: Sequence[int | str], kind: str, said: object) -> str:
    """One sentence on what a setting says and should say."""
    key = next(part for part in reversed(place) if isinstance(part, str))
    inside = place[0] == "rates" and len(place) > 2
    known = [field.alias or name for name, field in (Rate if inside else Company).model_fields.items()]
    spelt = f"{key} of rates no. {int(place[1]) + 1}" if inside else key
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(key.casefold(), known, 1)
        hint = f"did you mean {near[0]}?" if near else f"settings are {', '.join(known)}."
        return f"there is no setting {spelt}; {hint}"
    choices = get_args(Company.model_fields[key].annotation) if key in Company.model_fields else ()
    wanted = _WANTED.get(key) or f"one of {', '.join(map(str, choices))}"
    if kind == "missing":
        return f"{spelt} is missing; it is {wanted}."
    meant = _near(key, str(said), [str(choice) for choice in choices])
    return f"{spelt} is {_shown(said)}, but it has to be {wanted}{f'; did you mean {meant}?' if meant else '.'}"


def _near(key: str, said: str, choices: Sequence[str]) -> str:
    """What was most likely meant, empty where nothing is near."""
    if key == "currency":
        return currencies.meant(said)
    word = said.strip().replace(" ", "_").casefold()
    if key == "time_zone":
        zones = {name.casefold(): name for name in sorted(zoneinfo.available_timezones())}
        ends = [name for low, name in zones.items() if low.rpartition("/")[2] == word and "/" in low]
        return next((zones[low] for low in difflib.get_close_matches(word, zones, 1)), next(iter(ends), ""))
    return next(iter(difflib.get_close_matches(word, choices, 1)), "")


def _shown(said: object) -> str:
    """A value as a settings file spells it, cut where it is long."""
    told = _toml(said) if isinstance(said, str | bool | int | date) else str(said)
    return told if len(told) <= 60 else f"{told[:59]}…"
