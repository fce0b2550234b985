"""Change of storage below the sonic."""
