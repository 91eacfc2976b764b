"""Is it told for whom a play pays only where that is so, and never where the draw is broken?"""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from keepwell.config import Company
from keepwell.errors import ModelError, ProofError
from keepwell.experiments.looking import look_at
from keepwell.experiments.whom import Terms, whom
from keepwell.experiments.whom_words import Measured, group_told, measured
from keepwell.prove.plan import Plan
from keepwell.prove.whom import FORETOLD
from keepwell.report.whom import write_whom
from keepwell.schema import TABLES
from keepwell.workspace import Workspace

START, END = date(2026, 1, 1), date(2026, 2, 20)
AT = datetime(2026, 1, 2, 12, tzinfo=UTC)
EACH = 1000
EFFECTS = {"differs": (0.35, -0.25), "same": (0.3, 0.3), "nothing": (0.0, 0.0), "broken": (0.35, -0.25)}
"""What the mail adds to a chance of buying of 0.4, in FI and in SE."""
WORTH = Terms(margin=10, costs={"mail": 1})


def rows_of(name: str, chance: np.random.Generator) -> dict[str, list[dict[str, Any]]]:
    """A thousand customers of one experiment; every second in FI; of the broken one every third gets the mail, otherwise by halves."""
    rows: dict[str, list[dict[str, Any]]] = {"customers": [], "assignments": [], "orders": []}
    for number in range(EACH):
        customer, land = f"{name}{number:04d}", number % 2
        mailed = number % 3 == 0 if name == "broken" else number // 2 % 2
        arm = "mail" if mailed else "control"
        rows["customers"].append({"customer_id": customer, "kind": "person", "country": ("FI", "SE")[land]})
        rows["assignments"].append(
            {"experiment": name, "version": 1, "unit": customer, "arm": arm, "assigned_at": AT, "propensity": 0.5}
        )
        days = [-int(chance.integers(5, 300))]
        if chance.random() < 0.4 + EFFECTS[name][land] * mailed:
            days.append(10)
        for place, day in enumerate(days):
            spent = Decimal(int(chance.integers(15, 25)))
            rows["orders"].append(
                {
                    "order_id": f"{customer}-{place}", "customer_id": customer, "ordered_at": AT + timedelta(days=day),
                    "status": "paid", "currency": "EUR", "gross": spent, "net": spent, "refunded": Decimal(0),
                }
            )  # fmt: skip
    return rows


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One company with four experiments of a thousand customers each, assigned on 2 January 2026."""
    folder, chance = tmp_path_factory.mktemp("whom"), np.random.default_rng(7)
    (folder / "source").mkdir()
    each = [rows_of(name, chance) for name in EFFECTS]
    for table in ("customers", "assignments", "orders"):
        schema = TABLES[table].schema.to_pyarrow()
        rows = [dict.fromkeys(schema.names) | row for part in each for row in part[table]]
        pq.write_table(pa.Table.from_pylist(rows, schema), folder / "source" / f"{table}.parquet")
    settings = Company(name="Whom", currency="EUR", data_until=END, activity_window_days=365)
    with Workspace.create(folder / "shop", settings) as made, made.read(str(folder / "source")) as taken:
        made.commit(made.bring(taken))
    return folder / "shop"


@pytest.fixture
def company(base: Path, tmp_path: Path) -> Iterator[Workspace]:
    """The company, opened, to be written to."""
    shutil.copytree(base, tmp_path / "shop")
    with Workspace.open(tmp_path / "shop") as opened:
        yield opened


def frozen(company: Workspace, experiment: str, *, known_to: date = START, **other: Any) -> Plan:
    """A plan in the ledger, as if frozen when the company was known up to a day, before its start where nothing else is said."""
    said = {
        "experiment": experiment, "version": 1, "owner": "Ann", "what": "A mail.", "expected": "More buy.",
        "arms": {"control": 0.5, "mail": 0.5}, "start": START, "end": END, "review": END, "smallest_effect": 0.1,
        "max_n": EACH, "primary": {"kind": "bought", "days": 30},
    }  # fmt: skip
    plan = Plan.of(said | other)
    company.lake.enter(
        "plan", plan.name, {"plan": plan.canonical(), "digest": plan.digest, "known_to": known_to.isoformat()}
    )
    return plan


@pytest.mark.slow
def test_who_differs_is_treated_differently(company: Workspace) -> None:
    """Finns gain, Swedes lose: personalise; nearly all Finns are treated, hardly a Swede; all 1,000 are on the list, in one group each."""
    frozen(company, "differs")
    found = whom(company, "differs", WORTH)
    assert (found.verdict, found.state) == ("personalise", "judged")
    assert found.told[0].startswith("Personalise: ")
    listed = found.listed.assign(finn=found.listed["unit"].str[-1].astype(int) % 2 == 0)
    treated = listed["treat"] == "yes"
    assert treated[listed["finn"]].mean() > 0.9
    assert treated[~listed["finn"]].mean() < 0.1
    groups = found.treatments[0].groups.told.set_index("group")["customers"]
    assert (len(listed), listed["unit"].nunique(), listed["group"].value_counts().to_dict()) == (
        1000,
        1000,
        groups.to_dict(),
    )
    assert listed.loc[listed["group"] == "do not wake", "treat"].eq("no").all()
    assert whom(company, "differs", WORTH).listed.equals(found.listed)


@pytest.mark.slow
def test_where_all_gain_alike_all_are_treated(company: Workspace) -> None:
    """Thirty points for everybody: choosing is not proven, treating all is; the groups bring no advice to choose."""
    frozen(company, "same")
    found = whom(company, "same", WORTH)
    assert found.verdict == "treat all"
    assert found.told[0].startswith("Do not personalise")
    assert set(found.listed["treat"]) == {"yes"}
    assert found.judged is not None
    assert found.judged.gain.low <= 0


@pytest.mark.slow
def test_what_does_nothing_and_costs_money_is_given_to_nobody(company: Workspace) -> None:
    """No effect, and a euro a contact: nobody; without a margin no cost can be held against it."""
    frozen(company, "nothing")
    found = whom(company, "nothing", WORTH)
    assert (found.verdict, set(found.listed["treat"])) == ("treat none", {"no"})
    with pytest.raises(ProofError, match="no cost can be held against it"):
        whom(company, "nothing", Terms(costs={"mail": 1}))


@pytest.mark.slow
def test_planned_afterwards_advises_nothing(company: Workspace) -> None:
    """Thirty points for everybody, but frozen when they were known: the mark, no advice for anybody, and what would be said else."""
    frozen(company, "same", known_to=END)
    found = whom(company, "same", WORTH)
    assert found.verdict == "unproven: planned when its outcomes were known"
    assert found.told[0].startswith("Unproven: planned when its outcomes were known. It starts on 2026-01-01")
    assert found.told[1].startswith(
        "So nothing is advised. Had it been planned before its start, it would be said: Do not"
    )
    assert found.listed["treat"].isna().all()
    assert all(one.groups.told is not None for one in found.treatments)


@pytest.mark.slow
def test_a_broken_draw_hides_all(company: Workspace) -> None:
    """A third where a half was planned: only the alarm is told, before anything is learned."""
    frozen(company, "broken")
    found = whom(company, "broken", WORTH)
    assert (found.verdict, found.state, found.treatments, found.judged, len(found.listed)) == (
        "hidden",
        "hidden",
        (),
        None,
        0,
    )
    assert found.told[0].startswith("The arms are not as planned: control 666")


@pytest.mark.slow
def test_before_the_end_nothing_is_told(company: Workspace, tmp_path: Path) -> None:
    """On 10 February the horizon of all is over, the experiment is not: when it will be, how many there are, and nothing else anywhere."""
    frozen(company, "differs")
    found = whom(company, "differs", WORTH, date(2026, 2, 10))
    assert (found.verdict, found.state, found.treatments, found.judged, len(found.listed)) == (
        "too early",
        "early",
        (),
        None,
        0,
    )
    assert found.told == (
        (
            "Too early: differs:1 is over on the morning of 2026-02-20. Until then nothing is told of whom it helps: "
            "who looks until something shows is misled."
        ),
        "So far 1,000 are assigned (control 500, mail 500); of 1,000 of them the whole horizon of 30 days is known.",
    )
    page = write_whom(company, found, tmp_path / "page").read_text("utf-8")
    assert [word for word in ("<figure", "EUR", "treating adds", "Were it over", "<table") if word in page] == []
    assert (
        whom(company, "differs", WORTH, date(2026, 1, 20))
        .told[1]
        .endswith("of 0 of them the whole horizon of 30 days is known.")
    )
    with pytest.raises(ProofError, match="starts on"):
        whom(company, "differs", WORTH, START)


@pytest.mark.slow
def test_where_all_gain_but_harm_is_shown_nothing_is_advised(company: Workspace, tmp_path: Path) -> None:
    """Thirty points for everybody, but 40 of the 500 mailed and none of the others unsubscribe, 8 points where 1 was allowed: harm first, nobody listed."""
    frozen(company, "same", guardrails=[{"kind": "unsubscribe", "days": 30, "margin": 0.01}])
    unlooked = whom(company, "same", WORTH)
    assert (unlooked.verdict, "Whether it does harm was not looked at yet" in " ".join(unlooked.told)) == (
        "treat all",
        True,
    )
    mailed = [f"same{number:04d}" for number in range(EACH) if number // 2 % 2][:40]
    rows = [
        {"event_id": f"u{who}", "customer_id": who, "kind": "unsubscribe", "happened_at": AT + timedelta(days=3)}
        for who in mailed
    ]
    schema = TABLES["events"].schema.to_pyarrow()
    (tmp_path / "gone").mkdir()
    pq.write_table(
        pa.Table.from_pylist([dict.fromkeys(schema.names) | row for row in rows], schema),
        tmp_path / "gone" / "events.parquet",
    )
    with company.read(str(tmp_path / "gone")) as taken:
        company.commit(company.bring(taken))
    look_at(company, "same")
    found = whom(company, "same", WORTH)
    harm = "mail: the share that unsubscribes within 30 days +8.00 points"
    assert found.verdict == f"unproven: harm is shown, {harm}"
    assert found.told[0].startswith(f"Nothing is advised, for harm is shown: {harm}. Whether")
    assert "treat everybody" not in " ".join(found.told)
    assert found.listed["treat"].isna().all()
    assert f'<strong class="lost">unproven: harm is shown, {harm}' in write_whom(
        company, found, tmp_path / "page"
    ).read_text("utf-8")


@pytest.mark.slow
def test_while_the_gate_is_closed_groups_have_names_without_advice(company: Workspace, tmp_path: Path) -> None:
    """Thirty points for everybody: on page, in sentences and on the list only what is foretold, and no tile has a colour."""
    frozen(company, "same")
    found = whom(company, "same", WORTH)
    assert set(found.listed["group"]) <= set(FORETOLD.values())
    told = " ".join(found.told) + write_whom(company, found, tmp_path / "page").read_text("utf-8").split("<body>")[1]
    assert [
        word
        for word in ("do not wake", "worth treating", "persuadable", '<li class="kept"', '<li class="lost"')
        if word in told
    ] == []


@pytest.mark.parametrize(
    ("group", "effect_high", "value_low", "said"),
    [
        ("do not wake", 0.0634, -1.0, "foretold below nothing, even at the upper end. Measured: left alone 40 buying per 100 customers, treating adds 1.48 (-3.39 to 6.34), worth 0 EUR (-1 to 1) per customer; that does not confirm it."),
        ("do not wake", -0.01, -1.0, "treating adds 1.48 (-3.39 to -1), worth 0 EUR (-1 to 1) per customer; that confirms it."),
        ("persuadable", 0.0634, 0.5, "foretold to bring more than it costs. Measured: left alone 40 buying per 100 customers, treating adds 1.48 (-3.39 to 6.34), worth 0 EUR (0.5 to 1) per customer; that confirms it."),
    ],
)  # fmt: skip
def test_a_group_is_told_by_what_was_measured(group: str, effect_high: float, value_low: float, said: str) -> None:
    """Foretold below nothing, measured +1.48 (-3.39 to 6.34): not confirmed; with an upper end below nothing, or worth above it, confirmed."""
    row = {"group": group, "customers": 120, "share": 0.12, "alone": 0.4, "effect": 0.0148, "effect_low": -0.0339}
    row |= {"effect_high": effect_high, "value": 0.0, "value_low": value_low, "value_high": 1.0}
    looked = Measured("bought", "buying", 1, True, "EUR", 1.0, True, "")
    told = group_told(looked, row, advises=False)
    assert told.startswith(f"{FORETOLD[group]}: 120 customers (12%), ")
    assert told.endswith(said)


def test_a_group_too_small_to_measure_is_told_without_figures() -> None:
    """One customer in it: no nan and no ends without end, and nothing said to be confirmed or not."""
    looked = Measured("spend", "spent", 1, False, "EUR", 1.0, True, "", False)
    unknown = dict.fromkeys(("effect", "value"), float("nan"))
    open_ends = {f"{of}_{end}": way for of in unknown for end, way in (("low", -np.inf), ("high", np.inf))}
    row = {"group": "sure", "customers": 1, "share": 0.0002, "alone": 16.7, **unknown, **open_ends}
    told = group_told(looked, row, advises=False)
    assert told.startswith(f"{FORETOLD['sure']}: 1 customer (0%)")
    assert told.endswith(". Not enough data to measure it.")


@pytest.mark.slow
def test_a_budget_is_kept_and_money_counts_as_it_is(company: Workspace) -> None:
    """With 200 euros at a euro apiece at most 200 are treated; money spent is a hint beside another endpoint."""
    frozen(company, "differs")
    found = whom(company, "differs", Terms(money=True, costs={"mail": 1}, budget=200))
    assert found.judged is not None
    assert found.judged.reach["mail"] <= 0.2
    assert "no more than a hint" in " ".join(found.told)
    assert (found.measured.unit, found.treatments[0].qini) == ("EUR", None)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["retained", "churned", "time_to_churn", "orders", "refund"])
def test_every_endpoint_is_turned_so_that_more_is_better(company: Workspace, kind: str) -> None:
    """Who is kept, who orders, who sends nothing back. Of whom all do the same nothing can be learned, and that is said."""
    size = 0.85 if kind == "time_to_churn" else 0.1
    plan = frozen(company, "same", primary={"kind": kind, "days": 30}, smallest_effect=size)
    assert measured(plan, money=False, margin=None, currency="EUR").better == (
        -1 if kind in ("churned", "time_to_churn", "refund") else 1
    )
    if kind == "orders":
        assert 0 <= whom(company, "same").treatments[0].alone.mean() <= 1
    else:
        with pytest.raises(ModelError, match=r"Not enough data: with 100\.00% of all, about 0 of 500 in control"):
            whom(company, "same")


@pytest.mark.slow
def test_after_the_verdict_it_is_told_as_of_its_morning(company: Workspace) -> None:
    """A look on the last morning decides; asked later or again, that is the morning."""
    frozen(company, "differs", primary={"kind": "spend", "days": 30}, smallest_effect=5.0)
    looked = look_at(company, "differs")
    assert looked.look.final
    assert whom(company, "differs", WORTH).morning == looked.look.morning
    with pytest.raises(ProofError, match="No plan"):
        whom(company, "unheard of")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (Terms(margin=-1), "a margin of -1"),
        (Terms(margin=5, costs={"letter": 1}), "no arm letter"),
        (Terms(margin=5, costs={"mail": -1}), "a cost of -1"),
        (Terms(margin=5, budget=10), "no contact costs anything"),
    ],
)
def test_terms_that_do_not_fit_are_refused(company: Workspace, terms: Terms, said: str) -> None:
    """A margin below nothing, a cost of an arm there is not, one below nothing, a budget for what is free."""
    frozen(company, "same")
    with pytest.raises(ProofError, match=said):
        whom(company, "same", terms)
