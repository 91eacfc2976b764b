"""How much did it change, and how sure is that? The answer every analysis gives, whose interval and verdict never disagree."""

import math
from dataclasses import dataclass, replace
from typing import Literal

from keepwell.prove import sound

Side = Literal["both", "above", "below"]
"""What is asked of the difference: is it other than zero, above it, or below it."""

NOT_ENOUGH = "not enough data: without spread in what was observed there is no interval"
_FARTHEST = 37.0
"""Beyond so many standard errors a chance is smaller than a float can say."""


@dataclass(frozen=True)
class Estimate:
    """
    One arm's figure.

    Args:
        value: A share, a mean, a ratio, a quantile.
        error: Its standard error, in the same unit.
        n: Units (customers or accounts) as assigned.
    """

    value: float
    error: float
    n: int

    def __post_init__(self) -> None:
        """Refuse what no arm can have: fewer than no units, an error below none."""
        sound.count("Units of an arm", self.n)
        if self.error < 0:
            sound.above("The standard error of an arm", self.error)


@dataclass(frozen=True)
class Effect:
    """
    Treated minus control, with its interval, absolute and relative.

    Build it with between() or alone().

    Args:
        difference: Treated minus control, in *unit*.
        error: Standard error of the difference.
        low: Lower end of the interval; -inf where the question has none on that side.
        high: Upper end; inf likewise. Where nothing can be said the interval is -inf to inf, never a point.
        level: Confidence, .95 unless asked otherwise. After at() it is that of the whole procedure, not of one look.
        p_value: Of this look taken alone, two-sided unless side says otherwise; nan where not known. Never the verdict after several looks.
        relative: Difference over the control's figure; nan where that is not above zero or not known.
        relative_low: Lower end by Fieller (1954); -inf where control is too uncertain to bound it.
        relative_high: Upper end; inf likewise.
        treated: Units in the treated arm, as assigned.
        control: Units held out, as assigned.
        unit: What the difference is counted in: "share", "money", "days", "log hazard", ...
        method: How it was worked out, as a sentence.
        base: The control's figure; None where a relative effect has no sense.
        covariance: Of the difference with the base; minus the base's variance where the arms are independent.
        degrees: Degrees of freedom of the error (Welch); inf is the normal law.
        side: The question.
        boundary: Critical standard normal score the interval is drawn at.
    """

    difference: float
    error: float
    low: float
    high: float
    level: float
    p_value: float
    relative: float
    relative_low: float
    relative_high: float
    treated: int
    control: int
    unit: str
    method: str
    base: Estimate | None = None
    covariance: float = 0.0
    degrees: float = math.inf
    side: Side = "both"
    boundary: float = math.nan

    @property
    def known(self) -> bool:
        """Whether the data allow an interval at all."""
        return math.isfinite(self.difference) and math.isfinite(self.error) and self.error > 0

    @property
    def z(self) -> float:
        """The difference as a standard normal score: what a boundary is compared with; 0 where nothing is known."""
        if not self.known:
            return 0.0
        ratio = self.difference / self.error
        if math.isinf(self.degrees):
            return ratio
        from scipy.special import ndtri, stdtr

        tail = float(stdtr(self.degrees, -abs(ratio)))
        return math.copysign(-float(ndtri(tail)), ratio) if tail > 0 else ratio

    @property
    def proven(self) -> bool:
        """Whether the interval excludes zero: the verdict, the same whether read off the absolute or the relative interval."""
        return self.known and (self.low > 0 or self.high < 0)

    @property
    def bounded(self) -> bool:
        """Whether the relative interval has the ends it was asked for; otherwise the control's figure is too near zero to divide by."""
        wanted = {
            "both": (self.relative_low, self.relative_high),
            "above": (self.relative_low,),
            "below": (self.relative_high,),
        }
        return all(math.isfinite(end) for end in wanted[self.side])

    def at(self, boundary: float) -> "Effect":
        """
        The same effect with its interval drawn at another critical score: a repeated confidence interval.

        Args:
            boundary: Standard normal score, such as 1.96 or that of a group-sequential look; inf allows no verdict.

        Returns:
            An effect that is proven exactly when z passes the boundary.
        """
        sound.boundary(boundary)
        if not self.known:
            return replace(
                self, low=-math.inf, high=math.inf, relative_low=-math.inf, relative_high=math.inf, boundary=boundary
            )
        reach = _reach(boundary, self.degrees)
        below, above = self.side != "below", self.side != "above"
        low, high = _fieller(self, reach)
        return replace(
            self,
            low=self.difference - reach * self.error if below else -math.inf,
            high=self.difference + reach * self.error if above else math.inf,
            relative_low=low if below or math.isnan(low) else -math.inf,
            relative_high=high if above or math.isnan(high) else math.inf,
            boundary=boundary,
        )

    def asked(self, side: Side) -> "Effect":
        """
        The same effect under another question, at its own level.

        Args:
            side: "both", or the one direction asked for.
        """
        return _told(self.difference, self.error, replace(self, side=side))


