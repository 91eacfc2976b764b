"""HubSpot: accounts, the people in them, deals won and lost in several languages."""

from pathlib import Path

from tests.connectors.exports import refused, rows, sheet, translated

CONTACTS = (
    "Record ID", "First Name", "Last Name", "Email", "Phone Number", "Contact owner", "Lifecycle Stage", "Create Date",
    "Associated Company", "Associated Company IDs",
)  # fmt: skip
COMPANIES = ("Record ID", "Company name", "Website URL", "Company owner", "Create Date")
DEALS = (
    "Record ID", "Deal Name", "Deal Stage", "Amount", "Deal owner", "Close Date", "Create Date", "Associated Company IDs",
    "Associated Contact IDs",
)  # fmt: skip
ACME = {"Record ID": "900", "Company name": "Acme", "Company owner": "Pat", "Create Date": "2026-01-15 09:30"}
ANN = {
    "Record ID": "1", "First Name": "Ann", "Last Name": "Lee", "Email": "Ann@Example.com", "Create Date": "2026-06-30 23:33",
    "Associated Company": "Acme; Bolt", "Associated Company IDs": "900;901", "Contact owner": "Pat",
}  # fmt: skip
BO = {
    "Record ID": "2",
    "First Name": "Bo",
    "Email": "bo@example.com",
    "Create Date": "2026-06-30 10:00",
    "Lifecycle Stage": "Customer",
}
DEAL = {
    "Record ID": "50", "Deal Name": "Mugs", "Deal Stage": "Closed won", "Amount": "1200", "Create Date": "2026-06-01 09:00",
    "Close Date": "2026-06-30 23:33", "Associated Company IDs": "900", "Associated Contact IDs": "1",
}  # fmt: skip


def test_companies_are_accounts_and_contacts_the_people_in_them(tmp_path: Path) -> None:
    """A contact of a company is one of its people; one of no company is a customer known by e-mail."""
    said = translated(
        "hubspot",
        tmp_path,
        sheet(tmp_path, "contacts.csv", CONTACTS, [ANN, BO]),
        sheet(tmp_path, "firms.csv", COMPANIES, [ACME]),
    )
    assert rows(said, "customers", "customer_id", "kind", "name", "acquired_at") == [
        ("bo@example.com", "person", "Bo", "2026-06-30 14:00:00"),
        ("hubspot company 900", "account", "Acme", "2026-01-15 14:30:00"),
    ]
    assert rows(said, "contacts", "contact_id", "customer_id", "name", "email") == [
        ("1", "hubspot company 900", "Ann Lee", "ann@example.com")
    ]
    assert any(note.startswith("Contacts of several companies: 1.") for note in said.notes)


def test_a_company_only_spoken_of_is_an_account_all_the_same(tmp_path: Path) -> None:
    """Contacts and deals alone bring the company they belong to."""
    said = translated("hubspot", tmp_path, sheet(tmp_path, "d.csv", DEALS, [DEAL]))
    assert rows(said, "customers", "customer_id", "kind", "name") == [("hubspot company 900", "account", None)]
    assert rows(said, "deals", "deal_id", "customer_id", "outcome", "amount", "currency", "closed_at") == [
        ("50", "hubspot company 900", "won", "1200", "USD", "2026-07-01 03:33:00")
    ]


def test_a_deal_without_company_belongs_to_its_contact(tmp_path: Path) -> None:
    """The contact's number leads to the e-mail when the contacts are imported together; without them it is nobody's."""
    deal = DEAL | {"Associated Company IDs": "", "Associated Contact IDs": "2"}
    said = translated(
        "hubspot", tmp_path, sheet(tmp_path, "c.csv", CONTACTS, [BO]), sheet(tmp_path, "d.csv", DEALS, [deal])
    )
    assert rows(said, "deals", "customer_id") == [("bo@example.com",)]
    alone = tmp_path / "alone"
    alone.mkdir()
    said = translated("hubspot", alone, sheet(alone, "d.csv", DEALS, [deal]))
    assert rows(said, "deals", "customer_id") == [(None,)]
    assert any(note.startswith("Deals of nobody known: 1.") for note in said.notes)


def test_stages_in_the_languages_of_portals(tmp_path: Path) -> None:
    """Won and lost are known in many languages; what says neither is open, without an end, and named where it is unusual."""
    told = {
        "Closed won": "won", "closedwon": "won", "Closed Lost (Sales)": "lost", "Abgeschlossen und gewonnen": "won",
        "Abgeschlossen und verloren": "lost", "Fermé gagné": "won", "Fermée perdue": "lost", "Cierre ganado": "won", "Perdido": "lost",
        "Suljettu, voitettu": "won", "Hävitty": "lost", "Stängd vunnen": "won", "Contract sent": "open", "Wonderful start": "open",
    }  # fmt: skip
    listed = [DEAL | {"Record ID": str(n), "Deal Stage": stage} for n, stage in enumerate(told)]
    said = translated("hubspot", tmp_path, sheet(tmp_path, "d.csv", DEALS, listed))
    assert [outcome for (outcome,) in rows(said, "deals", "outcome")] == list(told.values())
    assert {closed for outcome, closed in rows(said, "deals", "outcome", "closed_at") if outcome == "open"} == {None}
    assert "Stages taken as open, for they say neither won nor lost: Wonderful start." in said.notes


def test_a_cell_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """An amount in words and a deal without a stage are refused by row and column."""
    listed = [DEAL | {"Amount": "lots"}, DEAL | {"Deal Stage": ""}, DEAL | {"Close Date": "soon"}]
    said = translated("hubspot", tmp_path, sheet(tmp_path, "d.csv", DEALS, listed))
    assert refused(said) == [(1, "Amount", "lots"), (2, "Deal Stage", None), (3, "Close Date", "soon")]


def test_a_company_by_name_alone_is_not_guessed(tmp_path: Path) -> None:
    """A contact with the name of a company but not its number is a customer, with the name kept as a trait."""
    said = translated("hubspot", tmp_path, sheet(tmp_path, "c.csv", CONTACTS, [ANN | {"Associated Company IDs": ""}]))
    assert rows(said, "customers", "customer_id", "traits") == [("ann@example.com", {"account_name": "Acme; Bolt"})]
    assert any(note.startswith("Contacts that name a company without its number: 1.") for note in said.notes)
