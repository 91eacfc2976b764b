"""Should each be treated by what is foretold of him, or all alike? What a policy is worth off the log, and the gate before it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from keepwell.errors import ModelError
from keepwell.prove import sound
from keepwell.prove.crossfit import Figure, Floats, Foretold, Places, around, figure, placed

AT_RANDOM = "as many at random"
"""The rival of a policy whose budget does not reach everybody."""
UNPROVEN = "unproven: keep what you do and go on testing"
"""The verdict where neither a policy, nor treating all, nor treating nobody is proven to be right."""
BUCKETS = 10_000
"""Into how many buckets units are dealt; a propensity is a whole number of them, so it is known exactly."""


@dataclass(frozen=True)
class Price:
    """
    What the outcome brings and treating costs.

    Args:
        margin: Money one unit of outcome brings (a kept customer: what he is worth kept, less what he is worth lost; money
            spent: the margin on it), for all or for each, shape (n,).
        cost: Money one contact costs, by arm; arms not named cost nothing.
        fatigue: Money one contact costs in patience, whatever the arm.
    """

    margin: Floats | float = 1.0
    cost: Mapping[str, float] | None = None
    fatigue: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no money."""
        sound.known("The margin", np.ravel(self.margin))
        sound.above("The price of a contact in patience", self.fatigue, reached=True)
        for arm, cost in (self.cost or {}).items():
            sound.above(f"The cost of {arm}", cost, reached=True)

    def charged(self, arms: tuple[str, ...]) -> Floats:
        """
        Money each arm costs per unit, shape (arms,); control costs nothing.

        Raises:
            ModelError: A cost is of an arm that is not in the log.
        """
        named = self.cost or {}
        if unknown := sorted(set(named) - set(arms[1:])):
            raise ModelError(
                f"There is a cost for {', '.join(unknown)}.",
                f"Wanted: of {', '.join(arms[1:])}.",
                "Name arms of the log.",
            )
        return np.array([0.0, *(named.get(arm, 0.0) + self.fatigue for arm in arms[1:])])

    def net(self, told: Floats, arms: tuple[str, ...]) -> Floats:
        """
        Outcome or uplift as money net of cost, shape (n, arms).

        Args:
            told: In units of the outcome, shape (n, arms).
            arms: Names, control first.
        """
        margin = np.reshape(self.margin, (-1, 1))
        sound.known("What was told", told, (None if len(margin) == 1 else len(margin), len(arms)))
        return told * margin - self.charged(arms)


def choose(value: Floats) -> Places:
    """
    For each unit the arm of the highest value, control where none is above it, shape (n,).

    Args:
        value: Price.net of the uplift foretold, shape (n, arms).
    """
    sound.known("The value of each arm", value, (None, None))
    return np.argmax(value, axis=1)  # the first of equals, so doubt leaves alone


def afford(value: Floats, chosen: Places, cost: Floats, budget: float) -> Places:
    """
    What of a choice the budget reaches, most value per money spent first.

    Args:
        value: Price.net of the uplift foretold, shape (n, arms).
        chosen: Arm of each unit, shape (n,).
        cost: Money each arm is paid with, shape (arms,).
        budget: Money there is.

    Returns:
        The arm of each unit; control where the money had run out.
    """
    sound.known("The value of each arm", value, (len(chosen), len(cost)))
    sound.above("The budget", budget, reached=True)
    placed(chosen, len(value), len(cost))
    rows = np.arange(len(chosen))
    paid = cost[chosen]
    worth = value[rows, chosen]
    rate = np.where(paid > 0, worth / np.where(paid > 0, paid, 1.0), np.where(chosen > 0, np.inf, -np.inf))
    order = np.argsort(-rate, kind="stable")
    reached = np.zeros(len(chosen), dtype=bool)
    reached[order] = np.cumsum(paid[order]) <= budget * (1 + 1e-12)
    return np.where(reached, chosen, 0)


