"""How Hungarian writes days and numbers."""
