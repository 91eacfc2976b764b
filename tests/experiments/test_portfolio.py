"""Are only plays that are alike drawn towards each other?"""

from collections.abc import Callable

from keepwell.experiments.portfolio import family
from keepwell.prove.plan import Plan


def test_accounts_are_no_family_of_customers(plan: Callable[..., Plan]) -> None:
    """The same endpoint of two plays is one family; of accounts it is another, told per account; another horizon is another too."""
    mine, other = plan(), plan(experiment="other")
    assert family(mine) == family(other) == "money spent per head within 60 days"
    assert family(plan(unit="account")) == "money spent per account within 60 days, of accounts"
    churn = {"primary": {"kind": "time_to_churn", "days": 60}, "smallest_effect": 0.8}
    assert family(plan(**churn)) != family(plan(unit="account", **churn))
    assert family(plan(primary={"kind": "spend", "days": 30})) != family(mine)
