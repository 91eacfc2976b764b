"""Is health the sum of its visible parts, with the unknown left out and shown, and does each version face its own history?"""

import pandas as pd
import pytest

from keepwell.errors import ModelError
from keepwell.testing import world
from keepwell.testing.worlds import full_shop, run
from keepwell.understand.freshness import freshness, told_on
from keepwell.understand.health import FIRST, PARTS, HealthTest, HealthVersion, health, looked_back, stale

SHOP = full_shop()


@pytest.fixture(scope="module")
def now() -> pd.DataFrame:
    """The shop on 1 July 2025, by customer."""
    return run(health(SHOP)).set_index("customer_id")


def test_hanna_scores_high_and_has_no_colour(now):
    """In her rhythm (100 x 3), a ten (100 x 2), spoken to 180 days ago (185/305 of 100, x 1): 93.4 of what is known, 6 of 14: less than half, no colour."""
    hanna = now.loc["Hanna"]
    assert hanna["health"] == pytest.approx((300 + 200 + 100 * 185 / 305) / 6)
    assert (hanna["light"], hanna["known"], hanna["version"]) == ("unknown", 6 / 14, 2)
    assert hanna[["points_use", "points_payment", "points_note"]].isna().all()


def test_eino_uses_it_less(now):
    """Two thirds of his use before: 5/9 of 100 (x 3), paying (100 x 3); he never asked, so help has no weight: 77.8."""
    assert now.loc["Eino", "points_use"] == pytest.approx(100 * (2 / 3 - 0.25) / 0.75)
    assert pd.isna(now.loc["Eino", "points_tickets"])
    assert now.loc["Eino", "health"] == pytest.approx((500 / 9 * 3 + 300) / 6)


def test_too_little_known_has_no_light(now):
    """Of Liu only the rhythm is known, 3 of 14: no score rather than a good one."""
    assert pd.isna(now.loc["Liu", "health"])
    assert (now.loc["Liu", "light"], now.loc["Liu", "points_rhythm"]) == ("unknown", 100)


def customer(**more) -> pd.Series:
    """One member of a club since January, looked at on 1 July 2025."""
    tables = {"subscriptions": [{"customer_id": "A", "starts_on": "2025-01-01"}], **more}
    return run(health(world(as_of="2025-07-01", **tables))).iloc[0]


@pytest.mark.parametrize(
    ("events", "points"),
    [
        ([], None),
        ([("A", "2025-05-02"), ("A", "2025-05-20"), ("A", "2025-06-20")], 100),
        ([("A", "2025-03-01")], 0),
        ([("A", f"2025-05-{day:02d}") for day in range(1, 31, 2)], 0),
    ],
)
def test_use(events, points):
    """Never used: unknown. As before: 100. Ninety silent days: 0. Fifteen days of use in two months, then none: below a quarter."""
    told = customer(events=events)["points_use"]
    assert told == points if points is not None else pd.isna(told)


@pytest.mark.parametrize(
    ("stretches", "points"),
    [
        ([("A", "2025-01-01", None, 10, "past_due")], None),
        ([("A", "2025-01-01", "2025-06-20", 10), ("A", "2025-06-20", None, 10, "past_due")], 0),
        ([("A", "2025-01-01", "2025-03-01", 10), ("A", "2025-03-01", "2025-03-09", 10, "past_due"), ("A", "2025-03-09", None, 10)], 60),
        ([("A", "2025-01-01", None, 10)], 100),
    ],
)  # fmt: skip
def test_payment(stretches, points):
    """Past due since January: nobody's customer any more. Open now: 0. Failed once: 60. Never: 100."""
    rows = run(health(world(as_of="2025-07-01", subscriptions=stretches)))["points_payment"].tolist()
    assert rows == ([] if points is None else [points])


@pytest.mark.parametrize(
    ("asked", "points"),
    [
        ([("2025-06-28", None)], 40),
        ([("2025-06-28", None), ("2025-06-29", None)], 0),
        ([("2025-06-28", 5.0)], 75),
        ([("2025-06-30", 200.0)], 40),
        ([("2025-02-01", None)], None),
    ],
)
def test_tickets(asked, points):
    """One open: 40; two: 0; one solved of late: 75; one that will take longer than it has had: open; one of February: closed, and nothing asked since."""
    events = [
        {"customer_id": "A", "happened_at": f"{day} 09:00", "kind": "ticket", "value": hours} for day, hours in asked
    ]
    told = customer(events=events)["points_tickets"]
    assert told == points if points is not None else pd.isna(told)


