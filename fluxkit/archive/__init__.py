"""Many files, many days, many workers: plan, condense day by day, decide once, write the results."""
