"""The checks, one module for each source of reference values; each is found by standing here."""
