"""Which plan holds, who signs, what is blank, and when is a review due?"""

from datetime import date

import pytest

from keepwell.act.plans import FUNCTIONS, Signed, blanks, holds, horizon_fits, may_sign, months_ahead, review_due

FOUR = frozenset(FUNCTIONS)
ON = date(2026, 7, 1)


@pytest.mark.capability("S1-23")
def test_the_newest_plan_four_have_signed_holds():
    """A newer one that waits for signatures does not take its place; one whose horizon passed holds no more."""
    old, new = Signed(1, date(2027, 7, 1), FOUR), Signed(2, date(2027, 9, 1), FOUR - {"support"})
    assert holds([old, new], ON) == old
    assert holds([old, Signed(2, date(2027, 9, 1), FOUR)], ON).number == 2
    assert holds([new], ON) is None
    assert holds([Signed(1, date(2026, 6, 30), FOUR)], ON) is None


@pytest.mark.capability("S3-26")
def test_a_plan_reaches_twelve_to_twenty_four_months_ahead():
    """The same day of the month counts as a whole month, the day before does not."""
    assert months_ahead(ON, date(2027, 7, 1)) == 12
    assert months_ahead(ON, date(2027, 6, 30)) == 11
    assert [horizon_fits(ON, day) for day in (date(2027, 6, 30), date(2027, 7, 1), date(2028, 7, 31), date(2028, 8, 1))] == [
        False, True, True, False,
    ]  # fmt: skip


def test_seats_sign_before_roles():
    """Who has the seat signs; where nobody has it, whoever has the role, and a manager for any."""
    assert may_sign("rep", [], []) == ["sales"]
    assert may_sign("rep", [], ["sales"]) == []
    assert may_sign("rep", ["support"], ["support", "sales"]) == ["support"]
    assert may_sign("success", [], []) == ["success", "support"]
    assert may_sign("success", [], ["support"]) == ["success"]
    assert may_sign("manager", [], ["sales", "success"]) == ["marketing", "support"]
    assert may_sign("analyst", [], []) == []


@pytest.mark.capability("S3-28")
def test_blank_parts_are_named():
    """Every part with nothing in it, in the order of the page."""
    assert blanks({"goals": [{"what": "x"}], "people": [], "renewal_terms": "a", "strengths": "b", "threats": ""}) == [
        "people", "whitespace", "risks", "weaknesses", "opportunities", "threats",
    ]  # fmt: skip


@pytest.mark.capability("S1-12")
def test_a_review_is_due_a_quarter_after_the_last():
    """Without any it is due from the first plan on; a planned one settles it."""
    since = date(2026, 1, 1)
    assert review_due([], [], since, ON) == since
    assert review_due([date(2026, 3, 31)], [], since, ON) == ON  # 31 March + 92 days
    assert review_due([date(2026, 4, 1)], [], since, ON) is None
    assert review_due([], [date(2026, 7, 9)], since, ON) is None
