"""How is a whole company written down? Block by block, in bounded memory, the same whatever the size of a file."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from keepwell.demo import business, club, life, people, shop
from keepwell.demo.truth import Tally, Truth, hidden
from keepwell.demo.world import World
from keepwell.errors import KeepwellError

BLOCK = 10_000
"""Customers drawn together; a block is the same whatever stands around it."""
BLOCKS_PER_FILE = 25
KILOBYTES = 0.55
"""Disk a customer takes, everything of theirs included."""
SMALLEST, LARGEST = 100, 10_000_000

Progress = Callable[[str, int, int], None]


def generate(into: Path, *, customers: int, seed: int = 7, as_of: date, progress: Progress | None = None) -> Truth:
    """
    Write the invented company as canonical Parquet, one folder per table, and its truth beside them.

    Needs memory for one block of customers, whatever the size.

    Args:
        into: Folder to write into; made where it is not there, refused where it already holds something.
        customers: How many real customers, 100 to 10,000,000; some are known under two ids.
        seed: Chooses the company; the same seed, size and day give the same files.
        as_of: Everything before this day has happened; ends already known may lie after it.
        progress: Told what is done, how many customers are done, and how many there are.

    Raises:
        KeepwellError: The size is out of range, the folder is not empty, or it cannot be written to.
    """
    if not SMALLEST <= customers <= LARGEST:
        raise KeepwellError(
            f"{customers:,} customers were asked for.",
            f"Between {SMALLEST:,} and {LARGEST:,} can be made.",
            "Choose a size between.",
        )
    try:
        if into.exists() and any(into.iterdir()):
            raise KeepwellError(
                f"{into} is not empty.", "The demo company needs an empty folder.", "Name another folder."
            )
        return _write(into, World(as_of, customers, seed), progress)
    except OSError as fault:
        raise KeepwellError(
            f"The demo company cannot be written to {into}: {fault}.",
            f"{customers:,} customers take about {customers * KILOBYTES / 1_000:,.0f} MB of disk.",
            "Name a folder that can be written to and has room.",
        ) from None


def _write(into: Path, world: World, progress: Progress | None) -> Truth:
    tally, customers = Tally(world), world.customers
    with _Writer(into) as writer:
        for number, start in enumerate(range(0, customers, BLOCK)):
            size = min(BLOCK, customers - start)
            for name, table in _block(world, number, start, size, tally):
                writer.write(name, table, number // BLOCKS_PER_FILE)
            if progress:
                progress("making customers", start + size, customers)
        last = (customers - 1) // BLOCK // BLOCKS_PER_FILE
        writer.write("costs", business.monthly(world, tally.by_month, tally.newcomers), last)
    return tally.truth(into)


def _block(world: World, number: int, start: int, size: int, tally: Tally) -> Iterator[tuple[str, pa.Table]]:
    """Every table of one block of customers."""
    block = people.draw(world, number, start, size)
    yield from people.tables(block).items()
    orders, tables = shop.draw(block)
    yield from tables.items()
    stretches = club.draw(block)
    yield "subscriptions", club.table(block, stretches)
    tickets = life.tickets(block)
    yield "events", life.events(block, stretches, tickets)
    yield "touches", life.touches(block, stretches, tickets)
    yield "answers", life.answers(block, orders, tickets)
    yield "deals", business.deals(block)
    yield "assignments", business.assignments(block, stretches)
    yield "costs", business.visits(block)
    yield "truth", hidden(block)
    tally.add(block, orders, stretches, tickets)


class _Writer:
    """Keeps one Parquet file per table open; a block becomes a row group, so nothing waits in memory."""

    def __init__(self, into: Path) -> None:
        self.into = into
        self.open: dict[str, tuple[int, pq.ParquetWriter]] = {}

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(self, *_: object) -> None:
        for _file, writer in self.open.values():
            writer.close()

    def write(self, name: str, table: pa.Table, file: int) -> None:
        """Add rows to a table's file of that number; the file before it is closed."""
        if not table.num_rows:
            return
        before = self.open.get(name)
        if before is None or before[0] != file:
            if before is not None:
                before[1].close()
            path = self.into / name / f"part-{file:05d}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.open[name] = (file, pq.ParquetWriter(path, table.schema, compression="snappy"))
        self.open[name][1].write_table(table)
