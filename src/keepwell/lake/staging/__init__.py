"""What would a delivery do? Every record judged, compared with what the lake knows, and laid ready to be let in."""
