"""Is each loss told with the reason the customer gave, and is not knowing counted as not knowing?"""

import ibis
import pandas as pd
import pytest

from keepwell.config import Company
from keepwell.errors import ModelError
from keepwell.measure.periods import calendar
from keepwell.testing import run, world
from keepwell.understand.leaving import (
    OTHER,
    UNKNOWN,
    counted,
    losses,
    overdue,
    reasons,
    root_of,
    sentences,
)
from keepwell.understand.leaving_words import WORDS

CLUB = Company(name="A club", active_by="subscription")


def _club(*members, as_of="2025-07-01", **tables):
    return world(as_of=as_of, company=CLUB, subscriptions=members, **tables)


def _left(who, on="2025-06-01", reason=None, **more):
    return {"customer_id": who, "starts_on": "2025-01-01", "ends_on": on, "cancel_reason": reason, **more}


def _told(facts, *columns):
    return run(losses(facts).order_by("customer_id"))[list(columns)].values.tolist()


SAID = {
    "too_expensive": "price", "Price": "price", "Good things, a bit dear.": "price", "Liian kallis!": "price", "Det är för dyrt": "price",
    "Túl drága": "price", "Zu teuer": "price", "C'est trop cher": "price", "Demasiado caro": "price", "太贵了": "price", "料金が高い": "price",
    "no longer needed": "not needed", "We don't need it": "not needed", "En tarvitse enää": "not needed", "Nincs szükség rá": "not needed",
    "kein Bedarf mehr": "not needed", "我不需要了": "not needed",
    "Slow, and nobody told me why.": "service", "Huono palvelu": "service", "サポートが悪い": "service", "lassú kiszolgálás": "service",
    "arrived damaged": "quality", "laatu petti": "quality", "质量不好": "quality", "funktioniert nicht": "quality",
    "switched to a cheaper competitor": "competitor", "他社に乗り換え": "competitor", "másik szolgáltató": "competitor",
    "moved away": "moved or closed", "Muutimme pois": "moved or closed", "引っ越しました": "moved or closed", "wegen Umzug": "moved or closed",
    "Payment failed": "payment failed",
    "removed": None, "I will return later": None, "a load of chocolate": None, "I like årets meny": None, "": None, "Exactly what I wanted.": None,
}  # fmt: skip
"""What was said, and the root it has: words begin words ("removed" is not "moved"), short ones are whole ("ár" is not in "årets")."""


def _roots(texts):
    table = ibis.memtable({"text": texts})
    return run(table.mutate(root=root_of(table.text)))


def test_words_in_nine_languages():
    """Every text has the root it should, or none."""
    frame = _roots(list(SAID))
    assert {
        text: root if isinstance(root, str) else None for text, root in zip(frame["text"], frame["root"], strict=True)
    } == SAID


DENIED = {
    "It was not expensive": None, "not too expensive, but the support was slow": "service", "Your price is fine? No. Too expensive!": "price",
    "not expensive or slow": None, "Neither slow nor expensive": None, "The price was not the problem": None, "price isn't the reason": None,
    "not because of the price": None, "not because of the service, we moved": "moved or closed", "no bugs": None, "never late": None,
    "It isn't the price: quality": "quality", "I don't think it is expensive": None,
    "not cheaper than others": "price", "could not afford it": "price", "no support at all": "service", "not the quality I hoped for": "quality",
    "No, expensive": "price", "not only expensive": "price", "not happy with the price": "price", "no budget": "price", "does not work": "quality",
    "ei ole kallis": None, "Ei ollut liian kallis": None, "hinta ei ollut ongelma": None, "hinta ei ole liian korkea": None, "ei virheitä": None,
    "ei hidas eikä kallis": None, "Ei kallis, mutta hidas": "service", "ei palvelua": "service", "ei toimi": "quality", "ei hinnan takia": None,
    "inte för dyrt": None, "Inte dyrt alls": None, "priset var inte problemet": None, "inga fel på den": None, "inte på grund av priset": None,
    "inte dyrt men långsamt": "service", "inte billigare": "price", "ingen kundtjänst": "service",
    "nem drága": None, "Nem volt túl drága": None, "nem az ár miatt": None, "az ár nem volt probléma": None, "nem késett": None,
    "nem drága, de lassú": "service", "nem működik": "quality", "nincs szükség rá": "not needed",
    "nicht teuer": None, "War nicht zu teuer": None, "Der Preis ist nicht hoch": None, "keine Fehler": None, "Weder teuer noch langsam": None,
    "nicht wegen des Preises": None, "nicht wegen Kundendienst": None, "nicht teuer, aber kaputt": "quality", "kein Kundendienst": "service", "nicht billiger": "price",
    "kein Bedarf": "not needed", "funktioniert nicht, teuer": "quality",
    "pas cher": None, "ce n'est pas trop cher": None, "le prix n'est pas le problème": None, "ni cher ni lent": None, "Pas cher mais cassé": "quality",
    "pas de retard": None, "pas moins cher": "price", "plus besoin": "not needed", "ne marche pas": "quality", "en retard": "service",
    "no es caro": None, "No era demasiado caro": None, "el precio no es el problema": None, "sin retraso": None, "no por el precio": None,
    "no es caro pero lento": "service", "no necesito": "not needed", "no funciona": "quality", "ni caro ni lento": None,
    "不是太贵": None, "价格不贵": None, "价格不是问题": None, "没有故障": None, "不是因为价格": None, "不是因为价格，是客服太慢": "service", "没有客服": "service",
    "不便宜": "price", "不需要": "not needed", "价格太贵": "price",
    "高いわけではない": None, "価格が高いわけではない": None, "料金は高くない": None, "値段は問題ではありません": None, "遅れはなかった": None, "壊れていない": None,
    "サービスに不満はない": None, "高いとは思わない": None, "高くないが、対応が悪い": "service", "サポートがない": "service", "必要なくなった": "not needed",
}  # fmt: skip
"""What was said, and the root that is left when denials are taken away: nine languages, what is lacking stays a complaint."""


