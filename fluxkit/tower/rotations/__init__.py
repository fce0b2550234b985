"""Tilt correction."""
