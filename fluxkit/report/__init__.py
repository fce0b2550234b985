"""One self-contained page about a run, and its figures."""
