"""The desk: where people live. Django, one app per noun, and base/ for people, roles and the frame around every page."""
