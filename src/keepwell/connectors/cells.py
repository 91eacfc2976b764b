"""What does a cell of a platform's export say? SQL macros that read text as money, instants, e-mails and keys, or give null."""

MACROS = r"""
CREATE MACRO clean(cell) AS nullif(regexp_replace(regexp_replace(
    cell, '^[\s\x{00A0}\x{200B}\x{202F}\x{FEFF}]+', ''), '[\s\x{00A0}\x{200B}\x{202F}\x{FEFF}]+$', ''), '');

CREATE MACRO unapostrophe(cell) AS clean(regexp_replace(clean(cell), '^''', ''));

CREATE MACRO email(cell) AS nullif(regexp_extract(
    lower(nfc_normalize(unapostrophe(cell))), '^[^\s@,;]+@[^\s@,;]+$'), '');

CREATE MACRO phone_digits(cell) AS regexp_replace(
    regexp_replace(unapostrophe(cell), '[^0-9+]', '', 'g'), '^00', '+');

CREATE MACRO phone(cell) AS CASE WHEN regexp_matches(phone_digits(cell), '^\+?[0-9]{6,15}$') THEN phone_digits(cell) END;

CREATE MACRO currency(cell) AS nullif(regexp_extract(upper(clean(cell)), '^[A-Z]{3}$'), '');

CREATE MACRO money_parts(cell) AS regexp_extract(
    regexp_replace(unapostrophe(cell), '[\x{00A0}\x{202F}\x{2009}]', ' ', 'g'),
    '^(\()?\s*([-+\x{2212}])?\s*(?:\p{L}{0,3}\p{Sc}|\p{L}{1,4}\.?)?\s*([-+\x{2212}])?\s*'
    || '(\d[\d,.''\x{2019} ]*?|\.\d+)\s*(?:\p{L}{0,3}\p{Sc}|\p{L}{1,4}\.?)?\s*([-\x{2212}])?(\))?$',
    ['opening', 'before', 'inside', 'digits', 'after', 'closing']);

CREATE MACRO plain_digits(digits) AS CASE
    WHEN regexp_matches(digits, '^(\d+|\d{1,3}([, ''\x{2019}]\d{3})+)(\.\d*)?$|^\.\d+$')
        THEN regexp_replace(digits, '[, ''\x{2019}]', '', 'g')
    WHEN regexp_matches(digits, '^(\d+|\d{1,3}([. ''\x{2019}]\d{3})+),\d*$|^\d{1,3}(\.\d{3}){2,}$')
        THEN replace(regexp_replace(digits, '[. ''\x{2019}]', '', 'g'), ',', '.')
    END;

CREATE MACRO signed(parts) AS CASE
    WHEN (parts.opening = '') = (parts.closing = '') AND '' IN (parts.before, parts.inside) THEN TRY_CAST(plain_digits(parts.digits) AS DECIMAL(14, 4)) * CASE
        WHEN parts.opening <> '' OR parts.after <> '' OR parts.before IN ('-', chr(8722)) OR parts.inside IN ('-', chr(8722))
        THEN -1 ELSE 1 END
    END;

CREATE MACRO money(cell) AS CAST(CASE
    WHEN regexp_matches(cell, '^-?\d+(\.\d+)?$') THEN TRY_CAST(cell AS DECIMAL(14, 4))
    WHEN regexp_matches(cell, '^-?[$£€]-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?$')
        THEN TRY_CAST(translate(cell, '$£€,', '') AS DECIMAL(14, 4))
    ELSE list_transform([money_parts(cell)], lambda parts: signed(parts))[1] END AS DECIMAL(18, 4));

CREATE MACRO yes(cell) AS CASE
    WHEN lower(clean(cell)) IN ('true', 'yes', 'y', 't', '1') THEN true
    WHEN lower(clean(cell)) IN ('false', 'no', 'n', 'f', '0') THEN false END;

CREATE MACRO tidy_time(cell) AS regexp_replace(regexp_replace(replace(upper(regexp_replace(
    unapostrophe(cell), '[\s\x{00A0}\x{202F}]+', ' ', 'g')), ',', ''),
    '([AP])\.?M\.?$', '\1M'), '(\d)([AP]M)$', '\1 \2');

CREATE MACRO day_of_text(tidy, day_first) AS CASE
    WHEN NOT regexp_matches(tidy, '\d') THEN NULL
    WHEN day_first THEN try_strptime(tidy, ['%Y-%m-%d', '%d/%m/%y', '%d/%m/%Y', '%d.%m.%y', '%d.%m.%Y',
        '%d-%m-%Y', '%d-%b-%Y', '%d %b %Y', '%d %B %Y', '%b %d %Y', '%B %d %Y', '%Y/%m/%d', '%Y%m%d'])
    ELSE try_strptime(tidy, ['%Y-%m-%d', '%m/%d/%y', '%m/%d/%Y', '%d.%m.%y', '%d.%m.%Y',
        '%m-%d-%Y', '%d-%b-%Y', '%d %b %Y', '%d %B %Y', '%b %d %Y', '%B %d %Y', '%Y/%m/%d', '%Y%m%d'])
    END;

CREATE MACRO time_of_text(tidy) AS CASE WHEN tidy = '' THEN INTERVAL 0 SECOND ELSE try_strptime(
    tidy, ['%H:%M:%S', '%H:%M', '%I:%M:%S %p', '%I:%M %p', '%H:%M:%S.%f', '%I %p']) - TIMESTAMP '1900-01-01' END;

CREATE MACRO tidy_wall_clock(tidy, day_first) AS
    day_of_text(clean(regexp_replace(tidy, '[ T]\d{1,2}(:\d{2}.*| [AP]M)$', '')), day_first)
    + time_of_text(regexp_extract(tidy, '[ T](\d{1,2}(?::\d{2}.*| [AP]M))$', 1));

CREATE MACRO wall_clock(cell, day_first) AS CASE
    WHEN regexp_matches(cell, '^[12]\d{3}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?$') THEN TRY_CAST(cell AS TIMESTAMP)
    WHEN regexp_matches(cell, '^[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d{2}:\d{2} [AP]M$') THEN try_strptime(cell, '%b %d, %Y %I:%M:%S %p')
    WHEN regexp_matches(cell, '^\d{1,2}/\d{1,2}/\d{2}(\d{2})? \d{1,2}:\d{2}(:\d{2})?$') THEN CASE WHEN day_first
        THEN try_strptime(cell, ['%d/%m/%y %H:%M:%S', '%d/%m/%Y %H:%M:%S', '%d/%m/%y %H:%M', '%d/%m/%Y %H:%M'])
        ELSE try_strptime(cell, ['%m/%d/%y %H:%M:%S', '%m/%d/%Y %H:%M:%S', '%m/%d/%y %H:%M', '%m/%d/%Y %H:%M']) END
    ELSE list_filter([list_transform([tidy_time(cell)], lambda tidy: tidy_wall_clock(tidy, day_first))[1]],
        lambda found: found >= TIMESTAMP '1000-01-01')[1] END;

CREATE MACRO epoch_instant(cell) AS CASE length(cell)
    WHEN 13 THEN make_timestamptz(TRY_CAST(cell AS BIGINT) * 1000)
    ELSE make_timestamptz(TRY_CAST(cell AS BIGINT) * 1000000) END;

CREATE MACRO zone_letters(tidy) AS regexp_extract(tidy, ' ?([A-Z]{3,4})$', 1);

CREATE MACRO offset_of(letters) AS CASE letters
    WHEN 'WET' THEN '+00' WHEN 'WEST' THEN '+01' WHEN 'BST' THEN '+01' WHEN 'CET' THEN '+01' WHEN 'CEST' THEN '+02'
    WHEN 'EET' THEN '+02' WHEN 'EEST' THEN '+03' WHEN 'MSK' THEN '+03' WHEN 'JST' THEN '+09' WHEN 'KST' THEN '+09'
    WHEN 'AEST' THEN '+10' WHEN 'AEDT' THEN '+11' WHEN 'NZST' THEN '+12' WHEN 'NZDT' THEN '+13' WHEN 'EST' THEN '-05'
    WHEN 'EDT' THEN '-04' WHEN 'CST' THEN '-06' WHEN 'CDT' THEN '-05' WHEN 'MST' THEN '-07' WHEN 'MDT' THEN '-06'
    WHEN 'PST' THEN '-08' WHEN 'PDT' THEN '-07' END;

CREATE MACRO with_offset(tidy) AS CASE WHEN offset_of(zone_letters(tidy)) IS NULL THEN tidy
    ELSE regexp_replace(tidy, ' ?[A-Z]{3,4}$', '') || offset_of(zone_letters(tidy)) END;

CREATE MACRO offset_instant(tidy) AS TRY_CAST(regexp_replace(regexp_replace(regexp_replace(
    tidy, ' ?(Z|UTC|GMT)$', '+00'), '([ T]\d{2}:\d{2}) ?([+-])', '\1:00\2'), ' ?([+-]\d{2}):?(\d{2})?$', '\1:\2')
    || CASE WHEN regexp_matches(tidy, '(Z|UTC|GMT|[+-]\d{2})$') AND NOT regexp_matches(tidy, '[+-]\d{2}:?\d{2}$') THEN '00' ELSE '' END
    AS TIMESTAMPTZ);

CREATE MACRO offset_minutes(parts) AS CASE parts.sign WHEN '-' THEN -1 ELSE 1 END
    * (60 * coalesce(TRY_CAST(parts.hours AS INTEGER), 0) + coalesce(TRY_CAST(parts.minutes AS INTEGER), 0));

CREATE MACRO wall_clock_instant(tidy, day_first) AS timezone('UTC',
    tidy_wall_clock(regexp_replace(tidy, ' ?(Z|UTC|GMT|[+-]\d{2}(:?\d{2})?)$', ''), day_first)
    - to_minutes(offset_minutes(regexp_extract(tidy, '([+-])(\d{2}):?(\d{2})?$', ['sign', 'hours', 'minutes']))));

CREATE MACRO has_offset(cell) AS regexp_matches(
    cell, '\d:\d{2}(:\d{2}(\.\d+)?)?(?: ?[AaPp][Mm])? ?([Zz]|UTC|GMT|WET|WEST|BST|CET|CEST|EET|EEST|MSK|JST|KST|AEST|AEDT|NZST|NZDT|EST|EDT|CST|CDT|MST|MDT|PST|PDT|[+-]\d{2}(:?\d{2})?)[\s'']*$');

CREATE MACRO instant(cell, zone, day_first) AS CASE
    WHEN regexp_matches(cell, '^\d{10}(\d{3})?$') THEN epoch_instant(cell)
    WHEN regexp_matches(cell, '^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} [+-]\d{4}$')
        THEN TRY_CAST(cell[:19] || cell[21:23] || ':' || cell[24:] AS TIMESTAMPTZ)
    WHEN has_offset(cell) THEN list_transform(list_transform([tidy_time(cell)], lambda told: with_offset(told)),
        lambda tidy: coalesce(offset_instant(tidy), wall_clock_instant(tidy, day_first)))[1]
    ELSE timezone(zone, wall_clock(clean(cell), day_first)) END;

CREATE MACRO sale_state(state, gross, given_back) AS CASE
    WHEN state IN ('paid', 'partly_refunded') AND given_back > 0 AND given_back >= gross THEN 'refunded'
    WHEN state = 'paid' AND given_back > 0 THEN 'partly_refunded'
    ELSE state END;

CREATE MACRO word(cell) AS regexp_replace(lower(clean(cell)), '[\s_-]+', '_', 'g');

CREATE MACRO local_date(moment, zone) AS CAST(timezone(zone, moment) AS DATE);

CREATE MACRO interval_unit(said) AS CASE
    WHEN regexp_matches(said, 'bienn') THEN 'two_years'
    WHEN regexp_matches(said, '(half|semi|bi)[_ -]*(year|annual)') THEN 'half_year'
    WHEN regexp_matches(said, 'fortnight|(bi|every_other)[_ -]*week') THEN 'two_weeks'
    WHEN regexp_matches(said, 'year|annual|yearly') THEN 'year'
    WHEN regexp_matches(said, 'quarter') THEN 'quarter'
    WHEN regexp_matches(said, 'month') THEN 'month'
    WHEN regexp_matches(said, 'week') THEN 'week'
    WHEN regexp_matches(said, 'day|daily') THEN 'day' END;

CREATE MACRO interval_every(said) AS coalesce(nullif(TRY_CAST(regexp_extract(said, '\d+') AS INTEGER), 0), 1);

CREATE MACRO billed_every(said) AS CASE
    WHEN interval_unit(said) = 'month' AND interval_every(said) = 3 THEN 'quarter'
    WHEN interval_unit(said) = 'month' AND interval_every(said) = 12 THEN 'year'
    WHEN interval_every(said) = 1 AND interval_unit(said) IN ('day', 'week', 'month', 'quarter', 'year') THEN interval_unit(said) END;

CREATE MACRO shares_of_1200(unit) AS CASE unit
    WHEN 'two_years' THEN 50 WHEN 'half_year' THEN 200 WHEN 'two_weeks' THEN 2600 WHEN 'year' THEN 100 WHEN 'quarter' THEN 400 WHEN 'month' THEN 1200 WHEN 'week' THEN 5200 WHEN 'day' THEN 36525 END;

CREATE MACRO per_month(amount, quantity, said) AS TRY_CAST((
    CAST(amount * 10000 AS HUGEINT) * CAST(quantity * 10000 AS HUGEINT) * shares_of_1200(interval_unit(said)) * 2
    + 12000000 * interval_every(said)) // (24000000 * interval_every(said)) AS DECIMAL(20, 0)) * CAST(0.0001 AS DECIMAL(4, 4));
"""
