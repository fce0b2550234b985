"""Quality tests, flags, and which of them act."""
