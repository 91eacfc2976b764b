"""The Shopify door: orders and customers as the admin exports them."""

from keepwell.connectors.contract import Connector
from keepwell.connectors.shopify.extract import NAME, recognise
from keepwell.connectors.shopify.translate import translate


class _Shopify:
    name = NAME
    recognise = staticmethod(recognise)
    translate = staticmethod(translate)


CONNECTOR: Connector = _Shopify()
"""What the registry of doors opens."""

__all__ = ["CONNECTOR"]
