"""What does a cell of any table say? Numbers and days in every common spelling, read by what the whole file proves."""

from dataclasses import dataclass
from typing import Literal

from keepwell.connectors.translation import Kind, text

DateOrder = Literal["year_first", "day_first", "month_first"]
Decimals = Literal["point", "comma"]

_YMD = r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*(?:日|\.(?:\D|$))?[\sT,]*"
_SHORT = r"^(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{2})(?:[\sT,]+|$)"
_LONG = r"^(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})\.?[\sT,]*"
_ISO = r"^[1-9]\d{3}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)?$"
_PLAIN = r"^(\d{1,2})[-/.](\d{1,2})[-/.]([1-9]\d{3})$"
_TIMED = r"^(\d{1,2})[-/.](\d{1,2})[-/.]([1-9]\d{3}) ([01]?\d|2[0-3])[:.](\d{2})$"
_TIME = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d{1,9})?)?"
_OFFSET = r"(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)"

MACROS = rf"""
CREATE OR REPLACE MACRO tidy_date(cell) AS regexp_replace(regexp_replace(regexp_replace(regexp_replace(
    unapostrophe(cell), '[\s\x{{00A0}}\x{{202F}}\x{{3000}}]+', ' ', 'g'), '^\p{{L}}{{2,12}}\.?, ', ''), '(?i) (klo|kl|um|à|a las) ', ' '),
    '時|分', ':', 'g');

CREATE OR REPLACE MACRO named_day(tidy) AS CASE WHEN regexp_matches(tidy, '\p{{Latin}}{{3}}') THEN try_strptime(
    regexp_replace(regexp_replace(replace(regexp_extract(tidy,
        '^(\d{{1,2}}(?:st|nd|rd|th)?[-. ]+\p{{Latin}}{{3,9}}[-., ]+\d{{2,4}}|\p{{Latin}}{{3,9}}[-. ]+\d{{1,2}}(?:st|nd|rd|th)?,?[- ]+\d{{4}})'),
        ',', ' '), '(\d)(?:st|nd|rd|th)', '\1'), '[-. ]+', ' ', 'g'),
    ['%d %b %y', '%d %B %y', '%d %b %Y', '%d %B %Y', '%b %d %Y', '%B %d %Y']) END;

CREATE OR REPLACE MACRO iso_text(tidy, date_order) AS CASE
    WHEN regexp_matches(tidy, '{_YMD}') THEN regexp_replace(tidy, '{_YMD}', '\1-\2-\3 ')
    WHEN regexp_matches(tidy, '^\d{{8}}(?:[ T]|$)') THEN regexp_replace(tidy, '^(\d{{4}})(\d{{2}})(\d{{2}})[ T]?', '\1-\2-\3 ')
    WHEN regexp_matches(tidy, '^\d{{14}}$') THEN regexp_replace(tidy, '^(....)(..)(..)(..)(..)(..)$', '\1-\2-\3 \4:\5:\6')
    WHEN date_order = 'month_first' AND regexp_matches(tidy, '{_LONG}') THEN regexp_replace(tidy, '{_LONG}', '\3-\1-\2 ')
    WHEN regexp_matches(tidy, '{_LONG}') THEN regexp_replace(tidy, '{_LONG}', '\3-\2-\1 ')
    WHEN regexp_matches(tidy, '{_SHORT}') THEN CASE WHEN date_order = 'month_first'
        THEN regexp_replace(regexp_replace(tidy, '{_SHORT}', '20\3-\1-\2 '), '^20([7-9])', '19\1')
        ELSE regexp_replace(regexp_replace(tidy, '{_SHORT}', '20\3-\2-\1 '), '^20([7-9])', '19\1') END
    ELSE strftime(named_day(tidy), '%Y-%m-%d ') || regexp_extract(tidy, '{_TIME}.*$')
    END;

CREATE OR REPLACE MACRO clock_of(rest) AS CASE
    WHEN rest = '' THEN INTERVAL 0 SECOND
    ELSE list_transform([regexp_extract(rest, '^(\d{{1,2}})[:.](\d{{2}})(?:[:.](\d{{2}})(?:[.,](\d{{1,6}})\d*)?)?:? ?([AaPp])?\.?(?:[Mm]\.?)?$', ['h', 'm', 's', 'f', 'half'])],
        lambda _at: CASE WHEN _at.h = '' OR CAST(_at.h AS INT) > 23 OR CAST(_at.m AS INT) > 59 OR (_at.half <> '' AND CAST(_at.h AS INT) NOT BETWEEN 1 AND 12)
            OR coalesce(TRY_CAST(_at.s AS INT), 0) > 59 THEN NULL
        ELSE to_hours(CASE upper(_at.half) WHEN 'A' THEN CAST(_at.h AS INT) % 12 WHEN 'P' THEN CAST(_at.h AS INT) % 12 + 12 ELSE CAST(_at.h AS INT) END)
            + to_minutes(CAST(_at.m AS INT)) + to_seconds(coalesce(TRY_CAST(_at.s AS INT), 0))
            + to_microseconds(coalesce(TRY_CAST(rpad(nullif(_at.f, ''), 6, '0') AS INT), 0)) END)[1] END;

CREATE OR REPLACE MACRO wall_of_iso(iso) AS list_transform([regexp_extract(
    regexp_replace(iso, ' ?{_OFFSET}$', ''), '^(\d{{4}}-\d{{1,2}}-\d{{1,2}}) *(.*?) *$', ['day', 'rest'])], lambda _part:
    CASE WHEN _part.day >= '1000' THEN CAST(TRY_CAST(_part.day AS DATE) AS TIMESTAMP) + clock_of(_part.rest) END)[1];

CREATE OR REPLACE MACRO odd_wall(cell, date_order) AS list_transform([tidy_date(cell)], lambda _tidy:
    list_transform([iso_text(_tidy, date_order)], lambda _iso: wall_of_iso(_iso))[1])[1];

CREATE OR REPLACE MACRO any_wall(cell, date_order) AS CASE
    WHEN regexp_matches(cell, '^\d{{4}}-\d{{2}}-\d{{2}}(?:[ T]\d{{2}}:\d{{2}}:\d{{2}}(?:\.\d{{1,9}})?)?$')
        THEN CASE WHEN cell >= '1000' THEN TRY_CAST(cell AS TIMESTAMP) END
    WHEN regexp_matches(cell, '^\s*[2-6]\d{{4}}(?:\.\d+)?\s*$')
        THEN TIMESTAMP '1899-12-30' + to_seconds(CAST(round(CAST(trim(cell) AS DOUBLE) * 86400) AS BIGINT))
    WHEN regexp_matches(cell, '{_PLAIN}') THEN TRY_CAST(
        CASE WHEN date_order = 'month_first' THEN regexp_replace(cell, '{_PLAIN}', '\3-\1-\2') ELSE regexp_replace(cell, '{_PLAIN}', '\3-\2-\1') END AS TIMESTAMP)
    WHEN regexp_matches(cell, '{_TIMED}') THEN TRY_CAST(
        CASE WHEN date_order = 'month_first' THEN regexp_replace(cell, '{_TIMED}', '\3-\1-\2 \4:\5:00') ELSE regexp_replace(cell, '{_TIMED}', '\3-\2-\1 \4:\5:00') END AS TIMESTAMP)
    ELSE odd_wall(cell, date_order) END;

CREATE OR REPLACE MACRO minutes_east(cell) AS list_transform([regexp_extract(trim(cell), '([+-])(\d{{2}}):?(\d{{2}})?$', ['sign', 'h', 'm'])],
    lambda _off: CASE _off.sign WHEN '' THEN 0 WHEN '-' THEN -1 ELSE 1 END
        * (coalesce(TRY_CAST(_off.h AS INT), 0) * 60 + coalesce(TRY_CAST(_off.m AS INT), 0)))[1];

CREATE OR REPLACE MACRO has_any_offset(cell) AS regexp_matches(cell, '{_TIME} ?{_OFFSET}\s*$');

CREATE OR REPLACE MACRO any_instant(cell, date_order, zone) AS CASE
    WHEN regexp_matches(cell, '^\s*\d{{10}}(?:\d{{3}})?\s*$') THEN epoch_instant(trim(cell))
    ELSE list_transform([any_wall(cell, date_order)], lambda _wall: CASE WHEN has_any_offset(cell)
        THEN timezone('UTC', _wall - to_minutes(CAST(minutes_east(cell) AS INT))) ELSE timezone(zone, _wall) END)[1] END;

CREATE OR REPLACE MACRO zoned_instant(cell, date_order, zone, home) AS CASE
    WHEN contains(cell, ':') THEN any_instant(cell, date_order, zone) ELSE any_instant(cell, date_order, home) END;

CREATE OR REPLACE MACRO any_day(cell, date_order, home) AS CAST(timezone(home, any_instant(cell, date_order, home)) AS DATE);

CREATE OR REPLACE MACRO no_date(cell) AS regexp_matches(cell, '^\s*(?:0000[-/.]00[-/.]00.*|-+|(?i)null|(?i)none|(?i)nan|(?i)nat|(?i)n/a)\s*$');

CREATE OR REPLACE MACRO digits_point(digits) AS CASE
    WHEN regexp_matches(digits, '^(\d+|\d{{1,3}}([, ''\x{{2019}}]\d{{2,3}})*[, ''\x{{2019}}]\d{{3}})(\.\d*)?$|^\.\d+$')
    THEN regexp_replace(digits, '[, ''\x{{2019}}]', '', 'g') END;

CREATE OR REPLACE MACRO digits_comma(digits) AS CASE
    WHEN regexp_matches(digits, '^(\d+|\d{{1,3}}([. ''\x{{2019}}]\d{{3}})+)(,\d*)?$|^,\d+$')
    THEN replace(regexp_replace(digits, '[. ''\x{{2019}}]', '', 'g'), ',', '.') END;

CREATE OR REPLACE MACRO number_parts(cell) AS regexp_extract(
    regexp_replace(unapostrophe(cell), '[\x{{00A0}}\x{{202F}}\x{{2009}}]', ' ', 'g'),
    '^(\()?\s*([-+\x{{2212}}])?\s*(?:\p{{L}}{{0,3}}\p{{Sc}}|\p{{L}}{{1,4}}\.?)?\s*([-+\x{{2212}}])?\s*'
    || '([\d,.][\d,.''\x{{2019}} ]*?)\s*(?:,-|:-)?\s*(?:\p{{L}}{{0,3}}\p{{Sc}}|\p{{L}}{{1,4}}\.?)?\s*([-\x{{2212}}])?\s*(\))?$',
    ['opening', 'before', 'inside', 'digits', 'after', 'closing']);

CREATE OR REPLACE MACRO sign_of(p) AS CASE
    WHEN p.opening <> '' OR p.after <> '' OR regexp_matches(p.before || p.inside, '[-\x{{2212}}]') THEN -1 ELSE 1 END;

CREATE OR REPLACE MACRO number_point(cell) AS CASE
    WHEN regexp_matches(cell, '^-?\d+(\.\d+)?$') THEN TRY_CAST(cell AS DECIMAL(18, 4))
    WHEN regexp_matches(cell, '^\s*-?\d+(\.\d+)?[eE][-+]?\d+\s*$') THEN TRY_CAST(TRY_CAST(cell AS DOUBLE) AS DECIMAL(18, 4))
    ELSE list_transform([number_parts(cell)], lambda _p: CASE WHEN (_p.opening = '') = (_p.closing = '')
        THEN CAST(TRY_CAST(digits_point(_p.digits) AS DECIMAL(18, 4)) * sign_of(_p) AS DECIMAL(18, 4)) END)[1] END;

CREATE OR REPLACE MACRO number_comma(cell) AS CASE
    WHEN regexp_matches(cell, '^-?\d+(,\d+)?$') THEN TRY_CAST(replace(cell, ',', '.') AS DECIMAL(18, 4))
    ELSE list_transform([number_parts(cell)], lambda _p: CASE WHEN (_p.opening = '') = (_p.closing = '')
        THEN CAST(TRY_CAST(digits_comma(_p.digits) AS DECIMAL(18, 4)) * sign_of(_p) AS DECIMAL(18, 4)) END)[1] END;

CREATE OR REPLACE MACRO any_key(cell) AS CASE WHEN contains(cell, '@') THEN coalesce(email(cell), lower(unapostrophe(cell)))
    ELSE regexp_replace(unapostrophe(cell), '^(\d+)\.0+$', '\1') END;

CREATE OR REPLACE MACRO given(cell) AS CASE WHEN NOT regexp_matches(cell, '^[\s\x{{00A0}}]*((?i)null|none|nan|n/a|#n/a)?[\s\x{{00A0}}]*$') THEN cell END;
"""

