"""What do HubSpot's contacts, companies and deals say in the language of the house?"""

from collections.abc import Sequence
from pathlib import Path

from keepwell.config import Company
from keepwell.connectors.contract import Match, Raw, Translated
from keepwell.connectors.translation import (
    CURRENCY,
    EMAIL,
    KEY,
    MONEY,
    PHONE,
    YES,
    Field,
    Kind,
    Translation,
    instant,
    text,
    traits,
)

WON = "won|closedwon|gewonnen|gagnée?|conclu|ganad[oa]|ganho|vint[oa]|vunn[ae]t?|vunnen|vundet|voitettu|wygran[aey]|nyert|megnyert|成約"
LOST = "lost|closedlost|verloren|perdue?|perdid[oa]|pers[oa]|förlorad|tabt|tapt|hävitty|menetetty|przegran[aey]|elveszett|vesztett|失注"
"""Words of the stages of won and lost deals in the languages of portals, matched as whole words."""
USUAL = (
    "appointment scheduled", "qualified to buy", "presentation scheduled", "decision maker bought-in", "contract sent",
    "appointmentscheduled", "qualifiedtobuy", "presentationscheduled", "decisionmakerboughtin", "contractsent",
)  # fmt: skip
"""The open stages every portal begins with."""
FIRST_ID = Kind(lambda cell: f"nullif(regexp_extract({cell}, '\\d+'), '')")
SEVERAL = Kind(lambda cell: f"regexp_matches(coalesce({cell}, ''), ';')")


def translate(raws: Sequence[tuple[Raw, Match]], company: Company, into: Path) -> Translated:
    """
    Companies are customers (accounts) and their contacts the people in them; a contact of no company is a customer itself.

    Args:
        raws: Contacts, companies and deals exports; together they know each other.
        company: Zone of the portal's times, currency of deals that name none.
        into: Folder for the files.

    Raises:
        SourceError: An export lacks a column it cannot be understood without.
    """
    there = {match.export for _, match in raws}
    with Translation(into) as translation:
        translation.sheets(raws, "companies", "customers", lambda raw: _company_columns(translation, raw, company))
        translation.sheets(raws, "contacts", "customers", lambda raw: _contact_columns(translation, raw, company))
        translation.sheets(raws, "deals", "deals", lambda raw: _deal_columns(translation, raw, company))
        _people(translation)
        _accounts(translation)
        if "deals" in there:
            _deals(translation, company)
        return translation.finish()


def _company_columns(translation: Translation, raw: Raw, company: Company) -> dict[str, Field]:
    return {
        "id": Field(("Record ID", "Record ID - Company", "Company ID"), KEY, essential=True, filled=True),
        "name": Field(("Company name",)),
        "acquired_at": Field(("Create Date",), _when(translation, raw, company)),
        "owner": Field(("Company owner",)),
        "country": Field(("Country/Region", "Country")),
        "phone": Field(("Phone Number",), PHONE),
        "industry": Field(("Industry",)),
        "website": Field(("Website URL", "Company Domain Name")),
        "city": Field(("City",)),
    }


def _contact_columns(translation: Translation, raw: Raw, company: Company) -> dict[str, Field]:
    return {
        "id": Field(("Record ID", "Record ID - Contact", "Contact ID"), KEY, essential=True, filled=True),
        "email": Field(("Email",), EMAIL),
        "phone": Field(("Phone Number", "Mobile Phone Number"), PHONE),
        "first_name": Field(("First Name",)),
        "last_name": Field(("Last Name",)),
        "owner": Field(("Contact owner",)),
        "source": Field(("Lead Source", "Original Source")),
        "acquired_at": Field(("Create Date",), _when(translation, raw, company)),
        "role": Field(("Buying Role", "Job Title", "Contact Type")),
        "language": Field(("Preferred language",)),
        "country": Field(("Country/Region", "Country")),
        "account": Field(
            ("Associated Company IDs", "Associated Company IDs (Primary)", "Primary Associated Company ID"), FIRST_ID
        ),
        "accounts": Field(("Associated Company IDs",), SEVERAL),
        "account_name": Field(("Associated Company", "Company name", "Company Name")),
        "lifecycle_stage": Field(("Lifecycle Stage",)),
        "lead_status": Field(("Lead Status",)),
    }


def _deal_columns(translation: Translation, raw: Raw, company: Company) -> dict[str, Field]:
    when = _when(translation, raw, company)
    return {
        "id": Field(("Record ID", "Record ID - Deal", "Deal ID"), KEY, essential=True, filled=True),
        "name": Field(("Deal Name",)),
        "stage": Field(("Deal Stage",), essential=True, filled=True),
        "is_won": Field(("Is Closed Won", "Is closed won"), YES),
        "is_lost": Field(("Is Closed Lost", "Is closed lost"), YES),
        "amount": Field(("Amount",), MONEY),
        "currency": Field(("Currency", "Deal Currency", "Deal Currency Code"), CURRENCY),
        "owner": Field(("Deal owner",)),
        "opened_at": Field(("Create Date",), when),
        "closed_at": Field(("Close Date",), when),
        "account": Field(
            ("Associated Company IDs", "Associated Company IDs (Primary)", "Primary Associated Company ID"), FIRST_ID
        ),
        "accounts": Field(("Associated Company IDs",), SEVERAL),
        "contact": Field(("Associated Contact IDs",), FIRST_ID),
    }


