"""Touches: every contact with a customer, what it carried, and who waits for an answer."""
