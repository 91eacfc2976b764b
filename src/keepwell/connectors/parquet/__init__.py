"""The Parquet door: canonical tables as they are, any other table by its columns."""

from keepwell.connectors.contract import Connector
from keepwell.connectors.parquet.extract import NAME, recognise
from keepwell.connectors.parquet.translate import translate


class _Parquet:
    name = NAME
    recognise = staticmethod(recognise)
    translate = staticmethod(translate)


CONNECTOR: Connector = _Parquet()
"""What the registry of doors opens."""

__all__ = ["CONNECTOR"]
