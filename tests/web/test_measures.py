"""Does every figure have a page, with its definition, its way, and the customers behind it?"""

import csv
import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape

import pytest
from django.test import Client
from tests.web.conftest import MINE, THEIRS

import keepwell.measure  # noqa: F401  registers every family
from keepwell.measure.metric import METRICS
from keepwell.web.base.models import Person
from keepwell.web.measures.models import View
from keepwell.web.place import folder
from keepwell.workspace import Workspace

SignedIn = Callable[[str], Client]
AS_OF, LAST = date(2026, 7, 1), "2026-06"
"""The morning of the invented company, and its last whole month."""


def _page(client: Client, address: str) -> str:
    """A page that is there, as it would be read."""
    response = client.get(address)
    assert response.status_code == 200, address
    return unescape(response.content.decode())


def _lines(client: Client, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(address).content.decode())))


def test_the_list_names_every_measure_and_finds_by_words(signed_in: SignedIn) -> None:
    """All registered metrics are linked; words narrow the list, and words of nothing say so."""
    client = signed_in("rep")
    page = _page(client, "/measures/")
    assert all(f'href="/measures/{id}/"' in page for id in METRICS)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))  # one that stood in the frame too hid the whole list
    found = _page(client, "/measures/?words=cohort+age")
    assert 'href="/measures/cohort_retention/"' in found
    assert 'href="/measures/kept_share/"' not in found
    assert "No measure is about “zebra”" in _page(client, "/measures/?words=zebra")


@pytest.mark.slow
@pytest.mark.parametrize("metric", METRICS)
def test_every_measure_answers(metric: str, signed_in: SignedIn) -> None:
    """Each has its definition and an answer, or says why there is none; no picture brings a style of its own."""
    client = signed_in("analyst")
    page = _page(client, f"/measures/{metric}/?now=1")
    assert METRICS[metric].formula in page
    assert METRICS[metric].misleads in page
    assert 'class="says"' in page or 'class="figure"' in page
    assert "style=" not in page
    if link := re.search(r'href="(/measures/[^"]*/customers/[^"]*)"', page):
        assert "you see." in _page(client, link[1])


def test_an_answer_is_what_the_library_says(signed_in: SignedIn) -> None:
    """The figure of the page and of the file is that of Workspace.measure."""
    with Workspace.open(folder()) as company:
        frame = company.measure("kept_share", start=(AS_OF - timedelta(days=390)).replace(day=1)).frame
    rows = _lines(signed_in("analyst"), "/measures/kept_share/figures.csv")
    assert [row["period"] for row in rows] == list(frame["period"].tail(13))
    assert [float(row["value"]) for row in rows] == pytest.approx(frame["value"].tail(13).tolist())
    assert f"{frame['value'].iloc[-1]:.1%}" in _page(signed_in("analyst"), "/measures/kept_share/?now=1")


def test_the_page_comes_first_and_the_answer_stays_ready(signed_in: SignedIn, nothing_ready: None) -> None:
    """A question nobody asked is worked out after the page; asked again it stands there at once, in few queries."""
    client = signed_in("analyst")
    address = "/measures/lifetime_repeat/?unit=quarter"
    assert 'hx-trigger="load"' in _page(client, address)
    assert 'class="says"' in _page(client, f"{address}&now=1")
    assert 'class="says"' in _page(client, address)


