"""Series of models and satellites beside the tower: what they are, compared, corrected."""
