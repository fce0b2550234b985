"""What the user says of a campaign: plots.toml and the field sheet."""
