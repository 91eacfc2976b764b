"""Doors in: one folder per source."""
