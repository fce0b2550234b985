"""The results folder: its lock, the moments and what vouches for them."""
