"""Slow tables beside the raw files: meteorology, profiles, land cover, half-hourly results."""
