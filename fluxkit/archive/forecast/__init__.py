"""What a run would do: tasks, time, size."""
