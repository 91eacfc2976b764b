"""Who keeps books beside the tables? They are told which customers changed, after the change is safe."""

import importlib
import importlib.util
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keepwell.lake.lake import Lake

_FOLLOWER = "keepwell.lake.activity"


def tell_followers(lake: "Lake", before: int, after: int, changed: Mapping[str, Path]) -> None:
    """
    Let the activity index catch up; whatever goes wrong there, the import stands.

    Args:
        lake: The lake, at snapshot *after*, still held by the writer.
        before: Number of the snapshot before the deed.
        after: Number of the snapshot readers see now.
        changed: Canonical table -> Parquet file with one column customer_id: every customer of whom a row
            came, went or changed; None of the tables without a customer are among them.
    """
    if importlib.util.find_spec(_FOLLOWER) is None:
        return
    try:
        importlib.import_module(_FOLLOWER).refresh(lake, before, after, changed)
    except Exception:
        logging.getLogger(__name__).exception(
            "The activity index could not follow version %s; it will be built anew.", after
        )
