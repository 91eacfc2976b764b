"""Whom to turn to first, and what became of it."""
