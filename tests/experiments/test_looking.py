"""Do looks at experiments with known truth find it, find nothing where nothing is, and stay what they were?"""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from keepwell.cli.looking import _show
from keepwell.config import Company
from keepwell.errors import ProofError
from keepwell.experiments.counting import arms_changed, evidence
from keepwell.experiments.definitions import definitions
from keepwell.experiments.looking import look_at
from keepwell.experiments.portfolio import portfolio
from keepwell.prove.plan import Plan
from keepwell.prove.stopping import BOOKING
from keepwell.report import write_look
from keepwell.report.asking import Asking
from keepwell.report.sections import proof
from keepwell.schema import TABLES
from keepwell.workspace import Workspace

START, END = date(2026, 1, 1), date(2026, 2, 20)
TRUE = 10
"""Euros the mail brings a head, in the experiment that works."""


def drawn(number: int) -> dict[str, str]:
    """Experiment -> arm of a customer: works and nothing by halves, broken one third for two, everybody all."""
    return {
        "works": ("control", "mail")[number % 2],
        "nothing": ("control", "mail")[number // 2 % 2],
        "broken": ("mail", "control", "control")[number % 3],
        "everybody": "mail",
    }


def written(folder: Path, table: str, rows: list[dict[str, Any]]) -> None:
    """Canonical rows as a file to be imported."""
    folder.mkdir(parents=True, exist_ok=True)
    schema = TABLES[table].schema.to_pyarrow()
    pq.write_table(
        pa.Table.from_pylist([dict.fromkeys(schema.names) | row for row in rows], schema), folder / f"{table}.parquet"
    )


def order(number: int, customer: str, at: datetime, amount: int) -> dict[str, Any]:
    """A paid order."""
    money = Decimal(amount)
    return {
        "order_id": f"o{number}", "customer_id": customer, "ordered_at": at, "status": "paid", "currency": "EUR",
        "gross": money, "net": money, "refunded": Decimal(0),
    }  # fmt: skip


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four hundred customers, assigned on 2 January 2026; ten days later each spends 20 to 26 euros, with the mail that works 10 more."""
    folder = tmp_path_factory.mktemp("looking")
    at = datetime(2026, 1, 2, 12, tzinfo=UTC)
    names = [f"c{number:03d}" for number in range(400)]
    written(folder / "source", "customers", [{"customer_id": name, "kind": "person"} for name in names])
    assigned = [
        {"experiment": experiment, "version": 1, "unit": names[number], "arm": arm, "assigned_at": at}
        for number in range(400)
        for experiment, arm in drawn(number).items()
    ]
    written(folder / "source", "assignments", assigned)
    spent = [20 + number % 7 + TRUE * (number % 2) for number in range(400)]
    orders = [order(n, names[n], at + timedelta(days=10), spent[n]) for n in range(400)]
    written(folder / "source", "orders", orders)
    settings = Company(
        name="Looks", currency="EUR", data_until=END, activity_window_days=60, gross_margin=Decimal("0.4")
    )
    with Workspace.create(folder / "shop", settings) as made:
        _bring(made, folder / "source")
    return folder / "shop"


def _bring(company: Workspace, source: Path) -> None:
    with company.read(str(source)) as taken:
        company.commit(company.bring(taken))


@pytest.fixture
def company(base: Path, tmp_path: Path) -> Iterator[Workspace]:
    """The company, opened, to be written to."""
    shutil.copytree(base, tmp_path / "shop")
    with Workspace.open(tmp_path / "shop") as opened:
        yield opened


def frozen(company: Workspace, experiment: str, definitions: dict[str, Any] | None = None, **other: Any) -> Plan:
    """A plan in the ledger, as if frozen before its start."""
    arms = {"mail": 1.0} if experiment == "everybody" else {"control": 0.5, "mail": 0.5}
    said = {
        "experiment": experiment, "version": 1, "owner": "Ann", "what": "A mail.", "expected": "More is spent.", "arms": arms,
        "start": START, "end": END, "review": END, "smallest_effect": 2.0, "max_n": 400, "primary": {"kind": "spend", "days": 30},
        "costs": {"mail": "0.40"}, "currency": "EUR",
    }  # fmt: skip
    plan = Plan.of(said | other)
    kept = {"definitions": definitions} if definitions else {}
    company.lake.enter("plan", plan.name, {"plan": plan.canonical(), "digest": plan.digest, **kept})
    return plan


@pytest.mark.slow
@pytest.mark.capability("S0-23")
def test_a_true_effect_is_found(company: Workspace, tmp_path: Path) -> None:
    """Ten euros a head are found, in the interval, paid for with 40 cents; the page tells so, and nothing is looked at twice."""
    frozen(company, "works", secondary=[{"kind": "orders", "days": 30}], covariates=["rfm"])
    looked = look_at(company, "works")
    row = looked.look.comparisons[0].rows[0]
    assert (looked.look.verdict, looked.look.final, looked.entered) == ("better", True, True)
    assert row.low < TRUE < row.high
    assert "at a margin of 40% and with it taken off" in " ".join(looked.look.sentences)
    assert "it pays" in " ".join(looked.look.sentences)
    again = look_at(company, "works")
    assert (again.entered, again.look.body()) == (False, looked.look.body())
    page = write_look(company, again, tmp_path / "page").read_text("utf-8")
    assert "an effect is shown, for the better" in page


@pytest.mark.slow
def test_nothing_is_found_where_nothing_is(company: Workspace) -> None:
    """The arms of a play that does nothing, in the same people: no effect is shown, and the verdict stands."""
    frozen(company, "nothing")
    looked = look_at(company, "nothing")
    row = looked.look.comparisons[0].rows[0]
    assert (looked.look.verdict, looked.look.final) == ("no effect shown", True)
    assert row.low < 0 < row.high


@pytest.mark.slow
def test_a_broken_draw_hides_its_effect(company: Workspace) -> None:
    """134 and 266 where halves were planned: nothing but the alarm is told."""
    frozen(company, "broken")
    looked = look_at(company, "broken")
    assert (looked.look.state, looked.look.comparisons[0].rows) == ("hidden", ())
    assert "EUR" not in " ".join(looked.look.sentences)


@pytest.mark.slow
@pytest.mark.capability("S4-23")
def test_a_play_for_everybody_stays_unproven(company: Workspace) -> None:
    """All 400 are treated: unproven, whatever they spend."""
    frozen(company, "everybody")
    assert look_at(company, "everybody").look.state == "unproven"


@pytest.mark.slow
def test_a_verdict_stands_though_data_come_late(company: Workspace, tmp_path: Path) -> None:
    """Early it is too early; at the end an effect is shown; orders of the held out that come in afterwards change nothing."""
    frozen(company, "works", max_n=40_000)
    early = look_at(company, "works", date(2026, 1, 20))
    assert (early.look.verdict, early.look.final) == ("too early", False)
    assert not look_at(company, "works", date(2026, 1, 20)).entered
    final = look_at(company, "works")
    assert (final.look.verdict, len(final.history)) == ("better", 2)
    at = datetime(2026, 1, 15, 12, tzinfo=UTC)
    late = [order(1000 + n, f"c{n:03d}", at, 500) for n in range(0, 400, 2)]
    written(tmp_path / "late", "orders", late)
    _bring(company, tmp_path / "late")
    after = look_at(company, "works")
    assert (after.entered, after.look.body()) == (False, final.look.body())


@pytest.mark.slow
def test_days_without_data_are_no_days_on_which_nothing_happened(company: Workspace) -> None:
    """Asked for a morning a month after the data end, it is looked at from their end: too early, nothing final, and it is said."""
    later = END + timedelta(days=30)
    frozen(company, "nothing", end=END + timedelta(days=20), review=later, max_n=40_000)
    found = look_at(company, "nothing", later)
    assert (found.look.morning, found.look.final) == (END, False)
    assert (
        f"The company is known up to {END}, so it is looked at from that morning, not from {END + timedelta(days=20)}"
        in (" ".join(found.look.sentences))
    )


@pytest.mark.slow
def test_it_is_counted_by_the_definitions_it_was_frozen_with(company: Workspace) -> None:
    """A window of 60 days when the plan was frozen, of 5 at the look: the same losses as with 60, and the change is told."""
    churn = {
        "primary": {"kind": "time_to_churn", "days": 30},
        "smallest_effect": 0.5,
        "max_n": 40_000,
        "open_ended": True,
    }
    plan = frozen(company, "works", definitions=definitions(company), **churn)
    other = Workspace(company.folder, company.settings.model_copy(update={"activity_window_days": 5}), company.lake)
    same, changed = (evidence(one, plan, END) for one in (company, other))
    assert same.digest == changed.digest
    told = " ".join(look_at(other, "works").look.sentences)
    assert "It is counted as when it was entered: activity_window_days 60, now 5." in told


@pytest.mark.slow
def test_nobody_chooses_the_morning_afterwards(company: Workspace) -> None:
    """Before its start there is nothing to look at; after a look no earlier morning is looked at; an unknown name is refused."""
    frozen(company, "works", open_ended=True, max_n=40_000)
    with pytest.raises(ProofError, match="starts on"):
        look_at(company, "works", START)
    look_at(company, "works", date(2026, 1, 20))
    with pytest.raises(ProofError, match="was looked at on 2026-01-20 already"):
        look_at(company, "works", date(2026, 1, 19))
    with pytest.raises(ProofError, match="No plan"):
        look_at(company, "thanks")


def exposures(company: Workspace, folder: Path, *shows: tuple[str | None, str, str, datetime]) -> None:
    """Exposure events brought in: who, name, what was shown, when."""
    rows = [
        {"event_id": f"x{n}", "customer_id": who, "kind": "exposure", "name": name, "happened_at": at, "properties": {"arm": arm}}
        for n, (who, name, arm, at) in enumerate(shows)
    ]  # fmt: skip
    written(folder, "events", rows)
    _bring(company, folder)


SHOWN = datetime(2026, 1, 3, 12, tzinfo=UTC)


@pytest.mark.slow
@pytest.mark.capability("S4-20")
def test_exposures_are_a_diagnosis_and_change_no_figure(company: Workspace, tmp_path: Path) -> None:
    """Eighty of the 200 treated saw it, one of the held out too, one nobody knows; early and late showings are not told of."""
    treated, held = ([f"c{n:03d}" for n in range(400) if drawn(n)["nothing"] == arm] for arm in ("mail", "control"))
    frozen(company, "nothing", max_n=40_000)
    before = look_at(company, "nothing", date(2026, 2, 19)).look
    shows = [(who, "nothing", "mail", SHOWN) for who in treated[:80]]
    shows += [(who, "nothing:1", "control", SHOWN) for who in held[:30]]
    shows += [(held[50], "nothing", "mail", SHOWN), (None, "nothing", "mail", SHOWN)]
    shows += [(held[60], "nothing", "mail", at) for at in (datetime(2025, 12, 31, 23, tzinfo=UTC), datetime(2026, 2, 19, 0, tzinfo=UTC))]  # fmt: skip
    shows += [(held[70], "nothing:2", "mail", SHOWN), (held[71], "works", "mail", SHOWN)]
    shows += [(held[72], "Nothing", "mail", SHOWN)]
    exposures(company, tmp_path / "shown", *shows)
    after = look_at(company, "nothing", date(2026, 2, 19)).look
    row, same = after.comparisons[0].rows[0], before.comparisons[0].rows[0]
    assert (row.difference, row.low, row.high) == pytest.approx((same.difference, same.low, same.high))
    told = " ".join(after.told)
    assert "1 of 111 customers who were shown it saw another arm than theirs (1 of control saw mail)" in told
    assert "Seen by 31 of 200 of control, 80 of 200 of mail; all 400 count as assigned" in told
    assert "about 2.5 times fewer customers" in told
    assert "shown 1 time to visitors nobody knows yet" in told
    assert "It was shown 1 time before its start" in told
    assert "(Nothing 1 time)" in told


@pytest.mark.slow
@pytest.mark.capability("S4-20")
def test_who_shows_it_without_asking_hides_the_effect(company: Workspace, tmp_path: Path) -> None:
    """Of 200 treated and shown it, six more who were never assigned saw it too: 6 of 206 hide a true effect, on the page as well."""
    frozen(company, "works")
    shows = [(f"c{n:03d}", "works", "mail", SHOWN) for n in range(1, 400, 2)]
    shows += [(f"stranger{n}", "works", "mail", SHOWN) for n in range(6)]
    exposures(company, tmp_path / "shown", *shows)
    looked = look_at(company, "works")
    assert (looked.look.state, looked.look.comparisons[0].rows) == ("hidden", ())
    assert "6 of 206 customers who were shown it were never assigned" in looked.look.told[0]
    page = write_look(company, looked, tmp_path / "page").read_text("utf-8")
    assert "6 of 206 customers" in page
    assert "EUR" not in " ".join(looked.look.sentences)


@pytest.mark.slow
def test_an_arm_that_is_changed_afterwards_is_told(company: Workspace, tmp_path: Path) -> None:
    """A later file puts three of the held out into the other arm: told with their number and the import; taken back, nothing is told."""
    plan = frozen(company, "works")
    assert arms_changed(company, plan) == ()
    at = datetime(2026, 1, 2, 12, tzinfo=UTC)
    rows = [
        {"experiment": "works", "version": 1, "unit": f"c{n:03d}", "arm": "mail", "assigned_at": at}
        for n in (0, 1, 2, 4)
    ]
    written(tmp_path / "later", "assignments", rows)
    _bring(company, tmp_path / "later")
    (told,) = arms_changed(company, plan)
    assert told.startswith("3 customers stand in another arm than at first: a later import changed it")
    assert told in look_at(company, "works").look.told
    company.undo(company.batches()[-1].id)
    assert arms_changed(company, plan) == ()


@pytest.mark.slow
def test_who_was_assigned_before_the_start_is_left_out(company: Workspace, tmp_path: Path) -> None:
    """All 400 were assigned on 2 January; of a plan that starts on the third nobody is left, it is said why, and none is a stray."""
    frozen(company, "works", start=date(2026, 1, 3))
    exposures(company, tmp_path / "shown", *((f"c{n:03d}", "works", "mail", SHOWN) for n in range(1, 400, 2)))
    looked = look_at(company, "works")
    assert "400 customers were assigned before the start on 2026-01-03" in " ".join(looked.look.told)
    assert "never assigned" not in " ".join(looked.look.told)
    assert looked.look.verdict not in ("better", "worse")


@pytest.mark.slow
@pytest.mark.capability("S2-24")
@pytest.mark.capability("S4-23")
def test_the_report_tells_of_every_play(company: Workspace) -> None:
    """Of four plays three hold somebody out; what everybody gets is not measurable; reviews that are past are told; a report makes no look."""
    for experiment in ("works", "broken", "everybody"):
        frozen(company, experiment, review=END)
    look_at(company, "works")
    before = len(company.lake.ledger())
    told = proof.section(Asking(company, END + timedelta(days=5)))
    assert told is not None
    rows = {row[0]: row for row in told.blocks[0].rows}  # type: ignore[union-attr]
    assert rows["works:1"][2] == "better"
    assert rows["works:1"][3].startswith("between +")
    assert rows["broken:1"][2] == "not looked at yet"
    assert rows["everybody:1"][2:4] == ("not measurable", "anything, from endless loss to endless gain")
    assert rows["nothing:1"][2] == "not planned: a hint at most"
    assert "reviews are overdue: nobody has said keep, change or stop." in told.lead[1]
    assert len(company.lake.ledger()) == before


@pytest.mark.slow
def test_all_plays_together(company: Workspace) -> None:
    """
    What works still holds beside what does nothing, each corrected for both; what is hidden takes no part.

    The smaller of two p-values is doubled, the larger stays. Of two plays nothing is learned about plays; of four that are alike
    each is drawn towards the others: what did nothing upwards, what worked downwards.
    """
    for name in ("works", "nothing", "broken"):
        frozen(company, name)
        look_at(company, name)
    works, nothing = portfolio(company)
    assert (works.name, works.holds, works.better, nothing.holds) == ("works:1", True, True, False)
    assert works.adjusted == pytest.approx(2 * works.p_value)
    assert nothing.adjusted == pytest.approx(nothing.p_value)
    assert str(works.drawn) == "nan"
    told = proof.section(Asking(company))
    assert told is not None
    assert "Of 2 looked at, all together: 1 play is shown to work: works:1, mail." in " ".join(told.lead).replace(
        "\xa0", " "
    )
    body = next(entry.body for entry in company.lake.ledger() if entry.kind == "look" and entry.about == "works:1")
    for name in ("again", "third"):
        frozen(company, name)
        company.lake.enter("look", f"{name}:1", {**body, "experiment": f"{name}:1"})
    four = {one.name: one for one in portfolio(company)}
    assert nothing.own < four["nothing:1"].drawn
    assert four["works:1"].drawn < works.own
    assert four["works:1"].low < four["works:1"].drawn < four["works:1"].high


@pytest.mark.slow
def test_a_quantile_stands_beside(company: Workspace) -> None:
    """Ten euros more for each are ten more at the upper tenth, told in money at the quantile and never reckoned against a cost."""
    frozen(company, "works", secondary=[{"kind": "upper_spend", "days": 30}])
    looked = look_at(company, "works").look
    row = next(row for row in looked.comparisons[0].rows if row.role == "secondary")
    assert (row.of, row.unit) == (
        "what the upper tenth of customers spends at least within 30 days",
        "money at the quantile",
    )
    assert row.difference == pytest.approx(TRUE)
    assert row.verdict in ("better", "not shown")


@pytest.mark.slow
def test_strata_are_weighed_alike(company: Workspace) -> None:
    """
    Persons and nothing else are one stratum: weighed alike, the difference stays, and it is the figure judged by.

    Covariates that told nothing, as of people without a past, change nothing of that.
    """
    frozen(company, "works", strata=["kind"])
    looked = look_at(company, "works").look
    first, second = looked.comparisons[0].rows[:2]
    assert (looked.verdict, first.role, second.of) == ("better", "primary", "as it stands, not weighed by strata")
    assert first.difference == pytest.approx(second.difference)
    frozen(company, "nothing", strata=["kind"], covariates=["rfm"])
    rows = look_at(company, "nothing").look.comparisons[0].rows
    assert "as it stands, not weighed by strata" in [row.of for row in rows]


def unsubscribed(company: Workspace, folder: Path) -> None:
    """Sixteen of the 200 treated by what works unsubscribe on 5 January, nobody of those held out."""
    at = datetime(2026, 1, 5, 12, tzinfo=UTC)
    rows = [
        {"event_id": f"u{n}", "customer_id": f"c{2 * n + 1:03d}", "kind": "unsubscribe", "happened_at": at}
        for n in range(16)
    ]
    written(folder, "events", rows)
    _bring(company, folder)


@pytest.mark.slow
def test_harm_is_told_with_the_verdict(company: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ten euros a head more, but 16 of 200 and none of 200 unsubscribe, 8 points where 1 was allowed: told on page, report and portfolio."""
    unsubscribed(company, tmp_path / "gone")
    frozen(company, "works", guardrails=[{"kind": "unsubscribe", "days": 30, "margin": 0.01}])
    frozen(company, "nothing")
    looked = look_at(company, "works")
    look_at(company, "nothing")
    assert looked.look.verdict == "better"
    text, token, _anchor = proof.found(looked, "EUR").sentence[2]
    harmed = "harm: the share that unsubscribes within 30 days +8.00 points"
    assert (text, token) == (f"better, but {harmed}", "lost")
    lead = proof.sections(Asking(company), looked)[0].lead
    assert (lead[0][:22], lead[1][:50]) == (
        "mail: An effect is sho",
        "Harm: the share that unsubscribes within 30 days g",
    )
    assert harmed in write_look(company, looked, tmp_path / "page").read_text("utf-8")
    told = proof.section(Asking(company))
    assert told is not None
    rows = {row[0]: row for row in told.blocks[0].rows}  # type: ignore[union-attr]
    assert rows["works:1"][2] == f"better, but {harmed}"
    assert rows["nothing:1"][2] == "no effect shown"
    assert any(line.startswith("works:1, mail: Harm: the share that unsubscribes") for line in told.lead)
    works, nothing = portfolio(company)
    assert (works.harm, nothing.harm) == (harmed.removeprefix("harm: "), "")
    assert told.blocks[1].rows[0][-1] == f"better, but {harmed}"  # type: ignore[union-attr]
    assert "shown to work, but to do harm: works:1, mail (" in " ".join(told.lead)
    _show(looked, "EUR")
    said = " ".join(capsys.readouterr().out.split())
    assert f"2026-02-20: better; but harm: mail, {harmed.removeprefix('harm: ')}. Look 1" in said
    after = said.index("and that verdict stands")
    assert after < said.index("Harm: the share that unsubscribes") < said.index(BOOKING[:40])
