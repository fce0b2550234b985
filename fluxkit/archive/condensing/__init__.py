"""Days to moments: the task, its state, and the processes that do it."""
