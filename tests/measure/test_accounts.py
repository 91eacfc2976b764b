"""Is an account one customer, with what all its people did?"""

from pathlib import Path

from tests.backends.conftest import stored

from keepwell.config import Company
from keepwell.measure.accounts import by_account
from keepwell.measure.facts import Facts
from keepwell.testing import ask, people, world
from keepwell.workspace import Workspace

SHOP = Company(name="A shop", active_by="purchase", activity_window_days=30)
STAFF = [
    {"customer_id": "ann", "account_id": "acme", "country": "FI"}, {"customer_id": "bob", "account_id": "acme", "country": "HU"},
    {"customer_id": "cid", "account_id": "bolt"}, {"customer_id": "bolt", "country": "JP"}, "dot",
]  # fmt: skip
BOUGHT = [("ann", "2025-01-20", 100), ("bob", "2025-02-15", 80), ("cid", "2025-01-20", 50), ("dot", "2025-01-25", 10)]


def shop(**more: object) -> Facts:
    """Ann and Bob buy for Acme, Cid for Bolt, Dot for herself."""
    return world(as_of="2025-03-01", company=SHOP, customers=STAFF, orders=BOUGHT, **more)


def test_an_account_is_kept_by_any_of_its_people():
    """In February Ann, Cid and Dot are lost and Bob is new; of the accounts, Acme is kept, Bolt and Dot are lost."""
    persons = ask(shop(), "kept_share", start="2025-02-01")
    accounts = ask(by_account(shop()), "kept_share", start="2025-02-01")
    names = ["at_start", "kept", "lost", "new"]
    assert persons.frame[names].values.tolist() == [[3, 0, 3, 1]]
    assert accounts.frame[names].values.tolist() == [[3, 1, 2, 0]]
    assert people(accounts, "kept", period="2025-02") == ["acme"]


def test_money_is_compared_per_account():
    """Acme: 100 in January and 80 in February, a contraction of 20; by people it is churn 100 and new 80. The sums are the same."""
    persons = ask(shop(), "revenue_movements", start="2025-02-01").frame
    accounts = ask(by_account(shop()), "revenue_movements", start="2025-02-01").frame
    names = ["start", "new", "contraction", "churn", "end"]
    assert persons[names].values.tolist() == [[160, 80, 0, 160, 80]]
    assert accounts[names].values.tolist() == [[160, 0, 20, 60, 80]]


def test_what_is_known_of_an_account():
    """Bolt tells its own country; of Acme, which has no row, Ann's is told."""
    frame = ask(by_account(shop()), "returning_share", start="2025-01-01", end="2025-02-01", by="country").frame
    assert dict(zip(frame["by"], frame["buyers"], strict=True)) == {"FI": 1, "JP": 1, "unknown": 1}


def test_who_was_merged_belongs_to_the_others_account():
    """Dot is Cid, and so of Bolt."""
    frame = ask(by_account(shop(merges=[("dot", "cid")])), "kept_share", start="2025-02-01").frame
    assert frame[["at_start", "kept"]].values.tolist() == [[2, 1]]


def test_without_customers_there_are_no_accounts():
    """A company that brought orders alone is as it was."""
    told = world(as_of="2025-03-01", company=SHOP, orders=BOUGHT)
    facts = Facts({"orders": told.tables["orders"]}, told.company, told.as_of)
    assert by_account(facts) is facts


def test_the_settings_say_who_is_counted(tmp_path: Path):
    """The same lake, asked for accounts: one buyer fewer in February's base, and Acme opens under its own name."""
    Workspace.create(tmp_path, SHOP.model_copy(update={"count": "accounts"})).close()
    stored(shop(), tmp_path)
    with Workspace.open(tmp_path) as company:
        question = company.question("kept_share", as_of=shop().as_of)
        frame = company.measure("kept_share", as_of=shop().as_of).frame
        kept = company.members(question, {"period": "2025-02"}, "kept")["customer_id"].tolist()
    assert frame[["at_start", "kept"]].values.tolist() == [[0, 0], [3, 1]]
    assert kept == ["acme"]
