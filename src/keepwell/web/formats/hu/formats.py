"""Hungarian."""

DATE_FORMAT = "Y. b. j."
DATETIME_FORMAT = "Y. b. j. H:i"
SHORT_DATE_FORMAT = "b. j., D"
SHORT_DATETIME_FORMAT = "Y. b. j., D H:i"
MONTH_DAY_FORMAT = "b. j."
YEAR_MONTH_FORMAT = "Y. F"
TIME_FORMAT = "H:i"
