"""A whole run: settings, what is set right before, every step, the files."""
