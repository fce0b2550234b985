"""Input of a campaign: plots.toml and the field sheet."""
