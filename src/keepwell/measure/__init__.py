"""Facts: how well customers are kept. Importing the room registers every metric."""

from keepwell.measure import retention as retention
from keepwell.measure.metric import METRICS, Cases, Metric, find

__all__ = ["METRICS", "Cases", "Metric", "find"]
