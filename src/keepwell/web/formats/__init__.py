"""How each language writes days and times, where its own usage is another than Django's."""
