"""What decisions on an archive need in addition to the moments, and what they store."""
