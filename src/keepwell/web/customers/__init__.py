"""Every customer on one page."""
