"""Days to moments: the task, what of it is done, and who does it."""