def between(
    treated: Estimate,
    control: Estimate,
    *,
    covariance: float = 0.0,
    degrees: float = math.inf,
    level: float = 0.95,
    side: Side = "both",
    unit: str = "",
    method: str = "",
) -> Effect:
    """
    The effect between two arms.

    Args:
        treated: The treated arm.
        control: The arm held out.
        covariance: Of the two figures; 0 where the arms share nothing.
        degrees: Of freedom; inf is the normal law.
        level: Confidence.
        side: "both", or the one direction asked for.
        unit: What the figures are counted in.
        method: A sentence.
    """
    spread = treated.error**2 + control.error**2 - 2 * covariance
    error = math.sqrt(spread) if spread > 0 else math.nan
    blank = _blank(treated.n, control.n, level, side, unit, method)
    blank = replace(blank, base=control, covariance=covariance - control.error**2, degrees=degrees)
    return _told(treated.value - control.value, error, blank)


def alone(
    difference: float,
    error: float,
    *,
    treated: int,
    control: int,
    level: float = 0.95,
    side: Side = "both",
    unit: str = "",
    method: str = "",
) -> Effect:
    """
    An effect with nothing to be relative to, such as a logarithm of hazards.

    Args:
        difference: The effect.
        error: Its standard error.
        treated: Units in the treated arm.
        control: Units held out.
        level: Confidence.
        side: "both", or the one direction asked for.
        unit: What it is counted in.
        method: A sentence.
    """
    return _told(difference, error, _blank(treated, control, level, side, unit, method))


def relative_to(effect: Effect, base: Estimate, covariance: float) -> Effect:
    """
    The same effect, told relative to another figure: of adjusted ratios, to what control really had.

    Args:
        effect: From between().
        base: What it is to be divided by.
        covariance: Of the difference with the base.
    """
    relative = effect.difference / base.value if base.value > 0 else math.nan
    return replace(effect, base=base, covariance=covariance, relative=relative).at(effect.boundary)


def delta_relative(effect: Effect) -> Effect:
    """
    The relative effect as other tools tell it (delta method); to compare with them, never to judge by.

    Its verdict may differ from the absolute test's, and it misses small rises of small shares.

    Args:
        effect: From between().

    Returns:
        An effect counted in shares of the base, with the same degrees and side.
    """
    base = effect.base
    blank = _blank(
        effect.treated, effect.control, effect.level, effect.side, "relative", "delta method, for comparison"
    )
    if base is None or base.value == 0:
        return _told(math.nan, math.nan, blank)
    ratio = effect.difference / base.value
    spread = effect.error**2 - 2 * ratio * effect.covariance + ratio**2 * base.error**2
    return _told(ratio, math.sqrt(spread) / abs(base.value), replace(blank, degrees=effect.degrees))


