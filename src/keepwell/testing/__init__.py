"""The public examinations, and small worlds to hold them in."""

from keepwell.testing.worlds import ask, corner_shop, people, run, world

__all__ = ["ask", "corner_shop", "people", "run", "world"]
