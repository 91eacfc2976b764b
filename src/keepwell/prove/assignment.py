"""Who is treated and who is held out? Drawn once by a hash, the same for ever, and open to anybody's check."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations
from typing import Literal

from keepwell.errors import KeepwellError
from keepwell.prove import growthbook
from keepwell.prove.buckets import BUCKETS, bucket

CONTROL = "control"
"""The arm of those who are held out."""

HOLDOUT, SMALL_HOLDOUT, SMALL = 0.10, 0.20, 20_000
"""Share held out of a play; the share below so many eligible, where a tenth would be too few to show anything."""

_NAME = re.compile(r"[^\W_](?:[\w .-]*[\w.-])?")
_SUM = 1e-6


@dataclass(frozen=True)
class Arm:
    """
    What happens to a part of the units.

    Args:
        name: Of the treatment; CONTROL for nothing at all.
        share: Part of the units, of one.
    """

    name: str
    share: float


@dataclass(frozen=True)
class Piece:
    """
    The part of a layer an experiment owns. Experiments of one layer never share a unit; layers are drawn independently.

    Args:
        layer: Name of the layer.
        start: First bucket owned.
        end: First bucket not owned any more, at most 10,000.
        version: Of the layer; a new one deals everybody anew.
    """

    layer: str
    start: int = 0
    end: int = BUCKETS
    version: int = 1

    def __post_init__(self) -> None:
        """Check the name and the stretch."""
        _check_name("layer", self.layer, self.version)
        if not 0 <= self.start < self.end <= BUCKETS:
            raise KeepwellError(
                f"Layer {self.layer!r} has no buckets from {self.start} up to {self.end}.",
                f"Buckets go from 0 up to {BUCKETS}.",
                "Give a start below the end.",
            )

    @property
    def salt(self) -> str:
        """What the layer is drawn with."""
        return f"layer/{self.layer}:{self.version}"

    def holds(self, unit: str) -> bool:
        """Whether the unit falls into this piece."""
        return self.start <= bucket(self.salt, unit) < self.end


@dataclass(frozen=True)
class Experiment:
    """
    Who gets what, by chance. Nothing in it may change once it has begun: see refuse_change().

    Args:
        id: Name, without colon or slash.
        version: From 1; a new version is drawn anew.
        arms: With their shares, in order; see usual_arms().
        unit: What is drawn: customers or whole accounts.
        piece: The part of a layer it owns; None meets every other experiment.
        strata: Columns within which arms are to have their exact shares; see drawing.assigned().
        purpose: Kind of message; those on a global holdout's list reach everybody.
        hashing: md5, or GrowthBook's second hash with the salt as its seed, for pages that assign with it.
    """

    id: str
    version: int
    arms: tuple[Arm, ...]
    unit: Literal["customer", "account"] = "customer"
    piece: Piece | None = None
    strata: tuple[str, ...] = ()
    purpose: str = "marketing"
    hashing: Literal["md5", "growthbook"] = "md5"

    def __post_init__(self) -> None:
        """Check names and shares."""
        _check_name("experiment", self.id, self.version)
        _check_arms(self)
        if self.strata and self.hashing != "md5":
            raise KeepwellError(
                f"{self.id!r} is stratified and drawn by GrowthBook.",
                "GrowthBook draws one unit at a time and knows no strata.",
                "Leave out the strata, or draw by md5.",
            )

    @property
    def salt(self) -> str:
        """What it is drawn with: "id:version"."""
        return f"{self.id}:{self.version}"

    @property
    def cuts(self) -> tuple[int, ...]:
        """The first bucket after each arm; the last is 10,000."""
        return _cuts(self.arms)

    @property
    def measurable(self) -> bool:
        """Whether there is anything to compare; a play for everybody can never be shown to work."""
        return len(self.arms) > 1

    def propensity(self, arm: str) -> float:
        """
        The chance of an arm for a unit that takes part: its buckets of 10,000.

        Raises:
            KeepwellError: There is no such arm.
        """
        for (start, end), known in zip(self.ranges, self.arms, strict=True):
            if known.name == arm:
                return (end - start) / BUCKETS
        raise KeepwellError(
            f"{self.id!r} has no arm {arm!r}.", f"Arms: {', '.join(a.name for a in self.arms)}.", "Use one of them."
        )

    @property
    def ranges(self) -> tuple[tuple[int, int], ...]:
        """The buckets [start, end) of each arm."""
        return tuple(zip((0, *self.cuts[:-1]), self.cuts, strict=True))

    def draw(self, unit: str) -> tuple[int, Arm]:
        """A unit's bucket and arm, whoever may be kept out of it."""
        if self.hashing == "growthbook":
            number = growthbook.hashed(self.salt, unit)
            place = growthbook.chosen(
                number, growthbook.bucket_ranges(len(self.arms), 1.0, [a.share for a in self.arms])
            )
            return round(number * BUCKETS), self.arms[-1 if place is None else place]
        drawn = bucket(self.salt, unit)
        return drawn, next(arm for arm, cut in zip(self.arms, self.cuts, strict=True) if drawn < cut)


