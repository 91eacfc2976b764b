"""What do we owe and do? Decisions, pure: nothing here asks the clock, an engine or the web."""
