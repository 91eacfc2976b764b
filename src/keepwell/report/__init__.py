"""How well does the company keep its customers? The whole answer as one page to read, print and keep."""

from keepwell.report.server import serve
from keepwell.report.writing import write, write_goals, write_look, write_trials

__all__ = ["serve", "write", "write_goals", "write_look", "write_trials"]
