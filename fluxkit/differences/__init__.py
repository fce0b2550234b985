"""What changed between two results: by variable, period, decision and version."""
