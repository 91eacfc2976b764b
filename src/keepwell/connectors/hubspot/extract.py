"""Is this an export of a HubSpot portal?"""

from keepwell.connectors.contract import Match, Raw
from keepwell.connectors.headers import Export, recognised

NAME = "hubspot"

CONTACTS = Export(
    "contacts",
    "the HubSpot contacts export",
    must=(
        ("Record ID", "Record ID - Contact", "Contact ID"),
        ("Email",),
        ("Create Date", "Lifecycle Stage", "Contact owner"),
    ),
    telling={
        "Contact owner": 2,
        "Lifecycle Stage": 2,
        "Lead Status": 1,
        "First Name": 1,
        "Last Name": 1,
        "Create Date": 1,
        "Associated Company": 1,
        "Associated Company IDs": 1,
    },
    never=("Deal Name", "Deal Stage"),
)
COMPANIES = Export(
    "companies",
    "the HubSpot companies export",
    must=(("Record ID", "Record ID - Company", "Company ID"), ("Company name",)),
    telling={"Company owner": 2, "Create Date": 1, "Website URL": 1, "Company Domain Name": 1},
    never=("Deal Name", "Email"),
)
DEALS = Export(
    "deals",
    "the HubSpot deals export",
    must=(("Record ID", "Record ID - Deal", "Deal ID"), ("Deal Name",), ("Deal Stage",)),
    telling={"Deal owner": 2, "Close Date": 2, "Amount": 1, "Create Date": 1, "Pipeline": 1},
)


def recognise(raw: Raw) -> Match | None:
    """Whether a source is the contacts, companies or deals export of HubSpot."""
    return recognised(raw, NAME, (CONTACTS, COMPANIES, DEALS))
