"""Finnish."""

DATE_FORMAT = "j.n.Y"
DATETIME_FORMAT = "j.n.Y \\k\\l\\o H.i"
SHORT_DATE_FORMAT = "D j.n."
SHORT_DATETIME_FORMAT = "D j.n.Y \\k\\l\\o H.i"
MONTH_DAY_FORMAT = "j.n."
YEAR_MONTH_FORMAT = "F Y"
TIME_FORMAT = "H.i"
