"""Eddy covariance: condition, condense, decide."""
