"""What do a desk's touches, promises, notes and doubts say in the language of the house?"""

from collections.abc import Sequence
from pathlib import Path

from keepwell.config import Company
from keepwell.connectors.contract import Match, Raw, Translated
from keepwell.connectors.translation import KEY, NUMBER, Field, Translation, instant, text, traits, words

TEAMS = {"rep": "sales", "success": "success", "marketer": "marketing"}
"""What people of a role are a team of."""
ID = "desk:"
"""How ids begin that the desk gave, so that it knows its own when they come back."""


def translate(raws: Sequence[tuple[Raw, Match]], company: Company, into: Path) -> Translated:
    """
    Touches are touches of people; a promise is an event when it was given and another when it was closed; how a customer felt in a
    meeting, and whether they had doubted to renew, are answers.

    Args:
        raws: Exports of one desk.
        company: Not asked: the desk's moments are UTC.
        into: Folder for the files.

    Raises:
        SourceError: An export lacks a column it cannot be understood without.
    """
    del company
    with Translation(into) as translation:
        there = {match.export for _, match in raws}
        if "touches" in there:
            translation.sheets(raws, "touches", "touches", lambda _raw: _touches())
            translation.add(
                "touches",
                f"SELECT _row, _source, {text(ID)} || id AS touch_id, customer_id, touched_at, direction, channel, "
                f'true AS human, {words(TEAMS)}[role] AS team, who AS "by", value AS reason, subject FROM all_touches',
            )
        if "promises" in there:
            translation.sheets(raws, "promises", "events", lambda _raw: _promises())
            _events(translation, "created_at", "given", "true")
            _events(translation, "closed_at", "state", "closed_at IS NOT NULL AND state <> 'open'")
        if "notes" in there:
            translation.sheets(raws, "notes", "answers", lambda _raw: _said("sentiment", "because"))
            _answers(translation, "notes", "note:", "sentiment", "sentiment", "because")
        if "doubts" in there:
            translation.sheets(raws, "doubts", "answers", lambda _raw: _said("doubted"))
            _answers(translation, "doubts", "interview:", "renewal_in_doubt", "doubted", "NULL")
        return translation.finish()


def _answers(translation: Translation, export: str, id: str, question: str, score: str, said: str) -> None:
    """One answer a row: its question, its score and its words."""
    translation.add(
        "answers",
        f"SELECT _row, _source, {text(ID + id)} || id AS answer_id, customer_id, answered_at, {text(question)} AS question, "
        f"{score} AS score, {said} AS text FROM all_{export}",
    )


def _events(translation: Translation, at: str, name: str, where: str) -> None:
    """One event a promise, when it was given or closed."""
    told = traits({"sort": "sort", "by": "who", "due_at": "strftime(due_at, '%Y-%m-%dT%H:%M:%SZ')", "text": "text"})
    called = text(name) if name == "given" else name
    translation.add(
        "events",
        f"SELECT _row, _source, {text(ID + 'promise:')} || id || ':' || {called} AS event_id, customer_id, {at} AS happened_at, "
        f"'promise' AS kind, {called} AS name, {told} AS properties FROM all_promises WHERE {where}",
    )


def _touches() -> dict[str, Field]:
    when = instant("UTC")
    return {
        "id": Field(("id",), KEY, essential=True, filled=True),
        "customer_id": Field(("customer_id",), KEY, essential=True, filled=True),
        "touched_at": Field(("at",), when, essential=True, filled=True),
        "direction": Field(("direction",), essential=True, filled=True),
        "channel": Field(("channel",), essential=True, filled=True),
        "role": Field(("role",)),
        "who": Field(("who",)),
        "value": Field(("value",)),
        "subject": Field(("subject",)),
    }


def _promises() -> dict[str, Field]:
    when = instant("UTC")
    return {
        "id": Field(("id",), KEY, essential=True, filled=True),
        "customer_id": Field(("customer_id",), KEY, essential=True, filled=True),
        "created_at": Field(("created_at",), when, essential=True, filled=True),
        "due_at": Field(("due_at",), when),
        "closed_at": Field(("closed_at",), when),
        "state": Field(("state",), essential=True, filled=True),
        "sort": Field(("sort",)),
        "who": Field(("who",)),
        "text": Field(("text",)),
    }


def _said(score: str, *words: str) -> dict[str, Field]:
    return {
        "id": Field(("id",), KEY, essential=True, filled=True),
        "customer_id": Field(("customer_id",), KEY, essential=True, filled=True),
        "answered_at": Field(("at",), instant("UTC"), essential=True, filled=True),
        score: Field((score,), NUMBER, essential=True, filled=True),
        **{word: Field((word,)) for word in words},
    }