KEY = Kind(
    lambda cell: (
        f"CASE WHEN regexp_matches({cell}, '^[A-Za-z]{{0,2}}[-_#]?[0-9]+$') THEN {cell} ELSE any_key(given({cell})) END"
    )
)
"""Keys: trimmed, "17850.0" as 17850, e-mail addresses in lower case."""


@dataclass(frozen=True)
class Spelling:
    """
    How a file spells numbers and days.

    Args:
        date_order: What 01/02/2026 is.
        decimals: What parts the cents: point or comma.
        zone: Wall clock of times without an offset.
        company_zone: Zone in which a day without a time begins.
    """

    date_order: DateOrder
    decimals: Decimals
    zone: str
    company_zone: str

    @property
    def number(self) -> Kind:
        """Numbers and money; a spelling that belongs to the other mark is refused, not guessed."""
        plain, dotted = (
            (r"^-?\d+(\.\d+)?$", "{}") if self.decimals == "point" else (r"^-?\d+(,\d+)?$", "replace({}, ',', '.')")
        )
        example = "1234.50 or 1,234.50" if self.decimals == "point" else "1234,50 or 1.234,50"
        return Kind(
            lambda cell: (
                f"CASE WHEN regexp_matches({cell}, '{plain}') THEN TRY_CAST({dotted.format(cell)} AS DECIMAL(18, 4)) "
                f"ELSE number_{self.decimals}(given({cell})) END"
            ),
            f"is a number such as {example}",
            "Correct the number, or say which mark parts the cents.",
        )

    @property
    def instant(self) -> Kind:
        """Times, and days, which begin at midnight of the company."""
        order, zone, home = (text(word) for word in (self.date_order, self.zone, self.company_zone))
        read = (
            f"any_instant({{0}}, {order}, {zone})" if zone == home else f"zoned_instant({{0}}, {order}, {zone}, {home})"
        )
        iso = f"timezone({zone}, TRY_CAST({{0}} AS TIMESTAMP))"
        if zone != home:
            iso = f"CASE WHEN length({{0}}) = 10 THEN timezone({home}, TRY_CAST({{0}} AS TIMESTAMP)) ELSE {iso} END"
        return Kind(
            lambda cell: (
                f"CASE WHEN regexp_matches({cell}, '{_ISO}') THEN {iso.format(cell)} "
                f"WHEN NOT no_date({cell}) THEN {read.format(cell)} END"
            ),
            f"is a time such as {self._example} 14:30",
            "Correct the date, or say the order of day and month.",
        )

    @property
    def day(self) -> Kind:
        """Days; a time with an offset is the day it is in the company's zone."""
        order, home = text(self.date_order), text(self.company_zone)
        return Kind(
            lambda cell: (
                f"CASE WHEN regexp_matches({cell}, '^[1-9]\\d{{3}}-\\d{{2}}-\\d{{2}}$') THEN TRY_CAST({cell} AS DATE) "
                f"WHEN NOT no_date({cell}) THEN any_day({cell}, {order}, {home}) END"
            ),
            f"is a day such as {self._example}",
            "Correct the date, or say the order of day and month.",
        )

    @property
    def _example(self) -> str:
        return {"year_first": "2026-12-31", "day_first": "31/12/2026", "month_first": "12/31/2026"}[self.date_order]