def _when(translation: Translation, raw: Raw, company: Company) -> Kind:
    """Times are the wall clock of the portal, taken to be the company's."""
    return instant(company.time_zone, day_first=translation.day_first(raw, ("Create Date",)))


def _people(translation: Translation) -> None:
    """Contacts of a company are its people; the others are customers, known by e-mail, else by HubSpot's number."""
    translation.view(
        "persons",
        "SELECT *, nullif(concat_ws(' ', first_name, last_name), '') AS name, "
        "coalesce('hubspot company ' || account, email, 'hubspot contact ' || id) AS customer_id FROM all_contacts",
    )
    if translation.ask("SELECT count(*) FROM persons WHERE account IS NOT NULL") != [(0,)]:
        translation.add(
            "contacts",
            "SELECT _row, _source, id AS contact_id, customer_id, name, email, phone, role, language FROM persons "
            "WHERE account IS NOT NULL",
        )
    named = traits({name: name for name in ("lifecycle_stage", "lead_status", "account_name")})
    if translation.ask("SELECT count(*) FROM persons WHERE account IS NULL") != [(0,)]:
        translation.add(
            "customers",
            "SELECT _row, _source, customer_id, 'person' AS kind, name, email, phone, acquired_at, source, country, "
            "language, owner, "
            f"{named} AS traits FROM persons WHERE account IS NULL",
        )
    translation.tell(
        "persons",
        "id",
        {
            "account IS NULL AND account_name IS NOT NULL": "Contacts that name a company without its number: {n}. A name is not enough to "
            "know a company by, so they are customers themselves; export with Associated Company IDs to put them "
            "into it.",
            "account IS NULL AND email IS NULL": "Contacts with neither company nor e-mail: {n}. They are known by HubSpot's number.",
            "accounts": "Contacts of several companies: {n}. They belong to the first.",
        },
    )


def _accounts(translation: Translation) -> None:
    """Companies, and those that only contacts or deals speak of."""
    named = traits({name: name for name in ("industry", "website", "city")})
    translation.view(
        "firms",
        "SELECT _row, _source, 'hubspot company ' || id AS customer_id, name, phone, acquired_at, country, owner, "
        f"{named} AS traits FROM all_companies",
    )
    translation.view(
        "spoken_of",
        "SELECT * FROM (SELECT 'hubspot company ' || account AS customer_id, _row, _source, account_name AS name "
        "FROM all_contacts "
        "WHERE account IS NOT NULL UNION ALL SELECT 'hubspot company ' || account, _row, _source, NULL FROM all_deals "
        "WHERE account IS NOT NULL) ANTI JOIN firms USING (customer_id)",
    )
    parts = {
        "firms": "SELECT *, 'account' AS kind FROM firms",
        "spoken_of": "SELECT customer_id, 'account' AS kind, arg_min(_row, (_source, _row)) AS _row, min(_source) AS _source, "
        "arg_min(name, (_source, _row)) AS name FROM spoken_of GROUP BY customer_id",
    }
    for view, select in parts.items():
        if translation.ask(f"SELECT count(*) FROM {view}") != [(0,)]:
            translation.add("customers", select)
    translation.tell(
        "spoken_of",
        "customer_id",
        {"true": "Companies known only from contacts or deals: {n}. Import the companies export to know more of them."},
    )


def _deals(translation: Translation, company: Company) -> None:
    """A deal is won or lost when its stage says so; its close date is its end only then, before it is a hope."""
    said = "lower(nfc_normalize(stage))"
    translation.view(
        "judged",
        f"SELECT deals.*, CASE WHEN is_won THEN 'won' WHEN is_lost THEN 'lost' WHEN {_speaks(said, LOST)} THEN 'lost' "
        f"WHEN {_speaks(said, WON)} THEN 'won' ELSE 'open' END AS outcome, "
        "coalesce('hubspot company ' || deals.account, persons.customer_id) AS customer_id "
        "FROM all_deals deals LEFT JOIN (SELECT DISTINCT ON (id) id, customer_id FROM persons) persons ON persons.id "
        "= deals.contact",
    )
    translation.add(
        "deals",
        "SELECT _row, _source, id AS deal_id, customer_id, name, opened_at, if(outcome = 'open', NULL, closed_at) AS "
        "closed_at, outcome, "
        f"amount, coalesce(currency, {text(company.currency)}) AS currency, owner FROM judged",
    )
    usual = ", ".join(text(stage) for stage in USUAL)
    strange = translation.ask(
        f"SELECT DISTINCT stage FROM judged WHERE outcome = 'open' AND lower(stage) NOT IN ({usual}) ORDER BY 1 "
        "LIMIT 20"
    )
    if strange:
        translation.note(
            f"Stages taken as open, for they say neither won nor lost: {', '.join(stage for (stage,) in strange)}."
        )
    translation.tell(
        "judged",
        "id",
        {
            "customer_id IS NULL": "Deals of nobody known: {n}. Export with Associated Company IDs, or import the contacts export with them.",
            "currency IS NULL AND amount IS NOT NULL": f"Deals that name no currency: {{n}}. {company.currency} was assumed.",
            "accounts": "Deals of several companies: {n}. They belong to the first.",
        },
    )


def _speaks(said: str, stems: str) -> str:
    """Whether a stage has one of some words."""
    return f"regexp_matches({said}, '(^|[^\\p{{L}}])({stems})($|[^\\p{{L}}])')"
