"""Account plans, their signatures and actions, and quarterly reviews."""
