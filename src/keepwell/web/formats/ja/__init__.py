"""How Japanese writes days and numbers."""
