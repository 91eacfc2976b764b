"""What may be said of a touch, who meets whom in one week, and what lies around this moment?"""

from datetime import UTC, date, datetime, timedelta

import pytest

from keepwell.act.touches import (
    HOURS,
    VALUES,
    Outreach,
    Step,
    Worth,
    answer_by,
    around,
    carries,
    crowded,
    empty,
    refusal,
)

NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)


@pytest.mark.capability("S3-15")
def test_catching_up_is_no_value() -> None:
    """Only what is in the list carries something, and what is ours is refused without it."""
    assert set(VALUES) == {"news", "answer", "result", "idea", "thanks", "promise"}
    assert [carries(each) for each in ("news", " Idea ", "catch-up", "", None)] == [True, True, False, False, False]
    assert refusal("out", "", pitch=False, waits=False, because="") == "no value"
    assert refusal("in", "", pitch=False, waits=False, because="") == ""
    assert refusal("in", "news", pitch=False, waits=False, because="") == "value of theirs"


@pytest.mark.capability("S3-08")
def test_first_their_question_then_ours() -> None:
    """A pitch to somebody who waits needs a reason; to others, or with a reason, it may be kept."""
    assert refusal("out", "idea", pitch=True, waits=True, because=" ") == "pitch"
    assert refusal("out", "idea", pitch=True, waits=True, because="they asked for the price") == ""
    assert refusal("out", "idea", pitch=True, waits=False, because="") == ""
    assert refusal("in", "", pitch=True, waits=False, because="") == "pitch of theirs"


@pytest.mark.capability("S1-16")
def test_two_of_us_in_one_week() -> None:
    """Weeks go from Monday to Sunday; another customer, or the Monday after, is another matter."""
    made = [
        Outreach("1", "A", date(2026, 6, 29), "Ann"), Outreach("2", "A", date(2026, 7, 5), "Ben"),
        Outreach("3", "A", date(2026, 7, 6), "Ann"), Outreach("4", "B", date(2026, 7, 1), "Ann"),
    ]  # fmt: skip
    assert [[each.id for each in them] for them in crowded(made)] == [["1", "2"]]


def test_a_fortnight_around() -> None:
    """Fourteen days back and ahead, both edges in, the earliest first."""
    days = [15, 14, -14, -15, 0]
    steps = [Step(NOW + timedelta(days=n), str(n), "", "mail", by_us=True, ahead=n > 0) for n in days]
    assert [step.what for step in around(steps, NOW)] == ["-14", "0", "14"]


@pytest.mark.capability("S2-13")
def test_every_channel_has_its_time() -> None:
    """A chat is answered within the hour, a mail within a day."""
    assert answer_by(NOW, HOURS["chat"]) == NOW + timedelta(hours=1)
    assert answer_by(NOW, HOURS["mail"]) == NOW + timedelta(days=1)


def test_a_share_of_nothing_is_not_known() -> None:
    """Nobody was contacted: no share."""
    assert Worth(0, 0).share is None
    assert Worth(1, 4).share == 0.25


@pytest.mark.capability("S3-15")
@pytest.mark.parametrize(
    "words", ["Just a quick catch-up", "catching up", "Checking in with them", "Touch base", "to say hello"]
)
def test_words_that_say_nothing_carry_nothing(words):
    """Whatever value is chosen beside them; with what it is about they are fine, and what they asked is theirs."""
    assert empty(words)
    assert refusal("out", "news", about=words, pitch=False, waits=False, because="") == "empty words"
    assert refusal("in", "", about=words, pitch=False, waits=False, because="") == ""
    assert not empty(f"{words}: the autumn list")
    assert not any(empty(said) for said in ("", "Stock", "Check-in desk broken", "New prices", "How things are going"))