def usual_arms(*treatments: str, eligible: int) -> tuple[Arm, ...]:
    """
    A tenth held out, a fifth where fewer than 20,000 are eligible; the treatments share the rest equally.

    Args:
        treatments: Names of the treated arms.
        eligible: How many units may take part.
    """
    held = SMALL_HOLDOUT if eligible < SMALL else HOLDOUT
    return (Arm(CONTROL, held), *(Arm(name, (1 - held) / len(treatments)) for name in treatments))


@dataclass(frozen=True)
class GlobalHoldout:
    """
    A few who get no play at all for a year, so that all plays together can be seen to work.

    Args:
        year: Calendar year; every year draws anew.
        share: Part of all units, of one.
        exempt: Purposes that reach everybody all the same.
    """

    year: int
    share: float = 0.05
    exempt: frozenset[str] = frozenset({"transactional", "legal"})

    def __post_init__(self) -> None:
        """Check the share."""
        if not 0 < self.share < 1 or not round(self.share * BUCKETS):
            raise KeepwellError(
                f"A global holdout of {self.share} is none.", "Wanted: a share such as 0.05.", "Give it as part of one."
            )

    @property
    def salt(self) -> str:
        """What it is drawn with, this year."""
        return f"global/holdout:{self.year}"

    @property
    def before(self) -> "GlobalHoldout":
        """The year before, with the same share."""
        return GlobalHoldout(self.year - 1, self.share, self.exempt)

    @property
    def cut(self) -> int:
        """The first bucket that is not kept out."""
        return round(self.share * BUCKETS)

    def keeps_out(self, unit: str) -> bool:
        """Whether the unit gets no play this year."""
        return bucket(self.salt, unit) < self.cut


@dataclass(frozen=True)
class Assigned:
    """
    What was drawn for one unit.

    Args:
        unit: The unit.
        arm: Its arm; None takes no part.
        bucket: Its bucket under the experiment's salt; None takes no part.
        propensity: The chance it had of this arm; None takes no part.
        why: A sentence.
        washout: Whether it was kept out of everything the year before, and so is not yet like the others.
    """

    unit: str
    arm: str | None
    bucket: int | None
    propensity: float | None
    why: str
    washout: bool = False


def assign(
    experiment: Experiment, unit: str, holdout: GlobalHoldout | None = None, *, account: str | None = None
) -> Assigned:
    """
    The arm of one unit, at once and without looking anything up: for a page, as for a letter.

    Args:
        experiment: What is drawn.
        unit: Id of the customer, after login, or of the account.
        holdout: The year's global holdout, where the company has one.
        account: The account a customer belongs to: the global holdout keeps whole accounts out.

    Raises:
        KeepwellError: No id; or arms by strata, which need everybody at once.
    """
    if not unit:
        raise KeepwellError("There is no id to draw for.", "Everybody needs one.", "Ask again after login.")
    if experiment.strata:
        raise KeepwellError(
            f"{experiment.id!r} is stratified: its units were drawn together.",
            "One unit alone has no stratum to be balanced in.",
            "Look the unit up among the stored assignments.",
        )
    washout = False
    if holdout and experiment.purpose not in holdout.exempt:
        washout = holdout.before.keeps_out(account or unit)
        if holdout.keeps_out(account or unit):
            return Assigned(unit, None, None, None, kept_out_words(holdout), washout)
    if experiment.piece and not experiment.piece.holds(unit):
        return Assigned(unit, None, None, None, elsewhere_words(experiment.piece), washout)
    drawn, arm = experiment.draw(unit)
    why = f"Bucket {drawn} of {BUCKETS} under the salt {experiment.salt} falls to {arm.name}."
    return Assigned(unit, arm.name, drawn, experiment.propensity(arm.name), why, washout)


