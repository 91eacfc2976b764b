"""The HubSpot door: contacts, companies and deals."""

from keepwell.connectors.contract import Connector
from keepwell.connectors.hubspot.extract import NAME, recognise
from keepwell.connectors.hubspot.translate import translate


class _HubSpot:
    name = NAME
    recognise = staticmethod(recognise)
    translate = staticmethod(translate)


CONNECTOR: Connector = _HubSpot()
"""What the registry of doors opens."""

__all__ = ["CONNECTOR"]