@dataclass(frozen=True)
class Judgement:
    """
    What treating by what was foretold is worth, beside treating all alike.

    Args:
        personal: Worth of a unit under the policy.
        alike: Worth of a unit when all get the same, by arm; under a budget, of nobody and of as many at random.
        gains: What the policy brings more than each of these, by arm.
        reach: Share of units the policy gives each arm.
        above: What each way of treating alike brings more than treating nobody. Of several ways the best is picked by what was
            seen, so their intervals are drawn for all of them together (Bonferroni).
        arms: Names, control first.
    """

    personal: Figure
    alike: dict[str, Figure]
    gains: dict[str, Figure]
    reach: dict[str, float]
    above: dict[str, Figure]
    arms: tuple[str, ...]

    @property
    def best(self) -> str:
        """The arm to give to all, if all get the same."""
        return max(self.alike, key=lambda way: self.alike[way].value)

    @property
    def gain(self) -> Figure:
        """
        What the policy brings more than the best of treating all alike.

        The best is not known before, so its lower end is the lowest of all comparisons, and its upper end the lowest too.
        """
        nearest = self.gains[self.best]
        low = min(gain.low for gain in self.gains.values())
        return Figure(nearest.value, nearest.error, low, min(gain.high for gain in self.gains.values()), nearest.n)

    @property
    def open(self) -> bool:
        """The gate: whether the policy is proven to beat treating all alike, whichever way."""
        return self.gain.low > 0

    @property
    def shown(self) -> str:
        """
        The way of treating all alike that is proven to be right; "" where none is.

        A way of treating is where it is proven to bring more than treating nobody (of several the best), treating nobody where
        every way is proven to lose.
        """
        gaining = [way for way, more in self.above.items() if more.low > 0]
        if gaining:
            return max(gaining, key=lambda way: self.above[way].value)
        return self.arms[0] if all(more.high < 0 for more in self.above.values()) else ""

    @property
    def verdict(self) -> str:
        """personalise, treat all (with the arm, where there are several) or treat none, each only where proven; else UNPROVEN."""
        if self.open:
            return "personalise"
        if not self.shown:
            return UNPROVEN
        if self.shown == self.arms[0]:
            return "treat none"
        if self.shown == AT_RANDOM:
            return f"treat {AT_RANDOM}"
        return "treat all" if len(self.arms) == 2 else f"treat all: {self.shown}"

    def told(self, unit: str) -> str:
        """
        The verdict in sentences.

        Args:
            unit: Of money, such as EUR.
        """
        return " ".join([_choice(self, unit), _static(self, unit)])


def judge(foretold: Foretold, chosen: Places, price: Price | None = None, *, limited: bool = False) -> Judgement:
    """
    Judge a policy off the log.

    Args:
        foretold: What was told of each unit by those who had not seen it, with its scores.
        chosen: The arm the policy gives each unit, from what was foretold only, shape (n,).
        price: What outcome and contact are worth; the outcome as it is where None.
        limited: Whether the policy was cut by a budget, so that treating everybody is no choice but as many at random is.

    Returns:
        Values per unit in money (or in units of the outcome), intervals at 95 %.
    """
    net, arms = (price or Price()).net(foretold.scores, foretold.arms), foretold.arms
    placed(chosen, len(net), len(arms))
    own = net[np.arange(len(chosen)), chosen]
    reach = np.bincount(chosen, minlength=len(arms)) / len(chosen)
    rivals = {arm: net[:, place] for place, arm in enumerate(arms)}
    if limited:
        rivals = {arms[0]: net[:, 0], AT_RANDOM: net @ reach}
    alike = {way: figure(worth) for way, worth in rivals.items()}
    return Judgement(
        personal=figure(own),
        alike=alike,
        gains={way: figure(own - worth) for way, worth in rivals.items()},
        reach=dict(zip(arms, reach.tolist(), strict=True)),
        above=_above(rivals, arms[0], _least(foretold, price or Price(), reach if limited else None)),
        arms=arms,
    )


def _least(foretold: Foretold, price: Price, reach: Floats | None) -> dict[str, float]:
    """
    Way of treating -> the least error of what it brings more than treating nobody; none where the arms' own spread is to be trusted.

    Args:
        foretold: With the spread of all arms together.
        price: What the outcome is worth.
        reach: Share of each arm among as many at random; None where each way is an arm.
    """
    if foretold.common is None:
        return {}
    spread = foretold.common * float(np.mean(np.square(price.margin)))
    if reach is None:
        ways = {arm: spread[place] + spread[0] for place, arm in enumerate(foretold.arms) if place}
    else:
        ways = {AT_RANDOM: float(spread[1:] @ reach[1:] ** 2 + spread[0] * (1 - reach[0]) ** 2)}
    return {way: float(np.sqrt(variance)) for way, variance in ways.items()}


def _above(rivals: Mapping[str, Floats], alone: str, least: Mapping[str, float]) -> dict[str, Figure]:
    """What each way of treating brings more than being left alone, their intervals holding together at 95 %."""
    from scipy.special import ndtri

    more = {way: figure(worth - rivals[alone]) for way, worth in rivals.items() if way != alone}
    reach = -float(ndtri(0.025 / max(1, len(more))))
    return {
        way: around(one.value, max(one.error, least.get(way, 0.0)), one.n, reach) if one.n > 1 else one
        for way, one in more.items()
    }


