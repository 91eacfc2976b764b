"""Is a plan held against the company's own past, and frozen once and for ever?"""

import math
from collections.abc import Callable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from keepwell.errors import KeepwellError, ProofError
from keepwell.experiments import assigning, planning, reading
from keepwell.experiments.looking import look_at
from keepwell.prove.plan import Plan
from keepwell.report import write_look
from keepwell.workspace import Workspace

Plans = Callable[..., Plan]
AS_OF = date(2026, 7, 1)


def test_the_base_is_counted_from_the_own_past(company: Workspace, plan: Plans) -> None:
    """Eligible now and 61 days before (a look counts the day of the draw and sixty more), lost, bought and spent since: as the orders have it."""
    then = AS_OF - timedelta(days=61)
    before = company.segment("orders >= 1", as_of=then)
    now = company.segment("orders >= 1")
    orders = company.run(company.facts().sales)
    zone = company.settings.time_zone
    recent = orders[orders["ordered_at"].dt.tz_convert(zone).dt.date >= then]
    mine = recent[recent["customer_id"].isin(before["customer_id"])]
    spent = mine.groupby("customer_id")["net"].sum().astype(float).reindex(before["customer_id"]).fillna(0)
    found = planning.survey(company, plan())
    assert (found.eligible, found.past) == (len(now), len(before))
    assert found.entering == pytest.approx(len(set(now["customer_id"]) - set(before["customer_id"])) / 61)
    assert found.level == pytest.approx(spent.mean())
    assert found.deviation == pytest.approx(spent.std(ddof=0))
    bought = planning.survey(company, plan(primary={"kind": "bought", "days": 60}, smallest_effect=0.1))
    assert bought.level == pytest.approx((mine.groupby("customer_id").size() > 0).sum() / len(before))


def test_the_upper_tenth_is_planned_from_its_own_spread(company: Workspace, plan: Plans) -> None:
    """
    What the upper tenth spent at least in the 61 days before, and per unit the distance of its neighbours over twice 1.96, times sqrt(n - 1).

    Where hardly anybody of those eligible buys the tenth begins at nothing: not known, why, and what to do.
    """
    then = AS_OF - timedelta(days=61)
    primary = {"kind": "upper_spend", "days": 60}
    before = company.segment("orders >= 1", as_of=then)["customer_id"]
    sales = company.run(company.facts().sales)
    days = sales["ordered_at"].dt.tz_convert(company.settings.time_zone).dt.date
    spent = sales[days >= then].groupby("customer_id")["net"].sum().astype(float).reindex(before).fillna(0)
    away = 1.959963984540054 * math.sqrt(0.09 / len(before))
    low, high = spent.quantile(0.9 - away), spent.quantile(0.9 + away)
    found = planning.survey(company, plan(primary=primary))
    assert found.level == pytest.approx(spent.quantile(0.9))
    assert found.deviation == pytest.approx((high - low) / (2 * 1.959963984540054) * math.sqrt(len(before) - 1))
    assert planning.check(company, plan(primary=primary, smallest_effect=found.level)).provable is not None
    idle = plan(primary=primary, where="recency_days >= 180")
    told = planning.check(company, idle)
    assert told.provable is None
    assert "too many spend the same" in told.told[0]
    assert "take spend" in told.told[0]


def test_who_cannot_be_lost_is_not_eligible_to_be_kept(company: Workspace, plan: Plans) -> None:
    """For time to churn only those kept; of them some were lost, and retained is the rest."""
    stay = plan(primary={"kind": "time_to_churn", "days": 60}, smallest_effect=0.5)
    found = planning.survey(company, stay)
    then = company.segment("orders >= 1", as_of=AS_OF - timedelta(days=61))
    kept = then[then["kept"]]
    assert found.past == len(kept)
    now = company.segment("orders >= 1").set_index("customer_id").loc[kept["customer_id"]]
    gone_now = int((~now["kept"]).sum())
    assert found.lost * found.past >= gone_now > 0
    retained = planning.survey(company, plan(primary={"kind": "retained", "days": 60}, smallest_effect=0.05))
    assert retained.level == pytest.approx(1 - found.lost)


def test_an_average_order_is_planned_with_its_own_noise(company: Workspace, plan: Plans) -> None:
    """Spend per orders: the ratio of the sums, and a deviation above zero; nothing is known before the first day."""
    primary = {"kind": "ratio", "days": 60, "of": "spend", "per": "orders"}
    found = planning.survey(company, plan(primary=primary))
    spend, orders = (planning.survey(company, plan(primary={"kind": kind, "days": 60})) for kind in ("spend", "orders"))
    assert found.level == pytest.approx(spend.level / orders.level)
    assert found.deviation > 0
    first = planning.survey(company, plan(start=company.span[0]), company.span[0] + timedelta(days=10))
    assert (first.past, math.isnan(first.level)) == (0, True)


@pytest.mark.capability("S2-24")
def test_a_plan_is_frozen_once(company: Workspace, plan: Plans) -> None:
    """Again it is as it was; changed it is refused; the ledger has it whole."""
    entry, new = planning.freeze(company, plan())
    assert (new, entry.number, entry.about) == (True, 1, "mail:1")
    again, new = planning.freeze(company, plan())
    assert (new, again) == (False, entry)
    with pytest.raises(ProofError, match="max_n differs"):
        planning.freeze(company, plan(max_n=5))
    assert reading.plan_of(company, "mail") == plan() == reading.plan_of(company, "mail:1")
    assert entry.body["feasible"]["provable"] is True


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"start": date(2026, 6, 1)}, "afterwards what comes of it is known"),
        ({"smallest_effect": 0.5}, "Not provable with your base"),
        ({"arms": {"mail": 1.0}}, "Not measurable"),
        ({"currency": "SEK"}, "counts in EUR"),
        ({"where": "orders >="}, "orders"),
        ({"strata": ["shoe_size"]}, "shoe_size is nothing"),
    ],
)
def test_what_can_prove_nothing_is_not_frozen(company: Workspace, plan: Plans, other: dict, says: str) -> None:
    """Begun, too small a base, nobody held out, another currency, a wrong segment or stratum: a sentence, and no entry."""
    with pytest.raises(KeepwellError, match=says):
        planning.freeze(company, plan(**other))
    assert company.lake.ledger() == []


