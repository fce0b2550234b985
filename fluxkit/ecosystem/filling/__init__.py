"""Gaps filled, and how well."""
