"""Formulas on arrays, SI in and out."""
