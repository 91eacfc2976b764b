"""Is the round whole, taken up again where it stopped, and taken only as far as something changed?"""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from tests.rounds.conftest import AS_OF

from keepwell import rounds
from keepwell.act.reasons import GROUPS
from keepwell.act.settling import Decided
from keepwell.config import Company
from keepwell.errors import ModelError
from keepwell.rounds.portrait import told
from keepwell.rounds.reading import chosen, kept, newest, one
from keepwell.rounds.today import Whose, today
from keepwell.schema.clock import day_number
from keepwell.understand.offers import owned
from keepwell.understand.segments import NEVER_BOUGHT
from keepwell.workspace import Workspace

pytestmark = pytest.mark.slow

NAMES = [step.name for step in rounds.STEPS]


@pytest.fixture(scope="session")
def taken(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The invented company after its round."""
    folder = tmp_path_factory.mktemp("taken") / "shop"
    shutil.copytree(company, folder)
    with Workspace.open(folder) as shop:
        assert [done.anew for done in rounds.go(shop)] == [True] * len(NAMES)
    return folder


def portraits(folder: Path) -> pd.DataFrame:
    """Everybody's portrait, in order."""
    with Workspace.open(folder) as shop:
        return chosen(shop, None, "orders").sort_values("customer_id", ignore_index=True)


def test_everybody_has_one_portrait(taken: Path) -> None:
    """Six hundred customers, six hundred rows; who never bought is in a segment and has no chance of buying again told."""
    frame = portraits(taken)
    assert frame["customer_id"].is_unique
    assert len(frame) == 600
    never = frame[frame["segment"] == NEVER_BOUGHT]
    assert len(never)
    assert never["alive"].isna().all()
    assert never["value_year"].isna().equals(never["contract_value"].isna())
    bought = frame[frame["orders"] > 0]
    assert bought["alive"].between(0, 1).all()
    assert (bought["orders_low"] <= bought["orders_high"].fillna(999)).all()


def test_value_is_orders_times_spend(taken: Path) -> None:
    """What orders will bring is how many times how much; with a contract, that and what the contract brings."""
    frame = portraits(taken).dropna(subset=["orders_value", "contract_value"])
    assert len(frame)
    pd.testing.assert_series_equal(frame["orders_value"], frame["orders_year"] * frame["spend"], check_names=False)
    whole = frame["orders_value"] + frame["contract_value"]
    pd.testing.assert_series_equal(frame["value_year"], whole, check_names=False)


def test_what_a_contract_brings_has_an_interval(taken: Path) -> None:
    """Whole months between none and the twelve or thirteen a year can bring, around what is expected; known exactly where that is."""
    frame = portraits(taken)
    paying = frame.dropna(subset=["months_year"])
    assert len(paying)
    assert paying["months_low"].between(0, 13).all()
    assert (paying["months_low"] <= paying["months_high"]).all()
    assert paying["months_high"].between(0, 13).all()
    price = paying["mrr"].astype("float64")
    for end in ("low", "high"):
        worth = paying[f"contract_value_{end}"].rename(None)
        pd.testing.assert_series_equal(worth, price * paying[f"months_{end}"], check_names=False)
    for name in ("contract_value", "orders_value", "value_year"):
        assert frame[f"{name}_low"].isna().equals(frame[name].isna())
    assert (frame["value_year_low"].dropna() <= frame["value_year_high"].dropna()).all()


def test_today_is_one_row_per_customer(taken: Path) -> None:
    """At most four of every group, each customer once, with reasons in words; an owner's page holds their customers only."""
    with Workspace.open(taken) as shop:
        whole = today(shop, limit=4)
        owner = next(row.owner for row in today(shop, limit=100).rows if row.owner)
        own = today(shop, whose=Whose(frozenset({owner})), limit=100)
    assert len({row.customer_id for row in whole.rows}) == len(whole.rows)
    assert all(row.reasons and row.step for row in whole.rows)
    groups = [row.group for row in whole.rows]
    assert {group: groups.count(group) for group in groups} == {
        group: min(4, n) for group, n in whole.customers.items()
    }
    assert {row.owner for row in own.rows} == {owner}
    assert sum(own.customers.values()) == len(own.rows)


def test_what_is_settled_comes_back_in_its_place(taken: Path) -> None:
    """Settled they leave the group, one fewer; where the figures were much smaller when it was decided they stand where they stood."""
    with Workspace.open(taken) as shop:
        before = today(shop, limit=6)
        place, row = next((place, row) for place, row in enumerate(before.rows) if row.evidence.get("risk"))
        day = day_number(AS_OF)
        same = {(row.customer_id, reason): Decided(day, day + 30, then) for reason, then in row.evidence.items()}
        without = today(shop, settled=same, limit=6)
        assert row.customer_id not in {each.customer_id for each in without.rows}
        assert without.customers == before.customers | {row.group: before.customers[row.group] - 1}
        less = {
            of: replace(each, then={**each.then, "chance": (each.then["chance"] or 0) / 2}) for of, each in same.items()
        }
        back = today(shop, settled=less, limit=6)
        assert back.customers == before.customers
        assert [each.customer_id for each in back.rows] == [each.customer_id for each in before.rows]
        assert "risk" in dict(back.rows[place].reasons)


def test_who_is_left_out_is_left_out_of_the_count_too(taken: Path) -> None:
    """With any number left out, of everybody or of an owner, the same stand there as if those left out had no reason at all."""
    with Workspace.open(taken) as shop:
        everybody = today(shop, limit=1_000)
        owner = next(row.owner for row in everybody.rows if row.owner)
        for gone in (1, 3, 40):
            without = frozenset(row.customer_id for row in everybody.rows[:gone])
            for names in (None, frozenset({owner})):
                found = today(shop, whose=Whose(names, without=without), limit=3)
                of = [row for row in everybody.rows if names is None or row.owner == owner]
                left = [row for row in of if row.customer_id not in without]
                wanted = {group: [row for row in left if row.group == group] for group in GROUPS}
                assert found.rows == [row for rows in wanted.values() for row in rows[:3]]
                assert found.customers == {group: len(rows) for group, rows in wanted.items() if rows}


def test_what_they_had_before_is_told_of_an_offer(taken: Path) -> None:
    """Of every offer it is known whether that customer bought and kept it; both sorts are there."""
    with Workspace.open(taken) as shop:
        offers = shop.run(shop.lake.result(shop.lake.kept(AS_OF)["offers"]))
        bought = shop.run(owned(shop.facts(as_of=AS_OF)).select("customer_id", "product_id"))
    had = set(map(tuple, bought.to_numpy()))
    assert [pair in had for pair in zip(offers.customer_id, offers.product_id, strict=True)] == offers.had.tolist()
    assert set(offers.had) == {True, False}


def test_a_round_of_later_than_the_data_is_not_read(taken: Path, tmp_path: Path) -> None:
    """One taken before the newest days were taken back, or before there were any: the newest that the data reach is read."""
    folder = tmp_path / "shop"
    shutil.copytree(taken, folder)
    with Workspace.open(folder) as shop:
        nothing = shop.lake.tables()["touches"].limit(0).select("customer_id")
        for step in ("portraits", "today"):
            shop.lake.keep(step, AS_OF + timedelta(days=1), "later", nothing, {})
        assert shop.lake.mornings()[-1] == AS_OF + timedelta(days=1)
        assert today(shop, limit=4).morning == AS_OF
        assert newest(shop) == AS_OF


def test_who_owes_a_reason_is_named(taken: Path) -> None:
    """Of the lost without a reason those of fourteen days ago or more are marked; as many of the last year as the register counts are told."""
    with Workspace.open(taken) as shop:
        result = shop.lake.kept(AS_OF)["leaving"]
        lost = shop.run(shop.lake.result(result))
        told = list(result.about["told"])
    late = pd.to_datetime(lost["left_on"]) <= pd.Timestamp(AS_OF - timedelta(days=14))
    assert lost["reason_overdue"].tolist() == (lost["root"].isna() & late).tolist()
    recent = pd.to_datetime(lost["left_on"]) >= pd.Timestamp(AS_OF - timedelta(days=365))
    due = int((lost["reason_overdue"] & recent).sum())
    assert 0 < due < int(lost["reason_overdue"].sum())
    assert any(f"Of {due:,} of them lost 14 days ago or more" in line for line in told)
    assert sum(each["customers"] for each in result.about["reasons"]) == int(recent.sum())


def test_nothing_is_worked_out_twice(taken: Path) -> None:
    """Nothing changed: every step stays as it was."""
    with Workspace.open(taken) as shop:
        assert [done.anew for done in rounds.go(shop)] == [False] * len(NAMES)


def test_only_what_a_change_concerns_is_worked_out_anew(taken: Path, tmp_path: Path) -> None:
    """A new answer concerns lists, journeys, reasons and portraits, not who buys again, spends or renews."""
    folder = tmp_path / "shop"
    shutil.copytree(taken, folder)
    answers = "answer_id,customer_id,answered_at,asked_at,question,score\nnew-1,c000000003,2026-06-20 10:00,2026-06-20 09:00,nps,9\n"
    (tmp_path / "answers.csv").write_text(answers, "utf-8")
    with Workspace.open(folder) as shop:
        with shop.read(str(tmp_path / "answers.csv")) as taken_in:
            shop.commit(shop.bring(taken_in))
        assert "everybody's portrait" in rounds.changed(shop, AS_OF)
        anew = {done.step.name for done in rounds.go(shop) if done.anew}
        assert rounds.changed(shop, AS_OF) == []
    assert not anew & {"value", "spend", "contracts", "segments", "moves"}
    assert {"satisfied_but_silent", "portraits"} <= anew


def test_a_round_killed_at_any_step_is_finished_by_the_next(company: Path, taken: Path, tmp_path: Path) -> None:
    """Killed after three steps, and again after two more: what was done stands, and the portraits are the same as without."""
    folder = tmp_path / "shop"
    shutil.copytree(company, folder)
    for steps in (3, 2):
        code = (
            "import sys; from keepwell import rounds; from keepwell.workspace import Workspace\n"
            "for done in rounds.go(Workspace.open(sys.argv[1])):\n    print(done.anew, flush=True)"
        )
        child = subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        seen = 0
        while seen < steps:
            seen += child.stdout.readline().strip() == "True"
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
    with Workspace.open(folder) as shop:
        anew = [done.anew for done in rounds.go(shop)]
    assert anew.count(False) >= 5
    pd.testing.assert_frame_equal(portraits(folder), portraits(taken))


def test_a_round_that_was_stopped_is_not_the_newest(taken: Path, tmp_path: Path) -> None:
    """A later morning's round got as far as its first step: the portraits are still those of the whole one, and say of which morning."""
    folder = tmp_path / "shop"
    shutil.copytree(taken, folder)
    with Workspace.open(folder) as shop:
        next(iter(rounds.go(shop, as_of=AS_OF + timedelta(days=1))))
        assert len(shop.lake.mornings()) == 2
        assert newest(shop) == AS_OF
        with pytest.raises(ModelError, match=f"No round was taken of {AS_OF + timedelta(days=1)}"):
            kept(shop, AS_OF + timedelta(days=1))


def test_a_portrait_in_words(taken: Path) -> None:
    """Who they are, what they bought, whether they buy again, what it brings."""
    with Workspace.open(taken) as shop:
        best = chosen(shop, "orders >= 3", "orders_value")["customer_id"].iloc[0]
        said = told(one(shop, best), "EUR")
    assert any(sentence.startswith("Still there with a chance of") for sentence in said)
    assert any(sentence.startswith("Orders of the next year will bring") for sentence in said)


def test_what_is_not_there_is_refused_in_sentences(company: Path, taken: Path) -> None:
    """No round yet, nobody of that id, no such column: each says what to do."""
    with Workspace.open(company) as shop, pytest.raises(ModelError, match="Take it: keepwell round"):
        kept(shop)
    with Workspace.open(taken) as shop:
        with pytest.raises(ModelError, match="no customer 'nobody'"):
            one(shop, "nobody")
        with pytest.raises(ModelError, match=r"no column 'valu_year'\. Did you mean value_year"):
            chosen(shop, None, "valu_year")


def test_a_shop_with_too_little_says_so_and_still_has_portraits(tmp_path: Path) -> None:
    """Three orders bear no model: every step that cannot tell says why, and what would be told is unknown."""
    orders = "order_id,customer_id,ordered_at,gross,currency\n1,ann,2026-01-05,20,EUR\n2,bob,2026-01-20,15,EUR\n3,ann,2026-02-10,30,EUR\n"
    (tmp_path / "orders.csv").write_text(orders, "utf-8")
    with Workspace.create(tmp_path / "shop", Company(name="Shop")) as shop:
        with shop.read(str(tmp_path / "orders.csv")) as taken_in:
            shop.commit(shop.bring(taken_in))
        about = {done.step.name: done.about for done in rounds.go(shop)}
        frame = chosen(shop, None, "orders")
    assert "A trial over 30 days needs 90" in about["value"]["refused"]
    assert "Not enough data" in about["spend"]["refused"]
    assert "Not enough data" in about["contracts"]["refused"]
    assert frame["customer_id"].tolist() == ["ann", "bob"]
    assert frame[["alive", "value_year", "stays_year"]].isna().all().all()


def test_too_short_a_past_proves_no_ideal_customer(company: Path) -> None:
    """A purchase keeps customers for over a year here: thirty months are too few to look at who came later and left, and it is said."""
    from keepwell.rounds.findings import IDEAL, _proof
    from keepwell.rounds.step import Morning
    from keepwell.understand.ideal_customer import Ideal

    with Workspace.open(company) as shop:
        morning = Morning(shop, shop.as_of)
        assert shop.company.activity_window_days is not None
        assert shop.company.activity_window_days > 270
        (said,) = _proof(morning, Ideal())
        assert IDEAL.work(morning).about
    assert said.startswith("Whether the score holds cannot be told yet: that takes ")
