"""What comes in: files and databases, what was understood of them, what became of their rows, and the way back."""
