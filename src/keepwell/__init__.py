"""Keepwell keeps customers: measure how well they are kept, understand who leaves, prove what helped, act."""

from keepwell.config import Company
from keepwell.errors import (
    ConfigError,
    ExpressionError,
    KeepwellError,
    LakeBusyError,
    LakeError,
    MetricError,
    MissingExtraError,
    SourceError,
    UnrecognisedError,
)
from keepwell.measure import METRICS, Cases, Metric
from keepwell.measure.facts import Facts
from keepwell.measure.metric import metric
from keepwell.measure.periods import Period, Periods, calendar, rolling
from keepwell.measure.question import Answer, Question
from keepwell.workspace import Workspace

__all__ = [
    "METRICS", "Answer", "Cases", "Company", "ConfigError", "ExpressionError", "Facts", "KeepwellError", "LakeBusyError",
    "LakeError", "Metric", "MetricError", "MissingExtraError", "Period", "Periods", "Question", "SourceError",
    "UnrecognisedError", "Workspace", "calendar", "metric", "rolling",
]  # fmt: skip
