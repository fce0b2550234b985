"""Tables other than raw files: meteorology, profiles, land cover, half-hourly results."""
