"""Where tables rest."""

from keepwell.lake.contract import Batch, Count, Delivery
from keepwell.lake.lake import Lake
from keepwell.lake.snapshots import Snapshot

__all__ = ["Batch", "Count", "Delivery", "Lake", "Snapshot"]
