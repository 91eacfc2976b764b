"""Experiments on a company's own customers: planned, drawn, looked at; the evidence is entered where nobody can change it."""
