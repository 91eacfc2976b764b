"""How do mapped tables become canonical ones? Each by its kind; customers told by the way are gathered last."""

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Pairs
from pathlib import Path

from keepwell.config import Company
from keepwell.connectors.contract import Match, Raw, Translated
from keepwell.connectors.mapping.guess import guess
from keepwell.connectors.mapping.model import Mapping, fingerprint
from keepwell.connectors.mapping.orders import order_lines_alone, orders
from keepwell.connectors.mapping.sheets import Job
from keepwell.connectors.mapping.subscriptions import subscriptions
from keepwell.connectors.mapping.tables import answers, assignments, customers, records
from keepwell.connectors.mapping.tickets import tickets
from keepwell.connectors.mapping.values import MACROS
from keepwell.connectors.translation import Translation
from keepwell.errors import UnrecognisedError

_KINDS: dict[str, Callable[[Job], None]] = {
    "customers": customers,
    "orders": orders,
    "order_lines": order_lines_alone,
    "subscriptions": subscriptions,
    "assignments": assignments,
    "answers": answers,
    "tickets": tickets,
}


def translate_mapped(raws: Sequence[tuple[Raw, Mapping]], company: Company, into: Path) -> Translated:
    """
    Put tables into the language as their mappings say.

    A customer file's word goes before what orders and subscriptions tell of a customer by the way.

    Args:
        raws: Sources and what their columns mean.
        company: Zone of days and of times that carry no offset.
        into: Existing empty folder for the Parquet files.

    Raises:
        SourceError: A mapped column is not in the source, or the disk is full.
    """
    with Translation(into) as translation:
        translation.ask(MACROS)
        known: list[str] = []
        met: list[str] = []
        for raw, mapping in sorted(raws, key=lambda pair: pair[1].table != "customers"):
            _KINDS.get(mapping.table, records)(Job(translation, raw, mapping, company, known, met))
        if met:
            translation.add("customers", _gathered(met, known))
        return translation.finish()


def _gathered(met: Sequence[str], known: Sequence[str]) -> str:
    """One row per customer met in orders and subscriptions who is in no customer file of this import; the latest word counts."""
    union = " UNION ALL BY NAME ".join(met)
    listed = (
        " UNION ALL ".join(f"SELECT customer_id FROM {view}" for view in known) or "SELECT NULL::VARCHAR AS customer_id"
    )
    latest = ", ".join(
        f"arg_max({column}, (told_at, _source, -_row)) AS {column}" for column in ("name", "email", "phone", "country")
    )
    return (
        f"SELECT customer_id, 'person' AS kind, {latest}, arg_min(_row, (_source, _row)) AS _row, min(_source) AS _source FROM ({union}) "
        f"WHERE customer_id IS NOT NULL AND customer_id NOT IN (SELECT customer_id FROM ({listed}) WHERE customer_id IS NOT NULL) GROUP BY customer_id"
    )


def understood(
    raws: Sequence[tuple[Raw, Match]], company: Company, confirmed: Pairs[str, Mapping]
) -> list[tuple[Raw, Mapping]]:
    """
    What each source means: as it was confirmed under its fingerprint, otherwise as guessed.

    Args:
        raws: The sources.
        company: Zone and currency where a source does not say.
        confirmed: Fingerprint of a header -> its mapping.

    Raises:
        UnrecognisedError: A source was not confirmed, and a guess has problems; all of them are named.
    """
    found = []
    for raw, _ in raws:
        mapping = confirmed.get(fingerprint(raw.columns))
        if mapping is None:
            guessed = guess(raw, company)
            if guessed.problems:
                raise UnrecognisedError(
                    f"{raw.name} is not understood: {'; '.join(problem.rstrip('.') for problem in guessed.problems)}.",
                    f"As far as it is: {'; '.join(guessed.mapping.describe())}.",
                    "Give a column mapping that says the rest.",
                )
            mapping = guessed.mapping
        found.append((raw, mapping))
    return found
