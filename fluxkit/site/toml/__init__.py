"""Configurations as text: loading, explaining what is wrong, writing, the template."""
