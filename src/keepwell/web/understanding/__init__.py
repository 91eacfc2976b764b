"""What was found out of customers, how far to trust it, and which customers are meant."""
