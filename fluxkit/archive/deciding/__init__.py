"""What decisions on an archive need beside the moments, and what they keep."""
