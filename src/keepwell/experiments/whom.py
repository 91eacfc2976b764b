"""Whom should a play treat: all, none, or those for whom it pays? Told from an experiment that was drawn, by what was known of each before."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from keepwell.errors import ProofError
from keepwell.experiments import whom_words as words
from keepwell.experiments.counting import risks_told
from keepwell.experiments.looking import looks
from keepwell.experiments.reading import facts_for, footing, morning_of, plan_of
from keepwell.experiments.unplanned import unplanned
from keepwell.prove import outcomes, qini
from keepwell.prove.beforehand import RFM, beforehand
from keepwell.prove.buckets import BUCKETS, bucket_column
from keepwell.prove.crossfit import Figure, Floats, Foretold, Log
from keepwell.prove.crossfit import log as logged
from keepwell.prove.exposures import first_only
from keepwell.prove.hindsight import MARK
from keepwell.prove.look import Look
from keepwell.prove.look_words import harm as harm_of
from keepwell.prove.outcomes import Watched
from keepwell.prove.plan import Plan
from keepwell.prove.policy import AT_RANDOM, Judgement, Price, afford, choose, judge
from keepwell.prove.qini import Gain
from keepwell.prove.samples import SampleCheck, check
from keepwell.prove.uplift import foretell
from keepwell.prove.whom import FORETOLD, Groups, groups
from keepwell.workspace import Workspace

TRAITS = ("kind", "source", "country", "language")
"""What the company knows of a customer from the start; traits without a date may be a consequence of the play."""
MOST = 500_000
"""Units learned from at most; of more a part is drawn, the same at every call."""
State = Literal["hidden", "early", "afterwards", "judged"]


@dataclass(frozen=True)
class Terms:
    """
    What the outcome is worth and treating costs.

    Args:
        margin: Money one unit of the outcome brings: a customer kept rather than lost, an order, a unit of money spent.
        money: Whether money spent within the horizon is looked at, whatever the plan's endpoint.
        costs: Arm -> money one contact costs; arms not named cost what the plan says.
        budget: Money there is to treat those of the experiment; None where all can be paid for.
    """

    margin: float | None = None
    money: bool = False
    costs: Mapping[str, float] = field(default_factory=dict)
    budget: float | None = None


@dataclass(frozen=True)
class Treatment:
    """
    Whom one arm helps.

    Args:
        arm: Its name.
        groups: Who is moved, who comes anyway, who is lost either way, who is harmed.
        gain: What treating the first by the order foretold adds.
        qini: How good the order is, 0 by chance and 1 the best; None where the outcome is no yes or no.
        uplift: What treating is foretold to add to the outcome of each unit, shape (n,).
        alone: Outcome expected of each when left alone, shape (n,).
        worth: The uplift as money net of cost, shape (n,).
    """

    arm: str
    groups: Groups
    gain: Gain
    qini: Figure | None
    uplift: Floats
    alone: Floats
    worth: Floats


@dataclass(frozen=True)
class Whom:
    """
    Whom to treat, as an experiment shows it.

    Args:
        plan: As it was frozen.
        morning: Everything before it is known.
        state: "hidden": the arms are not as planned and nothing is shown; "early": it is not over, so nothing is learned nor told;
            "afterwards": it was planned when its outcomes were known, so nothing is advised.
        checks: Whether chance drew the arms.
        told: The answer in sentences, the most important first.
        terms: As they were said.
        measured: What is looked at, in words and units; see whom_words.Measured.
        treatments: One per treated arm; none where hidden or early.
        judged: The policy beside treating all alike; None where hidden or early.
        way: How it was learned, see uplift.WAYS.
        harm: Arm -> guardrails that are shown to have got worse in the newest look, each with what was seen.
        listed: One row per unit and treated arm: unit, assigned, treatment, group, score (what treating adds to the outcome), low,
            high, alone (outcome expected when left alone), value (score as money net of cost), treat (yes or no as the verdict
            has it; null where it has none). Groups have names that advise only where something is advised. Ordered by treatment,
            then best first.
    """

    plan: Plan
    morning: date
    state: State
    checks: tuple[SampleCheck, ...]
    told: tuple[str, ...]
    measured: words.Measured
    terms: Terms
    treatments: tuple[Treatment, ...] = ()
    judged: Judgement | None = None
    way: str = ""
    harm: Mapping[str, str] = field(default_factory=dict)
    listed: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def verdict(self) -> str:
        """hidden, too early, personalise, treat all or treat none; or that nothing is proven, or harm is, so that nothing is advised."""
        if self.judged is None:
            return "too early" if self.state == "early" else "hidden"
        if self.state == "afterwards":
            return MARK
        return f"unproven: harm is shown, {self.harmed}" if self.harmed else self.judged.verdict

    @property
    def harmed(self) -> str:
        """The harm that is shown of those arms that would be advised; "" where none is, or nothing would be advised."""
        judged = self.judged
        if judged is None:
            return ""
        given = [arm for arm in self.harm if judged.reach.get(arm, 0) > 0] if judged.open else list(self.harm)
        if not judged.open and judged.shown != AT_RANDOM:
            given = [arm for arm in given if arm == judged.shown]
        return "; ".join(f"{arm}: {self.harm[arm]}" for arm in given)

    @property
    def advises(self) -> bool:
        """Whether anything is advised of single groups: choosing is proven to pay, the play was planned before, and does no harm."""
        return self.judged is not None and self.judged.open and self.state == "judged" and not self.harmed

    def command(self, form: str) -> str:
        """
        The command that tells the same again.

        Args:
            form: --csv for the list, --json for the figures.
        """
        terms, said = self.terms, ["keepwell", "prove", "whom", self.plan.name]
        said += ["--margin", f"{terms.margin:g}"] if terms.margin is not None else []
        said += ["--money"] if terms.money else []
        said += [word for arm, cost in terms.costs.items() for word in ("--cost", f"{arm}={cost:g}")]
        said += ["--budget", f"{terms.budget:g}"] if terms.budget is not None else []
        return shlex.join([*said, "--as-of", f"{self.morning}", form])


def whom(workspace: Workspace, experiment: str, terms: Terms | None = None, as_of: date | None = None) -> Whom:
    """
    Whom to treat, told from an experiment; nothing is entered into the ledger.

    Once the experiment has its verdict, everything is as of that morning; otherwise not after its planned end.

    Args:
        workspace: The company, opened.
        experiment: Its name, for the newest version, or name:version.
        terms: What the outcome is worth and treating costs.
        as_of: The morning; None is the workspace's own.

    Raises:
        ProofError: No such plan, nobody is held out, it has not begun, or its terms do not fit.
        ModelError: Too few units, or nothing tells them apart.
    """
    _refuse_unplanned(workspace, experiment)
    terms, plan = terms or Terms(), plan_of(workspace, experiment)
    if not plan.holdout:
        raise ProofError(
            f"{plan.name} holds nobody out.",
            "Whom it helps shows only beside those left alone.",
            "Plan a version with an arm named control.",
        )
    measured = words.measured(plan, terms.money, terms.margin, workspace.company.currency)
    price = _price(plan, terms, measured)
    morning, over = _morning(workspace, plan, as_of)
    watched = outcomes.watch(facts_for(workspace, plan, morning), plan.experiment, plan.version)
    watched = replace(watched, units=workspace.lake.aside(watched.units))
    cases = workspace.lake.aside(_cases(watched, plan, measured))
    checks = _checks(workspace, plan, watched, cases)
    if any(one.hides_effect for one in checks):
        return Whom(plan, morning, "hidden", checks, words.hidden(checks), measured, terms)
    entries = [entry for entry in workspace.lake.ledger() if entry.about == plan.name]
    why = footing(workspace, plan, entries)[0]
    if not over:
        early = (*[why][: bool(why)], *words.early(plan, checks))
        return Whom(plan, morning, "early", checks, early, measured, terms)
    frame = workspace.run(_with_past(workspace, watched, plan, _bounded(workspace, plan, cases)))
    frame = frame.sort_values("unit", ignore_index=True)
    found = _judged(plan, terms, price, frame)
    state: State = "afterwards" if why else "judged"
    seen = [one for one in looks(entries) if one.morning <= morning_of(workspace, as_of)]
    harm = _harm(seen, workspace.company.currency)
    made = Whom(plan, morning, state, checks, (), measured, terms, *found, harm)
    made = replace(made, listed=_listed(made, frame))
    return replace(made, told=(*[why][: bool(why)], *words.told(made, price, len(frame), looked=bool(seen))))


def _refuse_unplanned(workspace: Workspace, experiment: str) -> None:
    """What was brought in without a plan can never be frozen: it is told where to ask instead."""
    if name := unplanned(workspace, experiment):
        raise ProofError(
            f"{name} was brought in without a plan, so nothing of it is advised from here.",
            "Whom to treat is told of a play that was planned before its start.",
            "Ask it of the table itself, as docs/how-to/whom-to-treat.md tells of a table of your own; what it hints at:"
            f" keepwell prove look {shlex.quote(name)}",
        )


def _harm(seen: Sequence[Look], currency: str) -> dict[str, str]:
    """Arm -> what the newest look tells of harm; arms without any are left out."""
    told = {one.arm: harm_of(one, currency) for one in (seen[-1].comparisons if seen else ())}
    return {arm: said for arm, said in told.items() if said}


def _morning(workspace: Workspace, plan: Plan, as_of: date | None) -> tuple[date, bool]:
    """The morning it is told as of, and whether the experiment is over then."""
    entries = [entry for entry in workspace.lake.ledger() if entry.about == plan.name]
    seen, today = looks(entries), morning_of(workspace, as_of)
    if seen and seen[-1].final and seen[-1].morning <= today:
        return seen[-1].morning, True
    morning = today if plan.open_ended else min(today, plan.end)
    if morning <= plan.start:
        raise ProofError(
            f"{plan.name} starts on {plan.start}; on the morning of {morning} nothing of it is known.",
            "It is learned whom to treat from what came of those who were treated.",
            "Ask again when it is over.",
        )
    ended = today >= plan.end and not plan.open_ended
    return morning, ended or any(entry.kind == "stopped" for entry in entries)


def _price(plan: Plan, terms: Terms, measured: words.Measured) -> Price:
    """What outcome and contact are worth; without a margin an outcome that is no money cannot pay for anything."""
    costs = {arm: float(cost) for arm, cost in plan.costs} | dict(terms.costs)
    strange = sorted(set(terms.costs) - set(plan.treatments))
    bad = [f"a margin of {terms.margin:g}"] if terms.margin is not None and not 0 < terms.margin < np.inf else []
    bad += [f"a cost of {cost:g}" for cost in terms.costs.values() if not 0 <= cost < np.inf]
    bad += [f"a budget of {terms.budget:g}"] if terms.budget is not None and not 0 < terms.budget < np.inf else []
    if strange:
        raise ProofError(
            f"{plan.name} has no arm {', '.join(strange)}.", f"It treats {', '.join(plan.treatments)}.", "Name one."
        )
    if bad:
        raise ProofError(f"There is no {' nor '.join(bad)}.", "Wanted: money, above 0.", "Correct it.")
    if not measured.priced:
        if terms.costs or terms.budget is not None:
            raise ProofError(
                f"What is {measured.word} is no money, so no cost can be held against it.",
                "Wanted: what one more is worth.",
                "Say it with --margin, or look at money spent with --money.",
            )
        return Price(measured.scale)
    if plan.costs and plan.currency != measured.unit and set(plan.treatments) - set(terms.costs):
        raise ProofError(
            f"The plan's costs are in {plan.currency}, the outcome in {measured.unit}.",
            "They are not converted.",
            f"Say the cost of every arm in {measured.unit} with --cost.",
        )
    charged = {arm: cost for arm, cost in costs.items() if arm in plan.treatments}
    if terms.budget is not None and not any(charged.values()):
        raise ProofError("A budget was given, but no contact costs anything.", "", "Say a cost with --cost.")
    return Price(measured.scale, charged)


def _cases(watched: Watched, plan: Plan, measured: words.Measured) -> ir.Table:
    """Units of whom the whole horizon is known: unit, arm, day, outcome (more is better), propensity (null: not logged)."""
    told = outcomes.at_horizon(watched, plan.primary.days, [measured.column])
    if measured.customers_only:
        told = told.semi_join(outcomes.stays(watched), "unit")
    value = told[measured.column]
    told = told.select("unit", "arm", "day", outcome=value if measured.better > 0 else 1.0 - value)
    log = first_only(outcomes.log(watched.facts, plan.experiment, plan.version))
    return told.left_join(log.select(logged_unit="unit", propensity="propensity"), [("unit", "logged_unit")]).drop(
        "logged_unit"
    )


def _checks(workspace: Workspace, plan: Plan, watched: Watched, cases: ir.Table) -> tuple[SampleCheck, ...]:
    """Whether chance drew the arms: of all who were assigned, and of those the answer rests on."""
    shares = {arm.name: plan.drawn.propensity(arm.name) for arm in plan.arms}
    found = []
    for table, where in ((watched.units, ""), (cases, "those of whom the whole horizon is known")):
        counted = workspace.run(table.group_by("arm").agg(n=table.count()))
        counts = {str(arm): int(n) for arm, n in zip(counted["arm"], counted["n"], strict=True)}
        found.append(check(counts, shares, where=where))
    return tuple(found)


def _bounded(workspace: Workspace, plan: Plan, cases: ir.Table) -> ir.Table:
    """All of them, or of very many a part drawn by a salt of its own, which knows nothing of the arms."""
    n = int(workspace.run(cases.agg(n=cases.count()))["n"].iloc[0])
    if n <= MOST:
        return cases
    return cases.filter(bucket_column(f"whom/{plan.name}", cases.unit) < BUCKETS * MOST // n)


def _with_past(workspace: Workspace, watched: Watched, plan: Plan, cases: ir.Table) -> ir.Table:
    """The cases with what was known of each before: recency, frequency, money, risk, and traits."""
    risks = risks_told(workspace)
    names = [*RFM, *(() if risks is None else ("risk",))]
    past = beforehand(watched, plan.primary.days, risks).select("unit", *names).rename(past_unit="unit")
    people = watched.facts.read("customers")
    traits = people.group_by(trait_unit="customer_id").agg(**{name: people[name].min() for name in TRAITS})
    known = cases.left_join(past, [("unit", "past_unit")]).drop("past_unit")
    known = known.left_join(traits, [("unit", "trait_unit")]).drop("trait_unit")
    chances = {arm.name: plan.drawn.propensity(arm.name) for arm in plan.arms}
    planned = ibis.cases(*((known.arm == arm, chance) for arm, chance in chances.items()))
    return known.mutate(propensity=ibis.coalesce(known.propensity, planned))


def _judged(
    plan: Plan, terms: Terms, price: Price, frame: pd.DataFrame
) -> tuple[tuple[Treatment, ...], Judgement, str]:
    """Every treatment and the policy over all of them; chance begins with the plan's digest, so asked again it is the same."""
    names = [name for name in (*RFM, "risk", *TRAITS) if name in frame]
    log, chance = logged(frame, names, outcome="outcome"), np.random.default_rng(int(plan.digest[:16], 16))
    told = foretell(log, chance)
    value = price.net(told.uplift, told.arms)
    chosen, limited = choose(value), False
    if terms.budget is not None:
        charged = price.charged(told.arms)
        chosen = afford(value, chosen, charged, terms.budget)
        limited = bool((charged * len(frame) > terms.budget).any())
    judged = judge(told, chosen, price, limited=limited)
    found = {arm: groups(told, chosen, price, arm=arm, judged=judged) for arm in told.arms[1:]}
    made = tuple(_treatment(log, told, own, price, arm, chance) for arm, own in found.items())
    return made, judged, told.way


