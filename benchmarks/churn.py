"""How good is the chance of leaving, and how fast is survival, beside what else there is? One run, one judge, answers compared."""

import argparse
import os
import sys
from pathlib import Path

import churn_questions as asked
import numpy as np
import pandas as pd
import peers
from numpy.typing import NDArray
from peers import Peer, Results

from keepwell.understand import judging

Floats = NDArray[np.float64]

TELCO = Path(__file__).resolve().parents[2] / "shared" / "data" / "telco_ibm" / "Telco-Customer-Churn.csv"
"""Beside the checkout; it is not ours to hand on."""

RISK = (
    Peer("Keepwell", "by_keepwell_churn.py", ("risk",)),
    Peer("scikit-learn", "by_scikit_learn.py", ("logistic", "lightgbm"), ("scikit-learn", "lightgbm", "pandas")),
)
WAYS = {
    "Keepwell": ("Keepwell", "risk"),
    "logistic regression, scikit-learn": ("scikit-learn", "logistic"),
    "LightGBM as it comes": ("scikit-learn", "lightgbm"),
}
"""For people -> contestant and question."""

SURVIVAL = (
    Peer("Keepwell", "by_keepwell_churn.py", tuple(asked.SURVIVAL)),
    Peer("lifelines", "by_lifelines.py", tuple(asked.SURVIVAL), ("lifelines==0.30.3",)),
    Peer("scikit-survival", "by_scikit_survival.py", tuple(asked.SURVIVAL), ("scikit-survival==0.28.0",)),
)
OTHERS = tuple(peer.name for peer in SURVIVAL[1:])
SAME = 1e-8
"""How far two answers may be apart, as a share."""
MILLION = 1_000_000


def main() -> int:
    """Let everybody answer, judge, print the tables; 1 where two answers differ."""
    given = peers.arguments(__doc__, MILLION, "stays")
    data = given.data / "churn"
    data.mkdir(parents=True, exist_ok=True)
    wrong = []
    if TELCO.exists():
        wrong += _risk(data, given)
    else:
        print(
            f"Not run: the telecom's customers are not there ({TELCO.parent.name} beside the checkout).",
            file=sys.stderr,
        )
    wrong += _survival(data, given)
    print("\n".join(wrong), file=sys.stderr)
    return bool(wrong)


def _risk(data: Path, given: argparse.Namespace) -> list[str]:
    """The telecom's customers, told by halves."""
    before = os.getloadavg()[0]
    table = pd.read_csv(TELCO)
    left = (table.pop("Churn") == "Yes").astype("int64")
    table.assign(left=left).to_csv(data / "telco.csv", index=False)
    results = peers.compete(RISK, data, given.data / "peers", times=1)
    scores = {name: _scores(results, *way, left) for name, way in WAYS.items()}
    rows = []
    for name, (peer, question) in WAYS.items():
        cells = [_mean(scores[name], score) for score in ("auc", "brier", "calibration error")]
        rows.append([name, *cells, peers.seconds(results[peer][question])])
    head = ["learner", "AUC", "Brier score", "calibration error", "ten fits: CPU seconds (wall)"]
    about = f"{len(table):,} customers of a telecom, {left.sum():,} of whom left; {peers.about(before)}"
    _tell(f"{about}\n\n{peers.table(head, rows)}\n\n{_beside(scores)}", "telco", given)
    return _judged_alike(results, scores)


def _scores(results: Results, peer: str, question: str, left: pd.Series) -> pd.DataFrame:
    """AUC, Brier score and calibration error of each half; none where there is no answer."""
    found = results[peer][question]
    if "fault" in found:
        return pd.DataFrame(columns=["auc", "brier", "calibration error"])
    rows = []
    with np.load(found["figures"]["said"]) as kept:
        for turn, (_teach, judge) in enumerate(asked.halves(len(left))):
            said = pd.DataFrame({"said": kept[f"{turn:02d}"], "happened": left[judge].to_numpy()})
            error = judging.calibration_error(judging.calibration(said))
            rows.append({"auc": judging.auc(said), "brier": judging.brier(said), "calibration error": error})
    return pd.DataFrame(rows)


def _mean(scores: pd.DataFrame, name: str) -> str:
    return f"{scores[name].mean():.4f} ± {scores[name].std():.4f}" if len(scores) else ""


def _beside(scores: dict[str, pd.DataFrame]) -> str:
    """By how much Keepwell is better or worse, half by half."""
    told = []
    for name, theirs in scores.items():
        if name != "Keepwell" and len(theirs):
            apart = scores["Keepwell"]["auc"] - theirs["auc"]
            told.append(
                f"Beside {name}, AUC is {apart.mean():+.4f}, higher in {(apart > 0).sum()} of {len(apart)} halves."
            )
    return " ".join(told)


def _judged_alike(results: Results, scores: dict[str, pd.DataFrame]) -> list[str]:
    """Whether scikit-learn's own judgement of its learners is ours."""
    told = []
    for name, (peer, question) in WAYS.items():
        theirs, ours = results[peer][question].get("figures", {}), scores[name].mean()
        told += [
            f"{score} of {name}: {ours[score]} here, {theirs[score]} by scikit-learn"
            for score in ("auc", "brier")
            if score in theirs and abs(theirs[score] - ours[score]) > SAME
        ]
    return told


def _survival(data: Path, given: argparse.Namespace) -> list[str]:
    """How long customers stay."""
    before = os.getloadavg()[0]
    np.savez(data / "stays.npz", **asked.stays(given.rows))
    results = peers.compete(SURVIVAL, data, given.data / "peers", given.times)
    differ = _differences(results)
    rows = []
    for question, meaning in asked.SURVIVAL.items():
        took = {name: found.get(question) for name, found in results.items()}
        cells = [peers.seconds(took[name]) for name in ("Keepwell", *OTHERS)]
        ratios = [peers.times(took[name], took["Keepwell"]) for name in OTHERS]
        agree = "no" if any(meaning in told for told in differ) else "yes"
        rows.append([meaning, *cells, *ratios, agree])
    head = ["question", "Keepwell", *OTHERS, *(f"{name} is slower" for name in OTHERS), "same answer"]
    about = f"{given.rows:,} stays of up to {asked.DAYS} days; {peers.about(before)} CPU seconds (wall seconds)."
    _tell(f"{about}\n\n{peers.table(head, rows)}", f"survival {given.rows}", given)
    return differ


def _differences(results: Results) -> list[str]:
    """Where somebody answers otherwise than Keepwell, in words."""
    told = []
    for name in OTHERS:
        for question, meaning in asked.SURVIVAL.items():
            ours, theirs = (results[who][question].get("figures", {}) for who in ("Keepwell", name))
            told += [
                f"{name}, {meaning}: {figure} {ours[figure]} and {value}"
                for figure, value in theirs.items()
                if figure in ours and not abs(ours[figure] - value) <= SAME * abs(ours[figure])
            ]
    return told


def _tell(text: str, mark: str, given: argparse.Namespace) -> None:
    print(text)
    if given.write:
        peers.write(text, mark)


if __name__ == "__main__":
    sys.exit(main())
