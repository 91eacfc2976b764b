"""Meetings with customers, how they felt, and how often people hear from us."""
