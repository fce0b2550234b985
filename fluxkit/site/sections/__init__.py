"""Sections of a configuration: pydantic models, and what holds within one of them."""
