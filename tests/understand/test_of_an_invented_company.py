"""Is what is true of the invented company found in it, and nothing that is not?"""

from collections.abc import Iterator
from datetime import date

import ibis
import pytest

from keepwell.config import Company
from keepwell.demo import Truth, generate
from keepwell.measure.facts import Facts
from keepwell.measure.periods import calendar
from keepwell.schema import TABLES
from keepwell.understand import ideal_customer as ic
from keepwell.understand import journeys, leaving, offers

pytestmark = pytest.mark.slow
AS_OF = date(2026, 11, 1)


class _Invented:
    """Harbour Goods with twenty thousand customers, by what keeps them."""

    def __init__(self, folder, connection):
        self.truth, self.con = Truth.load(folder), connection
        self.tables = {
            path.name: connection.read_parquet(str(path / "*.parquet"), table_name=path.name)
            for path in folder.iterdir()
            if path.is_dir() and path.name in TABLES
        }

    def facts(self, active_by):
        company = Company(name="Harbour", time_zone="Europe/Helsinki", active_by=active_by, activity_window_days=180)
        return Facts(self.tables, company, AS_OF, since=date.fromisoformat(self.truth.company["opened"]))

    def run(self, expression):
        return self.con.execute(expression)


@pytest.fixture(scope="module")
def harbour(tmp_path_factory) -> Iterator[_Invented]:
    """The company, made once."""
    folder = tmp_path_factory.mktemp("harbour") / "harbour"
    generate(folder, customers=20_000, as_of=AS_OF)
    con = ibis.duckdb.connect()
    con.raw_sql("SET TimeZone = 'UTC'")
    yield _Invented(folder, con)
    con.disconnect()


def test_referred_customers_are_the_ideal_ones(harbour):
    """Referred ones leave at half the rate and those from ads at one and a half: found. Country, language and interest mean nothing: not found."""
    ideal = ic.Ideal()
    found = ic.traits(
        harbour.run(ic.counted(harbour.facts("purchase"), ideal, (*ic.TRAITS, "interest"), pairs=False)), ideal
    )
    told = {row["value"]: row["lift"] > 1 for row in found[found["offered"]].to_dict("records")}
    assert {"referral": True, "ads": False}.items() <= told.items()
    assert set(told) <= {source["name"] for source in harbour.truth.parameters["sources"]}


def test_offers_know_that_products_are_drawn_by_lot(harbour):
    """Nothing goes with anything here: offers do not beat popularity, and the page says so."""
    told = offers.verdict(harbour.run(offers.hits(harbour.facts("any"), learned=date(2026, 5, 1), days=150)))
    assert told.choice == "popular"
    assert "do not beat popularity" in str(told)


def test_reasons_are_told_as_they_are(harbour):
    """Members tell the true reason in four of five cases and a random one otherwise, two in five of the willing none: order and shares are found."""
    club = harbour.facts("subscription")
    periods = calendar("month", date(2024, 5, 1), AS_OF, club.company)
    told = leaving.reasons(harbour.run(leaving.counted(leaving.losses(club), periods)), periods).set_index("root")
    assert told["customers"].idxmax() == leaving.UNKNOWN
    known = told.drop([leaving.UNKNOWN, "payment failed"])["customers"]
    named = {
        "price": "price",
        "not needed": "no longer needed",
        "service": "service",
        "competitor": "competitor",
        "moved or closed": "moved away",
    }
    assert set(known.index) <= {*named, leaving.OTHER}
    assert int(known.get(leaving.OTHER, 0)) == 0
    true = harbour.truth.reasons
    for root, name in named.items():
        assert known[root] / known.sum() == pytest.approx(true[name] / sum(true.values()), abs=0.06)


def test_friction_is_bad_service(harbour):
    """
    Customers hurt by service have tickets before they go: who wrote more than once comes first, and by the stricter caution
    (not one false among all) nothing but tickets and chats stands out: no letter, visit or use.
    """
    told = journeys.ranked(harbour.run(journeys.friction(harbour.facts("purchase"), since=date(2026, 4, 1))))
    sure = told.loc[(told["chance_any"] < 0.05) & (told["lift"] > 1), "step"].tolist()
    assert sure[0] == told["step"].iloc[0] == "they: chat more than once"
    assert [step for step in sure if not step.startswith(("ticket", "they: chat"))] == []
