"""How fast are the models of value, beside what else there is? One run, the same customers, parameters and likelihoods compared."""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import peers
import value_data
from peers import Peer, Result, Results
from value_questions import QUESTIONS

ALL = tuple(QUESTIONS)
FITS = ("bg", "pareto", "spend")
PEERS = (
    Peer("Keepwell", "by_keepwell_value.py", ALL),
    Peer("lifetimes", "by_lifetimes.py", ALL, ("lifetimes==0.11.3", "setuptools<80")),
    Peer("pymc-marketing", "by_pymc_marketing.py", ALL, ("pymc-marketing==0.19.2",)),
)
OTHERS = tuple(peer.name for peer in PEERS[1:])

GOALS = {"bg": 0.1, "pareto": 1.0, "all": 2.0}
"""CPU seconds at a million customers."""
MILLION, FASTER = 1_000_000, 50

NEAR = {
    "customers": 0.0, "repeats": 0.0, "recency_days": 0.0, "age_days": 0.0, "spent": 1e-6, "purchases": 1e-3, "value": 1e-3,
}  # fmt: skip
"""How far, as a share, two answers may be apart: none for what is counted; Keepwell keeps six digits of what each customer spent."""
LIKELY, SURE = {"r": 1e-6, "p": 1e-6}, 0.1
"""How far log-likelihoods may be apart, as a share, by the first parameter; and parameters, in standard errors."""


def main() -> int:
    """Make the data, let everybody answer, print the tables; 1 where two answers differ."""
    given = _arguments()
    wrong = []
    for customers in given.customers:
        before = os.getloadavg()[0]
        data = value_data.make(given.data / "value", customers)
        asked = [peer for peer in PEERS if peer.name in (given.only or [peer.name])]
        results = peers.compete(asked, data, given.data / "peers", given.times)
        differ = _differences(results)
        text = "\n\n".join([_preface(customers, before), _speeds(results, customers), _answers(results, differ)])
        print(text)
        if given.write:
            peers.write(text, f"value {customers}")
        wrong += [f"{customers:,} customers: {told}" for told in differ]
    print("\n".join(wrong), file=sys.stderr)
    return bool(wrong)


def _arguments() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--customers", type=int, nargs="*", default=[*value_data.REAL, MILLION], help="sizes to run")
    asked.add_argument(
        "--data",
        type=Path,
        default=Path(tempfile.gettempdir()) / "keepwell-bench",
        help="where data and environments are kept",
    )
    asked.add_argument("--times", type=int, default=3, help="best of so many")
    asked.add_argument(
        "--only", nargs="*", default=[], help="contestants to run, the others stand as before; all where none is named"
    )
    asked.add_argument(
        "--write", action=argparse.BooleanOptionalAction, default=True, help=f"put the tables into {peers.PAGE.name}"
    )
    return asked.parse_args()


def _preface(customers: int, before: float) -> str:
    whose = "of a CD shop" if customers in value_data.REAL else "simulated"
    return f"{customers:,} customers {whose}, {peers.about(before)} CPU seconds (wall seconds)."


def _speeds(results: Results, customers: int) -> str:
    """What each question took, all of them together, and how many times slower the others are."""
    rows = {**QUESTIONS, "all": "all of these together"}
    lines = []
    for question, meaning in rows.items():
        took = {name: _took(found, question) for name, found in results.items()}
        ours = took.get("Keepwell")
        ratios = [peers.times(took.get(name), ours) for name in OTHERS]
        cells = [peers.seconds(took.get(name)) for name in ("Keepwell", *OTHERS)]
        lines.append([meaning, *cells, *ratios, _goal(ours, question, customers)])
    head = ["question", "Keepwell", *OTHERS, *(f"{name} is slower" for name in OTHERS), "goal"]
    return peers.table(head, lines)


def _took(found: dict[str, Result], question: str) -> Result | None:
    """One question's time, or that of all, which is not known where one is missing."""
    if question != "all":
        return found.get(question)
    parts = list(found.values())
    if len(parts) < len(ALL) or any("cpu" not in part for part in parts):
        return None
    return {name: sum(part[name] for part in parts) for name in ("cpu", "wall")}


def _goal(ours: Result | None, question: str, customers: int) -> str:
    """The goal for a million customers, and whether it was met."""
    if customers < MILLION:
        return ""
    told = [f"{FASTER}x"] if question in FITS else []
    if question in GOALS and ours and "cpu" in ours:
        met = "met" if ours["cpu"] < GOALS[question] else "**missed**"
        told.insert(0, f"under {GOALS[question]:g} CPU s: {met}")
    return "; ".join(told)


def _answers(results: Results, differ: list[str]) -> str:
    """Parameters and log-likelihoods beside each other, and whether all agree."""
    lines = []
    for question in FITS:
        ours = results.get("Keepwell", {}).get(question, {}).get("figures", {})
        for name in (name for name in ours if name != "errors"):
            error = ours["errors"].get(name)
            told = f" (standard error {error:.2g})" if error else ""
            cells = [_figure(results.get(peer, {}).get(question, {}).get("figures", {}).get(name)) for peer in OTHERS]
            lines.append([f"{QUESTIONS[question]}: {name.replace('_', '-')}", f"{_figure(ours[name])}{told}", *cells])
    for question in ("purchases", "value"):
        cells = [
            _figure(results.get(name, {}).get(question, {}).get("figures", {}).get(question))
            for name in ("Keepwell", *OTHERS)
        ]
        lines.append([f"{QUESTIONS[question]}: total", *cells])
    agree = "All answers agree." if not differ else f"**Answers differ:** {'; '.join(differ)}."
    return f"{peers.table(['answer', 'Keepwell', *OTHERS], lines)}\n\n{agree}"


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.4f}" if abs(value) >= 1000 else f"{value:.6g}"


def _differences(results: Results) -> list[str]:
    """Where somebody answers otherwise than Keepwell, in words."""
    told = []
    for name in OTHERS:
        for question, found in results.get(name, {}).items():
            ours, theirs = results.get("Keepwell", {}).get(question, {}), found
            if "figures" in ours and "figures" in theirs:
                told += [
                    f"{name}, {QUESTIONS[question]}: {what}" for what in _apart(ours["figures"], theirs["figures"])
                ]
    return told


def _apart(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    """The figures that are further apart than they may be."""
    allowed = {name: NEAR[name] * abs(ours[name]) for name in NEAR if name in ours}
    if "log_likelihood" in ours:
        allowed["log_likelihood"] = LIKELY[next(iter(ours))] * abs(ours["log_likelihood"])
        allowed |= {name: SURE * error for name, error in ours["errors"].items()}
    return [
        f"{name} {_figure(ours[name])} and {_figure(theirs[name])}"
        for name, most in allowed.items()
        if not abs(ours[name] - theirs[name]) <= most
    ]


if __name__ == "__main__":
    sys.exit(main())