def _blank(treated: int, control: int, level: float, side: Side, unit: str, method: str) -> Effect:
    """An effect of which nothing is known yet."""
    sound.chance("The confidence", level)
    for arm, n in (("treated", treated), ("held out", control)):
        sound.count(f"Units {arm}", n)
    nan = math.nan
    return Effect(nan, nan, nan, nan, level, nan, nan, nan, nan, treated, control, unit, method, side=side)


def _told(difference: float, error: float, blank: Effect) -> Effect:
    """The effect with its chance and its interval at its own level."""
    from scipy.special import ndtri

    base = blank.base
    relative = difference / base.value if base is not None and base.value > 0 else math.nan
    effect = replace(blank, difference=difference, error=error, relative=relative)
    tails = 2 if effect.side == "both" else 1
    if not effect.known:
        said = effect.method.removesuffix(NOT_ENOUGH).removesuffix("; ")
        why = said if "not enough data" in said else "; ".join(part for part in (said, NOT_ENOUGH) if part)
        told = replace(effect, method=why)
    else:
        told = replace(effect, p_value=_chance(effect))
    return told.at(float(ndtri(1 - (1 - effect.level) / tails)))


def _chance(effect: Effect) -> float:
    """The chance of a difference at least as far out were there none."""
    from scipy.special import ndtr, stdtr

    ratio = effect.difference / effect.error
    out = {"both": -abs(ratio), "above": -ratio, "below": ratio}[effect.side]
    tail = float(ndtr(out) if math.isinf(effect.degrees) else stdtr(effect.degrees, out))
    return 2 * tail if effect.side == "both" else tail


def _reach(boundary: float, degrees: float) -> float:
    """How many standard errors a normal score is worth at so many degrees of freedom."""
    if math.isinf(degrees) or not math.isfinite(boundary):
        return boundary
    if abs(boundary) > _FARTHEST:
        return math.copysign(math.inf, boundary)
    from scipy.special import ndtr, stdtrit

    return math.copysign(-float(stdtrit(degrees, ndtr(-abs(boundary)))), boundary)


def _fieller(effect: Effect, reach: float) -> tuple[float, float]:
    """
    The relative effects the data do not rule out (Fieller 1954, Journal of the Royal Statistical Society B 16).

    A relative effect r is kept where |difference - r base| is within *reach* of its own standard errors.
    Where the base is not clearly above zero that set is unbounded; the branch that holds the estimate is told
    (the other one would need a base below zero, which no share or mean sum of money with a relative effect has),
    and everything where that branch alone would claim what the absolute test does not.
    """
    base = effect.base
    if base is None or not base.value > 0:
        return math.nan, math.nan
    if math.isinf(reach):
        return -math.inf, math.inf
    squared = reach**2
    bend = base.value**2 - squared * base.error**2
    tilt = effect.difference * base.value - squared * effect.covariance
    height = effect.difference**2 - squared * effect.error**2
    inside = tilt**2 - bend * height
    if bend > 0:
        root = math.sqrt(max(inside, 0.0))
        return _ends(bend, tilt, height, root)
    if inside < 0 or bend == 0:
        return _beside(tilt, height) if bend == 0 else (-math.inf, math.inf)
    first, last = _ends(bend, tilt, height, math.sqrt(inside))
    ray = (last, math.inf) if effect.relative >= last else (-math.inf, first)
    return ray if height > 0 or ray[0] <= 0 <= ray[1] else (-math.inf, math.inf)


def _ends(bend: float, tilt: float, height: float, root: float) -> tuple[float, float]:
    """Both roots of bend r^2 - 2 tilt r + height, neither by subtracting near-equals."""
    far = tilt + math.copysign(root, tilt)
    if far == 0:
        return 0.0, 0.0
    ends = sorted((far / bend, height / far))
    return ends[0], ends[1]


def _beside(tilt: float, height: float) -> tuple[float, float]:
    """The ray where the base is exactly *reach* standard errors from zero."""
    if tilt == 0:
        return -math.inf, math.inf
    end = height / (2 * tilt)
    return (end, math.inf) if tilt > 0 else (-math.inf, end)
