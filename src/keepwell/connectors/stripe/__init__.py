"""The Stripe door: payments, customers and subscriptions as the dashboard exports them."""

from keepwell.connectors.contract import Connector
from keepwell.connectors.stripe.extract import NAME, recognise
from keepwell.connectors.stripe.translate import translate


class _Stripe:
    name = NAME
    recognise = staticmethod(recognise)
    translate = staticmethod(translate)


CONNECTOR: Connector = _Stripe()
"""What the registry of doors opens."""

__all__ = ["CONNECTOR"]
