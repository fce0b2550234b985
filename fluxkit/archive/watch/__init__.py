"""Following a folder that a logger fills."""
