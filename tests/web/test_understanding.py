"""Is what was found told with how far to trust it, and only of customers one sees?"""

import csv
import io
from collections.abc import Callable
from html import unescape
from types import SimpleNamespace

from django.test import Client
from tests.web.conftest import MINE, THEIRS

from keepwell.rounds.reading import chosen, newest
from keepwell.web.base.models import Person
from keepwell.web.place import folder
from keepwell.web.understanding import found
from keepwell.web.understanding.models import Segment
from keepwell.workspace import Workspace

SignedIn = Callable[[str], Client]
BUILD = "/understanding/segments/"


def _page(client: Client, address: str, **asked: str) -> str:
    """A page that is there, as it would be read."""
    response = client.get(address, asked)
    assert response.status_code == 200, address
    return unescape(response.content.decode())


def _lines(client: Client, address: str, **asked: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(address, asked).content.decode())))


def test_every_finding_is_told(signed_in: SignedIn) -> None:
    """Each step of the round has its line, and its page with sentences and rows."""
    client = signed_in("analyst")
    page = _page(client, "/understanding/")
    with Workspace.open(folder()) as company:
        kept = company.lake.kept(newest(company))
    for name in set(kept) - {"portraits", "today", "pressing"}:
        assert f'href="/understanding/findings/{name}/"' in page
        told = _page(client, f"/understanding/findings/{name}/")
        said = found.told(name, kept[name])
        assert all(sentence in told for sentence in (*said.told, *said.worked))
    assert client.get("/understanding/findings/nonsense/").status_code == 404


def test_a_finding_names_only_customers_one_sees(signed_in: SignedIn) -> None:
    """A rep reads of their own; whoever sees all reads of everybody."""
    rows = _lines(signed_in("rep"), "/understanding/findings/health.csv")
    assert {row["owner"] for row in rows} == {MINE}
    assert len(_lines(signed_in("analyst"), "/understanding/findings/health.csv")) > len(rows) > 0
    assert THEIRS not in _page(signed_in("rep"), "/understanding/findings/health/")


def test_trust_is_told_in_words_with_its_pictures(signed_in: SignedIn) -> None:
    """What was tried has a verdict and a calibration chart without a style of its own; models say when they mislead."""
    client = signed_in("rep")
    page = _page(client, "/understanding/trust/")
    assert "Who will buy again?" in page
    assert "rule of thumb" in page
    assert "<svg" in page
    assert "style=" not in page
    assert "When it misleads" in _page(client, "/understanding/models/")


def test_portraits_are_ordered_by_any_head(signed_in: SignedIn) -> None:
    """The largest first as the library orders them, or the smallest; a column there is not is refused in words."""
    client = signed_in("analyst")
    with Workspace.open(folder()) as company:
        wanted = chosen(company, "orders >= 3", "value_year")["customer_id"].tolist()
    asked = {"where": "orders >= 3", "by": "value_year"}
    assert [row["customer_id"] for row in _lines(client, "/understanding/portraits.csv", **asked)] == wanted
    page = _page(client, "/understanding/portraits/", **asked)
    assert page.index(f"/customers/{wanted[0]}/") < page.index(f"/customers/{wanted[1]}/")
    assert f"{len(wanted):,} customers" in page
    up = _lines(client, "/understanding/portraits.csv", by="orders", up="1")
    assert [int(row["orders"]) for row in up] == sorted(int(row["orders"]) for row in up)
    assert client.get("/understanding/portraits/", {"by": "shoe"}).status_code == 400
    assert client.get("/understanding/portraits/", {"where": "shoe = 1"}).status_code == 400


def test_portraits_are_of_customers_one_sees(signed_in: SignedIn) -> None:
    """A rep finds their own only."""
    assert {row["owner"] for row in _lines(signed_in("rep"), "/understanding/portraits.csv")} == {MINE}


def test_a_segment_counts_whom_the_library_chooses(signed_in: SignedIn) -> None:
    """The count and the file are those of Workspace.segment; a rep's are their own of them."""
    where = "orders >= 3 and recency_days > 90"
    with Workspace.open(folder()) as company:
        people = company.segment(where)
    page = _page(signed_in("analyst"), BUILD, where=where)
    assert f'class="counted">{len(people):,}<' in page
    assert [
        row["customer_id"] for row in _lines(signed_in("analyst"), "/understanding/segments.csv", where=where)
    ] == people["customer_id"].tolist()
    mine = people[people["owner"] == MINE]
    assert f'class="counted">{len(mine):,}<' in _page(signed_in("rep"), BUILD, where=where)


def test_of_whom_it_is_not_known_is_told_apart(signed_in: SignedIn) -> None:
    """Who never answered is neither in nor out."""
    with Workspace.open(folder()) as company:
        unknown = len(company.segment("nps is unknown"))
    assert f"Of {unknown:,} more it is not known." in _page(signed_in("analyst"), BUILD, where="nps <= 6")


def test_a_wrong_expression_is_marked_at_its_place(signed_in: SignedIn) -> None:
    """The word that is not understood is marked, and the page says what to do."""
    page = _page(signed_in("analyst"), BUILD, where="orders >= 3 and cuntry = 1")
    assert "orders >= 3 and <mark>cuntry</mark> = 1" in page
    assert "Nearest: country" in page
    assert "<mark>" in _page(signed_in("analyst"), BUILD, where="orders >=")
    assert "<script>" not in signed_in("analyst").get(BUILD, {"where": "<script>x"}).content.decode().split("<main")[1]


