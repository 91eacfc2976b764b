"""Is every record accepted, quarantined or a known duplicate, and every refusal told?"""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.lake.shop import Counter, bring, customer, order, refusals, rows

from keepwell.errors import LakeError
from keepwell.lake import Count, Delivery, Lake


def test_a_row_against_the_law_is_kept_with_its_reason(lake: Lake, counter: Counter) -> None:
    """Net that is not gross less refunded is refused; the good order beside it comes in."""
    wrong = order("1", net=Decimal(9))
    batch = bring(lake, counter.delivery(customers=[customer("ann")], orders=[wrong, order("2")]))
    assert (batch.read, batch.accepted, batch.quarantined, batch.duplicates) == (3, 2, 1, 0)
    assert batch.tables["orders"] == Count(new=1, quarantined=1)
    assert rows(lake, "orders", "order_id") == [("2",)]
    assert refusals(lake) == [("orders.csv", 1, "orders", "net", "9.0000", "net is gross less refunded")]


def test_the_quarantine_of_a_staged_batch_can_be_seen(lake: Lake, counter: Counter) -> None:
    """Before the commit by the batch's id only, afterwards among all."""
    staged = lake.stage(counter.delivery(customers=[customer("ann", kind="dog")]))
    assert len(refusals(lake, staged.id)) == 1
    assert refusals(lake) == []
    lake.commit(staged.id)
    told = lake.arrow(lake.rejected()).to_pylist()
    assert [(row["value"], row["remedy"], row["batch"]) for row in told] == [
        ("dog", "Use one of: person, account.", staged.id)
    ]


def test_an_order_of_nobody_known_is_refused(lake: Lake, counter: Counter) -> None:
    """A customer must be in the delivery or in the lake; a guest needs none."""
    bring(lake, counter.delivery(customers=[customer("ann")]))
    batch = bring(
        lake,
        counter.delivery(
            customers=[customer("bob")],
            orders=[order("1", "ann"), order("2", "bob"), order("3", "eve"), order("4", None)],
        ),
    )
    assert rows(lake, "orders", "order_id") == [("1",), ("2",), ("4",)]
    assert refusals(lake, batch.id) == [
        ("orders.csv", 3, "orders", "customer_id", "eve", "customer_id is a known customer")
    ]


def test_a_line_of_a_refused_order_is_refused_with_it(lake: Lake, counter: Counter) -> None:
    """The line names the order and the law the order broke; the record of both is quarantined once."""
    mine = {"_row": 1, "_source": "shop.csv"}
    batch = bring(
        lake,
        counter.delivery(
            customers=[customer("ann")],
            orders=[order("1", currency="euro", **mine)],
            order_lines=[{"order_id": "1", "line_no": 1, **mine}],
        ),
    )
    assert (batch.read, batch.accepted, batch.quarantined) == (2, 1, 1)
    assert refusals(lake, batch.id) == [
        ("shop.csv", 1, "order_lines", "order_id", "1", "the order it belongs to was refused: currency is an ISO 4217 code in capital letters, such as EUR"),
        ("shop.csv", 1, "orders", "currency", "euro", "currency is an ISO 4217 code in capital letters, such as EUR"),
    ]  # fmt: skip
    assert lake.rows()["order_lines"] == 0


def test_a_cell_of_the_wrong_type_is_refused(lake: Lake, counter: Counter) -> None:
    """Text that is no date refuses the row; text that is one is taken."""
    path = counter.folder / "costs.parquet"
    table = pa.table(
        {
            "_row": [1, 2], "_source": ["c.csv"] * 2, "cost_id": ["a", "b"], "month": ["2026-01-01", "January"],
            "purpose": ["goods"] * 2, "amount": ["12.50", "1"], "currency": ["EUR"] * 2,
        }
    )  # fmt: skip
    pq.write_table(table, path)
    batch = bring(lake, Delivery({"c.csv": 2}, "d", {"costs": (path,)}))
    assert rows(lake, "costs", "cost_id", "month", "amount") == [("a", date(2026, 1, 1), Decimal("12.5000"))]
    assert refusals(lake, batch.id) == [("c.csv", 2, "costs", "month", "January", "month is a date")]


