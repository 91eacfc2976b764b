"""Who is moved by it, who comes anyway, who is lost either way, and whom should nobody wake?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from keepwell.errors import ModelError
from keepwell.prove import sound
from keepwell.prove.crossfit import Figure, Floats, Foretold, Places, Z, around, figure, placed
from keepwell.prove.policy import Judgement, Price, judge

GROUPS = {
    "persuadable": "foretold to bring more than it costs",
    "sure": "foretold to bring no more than it costs, and to do at least as well as the average when left alone",
    "lost": "foretold to bring no more than it costs, and to do worse than the average when left alone",
    "do not wake": "foretold below nothing, even at the upper end",
}
"""The groups, and who is in them: by what is foretold, whatever is measured of them afterwards."""
FORETOLD = {
    "persuadable": "foretold above its cost",
    "sure": "foretold below its cost, well off alone",
    "lost": "foretold below its cost, badly off alone",
    "do not wake": "foretold below nothing",
}
"""The groups where nothing is advised: names that neither advise nor claim."""


@dataclass(frozen=True)
class Held:
    """
    How far what was foretold held, as a line: effect = at + slope x (foretold - middle).

    Args:
        at: Mean effect.
        slope: 1 where the differences foretold are as large as the true ones, 0 where there are none.
        middle: Mean of what was foretold.
        spread: Covariance of at and slope, shape (2, 2).
    """

    at: float
    slope: Figure
    middle: float
    spread: Floats

    def bounds(self, uplift: Floats) -> tuple[Floats, Floats]:
        """
        Lower and upper end, at 95 %, of the effect on units of which that was foretold, shape (n,) each.

        Where the slope is not above 0 the order is worth nothing and everybody has the mean effect.
        """
        away = uplift - self.middle if self.slope.value > 0 else np.zeros(len(uplift))
        told = self.at + max(self.slope.value, 0.0) * away
        error = np.sqrt(self.spread[0, 0] + 2 * away * self.spread[0, 1] + away**2 * self.spread[1, 1])
        return told - Z * error, told + Z * error


def held(added: Floats, uplift: Floats) -> Held:
    """
    The best line from what was foretold to the effect, with errors that allow for unequal scatter.

    Best linear predictor of Chernozhukov, Demirer, Duflo & Fernandez-Val (2018), on doubly robust scores.

    Args:
        added: Score of the arm less that of control for each unit, shape (n,).
        uplift: What was foretold by those who had not seen the unit.
    """
    sound.known("What was foretold", uplift)
    sound.known("The scores", added, (len(uplift),))
    n, middle = len(added), float(uplift.mean())
    away = uplift - middle
    square = float((away**2).mean())
    at = float(added.mean())
    slope = float((away * added).mean() / square) if square > 0 else 0.0
    rest = added - at - slope * away
    influence = np.stack([rest, away * rest / square if square > 0 else np.zeros(n)])
    spread = influence @ influence.T / n**2
    error = float(np.sqrt(spread[1, 1]))
    return Held(at, around(slope, error, n), middle, spread)


@dataclass(frozen=True)
class Groups:
    """
    Units of a log by what treating them does.

    Args:
        of: Group of each unit, a name of GROUPS, shape (n,).
        told: One row per group with units: group, customers, share, alone (outcome when left alone), effect, effect_low,
            effect_high (in units of the outcome), value, value_low, value_high (money per unit, net), advice (None where there is
            none, see groups()).
        held: How far what was foretold held.
    """

    of: np.ndarray
    told: pd.DataFrame
    held: Held


def groups(
    foretold: Foretold,
    chosen: Places,
    price: Price | None = None,
    *,
    arm: str | None = None,
    judged: Judgement | None = None,
) -> Groups:
    """
    The groups of one arm, each with its own effect off the log.

    There is advice only where choosing is proven to pay.

    Args:
        foretold: What was told of each unit by those who had not seen it, with its scores.
        chosen: The arm the policy gives each unit.
        price: What outcome and contact are worth.
        arm: Which; where None the only one.
        judged: The policy, where it was judged already, as under a budget; None judges it here.

    Raises:
        ModelError: There are several arms and none was named, or it is not in the log.
    """
    place = _place(foretold.arms, arm)
    placed(chosen, len(foretold.scores), len(foretold.arms))
    added = foretold.scores[:, place] - foretold.scores[:, 0]
    line = held(added, foretold.uplift[:, place])
    harmed = line.bounds(foretold.uplift[:, place])[1] < 0
    fine = foretold.expected[:, 0] >= foretold.expected[:, 0].mean()
    of = np.select([harmed, chosen == place, fine], ["do not wake", "persuadable", "sure"], "lost")
    net = (price or Price()).net(foretold.scores, foretold.arms)
    rows = [
        _told(name, of == name, foretold.scores[:, 0], added, net[:, place] - net[:, 0])
        for name in GROUPS
        if (of == name).any()
    ]
    told = pd.DataFrame(rows)
    if not (judged or judge(foretold, chosen, price)).open:
        told["advice"] = unadvised(told)
    return Groups(of, told, line)


def unadvised(told: pd.DataFrame) -> pd.Series:
    """No advice on any group, as where choosing is not proven to pay."""
    return pd.Series([None] * len(told), index=told.index, dtype=object)


def _place(arms: tuple[str, ...], arm: str | None) -> int:
    if arm is None and len(arms) == 2:
        return 1
    if arm not in arms[1:]:
        raise ModelError(f"There is no arm {arm!r}.", f"Wanted: one of {', '.join(arms[1:])}.", "Name one of them.")
    return arms.index(arm)


def _told(name: str, own: np.ndarray, alone: Floats, added: Floats, value: Floats) -> dict[str, object]:
    effect, worth = figure(added[own]), figure(value[own])
    return {
        "group": name,
        "customers": int(own.sum()),
        "share": float(own.mean()),
        "alone": float(alone[own].mean()),
        **_ends("effect", effect),
        **_ends("value", worth),
        "advice": _advice(name, effect, worth),
    }


def _ends(name: str, told: Figure) -> dict[str, float]:
    return {name: told.value, f"{name}_low": told.low, f"{name}_high": told.high}


def _advice(name: str, effect: Figure, worth: Figure) -> str:
    """What to do with a group, by its own mean off the log; a group is not believed because of its name."""
    if name == "do not wake":
        return "do not wake" if effect.high < 0 else "leave alone; harm is foretold, not confirmed"
    if worth.low > 0:
        return "treat"
    return "leave alone" if worth.high < 0 else "not known; leave alone unless all are treated"
