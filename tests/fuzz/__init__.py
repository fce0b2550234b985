"""Damaged files for every reader: ``python -m tests.fuzz`` makes them by the thousand."""
