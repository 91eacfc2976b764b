"""How Chinese writes days and numbers."""
