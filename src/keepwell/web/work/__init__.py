"""Work in the background: jobs with a lease, and the round of every morning."""
