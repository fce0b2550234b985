"""Make a run again from its record, and say whether the same came out."""
