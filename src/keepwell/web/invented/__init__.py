"""The desk of the invented company as a team leaves it after a quarter of work: who they are, and what they wrote down."""

from keepwell.web.invented.people import others, people
from keepwell.web.invented.quarter import quarter

__all__ = ["others", "people", "quarter"]
