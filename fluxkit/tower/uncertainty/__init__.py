"""Random error and the budget of all errors."""
