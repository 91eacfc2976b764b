"""Who is behind an account number whose e-mail changed? One customer, under the e-mail the account has now."""

from keepwell.connectors.translation import Translation

MOST = 3
"""E-mails an account may have had; one with more is a till or a colleague who orders for others, not one customer."""


def add_accounts(translation: Translation, told: str) -> None:
    """
    Say which e-mail stands for an account, and for what was bought under one of its e-mails without the account.

    Makes the views "accounts" (account, known_email) and "renamed" (email, known_email). An e-mail of two accounts is left as it is.

    Args:
        translation: The translation under way.
        told: SELECT of account, email, moment and sure: whether it is the account's own list that says so, not an order.
    """
    translation.view("tellings", f"SELECT DISTINCT * FROM ({told}) WHERE account IS NOT NULL AND email IS NOT NULL")
    translation.view(
        "accounts",
        "SELECT account, coalesce(min(email) FILTER (WHERE sure), if(count(DISTINCT email) <= "
        f"{MOST}, arg_max(email, (coalesce(moment, TIMESTAMPTZ '1970-01-01 00:00:00+00'), email)), NULL)) AS known_email "
        "FROM tellings GROUP BY account",
    )
    translation.view(
        "renamed",
        "SELECT email, min(known_email) AS known_email FROM tellings JOIN accounts USING (account) GROUP BY email "
        "HAVING count(DISTINCT account) = 1",
    )


def owned(rows: str) -> str:
    """
    The SQL of rows under the e-mail of now: email is the one that stands for the customer, told_email the one the row gave.

    Args:
        rows: View with the columns account and email.
    """
    return (
        "(SELECT told.* EXCLUDE (email), told.email AS told_email, "
        "coalesce(accounts.known_email, renamed.known_email, told.email) AS email "
        f"FROM {rows} told LEFT JOIN accounts ON accounts.account = told.account "
        "LEFT JOIN renamed ON renamed.email = told.email AND told.account IS NULL)"
    )
