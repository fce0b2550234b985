"""Readers of the files that gas analysers and chamber systems write."""
