"""Are customers kept, and what is left undone? For those who lead."""
