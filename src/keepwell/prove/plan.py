"""What was to be shown, and how, before anybody was treated? A plan is written by people, frozen, and kept to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, Self

from keepwell.errors import ProofError
from keepwell.prove import plan_reading
from keepwell.prove.assignment import CONTROL, Arm, Experiment, GlobalHoldout, Piece
from keepwell.prove.sequential import Spending

Family = Literal["survival", "share", "mean", "ratio", "quantile"]


@dataclass(frozen=True)
class Kind:
    """
    A sort of endpoint.

    Args:
        family: How it is analysed: as time to an event, as a share, as a mean, as a ratio of two sums, or as a quantile.
        better: 1 where more is better, -1 where less is.
        words: What it is, for people; {days} stands for the horizon.
    """

    family: Family
    better: Literal[1, -1]
    words: str


KINDS: dict[str, Kind] = {
    "time_to_churn": Kind("survival", -1, "the time until a customer is lost, watched for {days} days"),
    "retained": Kind("share", 1, "the share still kept after {days} days"),
    "churned": Kind("share", -1, "the share lost within {days} days"),
    "bought": Kind("share", 1, "the share that buys within {days} days"),
    "spend": Kind("mean", 1, "money spent per head within {days} days"),
    "orders": Kind("mean", 1, "orders per head within {days} days"),
    "upper_spend": Kind("quantile", 1, "what the upper tenth of customers spends at least within {days} days"),
    "ratio": Kind("ratio", 1, "{of} per {per} within {days} days"),
    "unsubscribe": Kind("share", -1, "the share that unsubscribes within {days} days"),
    "complaint": Kind("share", -1, "the share that complains within {days} days"),
    "refund": Kind("share", -1, "the share that sends something back within {days} days"),
}
"""Kind -> how it is looked at; the first is the usual endpoint of a retention play."""

COUNTED = ("spend", "orders", "refunds", "discounts")
"""What a ratio can be made of, such as spend per orders."""

COVARIATES = ("risk", "rfm")
"""What was known of a unit before the start and can make the comparison sharper: its churn score; recency, frequency, money."""

USUAL = Spending()
"""O'Brien and Fleming's: hardly anything early, nearly all of it left at the end."""


@dataclass(frozen=True)
class Endpoint:
    """
    What is compared between the arms.

    Args:
        kind: One of KINDS.
        days: The horizon, in days after a unit was assigned.
        margin: Of a guardrail: so much worse, in the endpoint's unit, is still borne; None for what is no guardrail.
        of: Of a ratio: what is summed above the line, one of COUNTED.
        per: Of a ratio: what is summed below it.
    """

    kind: str = "time_to_churn"
    days: int = 60
    margin: float | None = None
    of: str | None = None
    per: str | None = None

    @property
    def family(self) -> Family:
        """How it is analysed."""
        return KINDS[self.kind].family

    @property
    def better(self) -> int:
        """1 where more is better, -1 where less is."""
        return KINDS[self.kind].better

    @property
    def words(self) -> str:
        """What it is, for people."""
        return KINDS[self.kind].words.format(days=self.days, of=self.of, per=self.per)


@dataclass(frozen=True)
class Plan:
    """
    Everything that decides what an experiment can say, stated before its start. See how-to/prove for the file people write.

    Args:
        experiment: Its name, without colon or slash.
        version: From 1; a changed plan is a new version, drawn anew.
        owner: Who answers for it.
        what: What is done to the treated, in a sentence.
        expected: What result is expected, in a sentence.
        arms: With their shares, in order; CONTROL is held out.
        start: The first day units are assigned.
        end: The morning of the last look; its verdict stands.
        review: By this day somebody has decided: keep, change or stop.
        smallest_effect: The smallest effect worth finding: points of one for shares (0.03), the endpoint's unit for means and
            ratios, a hazard ratio below 1 for time to churn (0.85: of those lost, 15 of 100 fewer at any time).
        max_n: At most so many units are assigned.
        where: Who is eligible: a segment expression; "" is every customer kept now.
        unit: What is drawn.
        primary: The one endpoint the verdict rests on.
        secondary: Looked at beside it, corrected for their number.
        guardrails: What must not get worse by more than its margin.
        layer: The part of a layer it owns; None meets every other experiment.
        strata: Columns within which arms have exact shares.
        covariates: Of COVARIATES.
        spending: How the chance of a false alarm is spread over looks.
        open_ended: Whether it may go on without end: looks are always valid, and the end spends the rest.
        alpha: Chance of a false alarm over all looks, two-sided.
        power: Chance of finding the smallest effect.
        costs: Arm -> cost of one contact, in *currency*; nothing where an arm is not named.
        currency: Of the costs; "" where there are none.
        purpose: Kind of message; see assignment.GlobalHoldout.
        global_holdout: Share of all units kept out of every play of the year; 0 for none.
    """

    experiment: str
    version: int
    owner: str
    what: str
    expected: str
    arms: tuple[Arm, ...]
    start: date
    end: date
    review: date
    smallest_effect: float
    max_n: int
    where: str = ""
    unit: Literal["customer", "account"] = "customer"
    primary: Endpoint = Endpoint()
    secondary: tuple[Endpoint, ...] = ()
    guardrails: tuple[Endpoint, ...] = ()
    layer: Piece | None = None
    strata: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    spending: Spending = USUAL
    open_ended: bool = False
    alpha: float = 0.05
    power: float = 0.8
    costs: tuple[tuple[str, Decimal], ...] = ()
    currency: str = ""
    purpose: str = "marketing"
    global_holdout: float = 0.05

    def __post_init__(self) -> None:
        """Refuse what does not fit together, all of it at once."""
        if faults := plan_reading.contradictions(self):
            raise plan_reading.refused(faults, "")

    @classmethod
    def of(cls, said: Mapping[str, Any], place: str = "") -> Self:
        """
        A plan from what a file or the ledger says.

        Args:
            said: Setting -> value.
            place: Where it stands, for the message.

        Raises:
            ProofError: Something is missing, unknown, or does not hold; every fault is named.
        """
        return cls(**plan_reading.settings(said, place))

    @classmethod
    def load(cls, path: Path) -> Self:
        """
        Read a plan file.

        Raises:
            ProofError: The file cannot be read, is not TOML, or its plan does not hold; every fault is named.
        """
        return cls.of(plan_reading.contents(path), str(path))

    @property
    def name(self) -> str:
        """Experiment and version, as salts have it: "thanks:1"."""
        return f"{self.experiment}:{self.version}"

    @property
    def drawn(self) -> Experiment:
        """What is drawn."""
        return Experiment(
            self.experiment, self.version, self.arms, self.unit, self.layer, self.strata, purpose=self.purpose
        )

    @property
    def apart(self) -> GlobalHoldout | None:
        """The global holdout of the year it starts in; None where the company has none."""
        return GlobalHoldout(self.start.year, self.global_holdout) if self.global_holdout else None

    @property
    def reference(self) -> str:
        """The arm others are compared with: those held out, or the first where nobody is."""
        names = [arm.name for arm in self.arms]
        return CONTROL if CONTROL in names else names[0]

    @property
    def treatments(self) -> tuple[str, ...]:
        """The arms compared with the reference; none where there is but one arm."""
        return tuple(arm.name for arm in self.arms if arm.name != self.reference)

    @property
    def holdout(self) -> float:
        """The share held out; 0 where nobody is."""
        return self.share(CONTROL)

    @property
    def measurable(self) -> bool:
        """Whether there is anything to compare."""
        return self.drawn.measurable

    @property
    def alpha_each(self) -> float:
        """What one treatment's comparison may use: together they are wrong as seldom as one (Bonferroni)."""
        return self.alpha / max(1, len(self.treatments))

    @property
    def days(self) -> int:
        """How many days it runs."""
        return (self.end - self.start).days

    def share(self, arm: str) -> float:
        """An arm's share; 0 for an arm it does not have."""
        return next((known.share for known in self.arms if known.name == arm), 0.0)

    def canonical(self) -> dict[str, Any]:
        """The plan as JSON can hold it; Plan.of() gives the plan again."""
        return {field.name: plan_reading.plain(field.name, getattr(self, field.name)) for field in fields(self)}

    @property
    def digest(self) -> str:
        """Names all of it: sha256 over canonical() written as JSON with sorted keys and no spaces."""
        return sha256(json.dumps(self.canonical(), sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def refuse_change(self, now: "Plan") -> None:
        """
        A frozen plan stays as it is.

        Args:
            now: What it is asked to be.

        Raises:
            ProofError: The same experiment and version with anything else changed; what changed is named.
        """
        if self.name != now.name or self == now:
            return
        mine, theirs = self.canonical(), now.canonical()
        changed = [key for key in mine if mine[key] != theirs[key]]
        raise ProofError(
            f"{self.experiment!r}, version {self.version}, is frozen, and {', '.join(changed)} differ{'s' * (len(changed) == 1)}.",
            "A plan that changes after its start can be made to say anything.",
            f"Make it version {self.version + 1}: it is drawn anew and judged by itself.",
        )

    def told(self) -> list[str]:
        """The plan in sentences."""
        return plan_reading.told(self)
