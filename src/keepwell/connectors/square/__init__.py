"""The Square door: transactions and their items as the dashboard exports them."""

from keepwell.connectors.contract import Connector
from keepwell.connectors.square.extract import NAME, recognise
from keepwell.connectors.square.translate import translate


class _Square:
    name = NAME
    recognise = staticmethod(recognise)
    translate = staticmethod(translate)


CONNECTOR: Connector = _Square()
"""What the registry of doors opens."""

__all__ = ["CONNECTOR"]