def test_the_future_is_refused(lake: Lake, counter: Counter) -> None:
    """Nobody has ordered yet in the year 2199."""
    ahead = order("1", ordered_at=datetime(2199, 1, 1, tzinfo=UTC))
    assert bring(lake, counter.delivery(customers=[customer("ann")], orders=[ahead])).quarantined == 1


def test_the_later_word_holds(lake: Lake, counter: Counter) -> None:
    """Of two rows with one key the higher _row stands, wherever it lies in the file; the other is a duplicate."""
    told = [order("1", gross="2", _row=2), order("1", gross="1", _row=1), order("2", _row=3), order("2", _row=4)]
    batch = bring(lake, counter.delivery(customers=[customer("ann")], orders=told))
    assert rows(lake, "orders", "order_id", "net") == [("1", 2), ("2", 10)]
    assert (batch.accepted, batch.duplicates, batch.tables["orders"]) == (3, 2, Count(new=2))


def test_a_refused_row_does_not_win(lake: Lake, counter: Counter) -> None:
    """A later row that breaks a law leaves the earlier good one standing."""
    told = [order("1", gross="1"), order("1", gross="-2")]
    batch = bring(lake, counter.delivery(customers=[customer("ann")], orders=told))
    assert (batch.accepted, batch.quarantined, rows(lake, "orders", "net")) == (2, 1, [(1,)])


def test_people_are_known_better_from_several_rows(lake: Lake, counter: Counter) -> None:
    """A null erases nothing, the later word holds, traits are united; both records had a say, so both are accepted."""
    told = [
        customer("ann", name="Ann", country="FI", traits=[("plan", "a"), ("size", "s")]),
        customer("ann", name=None, country="SE", traits=[("plan", "b")]),
        customer("ann", name=None, country=None, traits=None),
    ]
    batch = bring(lake, counter.delivery(customers=told))
    assert rows(lake, "customers", "name", "country", "traits") == [("Ann", "SE", [("plan", "b"), ("size", "s")])]
    assert (batch.read, batch.accepted, batch.duplicates) == (3, 2, 1)


def test_people_are_known_better_from_several_imports(lake: Lake, counter: Counter) -> None:
    """The lake's older value stands where the new row is silent."""
    bring(lake, counter.delivery(customers=[customer("ann", name="Ann", country="FI", traits=[("a", "1")])]))
    batch = bring(lake, counter.delivery(customers=[customer("ann", name=None, email="a@b.fi", traits=[("b", "2")])]))
    assert batch.tables["customers"] == Count(corrected=1)
    told = rows(lake, "customers", "name", "email", "country", "traits")
    assert told == [("Ann", "a@b.fi", "FI", [("a", "1"), ("b", "2")])]
    silent = bring(lake, counter.delivery(customers=[customer("ann", name=None, traits=[("b", "2")])]))
    assert (silent.tables["customers"], silent.duplicates) == (Count(unchanged=1), 1)


def test_a_null_erases_in_an_order(lake: Lake, counter: Counter) -> None:
    """Tables that do not fill take the null as said."""
    bring(lake, counter.delivery(customers=[customer("ann")], orders=[order("1", channel="web")]))
    bring(lake, counter.delivery(orders=[order("1", channel=None)]))
    assert rows(lake, "orders", "channel") == [(None,)]


def test_a_column_that_is_not_there_says_nothing(lake: Lake, counter: Counter) -> None:
    """The old value stays, a new row has null, and required columns count as given where the lake has them."""
    bring(lake, counter.delivery(customers=[customer("ann")], orders=[order("1", channel="web")]))
    batch = bring(
        lake, counter.delivery(orders=[{"order_id": "1", "country": "FI"}, {"order_id": "2", "country": "FI"}])
    )
    assert rows(lake, "orders", "order_id", "channel", "country", "net") == [("1", "web", "FI", 10)]
    assert (batch.tables["orders"], batch.quarantined) == (Count(corrected=1, quarantined=1), 1)


