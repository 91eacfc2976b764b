"""python -m keepwell.web work."""