@pytest.mark.capability("S3-06")
def test_what_is_denied_is_no_reason():
    """In every language "not expensive" is no complaint about the price, and "no support" still is one about the service."""
    frame = _roots(list(DENIED))
    told = zip(frame["text"], frame["root"], strict=True)
    assert {text: root if isinstance(root, str) else None for text, root in told} == DENIED


def test_one_s_own_words_can_be_denied():
    """A company's own words are denied as any others are."""
    text = ibis.memtable({"text": ["The bread was not stale", "The bread was stale"]})
    told = run(text.mutate(root=root_of(text.text, {"bread": ["stale"]})).order_by(ibis.desc("text")))
    assert told["root"].tolist() == ["bread", None]


def test_the_table_of_words_can_be_one_s_own():
    """A company's own reasons and words; signs that are no letters are refused with what to do."""
    text = ibis.memtable({"text": ["The bread was stale", "Too dear"]})
    assert run(text.mutate(root=root_of(text.text, {"bread": ["stale"]})))["root"].tolist() == ["bread", None]
    assert run(text.mutate(root=root_of(text.text, {})))["root"].isna().all()
    with pytest.raises(ModelError, match="'no-name' cannot be looked for as a sign of 'price'"):
        root_of(text.text, {"price": ["no-name"]})


def test_every_word_of_the_table_stands_once():
    """No word stands under two roots, and none is written with capitals."""
    words = [(word, root) for root, known in WORDS.items() for word in dict.fromkeys(known)]
    assert len({word for word, _root in words}) == len(words)
    assert [word for word, _root in words if word != word.lower()] == []


@pytest.mark.capability("S3-06")
def test_codes_before_words_and_silence_is_not_a_reason():
    """Ann's code says price; bob's answer about leaving service; cid's code is not understood; dot's card failed; eve told nothing."""
    facts = _club(
        _left("ann", reason="too_expensive"), _left("bob"), _left("cid", reason="C-17"), _left("dot", involuntary=True), _left("eve"),
        ("fay", "2025-01-01", None),
        answers=[
            {"customer_id": "ann", "answered_at": "2025-06-02", "question": "open", "touchpoint": "leaving", "text": "Bad service"},
            {"customer_id": "bob", "answered_at": "2025-06-02", "question": "open", "touchpoint": "leaving", "text": "Bad service"},
        ],
    )  # fmt: skip
    assert _told(facts, "customer_id", "left_day", "root", "evidence", "told") == [
        ["ann", 20240, "price", "code of the cancellation", "too_expensive"],
        ["bob", 20240, "service", "answer about leaving", "Bad service"],
        ["cid", 20240, OTHER, "code of the cancellation", "C-17"],
        ["dot", 20240, "payment failed", "payment", None],
        ["eve", 20240, None, None, None],
    ]


@pytest.mark.parametrize(
    ("answer", "root"),
    [
        ({"question": "nps", "score": 6, "text": "Good things, a bit dear."}, "price"),
        ({"question": "nps", "score": 7, "text": "Good things, a bit dear."}, None),
        ({"question": "nps", "score": 9, "text": "Friendly service"}, None),
        ({"question": "nps", "score": 2, "text": "I will not come back."}, None),
        ({"question": "csat", "score": 2, "code": "QUALITY"}, "quality"),
        ({"question": "Why leave", "text": "It was all right."}, OTHER),
        ({"question": "nps", "score": 6, "text": "Too dear", "answered_at": "2025-03-03"}, "price"),
        ({"question": "nps", "score": 6, "text": "Too dear", "answered_at": "2025-03-02"}, None),
        ({"question": "nps", "score": 6, "text": "Too dear", "answered_at": "2025-08-30"}, "price"),
        ({"question": "nps", "score": 6, "text": "Too dear", "answered_at": "2025-08-31"}, None),
        ({"question": "nps", "score": 6, "text": "Too dear", "answered_at": "2025-10-01"}, None),
    ],
)
def test_what_unhappy_customers_said_of_something_else(answer, root):
    """Only of unhappy ones, only where it is understood, and at most 90 days before or after 1 June; about leaving, anything counts."""
    facts = _club(
        _left("ann"), as_of="2025-10-01", answers=[{"customer_id": "ann", "answered_at": "2025-05-01", **answer}]
    )
    assert _told(facts, "root") == [[root]]


