"""How fast is the proof beside what else there is? A scorecard and time to churn of a million customers in one run, answers compared."""

import os
import sys

import numpy as np
import peers
import proof_questions as asked
from peers import Peer, Result, Results

OURS = tuple(asked.SCORECARD | asked.SURVIVAL)
PEERS = (
    Peer("Keepwell", "by_keepwell_proof.py", OURS),
    Peer("tea-tasting", "by_tea_tasting.py", ("scorecard",), ("tea-tasting==1.14.0", "ibis-framework[duckdb]==11.0.0")),
    Peer("lifelines", "by_lifelines_proof.py", tuple(asked.SURVIVAL), ("lifelines==0.30.3",)),
)
OTHERS = tuple(peer.name for peer in PEERS[1:])
PAGE = peers.PAGE.parent / "speed-of-proof.md"

MILLION, GOAL = 1_000_000, 1.0
"""CPU seconds a scorecard, and all of survival, may take of a million customers."""
JUDGED = ("scorecard", "survival")

SAME, CLOSE, NEAR = 1e-7, 1e-6, 0.05
"""How far two answers may be apart: as a share; of Cox's, which others end earlier; of what is not the same method, in standard errors."""
OTHERWISE = ("adjusted: error", "adjusted: chance", "adjusted: held out")
"""tea-tasting's adjusted mean has one slope for both arms, ours one for each; its figure of those held out is the adjusted one."""


def main() -> int:
    """Make the customers, let everybody answer, print the table; 1 where two answers differ or the goal is missed."""
    given = peers.arguments(__doc__, MILLION, "customers", PAGE)
    before = os.getloadavg()[0]
    data = given.data / "proof"
    data.mkdir(parents=True, exist_ok=True)
    np.savez(data / "customers.npz", **asked.customers(given.rows))
    results = peers.compete(PEERS, data, given.data / "peers", given.times)
    differ = _differences(results)
    about = f"{given.rows:,} customers, four of five treated, assigned on {asked.OPEN} days and watched up to {asked.DAYS}; "
    about += f"{peers.about(before)} CPU seconds (wall seconds)."
    agreed = "All answers agree." if not differ else "**Answers differ.** " + " ".join(differ)
    text = f"{about}\n\n{_speeds(results, given.rows)}\n\n{_answers(results)}\n\n{agreed}"
    print(text)
    if given.write:
        peers.PAGE = PAGE
        peers.write(text, f"proof {given.rows}")
    missed = [question for question in JUDGED if "missed" in _goal(results["Keepwell"][question], question, given.rows)]
    print("\n".join([*differ, *missed]), file=sys.stderr)
    return bool(differ or missed)


def _speeds(results: Results, rows: int) -> str:
    """What each question took, and how many times slower the others are."""
    lines = []
    for question, meaning in (asked.SCORECARD | asked.SURVIVAL).items():
        took = {name: results.get(name, {}).get(question) for name in ("Keepwell", *OTHERS)}
        cells = [peers.seconds(found) for found in took.values()]
        ratios = [peers.times(took[name], took["Keepwell"]) for name in OTHERS]
        lines.append([meaning, *cells, *ratios, _goal(took["Keepwell"], question, rows)])
    head = ["question", "Keepwell", *OTHERS, *(f"{name} is slower" for name in OTHERS), "goal"]
    return peers.table(head, lines)


def _goal(ours: Result | None, question: str, rows: int) -> str:
    if question not in JUDGED or rows != MILLION or not ours:
        return ""
    met = "cpu" in ours and ours["cpu"] < GOAL
    return f"under {GOAL:g} CPU s: {'met' if met else '**missed**'}"


def _answers(results: Results) -> str:
    """What everybody said, side by side."""
    lines = []
    for name in OTHERS:
        for question, found in results.get(name, {}).items():
            ours = results["Keepwell"][question].get("figures", {})
            if question == "survival":
                continue
            lines += [
                [
                    f"{question}, {figure}" if question != figure.split(":")[0] else figure,
                    _told(ours.get(figure)),
                    _told(value),
                    name,
                ]
                for figure, value in found.get("figures", {}).items()
            ]
    return peers.table(["answer", "Keepwell", "the other", "who"], lines)


def _told(value: float | None) -> str:
    return "" if value is None else f"{value:.9g}"


def _differences(results: Results) -> list[str]:
    """Where somebody answers otherwise than Keepwell, in words."""
    told = []
    for name in OTHERS:
        for question, found in results.get(name, {}).items():
            ours = results["Keepwell"][question].get("figures", {})
            told += [
                f"{name}, {question}, {figure}: {ours[figure]} and {value}."
                for figure, value in found.get("figures", {}).items()
                if figure not in OTHERWISE and not abs(ours[figure] - value) <= _room(ours, figure)
            ]
    return told


def _room(ours: dict[str, float], figure: str) -> float:
    """How far an answer may be from Keepwell's."""
    if figure == "adjusted":
        return NEAR * ours["adjusted: error"]
    return (CLOSE if figure.startswith("cox") else SAME) * abs(ours[figure])


if __name__ == "__main__":
    sys.exit(main())
