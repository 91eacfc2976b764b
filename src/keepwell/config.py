"""One company's settings: what keepwell.toml may say, and what holds when it is silent."""

import json
import tomllib
import zoneinfo
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self

import pydantic

from keepwell.errors import ConfigError

FILE_NAME = "keepwell.toml"

Currency = Annotated[str, pydantic.StringConstraints(pattern=r"^[A-Z]{3}$")]


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

    @pydantic.field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in zoneinfo.available_timezones():
            raise ValueError("not an IANA time zone such as Europe/Helsinki")
        return value

    @classmethod
    def load(cls, path: Path) -> Self:
        """
        Read a settings file.

        Raises:
            ConfigError: The file is missing, is not TOML, or a setting is unknown or out of range; every fault is named.
        """
        try:
            return cls.model_validate(tomllib.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            raise ConfigError(
                f"There is no {path.name} in {path.parent}.",
                "A company's folder holds its settings there.",
                "Make one with: keepwell new NAME",
            ) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            raise ConfigError(f"{path} is not valid TOML: {fault}.", "", "Correct that line and try again.") from None
        except pydantic.ValidationError as fault:
            told = "; ".join(f"{'.'.join(map(str, e['loc']))} = {e['input']!r}: {e['msg']}" for e in fault.errors())
            raise ConfigError(
                f"{path} has settings that do not hold: {told}.", "", "Correct them and try again."
            ) from None

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
