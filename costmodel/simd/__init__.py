"""Costs of the SIMD units."""
