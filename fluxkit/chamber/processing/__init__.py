"""A campaign from files to results."""
