"""Does a look weigh strata alike, and tell a quantile where it is asked for one?"""

import numpy as np
import pandas as pd
import pytest

from keepwell.prove.comparing import Counted, compare
from keepwell.prove.plan import Endpoint

BOUGHT = Endpoint("bought", 30)


def _row(arm: str, yes: int, n: int, **other: str) -> dict[str, object]:
    return {"arm": arm, **other, "n": n, "k0": n, "s0": float(yes), "p0_0": float(yes), "c0": 0.0}


def _counted(cells: dict[tuple[str, str], tuple[int, int]]) -> Counted:
    """What the engine counts of (arm, stratum) -> (how many bought, of how many)."""
    strata = pd.DataFrame([_row(arm, *told, stratum=name) for (arm, name), told in cells.items()])
    arms = [
        _row(arm, sum(yes for (one, _), (yes, _n) in cells.items() if one == arm), sum(n for (one, _), (_y, n) in cells.items() if one == arm))
        for arm in ("mail", "control")
    ]  # fmt: skip
    return Counted(BOUGHT, pd.DataFrame(arms), ("bought",), strata=strata)


def test_a_lucky_mixture_of_strata_does_not_count() -> None:
    """Half of the keen buy and a tenth of the others, in either arm alike; more keen among the mailed seem an effect, and are none."""
    found = compare(
        _counted(
            {
                ("mail", "keen"): (400, 800),
                ("mail", "cool"): (20, 200),
                ("control", "keen"): (250, 500),
                ("control", "cool"): (50, 500),
            }
        ),
        "mail",
        "control",
    )
    plain = dict(found.beside)["as it stands, not weighed by strata"]
    assert (plain.difference, plain.proven) == (pytest.approx(0.12), True)
    assert (found.effect.difference, found.effect.proven) == (pytest.approx(0), False)
    assert found.effect.unit == "share"


def test_strata_too_small_to_weigh_leave_the_plain_figure() -> None:
    """One held out in each stratum: nothing is weighed."""
    found = compare(
        _counted({("mail", "a"): (3, 9), ("control", "a"): (1, 1), ("control", "b"): (0, 1)}), "mail", "control"
    )
    assert "weighed" not in found.effect.method


def _upper(value: float, below: float, above: float, arm: str, n: int = 1000) -> dict[str, object]:
    return {"arm": arm, "n": n, "value": value, "below": below, "above": above, "tied": 0.0}


def test_a_quantile_is_an_endpoint() -> None:
    """The upper tenth spends from 90 on, with the mail from 100, ± 5 and ± 5: +10, error sqrt(2) 5 / 1.96, which is shown."""
    frame = pd.DataFrame([_upper(100, 95, 105, "mail"), _upper(90, 85, 95, "control")])
    endpoint = Endpoint("upper_spend", 30)
    found = compare(Counted(endpoint, frame), "mail", "control")
    assert (found.effect.difference, found.effect.unit, found.information) == (10, "money at the quantile", 2000)
    assert found.effect.error == pytest.approx(np.sqrt(2) * 5 / 1.959964 * np.sqrt(0.999))
    assert found.effect.proven
    assert endpoint.words == "what the upper tenth of customers spends at least within 30 days"
    few = compare(Counted(endpoint, frame[frame["arm"] == "mail"]), "mail", "control")
    assert not few.effect.known
