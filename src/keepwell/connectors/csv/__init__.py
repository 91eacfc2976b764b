"""The CSV door: any delimited text, its columns guessed and confirmed."""

from keepwell.connectors.contract import Connector
from keepwell.connectors.csv.extract import NAME, recognise
from keepwell.connectors.csv.translate import translate


class _Csv:
    name = NAME
    recognise = staticmethod(recognise)
    translate = staticmethod(translate)


CONNECTOR: Connector = _Csv()
"""What the registry of doors opens."""

__all__ = ["CONNECTOR"]
