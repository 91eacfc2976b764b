"""How is a goal told to people? Sentences on whether it can be reached, and on how it stands."""

import math

from keepwell.prove.goals import BARS, Feasibility, Goal
from keepwell.prove.progress import Progress

_VERDICTS = {
    "the wrong way": "The wrong way: this goal asks for {}. Where that is not meant, ask for the opposite.",
    "by itself": "Comes by itself, perhaps: reaching it would show little.",
    "reachable": "Reachable, and more than ordinary movement.",
    "ambitious": "Ambitious: possible, but not by what was done so far.",
    "unreasonable": "Unreasonable: set a nearer target first.",
    "cannot be told": "Whether it can be reached cannot be told yet: not enough data.",
}


def figure(value: float, unit: str) -> str:
    """A figure as people write it; a dash where there is none."""
    if not math.isfinite(value):
        return "–"
    forms = {
        "share": f"{100 * value:.1f} %",
        "money": f"{value:,.2f}",
        "days": f"{value:,.1f} days",
        "count": f"{value:,.0f}",
    }
    return forms.get(unit, f"{value:,.2f}")


def change(value: float, unit: str, *, signed: bool = True) -> str:
    """A change: of shares in points."""
    if not math.isfinite(value):
        return "–"
    sign = ("+" if value > 0 else "−" if value < 0 else "") if signed else ""
    size = abs(value)
    return f"{sign}{100 * size:.2f} points" if unit == "share" else f"{sign}{figure(size, unit)}"


