"""What renews next, and how it will end."""
