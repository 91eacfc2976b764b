"""The Magento door: orders and customers as the admin grids export them."""

from keepwell.connectors.contract import Connector
from keepwell.connectors.magento.extract import NAME, recognise
from keepwell.connectors.magento.translate import translate


class _Magento:
    name = NAME
    recognise = staticmethod(recognise)
    translate = staticmethod(translate)


CONNECTOR: Connector = _Magento()
"""What the registry of doors opens."""

__all__ = ["CONNECTOR"]