def _treatment(
    log: Log, told: Foretold, found: Groups, price: Price, arm: str, chance: np.random.Generator
) -> Treatment:
    place = told.arms.index(arm)
    gain = qini.gain(told.scores[:, place] - told.scores[:, 0], told.uplift[:, place])
    own = np.isin(log.place, (0, place))
    order = None
    if log.yes_no:
        treated = (log.place[own] == place).astype("int64")
        order = qini.area("qini", log.outcome[own], treated, told.uplift[own, place], chance=chance)
    worth = price.net(told.uplift, told.arms)[:, place]
    return Treatment(arm, found, gain, order, told.uplift[:, place], told.expected[:, 0], worth)


def _listed(found: Whom, frame: pd.DataFrame) -> pd.DataFrame:
    """Every unit with its group and score, so that each number has its list."""
    parts = []
    for one in found.treatments:
        low, high = one.groups.held.bounds(one.uplift)
        columns = {
            "unit": frame["unit"],
            "assigned": frame["arm"],
            "treatment": one.arm,
            "group": one.groups.of if found.advises else [FORETOLD[name] for name in one.groups.of],
            "score": one.uplift,
        }
        columns |= {"low": low, "high": high, "alone": one.alone, "value": one.worth, "treat": _treated(found, one)}
        parts.append(pd.DataFrame(columns).sort_values(["value", "unit"], ascending=[False, True]))
    return pd.concat(parts, ignore_index=True)


def _treated(found: Whom, one: Treatment) -> list[str | None]:
    """Yes or no, as the verdict has it; nothing where none is proven. Who would be harmed is never treated."""
    judged, of = found.judged, one.groups.of
    if judged is None or found.state != "judged" or found.harmed:
        return [None] * len(of)
    if not judged.open and judged.shown in ("", AT_RANDOM):
        return [None] * len(of)
    taken = of == "persuadable" if judged.open else (of != "do not wake") & (judged.shown == one.arm)
    return ["yes" if each else "no" for each in taken]
