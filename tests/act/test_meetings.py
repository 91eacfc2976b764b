"""Is a late note told from one in time, and does the feeling's trend say where it goes?"""

from datetime import UTC, datetime, timedelta

import pytest

from keepwell.act.meetings import note_due, note_late, trend

HELD = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.capability("S1-19")
def test_a_note_is_late_after_forty_eight_hours():
    """Two days to the minute are in time; a minute more is late, whether the note came then or is still missing."""
    assert note_due(HELD) == datetime(2026, 3, 4, 9, tzinfo=UTC)
    minute = timedelta(minutes=1)
    assert not note_late(HELD, None, note_due(HELD))
    assert note_late(HELD, None, note_due(HELD) + minute)
    assert not note_late(HELD, HELD + minute, HELD + timedelta(days=90))
    assert note_late(HELD, note_due(HELD) + minute, HELD + timedelta(days=90))


@pytest.mark.parametrize(
    ("felt", "goes"),
    [
        ([], None),
        ([4], None),
        ([4, 4], "same"),
        ([2, 4], "better"),
        ([5, 4], "worse"),
        ([3, 4, 4, 4], "same"),  # mean of the three before: 3.67
        ([1, 5, 5, 4, 4], "same"),  # only three before count: 4.67
    ],
)
def test_the_trend_is_the_newest_beside_the_mean_of_three_before(felt, goes):
    """A whole step or more is a change; one meeting alone has no trend."""
    assert trend(felt) == goes