@pytest.mark.parametrize(("day", "points"), [("2025-06-01", 25.0), ("2025-05-02", 25.0), ("2025-05-01", None)])
def test_a_note_expires_after_sixty_days(day, points):
    """A two of five is 25; written 60 days ago it still counts, 61 days ago it is unknown again."""
    note = {"customer_id": "A", "answered_at": f"{day} 12:00", "question": "sentiment", "score": 2}
    told = customer(answers=[note])["points_note"]
    assert told == points if points is not None else pd.isna(told)


def test_the_last_note_counts():
    """A five in May, a one in June: 0."""
    notes = [
        {"customer_id": "A", "answered_at": f"2025-{month}-15", "question": "sentiment", "score": score}
        for month, score in (("05", 5), ("06", 1))
    ]
    assert customer(answers=notes)["points_note"] == 0


@pytest.mark.capability("S1-07")
@pytest.mark.parametrize(
    ("score", "day", "points", "known"),
    [
        (1, "2025-06-01", 0, 5 / 16),
        (0, "2025-06-01", 100, 5 / 16),
        (1, "2024-07-01", 0, 5 / 16),
        (1, "2024-06-30", None, 3 / 14),
    ],
)
def test_a_doubt_of_the_renewal_weighs_for_a_year(score, day, points, known):
    """In doubt 0, not in doubt 100, beside paying (3 of 14); a year old it still counts (2 of 16 more), a day older it takes no weight."""
    said = {"customer_id": "A", "answered_at": f"{day} 12:00", "question": "renewal_in_doubt", "score": score}
    told = customer(answers=[said])
    assert told["points_doubt"] == points if points is not None else pd.isna(told["points_doubt"])
    assert told["known"] == pytest.approx(known)
    assert pd.isna(told["points_note"])


def test_weights_make_the_version():
    """Payment alone, weighed once, at limits of one's own."""
    version = HealthVersion(2, {"payment": 1}, red_below=101 / 2, green_from=100)
    told = run(health(world(as_of="2025-07-01", subscriptions=[("A", "2025-01-01", None, 10)]), version))
    assert told[["health", "light", "known", "version", "points_payment"]].values.tolist() == [
        [100, "green", 1, 2, 100]
    ]


@pytest.mark.parametrize(("payment", "light"), [(1.0, "unknown"), (1.1, "green"), (0.4, "unknown")])
def test_a_colour_needs_more_than_half_of_the_weight(payment, light):
    """She pays (100), and no note is known: half, or 2 of 7, of the weight is a score without a colour; 11 of 21 is green."""
    version = HealthVersion(3, {"payment": payment, "note": 1})
    told = run(health(world(as_of="2025-07-01", subscriptions=[("A", "2025-01-01", None, 10)]), version)).iloc[0]
    assert (told["health"], told["light"], told["known"]) == (100, light, pytest.approx(payment / (payment + 1)))


@pytest.mark.parametrize(
    ("weights", "limits"),
    [({"luck": 1}, {}), ({"use": 0}, {}), ({}, {}), ({"use": 1}, {"red_below": 80, "green_from": 70})],
)
def test_no_way_to_weigh(weights, limits):
    """An unknown part, no weight, no parts, red above green: refused in words."""
    with pytest.raises(ModelError, match="no way to weigh health"):
        HealthVersion(3, weights, **limits)


def daily(until: str, *, who: str = "A") -> list[tuple[str, str]]:
    """Use every second day from 1 April 2025 until a day."""
    days = pd.date_range("2025-04-01", until, freq="2D")
    return [(who, f"{day:%Y-%m-%d}") for day in days]


def fresh(**tables):
    """What is known of each source on 1 July 2025."""
    facts = world(as_of="2025-07-01", **tables)
    return freshness(run(told_on(facts)), facts)


@pytest.mark.parametrize(("until", "silent"), [("2025-06-30", 0), ("2025-06-24", 6), ("2025-06-22", 8)])
def test_a_source_is_stale_by_its_own_rhythm(until, silent):
    """Use every second day may be silent for a week (twice 2 days would be less): six days are not too long, eight are."""
    use = fresh(events=daily(until))["use"]
    assert (use.silent, use.allowed, use.stale) == (silent, 7, silent > 7)


