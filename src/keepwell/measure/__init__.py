"""Facts: how well customers are kept. Importing the room registers every metric."""

from keepwell.measure import mrr as mrr
from keepwell.measure import outlook as outlook
from keepwell.measure import purchases as purchases
from keepwell.measure import retention as retention
from keepwell.measure.metric import METRICS, Cases, Metric, find

__all__ = ["METRICS", "Cases", "Metric", "find"]
