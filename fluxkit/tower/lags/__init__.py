"""Time lag of a scalar behind the wind."""
