"""Promises: what was promised to whom, kept or not, and what was expected at the sale."""
