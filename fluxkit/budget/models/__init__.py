"""Small models of production: MIAMI and light use."""