def test_each_loss_has_its_own_reason():
    """Left in March for the price, came back, left in November without a word: two losses, one reason."""
    facts = _club(
        {"customer_id": "ann", "starts_on": "2025-01-01", "ends_on": "2025-03-01", "cancel_reason": "price"},
        {"customer_id": "ann", "starts_on": "2025-05-01", "ends_on": "2025-11-01"},
        as_of="2026-01-01",
    )
    assert run(losses(facts).order_by("left_day"))["root"].tolist() == ["price", None]


def test_a_shop_s_losses_are_told_before_the_window_is_over():
    """A buyer with a window of 60 days, lost on 2 March: what she said in January, after her last order, still counts."""
    shop = Company(name="A shop", active_by="purchase", activity_window_days=60)
    answers = [{"customer_id": "ann", "answered_at": "2025-01-05", "question": "nps", "score": 3, "text": "too slow"}]
    facts = world(as_of="2025-07-01", company=shop, orders=[("ann", "2025-01-01")], answers=answers)
    assert _told(facts, "left_day", "root") == [[20149, "service"]]


@pytest.mark.capability("S3-06")
def test_the_share_nobody_knows_is_always_shown():
    """Of four lost two for the price, one for something else, one unknown: 50, 25 and 25 %; of the known 67 and 33."""
    facts = _club(_left("a", reason="price"), _left("b", reason="price"), _left("c", reason="C-17"), _left("d"))
    periods = calendar("month", facts.as_of.replace(month=5), facts.as_of, facts.company)
    told = reasons(run(counted(losses(facts), periods)), periods)
    assert told[["root", "customers", "share"]].values.tolist() == [
        ["price", 2, 0.5],
        [OTHER, 1, 0.25],
        [UNKNOWN, 1, 0.25],
    ]
    assert told["share_of_known"].tolist()[:2] == pytest.approx([2 / 3, 1 / 3])
    assert sentences(told)[0] == "Price: 2 of 4 lost (50%, 15% to 85%)."
    assert sentences(told)[-1] == "The reason is not known: 1 of 4 lost (25%, 5% to 70%)."
    assert set(told["trend"]) == {"too few to tell"}


@pytest.mark.capability("S3-06")
def test_a_reason_is_due_after_fourteen_days():
    """Lost on 17 June without a reason: due on 1 July, when fourteen days are over; lost on the 18th not yet; with one never."""
    facts = _club(_left("ann", "2025-06-17"), _left("bob", "2025-06-18"), _left("cid", "2025-02-01", "price"))
    lost = losses(facts)
    assert run(lost.filter(overdue(facts, lost)))["customer_id"].tolist() == ["ann"]


def test_a_reason_that_grows():
    """Price 10 of 100 in January, 40 of 100 in February: 30 points more, growing. Service 50 and 50: steady. Unknown 40 and 10: shrinking."""
    rows = [
        (0, "price", 10),
        (0, "service", 50),
        (0, UNKNOWN, 40),
        (1, "price", 40),
        (1, "service", 50),
        (1, UNKNOWN, 10),
    ]
    periods = calendar("month", pd.Timestamp("2025-01-01").date(), pd.Timestamp("2025-03-01").date(), CLUB)
    told = reasons(pd.DataFrame(rows, columns=["period", "root", "customers"]), periods)
    assert told[["root", "earlier", "later", "trend"]].values.tolist() == [
        ["service", 50, 50, "steady"], ["price", 10, 40, "growing"], [UNKNOWN, 40, 10, "shrinking"],
    ]  # fmt: skip
    assert told["change"].tolist() == pytest.approx([0.0, 0.3, -0.3])
    assert (
        sentences(told)[1]
        == "Price: 50 of 200 lost (25%, 20% to 31%), growing: 10 in the earlier half, 40 in the later."
    )


def test_nobody_was_lost():
    """No losses: one sentence, and nothing breaks; not even without any table."""
    facts = world(as_of="2025-07-01")
    periods = calendar("month", facts.as_of.replace(month=1), facts.as_of, facts.company)
    told = reasons(run(counted(losses(facts), periods)), periods)
    assert told["root"].tolist() == [UNKNOWN]
    assert sentences(told) == ["Nobody was lost in these periods."]
