"""A made-up site whose carbon is known, as a tower, chambers, plots, models and satellites see it."""
