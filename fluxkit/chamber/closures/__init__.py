"""When chambers were closed, and the readings of each closure."""
