"""Does the desk speak every language it offers, wholly, with every figure in its place?"""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog, Message
from django.conf import settings
from django.test import Client
from django.utils.translation import override

from keepwell.act.reasons import REASONS
from keepwell.web.base.models import Person

SignedIn = Callable[[str], Client]
ROOT = Path(__file__).resolve().parents[2]
LOCALE = ROOT / "src" / "keepwell" / "web" / "locale"
FOREIGN = [code for code, _name in settings.LANGUAGES if code != "en"]
HELD = re.compile(r"%\(\w+\)[sd]|%%|</?[a-zA-Z][^>]*>")


def _file(language: str, kind: str) -> Path:
    return LOCALE / {"zh-hans": "zh_Hans"}.get(language, language) / "LC_MESSAGES" / f"django.{kind}"


def _read(language: str) -> Catalog:
    with _file(language, "po").open("rb") as file:
        return pofile.read_po(file)


def _all(what: str | tuple[str, ...] | list[str]) -> list[str]:
    return [what] if isinstance(what, str) else list(what)


def _messages(catalog: Catalog) -> list[Message]:
    return [each for each in catalog if each.id]


@pytest.mark.parametrize("language", FOREIGN)
def test_every_message_is_translated(language: str) -> None:
    """Nothing is left out or only guessed, and every form of a plural is there."""
    catalog = _read(language)
    lacking = [each.id for each in _messages(catalog) if each.fuzzy or not all(_all(each.string))]
    assert lacking == []
    forms = {len(_all(each.string)) for each in _messages(catalog) if each.pluralizable}
    assert forms == {catalog.num_plurals}


@pytest.mark.parametrize("language", FOREIGN)
def test_what_is_filled_in_stays(language: str) -> None:
    """Every name a message holds is in its translation, and no other; a form for one may leave its number out."""
    for each in _messages(_read(language)):
        wanted = Counter(HELD.findall(_all(each.id)[-1]))
        for form in _all(each.string):
            found = Counter(HELD.findall(form))
            assert found == wanted or (each.pluralizable and found <= wanted), each.id


@pytest.mark.parametrize("language", FOREIGN)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    """The file the desk reads says the same as the one people edit."""
    with _file(language, "mo").open("rb") as file:
        compiled = _said(mofile.read_mo(file))
    assert compiled == _said(_read(language))


def _said(catalog: Catalog) -> dict[tuple[tuple[str, ...], str | None], list[str]]:
    return {(tuple(_all(each.id)), each.context): _all(each.string) for each in _messages(catalog)}


@pytest.mark.slow
def test_nothing_is_said_that_no_catalogue_has(tmp_path: Path) -> None:
    """Collected anew, the catalogues hold the same messages."""
    if shutil.which("xgettext") is None:
        pytest.skip("GNU gettext is not installed")
    for name in ("src", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([tmp_path / "scripts" / "messages"], check=True, env=_around(tmp_path))
    for language in FOREIGN:
        with (tmp_path / _file(language, "po").relative_to(ROOT)).open("rb") as file:
            collected = {str(each.id) for each in _messages(pofile.read_po(file))}
        assert collected == {str(each.id) for each in _messages(_read(language))}


def _around(folder: Path) -> dict[str, str]:
    import os
    import sys

    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    return os.environ | {"PYTHONPATH": str(folder / "src"), "TMPDIR": str(folder)}


@pytest.mark.parametrize(
    ("language", "room", "day"),
    [("fi", "Tänään", r"\d{1,2}\.\d{1,2}\."), ("hu", "Ma", r"[a-záéíóöőúüű]{3}\. \d{1,2}\."), ("zh-hans", "今日|今天", r"\d{1,2}月\d{1,2}日"), ("ja", "今日|本日", r"\d{1,2}月\d{1,2}日")],
)  # fmt: skip
def test_a_page_is_in_the_language_of_its_reader(
    signed_in: SignedIn, people: dict[str, Person], language: str, room: str, day: str
) -> None:
    """Whoever chose a language reads its words and its days, and the page says which it is."""
    Person.objects.filter(pk=people["manager"].pk).update(language=language)
    page = signed_in("manager").get("/today/").content.decode()
    assert f'<html lang="{language}"' in page
    assert re.search(f">({room})<", page)
    assert re.search(day, page)


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Gold renews in 3 days; €1,234 a year."), ("fi", "Gold uusiutuu 3 päivän päästä; 1 234 € vuodessa.")],
)
def test_why_somebody_stands_on_today_is_said_in_the_language_of_its_reader(language: str, said: str) -> None:
    """The rooms below the desk write their sentences and their money as the reader does."""
    with override(language):
        told = REASONS["renewal"].words({"what": "Gold", "days": 3, "amount": 1234.0}, "EUR")
    assert told.replace("\N{NO-BREAK SPACE}", " ") == said


@pytest.mark.parametrize(
    ("language", "name", "question"),
    [
        ("fi", "Pysyneet asiakkaat", "Moniko jakson alussa olleista asiakkaista on vielä meillä sen lopussa?"),
        ("ja", "維持した顧客", "期首にいた顧客のうち、期末にも残っているのは何人か。"),
    ],
)
def test_a_measure_is_called_in_the_language_of_its_reader(
    signed_in: SignedIn, people: dict[str, Person], language: str, name: str, question: str
) -> None:
    """On its page and in the list of all; it is found by what it is called there, and by its English name."""
    people["analyst"].language = language
    people["analyst"].save()
    client = signed_in("analyst")
    page = client.get("/measures/kept_share/").content.decode()
    assert f"<h1>{name}</h1>" in page
    assert question in page
    for words in (name, "Customers kept"):
        assert name in client.get("/measures/", {"words": words}).content.decode()
