"""Where tables rest."""
