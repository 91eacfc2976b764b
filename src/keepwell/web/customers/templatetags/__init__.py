"""Tags of customers."""
