"""Does what is told of one customer stay the same when their rows lie together once more?"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from keepwell.errors import LakeError
from keepwell.lake import arranged, asking
from keepwell.rounds import customer, timeline
from keepwell.rounds.today import about, today
from keepwell.workspace import Workspace


@pytest.fixture
def shop(demo_company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """The invented company after its round, to be written to; everything counts as large."""
    shutil.copytree(demo_company, tmp_path / "shop")
    monkeypatch.setattr(arranged, "AT_LEAST", 1)
    monkeypatch.setattr(asking, "ANSWERS", 1)  # what was asked before is asked again
    with Workspace.open(tmp_path / "shop") as opened:
        yield opened


def _told(shop: Workspace) -> list[Any]:
    """Of some customers all that pages read of the tables, those merged into another among them."""
    ids = sorted(shop.lake.run(shop.lake.tables()["customers"])["customer_id"])[::40]
    known = [customer.ids_of(shop, customer.kept_as(shop, id)) for id in ids]
    mornings = [today(shop, limit=limit) for limit in (1, 50)]
    return [mornings, about(shop, ids)] + [
        (each, customer.known_of(shop, each.customer_id), customer.row_of(shop, each.customer_id), timeline.timeline(shop, each, limit=500), timeline.contracts(shop, each),
         [value if not isinstance(value, float) else round(value, 6) for value in vars(customer.brought(shop, each)).values()])
        for each in known
    ]  # fmt: skip


def test_the_same_is_told_from_the_copies(shop: Workspace) -> None:
    """Row for row, of the very workspace that told it before they were there; asked again nothing is copied anew."""
    before = _told(shop)
    assert shop.lake.arrangement() == {}
    made = customer.lay(shop)
    assert {"customers", "orders", "events", "touches"} <= set(shop.lake.arrangement())
    assert {*shop.lake.arrangement(), "known", "brought", "offers", "today", "pressing"} == set(made)
    assert _told(shop) == before
    assert customer.lay(shop) == []


def test_of_new_data_nothing_old_is_told(shop: Workspace, tmp_path: Path) -> None:
    """After an import the copies of what changed are not read, new ones are; of old ones only the last stays."""
    customer.lay(shop)
    rows = "touch_id,customer_id,touched_at,direction,channel\nnew-{0},c000000003,2026-06-2{0} 10:00,out,phone\n"
    for number in range(3):
        (tmp_path / "touches.csv").write_text(rows.format(number), "utf-8")
        with shop.read(str(tmp_path / "touches.csv")) as taken:
            shop.commit(shop.bring(taken))
        assert "touches" not in shop.lake.arrangement()
        ids = customer.ids_of(shop, "c000000003")
        fresh = timeline.timeline(shop, ids, kinds=("touch",))
        assert f"new-{number}" in {entry.key for entry in fresh}
        assert customer.lay(shop) == ["touches"]
        assert timeline.timeline(shop, ids, kinds=("touch",)) == fresh
    assert len(list((shop.lake.work / arranged.FOLDER).glob("touches-*.duckdb"))) == 2


def test_a_damaged_file_is_named(shop: Workspace) -> None:
    """Where the table itself cannot be read no copy is made, and none is half there."""
    (file,) = shop.lake.data_files()["touches"]
    whole = Path(file).read_bytes()
    Path(file).write_bytes(whole[:200] + bytes(len(whole) - 400) + whole[-200:])
    with pytest.raises(LakeError):
        customer.lay(shop)
    assert not list((shop.lake.work / arranged.FOLDER).glob("touches*"))
    assert not list((shop.lake.work / arranged.FOLDER).glob(".making*"))
