"""Is the draw going on after the roll-out?"""

from collections.abc import Callable
from datetime import date

import pytest

from keepwell.errors import ProofError
from keepwell.experiments import assigning, deciding, planning
from keepwell.prove.plan import Plan
from keepwell.workspace import Workspace


@pytest.mark.slow
def test_after_the_roll_out_the_draw_goes_on(company: Workspace, plan: Callable[..., Plan]) -> None:
    """Ended at ten units and kept: those who wait are drawn now, past the most of the plan, into the same two arms."""
    planning.freeze(company, plan(max_n=10), anyway=True)
    assert assigning.draw(company, "mail").new == 10
    deciding.halt(company, "mail", "Shown.", date(2026, 7, 2))
    with pytest.raises(ProofError, match="takes nobody"):
        assigning.draw(company, "mail", date(2026, 7, 2))
    deciding.decide(company, "mail", "keep", "It pays.", date(2026, 7, 3))
    found = assigning.draw(company, "mail", date(2026, 7, 4))
    assert found.new > 10
    assert set(found.units) == {"control", "mail"}
    assert not any("nobody else is drawn" in line for line in found.told())
