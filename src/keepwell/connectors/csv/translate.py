"""What does any delimited text say in the language of the house?"""

from collections.abc import Mapping as Pairs
from collections.abc import Sequence
from pathlib import Path

from keepwell.config import Company
from keepwell.connectors.contract import Match, Raw, Translated
from keepwell.connectors.mapping import Mapping, translate_mapped, understood


def translate(
    raws: Sequence[tuple[Raw, Match]], company: Company, into: Path, confirmed: Pairs[str, Mapping] | None = None
) -> Translated:
    """
    Put tables into the language.

    Args:
        raws: The sources.
        company: Zone and currency where a source does not say.
        into: Existing empty folder for the Parquet files.
        confirmed: Fingerprint of a header -> what its columns mean; sources without are guessed.

    Raises:
        UnrecognisedError: A guess has problems.
        SourceError: A mapped column is not there.
    """
    return translate_mapped(understood(raws, company, confirmed or {}), company, into)
