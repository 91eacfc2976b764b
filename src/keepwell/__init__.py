"""Keepwell keeps customers: measure how well they are kept, understand who leaves, prove what helped, act."""
