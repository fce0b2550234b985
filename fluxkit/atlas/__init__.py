"""Years and stations side by side."""
