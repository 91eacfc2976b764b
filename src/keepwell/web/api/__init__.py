"""The desk for programs: REST with tokens, imports by key, and webhooks that tell others what happened."""
