"""Does every chart say what its table says, in both schemes, without a network?"""

import re
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from keepwell import charts
from keepwell.charts.theme import DARK, HATCH, LIGHT, NARROW, WIDE

PERIODS = ["2026-01", "2026-02", "2026-03"]
BRIDGE = pd.DataFrame([{"at_start": 1204, "new": 84, "returned": 31, "lost": 117, "at_end": 1202, "kept": 1087}])
MOVES = pd.DataFrame(
    {"period": PERIODS, "new": [5, 7, 2], "returned": [1, 0, 1], "lost": [2, 4, 1], "complete": [True, True, False]}
)
RATES = pd.DataFrame(
    {"period": PERIODS * 2, "rate": ["kept_share"] * 3 + ["crr_net"] * 3, "value": [0.9, 0.8, None, 0.95, 0.85, None]}
)
COHORTS = pd.DataFrame(
    [
        ("2026-01", 0, 10, 1.0, True),
        ("2026-01", 1, 10, 0.4, True),
        ("2026-01", 2, 10, None, False),
        ("2026-02", 0, 8, 1.0, True),
        ("2026-02", 1, 8, None, False),
    ],
    columns=["cohort", "age", "size", "value", "complete"],
)
SURVIVAL = pd.DataFrame(
    {"age": [0, 10, 20], "value": [1.0, 0.75, 0.4], "low": [1.0, 0.5, 0.2], "high": [1.0, 0.9, 0.6]}
)
GAPS = pd.DataFrame({"left": [0, 10, 20], "right": [10, 20, 30], "n": [5, 3, 1]})
SAID = pd.DataFrame(
    {"said": [0.01, 0.3], "happened": [0.0, 0.31], "low": [0.0, 0.25], "high": [0.02, 0.37], "customers": [400, 300]}
)
PIT = pd.DataFrame({"low": [0.0, 0.5], "high": [0.5, 1.0], "share": [0.4, 0.6]})
TOTALS = pd.DataFrame(
    {
        "morning": ["2026-01-02", "2026-04-02"],
        "said": [1100.0, 900.0],
        "low": [1000.0, None],
        "high": [1200.0, None],
        "happened": [1020, 930],
    }
)
TOPS = pd.DataFrame({"top": [0.01, 0.1], "revenue": [0.2, 0.5]})

Drawn = Callable[..., Any]
ALL: dict[str, Drawn] = {
    "bridge": lambda **how: charts.bridge.chart(BRIDGE, **how),
    "movements": lambda **how: charts.movements.chart(MOVES, unit="customers", **how),
    "rates": lambda **how: charts.rates.chart(RATES, names={"kept_share": "Kept", "crr_net": "Net"}, **how),
    "cohorts": lambda **how: charts.cohorts.chart(COHORTS, **how),
    "survival": lambda **how: charts.survival.chart(SURVIVAL, median=20, **how),
    "curve": lambda **how: charts.curve.chart(COHORTS.groupby("age", as_index=False)["value"].mean(), **how),
    "gaps": lambda **how: charts.gaps.chart(GAPS, marks={"half within": 9}, **how),
    "calibration": lambda **how: charts.calibration.chart(SAID, happened="left", **how),
    "pit": lambda **how: charts.pit.chart(PIT, **how),
    "totals": lambda **how: charts.totals.chart(TOTALS, happened="left", meaning="lost", **how),
    "concentration": lambda **how: charts.concentration.chart(TOPS, **how),
}
every_chart = pytest.mark.parametrize("draw", ALL.values(), ids=ALL)


@every_chart
def test_it_has_a_text_alternative(draw: Drawn) -> None:
    """A reader who cannot see it hears a sentence, not the marks one by one."""
    drawn = charts.svg(draw(), name="one")
    assert drawn.startswith("<svg ")
    assert 'role="img"' in drawn
    assert len(re.findall("aria-label=", drawn)) == 1
    assert re.search(r'aria-label="[^"]{30,}"', drawn)


@every_chart
def test_on_a_page_it_takes_the_colours_of_the_page(draw: Drawn) -> None:
    """No colour of either scheme is left in it, only the page's custom properties and the hatch."""
    drawn = charts.svg(draw(), scheme="page", name="one")
    for colour in (*LIGHT.values(), *DARK.values(), HATCH):
        assert colour not in drawn
    assert "var(--" in drawn


@every_chart
def test_it_stays_within_its_width(draw: Drawn) -> None:
    """Drawn for a page or a telephone, the picture is at most a little wider than asked; the heat map scrolls."""
    for width in (WIDE, NARROW):
        box = re.search(r'viewBox="0 0 ([\d.]+) ', charts.svg(draw(width=width), scheme="page", name="one"))
        assert box is not None
        assert float(box[1]) <= width + 40


@every_chart
def test_it_becomes_a_png_by_day_and_by_night(draw: Drawn) -> None:
    """Two pictures, both PNG, not the same."""
    day, night = (charts.png(charts.svg(draw(), scheme=scheme), scale=1) for scheme in ("light", "dark"))
    assert day[:8] == night[:8] == b"\x89PNG\r\n\x1a\n"
    assert day != night


def test_the_bridge_prints_its_five_numbers() -> None:
    """1,204 less 117, 31 back, 84 new: 1,202."""
    drawn = charts.svg(charts.bridge.chart(BRIDGE), title="June")
    for told in ("1,204", "−117", "+31", "+84", "1,202", "June"):
        assert f">{told}<" in drawn


def test_the_heat_map_prints_numbers_and_hatches_what_is_not_over() -> None:
    """100, 40, 100 are printed; two cells are hatched and say to date; no 0 stands for what is not known."""
    drawn = charts.svg(charts.cohorts.chart(COHORTS), name="heat")
    assert [drawn.count(f">{told}<") for told in ("100", "40", "to date")] == [2, 1, 2]
    assert drawn.count('fill="url(#heat-hatch)"') == 2


def test_what_was_said_stands_beside_what_happened() -> None:
    """The highest chance is told in words; totals bear both numbers, and a total without interval has no rule."""
    said = charts.svg(charts.calibration.chart(SAID, happened="left"), name="one")
    assert "said 30\N{NO-BREAK SPACE}%, 31\N{NO-BREAK SPACE}% left" in said
    drawn = charts.svg(charts.totals.chart(TOTALS, happened="left"), name="one")
    for told in ("1,020", "1,100", "930", "900"):
        assert f">{told}<" in drawn
    assert "2026-01-02: said 1,100, 1,020 left" in drawn


def test_level_bars_are_said_to_be_level() -> None:
    """Two parts should hold half each; they hold 40 % and 60 %."""
    assert "each of 2 parts should hold 50\N{NO-BREAK SPACE}%; they hold 40.0" in charts.svg(charts.pit.chart(PIT))


def test_a_hostile_label_stays_text() -> None:
    """Marks in a cohort's label cannot end the picture."""
    drawn = charts.svg(charts.cohorts.chart(COHORTS.assign(cohort='"><script>')), title="<b>&")
    assert "<script" not in drawn
    assert "<b>" not in drawn


def test_names_beside_bars_do_not_cover_each_other() -> None:
    """Thin parts of the last bar: their names stand at least a fifteenth of the height apart."""
    thin = MOVES.assign(new=[50, 60, 1], returned=[10, 10, 1])
    drawn = charts.svg(charts.movements.chart(thin, width=WIDE), name="one")
    places = [float(y) for y in re.findall(r'translate\([\d.]+,([\d.]+)\)"[^>]*>(?:new|returned|lost)<', drawn)]
    assert len(places) == 3
    assert min(abs(a - b) for a in places for b in places if a != b) > 12
