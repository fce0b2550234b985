"""Thresholds of turbulence, and what they take."""