def kept_out_words(holdout: GlobalHoldout) -> str:
    """Why somebody in the global holdout takes no part."""
    return f"Kept out of every play in {holdout.year}, so that all plays together can be seen to work."


def elsewhere_words(piece: Piece) -> str:
    """Why somebody outside an experiment's piece of its layer takes no part."""
    return f"Left to other experiments of the layer {piece.layer}."


def check_layers(experiments: Sequence[Experiment]) -> None:
    """
    Experiments that run together and share a layer own different buckets of it, and no two draw with one salt.

    Raises:
        KeepwellError: Two of them overlap, or have one name and version.
    """
    for one, other in combinations(experiments, 2):
        if one.salt == other.salt:
            raise KeepwellError(
                f"Two experiments are called {one.id!r}, version {one.version}.",
                "They would draw the same people into the same arms.",
                "Name one of them otherwise.",
            )
        mine, theirs = one.piece, other.piece
        if mine and theirs and mine.salt == theirs.salt and mine.start < theirs.end and theirs.start < mine.end:
            raise KeepwellError(
                f"{one.id!r} owns buckets {mine.start} up to {mine.end} of the layer {mine.layer},"
                f" {other.id!r} {theirs.start} up to {theirs.end}.",
                "Experiments of one layer share no bucket.",
                "Move one of them, or give it a layer of its own.",
            )


def refuse_change(begun: Experiment, now: Experiment) -> None:
    """
    An experiment that has begun stays as it is: whoever was in an arm is in it for ever.

    Args:
        begun: As it was when the first unit was drawn.
        now: As it is asked for.

    Raises:
        KeepwellError: The same id and version with anything else changed.
    """
    if begun.salt == now.salt and begun != now:
        raise KeepwellError(
            f"{now.id!r}, version {now.version}, has begun and cannot change: people would switch arms.",
            "A new version is drawn anew and judged by itself.",
            f"Make it version {now.version + 1}.",
        )


def _cuts(arms: Iterable[Arm]) -> tuple[int, ...]:
    return tuple(round(reached * BUCKETS) for reached in accumulate(arm.share for arm in arms))


def _check_name(what: str, name: str, version: int) -> None:
    if not _NAME.fullmatch(name):
        raise KeepwellError(
            f"{name!r} cannot be the name of a{'n' if what[0] in 'aeiou' else ''} {what}: salts are made of it.",
            "Wanted: letters, digits, spaces and . _ -, a letter or digit first.",
            "Name it so.",
        )
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise KeepwellError(f"Version {version!r} of {name!r} is none.", "Versions are 1, 2, 3 …", "Begin with 1.")


def _check_arms(experiment: Experiment) -> None:
    """Names that differ, shares that sum to one, a bucket at least for everybody."""
    names = [arm.name for arm in experiment.arms]
    for name in names:
        _check_name("arm", name, 1)
    told = ", ".join(f"{arm.name} {arm.share:g}" for arm in experiment.arms) or "no arms"
    total = sum(arm.share for arm in experiment.arms)
    if len(set(names)) < len(names):
        raise KeepwellError(
            f"{experiment.id!r} has an arm twice: {told}.", "Each arm stands once.", "Add their shares."
        )
    if not abs(total - 1) <= _SUM:
        raise KeepwellError(
            f"The shares of {experiment.id!r} sum to {total:g}: {told}.",
            "They sum to 1, those held out counted.",
            "Give every unit an arm; a third is 1/3, not 0.33.",
        )
    if any(not end > start for start, end in experiment.ranges):
        raise KeepwellError(
            f"An arm of {experiment.id!r} would be empty: {told}.",
            f"The smallest share is 1 in {BUCKETS}.",
            "Give it more, or leave it out.",
        )
