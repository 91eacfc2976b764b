"""The SQL door: a table or query of any database, its columns guessed and confirmed."""

from keepwell.connectors.contract import Connector
from keepwell.connectors.sql.extract import NAME, recognise
from keepwell.connectors.sql.translate import translate


class _Sql:
    name = NAME
    recognise = staticmethod(recognise)
    translate = staticmethod(translate)


CONNECTOR: Connector = _Sql()
"""What the registry of doors opens."""

__all__ = ["CONNECTOR"]
