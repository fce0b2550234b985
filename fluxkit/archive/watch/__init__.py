"""Keeping up with a folder that a logger fills."""