def test_an_answer_is_read_in_few_queries(
    signed_in: SignedIn, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    """The desk's own database is asked for the person, what is kept, and the segments; not once a row."""
    client = signed_in("analyst")
    _page(client, "/measures/kept_share/?now=1")
    with django_assert_max_num_queries(14):  # type: ignore[attr-defined]
        assert 'class="says"' in _page(client, "/measures/kept_share/")


def test_a_cell_leads_to_its_customers(signed_in: SignedIn) -> None:
    """Whoever sees everybody finds exactly the members the library names, in the file as on the page."""
    with Workspace.open(folder()) as company:
        question = company.question("kept_share", start=AS_OF - timedelta(days=30))
        members = company.members(question, {"period": LAST}, "lost")["customer_id"]
    client = signed_in("analyst")
    address = f"?cell.period={LAST}&group=lost"
    assert [row["customer_id"] for row in _lines(client, f"/measures/kept_share/customers.csv{address}")] == list(
        members
    )
    page = _page(client, f"/measures/kept_share/customers/{address}")
    assert f"{len(members)} customer" in page
    assert all(f'href="/customers/{id}/"' in page for id in members)


def test_beyond_ones_reach_customers_are_counted_and_not_named(signed_in: SignedIn) -> None:
    """A rep sees their own and is told how many more there are."""
    client = signed_in("rep")
    rows = _lines(client, f"/measures/kept_share/customers.csv?cell.period={LAST}&group=at_start")
    assert {row["owner"] for row in rows} == {MINE}
    page = _page(client, f"/measures/kept_share/customers/?cell.period={LAST}&group=at_start")
    assert f"{len(rows)} customer" in page
    assert "whom others look after" in page
    assert THEIRS not in page


def test_a_segment_counts_only_customers_one_sees(signed_in: SignedIn) -> None:
    """A condition that picks out one customer of somebody else tells a rep nothing; whoever sees all is answered."""
    where = f'owner = "{THEIRS}"'
    rep = _page(signed_in("rep"), f"/measures/active_customers/?now=1&where={where}")
    assert "counts only those you see" in rep
    assert re.search(r'class="figure">(?:<a[^>]*>)?0<', rep)
    assert "counts only those you see" not in _page(
        signed_in("analyst"), f"/measures/active_customers/?now=1&where={where}"
    )


def test_a_breakdown_is_a_grid(signed_in: SignedIn) -> None:
    """By country each country is a column, and its figures lead to its customers."""
    page = _page(signed_in("analyst"), "/measures/kept_share/?now=1&by=country")
    assert '<th scope="col" class="number">FI</th>' in page
    assert "cell.by=FI" in page


def test_a_wrong_question_is_told(signed_in: SignedIn) -> None:
    """Days, units, options, traits, expressions and cells that are none: 400 or 404, in words."""
    client = signed_in("analyst")
    wrong = {
        "/measures/nonsense/": 404,
        "/measures/kept_share/?start=yesterday": 400,
        "/measures/kept_share/?now=1&unit=aeon": 400,
        "/measures/kept_share/?now=1&unit=day&start=2024-01-01": 400,
        "/measures/repeat_within/?now=1&set.days=many": 400,
        "/measures/kept_share/?now=1&by=traits.shoe": 400,
        "/measures/kept_share/?now=1&where=ordrs>1": 400,
        "/measures/kept_share/?now=1&start=2026-06-01&to=2025-01-01": 400,
        "/measures/kept_share/customers/?cell.period=1999-01": 400,
        "/measures/kept_share/customers/?group=everyone": 404,
    }
    assert {address: client.get(address).status_code for address in wrong} == wrong
    assert "There is no column 'ordrs'" in unescape(
        client.get("/measures/kept_share/?now=1&where=ordrs>1").content.decode()
    )


def test_hostile_words_stay_words(signed_in: SignedIn) -> None:
    """What stands in an address comes back as text."""
    client = signed_in("analyst")
    for address in (
        "/measures/?words=<script>x</script>",
        "/measures/kept_share/?now=1&where=<script>x</script>",
        "/measures/kept_share/?by=<script>x",
    ):
        assert "<script>x" not in client.get(address).content.decode()


def test_options_days_and_the_command_follow_the_question(signed_in: SignedIn) -> None:
    """The command line's command asks the very same."""
    page = _page(
        signed_in("analyst"), "/measures/repeat_within/?now=1&set.days=60&unit=quarter&start=2025-01-01&to=2026-03-31"
    )
    assert (
        "keepwell measure repeat_within --period quarter --start 2025-01-01 --end 2026-04-01 --as-of 2026-07-01 --set days=60"
        in page
    )
    assert "days = 60" in page


def test_a_chart_is_a_picture(signed_in: SignedIn) -> None:
    """PNG of the same answer; where there is nothing to draw there is none."""
    picture = signed_in("analyst").get("/measures/kept_share/chart.png")
    assert picture.content[:8] == b"\x89PNG\r\n\x1a\n"
    assert "attachment" in picture["Content-Disposition"]


def test_a_view_is_kept_opened_shared_and_removed(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """One's own is nobody else's; shared, everybody opens it and only its keeper removes it; undo brings it back."""
    rep, other = signed_in("rep"), signed_in("manager")
    rep.post("/measures/kept_share/keep/", {"name": "By country", "by": "country", "unit": "quarter"})
    own = View.objects.get()
    assert (own.created_by, own.question) == (people["rep"], {"by": "country", "unit": "quarter"})
    assert rep.get(f"/measures/views/{own.pk}/")["Location"] == "/measures/kept_share/?unit=quarter&by=country"
    assert other.get(f"/measures/views/{own.pk}/").status_code == 404
    rep.post("/measures/kept_share/keep/", {"name": "For all", "shared": "on"})
    shared = View.objects.get(name="For all")
    assert "For all" in _page(other, "/measures/")
    assert "By country" not in _page(other, "/measures/")
    assert other.post(f"/measures/views/{shared.pk}/remove/").status_code == 400
    page = rep.post(f"/measures/views/{shared.pk}/remove/", follow=True).content.decode()
    assert not View.objects.filter(name="For all").exists()
    rep.post("/undo/" + page.split('action="/undo/')[-1].split('"')[0])
    assert View.objects.filter(name="For all").exists()
    assert shared.history.count() == 3


def test_a_view_needs_a_name_of_its_own(signed_in: SignedIn) -> None:
    """Without a name, or under one that is taken, nothing is kept."""
    client = signed_in("rep")
    assert client.post("/measures/mrr/keep/", {"name": ""}).status_code == 400
    client.post("/measures/mrr/keep/", {"name": "Mine"})
    assert client.post("/measures/mrr/keep/", {"name": "Mine"}).status_code == 400
    assert View.objects.count() == 1


def test_strangers_are_led_to_the_sign_in(people: dict[str, Person]) -> None:
    """Nothing is told to whoever is not signed in."""
    assert people
    for address in (
        "/measures/",
        "/measures/kept_share/",
        "/measures/kept_share/customers/",
        "/measures/kept_share/figures.csv",
    ):
        assert "/sign-in/" in Client().get(address)["Location"]


def test_text_that_begins_like_a_formula_is_no_formula_in_a_file() -> None:
    """A table program opens it as text; numbers stay numbers."""
    import pandas as pd

    from keepwell.web.measures.files import csv as written

    told = written(pd.DataFrame({"name": ["=1+1", "Ann"], "n": [-1, 2]}), "x.csv").content.decode()
    assert told == "name,n\n'=1+1,-1\nAnn,2\n"


def test_keepwell_measure_is_registered() -> None:
    """The families the list tells apart are those there are."""
    from keepwell.web.measures.families import _OF

    assert {metric.family for metric in METRICS.values()} == set(_OF)


def test_a_share_leads_to_those_it_is_a_share_of(signed_in: SignedIn) -> None:
    """Its customers are those of the start, with how many of them were kept and lost; everybody stands one click away."""
    with Workspace.open(folder()) as company:
        frame = company.measure("kept_share").frame
    row = frame[frame["period"] == LAST].iloc[0]
    client = signed_in("analyst")
    page = _page(client, f"/measures/kept_share/customers/?cell.period={LAST}")
    kept, all_ = int(row["kept"]), int(row["at_start"])
    assert f"{all_:,} at the start: {kept:,} kept, {all_ - kept:,} lost." in page
    assert f"{all_:,} customers you see." in page
    assert f'group=at_start" aria-current="true">at the start <span class="count">{all_:,}<' in page
    lost = _page(client, f"/measures/kept_share/customers/?cell.period={LAST}&group=lost")
    assert f"{all_ - kept:,} customer" in lost
    assert 'group=all" aria-current="true">everybody' in _page(
        client, f"/measures/kept_share/customers/?cell.period={LAST}&group=all"
    )


@pytest.mark.parametrize("said", ["period=nonsense", "unit=nonsense", "set.shoe=1"])
def test_what_means_nothing_in_an_address_is_told(signed_in: SignedIn, said: str) -> None:
    """Instead of a figure of other days than were asked for."""
    refused = signed_in("analyst").get(f"/measures/kept_share/?now=1&{said}")
    assert refused.status_code == 400
    assert "nonsense" in refused.content.decode() or "set.shoe" in refused.content.decode() or "period" in said


def test_a_breakdown_says_on_what_each_share_rests(signed_in: SignedIn) -> None:
    """With n and its interval beside it, and its trait in words; the axis that leaves 0 out says so."""
    page = _page(signed_in("analyst"), "/measures/kept_share/?now=1&by=kind")
    assert '<option value="kind" selected>person or company</option>' in page
    assert re.search(r'<small class="muted">n [\d,]+, [\d.]+% to [\d.]+%</small>', page)
    assert "does not begin at 0" in page