def between(low: float, high: float, unit: str) -> str:
    """An interval, or that there is none."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return "no interval can be given"
    return f"95 % interval {figure(low, unit)} to {figure(high, unit)}"


def wanted(goal: Goal) -> str:
    """The goal in a sentence."""
    base = goal.measured
    narrowed = "".join(f", {name} {value}" for name, value in goal.cell) + (
        f", where {goal.where}" if goal.where else ""
    )
    wrong = f" This goal asks for {goal.wrong_way}." if goal.wrong_way else ""
    if goal.doubtful:
        wrong = f" This goal asks for far less than there was, {figure(goal.target, goal.unit)} after {figure(base.value, goal.unit)}: if that is not meant, set it anew."
    return (
        f"{goal.metric}{narrowed} from {figure(base.value, goal.unit)} (in {base.period}, n {base.n:,} {base.of}) to"
        f" {figure(goal.target, goal.unit)} by {goal.by}; {goal.owner} answers for it.{wrong}"
    )


def judged(goal: Goal, found: Feasibility) -> tuple[str, ...]:
    """Whether a goal can be reached, the verdict first."""
    lines = [
        _VERDICTS[found.verdict].format(goal.wrong_way),
        _size(goal, found),
        _past(goal, found),
        _alone(goal, found),
    ]
    lines += [_seen(goal, found), found.rhythm.sentence, _drawn(goal)]
    return tuple(line for line in lines if line)


def _size(goal: Goal, found: Feasibility) -> str:
    ambitious, unreasonable = BARS[found.rhythm.kind]
    what = "the odds" if goal.bounded else "the figure"
    if math.isinf(found.times):
        times = f"beyond any multiple of {what}"
    else:
        many = f"{found.times:,.0f}" if found.times >= 10 else f"{found.times:.2g}"
        times = f"{many} times {what}" if goal.raises else f"{what} divided by {many}"
    bar = (
        f"for what is sold here, beyond {ambitious:g} times is ambitious and beyond {unreasonable:g} unreasonable"
        " (rules of thumb)"
    )
    ends = f"From {figure(goal.measured.value, goal.unit)} to {figure(goal.target, goal.unit)}"
    return f"{ends} is {times}; {bar}."


def _past(goal: Goal, found: Feasibility) -> str:
    span = _span(goal)
    if not found.stretches:
        return f"The past has no stretch of {span} to compare with."
    word = "rose" if goal.raises else "fell"
    if found.farthest <= 0:
        most = f"it never {word}"
    else:
        most = f"it {word} by at most {change(found.farthest, goal.unit, signed=False)}"
    return (
        f"In {found.stretches} stretches of {span} so far it moved as far as wanted"
        f" ({change(goal.change, goal.unit)}) in {found.as_far}; {most}."
    )


def _alone(goal: Goal, found: Feasibility) -> str:
    ahead = found.forecast
    if not ahead.known:
        return f"Without any action: {ahead.method}"
    return (
        f"Without any action {figure(ahead.value, goal.unit)} is to be expected then ({between(ahead.low, ahead.high, goal.unit)});"
        f" the chance that the target is met by itself is {_chance(found.by_itself)}. {ahead.method}"
    )


def _drawn(goal: Goal) -> str:
    """What a segment does to a past."""
    if not goal.where:
        return ""
    return (
        f"Who belongs to the segment ({goal.where}) is told as of today, in every period alike: one that rests on what customers did"
        " (orders, recency) makes the past look better than it was. Traits that do not change are safe."
    )


def _seen(goal: Goal, found: Feasibility) -> str:
    if not math.isfinite(found.detectable):
        return "What an experiment on this base can find cannot be told for this figure; plan one on an endpoint it rests on."
    enough = goal.measured.n >= found.needed
    verdict = "this base is large enough to see the goal" if enough else "this base is too small to see the goal"
    return (
        f"An experiment on all {goal.measured.n:,} {goal.measured.of} with {found.holdout:.0%} held out finds changes from"
        f" {change(found.detectable, goal.unit, signed=False)} on (4 times of 5); the goal's own change needs n {found.needed:,.0f}:"
        f" {verdict}."
    )


def standing(progress: Progress) -> tuple[str, ...]:
    """How a goal stands, the verdict first."""
    goal, now = progress.goal, progress.now
    head = {
        "not begun": "Not begun: no whole period has passed since the baseline.",
        "on track": f"On track: the chance to reach it is {_chance(progress.chance)} as things go on.",
        "behind": f"Behind: the chance to reach it is {_chance(progress.chance)} as things go on.",
        "cannot be told": "Cannot be told yet" + (
            f": the chance to reach it is {_chance(progress.chance)} as things go on." if math.isfinite(progress.chance)
            else ": not enough data to say where it goes."
        ),
        "reached": "Reached.",
        "missed": "Missed.",
    }[progress.standing]  # fmt: skip
    lines = [head, f"{figure(now.value, goal.unit)} in {now.period} (n {now.n:,} {now.of})."]
    if progress.standing != "not begun":
        lines += [_without(progress), _proven(progress), *_overlap(progress), _unexplained(progress)]
    return tuple(lines)


def _without(progress: Progress) -> str:
    told, unit = progress.without, progress.goal.unit
    interval = between(told.low, told.high, unit)
    weaker = (
        ""
        if progress.held
        else " This is a forecast, weaker than a comparison with customers kept out of every play: whatever else changed stands in it too."
    )
    return f"Without any action: {figure(told.value, unit)} ({interval}). {told.method}{weaker}"


def _proven(progress: Progress) -> str:
    count = sum(play.credited for play in progress.plays)
    left = len(progress.plays) - count
    rest = f" {left} of {len(progress.plays)} plays are not credited." if left else ""
    proven = sum(play.why.startswith("Proven") for play in progress.plays)
    if not count and proven:
        are = "1 is" if proven == 1 else f"{proven} are"
        return f"No play is credited in {progress.now.period}, though {are} proven: why is told beside each.{rest}"
    if not count:
        return f"No play is proven to have moved it, so nothing of it is credited to anybody.{rest}"
    goal = progress.goal
    far = 1.959963984540054 * progress.proven_error
    ends = f"{change(progress.proven - far, goal.unit)} to {change(progress.proven + far, goal.unit)}"
    return (
        f"Proven effects of {count} play{'s' * (count != 1)} together: {change(progress.proven, goal.unit)} (95 % interval {ends})."
        f"{rest}"
    )


def _overlap(progress: Progress) -> list[str]:
    if progress.held is None:
        return []
    goal, held = progress.goal, progress.held
    far = 1.959963984540054 * held.together_error
    ends = f"{change(held.together - far, goal.unit)} to {change(held.together + far, goal.unit)}"
    told = (
        f"All plays together, beside those kept out of every play: {change(held.together, goal.unit)} (95 % interval {ends}); the"
        f" difference from the sum of plays is {change(progress.overlap, goal.unit)}: plays that reach the same customers overlap,"
        " and plays that are not proven act as well."
    )
    return [told]


def _unexplained(progress: Progress) -> str:
    goal, rest, error = progress.goal, progress.unexplained, progress.unexplained_error
    if progress.held:
        return ""
    if not math.isfinite(error):
        return f"Unexplained: {change(rest, goal.unit)}; how much of it is chance is not known."
    within = abs(rest) <= 1.959963984540054 * error
    said = "no more than such forecasts are off by chance" if within else "more than chance: something else moved it"
    return f"Unexplained: {change(rest, goal.unit)}, {said}."


def _chance(value: float) -> str:
    if not math.isfinite(value):
        return "not known"
    return "below 1 %" if value < 0.01 else "above 99 %" if value > 0.99 else f"{100 * value:.0f} %"


def _span(goal: Goal) -> str:
    if goal.every[0].isdigit():
        return f"{goal.ahead * int(goal.every.removesuffix('d'))} days"
    return f"{goal.ahead} {goal.every}{'s' * (goal.ahead != 1)}"
