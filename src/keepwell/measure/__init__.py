"""Facts: how well customers are kept. Importing the room registers every metric."""

from keepwell.measure import buyers as buyers
from keepwell.measure import cohorts as cohorts
from keepwell.measure import deals as deals
from keepwell.measure import discounts as discounts
from keepwell.measure import economics as economics
from keepwell.measure import gaps as gaps
from keepwell.measure import keeping as keeping
from keepwell.measure import lifetime as lifetime
from keepwell.measure import mrr as mrr
from keepwell.measure import mrr_cohorts as mrr_cohorts
from keepwell.measure import mrr_ledger as mrr_ledger
from keepwell.measure import outlook as outlook
from keepwell.measure import products as products
from keepwell.measure import purchases as purchases
from keepwell.measure import retention as retention
from keepwell.measure import returning as returning
from keepwell.measure import revenue as revenue
from keepwell.measure import spending as spending
from keepwell.measure import survival as survival
from keepwell.measure import usage_money as usage_money
from keepwell.measure import whatif as whatif
from keepwell.measure import windows as windows
from keepwell.measure.metric import METRICS, Cases, Metric, find

__all__ = ["METRICS", "Cases", "Metric", "find"]
