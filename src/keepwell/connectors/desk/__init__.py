"""The desk's door: what was said, promised and heard in the browser, as touches, events and answers."""

from keepwell.connectors.contract import Connector
from keepwell.connectors.desk.extract import NAME, recognise
from keepwell.connectors.desk.translate import translate


class _Desk:
    name = NAME
    recognise = staticmethod(recognise)
    translate = staticmethod(translate)


CONNECTOR: Connector = _Desk()
"""What the registry of doors opens."""

__all__ = ["CONNECTOR"]
