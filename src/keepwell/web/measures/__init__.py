"""Every figure of the company, with its list, its definition and its way."""
