"""What does a plan file say, does it hold, and how is it told? Every fault at once, in sentences."""

import difflib
import math
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keepwell import currencies
from keepwell.errors import KeepwellError, ProofError
from keepwell.prove.assignment import CONTROL, Arm, Experiment, Piece
from keepwell.prove.sequential import Spending

if TYPE_CHECKING:
    from keepwell.prove.plan import Endpoint, Plan

_DAY = "a day, such as 2026-07-01"
_COUNT = "a whole number above 0"


def refused(faults: list[str], place: str) -> ProofError:
    """The refusal that names every fault."""
    where = f"{place}: " if place else ""
    it = "it" if len(faults) == 1 else "them"
    return ProofError("\n".join(where + fault for fault in faults), "", f"Correct {it} and try again.")


def contents(path: Path) -> dict[str, Any]:
    """
    What a plan file says.

    Raises:
        ProofError: It cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise ProofError(f"There is no file {path}.", "A plan is a small TOML file.", "Write it first.") from None
    except OSError as fault:
        raise ProofError(f"{path} cannot be read: {fault.strerror}.", "", "Give the path of a plan file.") from None
    except UnicodeDecodeError:
        raise ProofError(f"{path} is not written in UTF-8.", "", "Save it as UTF-8 and try again.") from None
    except tomllib.TOMLDecodeError as fault:
        raise ProofError(f"{path} is not valid TOML: {fault}.", "", "Correct that line and try again.") from None


def settings(said: Mapping[str, Any], place: str) -> dict[str, Any]:
    """
    The arguments of a Plan.

    Raises:
        ProofError: Something is missing, unknown, or is not what it has to be; every fault is named.
    """
    faults = [_unknown(key, list(_FIELDS)) for key in said if key not in _FIELDS]
    found: dict[str, Any] = {}
    for key, (read, wanted, required) in _FIELDS.items():
        if key not in said:
            faults += [f"{key} is missing; it is {wanted}."] * required
            continue
        try:
            found[key] = read(said[key])
        except (ValueError, TypeError, InvalidOperation) as fault:
            faults.append(f"{key} is {_shown(said[key])}, but it has to be {fault.args[1] if _own(fault) else wanted}.")
        except KeepwellError as fault:
            faults.append(str(fault))
    if faults:
        raise refused(faults, place)
    return found


def _own(fault: Exception) -> bool:
    """Whether a reader said itself what it wanted."""
    return isinstance(fault, ValueError) and len(fault.args) == 2


def _unknown(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key.casefold(), known, 1)
    return f"there is no setting {key}; " + (
        f"did you mean {near[0]}?" if near else f"settings are {', '.join(known)}."
    )


def _shown(said: object) -> str:
    told = f'"{said}"' if isinstance(said, str) else str(said)
    return told if len(told) <= 60 else f"{told[:59]}…"


# What a setting may be


def _text(said: Any) -> str:
    if not isinstance(said, str) or not said.strip():
        raise ValueError
    return said.strip()


def _any_text(said: Any) -> str:
    if not isinstance(said, str):
        raise TypeError
    return said.strip()


def _whole(said: Any) -> int:
    if isinstance(said, bool) or not isinstance(said, int) or said < 1:
        raise ValueError
    return said


def _number(said: Any) -> float:
    if isinstance(said, bool) or not isinstance(said, int | float) or not math.isfinite(said):
        raise ValueError
    return float(said)


def _between(low: float, high: float) -> Callable[[Any], float]:
    def read(said: Any) -> float:
        if not low <= _number(said) < high:
            raise ValueError
        return float(said)

    return read


def _day(said: Any) -> date:
    if isinstance(said, str):
        return date.fromisoformat(said)
    if isinstance(said, datetime) or not isinstance(said, date):
        raise TypeError
    return said


def _flag(said: Any) -> bool:
    if not isinstance(said, bool):
        raise TypeError
    return said


def _unit(said: Any) -> str:
    if said not in ("customer", "account"):
        raise ValueError
    return str(said)


def _currency(said: Any) -> str:
    if said != "" and said not in currencies.CODES:
        raise ValueError
    return str(said)


def _texts(said: Any) -> tuple[str, ...]:
    if not isinstance(said, list | tuple):
        raise TypeError
    return tuple(_text(one) for one in said)


def _covariates(said: Any) -> tuple[str, ...]:
    from keepwell.prove.plan import COVARIATES

    if not set(_texts(said)) <= set(COVARIATES):
        raise ValueError
    return _texts(said)


def _pairs(said: Any) -> list[tuple[str, Any]]:
    """A table, or a list of pairs as the ledger has it."""
    pairs = list(said.items()) if isinstance(said, Mapping) else [(name, value) for name, value in said]
    return [(_text(name), value) for name, value in pairs]


def _arms(said: Any) -> tuple[Arm, ...]:
    return tuple(Arm(name, _number(share)) for name, share in _pairs(said))


def _costs(said: Any) -> tuple[tuple[str, Decimal], ...]:
    found = tuple((name, Decimal(str(cost))) for name, cost in _pairs(said))
    if not all(cost.is_finite() and cost >= 0 for _, cost in found):
        raise ValueError
    return found


def _layer(said: Any) -> Piece | None:
    return None if said is None else Piece(**said)


def _spending(said: Any) -> Spending:
    return Spending(said) if isinstance(said, str) else Spending(**said)


def _endpoint(said: Any) -> "Endpoint":
    from keepwell.prove.plan import COUNTED, KINDS, Endpoint

    if not isinstance(said, Mapping):
        raise TypeError
    for key in said:
        if key not in ("kind", "days", "margin", "of", "per"):
            raise ValueError(key, f"made of kind, days, margin, of and per; it has {key}")
    kind = said.get("kind", "time_to_churn")
    if kind not in KINDS:
        raise ValueError(kind, f"of a known kind: {', '.join(KINDS)}")
    try:
        _whole(said.get("days"))
    except ValueError:
        raise ValueError("days", f'with its horizon, such as {{kind = "{kind}", days = 60}}') from None
    pair = (said.get("of"), said.get("per"))
    if (kind == "ratio") != all(part in COUNTED for part in pair) or (kind != "ratio" and any(pair)):
        raise ValueError("ratio", f"without of and per, or a ratio with both of them from {', '.join(COUNTED)}")
    margin = said.get("margin")
    return Endpoint(kind, said["days"], None if margin is None else _number(margin), *pair)


def _endpoints(said: Any) -> tuple["Endpoint", ...]:
    if not isinstance(said, list | tuple):
        raise TypeError
    return tuple(_endpoint(one) for one in said)


_FIELDS: dict[str, tuple[Callable[[Any], Any], str, bool]] = {
    "experiment": (_text, "the experiment's name", True),
    "version": (_whole, "a whole number, 1 at first", True),
    "owner": (_text, "who answers for it", True),
    "what": (_text, "a sentence on what is done to the treated", True),
    "expected": (_text, "a sentence on the result that is expected", True),
    "arms": (_arms, 'a table of shares that sum to 1, such as {control = 0.1, "thank-you letter" = 0.9}', True),
    "start": (_day, _DAY, True),
    "end": (_day, _DAY, True),
    "review": (_day, f"{_DAY}: by then somebody has decided", True),
    "smallest_effect": (
        _number,
        "the smallest effect worth finding: 0.03 for three points of a share, 0.85 for a hazard ratio, 2.5 for money",
        True,
    ),
    "max_n": (_whole, f"{_COUNT}: at most so many take part", True),
    "where": (_any_text, "a segment expression on who may take part", False),
    "unit": (_unit, "customer or account", False),
    "primary": (_endpoint, 'an endpoint, such as {kind = "time_to_churn", days = 60}', False),
    "secondary": (_endpoints, 'a list of endpoints, such as [{kind = "spend", days = 60}]', False),
    "guardrails": (
        _endpoints,
        'a list of endpoints with margins, such as [{kind = "unsubscribe", days = 60, margin = 0.005}]',
        False,
    ),
    "layer": (_layer, 'a part of a layer, such as {layer = "letters", start = 0, end = 5000}', False),
    "strata": (_texts, 'a list of columns, such as ["country"]', False),
    "covariates": (_covariates, 'a list of "risk" and "rfm"', False),
    "spending": (_spending, '"obrien-fleming", "pocock" or {shape = "power", rho = 2}', False),
    "open_ended": (_flag, "true or false", False),
    "alpha": (_between(1e-6, 0.5), "a chance such as 0.05", False),
    "power": (_between(0.5, 1.0), "a chance of at least 0.5, such as 0.8", False),
    "costs": (_costs, 'a table of costs per contact from 0, such as {"thank-you letter" = "0.80"}', False),
    "currency": (_currency, currencies.WANTED, False),
    "purpose": (_text, 'a kind of message, such as "marketing"', False),
    "global_holdout": (_between(0.0, 1.0), "the share kept out of every play, such as 0.05, or 0", False),
}
"""Setting -> how it is read, what it wants in words, whether it must be there."""


# What must fit together


def contradictions(plan: "Plan") -> list[str]:
    """What in a plan does not fit together, a sentence each."""
    faults = []
    try:
        Experiment(plan.experiment, plan.version, plan.arms, plan.unit, plan.layer, plan.strata, plan.purpose)
    except KeepwellError as fault:
        faults.append(str(fault))
    for name, text in (("owner", plan.owner), ("what", plan.what), ("expected", plan.expected)):
        if not text.strip():
            faults.append(f"{name} is empty; a plan says it before the start.")
    if not plan.start < plan.end:
        faults.append(f"It ends on {plan.end}, but starts on {plan.start}: the end comes after the start.")
    elif plan.primary.days > (plan.end - plan.start).days and not plan.open_ended:
        faults.append(
            f"It runs for {(plan.end - plan.start).days} days, but watches everybody for {plan.primary.days}:"
            f" nobody could be watched to the end. Let it end later, or watch for less."
        )
    if plan.review < plan.end:
        faults.append(f"It is reviewed on {plan.review}, before its end on {plan.end}: review it then or later.")
    return faults + _endpoint_faults(plan) + _cost_faults(plan)


def _endpoint_faults(plan: "Plan") -> list[str]:
    faults = []
    size = plan.smallest_effect
    if plan.primary.family == "survival" and not 0 < size < 1:
        faults.append(f"The smallest effect is {size:g}; for time to churn it is a hazard ratio below 1, such as 0.85.")
    elif plan.primary.family == "share" and not 0 < size < 1:
        faults.append(f"The smallest effect is {size:g}; for a share it lies between 0 and 1, such as 0.03.")
    elif not size > 0:
        faults.append(f"The smallest effect is {size:g}; it is a size above 0.")
    if plan.primary.margin is not None:
        faults.append("The primary endpoint has a margin; only guardrails have.")
    for rail in plan.guardrails:
        if rail.margin is None or not rail.margin > 0:
            faults.append(f"The guardrail on {rail.words} has no margin above 0: say how much worse is still borne.")
        if rail.family == "survival":
            faults.append("A guardrail cannot be a time to churn: take churned, with a margin in points.")
    faults += [
        f"{other.words} has a margin; only guardrails have." for other in plan.secondary if other.margin is not None
    ]
    return faults


def _cost_faults(plan: "Plan") -> list[str]:
    names = [arm.name for arm in plan.arms]
    faults = [f"There is a cost for {arm!r}, which is no arm." for arm, _ in plan.costs if arm not in names]
    faults += [
        "Those held out get no contact, so it has no cost." for arm, cost in plan.costs if arm == CONTROL and cost
    ]
    if any(cost for _, cost in plan.costs) and not plan.currency:
        faults.append("The costs have no currency; say, for instance, EUR.")
    return faults


# How it is kept, and told


def plain(name: str, value: Any) -> Any:
    """A setting as JSON can hold it, and settings() reads again."""
    if isinstance(value, date):
        return value.isoformat()
    if name == "arms":
        return [[arm.name, arm.share] for arm in value]
    if name == "costs":
        return [[arm, str(cost)] for arm, cost in value]
    if name == "layer":
        return None if value is None else dict(vars(value))
    if name == "spending":
        return dict(vars(value))
    if name in ("secondary", "guardrails"):
        return [plain("primary", one) for one in value]
    if name == "primary":
        return {key: one for key, one in vars(value).items() if one is not None}
    return list(value) if isinstance(value, tuple) else value


def told(plan: "Plan") -> list[str]:
    """A plan in sentences."""
    arms = ", ".join(f"{arm.name} {100 * arm.share:g} %" for arm in plan.arms)
    who = f"whoever is chosen by {plan.where}" if plan.where else "every customer kept now"
    lines = [
        f"{plan.experiment}, version {plan.version}; {plan.owner} answers for it.",
        f"What is done: {plan.what}",
        f"Expected: {plan.expected}",
        f"Who: {who}; {plan.unit}s are drawn, at most {plan.max_n:,}. Arms: {arms}.",
    ]
    lines += _verdict_words(plan) if plan.measurable else _nothing_words(plan)
    lines += [f"A contact in {arm} costs {cost} {plan.currency}." for arm, cost in plan.costs if cost]
    if plan.global_holdout:
        lines.append(
            f"{100 * plan.global_holdout:g} % of all {plan.unit}s are kept out of every play of {plan.start.year}."
        )
    return lines


def _verdict_words(plan: "Plan") -> list[str]:
    """What decides, how sure that is, and by when."""
    lines = [
        f"The verdict rests on {plan.primary.words}; the smallest effect worth finding is {size_words(plan)}.",
        *(f"Also looked at: {other.words}." for other in plan.secondary),
        *(f"Must not get worse by more than {rail.margin:g}: {rail.words}." for rail in plan.guardrails),
        f"From {plan.start} to {plan.end}, when the verdict stands; decided by {plan.review}.",
        _odds_words(plan),
    ]
    if not plan.holdout:
        lines.append(
            f"Nobody is held out: it can show which arm does better than {plan.reference}, never whether any does better than nothing."
        )
    return lines


def _nothing_words(plan: "Plan") -> list[str]:
    """A plan for everybody has no verdict, so neither a smallest effect nor a chance to find it."""
    return [
        "Not measurable: nobody is held out, so nothing can ever show that it worked, or did harm. Hold somebody out.",
        f"From {plan.start} to {plan.end}, without a verdict; decided by {plan.review}.",
    ]


def _odds_words(plan: "Plan") -> str:
    return (
        f"Of 100 such plays without any effect, {100 * plan.alpha:g} are called effective, however often one looks;"
        f" of 100 with the smallest effect, {100 * plan.power:g} are found."
    )


def size_words(plan: "Plan") -> str:
    """The smallest effect worth finding, for people."""
    size, family = plan.smallest_effect, plan.primary.family
    if family == "survival":
        return f"{100 * (1 - size):.3g} % fewer losses at any time (hazard ratio {size:g})"
    if family == "share":
        return f"{100 * size:.3g} points"
    return f"{size:g}"