def test_a_slow_source_may_be_silent_for_longer():
    """Answers every 30 days may be silent for 60; with two answers there is no rhythm, and 30 days are allowed."""
    slow = [("A", f"2025-0{month}-05", 9) for month in range(1, 6)]
    assert fresh(answers=slow)["answers"].allowed == 2 * 31
    assert (fresh(answers=slow[:2])["answers"].allowed, fresh(answers=slow[:2])["answers"].stale) == (30, True)
    assert "tickets" not in fresh(answers=slow)


@pytest.mark.capability("S1-22")
def test_a_stale_part_is_unknown_and_nobody_is_green_by_it():
    """Use was last told of eight days ago: A's use is not known, with the reason; A, who pays, would be green, and is not. B never used it."""
    club = [("A", "2025-01-01"), ("B", "2025-01-01"), ("C", "2025-06-28")]
    facts = world(as_of="2025-07-01", subscriptions=club, events=daily("2025-06-22"))
    version = HealthVersion(1, {"use": 1, "payment": 3, "tickets": 2})
    silent = stale(freshness(run(told_on(facts)), facts), version)
    assert list(silent) == ["use"]
    assert silent["use"] == (
        "Stale, so not known: Use was last told of on 2025-06-22, 8 days ago; by its own rhythm 7 days are the most."
    )
    told = run(health(facts, version, stale=tuple(silent))).set_index("customer_id")
    before = run(health(facts, version)).set_index("customer_id")
    assert (before.loc["A", "light"], told.loc["A", "light"], told.loc["A", "stale"]) == ("green", "unknown", "use")
    assert told["points_use"].isna().all()
    assert told.loc["B", "light"] == before.loc["B", "light"]
    assert pd.isna(told.loc["B", "stale"])


def test_back_in_may():
    """On 2 May seven were kept; Jun, of whom too little was known, had left 60 days later."""
    counted = run(looked_back(SHOP, FIRST, days=60, mornings=1)).set_index("light")
    assert counted["customers"].sum() == 7
    assert counted.loc["unknown", "lost"] == 1
    assert counted["lost"].sum() == 1


COUNTED = pd.DataFrame({"light": ["amber", "green", "red"], "customers": [100, 200, 50], "lost": [10, 4, 20]})


def test_a_version_that_warns():
    """Of 34 lost 20 were red; 30 of 50 reds stayed; 40 % against 2 % is 20 times as often."""
    test = HealthTest.of(COUNTED, FIRST)
    assert test.tells_apart
    assert [text.replace("\N{NO-BREAK SPACE}", " ") for text in test.sentences()] == [
        "Of 34 lost within 60 days of a look, 20 (59 %) were red then; 10 amber, 4 green, 0 unknown.",
        "Of 50 red ones 30 (60 %) stayed.",
        "Red ones left 20.0 times as often as green ones.",
    ]


def test_a_version_that_does_not():
    """A tenth left whatever the light: it says so."""
    even = COUNTED.assign(lost=COUNTED["customers"] // 10)
    test = HealthTest.of(even, FIRST)
    assert not test.tells_apart
    assert test.sentences()[-1].endswith("these weights do not warn.")


def test_three_red_ones_prove_nothing():
    """Two of three lost is no warning yet."""
    few = pd.DataFrame({"light": ["green", "red"], "customers": [500, 3], "lost": [20, 2]})
    assert HealthTest.of(few, FIRST).sentences()[-1] == "Only 3 looks were red: too few to say whether they warn."


def test_nobody_lost_or_nobody_there():
    """Nothing to judge by is said, not told as a success."""
    assert "cannot be judged yet" in HealthTest.of(COUNTED.assign(lost=0), FIRST).sentences()[0]
    with pytest.raises(ModelError, match="Nobody was a customer"):
        HealthTest.of(COUNTED.iloc[:0], FIRST)


def test_every_part_is_weighed_and_told():
    """The first version weighs every part there is, and each says how its points are given."""
    assert list(FIRST.weights) == list(PARTS)
    assert all(part.says for part in PARTS.values())


def test_a_version_tells_what_it_is_made_of():
    """Two parts, the heavier first: three quarters and one quarter of the weight, each with how its points are given."""
    told = HealthVersion(7, {"note": 1, "contact": 3}, red_below=30, green_from=60).sentences()
    assert told[0] == "Version 7 of health weighs 2 parts; red below 30, green from 60."
    assert told[1] == "It has a colour only where more than half of the weight is known."
    assert told[2].startswith(
        "In touch with a person, 75% of the weight: 100 where one of us spoke to them within 60 days"
    )
    assert told[3].startswith("What we feel, 25% of the weight: a colleague's note from 1 (0) to 5 (100)")
