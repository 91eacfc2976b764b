"""People, roles, audit and the frame around every page."""
