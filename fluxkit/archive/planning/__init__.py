"""The raw files of an archive in order of time, cut into tasks."""
