"""The vocabulary: variables, units, provenance."""
