"""Is a goal measured from a company's own data, kept for ever, and credited with nothing but what is proven?"""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from keepwell import report
from keepwell.config import Company
from keepwell.errors import ProofError
from keepwell.experiments import crediting, goals
from keepwell.experiments.figures import Asked, series
from keepwell.experiments.goals import Wish
from keepwell.experiments.looking import look_at
from keepwell.prove.assignment import GlobalHoldout
from keepwell.prove.plan import Plan
from keepwell.schema import TABLES
from keepwell.workspace import Workspace

CUSTOMERS, SET, LATER = 240, date(2026, 2, 1), date(2026, 3, 20)
NAMES = [f"c{number:03d}" for number in range(CUSTOMERS)]
MONTHS = [date(2025 + month // 12, month % 12 + 1, 10) for month in range(15)]


def _written(folder: Path, table: str, rows: list[dict[str, Any]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    schema = TABLES[table].schema.to_pyarrow()
    filled = [dict.fromkeys(schema.names) | row for row in rows]
    pq.write_table(pa.Table.from_pylist(filled, schema), folder / f"{table}.parquet")


def _spent(number: int, month: date) -> Decimal:
    """20 to 26 euros, one more in even months; those with the letter 10 more from February 2026 on."""
    letter = 10 if number % 2 and month >= SET else 0
    return Decimal(20 + number // 2 % 7 + (month.month % 2 == 0) + letter)


@pytest.fixture(scope="session")
def shop_of_goals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """240 customers who buy every month; half of them got a letter in February 2026, and everybody a banner nobody planned."""
    folder = tmp_path_factory.mktemp("goals")
    at = datetime(2026, 2, 1, 12, tzinfo=UTC)
    _written(folder / "source", "customers", [{"customer_id": name, "kind": "person"} for name in NAMES])
    arms = {"letter": lambda n: ("control", "letter")[n % 2], "banner": lambda _n: "banner"}
    rows = [
        {"experiment": experiment, "version": 1, "unit": NAMES[n], "arm": arm(n), "assigned_at": at}
        for n in range(CUSTOMERS)
        for experiment, arm in arms.items()
    ]
    _written(folder / "source", "assignments", rows)
    orders = [
        {
            "order_id": f"{month:%Y%m}-{n}", "customer_id": NAMES[n], "status": "paid", "currency": "EUR",
            "ordered_at": datetime(month.year, month.month, 10, 12, tzinfo=UTC),
            "gross": _spent(n, month), "net": _spent(n, month), "refunded": Decimal(0),
        }
        for month in MONTHS
        for n in range(CUSTOMERS)
    ]  # fmt: skip
    _written(folder / "source", "orders", orders)
    settings = Company(name="Goals", currency="EUR", data_until=LATER, activity_window_days=60)
    with Workspace.create(folder / "shop", settings) as made, made.read(str(folder / "source")) as taken:
        made.commit(made.bring(taken))
    return folder / "shop"


@pytest.fixture
def letters(shop_of_goals: Path, tmp_path: Path) -> Iterator[Workspace]:
    """The company, opened, to be written to."""
    shutil.copytree(shop_of_goals, tmp_path / "shop")
    with Workspace.open(tmp_path / "shop") as opened:
        yield opened


def _wish(target: float = 27.0, metric: str = "revenue_per_customer", **other: Any) -> Wish:
    return Wish(Asked(metric), target, other.pop("by", date(2026, 2, 28)), "Ann", **other)


def _frozen(company: Workspace, *, known_to: date | None = None, **other: Any) -> None:
    said = {
        "experiment": "letter", "version": 1, "owner": "Sanna", "what": "A letter.", "expected": "More is spent.",
        "arms": {"control": 0.5, "letter": 0.5}, "start": SET, "end": LATER, "review": LATER, "smallest_effect": 2.0,
        "max_n": 240, "where": "orders >= 1", "primary": {"kind": "spend", "days": 28},
    }  # fmt: skip
    plan = Plan.of(said | other)  # as if frozen before its start, when nothing of it was known
    known = {"known_to": known_to.isoformat()} if known_to else {}
    company.lake.enter("plan", plan.name, {"plan": plan.canonical(), "digest": plan.digest, **known})


@pytest.mark.capability("S4-06")
def test_the_baseline_is_measured(letters: Workspace):
    """January 2026: the mean of what its 240 buyers spent, with thirteen months of past and EUR, the only currency."""
    goal, found, new = goals.set_(letters, _wish(), SET)
    mean = sum(float(_spent(n, date(2026, 1, 10))) for n in range(CUSTOMERS)) / CUSTOMERS
    assert goal.measured.value == pytest.approx(mean)
    assert (goal.measured.period, goal.measured.n, goal.ahead, new) == ("2026-01", 240, 1, True)
    assert len(goal.past) == 13
    assert goal.cell == (("currency", "EUR"),)
    assert found.rhythm.kind == "consumable"
    assert goals.set_(letters, _wish(), SET)[2] is False


def test_a_goal_set_anew_is_a_new_version(letters: Workspace):
    """And what the old one wanted is told."""
    goals.set_(letters, _wish(40), SET)
    goals.set_(letters, _wish(30), SET)
    assert [goal.id for goal in goals.all_(letters)] == ["revenue_per_customer:2"]
    assert "Version 1 wanted 40" in " ".join(goals.stand(letters, "revenue_per_customer", LATER).notes)
    assert [entry.about for entry in letters.lake.ledger()] == ["revenue_per_customer:1", "revenue_per_customer:2"]


@pytest.mark.capability("S4-06")
def test_without_anything_measured_it_is_refused(tmp_path: Path):
    """A company without a single order."""
    with Workspace.create(tmp_path / "new", Company(name="New", data_until=SET)) as new:
        with pytest.raises(ProofError, match="no goal but a wish"):
            goals.set_(new, _wish(), SET)
        assert new.lake.ledger() == []


def test_what_is_not_one_figure_a_period_is_refused(letters: Workspace):
    """Retention of cohorts has many ages; a currency nobody paid in; no cell of that name."""
    with pytest.raises(ProofError, match="for each age"):
        goals.drafted(letters, _wish(0.5, "cohort_retention"), SET)
    for cell in ("currency", "USD"), ("colour", "red"):
        with pytest.raises(ProofError):
            goals.drafted(letters, Wish(Asked("revenue_per_customer", cell=(cell,)), 27, date(2026, 2, 28), "Ann"), SET)


@pytest.mark.capability("S0-23")
def test_only_what_is_proven_is_credited(letters: Workspace):
    """Ten euros in February for half of its 240 buyers are five per buyer; the banner, unplanned, gets nothing."""
    _frozen(letters, global_holdout=0)
    goals.set_(letters, _wish(), SET)
    before = goals.stand(letters, "revenue_per_customer", LATER).progress
    assert before.proven == 0
    assert look_at(letters, "letter", LATER).look.final
    told = goals.stand(letters, "revenue_per_customer", LATER).progress
    plays = {play.name: play for play in told.plays}
    assert [name for name, play in plays.items() if play.credited] == ["letter:1, letter"]
    assert plays["letter:1, letter"].effect == pytest.approx(10 / 2, rel=1e-6)
    assert "no proof" in plays["banner:1"].why
    parts = {part.name: part.value for part in told.parts}
    assert parts["now"] == pytest.approx(parts["without action"] + parts["letter:1, letter"] + parts["unexplained"])
    assert told.standing == "reached"


def test_who_buys_only_because_of_a_play_lowers_a_figure_per_buyer(tmp_path: Path, shop_of_goals: Path):
    """
    Of 240 assigned half get the letter. February: 60 held out buy for 20; 60 treated for 20, and 60 more for 14.

    As it is (1,200 + 1,200 + 840) / 180 = 18; without the letter 120 buyers at 20. Per head it sold 7 more, per buyer -2.
    """
    source = _sold(tmp_path, shop_of_goals)
    with source as company:
        _frozen(company, global_holdout=0, secondary=[], guardrails=[])
        for metric in ("revenue_per_customer", "purchase_frequency"):
            goals.set_(company, _wish(27 if metric[0] == "r" else 2, metric), SET)
        assert look_at(company, "letter", LATER).look.final
        told = goals.stand(company, "revenue_per_customer", LATER).progress
        (play,) = (play for play in told.plays if play.name == "letter:1, letter")
        assert told.now.value == pytest.approx(18)
        assert (play.credited, play.effect) == (True, pytest.approx(-2))
        assert "reached 120 of the 180 " in play.why
        assert "the figure is of (120 customers drawn were treated)" in play.why
        other = goals.stand(company, "purchase_frequency", LATER).progress
        assert "another figure" in next(play.why for play in other.plays if play.name == "letter:1, letter")


def test_customers_kept_are_credited_as_the_figure_has_them(tmp_path: Path, shop_of_goals: Path):
    """
    Kept is who ordered within 60 days. 60 of the 120 held out ordered last on 10 January, and are lost in the week of 9 March.

    So 180 of the 240 there at its start are kept; without the letter 60 more of the treated were lost, and 120 were kept: +25 points.
    """
    with _sold(tmp_path, shop_of_goals) as company:
        _frozen(
            company,
            global_holdout=0,
            smallest_effect=0.1,
            primary={"kind": "retained", "days": 44},
            secondary=[],
            guardrails=[],
        )
        goals.set_(company, Wish(Asked("kept_share", "week"), 0.9, date(2026, 3, 15), "Ann"), SET)
        assert look_at(company, "letter", LATER).look.final
        told = goals.stand(company, "kept_share", LATER).progress
        (play,) = (play for play in told.plays if play.name == "letter:1, letter")
        assert (told.now.start, told.now.value, told.now.n) == (date(2026, 3, 9), 0.75, 240)
        assert play.effect == pytest.approx(0.25)


def test_orders_of_buyers_who_come_because_of_a_play(tmp_path: Path, shop_of_goals: Path):
    """
    60 treated order twice, 60 once who else would not; 60 held out once: 240 orders of 180 buyers, without the letter 120 of 120.

    An order more a head; in orders per buyer a third more.
    """
    with _sold(tmp_path, shop_of_goals, again=True) as company:
        _frozen(company, global_holdout=0, smallest_effect=0.2, primary={"kind": "orders", "days": 28})
        goals.set_(company, _wish(2, "purchase_frequency"), SET)
        assert look_at(company, "letter", LATER).look.final
        told = goals.stand(company, "purchase_frequency", LATER).progress
        (play,) = (play for play in told.plays if play.name == "letter:1, letter")
        assert told.now.value == pytest.approx(4 / 3)
        assert play.effect == pytest.approx(1 / 3)


def test_accounts_that_are_drawn_have_what_their_people_did(company: Workspace, plan: Callable[..., Plan]):
    """Every customer's orders come to one unit, the account or the customer without one; none is lost or counted twice."""
    told = series(company, Asked("purchase_frequency"), company.as_of)
    at = told.last
    assert at is not None
    done = crediting._done(company, plan(unit="account"), told, at, ("orders", "buyers"))
    found = company.run(done.group_by("unit").agg(top=done.top.sum(), bottom=done.bottom.sum()))
    people = company.run(company.facts().read("customers").select("customer_id", "account_id")).dropna()
    inside = set(people.loc[people["customer_id"] != people["account_id"], "customer_id"])
    assert found["bottom"].sum() == told.points[at].n
    assert found["top"].sum() == pytest.approx(told.points[at].value * told.points[at].n)
    assert not inside & set(found["unit"])


def _sold(folder: Path, like: Path, *, again: bool = False) -> Workspace:
    """The company of letters, of whose 240 customers in February 60 held out and all treated buy; *again*: half of these twice."""
    source = folder / "source"
    shutil.copytree(like.parent / "source", source)

    def amount(n: int, month: date) -> int:
        if month < SET:
            return 20 + n // 2 % 7
        return (20 if n < 120 else 14) if n % 2 else (20 if n < 120 else 0)

    orders = [
        {
            "order_id": f"{month:%Y%m}-{n}", "customer_id": NAMES[n], "status": "paid", "currency": "EUR",
            "ordered_at": datetime(month.year, month.month, 10, 12, tzinfo=UTC),
            "gross": Decimal(amount(n, month)), "net": Decimal(amount(n, month)), "refunded": Decimal(0),
        }
        for month in MONTHS
        for n in range(CUSTOMERS)
        if amount(n, month)
    ]  # fmt: skip
    later = [one for one in orders if again and _twice(one)]
    orders += [
        one | {"order_id": f"{one['order_id']}-2", "ordered_at": one["ordered_at"] + timedelta(days=1)} for one in later
    ]
    _written(source, "orders", orders)
    settings = Company(name="Goals", currency="EUR", data_until=LATER, activity_window_days=60)
    with Workspace.create(folder / "sold", settings) as made, made.read(str(source)) as taken:
        made.commit(made.bring(taken))
    return Workspace.open(folder / "sold")


def _twice(one: dict[str, Any]) -> bool:
    number = NAMES.index(one["customer_id"])
    return bool(number % 2 and number < 120 and one["ordered_at"].date() >= SET)


def test_after_its_horizon_a_play_is_not_told_as_zero(letters: Workspace):
    """A letter of fourteen days from 1 February, asked for the week of 10 March: its horizon ended before."""
    _frozen(letters, global_holdout=0, primary={"kind": "spend", "days": 14})
    goals.set_(letters, Wish(Asked("revenue_per_customer", "week"), 27.0, date(2026, 3, 15), "Ann"), SET)
    assert look_at(letters, "letter", LATER).look.final
    told = goals.stand(letters, "revenue_per_customer", LATER).progress
    (play,) = (play for play in told.plays if play.name == "letter:1, letter")
    assert (told.now.start, play.credited) == (date(2026, 3, 9), False)
    assert "its horizon of 14 days ended before" in play.why


def test_what_was_planned_afterwards_is_not_credited(letters: Workspace):
    """The same ten euros, planned when they were known: nothing, with the reason."""
    _frozen(letters, known_to=LATER, global_holdout=0)
    goals.set_(letters, _wish(), SET)
    assert look_at(letters, "letter", LATER).look.verdict == "unproven"
    told = goals.stand(letters, "revenue_per_customer", LATER).progress
    (play,) = (play for play in told.plays if play.name == "letter:1")
    assert (told.proven, play.credited) == (0, False)
    assert play.why.startswith("Unproven: planned when its outcomes were known")


def test_a_play_from_before_stands_in_the_baseline(letters: Workspace):
    """Set in March, from the figure of February: the letter is in it already."""
    _frozen(letters, global_holdout=0)
    look_at(letters, "letter", LATER)
    goals.set_(letters, _wish(40, by=date(2026, 4, 30)), LATER)
    told = goals.stand(letters, "revenue_per_customer", LATER).progress
    assert told.proven == 0
    assert "baseline already" in " ".join(play.why for play in told.plays)


def test_those_kept_out_of_every_play_are_asked(letters: Workspace):
    """A fifth of all, by the hash; everybody comes back every month, so all plays together did nothing to that."""
    _frozen(letters, global_holdout=0.2)
    goals.set_(letters, _wish(0.99, "returning_share"), SET)
    told = goals.stand(letters, "returning_share", LATER).progress
    apart = GlobalHoldout(2026, 0.2)
    assert told.held is not None
    assert told.held.n == sum(apart.keeps_out(name) for name in NAMES)
    assert (told.held.value, told.held.together) == (1.0, 0.0)


def test_the_page_has_its_bridge(letters: Workspace, tmp_path: Path):
    """Baseline, target, and who got nothing."""
    goals.set_(letters, _wish(), SET)
    path = report.write_goals(letters, [goals.stand(letters, "revenue_per_customer", LATER)], tmp_path / "page")
    page = path.read_text("utf-8")
    assert "From the baseline to now: Baseline" in page
    assert "never credited" in page
    assert (tmp_path / "page" / "figures" / "goal-revenue-per-customer-1.csv").exists()


def test_an_unknown_goal_is_named(letters: Workspace):
    """With what to do."""
    with pytest.raises(ProofError, match="goal set"):
        goals.stand(letters, "none", LATER)


def test_too_few_kept_out_ring_an_alarm(letters: Workspace):
    """Of 10,000 customers a fifth is kept out by the hash; where half of these have gone from the base, chance has not done it."""
    apart = GlobalHoldout(2026, 0.2)
    units = [f"u{number}" for number in range(10_000)]
    lost = [unit for number, unit in enumerate(units) if number % 2 or not apart.keeps_out(unit)]
    assert crediting._alarm(letters, ibis.memtable({"unit": units}), apart) == ""
    assert "kept out" in crediting._alarm(letters, ibis.memtable({"unit": lost}), apart)