def test_columns_of_one_file_only_stand_for_its_rows(lake: Lake, counter: Counter) -> None:
    """Of two files the one without a column has no say in it, neither over the lake nor over the other file."""
    bring(
        lake,
        counter.delivery(customers=[customer("ann")], orders=[order("1", channel="web"), order("2", channel="web")]),
    )
    mine = [{"_source": "a", "_row": row} for row in (1, 2, 3)]
    speaking = counter.write("orders", [order("1", channel="shop", **mine[0]), order("3", channel="phone", **mine[1])])
    silent = counter.write(
        "orders", [{**order(key, gross="7"), "_source": "b", "_row": row} for row, key in enumerate("123", 1)]
    )
    bring(lake, Delivery({"a": 2, "b": 3}, "two", {"orders": (speaking, silent)}))
    told = rows(lake, "orders", "order_id", "channel", "net")
    assert told == [("1", "shop", 7), ("2", "web", 7), ("3", "phone", 7)]


def test_rows_refused_by_the_door_are_counted_and_kept(lake: Lake, counter: Counter) -> None:
    """What a connector refused stands in the quarantine beside our own refusals."""
    path = counter.folder / "rejected.parquet"
    line = {"_source": "s.csv", "_row": 1, "table": "orders", "column": "gross", "value": "x", "law": "gross is money", "remedy": "Correct it."}  # fmt: skip
    pq.write_table(pa.Table.from_pylist([line]), path)
    told = counter.write("customers", [customer("ann", _source="s.csv", _row=2)])
    batch = bring(lake, Delivery({"s.csv": 2}, "d", {"customers": (told,)}, (path,), ("A note.",)))
    assert (batch.read, batch.accepted, batch.quarantined, batch.notes) == (2, 1, 1, ("A note.",))
    assert refusals(lake) == [("s.csv", 1, "orders", "gross", "x", "gross is money")]


def test_a_record_that_came_to_nothing_is_our_fault(lake: Lake, counter: Counter) -> None:
    """If more was read than is accounted for, nothing is imported and the fault is owned."""
    told = counter.write("customers", [customer("ann", _source="s.csv", _row=1)])
    with pytest.raises(LakeError, match=r"2 records were read, but 1 are accounted for\..*fault in Keepwell"):
        lake.stage(Delivery({"s.csv": 2}, "d", {"customers": (told,)}))
    assert lake.batches() == []


def test_a_delivery_of_unknown_things_is_told(lake: Lake, counter: Counter) -> None:
    """Unknown tables and columns are named."""
    told = counter.write("customers", [customer("ann", _source="s.csv", _row=1)])
    with pytest.raises(LakeError, match="brings people, which is no canonical table"):
        lake.stage(Delivery({"s.csv": 1}, "d", {"people": (told,)}))
    extra = counter.folder / "extra.parquet"
    pq.write_table(pa.table({"_row": [1], "_source": ["s"], "colour": ["red"]}), extra)
    with pytest.raises(LakeError, match="not a delivery of orders; columns unknown: colour"):
        lake.stage(Delivery({"s": 1}, "d", {"orders": (extra,)}))


def test_an_empty_delivery_is_a_batch(lake: Lake) -> None:
    """Nothing read, nothing refused, still told."""
    batch = bring(lake, Delivery({"empty.csv": 0}, "d", {}))
    assert (batch.read, batch.accepted, batch.quarantined, batch.duplicates) == (0, 0, 0, 0)


KEYS = st.sampled_from(["1", "2", "3"])
MONEY = st.sampled_from(["1", "2", "-3"])
ROWS = st.lists(st.tuples(KEYS, MONEY, st.sampled_from(["ann", "eve", None])), max_size=6)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROWS, min_size=1, max_size=3))
def test_every_history_reconciles(tmp_path_factory: pytest.TempPathFactory, imports: list[list[tuple]]) -> None:
    """Whatever comes, records add up, and the lake holds the last lawful word on every order."""
    folder = tmp_path_factory.mktemp("history")
    counter, expected = Counter(folder), {}
    with Lake.open(folder / "lake") as lake:
        bring(lake, counter.delivery(customers=[customer("ann")]))
        for told in imports:
            batch = bring(lake, counter.delivery(orders=[order(key, who, money) for key, money, who in told]))
            lawful = [(key, int(money)) for key, money, who in told if who != "eve" and money != "-3"]
            assert batch.read == len(told) == batch.accepted + batch.quarantined + batch.duplicates
            assert batch.quarantined == len(told) - len(lawful)
            expected.update(lawful)
        assert rows(lake, "orders", "order_id", "net") == sorted(expected.items())
