"""Decide on the moments of an archive otherwise, and see at once what that does to a month."""