def test_why_a_customer_is_in_or_out(signed_in: SignedIn) -> None:
    """Each condition is true, false or not known of them, with their own figure."""
    with Workspace.open(folder()) as company:
        one = company.segment("orders >= 3 and nps is unknown").iloc[0]
    page = _page(signed_in("analyst"), f"{BUILD}why/", where="orders >= 3 and nps <= 6", customer=one["customer_id"])
    assert "This customer is not among them" in page
    assert f"<code>orders</code> {int(one['orders'])}" in page
    assert page.count("not known") >= 3
    assert "This customer is among them" in _page(
        signed_in("analyst"), f"{BUILD}why/", where="orders >= 3", customer=one["customer_id"]
    )


def test_why_is_told_only_of_customers_one_sees(signed_in: SignedIn) -> None:
    """Somebody else's customer is refused, one there is not is not found."""
    with Workspace.open(folder()) as company:
        theirs = company.segment(f'owner = "{THEIRS}"')["customer_id"].iloc[0]
    client = signed_in("rep")
    assert client.get(f"{BUILD}why/", {"where": "orders >= 3", "customer": theirs}).status_code == 403
    assert client.get(f"{BUILD}why/", {"where": "orders >= 3", "customer": "nobody"}).status_code == 404


def test_a_segment_is_kept_used_changed_and_removed(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Written canonically, offered to measures, changed under its name with its history, removed only by its keeper."""
    rep, other = signed_in("rep"), signed_in("manager")
    rep.post(f"{BUILD}keep/", {"name": "Often", "where": "ORDERS>=3", "shared": "on"})
    kept = Segment.objects.get()
    assert (kept.expression, kept.created_by) == ("orders >= 3", people["rep"])
    assert "Often" in _page(other, BUILD)
    assert '<option value="orders >= 3">Often</option>' in _page(other, "/measures/kept_share/")
    assert other.post(f"{BUILD}keep/", {"name": "Often", "where": "orders >= 9", "shared": "on"}).status_code == 400
    rep.post(f"{BUILD}keep/", {"name": "Often", "where": "orders >= 4", "shared": "on"})
    kept.refresh_from_db()
    assert (kept.expression, kept.history.count()) == ("orders >= 4", 2)
    assert other.post(f"{BUILD}{kept.pk}/remove/").status_code == 400
    page = rep.post(f"{BUILD}{kept.pk}/remove/", follow=True).content.decode()
    assert not Segment.objects.exists()
    rep.post("/undo/" + page.split('action="/undo/')[-1].split('"')[0])
    assert Segment.objects.get().expression == "orders >= 4"


def test_what_is_wrong_is_not_kept(signed_in: SignedIn) -> None:
    """A wrong expression, and one without a name."""
    client = signed_in("rep")
    assert client.post(f"{BUILD}keep/", {"name": "X", "where": "orders >="}).status_code == 400
    assert client.post(f"{BUILD}keep/", {"name": "", "where": "orders >= 3"}).status_code == 400
    assert not Segment.objects.exists()


def test_a_models_own_figures_stand_apart() -> None:
    """What anybody can read comes first, without a blank before per cent; parameters, errors and assumptions are how it was worked out."""
    about = {
        "told": [
            "Learned from 1,561 customers. p = 1.578 (standard error 0.26), q = 107.6 (70). Half had left after 80 days.",
            "Of the 547 customers we said had 3.8 %, 2.2 % bought.",
            "It holds in 80 % of cases. Log-likelihood -26.1. Assumes: No seasons. Source: A note.",
        ]
    }
    said = found.told("value", SimpleNamespace(about=about))  # type: ignore[arg-type]
    assert said.told == ("Learned from 1,561 customers. Half had left after 80 days.", "It holds in 80% of cases.")
    assert said.worked == (
        "p = 1.578 (standard error 0.26), q = 107.6 (70).",
        "Of the 547 customers we said had 3.8%, 2.2% bought.",
        "Log-likelihood -26.1. Assumes: No seasons. Source: A note.",
    )


def test_how_it_was_worked_out_is_closed(signed_in: SignedIn) -> None:
    """On the page of a finding with a model the parameters lie in a closed part below the sentences."""
    page = signed_in("analyst").get("/understanding/findings/value/").content.decode()
    sentences, apart = page.split("How it was worked out", 1)
    assert "standard error" not in sentences
    assert "standard error" in apart


def test_findings_are_told_by_a_figure_the_most_important_first(signed_in: SignedIn) -> None:
    """Who may leave stands first with how many are expected to; what the data do not bear stands last; a rep's counts are theirs."""
    client = signed_in("analyst")
    page = _page(client, "/understanding/")
    with Workspace.open(folder()) as company:
        kept = company.lake.kept(newest(company))
        risk = company.run(company.lake.result(kept["risk"]))
    first = page.split('class="list findings"')[1].split("</li>")[0]
    assert "/findings/risk/" in first
    assert f'class="figure">{round(risk["risk"].sum()):,}<' in first
    assert f"of {len(risk):,} customers are expected to leave within 90 days." in first
    mine = _page(signed_in("rep"), "/understanding/").split('class="list findings"')[1].split("</li>")[0]
    assert f"of {len(risk):,} customers" not in mine


def test_a_table_of_many_columns_has_heads_people_read(signed_in: SignedIn) -> None:
    """An estimate and its interval are one cell, and few rows of many columns stand side by side."""
    page = _page(signed_in("analyst"), "/understanding/findings/worth/")
    assert "together high" not in page
    assert 'class="figures turned"' in page
    assert "all newcomers of a year" in page
