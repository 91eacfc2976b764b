"""The Chargebee door: subscriptions, from the report or with the keys of the API."""

from keepwell.connectors.chargebee.extract import NAME, recognise
from keepwell.connectors.chargebee.translate import translate
from keepwell.connectors.contract import Connector


class _Chargebee:
    name = NAME
    recognise = staticmethod(recognise)
    translate = staticmethod(translate)


CONNECTOR: Connector = _Chargebee()
"""What the registry of doors opens."""

__all__ = ["CONNECTOR"]
