"""Is every door found by its name, and the surest one chosen?"""

from pathlib import Path

import pytest
from tests.connectors.exports import source

from keepwell.connectors import NAMES, connector, recognise
from keepwell.errors import SourceError


def test_every_door_opens_by_its_name() -> None:
    """A door calls itself what it is called by; another name is refused with the list."""
    assert [connector(name).name for name in NAMES] == list(NAMES)
    with pytest.raises(SourceError, match=r"no connector 'fax'.*csv"):
        connector("fax")


def test_a_platform_s_own_door_goes_before_the_general_one(tmp_path: Path) -> None:
    """A Shopify export could be read as any table too; its own door is surer."""
    columns = (
        "Name",
        "Email",
        "Financial Status",
        "Paid at",
        "Created at",
        "Lineitem quantity",
        "Lineitem name",
        "Lineitem price",
        "Currency",
        "Total",
    )
    raw = source(
        tmp_path,
        "orders.csv",
        columns,
        [["#1", "a@example.com", "paid", "2025-01-02", "2025-01-02", "1", "Mug", "5", "EUR", "5"]],
    )
    found = recognise(raw)
    assert found is not None
    assert (found.connector, found.export) == ("shopify", "orders")
