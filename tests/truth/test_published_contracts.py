"""Do spend per purchase and contracts give the answers that were published? Each figure names its source and its tolerance."""

from importlib.metadata import files

import numpy as np
import pandas as pd
import pytest

from keepwell.understand.spend import PARTS, GammaGamma


def cdnow(name: str) -> pd.DataFrame:
    """Purchases of the CDNOW customers up to 1997-09-30: customer, day, spent."""
    found = next(file for file in files("lifetimes") or [] if file.name == name)
    sample = name == "CDNOW_sample.txt"
    columns = ["old_id", "customer", "day", "discs", "spent"] if sample else ["customer", "day", "discs", "spent"]
    bought = pd.read_csv(
        found.locate(), sep=r"\s+", header=None, names=columns, dtype={"day": str}, skiprows=0 if sample else 1
    )
    return bought[bought["day"] <= "19970930"]


def spending(bought: pd.DataFrame) -> pd.DataFrame:
    """Exact cells: days with a purchase after the first, and what they brought."""
    daily = bought.groupby(["customer", "day"], as_index=False)["spent"].sum()
    later = daily[daily["day"] > daily.groupby("customer")["day"].transform("min")]
    each = later.groupby("customer")["spent"].agg(["count", "sum"])
    parts = (each["sum"] * PARTS).round().astype("int64")
    cells = pd.DataFrame({"currency": "USD", "repeats": each["count"], "spent": parts, "customers": 1})
    return cells[cells["spent"] > 0].reset_index(drop=True)


PUBLISHED_SPEND = {
    "CDNOW_sample.txt": ((6.249572, 3.744225, 15.443521), -4055.917695, 946),
    "CDNOW_master.txt": ((6.275359, 3.624450, 14.983687), -40763.47626, None),
}


@pytest.mark.parametrize("name", PUBLISHED_SPEND)
def test_gamma_gamma_on_cdnow(name):
    """Parameters and likelihood to every digit of MODELS 1a; note 025 prints 6.25, 3.74, 15.44 for the sample."""
    parameters, height, customers = PUBLISHED_SPEND[name]
    fitted = GammaGamma().fit(spending(cdnow(name)))
    assert list(fitted.parameters_.values()) == pytest.approx(parameters, rel=1e-6)
    assert fitted.log_likelihood_ == pytest.approx(height, rel=1e-9)
    if customers:
        assert fitted.customers_ == customers
        assert [round(value, 2) for value in fitted.parameters_.values()] == [6.25, 3.74, 15.44]


def test_gamma_gamma_conditional_means():
    """The first ten customers with the published parameters: 24.65 18.91 35.17 35.17 35.17 71.46 18.91 35.17 27.28 35.17 (atol .1)."""
    published = GammaGamma()
    published.parameters_ = {"p": 6.25, "q": 3.74, "gamma": 15.44}
    repeats = np.array([2, 1, 0, 0, 0, 7, 1, 0, 2, 0.0])
    means = np.array([22.35, 11.77, 0, 0, 0, 73.74, 11.77, 0, 25.55, 0])
    wanted = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    assert published.expected(repeats, repeats * means) == pytest.approx(wanted, abs=0.1)