@pytest.mark.capability("S2-24")
def test_another_morning_does_not_make_it_proof(company: Workspace, plan: Plans) -> None:
    """Whatever morning is said, what counts is what was known: refused, or entered with a mark that list and look carry; nothing is credited."""
    before = date(2026, 3, 1)
    early = plan(start=before, end=date(2026, 6, 1), review=date(2026, 6, 1))
    with pytest.raises(ProofError, match="the company is known up to 2026-07-01"):
        planning.freeze(company, early, before)
    entry, _ = planning.freeze(company, early, before, anyway=True)
    assert entry.body["known_to"] == "2026-07-01"
    assigning.draw(company, "mail", before)
    drawn = company.lake.ledger()[-1].body
    assert (drawn["as_of"], drawn["known_to"]) == ("2026-03-01", "2026-07-01")
    looked = look_at(company, "mail")
    assert f"{drawn['new']:,} were drawn for a morning past" in " ".join(looked.look.told)
    assert (looked.look.verdict, looked.look.final) == ("unproven", True)
    assert looked.look.told[0].startswith(f"Unproven: planned when its outcomes were known. It starts on {before}")
    assert "is shown" not in " ".join(looked.look.sentences)
    assert {row.verdict for row in looked.look.comparisons[0].rows} == {""}
    assert look_at(company, "mail").unproven == looked.unproven != ""
    state = reading.states(company)[0]
    assert (state.verdict, state.hindsight) == ("unproven", looked.unproven)
    assert looked.unproven in state.told()
    page = write_look(company, looked, company.folder / "page").read_text("utf-8")
    assert "unproven: planned when its outcomes were known" in page
    assert "What was planned, afterwards" in page


def test_a_plan_that_is_late_by_the_calendar_says_so(company: Workspace, plan: Plans) -> None:
    """The invented company ends on 30 June, months ago by the calendar: nothing here is known of July, and that somebody may is told."""
    entry, _ = planning.freeze(company, plan())
    unproven, late = reading.footing(company, plan(), [entry])
    days = (entry.at.astimezone(ZoneInfo(company.settings.time_zone)).date() - AS_OF).days
    assert unproven == ""
    assert f"{days:,} days after its start by the calendar" in late
    coming = plan(
        experiment="later", start=entry.at.date() + timedelta(days=2), end=date(2099, 1, 1), review=date(2099, 1, 1)
    )
    entry, _ = planning.freeze(company, coming, anyway=True)
    assert reading.footing(company, coming, [entry]) == ("", "")


def test_who_insists_may_enter_it(company: Workspace, plan: Plans) -> None:
    """With anyway; that it is not provable is entered with it."""
    entry, _ = planning.freeze(company, plan(smallest_effect=0.5), anyway=True)
    assert entry.body["feasible"]["provable"] is False


def test_running_plans_share_no_bucket_of_a_layer(company: Workspace, plan: Plans) -> None:
    """The same half of a layer is refused, the other half is not."""
    planning.freeze(company, plan(layer={"layer": "mails", "end": 5000}, smallest_effect=60.0))
    other = {"experiment": "other", "smallest_effect": 60.0}
    with pytest.raises(KeepwellError, match="share no bucket"):
        planning.freeze(company, plan(**other, layer={"layer": "mails", "start": 4000, "end": 9000}))
    assert planning.freeze(company, plan(**other, layer={"layer": "mails", "start": 5000}))[1]


@pytest.mark.capability("S2-24")
def test_a_play_past_its_review_is_listed(company: Workspace, plan: Plans) -> None:
    """Planned, running, to be decided and overdue, decided."""
    planning.freeze(company, plan(start=date(2026, 7, 2)))
    phases = {}
    for morning in (AS_OF, date(2026, 7, 2), date(2026, 9, 29), date(2026, 10, 6), date(2026, 10, 7)):
        state = reading.states(company, morning)[0]
        phases[morning.isoformat()] = (state.phase, state.overdue)
    assert phases == {
        "2026-07-01": ("planned", False),
        "2026-07-02": ("running", False),
        "2026-09-29": ("to be decided", False),
        "2026-10-06": ("to be decided", False),
        "2026-10-07": ("to be decided", True),
    }
    company.lake.enter("decided", "mail:1", {"verdict": "keep"})
    state = reading.states(company, date(2026, 10, 7))[0]
    assert (state.phase, state.overdue, state.verdict) == ("decided", False, "keep")


@pytest.mark.capability("S4-23")
def test_the_share_of_plays_with_somebody_held_out(company: Workspace, plan: Plans) -> None:
    """Of two brought in with people held out, one frozen and drawn, and one that treats everybody: three of four."""
    planning.freeze(company, plan())
    assert reading.held_out_share(reading.states(company)) == (2, 3)
    assigning.draw(company, "mail")
    planning.freeze(company, plan(experiment="all", arms={"mail": 1.0}), anyway=True)
    found = reading.states(company)
    assert reading.held_out_share(found) == (3, 4)
    assert [state.measurable for state in found] == [True, False, True, True]
    assert "Not measurable: nobody is held out." in found[1].told()
    assert [state.name for state in found if state.phase == reading.UNPLANNED] == ["club welcome:1", "thanks:1"]
