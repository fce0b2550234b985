"""Turbulence with exactly known truth, and the logger files a tower would have made of it."""
