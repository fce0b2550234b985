"""What stands in the field and what the user decided."""
