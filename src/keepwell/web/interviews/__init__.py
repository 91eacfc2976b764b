"""Why customers buy, stay and leave, in their own words; the register of losses."""
