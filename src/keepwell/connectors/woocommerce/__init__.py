"""The WooCommerce door: orders with billing e-mails, and the analytics report that has only names."""

from keepwell.connectors.contract import Connector
from keepwell.connectors.woocommerce.extract import NAME, recognise
from keepwell.connectors.woocommerce.translate import translate


class _WooCommerce:
    name = NAME
    recognise = staticmethod(recognise)
    translate = staticmethod(translate)


CONNECTOR: Connector = _WooCommerce()
"""What the registry of doors opens."""

__all__ = ["CONNECTOR"]
