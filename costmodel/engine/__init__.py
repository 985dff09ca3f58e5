"""Costs of the matrix engines."""
