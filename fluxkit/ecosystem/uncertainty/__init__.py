"""Random, systematic and ensemble uncertainty, and sums with them."""
