"""How Finnish writes days and numbers."""