def _choice(judged: Judgement, unit: str) -> str:
    gain = _money(judged.gain, unit)
    treated = 1 - judged.reach[judged.arms[0]]
    if judged.open:
        return (
            f"Personalise: treat the {treated:.0%} for whom it is foretold to pay, leave the others alone. "
            f"Per customer that brings {gain} more than the best of treating all alike."
        )
    if judged.gain.error == 0:
        return f"Do not personalise: the policy would do the same as {_named(judged, judged.best)}."
    return (
        "Do not personalise: choosing customers is not proven to bring more than the best of treating all alike "
        f"(difference per customer {gain})."
    )


def _static(judged: Judgement, unit: str) -> str:
    shown = judged.shown
    told = {way: _money(more, unit) for way, more in judged.above.items()}
    if shown and shown != judged.arms[0]:
        others = [way for way in told if way != shown and judged.above[way].high > judged.above[shown].low]
        unsure = f" Whether {' or '.join(others)} would bring more is not known." if others else ""
        return (
            f"If all are treated alike, {_named(judged, shown)}: it brings {told[shown]} more per customer than treating "
            f"nobody.{unsure}"
        )
    each = "; ".join(f"{_doing(judged, way)} brings {more} more" for way, more in told.items())
    if shown:
        return f"If all are treated alike, treat nobody: beside that, {each} per customer, which is a loss."
    advice = "" if judged.open else " Nothing is proven, so keep what you do and go on testing."
    return f"If all are treated alike, which way is better cannot be told from these data: beside treating nobody, {each} per customer.{advice}"


def _named(judged: Judgement, arm: str) -> str:
    if arm == judged.arms[0]:
        return "treat nobody"
    if arm == AT_RANDOM:
        return f"treat {AT_RANDOM}"
    return "treat everybody" if len(judged.arms) == 2 else f"give {arm} to everybody"


def _doing(judged: Judgement, arm: str) -> str:
    if arm == AT_RANDOM:
        return f"treating {AT_RANDOM}"
    return "treating everybody" if len(judged.arms) == 2 else f"giving {arm} to everybody"


def _money(figure: Figure, unit: str) -> str:
    low, high = (f"{end:,.4g}" for end in (figure.low, figure.high))
    return f"{figure.value:,.4g} {unit} (95 % sure: {low} to {high})"


def spans(chosen: Places, arms: int, *, explore: float = 0.05, holdout: float = 0.10) -> Places:
    """
    How many of the 10,000 buckets give each arm: the policy's choice for most, chance for some, so that it stays provable.

    A share *explore* of everybody eligible is dealt evenly over all arms; of the others a share *holdout* is held out, also
    among those recommended. The rest gets what was chosen. Divided by BUCKETS they are the propensities, exactly; log them.

    Args:
        chosen: Arm of each unit, shape (n,).
        arms: How many there are, control being 0.
        explore: Share dealt at random.
        holdout: Share held out of what is not.

    Returns:
        Whole numbers, shape (n, arms); each row sums to BUCKETS and none is 0.

    Raises:
        ModelError: With these shares some arm would have no chance.
    """
    sound.above("The share explored", explore, reached=True)
    sound.above("The share held out", holdout, reached=True)
    placed(chosen, len(chosen), sound.count("Arms", arms, 2))
    each = round(BUCKETS * explore) // arms
    if each < 1 or not 0 <= holdout < 1 or explore > 1:
        raise ModelError(
            f"Exploring {explore:.4%} and holding out {holdout:.2%} gives some arm no chance.",
            "Wanted: an exploration above 0 and a holdout below 1.",
            "Explore 5 %; without it the next policy cannot be judged.",
        )
    held = round((BUCKETS - each * arms) * holdout)
    told = np.full((len(chosen), arms), each, dtype="int64")
    told[:, 0] += held
    told[np.arange(len(chosen)), chosen] += BUCKETS - each * arms - held
    return told


def assign(dealt: Places, bucket: Places) -> tuple[Places, Floats]:
    """
    The arm of each unit and the propensity to be logged with it.

    Args:
        dealt: What spans() gave.
        bucket: Of each unit, 0 to 9,999, from a salt of its own for this version of the policy.
    """
    sound.known("What was dealt", dealt, (len(bucket), None))
    placed(bucket, len(dealt), BUCKETS)
    arm = np.argmax(np.cumsum(dealt, axis=1) > bucket[:, None], axis=1)
    return arm, dealt[np.arange(len(arm)), arm] / BUCKETS
